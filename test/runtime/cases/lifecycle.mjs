import { equal, now, toHex } from '../support.mjs'

const dates = { notBefore: new Date('2027-01-01'), notAfter: new Date('2028-01-01') }

export const lifecycle = [
  {
    name: 'finding, planning, renewing, classifying',
    covers: ['findCertificate', 'planRenewal', 'renewCertificate', 'classifyAppleCertificate'],
    async run({ lib, device, ca, fixedCa, fixed }) {
      equal(lib.findCertificate([ca, device], { serialNumber: '8193' }) === device, true)
      equal(lib.planRenewal(device).notices.length, 30)
      equal(lib.classifyAppleCertificate(device).kind, 'other')
      const renewed = await lib.renewCertificate(device, { serialNumber: '2003', ...dates }, fixedCa, fixed())
      equal(renewed.publicKey, device.publicKey)
      return renewed.der
    },
  },
  {
    name: 'a CA that changes its key',
    covers: ['checkCaRollover', 'issueCaLinks', 'checkReserveCertificate'],
    async run({ lib, bytes, ca, device, fixedCa, fixed }) {
      const input = { subject: ca.subject, serialNumber: '5', ...dates, purpose: 'ca', privateKey: bytes.otherKey }
      const certificate = await lib.issueSelfSigned(input, fixed())
      const next = await lib.importIdentity({ certificate, privateKey: bytes.otherKey }, fixed())
      const findings = await lib.checkCaRollover(ca, certificate, [device])
      equal(
        findings.map(({ kind }) => kind),
        ['new-key', 'must-reissue'],
      )
      const { newWithOld, oldWithNew } = await lib.issueCaLinks(fixedCa, next, ['a1', 'b1'], fixed())
      const chain = { certificate: device, chain: [ca] }
      const reserve = await lib.checkReserveCertificate(chain, chain, { host: 'mdm.example.com', now })
      equal(reserve.map(({ kind }) => kind).includes('host-mismatch'), true)
      return toHex(newWithOld.der) + toHex(oldWithNew.der)
    },
  },
]
