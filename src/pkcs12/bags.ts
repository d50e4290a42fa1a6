// The bags inside a PKCS#12 file (RFC 7292 §4.2), with pkijs' structures. Its cryptography and its engine stay out of it.
import type { BaseBlock } from 'asn1js'
import type * as pkijsModule from 'pkijs'
import type { AlgorithmIdentifier, Attribute, CertBag, ContentInfo, SafeBag } from 'pkijs'
import { contentOf, readDer, TAG } from '../asn1/der-reader.js'
import { OID } from '../asn1/oid.js'
import { readAlgorithmIdentifier } from '../crypto/algorithms.js'
import type { CallContext } from '../crypto/context.js'
import { fail, failDecryption, isMdmProtocolError } from '../errors.js'
import type { Bytes } from '../types.js'
import { boundedDer, type IterationBudget, PKCS12 } from './limits.js'
import type { Pkcs12Password } from './mac.js'
import { decryptPbe } from './pbe.js'

type Pkijs = typeof pkijsModule

interface BagNames {
  readonly friendlyName: string | null
  readonly localKeyId: Uint8Array | null
}
export interface CertificateBag extends BagNames {
  readonly der: Uint8Array
}
export interface KeyBag extends BagNames {
  /** PKCS#8, out of its encryption. */
  readonly open: () => Promise<Bytes>
}
export interface Bags {
  readonly keys: readonly KeyBag[]
  readonly certificates: readonly CertificateBag[]
}

/** What it takes to look into an encrypted part. */
export interface Opener {
  readonly pkijs: Pkijs
  readonly password: Pkcs12Password
  readonly budget: IterationBudget
  readonly ctx: CallContext
}

/** All bags of an AuthenticatedSafe whose MAC was verified. Keys stay closed. Bags of CRLs and secrets are passed over. */
export async function readBags(content: Uint8Array, opener: Opener): Promise<Bags> {
  const { pkijs } = opener
  const bags: SafeBag[] = []
  for (const info of itemsOf(boundedDer(content), (der) => pkijs.AuthenticatedSafe.fromBER(der).safeContents)) {
    const octets = await safeContentsOctets(info, opener)
    bags.push(...itemsOf(octets, (der) => flatten(pkijs, pkijs.SafeContents.fromBER(der).safeBags)))
  }
  return {
    keys: bags.filter(isKey).map((bag) => readKey(bag, opener)),
    certificates: bags.flatMap((bag) =>
      bag.bagValue instanceof pkijs.CertBag ? [readCertificate(bag, bag.bagValue)] : [],
    ),
  }
}

/** pkijs finds no list in a SEQUENCE OF that is empty. */
function itemsOf<T>(der: Uint8Array, read: (der: Uint8Array) => readonly T[]): readonly T[] {
  const isEmpty = der.length === 2 && der[0] === TAG.SEQUENCE
  return isEmpty ? [] : structure(() => read(der))
}

async function safeContentsOctets(info: ContentInfo, opener: Opener): Promise<Uint8Array> {
  if (info.contentType === OID.data) return boundedDer(octetsOf(info.content as BaseBlock))
  if (info.contentType !== OID.encryptedData)
    return fail('ERR_PKCS12_INVALID', 'PKCS#12: a part is neither plain nor encrypted with a password')
  const { contentEncryptionAlgorithm, data } = structure(() => {
    const { encryptedContentInfo } = new opener.pkijs.EncryptedData({ schema: info.content as object })
    const { contentEncryptionAlgorithm } = encryptedContentInfo
    return { contentEncryptionAlgorithm, data: new Uint8Array(encryptedContentInfo.getEncryptedContent()) }
  })
  return decrypt(contentEncryptionAlgorithm, data, opener)
}

async function decrypt(algorithm: AlgorithmIdentifier, data: Uint8Array, opener: Opener): Promise<Bytes> {
  const der = structure(() => new Uint8Array((algorithm.toSchema() as BaseBlock).toBER(false)))
  const id = readAlgorithmIdentifier(readDer(der, PKCS12), PKCS12, 'encryption algorithm')
  const plaintext = await decryptPbe(id, opener.password, data, opener.budget, opener.ctx)
  try {
    return boundedDer(plaintext).slice()
  } catch (error) {
    // Encrypted under another password than the MAC: padding fits now and then.
    return isMdmProtocolError(error, 'ERR_ENCODING') ? failDecryption() : rethrow(error)
  }
}

/** SafeContents may lie in SafeContents (RFC 7292 §4.2.6); the reader's depth limit bounds that. */
function flatten(pkijs: Pkijs, bags: readonly SafeBag[]): readonly SafeBag[] {
  return bags.flatMap((bag) =>
    bag.bagValue instanceof pkijs.SafeContents ? flatten(pkijs, bag.bagValue.safeBags) : [bag],
  )
}

function isKey({ bagId }: SafeBag): boolean {
  return bagId === OID.keyBag || bagId === OID.pkcs8ShroudedKeyBag
}

function readKey(bag: SafeBag, opener: Opener): KeyBag {
  const { bagValue } = bag
  const open = async (): Promise<Bytes> => {
    if (!(bagValue instanceof opener.pkijs.PKCS8ShroudedKeyBag))
      return structure(() => new Uint8Array((bagValue.toSchema() as BaseBlock).toBER(false)))
    const data = structure(() => octetsOf(bagValue.encryptedData))
    return decrypt(bagValue.encryptionAlgorithm, data, opener)
  }
  return { open, ...namesOf(bag) }
}

/** An attribute certificate in such a bag is refused when it is parsed. */
function readCertificate(bag: SafeBag, { certValue }: CertBag): CertificateBag {
  return { der: structure(() => octetsOf(certValue as BaseBlock)), ...namesOf(bag) }
}

function namesOf({ bagAttributes = [] }: SafeBag): BagNames {
  const name = valueOf(bagAttributes, OID.friendlyName, TAG.BMP_STRING)
  return {
    friendlyName: name === null ? null : bmpText(name),
    localKeyId: valueOf(bagAttributes, OID.localKeyId, TAG.OCTET_STRING),
  }
}

function valueOf(attributes: readonly Attribute[], oid: string, tag: number): Uint8Array | null {
  const values: readonly unknown[] = attributes.find(({ type }) => type === oid)?.values ?? []
  const [value] = values
  if (value === undefined) return null
  const der = readDer(new Uint8Array((value as BaseBlock).toBER(false)), PKCS12)
  return der.tag === tag ? contentOf(der) : null
}

function bmpText(octets: Uint8Array): string {
  let end = octets.length & ~1
  // Some writers end the text with a zero, as it stands in memory.
  while (end > 0 && octets[end - 1] === 0 && octets[end - 2] === 0) end -= 2
  let text = ''
  for (let at = 0; at < end; at += 2)
    text += String.fromCharCode(((octets[at] as number) << 8) | (octets[at + 1] as number))
  return text
}

/** Content of an OCTET STRING. */
function octetsOf(block: BaseBlock): Uint8Array {
  const value = readDer(new Uint8Array(block.toBER(false)), PKCS12)
  if (value.tag !== TAG.OCTET_STRING) fail('ERR_PKCS12_INVALID', 'PKCS#12: an OCTET STRING is expected')
  return contentOf(value)
}

/** pkijs has errors of its own for what is no PKCS#12; their texts name its internals. */
function structure<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isMdmProtocolError(error)) rethrow(error)
    return fail('ERR_PKCS12_INVALID', 'PKCS#12: a part is not built as it should be')
  }
}

function rethrow(error: unknown): never {
  throw error
}
