import { expect, test } from 'vitest'
import { encodeHex } from '../../src/bytes/hex.js'
import { parseCaCaps } from '../../src/scep/capabilities.js'
import { parseCaCertResponse } from '../../src/scep/ca-certificates.js'
import { openScepReply } from '../../src/scep/open-reply.js'
import { peekScepMessage } from '../../src/scep/peek.js'
import { digest } from '../../src/crypto/digest.js'
import { callContext } from '../../src/crypto/context.js'
import { certificateParts } from '../../src/x509/certificate.js'
import { importIdentity } from '../../src/x509/identity.js'
import { nameAttribute } from '../../src/x509/name.js'
import type { Certificate, DecryptionIdentity } from '../../src/types.js'
import { describeWithFixtures, wire, wireText } from '../support/fixtures.js'
import { expectRejection } from '../support/hostile.js'
import { acceptRecorded, wireCas, type WireEntry, wireEntries, wireServer } from '../support/wire.js'

// Answers of micromdm's, another Go and a BouncyCastle server, read with the key of the client that asked.

const replies = wireEntries.filter((entry) => entry.side === 'rsp' && entry.messageType === 'CertRep')
const pinned = wireCas as readonly [Certificate, ...Certificate[]]

async function open(entry: WireEntry, changed: { transactionId?: string; senderNonce?: string } = {}) {
  const request = peekScepMessage(wire(entry.file.replace('.rsp.der', '.req.der')))
  const certificate = request.signer.certificate
  if (certificate === null || request.senderNonce === null) throw new Error('a request without certificate or nonce')
  const recipient: DecryptionIdentity =
    entry.key === undefined
      ? await wireServer('static/ca.key')
      : await importIdentity({ certificate, privateKey: wireText(entry.key) })
  const key = await digest('SHA-256', certificateParts(certificate).key.spki, callContext(undefined))
  return openScepReply(wire(entry.file), {
    pinned,
    accept: acceptRecorded,
    recipient,
    pending: {
      transactionId: request.transactionId,
      senderNonce: encodeHex(request.senderNonce),
      type: 'PKCSReq',
      publicKeySha256: encodeHex(key),
      ...changed,
    },
  })
}

describeWithFixtures('recorded SCEP answers', () => {
  test('there are as many as the index says', () => {
    expect(replies).toHaveLength(139)
  })

  const readable = replies.filter((entry) => entry.enc !== 'aes256_gcm')
  test.each(readable.map((entry) => [entry.file, entry] as const))('%s', async (_, entry) => {
    const reply = await open(entry)
    expect(reply.status).toBe(entry.pkiStatus)
    if (reply.status === 'FAILURE') expect(reply.failInfo).toBe(entry.failInfo)
    if (reply.status !== 'SUCCESS') return
    const names = reply.certificates.map((certificate) => nameAttribute(certificate.subject, 'CN'))
    const expected = (entry.inner?.certs ?? []).map((name) => /Common Name: ([^,]+)/.exec(name)?.[1])
    expect(names).toEqual(expected)
  })

  test('an answer to another request is refused', async () => {
    const entry = replies.find((candidate) => candidate.pkiStatus === 'SUCCESS' && candidate.enc === 'aes128_cbc')
    if (entry === undefined) throw new Error('no such recording')
    await expectRejection(open(entry, { transactionId: 'another' }), 'ERR_SCEP_UNEXPECTED', /transactionId/)
    await expectRejection(open(entry, { senderNonce: '00'.repeat(16) }), 'ERR_SCEP_UNEXPECTED', /recipientNonce/)
  })

  const capabilities = wireEntries.filter((entry) => entry.caps !== undefined)
  test('GetCACaps of every server', () => {
    expect(capabilities).toHaveLength(137)
    for (const entry of capabilities) {
      const { known, unknown } = parseCaCaps(wireText(entry.file))
      expect([...known, ...unknown].sort()).toEqual([...(entry.caps ?? [])].sort())
    }
  })

  const caCerts = wireEntries.filter((entry) => /GetCACert/.test(entry.file) && entry.caps === undefined)
  test('GetCACert of every server', () => {
    expect(caCerts.length).toBeGreaterThan(40)
    for (const entry of caCerts) {
      const ca = parseCaCertResponse(wire(entry.file))
      if (entry.cert !== undefined) {
        expect(ca.all).toHaveLength(1)
        expect(nameAttribute(ca.recipient.subject, 'CN')).toBe(/Common Name: ([^,]+)/.exec(entry.cert)?.[1])
      } else expect(ca.all.length).toBeGreaterThan(1)
    }
  })
})
