import { requireObject } from '../arguments.js'
import { fail, failWith } from '../errors.js'
import type { AcceptedAlgorithms } from '../types.js'
import { cipherNamed } from './algorithms.js'
import { isDigestName } from './digest-table.js'

export type AcceptList = Required<AcceptedAlgorithms>

const modern: AcceptList = {
  digests: ['SHA-256', 'SHA-384', 'SHA-512'],
  signatures: ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA'],
  ciphers: ['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'AES-128-GCM', 'AES-256-GCM'],
  keyTransport: ['RSA-OAEP'],
  minRsaBits: 2048,
}
/** What Apple's devices still speak on top of that. */
const scep: AcceptList = {
  digests: [...modern.digests, 'SHA-1'],
  signatures: modern.signatures,
  ciphers: [...modern.ciphers, 'DES-EDE3-CBC'],
  keyTransport: [...modern.keyTransport, 'RSAES-PKCS1-v1_5'],
  minRsaBits: 2048,
}

/**
 * What incoming messages may use where a call names nothing else: the lists to extend by spreading.
 *
 * `modern`: SHA-2; RSASSA-PKCS1-v1_5, RSA-PSS, ECDSA; AES in CBC and GCM; RSA-OAEP; RSA keys from 2048 bits.
 * `scep`: also SHA-1, DES-EDE3-CBC and RSAES-PKCS1-v1_5, which Apple's clients speak. `device`: as `scep`, and RSA keys
 * from 1024 bits, which Apple's device identities have. MD5 and DES-CBC are in none: a call has to name them.
 *
 * The lists also judge the signatures on a certificate path.
 *
 * @example
 * ```ts
 * const accept = { ...acceptedByDefault.scep, ciphers: [...acceptedByDefault.scep.ciphers, 'DES-CBC' as const] }
 * console.log(accept.ciphers.length)
 * ```
 */
export const acceptedByDefault: {
  readonly modern: AcceptList
  readonly scep: AcceptList
  readonly device: AcceptList
} = { modern, scep, device: { ...scep, minRsaBits: 1024 } }

const KNOWN: { readonly [K in Exclude<keyof AcceptList, 'minRsaBits'>]: (name: unknown) => boolean } = {
  digests: isDigestName,
  signatures: (name) => (modern.signatures as readonly unknown[]).includes(name),
  ciphers: (name) => cipherNamed(name) !== undefined,
  keyTransport: (name) => (scep.keyTransport as readonly unknown[]).includes(name),
}

/** Each list that is given replaces the default one. A name that nothing has is a typing error: `ERR_INVALID_ARGUMENT`. */
export function acceptList(given: AcceptedAlgorithms | undefined, defaults: AcceptList): AcceptList {
  if (given === undefined) return defaults
  requireObject(given, 'accept')
  for (const kind of ['digests', 'signatures', 'ciphers', 'keyTransport'] as const) {
    const list: unknown = given[kind]
    if (list !== undefined && !(Array.isArray(list) && list.every(KNOWN[kind])))
      fail('ERR_INVALID_ARGUMENT', `accept.${kind}: a list of the names that this package knows is expected`)
  }
  const { minRsaBits } = given
  if (minRsaBits !== undefined && !(Number.isInteger(minRsaBits) && minRsaBits >= 512))
    fail('ERR_INVALID_ARGUMENT', 'accept.minRsaBits: a whole number from 512 is expected')
  // Copies: the caller may change his lists while the call waits.
  return {
    digests: given.digests?.slice() ?? defaults.digests,
    signatures: given.signatures?.slice() ?? defaults.signatures,
    ciphers: given.ciphers?.slice() ?? defaults.ciphers,
    keyTransport: given.keyTransport?.slice() ?? defaults.keyTransport,
    minRsaBits: minRsaBits ?? defaults.minRsaBits,
  }
}

const WHAT: { readonly [K in keyof AcceptList]: string } = {
  digests: 'digest',
  signatures: 'signature scheme',
  ciphers: 'cipher',
  keyTransport: 'key transport',
  minRsaBits: 'RSA key size',
}

/** `name`: of an algorithm, or the RSA key's size in bits. Throws `ERR_ALGORITHM_NOT_ACCEPTED` with kind and name. */
export function requireAccepted(list: AcceptList, kind: keyof AcceptedAlgorithms, name: string): void {
  const accepted =
    kind === 'minRsaBits' ? Number(name) >= list.minRsaBits : (list[kind] as readonly string[]).includes(name)
  if (!accepted) failWith('ERR_ALGORITHM_NOT_ACCEPTED', `${WHAT[kind]} ${name} is not accepted here`, { kind, name })
}
