import { expect, test } from 'vitest'
import { encodeHex } from '../../src/bytes/hex.js'
import { openScepRequest } from '../../src/scep/open-request.js'
import { parseScepHttpRequest } from '../../src/scep/http.js'
import { peekScepMessage } from '../../src/scep/peek.js'
import { formatName, nameAttribute } from '../../src/x509/name.js'
import type { Certificate, Identity } from '../../src/types.js'
import { describeWithFixtures, wire, wireText } from '../support/fixtures.js'
import { expectRejection } from '../support/hostile.js'
import {
  acceptRecorded,
  CIPHER_NAMES,
  DIGEST_NAMES,
  wireCas,
  type WireEntry,
  wireEntries,
  wireServer,
} from '../support/wire.js'

// Requests that sscep, strongSwan, certmonger, jscep, scepclient and mdmb really sent, with what asn1crypto read in them.

const requests = wireEntries.filter((entry) => entry.side === 'req')
const servers = new Map<string, Promise<Identity>>()

function server(entry: WireEntry): Promise<Identity> {
  const key = entry.key ?? 'static/ca.key'
  const known = servers.get(key) ?? wireServer(key)
  servers.set(key, known)
  return known
}

const anchors = wireCas as readonly [Certificate, ...Certificate[]]

async function open(entry: WireEntry) {
  return openScepRequest(wire(entry.file), {
    recipient: await server(entry),
    renewalTrust: { anchors, validity: 'ignore' },
    accept: acceptRecorded,
  })
}

describeWithFixtures('recorded SCEP requests', () => {
  test('there are as many as the index says', () => {
    expect(requests).toHaveLength(139)
  })

  test.each(requests.map((entry) => [entry.file, entry] as const))('%s: the outside', (file, entry) => {
    const info = peekScepMessage(wire(file))
    expect(info.messageType).toBe(entry.messageType)
    expect(info.transactionId).toBe(entry.transactionID)
    expect(info.senderNonce === null ? null : encodeHex(info.senderNonce)).toBe(entry.senderNonce ?? null)
    expect(info.digest).toBe(DIGEST_NAMES[entry.digest ?? ''])
    expect(info.signer.certificate).not.toBeNull()
    expect(info.recipients).toHaveLength(entry.enc === 'aes256_gcm' ? 0 : 1)
  })

  const openable = requests.filter((entry) => entry.enc !== 'aes256_gcm')
  test.each(openable.map((entry) => [entry.file, entry] as const))('%s: opens', async (_, entry) => {
    const request = await open(entry)
    expect(request.transactionId).toBe(entry.transactionID)
    expect(request.digest).toBe(DIGEST_NAMES[entry.digest ?? ''])
    expect(request.cipher).toBe(CIPHER_NAMES[entry.enc ?? ''])
    expect(request.keyTransport).toBe('RSAES-PKCS1-v1_5')
    expect(request.signerStanding).toBe(entry.signerSelfSigned === true ? 'self-signed' : 'renewal')
    const subject = /Common Name: ([^,]+)/.exec(entry.inner?.subject ?? '')?.[1]
    if (request.type === 'CertPoll') {
      expect(entry.messageType).toBe('CertPoll')
      expect(nameAttribute(request.subject, 'CN')).toBe(subject)
      return
    }
    if (request.type === 'GetCert' || request.type === 'GetCRL') {
      expect(request.type).toBe(entry.messageType)
      expect(BigInt(`0x${request.serialNumber}`)).toBe(BigInt(entry.inner?.serial ?? -1))
      expect(nameAttribute(request.issuer, 'CN')).toBe('Peer jscep CA')
      return
    }
    expect(nameAttribute(request.csr.subject, 'CN'), formatName(request.csr.subject)).toBe(subject)
    expect(request.csr.challengePassword).toBe(entry.inner?.challenge ?? null)
    if (request.type === 'PKCSReq') expect(request.signerHoldsCsrKey).toBe(entry.signerKeyIsCsrKey)
    else expect(entry.signerSelfSigned).toBe(false)
  })

  test.each(requests.filter((entry) => entry.enc === 'aes256_gcm').map((entry) => [entry.file, entry] as const))(
    '%s: GCM inside EnvelopedData is refused',
    async (_, entry) => {
      await expectRejection(open(entry), 'ERR_CMS_INVALID', /primitive SEQUENCE/)
    },
  )

  const gets = requests.filter((entry) => entry.via === 'query')
  test('a GET says the same as its URL', () => {
    expect(gets.length).toBeGreaterThan(10)
    for (const { file } of gets) {
      const url = wireText(file.replace(/\.req\.der$/, '.url.txt')).trim()
      const { operation, message } = parseScepHttpRequest({ method: 'GET', url, body: null })
      expect(operation).toBe('PKIOperation')
      expect(message).toEqual(wire(file))
    }
  })
})
