import { webcrypto } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { decryptCms, encryptCms, signCms, verifyCms, type VerifyOptions } from '../../src/cms.js'
import type { AcceptedAlgorithms, CipherName, DigestName, SigningIdentity } from '../../src/types.js'
import { toPem } from '../../src/x509.js'
import { describeWithTools, openWorkplace, run, runOk, type Workplace } from '../support/openssl.js'
import { rsaKey } from '../support/rsa-keys.js'
import { craftKey } from '../x509/craft.js'
import { type Entity, issued, NOW, selfSigned } from './entities.js'
import { ACCEPT_ALL, utf8 } from './recorded-files.js'

// Our messages read by OpenSSL, and OpenSSL's by us.

const content = utf8('line one\nline two\n\0')
const ca = await selfSigned('CA', rsaKey(0))
const rsa = await issued('rsa', rsaKey(1), ca, { purpose: 'profile-signing' })
const ec = await issued('ec', craftKey(), ca, { purpose: 'profile-signing' })
const recipient = await issued('recipient', rsaKey(2), ca)
const trust: VerifyOptions = { trust: { anchors: [ca.certificate] }, now: NOW, accept: ACCEPT_ALL }
let place: Workplace

beforeAll(() => {
  place = openWorkplace()
  place.write('content', content)
  for (const [name, entity] of Object.entries({ ca, rsa, ec, recipient })) {
    place.write(`${name}.pem`, toPem('CERTIFICATE', entity.certificate.der))
    place.write(`${name}.key`, toPem('PRIVATE KEY', entity.raw.pkcs8))
  }
  return place.close
})

async function pss(digest: DigestName): Promise<SigningIdentity> {
  const algorithm = { name: 'RSA-PSS', hash: digest }
  const key = await webcrypto.subtle.importKey('pkcs8', rsa.raw.pkcs8, algorithm, false, ['sign'])
  return { certificate: rsa.certificate, key }
}

const verified = [
  'cms',
  '-verify',
  '-binary',
  '-inform',
  'DER',
  '-CAfile',
  'ca.pem',
  '-purpose',
  'any',
  '-attime',
  String(NOW.getTime() / 1000),
]

describeWithTools('messages of ours, read by OpenSSL', ['openssl'], () => {
  const signers: readonly (readonly [string, () => Entity | Promise<SigningIdentity>, DigestName])[] = [
    ['RSA', () => rsa, 'SHA-1'],
    ['RSA', () => rsa, 'SHA-256'],
    ['RSA', () => rsa, 'SHA-384'],
    ['RSA', () => rsa, 'SHA-512'],
    ['RSA-PSS', () => pss('SHA-256'), 'SHA-256'],
    ['RSA-PSS', () => pss('SHA-512'), 'SHA-512'],
    ['EC', () => ec, 'SHA-256'],
    ['EC', () => ec, 'SHA-384'],
  ]
  test.each(signers)('signed with %s and %3$s', async (_, signer, digest) => {
    const message = await signCms(content, await signer(), { digest, now: NOW })
    expect(runOk('openssl', [...verified, '-in', 'message'], { workplace: place, inputs: { message } }).stdout).toEqual(
      content,
    )
    const detached = await signCms(content, await signer(), { digest, now: NOW, detached: true, signingTime: false })
    const args = [...verified, '-in', 'detached', '-content', 'content']
    expect(runOk('openssl', args, { workplace: place, inputs: { detached } }).stdout).toEqual(content)
    const changed = content.slice()
    changed[0]! ^= 1
    expect(
      run('openssl', [...args.slice(0, -1), 'changed'], { workplace: place, inputs: { changed } }).status,
    ).not.toBe(0)
  })

  const ciphers = ['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'DES-EDE3-CBC', 'AES-128-GCM', 'AES-256-GCM'] as const
  const transports = ['RSAES-PKCS1-v1_5', 'RSA-OAEP'] as const
  const opened = ['cms', '-decrypt', '-binary', '-inform', 'DER', '-in', 'message']
  test.each(ciphers.flatMap((cipher) => transports.map((keyTransport) => [cipher, keyTransport] as const)))(
    'encrypted with %s and %s',
    async (cipher, keyTransport) => {
      const message = await encryptCms(content, [recipient.certificate, rsa.certificate], { cipher, keyTransport })
      for (const name of cipher === 'AES-256-CBC' ? ['recipient', 'rsa'] : ['recipient']) {
        const args = [...opened, '-recip', `${name}.pem`, '-inkey', `${name}.key`]
        expect(runOk('openssl', args, { workplace: place, inputs: { message } }).stdout).toEqual(content)
      }
    },
  )
})

interface TheirSigned {
  readonly args: readonly string[]
  readonly expected: string
  readonly detached?: boolean
  readonly bag?: number
}
const rsaSigner = ['-signer', 'rsa.pem', '-inkey', 'rsa.key']
const ecSigner = ['-signer', 'ec.pem', '-inkey', 'ec.key']
const theirSigned: readonly TheirSigned[] = [
  { args: rsaSigner, expected: 'SHA-256/RSASSA-PKCS1-v1_5', detached: true },
  ...(['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const).map((md) => ({
    args: [...rsaSigner, '-md', md, '-nodetach'],
    expected: `${md === 'md5' ? 'MD5' : `SHA-${md.slice(3)}`}/RSASSA-PKCS1-v1_5`,
  })),
  { args: [...rsaSigner, '-nodetach', '-noattr'], expected: 'SHA-256/RSASSA-PKCS1-v1_5' },
  { args: [...rsaSigner, '-nodetach', '-keyid'], expected: 'SHA-256/RSASSA-PKCS1-v1_5' },
  { args: [...rsaSigner, '-nodetach', '-stream'], expected: 'SHA-256/RSASSA-PKCS1-v1_5' },
  {
    args: [...rsaSigner, '-nodetach', '-stream', '-certfile', 'ca.pem'],
    expected: 'SHA-256/RSASSA-PKCS1-v1_5',
    bag: 2,
  },
  { args: [...rsaSigner, '-nodetach', '-keyopt', 'rsa_padding_mode:pss'], expected: 'SHA-256/RSA-PSS' },
  {
    args: [
      ...rsaSigner,
      '-nodetach',
      '-md',
      'sha512',
      '-keyopt',
      'rsa_padding_mode:pss',
      '-keyopt',
      'rsa_pss_saltlen:20',
    ],
    expected: 'SHA-512/RSA-PSS',
  },
  { args: [...ecSigner, '-nodetach'], expected: 'SHA-256/ECDSA' },
  { args: [...ecSigner, '-nodetach', '-md', 'sha384', '-noattr'], expected: 'SHA-384/ECDSA' },
  {
    args: [...ecSigner, ...rsaSigner, '-nodetach', '-stream'],
    expected: 'SHA-256/ECDSA SHA-256/RSASSA-PKCS1-v1_5',
    bag: 2,
  },
]

