import { equal, now, toHex } from '../support.mjs'

const template = { serialNumber: '1234', notBefore: new Date('2027-01-01'), notAfter: new Date('2028-01-01') }

export const x509 = [
  {
    name: 'certificate: DER and PEM',
    covers: ['parseCertificate', 'parseCertificates', 'toPem', 'formatName', 'nameAttribute', 'readExtensions'],
    run({ lib, bytes, device }) {
      equal(lib.formatName(device.subject), 'CN=device-1')
      equal(lib.nameAttribute(device.issuer, 'CN'), 'Vector CA')
      equal(device.serialNumber, '2001')
      equal(lib.readExtensions(device.extensions).keyUsage, ['digitalSignature', 'keyEncipherment'])
      const pem = lib.toPem('CERTIFICATE', bytes.device) + lib.toPem('CERTIFICATE', bytes.ca)
      equal(lib.parseCertificates(pem).length, 2)
      return pem
    },
  },
  {
    name: 'fingerprints, MD5 to SHA-512',
    covers: ['certificateFingerprint'],
    async run({ lib, device, vectors, fixed }) {
      const names = { md5: 'MD5', sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' }
      for (const [digest, expected] of Object.entries(vectors.fingerprints)) {
        equal(await lib.certificateFingerprint(device, names[digest]), expected, digest)
        equal(await lib.certificateFingerprint(device, names[digest], fixed()), expected, `${digest}, given provider`)
      }
    },
  },
  {
    name: 'private keys: PEM encrypted with AES, with 3DES of old, EC',
    covers: ['importIdentity'],
    async run({ lib, device, vectors, bytes, ec, refuses }) {
      for (const privateKey of [vectors.encryptedKeyPem, vectors.oldKeyPem])
        await lib.importIdentity({ certificate: device, privateKey, password: 'secret' })
      await refuses('ERR_KEY_MISMATCH', () => lib.importIdentity({ certificate: ec, privateKey: bytes.deviceKey }))
    },
  },
  {
    name: 'generated keys of all types',
    covers: ['generateKey', 'createCsr', 'verifyCsr'],
    async run({ lib }) {
      for (const type of ['RSA-2048', 'P-256', 'P-384']) {
        const { privateKey } = await lib.generateKey(type)
        await lib.verifyCsr(await lib.createCsr({ privateKey, subject: lib.distinguishedName([['CN', type]]) }))
      }
    },
  },
  {
    name: 'certificate requests',
    covers: ['createCsr', 'parseCsr', 'verifyCsr', 'buildExtensions', 'distinguishedName'],
    async run({ lib, bytes, fixed, refuses }) {
      await lib.verifyCsr(lib.parseCsr(bytes.csr))
      const csr = await lib.createCsr(
        {
          privateKey: bytes.deviceKey,
          subject: lib.distinguishedName([
            ['CN', 'Gerät'],
            ['O', 'Vectors'],
          ]),
          challengePassword: 'sesame',
          extensions: lib.buildExtensions({ subjectAltNames: [{ type: 'dns', value: 'device.example' }] }),
        },
        fixed(),
      )
      const damaged = csr.der.slice()
      damaged[damaged.length - 1] ^= 1
      await refuses('ERR_SIGNATURE_INVALID', () => lib.verifyCsr(lib.parseCsr(damaged)))
      return csr.der
    },
  },
  {
    name: 'issuing, in each purpose',
    covers: ['issueCertificate', 'issueSelfSigned', 'randomSerialNumber', 'verifyCertificatePath', 'checkCertificate'],
    async run({ lib, bytes, device, fixedCa, fixed, ca }) {
      const made = []
      for (const purpose of [
        'device-identity',
        'ca',
        'scep-ra',
        'tls-server',
        'profile-signing',
        'key-encipherment',
        'custom',
      ]) {
        const subject = lib.distinguishedName([['CN', purpose]])
        const input = { ...template, subject, publicKey: device.publicKey, purpose }
        const certificate = await lib.issueCertificate(input, fixedCa, fixed())
        const path = await lib.verifyCertificatePath(certificate, { anchors: [ca] }, { now: new Date('2027-06-01') })
        equal(path.length, 2, purpose)
        made.push(toHex(certificate.der))
      }
      const root = await lib.issueSelfSigned(
        { ...template, subject: lib.distinguishedName([['CN', 'root']]), purpose: 'ca', privateKey: bytes.otherKey },
        fixed(),
      )
      equal(
        lib.checkCertificate(root, now).map(({ kind }) => kind),
        [],
      )
      equal(lib.randomSerialNumber(fixed()).length <= 40, true)
      return [...made, toHex(root.der), lib.randomSerialNumber(fixed())].join('\n')
    },
  },
  {
    name: 'paths: dates, and a stranger',
    covers: ['verifyCertificatePath'],
    async run({ lib, device, trust, ec, refuses }) {
      await refuses('ERR_CERTIFICATE_TIME', () =>
        lib.verifyCertificatePath(device, trust, { now: new Date('2099-01-01') }),
      )
      await refuses('ERR_CERTIFICATE_UNTRUSTED', () => lib.verifyCertificatePath(device, { anchors: [ec] }, { now }))
    },
  },
  {
    name: 'revocation lists',
    covers: ['buildCrl', 'parseCrl', 'verifyCrl'],
    async run({ lib, ca, device, fixedCa, fixed, ec, refuses }) {
      const crl = await lib.buildCrl(
        {
          revoked: [{ serialNumber: device.serialNumber, at: new Date('2027-02-01'), reason: 1 }],
          number: '7',
          thisUpdate: new Date('2027-05-31'),
          nextUpdate: new Date('2027-06-30'),
        },
        fixedCa,
        fixed(),
      )
      equal(lib.parseCrl(crl).revoked[0].serialNumber, device.serialNumber)
      await lib.verifyCrl(crl, ca, { now })
      await refuses('ERR_CRL_INVALID', () => lib.verifyCrl(crl, ec, { now }))
      await refuses('ERR_CERTIFICATE_REVOKED', () =>
        lib.verifyCertificatePath(device, { anchors: [ca], crls: [crl] }, { now }),
      )
      return crl
    },
  },
  {
    name: 'renewal, reserve certificates, a new CA key',
    covers: [
      'renewCertificate',
      'planRenewal',
      'findCertificate',
      'checkReserveCertificate',
      'checkCaRollover',
      'issueCaLinks',
      'classifyAppleCertificate',
    ],
    async run({ lib, bytes, ca, device, fixedCa, fixed }) {
      const renewed = await lib.renewCertificate(device, template, fixedCa, fixed())
      equal(renewed.subject, device.subject)
      equal(lib.findCertificate([ca, device], { commonName: 'device-1' }).serialNumber, '2001')
      equal(lib.planRenewal(renewed).expiresAt, template.notAfter)
      equal(lib.classifyAppleCertificate(renewed).kind, 'other')
      const root = await lib.issueSelfSigned(
        { ...template, subject: ca.subject, purpose: 'ca', privateKey: bytes.otherKey },
        fixed(),
      )
      const next = await lib.importIdentity({ certificate: root, privateKey: bytes.otherKey }, fixed())
      const links = await lib.issueCaLinks(fixedCa, next, ['21', '22'], fixed())
      const rollover = await lib.checkCaRollover(ca, root, [device], fixed())
      const server = { certificate: device, chain: [ca] }
      const findings = await lib.checkReserveCertificate({ certificate: renewed, chain: [ca] }, server, {
        host: 'mdm.example',
        ...fixed(),
      })
      equal(findings.map(({ kind }) => kind).includes('host-mismatch'), true)
      return [renewed.der, links.newWithOld.der, links.oldWithNew.der].map(toHex).join('\n') + rollover.length
    },
  },
]
