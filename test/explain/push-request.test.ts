import { beforeAll, describe, expect, test } from 'vitest'
import { buildVendorRequest } from '../../src/apns/vendor-request.js'
import { writePem } from '../../src/asn1/pem.js'
import { decodeBase64, encodeBase64 } from '../../src/bytes/base64.js'
import { explain } from '../../src/explain/explain.js'
import type { Explanation, ExplanationField } from '../../src/explain/explanation.js'
import { decodePlist } from '../../src/plist/decode.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistDict } from '../../src/plist/values.js'
import { createCsr } from '../../src/x509/csr.js'
import { distinguishedName } from '../../src/x509/name.js'
import type { Certificate } from '../../src/types.js'
import { makeVendor, now, type Vendor } from '../apns/vendor.js'
import { rsaKey } from '../support/rsa-keys.js'

interface File {
  readonly PushCertRequestCSR: string
  readonly PushCertCertificateChain: string
  readonly PushCertSignature: string
}
const found = ({ findings }: Explanation): readonly string[] => findings.map(({ level, kind }) => `${level} ${kind}`)
const told = async (list: PlistDict, at: Date = now): Promise<readonly string[]> =>
  found(await explain(encodePlist(list), { now: at }))
const lines = (fields: readonly ExplanationField[], indent = ''): readonly string[] =>
  fields.flatMap(({ name, value, children }) => [
    `${indent}${name}: ${value}`,
    ...(indent === '' || name === 'certificate-request' ? lines(children ?? [], `${indent} `) : []),
  ])
const pem = (chain: readonly Certificate[]): string => chain.map(({ der }) => writePem('CERTIFICATE', der)).join('')

let vendor: Vendor
let text: string
let file: File

beforeAll(async () => {
  vendor = await makeVendor()
  const subject = distinguishedName([['CN', 'Customer']])
  const csr = await createCsr({ privateKey: rsaKey(0).pkcs8, subject, challengePassword: 'open-sesame' })
  text = await buildVendorRequest(csr, vendor.identity, { now })
  file = decodePlist(decodeBase64(text)!) as unknown as File
})

describe('the file for the push certificate portal', () => {
  test('as a vendor makes it: real lengths, the request, the chain', async () => {
    const explanation = await explain(text, { now })
    expect([explanation.kind, found(explanation)]).toEqual(['push-certificate-request', []])
    expect(file.PushCertRequestCSR.length).toBeGreaterThan(400)
    expect(lines(explanation.fields)).toEqual([
      'form: base64',
      `PushCertRequestCSR: ${String(file.PushCertRequestCSR.length)} characters`,
      ' certificate-request: Certificate request of CN=Customer',
      '  subject: CN=Customer',
      '  key: RSA, 2048 bits',
      '  challenge password: 11 characters',
      `PushCertCertificateChain: ${String(file.PushCertCertificateChain.length)} characters`,
      ' certificate: Certificate of CN=MDM Vendor: Example',
      ' certificate: Certificate of CN=Test Developer Relations',
      ' certificate: Certificate of CN=Test Root CA',
      `PushCertSignature: ${String(file.PushCertSignature.length)} characters`,
    ])
    expect(JSON.stringify(explanation)).not.toContain('open-sesame')
  })

  test('an expired vendor', async () => {
    const { findings } = await explain(text, { now: new Date('2027-02-01') })
    expect(findings.map(({ kind, level }) => [level, kind])).toEqual([['error', 'expired']])
    expect(findings[0]?.certificate?.der).toEqual(vendor.identity.certificate.der)
  })

  test('a chain in another order, and one without its root', async () => {
    const { certificate, chain } = vendor.identity
    const [intermediate, root] = chain
    const withChain = (...certificates: readonly Certificate[]): Promise<readonly string[]> =>
      told({ ...file, PushCertCertificateChain: pem(certificates) })
    expect(await withChain(certificate, root, intermediate)).toEqual(Array(3).fill('error chain-order'))
    expect(await withChain(certificate, intermediate)).toEqual(['error chain-order'])
    // The first one is taken for the vendor.
    expect(await withChain(intermediate, root)).toEqual(['error signature-invalid'])
  })

  test('of many certificates the first 16', async () => {
    const chain = pem(Array.from({ length: 20 }, () => vendor.root))
    const { fields } = await explain(encodePlist({ ...file, PushCertCertificateChain: chain }), { now })
    const children = fields[1]?.children ?? []
    expect([children.length, children.at(-1)]).toEqual([17, { name: '…', value: '4 more' }])
  })

  test('a signature over something else, and one that is no base64', async () => {
    const other = encodeBase64(decodeBase64(file.PushCertSignature)!.map((octet) => octet ^ 1))
    expect(await told({ ...file, PushCertSignature: other })).toEqual(['error signature-invalid'])
    expect(await told({ ...file, PushCertSignature: '?' })).toEqual(['error signature-invalid'])
  })

  test('a request that the portal would refuse', async () => {
    const der = decodeBase64(file.PushCertRequestCSR)!
    const armoured = writePem('CERTIFICATE REQUEST', der)
    const unreadable = ['error request-unreadable', 'info signature-not-checked']
    for (const request of [armoured, btoa(armoured), encodeBase64(der.subarray(0, 100)), ''])
      expect(await told({ ...file, PushCertRequestCSR: request })).toEqual(unreadable)
  })

  test('a chain of which a certificate, or nothing, can be read', async () => {
    const damaged = writePem('CERTIFICATE', new Uint8Array(3))
    const after = file.PushCertCertificateChain + damaged
    expect(await told({ ...file, PushCertCertificateChain: after })).toEqual(['error certificate-unreadable'])
    for (const chain of ['', 'x', damaged, damaged.replace('AAAA', '?')]) {
      const unreadable = ['error certificate-unreadable', 'info signature-not-checked']
      expect(await told({ ...file, PushCertCertificateChain: chain })).toEqual(unreadable)
    }
  })

  test('what it lacks', async () => {
    for (const key of ['PushCertRequestCSR', 'PushCertCertificateChain', 'PushCertSignature'] as const) {
      const { kind, findings, fields } = await explain(encodePlist({ ...file, [key]: 5 }), { now })
      expect(kind).toBe('push-certificate-request')
      expect(findings.map(({ level, message }) => `${level}: ${message}`)).toEqual([
        `error: ${key} is missing, or is no text.`,
      ])
      expect(fields.find(({ name }) => name === key)).toEqual({ name: key, value: 'missing' })
    }
  })
})
