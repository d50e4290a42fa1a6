import { expect, test } from 'vitest'
import { readPem } from '../../src/asn1/pem.js'
import { encodeHex } from '../../src/bytes/hex.js'
import { parseCertificateBag, peekCmsSigners } from '../../src/cms.js'
import { certificateIdOf } from '../../src/cms/identifier.js'
import { parseEnvelopedData } from '../../src/cms/enveloped-data.js'
import { parseSignedData } from '../../src/cms/signed-data.js'
import { readPublicKey } from '../../src/crypto/public-key.js'
import {
  openScepReply,
  openScepRequest,
  parseScepHttpRequest,
  peekScepMessage,
  type ScepPending,
  scepTransactionId,
} from '../../src/scep.js'
import type { AcceptedAlgorithms, Bytes, Certificate, Identity } from '../../src/types.js'
import { formatName, importIdentity, parseCertificate, parseCsr, verifyCsr } from '../../src/x509.js'
import { acceptRecorded } from '../support/wire.js'
import {
  describeWithFixtures,
  fixture,
  fixtureJson,
  fixtureText,
  hasShared,
  listFixtures,
} from '../support/fixtures.js'
import { expectRefusal, expectRejection } from '../support/hostile.js'
import { keyFromPkcs8 } from '../support/rsa-keys.js'
import { craft } from '../x509/craft.js'

// Requests and answers of devices and products in the field, with what asn1crypto and OpenSSL read in them.

const ALL: AcceptedAlgorithms = { ...acceptRecorded, minRsaBits: 512 }

interface Structure {
  readonly type: string
  readonly content?: { readonly size: number } | null
  readonly certificates?: readonly { readonly serial: string }[]
  readonly signers?: readonly {
    readonly digest: string
    readonly signedAttrs?: readonly string[]
    readonly signedAttrsDerOrdered?: boolean
    readonly messageType?: string
    readonly pkiStatus?: string
    readonly transactionID?: string
    readonly senderNonce?: string
    readonly recipientNonce?: string
  }[]
  readonly inner?: { readonly recipients: readonly { readonly serial: string }[]; readonly contentEncryption: string }
  readonly recipients?: readonly { readonly serial: string }[]
  readonly opensslSignature?: string
}
const structures = hasShared ? (fixtureJson('scep/structure.shared.json') as Readonly<Record<string, Structure>>) : {}
const entries = Object.entries(structures)
const NAMES: Readonly<Record<string, string>> = { '3': 'CertRep', '19': 'PKCSReq' }
const hexOf = (serial: string): string => serial.slice(2).padStart(serial.length - 2 + (serial.length % 2), '0')

function messageOf(file: string): Bytes {
  return file.endsWith('.pem') ? readPem(fixtureText(`scep/${file}`), ['PKCS7'], file).der : fixture(`scep/${file}`)
}

async function smallstepCa(): Promise<Identity> {
  const folder = 'scep/smallstep__scep/testca'
  // The key is encrypted, with the empty password.
  return importIdentity({
    certificate: fixtureText(`${folder}/ca.pem`),
    privateKey: fixtureText(`${folder}/ca.key`),
    password: '',
  })
}

async function testCa(): Promise<Identity> {
  const folder = 'scep/ejbca__TestMessages'
  return importIdentity({
    certificate: fixtureText(`${folder}/testca.pem`),
    privateKey: fixtureText(`${folder}/testca.key.pem`),
  })
}

/** A holder of this key for whom the message is encrypted, as far as the message says. */
async function holderFor(file: string, keyFile: string): Promise<Identity> {
  const [recipient] = parseEnvelopedData(parseSignedData(messageOf(file)).content ?? new Uint8Array(0)).recipients
  if (recipient?.identifier.issuer === undefined) throw new Error('no recipient by issuer and serial number')
  const { issuer, serial } = recipient.identifier
  const key = keyFromPkcs8(readPem(fixtureText(`scep/${keyFile}`), ['PRIVATE KEY'], keyFile).der)
  const certificate = craft({ issuer: Uint8Array.from(issuer), serial: Uint8Array.from(serial) }, key)
  return importIdentity({ certificate, privateKey: key.pkcs8 })
}

