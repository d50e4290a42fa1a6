// What the cases need, in nothing but web-standard JavaScript: they run unchanged in every runtime.
import { vectors } from './vectors.mjs'

export const now = new Date('2027-06-01T00:00:00Z')

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

export function toHex(bytes) {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')
}

export const utf8 = (text) => new TextEncoder().encode(text)
export const text = (bytes) => new TextDecoder().decode(bytes)

/** WebCrypto of this runtime under a source of bytes that is the same everywhere: a counter through a small generator. */
export function fixedProvider(seed = 1) {
  let state = seed >>> 0
  return {
    subtle: globalThis.crypto.subtle,
    getRandomValues(array) {
      for (let i = 0; i < array.length; i++) {
        // xorshift32: no secret depends on it.
        state ^= state << 13
        state >>>= 0
        state ^= state >>> 17
        state ^= state << 5
        state >>>= 0
        array[i] = state & 0xff
      }
      return array
    },
  }
}

export function equal(actual, expected, what = 'values') {
  const print = (value) => (value instanceof Uint8Array ? toHex(value) : JSON.stringify(value, jsonValue))
  if (print(actual) !== print(expected))
    throw new Error(
      `${what} differ: ${String(print(actual)).slice(0, 200)} is not ${String(print(expected)).slice(0, 200)}`,
    )
}

function jsonValue(key, value) {
  if (typeof value === 'bigint') return `bigint ${String(value)}`
  return value instanceof Uint8Array ? toHex(value) : value
}

export async function refuses(code, call, lib) {
  try {
    await call()
  } catch (error) {
    if (lib.isMdmProtocolError(error, code)) return
    throw new Error(`refused with ${String(error.code ?? error)} and not with ${code}`, { cause: error })
  }
  throw new Error(`not refused with ${code}`)
}

/** Decoded vectors, and the identities made of them, for one library. */
export async function prepare(lib) {
  const bytes = Object.fromEntries(
    Object.entries(vectors)
      .filter(([name, value]) => typeof value === 'string' && !name.endsWith('Pem'))
      .map(([name, value]) => [name, fromBase64(value)]),
  )
  const ca = lib.parseCertificate(bytes.ca)
  const device = lib.parseCertificate(bytes.device)
  const ec = lib.parseCertificate(bytes.ec)
  const fixed = () => ({ crypto: fixedProvider(), now })
  return {
    lib,
    bytes,
    vectors,
    ca,
    device,
    ec,
    caIdentity: await lib.importIdentity({ certificate: ca, privateKey: bytes.caKey }),
    deviceIdentity: await lib.importIdentity({ certificate: device, privateKey: bytes.deviceKey, chain: [ca] }),
    ecIdentity: await lib.importIdentity({ certificate: ec, privateKey: bytes.ecKey }),
    /** The same signers over the fixed provider: no native shortcut. */
    fixedCa: await lib.importIdentity({ certificate: ca, privateKey: bytes.caKey }, fixed()),
    fixedDevice: await lib.importIdentity({ certificate: device, privateKey: bytes.deviceKey, chain: [ca] }, fixed()),
    trust: { anchors: [ca] },
    old: {
      digests: ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'],
      ciphers: ['DES-CBC', 'DES-EDE3-CBC', 'AES-128-CBC', 'AES-256-CBC', 'AES-256-GCM'],
      keyTransport: ['RSAES-PKCS1-v1_5', 'RSA-OAEP'],
    },
    fixed,
    now,
    refuses: (code, call) => refuses(code, call, lib),
  }
}

/** Runs the cases one after the other; `value` of a result is what the runtimes have to agree on. */
export async function runCases(cases, lib, clock = () => Date.now()) {
  const support = await prepare(lib)
  const results = []
  for (const { name, covers, run } of cases) {
    const started = clock()
    try {
      const value = await run(support)
      const digest = value === undefined ? null : await digestOf(value)
      results.push({ name, covers, ok: true, ms: clock() - started, digest })
    } catch (error) {
      results.push({
        name,
        covers,
        ok: false,
        ms: clock() - started,
        digest: null,
        error: String(error.stack ?? error),
      })
    }
  }
  return results
}

async function digestOf(value) {
  const bytes = typeof value === 'string' ? utf8(value) : value
  return toHex(new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes))).slice(0, 16)
}
