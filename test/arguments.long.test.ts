import { describe, expect, test } from 'vitest'
import * as lib from '../src/index.js'
import type { Certificate, Identity } from '../src/index.js'
import { cases } from './runtime/cases/all.mjs'
import { now, prepare } from './runtime/support.mjs'
import { expectRejection } from './support/hostile.js'

// Callers in JavaScript, and values from a database or a form: a wrong type is an MdmProtocolError, whatever it is of.

type Call = (...parameters: readonly unknown[]) => unknown
const isCall = (name: string, value: unknown): value is Call => typeof value === 'function' && /^[a-z]/.test(name)

/** The arguments of the first call of each function that gave a value, while the cases of the runtime suite ran. */
async function validCalls(): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const valid = new Map<string, readonly unknown[]>()
  const recording = (name: string, call: Call): Call => {
    return (...parameters) => {
      const keep = <T>(value: T): T => {
        if (!valid.has(name)) valid.set(name, parameters)
        return value
      }
      const value = call(...parameters)
      return value instanceof Promise ? value.then(keep) : keep(value)
    }
  }
  const recorded = Object.entries(lib).map(([name, value]) => [
    name,
    isCall(name, value) ? recording(name, value) : value,
  ])
  const support = await prepare(Object.fromEntries(recorded) as object)
  for (const one of cases) await one.run(support)
  return valid
}

const valid = await validCalls()
const WRONG: readonly unknown[] = [undefined, null, 5, {}]

/** Where the rule does not hold, and why. `*`: for all that begin so. */
const EXCEPTIONS: { readonly [place: string]: string } = {
  'scepFailInfoOf(0)*': 'what is no error of this package is thrown on, as it came',
  'checkProvisioningProfile(0).*': 'a result of openProvisioningProfile, not put together by callers',
}

function isException(place: string): boolean {
  return Object.keys(EXCEPTIONS).some((one) => (one.endsWith('*') ? place.startsWith(one.slice(0, -1)) : place === one))
}

/** Each argument in turn, and each member of those that are options. */
function* changed(name: string, parameters: readonly unknown[], length: number): Generator<[string, unknown[]]> {
  for (let at = 0; at < Math.max(length, parameters.length); at++) {
    for (const wrong of WRONG) yield [`${name}(${at})`, Object.assign([...parameters], { [at]: wrong })]
    const given = parameters[at]
    if (Object.prototype.toString.call(given) !== '[object Object]' || 'der' in (given as object)) continue
    for (const key of Object.keys(given as object))
      for (const wrong of WRONG)
        yield [
          `${name}(${at}).${key}`,
          Object.assign([...parameters], { [at]: { ...(given as object), [key]: wrong } }),
        ]
  }
}

describe('an argument of the wrong type is an error of this package, or taken', () => {
  const calls = Object.entries(lib).flatMap(([name, value]): { readonly name: string; readonly call: Call }[] =>
    isCall(name, value) ? [{ name, call: value }] : [],
  )

  test.each(calls)('$name', async ({ name, call }) => {
    const parameters = valid.get(name)
    if (parameters === undefined) throw new Error(`no case calls ${name}`)
    const others: string[] = []
    for (const [place, given] of changed(name, parameters, call.length)) {
      try {
        await Promise.resolve(call(...given))
      } catch (error) {
        if (!lib.isMdmProtocolError(error) && !isException(place)) others.push(`${place}: ${String(error)}`)
      }
    }
    expect(others).toEqual([])
  })
})