describeWithFixtures('structure of recorded SCEP messages', () => {
  test('there are as many as the index says', () => {
    expect(entries).toHaveLength(22)
  })

  const pkiMessages = entries.filter(([, { signers = [] }]) => signers.length > 0)
  test.each(pkiMessages)('%s', (file, structure) => {
    const info = peekScepMessage(messageOf(file))
    const [signer] = structure.signers ?? []
    expect(info.messageType).toBe(NAMES[signer?.messageType ?? ''])
    expect(info.transactionId).toBe(signer?.transactionID)
    expect(info.senderNonce === null ? undefined : encodeHex(info.senderNonce)).toBe(signer?.senderNonce)
    const serials = info.recipients.map(({ serialNumber }) => serialNumber)
    expect(serials).toEqual((structure.inner?.recipients ?? []).map(({ serial }) => hexOf(serial)))
    const signed = parseSignedData(messageOf(file))
    expect(signed.content?.length).toBe(structure.content?.size)
    expect(signed.certificates).toHaveLength(structure.certificates?.length ?? 0)
    expect(signed.signers[0]?.signedAttributes?.list.map(({ type }) => type)).toEqual(signer?.signedAttrs)
    expect(signed.signers[0]?.signedAttributes?.sorted() === null).toBe(signer?.signedAttrsDerOrdered)
    expect(signed.signers[0]?.digestAlgorithm.oid).toBe(signer?.digest)
  })

  const bags = entries.filter(([, { type, signers }]) => type === 'signed_data' && signers?.length === 0)
  test.each(bags)('%s: certificates', (file, { certificates = [] }) => {
    const serials = parseCertificateBag(messageOf(file)).map(({ serialNumber }) => serialNumber)
    expect(serials).toEqual(certificates.map(({ serial }) => hexOf(serial)))
  })

  const enveloped = entries.filter(([, { type }]) => type === 'enveloped_data')
  test.each(enveloped)('%s: recipients', (file, { recipients = [] }) => {
    const read = parseEnvelopedData(messageOf(file)).recipients.map(
      ({ identifier }) => certificateIdOf(identifier).serialNumber,
    )
    expect(read).toEqual(recipients.map(({ serial }) => hexOf(serial)))
  })

  test('the inner envelope of iOS 6 in segments is that of the DER beside it', () => {
    const inner = parseSignedData(messageOf('ruby__openssl/PKCSReq-ios-2012.der')).content ?? new Uint8Array(0)
    const { ciphertext, iv, recipients } = parseEnvelopedData(inner)
    const expected = parseEnvelopedData(messageOf('ruby__openssl/PKCSReq-ios-2012.content-expected.der'))
    expect([ciphertext, iv, recipients[0]?.encryptedKey]).toEqual([
      expected.ciphertext,
      expected.iv,
      expected.recipients[0]?.encryptedKey,
    ])
  })

  test('every message of the folder is in the index', () => {
    const known = new Set(entries.map(([file]) => `scep/${file}`))
    const others = listFixtures('scep', /\.(der|ber|p7|bin|pem)$/).filter((file) => !known.has(file))
    const messages = others.filter((file) => {
      try {
        peekCmsSigners(messageOf(file.slice('scep/'.length)))
        return true
      } catch {
        return false
      }
    })
    expect(messages).toEqual([])
  })
})

