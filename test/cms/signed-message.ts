import { type Bytes, type SignerTrust, unsafeAcceptAnySigner } from '../../src/types.js'
import type { ErrorCode } from '../../src/errors.js'
import { type SignedContent, verifyCms } from '../../src/cms.js'
import { expectRejection } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import { type CraftSigned, type CraftSigner, craftSigned, craftSigner } from './craft.js'
import { type Entity, issued, NOW, selfSigned } from './entities.js'
import { utf8 } from './recorded-files.js'

// One signed message in many shapes.

export const content: Bytes = utf8('content of the message')

const ca: Entity = await selfSigned('CA', rsaKey(0))
export const people = {
  ca,
  signer: await issued('signer', rsaKey(1), ca),
  other: await issued('other', rsaKey(2), ca),
}

export const by = (entity: Entity, changes: Partial<CraftSigner> = {}): CraftSigner => ({
  certificate: entity.certificate,
  key: entity.raw.privateKey,
  ...changes,
})

/** A message that holds, with changes. */
export function signedMessage(changes: Partial<CraftSigner> = {}, around: Partial<CraftSigned> = {}): Bytes {
  const signers = [craftSigner(content, by(people.signer, changes))]
  return craftSigned({ content, signers, certificates: [people.signer.certificate.der], ...around })
}

export function verify(
  bytes: Uint8Array,
  detachedContent?: Uint8Array,
  trust: SignerTrust = unsafeAcceptAnySigner,
): Promise<SignedContent> {
  return verifyCms(bytes, { trust, now: NOW, ...(detachedContent === undefined ? {} : { detachedContent }) })
}

export async function refused(
  bytes: Uint8Array,
  code: ErrorCode,
  reason: RegExp,
  detached?: Uint8Array,
): Promise<void> {
  await expectRejection(verify(bytes, detached), code, reason)
}