const support = (await prepare(lib)) as {
  readonly ca: Certificate
  readonly device: Certificate
  readonly caIdentity: Identity
  readonly deviceIdentity: Identity
  readonly bytes: { readonly deviceKey: Uint8Array }
}
const { ca, device, caIdentity, deviceIdentity } = support
const p12 = { certificate: device, privateKey: support.bytes.deviceKey }
const deviceKeyPem = lib.toPem('PRIVATE KEY', support.bytes.deviceKey)
const bytes = Uint8Array.of(1, 2, 3)
const subject = lib.distinguishedName([['CN', 'x']])
const { privateKey } = await lib.generateKey('P-256')
const dates = { notBefore: new Date('2027-01-01'), notAfter: new Date('2027-02-01') }
const profile = lib.buildProfile({ identifier: 'com.example', uuid: 'A1', payloads: [] })
const dep = { profileName: 'x', url: 'https://mdm.example' }
const push = { token: bytes, pushMagic: 'x', topic: 'x' }
const renewal = { ...dates, serialNumber: '0a' }
const token = { consumerKey: 'x', consumerSecret: 'x', accessToken: 'x', accessSecret: 'x', expiresAt: now }
const pinned = [ca]
const NO_BYTES: readonly unknown[] = [new ArrayBuffer(3), new DataView(new ArrayBuffer(3)), 'text', undefined, null, 5]
const NO_DATES: readonly unknown[] = ['2027-01-01', now.getTime(), null, {}, new Date(NaN)]
const NO_LISTS: readonly unknown[] = [ca, {}, null, 'text', 5]
const NO_TEXTS: readonly unknown[] = [bytes, 5, null, {}]

