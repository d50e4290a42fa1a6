// A PKCS#12 file out of its parts (RFC 7292 §4), with pkijs' structures. Encryption and MAC come from outside.
import type * as asn1js from 'asn1js'
import type * as pkijs from 'pkijs'
import { OID } from '../asn1/oid.js'
import { digestOid } from '../crypto/digest-table.js'
import type { Bytes, DigestName } from '../types.js'
import { bmpPassword } from './kdf.js'
import type { PbeCiphertext } from './pbe.js'

export interface Libraries {
  readonly asn1js: typeof asn1js
  readonly pkijs: typeof pkijs
}
export interface BagNames {
  readonly friendlyName: string | null
  readonly localKeyId: Bytes
}
export interface MacParameters {
  readonly digest: DigestName
  readonly salt: Bytes
  readonly iterations: number
}

/** Nothing else in the package loads pkijs than the reader and the writer of this room, at the first call. */
export async function loadLibraries(): Promise<Libraries> {
  const [asn1js, pkijs] = await Promise.all([import('asn1js'), import('pkijs')])
  return { asn1js, pkijs }
}

/** SafeContents with the leaf first; the names are the leaf's. */
export function encodeCertificates(
  libraries: Libraries,
  certificates: readonly { readonly der: Bytes }[],
  names: BagNames,
): Bytes {
  const { pkijs } = libraries
  const safeBags = certificates.map(({ der }, at) => {
    const bagValue = new pkijs.CertBag({ certId: OID.x509CertificateBag, certValue: octets(libraries, der) })
    const named = at === 0 ? { bagAttributes: attributes(libraries, names) } : {}
    return new pkijs.SafeBag({ bagId: OID.certBag, bagValue, ...named })
  })
  return derOf(new pkijs.SafeContents({ safeBags }))
}

/** AuthenticatedSafe: the encrypted SafeContents of the certificates, then the key in a bag of its own. */
export function encodeAuthenticatedSafe(
  libraries: Libraries,
  certificates: PbeCiphertext,
  privateKey: PbeCiphertext,
  names: BagNames,
): Bytes {
  const { pkijs } = libraries
  const encryptedContentInfo = new pkijs.EncryptedContentInfo({
    contentType: OID.data,
    contentEncryptionAlgorithm: pkijs.AlgorithmIdentifier.fromBER(certificates.algorithm),
    encryptedContent: octets(libraries, certificates.data),
    disableSplit: true,
  })
  const encrypted = new pkijs.EncryptedData({ encryptedContentInfo })
  const bagValue = new pkijs.PKCS8ShroudedKeyBag({
    encryptionAlgorithm: pkijs.AlgorithmIdentifier.fromBER(privateKey.algorithm),
    encryptedData: octets(libraries, privateKey.data),
  })
  const bagAttributes = attributes(libraries, names)
  const bag = new pkijs.SafeBag({ bagId: OID.pkcs8ShroudedKeyBag, bagValue, bagAttributes })
  const first = new pkijs.ContentInfo({ contentType: OID.encryptedData, content: encrypted.toSchema() })
  const second = dataContent(libraries, derOf(new pkijs.SafeContents({ safeBags: [bag] })))
  return derOf(new pkijs.AuthenticatedSafe({ safeContents: [first, second] }))
}

export function encodePfx(libraries: Libraries, content: Bytes, mac: MacParameters, value: Bytes): Bytes {
  const { asn1js, pkijs } = libraries
  const digestAlgorithm = new pkijs.AlgorithmIdentifier({
    algorithmId: digestOid(mac.digest),
    algorithmParams: new asn1js.Null(),
  })
  const macData = new pkijs.MacData({
    mac: new pkijs.DigestInfo({ digestAlgorithm, digest: octets(libraries, value) }),
    macSalt: octets(libraries, mac.salt),
    iterations: mac.iterations,
  })
  return derOf(new pkijs.PFX({ authSafe: dataContent(libraries, content), macData }))
}

function octets({ asn1js }: Libraries, bytes: Bytes): asn1js.OctetString {
  return new asn1js.OctetString({ valueHex: bytes.slice() })
}

function dataContent(libraries: Libraries, bytes: Bytes): pkijs.ContentInfo {
  return new libraries.pkijs.ContentInfo({ contentType: OID.data, content: octets(libraries, bytes) })
}

function attributes(libraries: Libraries, { friendlyName, localKeyId }: BagNames): pkijs.Attribute[] {
  const { asn1js, pkijs } = libraries
  const id = new pkijs.Attribute({ type: OID.localKeyId, values: [octets(libraries, localKeyId)] })
  if (friendlyName === null) return [id]
  const text = new asn1js.BmpString()
  text.fromBuffer(bmpPassword(friendlyName).slice(0, -2))
  const name = new pkijs.Attribute({ type: OID.friendlyName, values: [text] })
  // A SET OF: in DER the shorter one first, and at the same length the one with the lower identifier.
  return derOf(id).length < derOf(name).length ? [id, name] : [name, id]
}

function derOf(structure: { toSchema(): unknown }): Bytes {
  return new Uint8Array((structure.toSchema() as asn1js.BaseBlock).toBER(false))
}
