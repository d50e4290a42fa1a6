// The same enrolment on pkijs and WebCrypto. With RSA-OAEP, as its EnvelopedData has no RSAES-PKCS1-v1_5.
import { webcrypto } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { VALIDITY } from './identities.mjs'

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  envelopedData: '1.2.840.113549.1.7.3',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  messageType: '2.16.840.1.113733.1.9.2',
  pkiStatus: '2.16.840.1.113733.1.9.3',
  senderNonce: '2.16.840.1.113733.1.9.5',
  recipientNonce: '2.16.840.1.113733.1.9.6',
  transactionId: '2.16.840.1.113733.1.9.7',
}

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' }
const bufferOf = (bytes) => Uint8Array.from(bytes).buffer
const printable = (value) => new asn1js.PrintableString({ value })
const octets = (valueHex) => new asn1js.OctetString({ valueHex })
const attribute = (type, ...values) => new pkijs.Attribute({ type, values })

/** A function that runs one enrolment, for the next device each time. */
export async function makePkijsEnrolment(ca, devices) {
  pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }))
  const { subtle } = webcrypto
  const server = {
    certificate: pkijs.Certificate.fromBER(bufferOf(ca.certificate.der)),
    signKey: await subtle.importKey('pkcs8', ca.key.pkcs8, RSA, false, ['sign']),
    decryptKey: await subtle.importKey('pkcs8', ca.key.pkcs8, OAEP, true, ['decrypt']),
  }
  const messages = []
  for (const device of devices) messages.push(await buildRequest(device, server))
  let turn = 0
  return () => enrol(messages[turn++ % messages.length], server)
}

async function buildRequest(device, server) {
  const signKey = await webcrypto.subtle.importKey('pkcs8', device.key.pkcs8, RSA, false, ['sign'])
  const certificate = pkijs.Certificate.fromBER(bufferOf(device.certificate.der))
  const envelope = await seal(bufferOf(device.csr.der), server.certificate)
  return sign(envelope, certificate, signKey, [
    attribute(OID.messageType, printable('19')),
    attribute(OID.transactionId, printable('0123456789ABCDEF0123456789ABCDEF01234567')),
    attribute(OID.senderNonce, octets(new ArrayBuffer(16))),
  ])
}

async function enrol(message, { certificate, signKey, decryptKey }) {
  const signed = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(message).content })
  if (!(await signed.verify({ signer: 0, checkChain: false }))) throw new Error('signature')
  const [client] = signed.certificates
  const content = signed.encapContentInfo.eContent.getValue()
  const envelope = new pkijs.EnvelopedData({ schema: pkijs.ContentInfo.fromBER(content).content })
  const plain = await envelope.decrypt(0, { recipientCertificate: certificate, recipientPrivateKey: decryptKey })
  const csr = pkijs.CertificationRequest.fromBER(plain)
  if (!(await csr.verify())) throw new Error('proof of possession')
  const issued = await issue(csr, certificate, signKey)
  const bag = new pkijs.SignedData({
    version: 1,
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: OID.data }),
    certificates: [issued],
  })
  const inner = await seal(contentInfo(OID.signedData, bag.toSchema(true)), client)
  const { signedAttrs } = signed.signerInfos[0]
  const valueOf = (type) => signedAttrs.attributes.find((one) => one.type === type).values[0]
  return sign(inner, certificate, signKey, [
    attribute(OID.messageType, printable('3')),
    attribute(OID.pkiStatus, printable('0')),
    attribute(OID.transactionId, valueOf(OID.transactionId)),
    attribute(OID.recipientNonce, valueOf(OID.senderNonce)),
    attribute(OID.senderNonce, octets(webcrypto.getRandomValues(new Uint8Array(16)).buffer)),
  ])
}

async function issue(csr, issuer, signKey) {
  const issued = new pkijs.Certificate({ version: 2 })
  const serial = webcrypto.getRandomValues(new Uint8Array(16))
  serial[0] &= 0x7f
  issued.serialNumber = new asn1js.Integer({ valueHex: serial.buffer })
  issued.issuer = issuer.subject
  issued.subject = csr.subject
  issued.notBefore.value = VALIDITY.notBefore
  issued.notAfter.value = VALIDITY.notAfter
  issued.subjectPublicKeyInfo = csr.subjectPublicKeyInfo
  const keyBits = csr.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView
  const identifier = octets(await webcrypto.subtle.digest('SHA-1', keyBits))
  const extension = (extnID, critical, value) =>
    new pkijs.Extension({ extnID, critical, extnValue: value.toBER(false), parsedValue: value })
  issued.extensions = [
    extension('2.5.29.19', true, new pkijs.BasicConstraints({ cA: false }).toSchema()),
    extension('2.5.29.15', true, new asn1js.BitString({ valueHex: new Uint8Array([0xa0]).buffer, unusedBits: 5 })),
    extension('2.5.29.37', false, new pkijs.ExtKeyUsage({ keyPurposes: ['1.3.6.1.5.5.7.3.2'] }).toSchema()),
    extension('2.5.29.14', false, identifier),
  ]
  await issued.sign(signKey, 'SHA-256')
  return issued
}

async function seal(content, certificate) {
  const envelope = new pkijs.EnvelopedData()
  envelope.addRecipientByCertificate(certificate, { oaepHashAlgorithm: 'SHA-256' })
  await envelope.encrypt({ name: 'AES-CBC', length: 128 }, content)
  return contentInfo(OID.envelopedData, envelope.toSchema())
}

async function sign(content, certificate, key, scepAttributes) {
  const digest = await webcrypto.subtle.digest('SHA-256', content)
  const attributes = [
    attribute(OID.contentType, new asn1js.ObjectIdentifier({ value: OID.data })),
    attribute(OID.signingTime, new asn1js.UTCTime({ valueDate: new Date() })),
    attribute(OID.messageDigest, octets(digest)),
    ...scepAttributes,
  ]
  const signed = new pkijs.SignedData({
    version: 1,
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: OID.data, eContent: octets(content) }),
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
        signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes }),
      }),
    ],
    certificates: [certificate],
  })
  await signed.sign(key, 0, 'SHA-256')
  return contentInfo(OID.signedData, signed.toSchema(true))
}

function contentInfo(contentType, content) {
  return new pkijs.ContentInfo({ contentType, content }).toSchema().toBER(false)
}
