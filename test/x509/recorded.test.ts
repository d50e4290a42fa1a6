import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { formatName, nameAttribute, parseCertificate, parseCsr, readExtensions, verifyCsr } from '../../src/x509.js'
import { acceptedByDefault } from '../../src/crypto/accept.js'
import { certificateParts, parseCertificateDer } from '../../src/x509/certificate.js'
import { encodeName, readName } from '../../src/x509/name.js'
import { escapeNameValue } from '../../src/x509/name-text.js'
import type { Certificate, DistinguishedName, NameAttribute } from '../../src/types.js'
import { readDer } from '../../src/asn1/der-reader.js'
import { describeWithFixtures, fixture, fixtureText } from '../support/fixtures.js'
import { asyncOutcomes, expectRefusal, expectRejection, flips, outcomes, truncations } from '../support/hostile.js'
import { THING } from '../support/asn1.js'
import { recordedX509 } from './recorded.js'

// Its host name was changed after signing; OpenSSL refuses the signature too.
const REDACTED = 'test-windows-host.csr'

/** OpenSSL's own short names, where they are not those of the RFCs. */
const OPENSSL_TYPES: Readonly<Record<string, string>> = {
  STREET: 'street',
  givenName: 'GN',
  '1.3.6.1.4.1.311.60.2.1.2': 'jurisdictionST',
  '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionC',
}

/** A name as Node shows it: one RDN a line, in the order of the certificate. */
function opensslText(name: DistinguishedName): string {
  const attribute = ({ type, value }: NameAttribute): string =>
    `${OPENSSL_TYPES[type] ?? type}=${escapeNameValue(value)}`
  return name.map((rdn) => rdn.map(attribute).join(' + ')).join('\n')
}

/** Keys that OpenSSL knows and we do not, or that it cannot read (DSA without parameters), are `other` for us. */
function keyKind(certificate: X509Certificate): string {
  try {
    const type = certificate.publicKey.asymmetricKeyType
    return type === 'rsa' || type === 'ec' ? type.toUpperCase() : 'other'
  } catch {
    return 'other'
  }
}

interface View {
  readonly serial: string
  readonly notBefore: number
  readonly notAfter: number
  readonly subject: string
  readonly issuer: string
  readonly ca: boolean
  readonly purposes: string
  readonly key: string
}

function ourView(certificate: Certificate): View {
  const { basicConstraints, extendedKeyUsage, keyUsage } = readExtensions(certificate.extensions)
  return {
    serial: certificate.serialNumber.toUpperCase().replace(/^00$/, '0'),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    subject: opensslText(certificate.subject),
    issuer: opensslText(certificate.issuer),
    // To OpenSSL a CA is what may sign.
    ca: basicConstraints?.ca === true && keyUsage?.includes('keyCertSign') !== false,
    purposes: (extendedKeyUsage ?? []).join(),
    key: certificateParts(certificate).key.kind,
  }
}

/** Node has no name where there is an empty one, whatever its types say. */
function textOf(name: string | undefined): string {
  return name ?? ''
}

function opensslView(certificate: X509Certificate): View {
  return {
    serial: certificate.serialNumber,
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    subject: textOf(certificate.subject),
    issuer: textOf(certificate.issuer),
    ca: certificate.ca,
    purposes: ((certificate.keyUsage as string[] | undefined) ?? []).join(),
    key: keyKind(certificate),
  }
}

describeWithFixtures('recorded certificates and requests', () => {
  const { good, bad } = recordedX509()
  const certificates = good.filter(({ label }) => label === 'CERTIFICATE')
  const requests = good.filter(({ label }) => label === 'CERTIFICATE REQUEST')

  test('there are as many as expected', () => {
    expect(certificates.length).toBeGreaterThan(600)
    expect(requests.length).toBeGreaterThan(25)
    expect(bad).toHaveLength(5)
  })

  test('every certificate is read whole, and is what OpenSSL reads in it', () => {
    const differences = certificates.flatMap(({ path, der }) => {
      const ours = ourView(parseCertificate(der))
      const theirs = opensslView(new X509Certificate(der))
      const fields = Object.keys(ours) as (keyof View)[]
      return fields
        .filter((field) => ours[field] !== theirs[field])
        .map((field) => [path, field, ours[field], theirs[field]])
    })
    expect(differences).toEqual([])
  })

  test('every name can be written, and reads back as the same name', () => {
    for (const { path, der } of certificates) {
      const { subject } = parseCertificate(der)
      expect(readName(readDer(encodeName(subject), THING), THING), path).toEqual(subject)
    }
  })

  test('what is not DER is refused', () => {
    for (const { path, der } of bad) {
      const glued = path.endsWith('.cer')
      expectRefusal(() => parseCertificate(der), glued ? 'ERR_ENCODING' : 'ERR_CERTIFICATE_INVALID')
      const end = 4 + der[2]! * 256 + der[3]!
      if (glued) expect(parseCertificate(der.slice(0, end)).serialNumber).not.toBe('')
    }
  })

  test('every request is read and, old algorithms named, verifies', async () => {
    const accept = {
      ...acceptedByDefault.scep,
      digests: [...acceptedByDefault.scep.digests, 'MD5' as const],
      minRsaBits: 512,
    }
    for (const { path, der } of requests.filter((request) => !request.path.endsWith(REDACTED)))
      await expect(verifyCsr(parseCsr(der), { accept }), path).resolves.toBeUndefined()
    const redacted = requests.filter((request) => request.path.endsWith(REDACTED))
    expect(redacted).toHaveLength(1)
    for (const { der } of redacted) await expectRejection(verifyCsr(parseCsr(der), { accept }), 'ERR_SIGNATURE_INVALID')
  })

  test.each([
    ['openscep', 'CN=openscep,O=Foo,C=SE'],
    ['sscep', 'CN=openscep,O=Foo,C=SE'],
  ])('a request of %s, with its challenge', (client, subject) => {
    const csr = parseCsr(fixture(`scep/ejbca__MessagesTest/${client}.csr-expected.der`))
    expect([formatName(csr.subject), csr.challengePassword]).toEqual([subject, 'foo123'])
  })

  test('Apple’s push certificate', () => {
    const certificate = parseCertificate(fixtureText('apns/micromdm__nanomdm/push.pem'))
    expect(nameAttribute(certificate.subject, 'UID')).toBe(
      'com.apple.mgmt.External.e0bd1eac-1f17-4c8e-8a63-dd17d3dd35d9',
    )
    expect(certificate.notBefore.toISOString().slice(0, 10)).toBe('2021-02-10')
    expect(certificate.extensions.map(({ oid }) => oid)).toContain('1.2.840.113635.100.6.3.2')
  })

  test('truncated and flipped ones give a value or a typed error', async () => {
    const sample = certificates.filter((_, i) => i % 40 === 0)
    for (const { der } of sample) {
      expect(outcomes(truncations(der, 60), parseCertificateDer).values).toBe(0)
      outcomes(flips(der, 120), (bytes) => {
        const { certificate, key } = certificateParts(parseCertificateDer(bytes))
        return [key.kind, readExtensions(certificate.extensions)]
      })
    }
    for (const { der } of requests.filter((_, i) => i % 6 === 0)) {
      expect(outcomes(truncations(der, 60), parseCsr).values).toBe(0)
      await asyncOutcomes(flips(der, 60), async (bytes) => verifyCsr(parseCsr(bytes)))
    }
  })
})
