// How private keys stand in PEM files, each as PKCS#8: PKCS#8 itself, PKCS#1, SEC 1, and both ways of encrypting them.

import { runtime } from '#runtime'
import { contentOf, copyEncoding, enter, finish, next, nextAny, readDer, TAG } from '../asn1/der-reader.js'
import { OID } from '../asn1/oid.js'
import type { PemBlock } from '../asn1/pem.js'
import { concatBytes } from '../bytes/bytes.js'
import { decodeHex } from '../bytes/hex.js'
import { fail, failDecryption, isMdmProtocolError } from '../errors.js'
import type { Bytes } from '../types.js'
import { type CipherInfo, CIPHERS, readAlgorithmIdentifier } from './algorithms.js'
import { decryptContent } from './cipher.js'
import type { CallContext } from './context.js'
import { decryptPbes2, MAX_PBKDF2_ITERATIONS, readPbes2Parameters } from './pbes2.js'
import { PRIVATE_KEY, wrapPkcs1, wrapSec1 } from './pkcs8.js'

/** The blocks that hold a private key. */
export const PRIVATE_KEY_LABELS: readonly string[] = [
  'PRIVATE KEY',
  'ENCRYPTED PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
]

/** `password`: UTF-8; `null` where none was given. */
export async function pkcs8OfPem(block: PemBlock, password: Uint8Array | null, ctx: CallContext): Promise<Bytes> {
  const { label, der, headers } = block
  if (label === 'ENCRYPTED PRIVATE KEY') return decryptPkcs8(der, requirePassword(password), ctx)
  const wrap = label === 'RSA PRIVATE KEY' ? wrapPkcs1 : label === 'EC PRIVATE KEY' ? wrapSec1 : copyPkcs8
  if (!headers.some((line) => /^Proc-Type:\s*4,\s*ENCRYPTED$/i.test(line))) return wrap(der)
  const plain = await decryptTraditional(der, headers, requirePassword(password), ctx)
  return understood(() => wrap(plain))
}

function copyPkcs8(der: Uint8Array): Bytes {
  return copyEncoding(readDer(der, PRIVATE_KEY))
}

function requirePassword(password: Uint8Array | null): Uint8Array {
  return password ?? fail('ERR_INVALID_ARGUMENT', 'private key: it is encrypted, and no password is given')
}

/** One wrong password in 256 leaves a padding that looks right: then it is the content that makes no sense. */
function understood(read: () => Bytes): Bytes {
  try {
    return read()
  } catch (error) {
    if (isMdmProtocolError(error, 'ERR_ENCODING')) return failDecryption()
    throw error
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3). */
async function decryptPkcs8(der: Uint8Array, password: Uint8Array, ctx: CallContext): Promise<Bytes> {
  const cursor = enter(readDer(der, PRIVATE_KEY), TAG.SEQUENCE, PRIVATE_KEY, 'EncryptedPrivateKeyInfo')
  const scheme = readAlgorithmIdentifier(nextAny(cursor, 'encryptionAlgorithm'), PRIVATE_KEY, 'encryptionAlgorithm')
  const ciphertext = contentOf(next(cursor, TAG.OCTET_STRING, 'encryptedData'))
  finish(cursor, 'EncryptedPrivateKeyInfo')
  if (scheme.oid !== OID.pbes2)
    fail('ERR_ALGORITHM_UNKNOWN', 'private key: of the password schemes PBES2 alone is supported')
  const parameters = readPbes2Parameters(scheme.parameters, PRIVATE_KEY)
  const plain = await decryptPbes2(parameters, password, ciphertext, MAX_PBKDF2_ITERATIONS, ctx)
  return understood(() => copyPkcs8(plain))
}

const TRADITIONAL: { readonly [name: string]: CipherInfo } = {
  'DES-EDE3-CBC': CIPHERS['DES-EDE3-CBC'],
  'AES-128-CBC': CIPHERS['AES-128-CBC'],
  'AES-192-CBC': CIPHERS['AES-192-CBC'],
  'AES-256-CBC': CIPHERS['AES-256-CBC'],
}

/** `Proc-Type: 4,ENCRYPTED` and `DEK-Info` (RFC 1421 §4.6.1), as OpenSSL's older commands write them. */
async function decryptTraditional(
  der: Uint8Array,
  headers: readonly string[],
  password: Uint8Array,
  ctx: CallContext,
): Promise<Bytes> {
  const info = headers.map((line) => /^DEK-Info:\s*([A-Z0-9-]+),\s*([0-9A-F]+)$/i.exec(line)).find((match) => match)
  const name = info?.[1] ?? fail('ERR_ENCODING', 'private key: an encrypted PEM block without DEK-Info')
  const cipher = Object.hasOwn(TRADITIONAL, name) ? TRADITIONAL[name] : undefined
  if (cipher === undefined) return fail('ERR_ALGORITHM_UNKNOWN', 'private key: the cipher of DEK-Info is not supported')
  const iv = decodeHex(info?.[2] ?? '')
  if (iv?.length !== cipher.ivLength) return fail('ERR_ENCODING', 'private key: DEK-Info has an IV of the wrong length')
  const key = await deriveTraditional(password, iv.subarray(0, 8), cipher.keyLength)
  return decryptContent(cipher, key, iv, der, ctx)
}

/** OpenSSL's EVP_BytesToKey with MD5 and a count of one: each digest over the one before, the password, the salt. */
async function deriveTraditional(password: Uint8Array, salt: Uint8Array, length: number): Promise<Bytes> {
  const key = new Uint8Array(length)
  let last: Uint8Array = new Uint8Array(0)
  for (let at = 0; at < length; at += last.length) {
    last = await runtime.md5(concatBytes([last, password, salt]))
    key.set(last.subarray(0, length - at), at)
  }
  return key
}
