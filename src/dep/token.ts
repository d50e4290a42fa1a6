import { requireDate, requireObject } from '../arguments.js'
import { checkSize } from '../asn1/der-reader.js'
import { decryptCms, type DecryptOptions } from '../cms/decrypt.js'
import { acceptedByDefault, acceptList } from '../crypto/accept.js'
import { fail, failDecryption } from '../errors.js'
import type { Bytes, Finding, Recipients } from '../types.js'
import { readSmime } from './smime.js'

/** Server token of Apple School or Business Manager: OAuth credentials, so as secret as a password. */
export interface DepToken {
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly accessToken: string
  readonly accessSecret: string
  readonly expiresAt: Date
}

/**
 * Opens the server token that Apple School or Business Manager encrypts to the MDM server's certificate.
 *
 * The recipient is found among all identities given by issuer and serial number; that its certificate has expired does not
 * matter, Apple does not look at it either. The message is encrypted and not signed: whoever has the certificate can
 * make one. So what comes out is known to be a token when Apple's service accepts it, and not before.
 *
 * Checked: that all five fields are there. Not checked: whether the token has expired (`checkDepToken`). Misuse: to keep the
 * token's file and throw the key away; access tokens for managed Apple accounts (`GetToken`) are signed with that key.
 *
 * Throws `ERR_ENCODING`, `ERR_DEP_INVALID` or `ERR_CMS_INVALID` for a text or message that cannot be one, `ERR_LIMIT`,
 * `ERR_ALGORITHM_UNKNOWN`, `ERR_ALGORITHM_NOT_ACCEPTED`, and `ERR_DECRYPTION_FAILED` for all else: another key's token, damage,
 * a plaintext that is no token. What a `KeyUnwrapper` or `RawRsaKey` rejects with passes through.
 *
 * RFC 5652 §6; Apple: "Authenticating with the Automated Device Enrollment program".
 *
 * @param p7m - the file as downloaded (S/MIME text, CR LF or LF), or its CMS message as base64, PEM, DER or BER
 * @param options - `accept` defaults to `acceptedByDefault.device`
 *
 * @example
 * ```ts
 * const identity = await importIdentity({ certificate: certificatePem, privateKey: privateKeyPem })
 * const token = await openDepToken(p7mText, identity)
 * console.log(token.expiresAt)
 * ```
 */
export async function openDepToken(
  p7m: Uint8Array | string,
  recipient: Recipients,
  options?: DecryptOptions,
): Promise<DepToken> {
  const accept = acceptList(options?.accept, acceptedByDefault.device)
  return readToken(await decryptCms(readSmime(p7m, 'DEP token'), recipient, { ...options, accept }))
}

const BEGIN = '-----BEGIN MESSAGE-----'
const END = '-----END MESSAGE-----'
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** Nothing has vouched for this text, so whatever is wrong with it, the answer is the same. */
function readToken(plaintext: Bytes): DepToken {
  checkSize(plaintext.length, 'DEP token')
  return tokenOfJson(messageIn(new TextDecoder().decode(plaintext)) ?? failDecryption())
}

/** What stands between the lines around a token's JSON; `null` where they are not there. */
export function messageIn(text: string): string | null {
  const begin = text.indexOf(BEGIN)
  const end = begin < 0 ? -1 : text.indexOf(END, begin + BEGIN.length)
  return end < 0 ? null : text.slice(begin + BEGIN.length, end)
}

/** Throws `ERR_DECRYPTION_FAILED`, whatever is wrong. */
export function tokenOfJson(text: string): DepToken {
  const fields = parseObject(text)
  const expiry = textOf(fields, 'access_token_expiry')
  const expiresAt = new Date(TIME.test(expiry) ? expiry : Number.NaN)
  if (Number.isNaN(expiresAt.getTime())) failDecryption()
  return {
    consumerKey: textOf(fields, 'consumer_key'),
    consumerSecret: textOf(fields, 'consumer_secret'),
    accessToken: textOf(fields, 'access_token'),
    accessSecret: textOf(fields, 'access_secret'),
    expiresAt,
  }
}

function parseObject(text: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return new Map(Object.entries(value ?? {}))
  } catch {
    return failDecryption()
  }
}

function textOf(fields: ReadonlyMap<string, unknown>, name: string): string {
  const value = fields.get(name)
  return typeof value === 'string' && value !== '' ? value : failDecryption()
}

const DAY = 86_400_000

/**
 * Whether a server token has expired or soon will. A token lives for a year; Apple takes none after its end, and devices
 * assigned meanwhile are not seen until a new one is downloaded.
 *
 * Never throws on a token; `ERR_INVALID_ARGUMENT` for an invalid date or number of days. Not checked: whether Apple
 * still accepts the token, which a person can end at any time.
 *
 * Misuse: to renew by creating a new server in the portal: its devices would have to be assigned anew. Download a new token
 * for the same server.
 *
 * Apple: "Authenticating with the Automated Device Enrollment program".
 *
 * @param at - the moment to judge
 * @param options.renewWithinDays - days before the end from which on `renewal-due` is found; default 30
 *
 * @example
 * ```ts
 * const token = { consumerKey: 'CK_1', consumerSecret: 'CS_1', accessToken: 'AT_1', accessSecret: 'AS_1', expiresAt: new Date(0) }
 * for (const finding of checkDepToken(token, new Date())) console.log(finding.level, finding.message)
 * ```
 */
export function checkDepToken(
  token: DepToken,
  at: Date,
  options?: { readonly renewWithinDays?: number },
): readonly Finding<'expired' | 'renewal-due'>[] {
  requireObject(token, 'token')
  requireDate(token.expiresAt, 'token.expiresAt')
  requireDate(at, 'at')
  const days = options?.renewWithinDays ?? 30
  const expires = token.expiresAt.getTime()
  const now = at.getTime()
  if (!(days >= 0 && days <= 36_500)) fail('ERR_INVALID_ARGUMENT', 'renewWithinDays: a number of days is expected')
  const place = { certificate: null, path: ['expiresAt'] } as const
  if (now >= expires) {
    const message = 'The server token has expired: download a new one for the same server.'
    return [{ kind: 'expired', level: 'error', message, since: new Date(expires), ...place }]
  }
  const since = new Date(expires - days * DAY)
  if (now < since.getTime()) return []
  return [{ kind: 'renewal-due', level: 'warning', message: 'The server token ends soon.', since, ...place }]
}
