import { requireDate, requireList, requireObject, requireText } from '../arguments.js'
import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import { concatBytes, equalBytesConstantTime, isBytes, utf8Bytes } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'
import { type CallContext, callContext } from '../crypto/context.js'
import { hmac } from '../crypto/digest.js'
import { randomBytes } from '../crypto/random.js'
import { fail } from '../errors.js'
import type { Bytes, Context } from '../types.js'

/** What a challenge was issued for. */
export interface ScepChallengeClaims {
  readonly purpose: 'enroll' | 'renew'
  readonly device: string
  /** Whole seconds. */
  readonly expiresAt: Date
}

/**
 * Whether a challenge password is the expected one, in constant time for one length.
 *
 * An empty `expected` matches nothing: a server whose challenge was never set is not open to all.
 *
 * Throws `ERR_INVALID_ARGUMENT` for an `expected` that is no text, and for an `actual` that is neither text nor `null`.
 *
 * @example
 * ```ts
 * console.log(challengeMatches('secret', csr.challengePassword))
 * ```
 */
export function challengeMatches(expected: string, actual: string | null): boolean {
  requireText(expected, 'expected')
  if (actual === null) return false
  requireText(actual, 'actual')
  if (expected === '') return false
  return equalBytesConstantTime(utf8Bytes(expected), utf8Bytes(actual))
}

const LABEL = 'mdm-protocol SCEP challenge 1\0'
const LETTERS: { readonly [P in ScepChallengeClaims['purpose']]: string } = { enroll: 'E', renew: 'R' }
const MAX_LENGTH = 255
const NONCE_LENGTH = 9
const MIN_SECRET = 16
const FORM = /^([ER])\.([0-9a-z]{1,11})\.([A-Za-z0-9+/]{12})\.([A-Za-z0-9+/]*)\.([A-Za-z0-9+/]{43})$/

/**
 * Issues a challenge password that needs no storage: HMAC-SHA-256 over purpose, device and expiry, bound to them and
 * different each time. Characters of PrintableString only, 255 at most, so every SCEP client can carry it.
 *
 * Whoever sees it can read the device and use it once for that device until it expires; keep the secret on the server.
 * To make it good for one use, store the `id` that `openScepChallenge` returns, together with the CSR: devices repeat a
 * request whose answer got lost.
 *
 * @param claims - `device`: any text that names the device, 140 UTF-8 octets at most. `expiresAt`: cut to whole seconds.
 * @param secret - 16 octets or more, from a random generator.
 * @throws `ERR_INVALID_ARGUMENT` for a short secret, a device that does not fit, or an invalid date.
 * @example
 * ```ts
 * const secret = crypto.getRandomValues(new Uint8Array(32))
 * const expiresAt = new Date(Date.now() + 3_600_000)
 * console.log(await issueScepChallenge({ purpose: 'enroll', device: 'C02XG0FDJGH5', expiresAt }, secret))
 * ```
 */
export async function issueScepChallenge(
  claims: ScepChallengeClaims,
  secret: Uint8Array,
  context?: Context,
): Promise<string> {
  const call = callContext(context)
  requireObject(claims, 'claims')
  requireSecret(secret)
  requireText(claims.device, 'device')
  requireDate(claims.expiresAt, 'expiresAt')
  const seconds = Math.floor(claims.expiresAt.getTime() / 1000)
  if (!(seconds >= 0)) fail('ERR_INVALID_ARGUMENT', 'expiresAt: a date from 1970 on is expected')
  const purpose = Object.entries(LETTERS).find(([name]) => name === claims.purpose)?.[1]
  if (purpose === undefined) return fail('ERR_INVALID_ARGUMENT', "purpose: 'enroll' or 'renew' is expected")
  const nonce = unpadded(randomBytes(NONCE_LENGTH, call))
  // A lone surrogate has no UTF-8: it would come back as another text.
  if (/\p{Surrogate}/u.test(claims.device)) fail('ERR_INVALID_ARGUMENT', 'device: a well-formed text is expected')
  const signed = `${purpose}.${seconds.toString(36)}.${nonce}.${unpadded(utf8Bytes(claims.device))}`
  const challenge = `${signed}.${unpadded(await mac(signed, secret, call))}`
  if (challenge.length > MAX_LENGTH) fail('ERR_INVALID_ARGUMENT', 'device: the text is too long for a challenge')
  return challenge
}

