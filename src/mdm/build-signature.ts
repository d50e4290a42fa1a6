import { requireObject } from '../arguments.js'
import {
  encodeContextConstructed,
  encodeInteger,
  encodeOctetString,
  encodeOid,
  encodeSequence,
  encodeSetOf,
} from '../asn1/der-writer.js'
import { OID } from '../asn1/oid.js'
import { encodeBase64 } from '../bytes/base64.js'
import { concatBytes, copyBytes } from '../bytes/bytes.js'
import { signCms } from '../cms/sign.js'
import { encodeDigestAlgorithm, encodeSignatureAlgorithm } from '../crypto/algorithms.js'
import { callContext } from '../crypto/context.js'
import { chooseSignature, signData } from '../crypto/sign.js'
import { fail } from '../errors.js'
import type { Bytes, Context, DigestName, SigningIdentity } from '../types.js'
import { certificateParts, issuerAndSerialTree } from '../x509/certificate.js'

export interface BuildMdmSignatureOptions extends Context {
  readonly style?: 'ios' | 'macos'
  readonly digest?: DigestName
}

/** A constructed encoding of indefinite length. */
function indefinite(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  return concatBytes([Uint8Array.of(tag, 0x80), ...parts, Uint8Array.of(0, 0)])
}

/** As Apple's CMSEncoder writes it on a Mac: the outer layers of indefinite length, the leaf alone, no attributes. */
async function macSignature(
  body: Uint8Array,
  signer: SigningIdentity,
  options: BuildMdmSignatureOptions,
): Promise<Bytes> {
  const chosen = chooseSignature(signer.key, options.digest ?? 'SHA-1')
  const signature = await signData(signer.key, chosen, copyBytes(body), callContext(options))
  const digestAlgorithm = encodeDigestAlgorithm(chosen.digest)
  const signerInfo = encodeSequence(
    encodeInteger(1),
    issuerAndSerialTree(certificateParts(signer.certificate)),
    digestAlgorithm,
    encodeSignatureAlgorithm(chosen.signature, chosen.digest),
    encodeOctetString(signature),
  )
  const signedData = indefinite(
    0x30,
    encodeInteger(1),
    encodeSetOf([digestAlgorithm]),
    indefinite(0x30, encodeOid(OID.data)),
    encodeContextConstructed(0, certificateParts(signer.certificate).der),
    encodeSetOf([signerInfo]),
  )
  return indefinite(0x30, encodeOid(OID.signedData), indefinite(0xa0, signedData))
}

const STYLES: { readonly [style: string]: typeof macSignature } = {
  macos: macSignature,
  ios: (body, { certificate, key }, options) => signCms(body, { certificate, key }, { ...options, detached: true }),
}

/**
 * The `Mdm-Signature` header that a device sends with this body: for simulators and tests of servers.
 *
 * `style` `'ios'` (the default): DER with signed attributes, signingTime among them, SHA-256 unless `digest` says
 * otherwise. `'macos'`: BER of indefinite lengths without signed attributes, SHA-1 unless told. A key that cannot do the
 * digest uses its first one. Only the leaf is sent along, as devices do.
 *
 * Not checked: that the key belongs to the certificate. Throws `ERR_INVALID_ARGUMENT`, `ERR_CERTIFICATE_INVALID`,
 * `ERR_CRYPTO_UNAVAILABLE`; what a `RemoteSigner` rejects with passes through.
 *
 * @returns Base64 on one line.
 * @example
 * ```ts
 * const header = await buildMdmSignature(body, identity, { style: 'macos' })
 * await fetch(serverUrl, { method: 'PUT', headers: { 'Mdm-Signature': header }, body })
 * ```
 */
export async function buildMdmSignature(
  body: Uint8Array,
  signer: SigningIdentity,
  options: BuildMdmSignatureOptions = {},
): Promise<string> {
  requireObject(signer, 'signer')
  requireObject(options, 'options')
  const build = Object.hasOwn(STYLES, options.style ?? 'ios') ? STYLES[options.style ?? 'ios'] : undefined
  if (build === undefined) fail('ERR_INVALID_ARGUMENT', "style is 'ios' or 'macos'")
  return encodeBase64(await build(body, signer, options))
}