describeWithFixtures('recorded requests', () => {
  const anchors = async (): Promise<readonly [Certificate]> => [(await smallstepCa()).certificate]
  const open = async (file: string, recipient: Identity, accept: AcceptedAlgorithms = ALL) =>
    openScepRequest(messageOf(file), { recipient, renewalTrust: { anchors: await anchors() }, accept })

  const unopened = [
    'InfiniteLoopSpace__go_S-MIME/PKCSReq-ios-2016.ber',
    'RustCrypto__formats/scep_der.bin',
    'cmdmnt__commandment/mdmclient-PKIOperation.der',
    'openxpki__libscep/util_b64_pkcs7.bin',
    'ruby__openssl/PKCSReq-ios-2012.der',
  ]
  test.each(unopened)('%s: signed well, for another recipient', async (file) => {
    expect(structures[file]?.opensslSignature).toBe('ok')
    await expectRejection(open(file, await smallstepCa()), 'ERR_DECRYPTION_FAILED')
    const damaged = messageOf(file)
    damaged[damaged.length - 200]! ^= 1
    const call = openScepRequest(damaged, {
      recipient: await smallstepCa(),
      renewalTrust: { anchors: await anchors() },
      accept: ALL,
    })
    await expect(call).rejects.toHaveProperty('code')
  })

  test('macOS 10.11: CSR of version 2, 8-byte nonce, throw-away signer of another key, no challenge', async () => {
    const request = await open('smallstep__scep/PKCSReq.der', await smallstepCa(), {})
    if (request.type !== 'PKCSReq') throw new Error('a renewal')
    expect(request.senderNonce).toHaveLength(8)
    expect(request.signerHoldsCsrKey).toBe(false)
    expect(request.signerStanding).toBe('self-signed')
    expect([request.digest, request.cipher]).toEqual(['SHA-1', 'DES-EDE3-CBC'])
    expect(formatName(request.csr.subject)).toBe('CN=com.apple.security.scep.063D7953-1338-4BF0-8F99-913382996224')
    expect(request.csr.challengePassword).toBeNull()
    expect(request.transactionId).toBe(await scepTransactionId(request.csr.publicKey))
    const strict = openScepRequest(messageOf('smallstep__scep/PKCSReq.der'), {
      recipient: await smallstepCa(),
      renewalTrust: { anchors: await anchors() },
      signerKey: 'csr',
    })
    await expectRejection(strict, 'ERR_KEY_MISMATCH')
  })

  test('OpenSCEP 2003: MD5, DES, RSA with e = 17, a signer of version 4 and a serial number of 32 octets', async () => {
    const file = 'ejbca__TestMessages/openscep-2003.der'
    await expectRejection(open(file, await testCa(), {}), 'ERR_ALGORITHM_NOT_ACCEPTED', /MD5/)
    const digests = { digests: ['MD5'] } as const
    await expectRejection(
      open(file, await testCa(), { ...ALL, ciphers: [], ...digests }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
      /DES-CBC/,
    )
    const request = await open(file, await testCa())
    if (request.type !== 'PKCSReq') throw new Error('a renewal')
    expect(request.csr.der).toEqual(fixture('scep/ejbca__TestMessages/csr-2003-expected.der'))
    expect([request.csr.challengePassword, request.signerHoldsCsrKey]).toEqual(['foo123', true])
  })

  test.each(['openscep', 'sscep'])('%s 2005: MD5, DES, RSA of 512 bits', async (name) => {
    const file = `ejbca__MessagesTest/${name}.p7.ber`
    const holder = await holderFor(file, 'ejbca__MessagesTest/adminca1.key.pem')
    const request = await open(file, holder)
    if (request.type !== 'PKCSReq') throw new Error('a renewal')
    expect(request.csr.der).toEqual(fixture(`scep/ejbca__MessagesTest/${name}.csr-expected.der`))
    expect([request.csr.challengePassword, formatName(request.csr.subject)]).toEqual([
      'foo123',
      'CN=openscep,O=Foo,C=SE',
    ])
    await expectRejection(open(file, holder, { ...ALL, minRsaBits: 1024 }), 'ERR_ALGORITHM_NOT_ACCEPTED', /512/)
    const other = await holderFor(file, 'ejbca__MessagesTest/dec.key.pem')
    await expectRejection(open(file, other), 'ERR_DECRYPTION_FAILED')
  })

  test("transactionID of iOS is that of Apple's derivation over the signer's key", async () => {
    for (const file of unopened.slice(0, 2)) {
      const { signer, transactionId } = peekScepMessage(messageOf(file))
      expect(await scepTransactionId(signer.certificate?.publicKey ?? new Uint8Array(0))).toBe(transactionId)
    }
  })

  test('a message cut short in its source fails cleanly, from the URL to the parser', () => {
    const folder = 'scep/MicrosoftDocs__memdocs/ios-profiled-GET-PKIOperation.truncated'
    const text = fixtureText(`${folder}.txt`).trim()
    const url = `/certsrv/mscep/mscep.dll?operation=PKIOperation&message=${text}`
    // The last character is the first of four.
    expectRefusal(() => parseScepHttpRequest({ method: 'GET', url, body: null }), 'ERR_ENCODING', /base64/)
    const { message } = parseScepHttpRequest({ method: 'GET', url: url.slice(0, -1), body: null })
    expect(message).toEqual(fixture(`${folder}.ber`))
    expectRefusal(() => peekScepMessage(message ?? new Uint8Array(0)), 'ERR_ENCODING')
  })

  test('GetCACert of iOS names the CA', () => {
    const url = '/certsrv/mscep/mscep.dll?operation=GetCACert&message=SCEP%20Authority'
    expect(fixtureText('scep/MicrosoftDocs__memdocs/getcert-urls-and-user-agents.txt')).toContain(url.split('?')[1])
    expect(parseScepHttpRequest({ method: 'GET', url, body: null })).toEqual({
      operation: 'GetCACert',
      message: null,
      caIdentifier: 'SCEP Authority',
    })
  })
})

describeWithFixtures('recorded answers', () => {
  const pendingOf = (file: string, changed: Partial<ScepPending> = {}): ScepPending => {
    const signer = structures[file]?.signers?.[0]
    return {
      transactionId: signer?.transactionID ?? '',
      senderNonce: signer?.recipientNonce ?? '',
      type: 'PKCSReq',
      publicKeySha256: null,
      ...changed,
    }
  }
  const open = async (file: string, ca: Certificate, changed: Partial<ScepPending> = {}) =>
    openScepReply(messageOf(file), {
      pinned: [ca],
      recipient: await smallstepCa(),
      accept: ALL,
      pending: pendingOf(file, changed),
    })

  const nii = 'apple-oss-distributions__Security/certrep-success-nii-md5-nocerts.der'
  test('without certificates: signed well by the CA that the client knows, by no other', async () => {
    const ca = parseCertificate(fixture('scep/apple-oss-distributions__Security/certrep-success-nii-ca.cer'))
    await expectRejection(open(nii, ca), 'ERR_DECRYPTION_FAILED')
    await expectRejection(open(nii, ca, { transactionId: 'x' }), 'ERR_SCEP_UNEXPECTED', /transactionId/)
    await expectRejection(open(nii, (await smallstepCa()).certificate), 'ERR_SIGNER_NOT_FOUND')
  })

  const old = 'smallstep__scep/CertRep.der'
  test('an early Go server: no senderNonce, -0400, the envelope wrapped twice', async () => {
    expect(peekScepMessage(messageOf(old)).senderNonce).toBeNull()
    const { ciphertext } = parseEnvelopedData(parseSignedData(messageOf(old)).content ?? new Uint8Array(0))
    expect(ciphertext.length % 8).toBe(0)
    const { certificate } = await smallstepCa()
    await expectRejection(open(old, certificate), 'ERR_DECRYPTION_FAILED')
    await expectRejection(
      open(old, certificate, { senderNonce: 'ae7fe8816cc6bede' }),
      'ERR_SCEP_UNEXPECTED',
      /recipientNonce/,
    )
  })

  test.each(['certrep_pending_str.pem', 'certrep_success_str.pem'])(
    'libscep %s: contentType is not signed',
    async (name) => {
      const file = `openxpki__libscep/${name}`
      const ca = parseCertificate(fixtureText('scep/openxpki__libscep/sig_cacert_str.pem'))
      expect(structures[file]?.opensslSignature).toMatch(/attribute error/)
      const [hint] = peekCmsSigners(messageOf(file))
      const pinned = hint?.certificate ?? ca
      await expectRejection(open(file, pinned), 'ERR_CMS_INVALID', /contentType/)
    },
  )
})

describeWithFixtures('recorded certificate requests', () => {
  const csrs: readonly (readonly [file: string, subject: RegExp, challenge: string | null, bits: number])[] = [
    ['RustCrypto__formats/sceptest_csr.der', /CN=Common Name/, 'A challenge password', 2048],
    ['ejbca__MessagesTest/altnamep10.p10.der', /CN=asd/, 'dsfsdf', 1024],
    ['ejbca__MessagesTest/keytoolp10.p10.der', /CN=Test/, null, 1024],
    ['ejbca__MessagesTest/oldbcp10.p10.der', /CN=Test/, null, 1024],
    ['ejbca__MessagesTest/openscep.csr-expected.der', /CN=openscep/, 'foo123', 512],
    ['ejbca__MessagesTest/sscep.csr-expected.der', /CN=openscep/, 'foo123', 512],
    ['ejbca__TestMessages/csr-2003-expected.der', /CN=Tomas G/, 'foo123', 1024],
    ['openxpki__libscep/test-1-csr.pem', /O=Internet Widgits/, null, 2048],
    ['openxpki__libscep/test_new_csr.pem', /CN=foo\.bar/, 'FOOBARTESTPWD', 1024],
  ]
  test.each(csrs)('%s', async (file, subject, challenge, bits) => {
    const csr = parseCsr(file.endsWith('.pem') ? fixtureText(`scep/${file}`) : fixture(`scep/${file}`))
    expect(formatName(csr.subject)).toMatch(subject)
    expect(csr.challengePassword).toBe(challenge)
    await verifyCsr(csr, { accept: ALL })
    const key = readPublicKey(csr.publicKey)
    expect(key.kind === 'RSA' ? key.bits : 0).toBe(bits)
  })
})
