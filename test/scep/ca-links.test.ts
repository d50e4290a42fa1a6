import { describe, expect, test } from 'vitest'
import {
  buildCaCertResponse,
  buildScepReply,
  openCaCertResponse,
  openScepReply,
  openScepRequest,
} from '../../src/scep.js'
import { issueCaLinks } from '../../src/x509.js'
import { NOW, selfSigned } from '../cms/entities.js'
import { rsaKey } from '../support/rsa-keys.js'
import { ca, csrOf, enrolled, request } from './pki-message.js'

// A CA that changes its key and says so in GetCACert: whom a client encrypts to, and whom it expects an answer from.

describe.each([
  ['under another name', 'next CA'],
  ['under its own name', 'CA'],
])('a CA that changes its key %s', async (_, name) => {
  const next = await selfSigned(name, rsaKey(3))
  const { newWithOld, oldWithNew } = await issueCaLinks(ca, next, ['51', '52'], { now: NOW })
  const known = [
    ['the old CA', ca],
    ['the next CA', next],
  ] as const
  const moments = [
    ['before the switch', ca],
    ['after the switch', next],
  ] as const
  const rows = known.flatMap(([who, anchor]) => moments.map(([when, now]) => [who, when, anchor, now] as const))

  test.each(rows)(
    'who knows %s renews %s, where the server has the links as identities too',
    async (_, __, anchor, now) => {
      const { body } = buildCaCertResponse({ ca: now.certificate, links: [newWithOld, oldWithNew] })
      const answer = await openCaCertResponse(body, { trust: { anchors: [anchor.certificate] }, now: NOW })
      const choice = { digest: 'SHA-256', cipher: 'AES-128-CBC' } as const
      const input = { type: 'RenewalReq', csr: await csrOf(rsaKey(5)) } as const
      const { message, pending } = await request(input, enrolled, choice, answer.recipient)
      const recipient = [next, ca, { ...next, certificate: newWithOld }, { ...ca, certificate: oldWithNew }] as const
      const renewalTrust = { anchors: [next.certificate, ca.certificate] } as const
      const opened = await openScepRequest(message, { recipient, renewalTrust, now: NOW })
      expect(opened.type).toBe('RenewalReq')
      const signer = recipient.find(({ certificate }) => certificate === opened.recipient)!
      const reply = await buildScepReply(opened, { status: 'PENDING' }, { signer, now: NOW })
      const read = openScepReply(reply, { pinned: answer.signers, pending, recipient: enrolled, now: NOW })
      expect((await read).status).toBe('PENDING')
    },
  )
})