/**
 * Reads a challenge password of `issueScepChallenge` and says what it was issued for.
 *
 * Checked: the code under any of the secrets, in constant time; the purpose; the expiry; the device, where one is
 * expected. Not checked: whether it was used before; `id` names it for that, the same for every spelling of it.
 *
 * Throws `ERR_CHALLENGE_INVALID`, one text for all that can be wrong with it, and `ERR_INVALID_ARGUMENT` for no secret, a
 * short one or one that is no Uint8Array, and for arguments of another type.
 *
 * @param secrets - The newest first; keep the old one for as long as its challenges live.
 * @example
 * ```ts
 * const check = async (request: { readonly csr: CertificateRequest }, secret: Uint8Array) =>
 *   openScepChallenge(request.csr.challengePassword, [secret], { purpose: 'enroll' })
 * ```
 */
export async function openScepChallenge(
  challenge: string | null,
  secrets: readonly [Uint8Array, ...Uint8Array[]],
  expected: Context & { readonly purpose: 'enroll' | 'renew'; readonly device?: string },
): Promise<ScepChallengeClaims & { readonly id: string }> {
  const call = callContext(expected)
  if (challenge !== null) requireText(challenge, 'challenge')
  requireList(secrets, 'secrets')
  requireObject(expected, 'expected')
  if (expected.device !== undefined) requireText(expected.device, 'device')
  // As they are now: the caller may change his list while a code is computed.
  const keys = [...secrets]
  if (keys.length === 0) fail('ERR_INVALID_ARGUMENT', 'secrets: at least one is expected')
  keys.forEach(requireSecret)
  // Whoever asks may send any length; none that was issued is longer.
  const parts = challenge === null || challenge.length > MAX_LENGTH ? null : FORM.exec(challenge)
  if (parts === null) return invalid()
  const [whole, letter, time, , text, code] = parts as unknown as Parts
  const [given, name] = [decodeUnpadded(code), decodeUnpadded(text)]
  if (given === null || name === null) return invalid()
  const signed = whole.slice(0, whole.length - code.length - 1)
  let genuine = false
  // All secrets are tried, found or not: the time says nothing about which one it was.
  for (const secret of keys) {
    const computed = await mac(signed, secret, call)
    genuine = equalBytesConstantTime(computed, given) || genuine
  }
  const purpose = letter === LETTERS.enroll ? 'enroll' : 'renew'
  const device = new TextDecoder('utf-8', { ignoreBOM: true }).decode(name)
  const expiresAt = new Date(Number.parseInt(time, 36) * 1000)
  const isExpected = purpose === expected.purpose && (expected.device === undefined || expected.device === device)
  // Asked this way round, a time beyond the last date of JavaScript is over, too.
  if (!genuine || !isExpected || !(call.now.getTime() < expiresAt.getTime())) return invalid()
  return { purpose, device, expiresAt, id: encodeHex(given.subarray(0, 16)) }
}

type Parts = readonly [whole: string, letter: string, time: string, nonce: string, text: string, code: string]

/** Of bytes alone: an ArrayBuffer has no `length` to compare, and a text is far less random than it is long. */
function requireSecret(secret: Uint8Array): void {
  if (!isBytes(secret) || secret.length < MIN_SECRET)
    fail('ERR_INVALID_ARGUMENT', `secret: a Uint8Array of at least ${String(MIN_SECRET)} octets is expected`)
}

function invalid(): never {
  return fail('ERR_CHALLENGE_INVALID', 'the challenge is missing, not genuine, expired, or for something else')
}

async function mac(text: string, secret: Uint8Array, call: CallContext): Promise<Bytes> {
  return hmac('SHA-256', secret, concatBytes([utf8Bytes(LABEL), utf8Bytes(text)]), call)
}

/** PrintableString knows `+`, `/` and `=`, but the padding says nothing and costs room. */
function unpadded(bytes: Uint8Array): string {
  return encodeBase64(bytes).replace(/=+$/, '')
}

/** Strict: unused bits must be zero, so a challenge has one spelling and one `id`. */
function decodeUnpadded(text: string): Bytes | null {
  return decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='))
}
