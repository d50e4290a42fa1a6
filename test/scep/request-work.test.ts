import { expect, test } from 'vitest'
import { largeKey } from '../cms/large-keys.js'
import { entityOf } from '../cms/entities.js'
import { hex } from '../support/asn1.js'
import { expectRejection } from '../support/hostile.js'
import { rsaKey } from '../support/rsa-keys.js'
import { craft, craftCn, craftKey, DER } from '../x509/craft.js'
import { csrOf, craftMessage, envelope, open } from './pki-message.js'

// Anybody may send a request: what it costs to find out who signed it is bounded as a whole.

/** As long as the largest keys sign. */
const filled = new Uint8Array(2048).fill(0x33)

test('whose signature it is and whose certificate that is come out of one budget', async () => {
  const key = craftKey()
  const ca = craftCn('many')
  const serial = hex('22')
  const signer = await entityOf(
    craft({ serial, issuer: ca, spki: rsaKey(1).spki, outerAlgorithm: DER.sha256Rsa, signature: filled }, key),
    rsaKey(1),
  )
  const content = await envelope((await csrOf(rsaKey(1))).der)
  const extensions = [DER.basicConstraintsCa, DER.keyCertSign]
  // Tried twice, as the attributes are in no order.
  const namesake = craft({ serial, issuer: ca, spki: largeKey(16384) }, key)
  const cas = Array.from({ length: 2 }, () => craft({ subject: ca, spki: largeKey(16384), extensions }, key))
  const send = (certificates: readonly { readonly der: Uint8Array }[]) =>
    open(craftMessage({ content, signer, around: { certificates: certificates.map(({ der }) => der) } }))
  for (const bag of [
    [namesake, signer.certificate],
    [signer.certificate, ...cas],
  ])
    expect((await send(bag)).signerStanding).toBe('other')
  await expectRejection(send([namesake, signer.certificate, ...cas]), 'ERR_LIMIT', /too many signatures/)
})
