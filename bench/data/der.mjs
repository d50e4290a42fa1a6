// What the floors need of a message, taken out of it with asn1js: not with the code that is measured.
import * as asn1js from 'asn1js'

/** A plain tree: tag octet, whole encoding, content, members. */
export function readTree(bytes) {
  const { result, offset } = asn1js.fromBER(Uint8Array.from(bytes).buffer)
  if (offset < 0) throw new Error(`asn1js: ${result.error}`)
  return nodeOf(result)
}

function nodeOf(value) {
  const encoding = Buffer.from(value.valueBeforeDecodeView)
  const header = value.idBlock.blockLength + value.lenBlock.blockLength
  const isConstructed = (encoding[0] & 0x20) !== 0
  const members = isConstructed ? value.valueBlock.value.map(nodeOf) : []
  return { tag: encoding[0], encoding, content: encoding.subarray(header), members }
}

/** `path`: which member at each level; -1 the last one. */
export function at(node, ...path) {
  return path.reduce((from, index) => from.members.at(index), node)
}

/** ContentInfo of a SignedData: what is signed and by what. */
export function dissectSignedData(bytes) {
  const signedData = at(readTree(bytes), 1, 0)
  const signerInfo = at(signedData, -1, 0)
  const attributes = signerInfo.members.find(({ tag }) => tag === 0xa0)
  const eContent = at(signedData, 2).members[1]
  const signedAttributes = attributes === undefined ? null : Buffer.from(attributes.encoding)
  if (signedAttributes !== null) signedAttributes[0] = 0x31
  return {
    content: eContent === undefined ? null : octetsOf(at(eContent, 0)),
    signedAttributes,
    signature: signerInfo.members.at(-1).content,
  }
}

function octetsOf(node) {
  return node.members.length === 0 ? node.content : Buffer.concat(node.members.map(octetsOf))
}

/** ContentInfo of an EnvelopedData for one recipient. */
export function dissectEnvelope(bytes) {
  const enveloped = at(readTree(bytes), 1, 0)
  const info = at(enveloped, 2)
  return {
    encryptedKey: at(enveloped, 1, 0, 3).content,
    iv: at(info, 1, 1).content,
    ciphertext: octetsOf(at(info, 2)),
  }
}

/** Certificate, CSR or CRL. */
export function dissectSigned(bytes) {
  const [tbs, , signature] = readTree(bytes).members
  return { tbs: tbs.encoding, signature: signature.content.subarray(1) }
}
