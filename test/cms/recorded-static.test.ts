import { expect, test } from 'vitest'
import { parseCertificateBag, verifyCms, type VerifyOptions } from '../../src/cms.js'
import { certificateFingerprint, nameAttribute, parseCertificate } from '../../src/x509.js'
import type { AcceptedAlgorithms, SignerTrust } from '../../src/types.js'
import { describeWithFixtures, listWire, wire, wireText } from '../support/fixtures.js'
import { expectRejection } from '../support/hostile.js'

// What OpenSSL, GnuTLS, strongSwan and Go signed with one key, below one CA.

const sha1 = { digests: ['SHA-1', 'SHA-256'] } as const
const signed: readonly (readonly [file: string, signers: readonly string[], accept?: AcceptedAlgorithms])[] = [
  ['signed-certtool-rsa-sha256.der', ['SHA-256/RSASSA-PKCS1-v1_5']],
  ['signed-go-rsa-sha256.der', ['SHA-256/RSASSA-PKCS1-v1_5']],
  ['signed-openssl-cms-ec-sha256.der', ['SHA-256/ECDSA']],
  ['signed-openssl-cms-pss-sha256.der', ['SHA-256/RSA-PSS']],
  ['signed-openssl-cms-rsa-ber-stream-chain.der', ['SHA-256/RSASSA-PKCS1-v1_5']],
  ['signed-openssl-cms-rsa-noattr.der', ['SHA-256/RSASSA-PKCS1-v1_5']],
  ['signed-openssl-cms-rsa-sha1.der', ['SHA-1/RSASSA-PKCS1-v1_5'], sha1],
  ['signed-openssl-cms-rsa-sha256.der', ['SHA-256/RSASSA-PKCS1-v1_5']],
  ['signed-openssl-cms-rsa-sha384.der', ['SHA-384/RSASSA-PKCS1-v1_5']],
  ['signed-openssl-cms-rsa-sha512.der', ['SHA-512/RSASSA-PKCS1-v1_5']],
  ['signed-openssl-cms-rsa-ski.der', ['SHA-256/RSASSA-PKCS1-v1_5']],
  ['signed-openssl-cms-two-signers.der', ['SHA-256/ECDSA', 'SHA-256/RSASSA-PKCS1-v1_5']],
  ['signed-openssl-smime-rsa-sha256.der', ['SHA-256/RSASSA-PKCS1-v1_5']],
  ['signed-strongswan-rsa-sha256.der', ['SHA-256/RSASSA-PKCS1-v1_5']],
]
const detached: readonly (readonly [file: string, signers: readonly string[]])[] = [
  ['detached-certtool-rsa-sha512.der', ['SHA-512/RSASSA-PKCS1-v1_5']],
  ['detached-openssl-cms-rsa-sha256.der', ['SHA-256/RSASSA-PKCS1-v1_5']],
]
const bags = ['degenerate-go-ra-ca.der', 'degenerate-openssl-ra-ca.der']

describeWithFixtures('signed messages of OpenSSL, GnuTLS, strongSwan and Go', () => {
  const certificate = (name: string) => parseCertificate(wireText(`static/${name}.pem`))
  const body = () => wire('static/profile.mobileconfig')
  const toCa = (): SignerTrust => ({ anchors: [certificate('ca')], validity: 'ignore' })
  const at = { now: new Date('2026-12-01T00:00:00Z') }

  test('every signed message is in a table', () => {
    const named = [...signed.map(([file]) => file), ...detached.map(([file]) => file), ...bags] as readonly string[]
    expect(listWire('static', /(signed|detached|degenerate)-/)).toEqual(named.map((file) => `static/${file}`).sort())
  })

  test.each(signed.map((row) => [row[0], row] as const))('%s', async (file, [, signers, accept]) => {
    const message = wire(`static/${file}`)
    const options: VerifyOptions = { trust: toCa(), ...at, ...(accept === undefined ? {} : { accept }) }
    const result = await verifyCms(message, options)
    expect(result.content).toEqual(body())
    expect(result.signers.map(({ digest, signature }) => `${digest}/${signature}`).sort()).toEqual([...signers].sort())
    for (const { path } of result.signers) {
      expect(path).toHaveLength(2)
      expect(path[1]?.der).toEqual(certificate('ca').der)
    }
    if (accept !== undefined) await expectRejection(verifyCms(message, { trust: toCa() }), 'ERR_ALGORITHM_NOT_ACCEPTED')
  })

  test.each(detached)('%s', async (file, [signer]) => {
    const options: VerifyOptions = { trust: toCa(), ...at }
    const { signers, content } = await verifyCms(wire(`static/${file}`), { ...options, detachedContent: body() })
    expect(signers.map(({ digest, signature }) => `${digest}/${signature}`)).toEqual([signer])
    expect(content).toEqual(body())
    await expectRejection(verifyCms(wire(`static/${file}`), options), 'ERR_CMS_INVALID', /detached/)
  })

  test('every kind of trust, on one message', async () => {
    const message = wire('static/signed-openssl-cms-rsa-sha256.der')
    const rsa = certificate('rsa')
    const print = await certificateFingerprint(rsa, 'SHA-256')
    const spelled = (print.toUpperCase().match(/../g) ?? []).join(':')
    const good: readonly SignerTrust[] = [
      { pinned: [certificate('ec'), rsa] },
      { pinnedFingerprints: [print], digest: 'SHA-256' },
      { pinnedFingerprints: [spelled], digest: 'SHA-256' },
      { anchors: [rsa], validity: 'ignore' },
      { anchors: [certificate('ca')], validity: 'signing-time' },
    ]
    for (const trust of good) expect((await verifyCms(message, { trust, ...at })).signers).toHaveLength(1)
    const bad: readonly SignerTrust[] = [
      { pinned: [certificate('ec')] },
      { pinnedFingerprints: ['00'.repeat(32)], digest: 'SHA-256' },
      { anchors: [certificate('rcpt')], validity: 'ignore' },
    ]
    for (const trust of bad) await expectRejection(verifyCms(message, { trust }), 'ERR_CERTIFICATE_UNTRUSTED')
    const long = { trust: { anchors: [certificate('ca')] } as const, now: new Date('2090-01-01') }
    await expectRejection(verifyCms(message, long), 'ERR_CERTIFICATE_TIME')
  })

  test.each(bags)('%s', (file) => {
    const names = parseCertificateBag(wire(`static/${file}`)).map(({ subject }) => nameAttribute(subject, 'CN'))
    expect(names).toHaveLength(2)
    expect(new Set(names).size).toBe(2)
  })
})
