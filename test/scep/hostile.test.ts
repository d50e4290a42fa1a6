import { describe, expect, test } from 'vitest'
import { buildCertificateBag } from '../../src/cms.js'
import {
  buildNextCaCert,
  buildScepReply,
  openNextCaCert,
  openScepReply,
  openScepRequest,
  parseCaCaps,
  parseCaCertResponse,
  parseScepHttpRequest,
  peekScepMessage,
} from '../../src/scep.js'
import type { Bytes } from '../../src/types.js'
import { NOW } from '../cms/entities.js'
import { describeWithFixtures, fixture, wire } from '../support/fixtures.js'
import { asyncOutcomes, drawn, flips, outcomes, truncations } from '../support/hostile.js'
import { draw } from '../support/random.js'
import { acceptRecorded, wireCas, wireServer } from '../support/wire.js'
import { ca, csrOf, device, enrolled, open, request } from './pki-message.js'

// Every damaged message gives a value or an error of this package; a value is the one that was signed.

const csr = await csrOf(device.raw)
const sent = await request({ type: 'PKCSReq', csr }, device)
const reply = await buildScepReply(
  await open(sent.message),
  { status: 'SUCCESS', certificates: [enrolled.certificate] },
  { signer: ca, now: NOW },
)
const next = await buildNextCaCert([enrolled.certificate], ca, { now: NOW })
const bag = buildCertificateBag([enrolled.certificate, ca.certificate])

describe('damaged messages', () => {
  test('a request', async () => {
    expect(await asyncOutcomes(truncations(sent.message, 150), (bytes) => open(bytes))).toMatchObject({ values: 0 })
    const read: Bytes[] = []
    const { refusals } = await asyncOutcomes(flips(sent.message, 500), async (bytes) => {
      const opened = await open(bytes)
      if ('csr' in opened) read.push(opened.csr.der)
    })
    expect(refusals).toBeGreaterThan(drawn(300))
    for (const der of read) expect(der).toEqual(csr.der)
  })

  test('an answer', async () => {
    const options = { pinned: [ca.certificate], pending: sent.pending, recipient: device, now: NOW } as const
    const openReply = (bytes: Uint8Array) => openScepReply(bytes, options)
    expect(await asyncOutcomes(truncations(reply, 150), openReply)).toMatchObject({ values: 0 })
    const read: (readonly Bytes[])[] = []
    const { refusals } = await asyncOutcomes(flips(reply, 500), async (bytes) => {
      const answer = await openReply(bytes)
      expect(answer.status).toBe('SUCCESS')
      if (answer.status === 'SUCCESS') read.push(answer.certificates.map(({ der }) => der))
    })
    expect(refusals).toBeGreaterThan(drawn(250))
    for (const ders of read) expect(ders).toEqual([enrolled.certificate.der])
  })

  test('the next CA', async () => {
    const openNext = (bytes: Uint8Array) => openNextCaCert(bytes, { pinned: [ca.certificate], now: NOW })
    expect(await asyncOutcomes(truncations(next, 100), openNext)).toMatchObject({ values: 0 })
    await asyncOutcomes(flips(next, 300), async (bytes) => {
      const [first] = await openNext(bytes)
      expect(first?.der).toEqual(enrolled.certificate.der)
    })
  })

  test('what is read without a signature', () => {
    for (const [bytes, read] of [
      [sent.message, peekScepMessage],
      [reply, peekScepMessage],
      [bag, parseCaCertResponse],
      [ca.certificate.der, parseCaCertResponse],
    ] as const) {
      expect(outcomes(truncations(bytes, 150), read).values).toBe(0)
      outcomes(flips(bytes, 500), read)
    }
  })

  test('queries and capabilities of random characters', () => {
    const random = draw(20_260_601)
    const alphabet = [...'?&=%+/#aZ0-_ \r\n', 'operation=', 'PKIOperation', 'message=', '%2B', '%25', 'é', '\u{1f4f1}']
    const texts = Array.from({ length: 2000 }, () =>
      Array.from({ length: random.below(12) }, () => random.pick(alphabet)).join(''),
    )
    outcomes(texts, (url) =>
      parseScepHttpRequest({ method: 'GET', url: `/scep?operation=PKIOperation&${url}`, body: null }),
    )
    outcomes(texts, (url) => parseScepHttpRequest({ method: 'POST', url, body: null }))
    expect(outcomes(texts, parseCaCaps).refusals).toBe(0)
  })
})

describeWithFixtures('damaged recorded messages', () => {
  test('a BouncyCastle request and answer', async () => {
    const file = 'empty-econtent/047-jscep-pendok-PKIOperation'
    const recipient = await wireServer('static/ca.key')
    const options = { recipient, renewalTrust: { anchors: [recipient.certificate] }, accept: acceptRecorded } as const
    const inputs = (side: 'req' | 'rsp') => [
      ...truncations(wire(`${file}.${side}.der`), 100),
      ...flips(wire(`${file}.${side}.der`), 250),
    ]
    const counts = await asyncOutcomes(inputs('req'), (bytes) => openScepRequest(bytes, options))
    expect(counts.refusals).toBeGreaterThan(drawn(200))
    const pinned = [wireCas[0]!] as const
    const pending = { transactionId: '', senderNonce: '', type: 'PKCSReq', publicKeySha256: null } as const
    await asyncOutcomes(inputs('rsp'), (bytes) =>
      openScepReply(bytes, { pinned, pending, recipient, accept: acceptRecorded }),
    )
  })

  test.each([
    'InfiniteLoopSpace__go_S-MIME/PKCSReq-ios-2016.ber',
    'cmdmnt__commandment/mdmclient-PKIOperation.der',
    'ruby__openssl/PKCSReq-ios-2012.der',
    'smallstep__scep/CertRep.der',
  ])('%s', (file) => {
    const message = fixture(`scep/${file}`)
    expect(outcomes(truncations(message, 200), peekScepMessage).values).toBe(0)
    outcomes(flips(message, 500), peekScepMessage)
  })

  test('answers to GetCACert', () => {
    for (const name of ['msscep-ivpntest', 'ndes-wf', 'ruby-iphone-scep']) {
      const body = fixture(`scep/apple-oss-distributions__Security/getcacert-${name}.der`)
      expect(outcomes(truncations(body, 100), parseCaCertResponse).values).toBe(0)
      outcomes(flips(body, 300), parseCaCertResponse)
    }
  })
})
