import { afterAll, beforeAll, expect, test } from 'vitest'
import { decryptCms, encryptCms } from '../../src/cms.js'
import { buildScepReply, buildScepRequest, openScepReply, openScepRequest } from '../../src/scep.js'
import type { Certificate, DecryptionIdentity, Identity, SigningIdentity } from '../../src/types.js'
import {
  type CertificatePurpose,
  createCsr,
  distinguishedName,
  issueCertificate,
  issueSelfSigned,
  randomSerialNumber,
  toPem,
  verifyCertificatePath,
} from '../../src/x509.js'
import { expectRejection } from '../support/hostile.js'
import { describeWithTools, runOk } from '../support/openssl.js'
import { openToken, type Token, type TokenKey } from '../support/softhsm.js'

// Keys of CA and device are made in a token and stay there: no private key is ever in this process.

const pem = ({ der }: Certificate): string => toPem('CERTIFICATE', der)
const HOUR = 3_600_000
const choice = { digest: 'SHA-256', cipher: 'AES-128-CBC' } as const
const subjectOf = (commonName: string) => distinguishedName([['CN', commonName]])
const template = (purpose: CertificatePurpose, hours: number) => ({
  purpose,
  serialNumber: randomSerialNumber(),
  notBefore: new Date(Date.now() - HOUR),
  notAfter: new Date(Date.now() + hours * HOUR),
})

async function selfSigned(commonName: string, purpose: CertificatePurpose, { publicKey, signer: key }: TokenKey) {
  const input = { ...template(purpose, 24), subject: subjectOf(commonName), key, publicKey }
  return { certificate: await issueSelfSigned(input), key }
}

describeWithTools('keys in a token', ['softhsm', 'pkcs11', 'openssl'], () => {
  let token: Token
  let caKey: TokenKey
  let deviceKey: TokenKey
  let ca: SigningIdentity
  let device: SigningIdentity

  beforeAll(async () => {
    token = openToken()
    caKey = token.makeKey('01')
    deviceKey = token.makeKey('02')
    ca = await selfSigned('CA in a token', 'ca', caKey)
    device = await selfSigned('device', 'device-identity', deviceKey)
  })
  afterAll(() => {
    token.close()
  })

  /** The two ways to decrypt with a key that is elsewhere. */
  const ways = {
    unwrapKey: ({ unwrapKey }: TokenKey) => ({ unwrapKey }),
    rawRsa: ({ rawRsa }: TokenKey) => ({ rawRsa }),
  }

  test.each(Object.entries(ways))('enrol a device, by %s', async (_, way) => {
    token.asked.splice(0)
    const csr = await createCsr({ key: deviceKey.signer, publicKey: deviceKey.publicKey, subject: subjectOf('device') })
    const sent = await buildScepRequest({ type: 'PKCSReq', csr }, { signer: device, recipient: ca.certificate, choice })

    const authority = { ...ca, ...way(caKey) } satisfies Identity
    const trust = { anchors: [ca.certificate] } as const
    const request = await openScepRequest(sent.message, { recipient: authority, renewalTrust: trust, signerKey: 'csr' })
    expect(request.type).toBe('PKCSReq')
    if (request.type !== 'PKCSReq') return
    const { subject, publicKey } = request.csr
    const issued = await issueCertificate({ ...template('device-identity', 12), subject, publicKey }, authority)
    const reply = await buildScepReply(request, { status: 'SUCCESS', certificates: [issued] }, { signer: authority })

    const recipient: DecryptionIdentity = { certificate: device.certificate, ...way(deviceKey) }
    const opened = await openScepReply(reply, { pinned: [ca.certificate], pending: sent.pending, recipient })
    expect(opened.status === 'SUCCESS' && opened.certificate?.der).toEqual(issued.der)
    expect(await verifyCertificatePath(issued, trust)).toHaveLength(2)
    // CSR and message; request; certificate and reply; answer.
    expect(token.asked).toEqual(['sign 02', 'sign 02', 'decrypt 01', 'sign 01', 'sign 01', 'decrypt 02'])
    const files = { 'ca.pem': pem(ca.certificate), 'leaf.pem': pem(issued) }
    const verify = ['verify', '-CAfile', 'ca.pem', 'leaf.pem']
    expect(runOk('openssl', verify, { inputs: files }).stdoutText).toMatch(/leaf\.pem: OK/)
  })

  test.each(Object.entries(ways))('a damaged content key is told from nothing else, by %s', async (_, way) => {
    const message = await encryptCms(new Uint8Array(20), [ca.certificate], { keyTransport: 'RSAES-PKCS1-v1_5' })
    const accept = { keyTransport: ['RSAES-PKCS1-v1_5'] } as const
    const recipient: DecryptionIdentity = { certificate: ca.certificate, ...way(caKey) }
    expect(await decryptCms(message, recipient, { accept })).toEqual(new Uint8Array(20))
    const start = findKey(message)
    const damaged = message.slice()
    damaged[start + 100]! ^= 1
    await expectRejection(decryptCms(damaged, recipient, { accept }), 'ERR_DECRYPTION_FAILED', /could not be decrypted/)
  })

  test('a token that is gone is an outage, and no bad message', async () => {
    const message = await encryptCms(new Uint8Array(20), [ca.certificate], { keyTransport: 'RSAES-PKCS1-v1_5' })
    const accept = { keyTransport: ['RSAES-PKCS1-v1_5'] } as const
    const other = openToken()
    const gone = other.makeKey('01')
    other.close()
    for (const way of Object.values(ways)) {
      const recipient: DecryptionIdentity = { certificate: ca.certificate, ...way(gone) }
      await expect(decryptCms(message, recipient, { accept })).rejects.toThrow(/the token does not answer/)
    }
  })
})

/** Where the 256 octets of the encrypted content key begin. */
function findKey(message: Uint8Array): number {
  for (let at = 0; at < message.length; at++)
    if ([0x04, 0x82, 0x01, 0x00].every((octet, index) => message[at + index] === octet)) return at + 4
  throw new Error('no encrypted key')
}