describeWithTools("OpenSSL's messages, read by us", ['openssl'], () => {
  test.each(theirSigned.map((row) => [row.args.join(' '), row] as const))('cms -sign %s', async (_, row) => {
    const args = ['cms', '-sign', '-binary', '-in', 'content', '-outform', 'DER', ...row.args]
    const message = runOk('openssl', args, { workplace: place }).stdout
    const result = await verifyCms(message, {
      ...trust,
      ...(row.detached === true ? { detachedContent: content } : {}),
    })
    expect(result.content).toEqual(content)
    const named = result.signers.map(({ digest, signature }) => `${digest}/${signature}`).sort()
    expect(named.join(' ')).toBe(row.expected)
    expect(result.certificates).toHaveLength(row.bag ?? 1)
  })

  test('without certificates, they come from the trust', async () => {
    const args = ['cms', '-sign', '-nocerts', '-nodetach', '-binary', '-in', 'content', '-outform', 'DER', ...rsaSigner]
    const message = runOk('openssl', args, { workplace: place }).stdout
    const both = { anchors: [ca.certificate], intermediates: [rsa.certificate] } as const
    const result = await verifyCms(message, { trust: both, now: NOW })
    expect(result.signers[0]?.path).toHaveLength(2)
    expect(result.certificates).toEqual([])
    expect((await verifyCms(message, { trust: { pinned: [rsa.certificate] } })).content).toEqual(content)
  })

  const oaep = ['-keyopt', 'rsa_padding_mode:oaep']
  const theirEncrypted: readonly (readonly [args: readonly string[], cipher: CipherName])[] = [
    [['-aes-128-cbc'], 'AES-128-CBC'],
    [['-aes-192-cbc'], 'AES-192-CBC'],
    [['-aes-256-cbc'], 'AES-256-CBC'],
    [['-des3'], 'DES-EDE3-CBC'],
    [['-aes-128-gcm'], 'AES-128-GCM'],
    [['-aes-256-gcm'], 'AES-256-GCM'],
    [['-aes-256-cbc', '-stream'], 'AES-256-CBC'],
    [['-aes-256-gcm', '-stream'], 'AES-256-GCM'],
    [['-aes-256-cbc', '-keyid'], 'AES-256-CBC'],
  ]
  test.each(theirEncrypted)('cms -encrypt %s', async (args, cipher) => {
    const base = ['cms', '-encrypt', '-binary', '-in', 'content', '-outform', 'DER', ...args, '-recip', 'recipient.pem']
    const message = runOk('openssl', base, { workplace: place }).stdout
    const accept: AcceptedAlgorithms = { ciphers: [cipher], keyTransport: ['RSAES-PKCS1-v1_5'] }
    expect(await decryptCms(message, recipient, { accept })).toEqual(content)
    expect(await decryptCms(message, [rsa, recipient], { accept })).toEqual(content)
  })

  test.each([
    [[]],
    [['-keyopt', 'rsa_oaep_md:sha256']],
    [['-keyopt', 'rsa_oaep_md:sha512', '-keyopt', 'rsa_mgf1_md:sha1']],
    [['-keyopt', 'rsa_oaep_md:sha256', '-keyopt', 'rsa_oaep_label:6c6162656c']],
  ])('cms -encrypt with OAEP %s', async (more) => {
    const base = ['cms', '-encrypt', '-binary', '-in', 'content', '-outform', 'DER', '-aes-128-cbc']
    const message = runOk('openssl', [...base, '-recip', 'recipient.pem', ...oaep, ...more], {
      workplace: place,
    }).stdout
    expect(await decryptCms(message, recipient)).toEqual(content)
  })
})