type Row = readonly [string, readonly unknown[], (wrong: never) => unknown, RegExp]
const ROWS: readonly Row[] = [
  [
    'createCsr, extensions',
    [{}, 'x', [null], [{}], [{ oid: '1.2.3', value: 'x' }]],
    (extensions) => lib.createCsr({ privateKey, subject, extensions }),
    /extensions/,
  ],
  [
    'buildExtensions, basicConstraints',
    [null, 5, { ca: 'false', pathLength: null }, {}],
    (basicConstraints) => lib.buildExtensions({ basicConstraints }),
    /extensions/,
  ],
  ['buildExtensions, keyUsage', [null, 'keyCertSign', {}], (keyUsage) => lib.buildExtensions({ keyUsage }), /keyUsage/],
  [
    'buildExtensions, extendedKeyUsage',
    [null, '1.2.3', {}],
    (extendedKeyUsage) => lib.buildExtensions({ extendedKeyUsage }),
    /extendedKeyUsage/,
  ],
  [
    'buildExtensions, names',
    [
      null,
      'x',
      [null],
      [{ type: 'dns', value: 5 }],
      [{ type: 'upn' }],
      [{ type: 'ip', value: 5 }],
      [{ type: 'other', der: 'x' }],
    ],
    (subjectAltNames) => lib.buildExtensions({ subjectAltNames }),
    /name/,
  ],
  ['buildExtensions, URLs', [null, 'x', [5]], (crlUrls) => lib.buildExtensions({ crlUrls }), /URLs|name/],
  [
    'buildScepFailure',
    [5, {}, null],
    (failInfoText) =>
      lib.buildScepFailure({ transactionId: 'x', senderNonce: null, digest: 'SHA-256' }, 'badAlg', {
        signer: caIdentity,
        failInfoText,
      }),
    /failInfoText/,
  ],
  ['checkDepToken, at', NO_DATES, (at) => lib.checkDepToken(token, at), /at/],
  ['checkDepToken, expiresAt', NO_DATES, (expiresAt) => lib.checkDepToken({ ...token, expiresAt }, now), /expiresAt/],
  ['buildMdmPush, expiresAt', NO_DATES, (expiresAt) => lib.buildMdmPush({ ...push, expiresAt }), /expiresAt/],
  [
    'renewCertificate',
    NO_DATES,
    (notAfter) => lib.renewCertificate(device, { ...renewal, notAfter }, caIdentity),
    /notAfter/,
  ],
  [
    'renewCertificate',
    NO_DATES,
    (notBefore) => lib.renewCertificate(device, { ...renewal, notBefore }, caIdentity),
    /notBefore/,
  ],
  [
    'signCms, signingTime',
    ['2027', 5, {}],
    (signingTime) => lib.signCms(bytes, caIdentity, { signingTime }),
    /signingTime/,
  ],
  ['openCaCertResponse', NO_BYTES, (body) => lib.openCaCertResponse(body, { trust: { anchors: [ca] } }), /body/],
  ['parseCaCertResponse', NO_BYTES, (body) => lib.parseCaCertResponse(body), /body/],
  ['checkCaCertResponse', NO_BYTES, (body) => lib.checkCaCertResponse({ contentType: null, body }), /body/],
  [
    'checkCaCertResponse',
    NO_TEXTS.filter((one) => one !== null),
    (contentType) => lib.checkCaCertResponse({ contentType, body: ca.der }),
    /contentType/,
  ],
  ['checkScepReply', NO_BYTES, (caCertBody) => lib.checkScepReply(bytes, { caCertBody }), /caCertBody/],
  ['checkScepReply', NO_BYTES, (message) => lib.checkScepReply(message, { caCertBody: ca.der }), /message/],
  ['openProfile', NO_BYTES, (input) => lib.openProfile(input, { trust: { pinned: [ca] } }), /input/],
  [
    'openProfile, unsigned',
    NO_BYTES,
    (input) => lib.openProfile(input, { trust: { pinned: [ca] }, allowUnsigned: true }),
    /input/,
  ],
  ['toPem', NO_BYTES, (der) => lib.toPem('CERTIFICATE', der), /der/],
  ['parseCaCaps', NO_TEXTS, (text) => lib.parseCaCaps(text), /text/],
  ['parseMdmcertResponse', [undefined, ...NO_TEXTS], (body) => lib.parseMdmcertResponse(body), /body/],
  [
    'parseScepHttpRequest',
    [undefined, ...NO_TEXTS],
    (url) => lib.parseScepHttpRequest({ method: 'GET', url, body: null }),
    /url/,
  ],
  [
    'parseScepHttpRequest',
    [undefined, ...NO_TEXTS],
    (method) => lib.parseScepHttpRequest({ method, url: '/', body: null }),
    /method/,
  ],
  [
    'parseScepHttpRequest',
    [undefined, 'text', 5, {}],
    (body) => lib.parseScepHttpRequest({ method: 'POST', url: '/?operation=PKIOperation', body }),
    /body/,
  ],
  ['parsePushResponse', [undefined, null, 5], (response) => lib.parsePushResponse(response), /response/],
  [
    'parsePushResponse, status',
    ['410', undefined, null],
    (status) => lib.parsePushResponse({ status, headers: {}, body: '' }),
    /status/,
  ],
  ['encryptCms', [...NO_LISTS, [null]], (to) => lib.encryptCms(bytes, to), /recipients|certificate/],
  ['encryptProfile', [...NO_LISTS, [null]], (to) => lib.encryptProfile(profile, to), /recipients|certificate/],
  ['buildPkcs12', [ca, {}, 'text', [null]], (chain) => lib.buildPkcs12({ ...p12, chain }, 'x'), /chain|certificate/],
  [
    'buildDepProfile',
    [...NO_LISTS, [null]],
    (anchorCerts) => lib.buildDepProfile({ ...dep, anchorCerts }),
    /anchorCerts|certificate/,
  ],
  ['buildCertificateBag', [...NO_LISTS, [null]], (list) => lib.buildCertificateBag(list), /certificate/],
  ['signer.chain', [ca, {}, null], (chain) => lib.signCms(bytes, { ...caIdentity, chain }), /chain/],
  ['distinguishedName', [{ CN: 'x' }, 'CN=x', ['CN=x'], [{}], null], (name) => lib.distinguishedName(name), /name/],
  [
    'createCsr, subject',
    [{ CN: 'x' }, 'CN=x', ['CN=x'], [[null]], [[{ type: 'CN' }]]],
    (name) => lib.createCsr({ privateKey, subject: name }),
    /name/,
  ],
  [
    'createCsr',
    NO_TEXTS.filter((one) => one !== null),
    (challengePassword) => lib.createCsr({ privateKey, subject, challengePassword }),
    /challengePassword/,
  ],
  [
    'openScepReply',
    [undefined, null, {}, 5],
    (pending) => lib.openScepReply(bytes, { pinned: [ca], recipient: deviceIdentity, pending }),
    /pending/,
  ],
  ['findCertificate', [5, {}, ['0a']], (serialNumber) => lib.findCertificate(pinned, { serialNumber }), /serialNumber/],
  ['accept', [null, 5, 'text', []], (accept) => lib.verifyCms(bytes, { trust: { pinned: [ca] }, accept }), /accept/],
  ['accept', [null, 5, 'text', []], (accept) => lib.decryptCms(bytes, deviceIdentity, { accept }), /accept/],
  [
    'signerKey',
    ['CSR', 'own', true, null],
    (signerKey) => lib.openScepRequest(bytes, { recipient: caIdentity, renewalTrust: { anchors: [ca] }, signerKey }),
    /signerKey/,
  ],
  ['scepHttpResponse', ['GetCACert', 'toString', 5], (operation) => lib.scepHttpResponse(operation, ''), /operation/],
  [
    'scepHttpRequest',
    ['PUT', 5, {}],
    (method) => lib.scepHttpRequest({ url: 'https://x', operation: 'PKIOperation', message: bytes, method }),
    /method/,
  ],
  [
    'importIdentity, password',
    [5, {}, null],
    (password) => lib.importIdentity({ certificate: device, privateKey: deviceKeyPem, password }),
    /password/,
  ],
]

