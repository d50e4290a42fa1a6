// The cryptography of `Mdm-Signature` called bare: the key from its PKCS#1, digest, signature.
import { createHash, createPublicKey, createVerify, timingSafeEqual, verify } from 'node:crypto'

const keyOf = (pkcs1) => createPublicKey({ key: pkcs1, format: 'der', type: 'pkcs1' })

/** With signed attributes, as a Mac signs, and with the path to a CA. */
export function mdmSignatureFloors({ body, expected, attributes, signature, macSignature, pkcs1, links }) {
  const signed = () => {
    const fits = timingSafeEqual(createHash('sha256').update(body).digest(), expected)
    return verify('sha256', attributes, keyOf(pkcs1), signature) && fits
  }
  return {
    signed,
    mac: () => createVerify('sha1').update(body).verify(keyOf(pkcs1), macSignature),
    path: () => signed() && links.every((link) => verify('sha256', link.tbs, keyOf(link.pkcs1), link.signature)),
  }
}
