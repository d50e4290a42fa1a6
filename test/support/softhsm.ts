import { existsSync, mkdirSync } from 'node:fs'
import type { Bytes, DecryptionIdentity, DigestName, RemoteSigner } from '../../src/types.js'
import { openWorkplace, runAsync, runOk, type Workplace } from './openssl.js'

// A token of SoftHSM2, spoken to through pkcs11-tool: each signature and each decryption is a process of its own, and the
// keys, made in the token, never leave it.

const MODULE =
  ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find(existsSync) ?? 'libsofthsm2.so'
const MECHANISMS: Partial<Record<DigestName, string>> = {
  'SHA-1': 'SHA1-RSA-PKCS',
  'SHA-256': 'SHA256-RSA-PKCS',
  'SHA-512': 'SHA512-RSA-PKCS',
}

export interface TokenKey {
  readonly publicKey: Bytes
  readonly signer: RemoteSigner
  /** PKCS#1 v1.5 undone by the token. */
  readonly unwrapKey: NonNullable<DecryptionIdentity['unwrapKey']>
  /** The bare RSA operation; padding is the library's. */
  readonly rawRsa: NonNullable<DecryptionIdentity['rawRsa']>
}

export interface Token {
  readonly makeKey: (id: string) => TokenKey
  /** How often the token was asked, and for what. */
  readonly asked: string[]
  readonly close: () => void
}

export function openToken(): Token {
  const place = openWorkplace()
  mkdirSync(place.path('tokens'))
  const config = place.write('softhsm2.conf', `directories.tokendir = ${place.path('tokens')}\n`)
  const env = { SOFTHSM2_CONF: config }
  const label = ['--label', 'test', '--pin', '1234', '--so-pin', '1234']
  runOk('softhsm', ['--init-token', '--free', ...label], { env })
  const asked: string[] = []
  return {
    asked,
    makeKey: (id) => makeKey({ place, env, asked }, id),
    close: () => {
      place.close()
    },
  }
}

interface Session {
  readonly place: Workplace
  readonly env: Readonly<Record<string, string>>
  readonly asked: string[]
}

const login = ['--module', MODULE, '--token-label', 'test', '--login', '--pin', '1234']

function makeKey({ place, env, asked }: Session, id: string): TokenKey {
  runOk('pkcs11', [...login, '--keypairgen', '--key-type', 'rsa:2048', '--id', id], { env })
  const file = place.path(`public-${id}`)
  runOk('pkcs11', [...login, '--read-object', '--type', 'pubkey', '--id', id, '--output-file', file], { env })

  /** `null`: the token is there, and says that it cannot. */
  async function ask(operation: 'sign' | 'decrypt', mechanism: string, data: Uint8Array): Promise<Bytes | null> {
    asked.push(`${operation} ${id}`)
    const files = ['--input-file', 'in', '--output-file', 'out']
    const args = [...login, `--${operation}`, '--mechanism', mechanism, '--id', id, ...files]
    const { status, stderr, output } = await runAsync('pkcs11', args, { env, inputs: { in: data } })
    if (status === 0) return output('out')
    // When C_Decrypt fails, pkcs11-tool tries it in parts, which the token has not for RSA.
    if (/CKR_ENCRYPTED_DATA|C_DecryptUpdate failed: rv = CKR_FUNCTION_NOT_SUPPORTED/.test(stderr)) return null
    throw new Error(`the token does not answer: ${stderr}`)
  }

  async function must(...parameters: Parameters<typeof ask>): Promise<Bytes> {
    const answer = await ask(...parameters)
    if (answer === null) throw new Error('the token refused')
    return answer
  }

  return {
    publicKey: place.read(`public-${id}`),
    signer: {
      signature: 'RSASSA-PKCS1-v1_5',
      digests: ['SHA-256', 'SHA-1', 'SHA-512'],
      sign: (data, digest) => must('sign', MECHANISMS[digest]!, data),
    },
    unwrapKey: ({ algorithm, encryptedKey }) =>
      algorithm === 'RSAES-PKCS1-v1_5' ? ask('decrypt', 'RSA-PKCS', encryptedKey) : Promise.resolve(null),
    rawRsa: { rawDecrypt: (block) => must('decrypt', 'RSA-X-509', block) },
  }
}