describe('… and named', () => {
  test.each(ROWS)('%s', async (_, wrongs, call, reason) => {
    for (const wrong of wrongs)
      await expectRejection(
        Promise.resolve().then(() => call(wrong as never)),
        'ERR_INVALID_ARGUMENT',
        reason,
      )
  })

  test('a challenge password of null is none, as a request without one is read', async () => {
    const csr = await lib.createCsr({ privateKey, subject, challengePassword: null })
    expect(csr.challengePassword).toBeNull()
  })

  test('the serial number of GetCert is taken with colons, as findCertificate takes it', async () => {
    const options = {
      signer: deviceIdentity,
      recipient: ca,
      choice: { digest: 'SHA-256', cipher: 'AES-128-CBC' },
    } as const
    const ask = (serialNumber: string) =>
      lib.buildScepRequest({ type: 'GetCert', issuer: ca.subject, serialNumber }, options)
    const { message } = await ask('0A:FF')
    const request = await lib.openScepRequest(message, { recipient: caIdentity, renewalTrust: { anchors: [ca] }, now })
    expect(request).toMatchObject({ type: 'GetCert', serialNumber: '0aff' })
    await expectRejection(ask('0A-FF'), 'ERR_INVALID_ARGUMENT', /serialNumber/)
    await expectRejection(ask(5 as unknown as string), 'ERR_INVALID_ARGUMENT', /serialNumber/)
  })

  test('a private key of another form than PKCS#8, and a wrong password of a file, are said', async () => {
    const { generateKeyPairSync } = await import('node:crypto')
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const forms = [
      pair.export({ type: 'pkcs1', format: 'der' }),
      pair.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'x' }),
    ]
    for (const form of forms) {
      const made = lib.importIdentity({ certificate: ca, privateKey: new Uint8Array(form), password: 'x' })
      await expectRejection(made, 'ERR_ENCODING', /PKCS#8 .* have to be PEM/)
    }
    const file = await lib.buildPkcs12(p12, 'right')
    await expectRejection(lib.openPkcs12(file, 'wrong'), 'ERR_DECRYPTION_FAILED', /password/)
  })
})
