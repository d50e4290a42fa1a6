import { describe, expect, test } from 'vitest'
import { signCms } from '../../src/cms/sign.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistValue } from '../../src/plist/values.js'
import {
  buildOtaFinal,
  buildOtaRequest,
  openOtaResponse,
  openProfile,
  signProfile,
  type OpenOtaResponseOptions,
} from '../../src/profiles.js'
import { unsafeAcceptAnySigner, type Bytes, type DigestName, type Trust } from '../../src/types.js'
import { asyncOutcomes, expectRejection, flips, truncations } from '../support/hostile.js'
import { enrollmentProfile } from './enrollment.js'
import { identity } from './identities.js'
import { answerVector, certificate, NOW, type VectorName } from './vectors.js'

const attributes = { UDID: '00008030-001C2D3E4F50002E', PRODUCT: 'iPhone14,5', IMEI: '', CHALLENGE: 'once' }
const options: OpenOtaResponseOptions = {
  deviceTrust: { anchors: [certificate('factoryCa')], validity: 'ignore' },
  identityTrust: { anchors: [certificate('root')] },
  now: NOW,
}

/** What a device posts. */
async function answer(
  by: VectorName,
  content: PlistValue = attributes,
  chain: readonly VectorName[] = [],
  digest: DigestName = 'SHA-256',
): Promise<Bytes> {
  return signCms(encodePlist(content), await identity(by, chain), { digest, now: NOW })
}

describe('openOtaResponse', () => {
  test('phase 2: signed by the factory, although its CA ended in 2014 and all is SHA-1 and RSA-1024', async () => {
    const message = await answer('factoryDevice', attributes, ['factoryCa', 'factoryRoot'], 'SHA-1')
    const response = await openOtaResponse(message, options)
    expect(response).toMatchObject({ phase: 'device', challenge: 'once' })
    expect(response.attributes).toEqual(attributes)
    expect(response.signer.certificate.serialNumber).toBe(certificate('factoryDevice').serialNumber)
    expect(response.signer.path).toHaveLength(2)
    const strict = { ...options, deviceTrust: { anchors: [certificate('factoryCa')] } } as const
    await expectRejection(openOtaResponse(message, strict), 'ERR_CERTIFICATE_TIME')
    const modern = { ...options, accept: { digests: ['SHA-256'] } } as const
    await expectRejection(openOtaResponse(message, modern), 'ERR_ALGORITHM_NOT_ACCEPTED')
    const bits = { ...options, accept: { minRsaBits: 2048 } }
    await expectRejection(openOtaResponse(message, bits), 'ERR_ALGORITHM_NOT_ACCEPTED')
  })

  test('phase 3: signed by what the own CA issued', async () => {
    const response = await openOtaResponse(await answer('device'), options)
    expect(response.phase).toBe('enrolled')
    expect(response.signer.certificate.serialNumber).toBe(certificate('device').serialNumber)
    const pinned = { ...options, identityTrust: { pinned: [certificate('device')] } } as const
    expect((await openOtaResponse(await answer('device'), pinned)).phase).toBe('enrolled')
  })

  test('trust is that of the moment of the call, also the one that is looked at second', async () => {
    const message = await answer('factoryDevice', attributes, ['factoryCa', 'factoryRoot'], 'SHA-1')
    const anchors = [certificate('factoryCa')]
    const deviceTrust = { anchors, validity: 'ignore' } as unknown as Trust
    const opened = openOtaResponse(message, { ...options, deviceTrust })
    anchors[0] = certificate('root')
    expect((await opened).phase).toBe('device')
  })

  test('the phase is decided by the signer, whatever the answer says', async () => {
    const message = await answer('factoryDevice', { ...attributes, phase: 'enrolled' }, [], 'SHA-1')
    expect((await openOtaResponse(message, options)).phase).toBe('device')
  })

  test('the identity is tried first where both would hold', async () => {
    const both = { ...options, deviceTrust: { anchors: [certificate('root')] } } as const
    expect((await openOtaResponse(await answer('device'), both)).phase).toBe('enrolled')
    const anybody = { ...options, deviceTrust: unsafeAcceptAnySigner } as const
    expect((await openOtaResponse(await answer('device'), anybody)).phase).toBe('enrolled')
    expect((await openOtaResponse(await answer('stranger'), anybody)).phase).toBe('device')
  })

  test('refuses a signer whom neither knows', async () => {
    await expectRejection(openOtaResponse(await answer('stranger'), options), 'ERR_CERTIFICATE_UNTRUSTED')
    // Not the factory's, however it is named: the CA has to have issued it.
    const message = await answer('factoryRoot', attributes, ['factoryCa'], 'SHA-1')
    await expectRejection(openOtaResponse(message, options), 'ERR_CERTIFICATE_UNTRUSTED')
  })

  test('an expired identity is refused and not taken for a device', async () => {
    const anybody = { ...options, deviceTrust: unsafeAcceptAnySigner } as const
    await expectRejection(openOtaResponse(await answer('expiredDevice'), anybody), 'ERR_CERTIFICATE_TIME')
  })

  test('a pinned identity that is not in the message leaves the other trust to be tried', async () => {
    const pinned = { ...options, identityTrust: { pinned: [certificate('device')] } } as const
    const message = await answer('factoryDevice', attributes, ['factoryCa'], 'SHA-1')
    expect((await openOtaResponse(message, pinned)).phase).toBe('device')
  })

  test('so does an identity that nobody finds, since the message carries no certificate', async () => {
    const message = answerVector('no-certificates')
    const found = { ...options, identityTrust: { pinned: [certificate('device')] } } as const
    expect((await openOtaResponse(message, found)).phase).toBe('enrolled')
    const other = { ...options, deviceTrust: { pinned: [certificate('device')] } } as const
    expect((await openOtaResponse(message, other)).phase).toBe('device')
    await expectRejection(openOtaResponse(message, options), 'ERR_SIGNER_NOT_FOUND')
  })

  test('refuses two signers, though each may be trusted', async () => {
    await expectRejection(openOtaResponse(answerVector('two-signers'), options), 'ERR_OTA_INVALID', /one signer/)
  })

  test('anybody as identity is refused, also in JavaScript', async () => {
    const anybody = { ...options, identityTrust: unsafeAcceptAnySigner as never }
    await expectRejection(openOtaResponse(await answer('stranger'), anybody), 'ERR_INVALID_ARGUMENT', /identityTrust/)
    const nobody = { ...options, identityTrust: { anchors: [] as never } }
    await expectRejection(openOtaResponse(await answer('device'), nobody), 'ERR_INVALID_ARGUMENT')
  })

  test('a challenge is a text, or absent', async () => {
    const { CHALLENGE: challenge, ...without } = attributes
    expect(challenge).toBe('once')
    expect((await openOtaResponse(await answer('device', without), options)).challenge).toBeNull()
    const data = await answer('device', { CHALLENGE: new Uint8Array([1]) })
    await expectRejection(openOtaResponse(data, options), 'ERR_OTA_INVALID', /CHALLENGE/)
  })

  test('refuses what is no dictionary', async () => {
    await expectRejection(openOtaResponse(await answer('device', ['UDID']), options), 'ERR_OTA_INVALID', /dictionary/)
    const text = await signCms(new TextEncoder().encode('UDID=1'), await identity('device'), { now: NOW })
    await expectRejection(openOtaResponse(text, options), 'ERR_PLIST_INVALID')
    const detached = await signCms(encodePlist(attributes), await identity('device'), { detached: true, now: NOW })
    await expectRejection(openOtaResponse(detached, options), 'ERR_CMS_INVALID')
  })

  test('refuses every changed content and every shortened message', async () => {
    const message = await answer('device')
    expect((await asyncOutcomes(truncations(message, 100), (bytes) => openOtaResponse(bytes, options))).values).toBe(0)
    for (const bytes of flips(message, 200)) {
      const response = await openOtaResponse(bytes, options).catch(() => null)
      if (response !== null) expect(response.attributes).toEqual(attributes)
    }
  })
})

describe('the whole enrolment', () => {
  test('from the request to a profile that only the enrolled device can read', async () => {
    const server = await identity('signer', ['intermediate'])
    const device = await identity('device')
    const serverTrust = { trust: { anchors: [certificate('root')] }, now: NOW } as const
    // Phase 1.
    const request = buildOtaRequest({
      identifier: 'com.example.ota',
      uuid: 'U',
      url: 'https://mdm.example.com/ota',
      attributes: ['UDID', 'PRODUCT'],
      challenge: 'once',
    })
    const phase1 = await openProfile(await signProfile(request, server, { now: NOW }), serverTrust)
    expect(phase1.profile).toEqual(request)
    // Phase 2.
    const first = await openOtaResponse(await answer('factoryDevice', attributes, ['factoryCa'], 'SHA-1'), options)
    expect(first.phase).toBe('device')
    const wrong = buildOtaFinal(enrollmentProfile(), first as never, server)
    await expectRejection(wrong, 'ERR_INVALID_ARGUMENT', /phase 3/)
    // Phase 3.
    const response = await openOtaResponse(await answer('device'), options)
    if (response.phase !== 'enrolled') throw new Error('the identity was not recognised')
    const final = await buildOtaFinal(enrollmentProfile(), response, server, { now: NOW })
    const opened = await openProfile(final, { ...serverTrust, recipient: device })
    expect(opened.profile).toEqual(enrollmentProfile())
    expect(opened.encrypted).toBe(true)
    const other = { ...serverTrust, recipient: await identity('otherDevice') }
    await expectRejection(openProfile(final, other), 'ERR_DECRYPTION_FAILED')
    const tripleDes = await buildOtaFinal(enrollmentProfile(), response, server, { now: NOW, cipher: 'DES-EDE3-CBC' })
    const aesOnly = { ...serverTrust, recipient: device, accept: { ciphers: ['AES-128-CBC'] } } as const
    await expectRejection(openProfile(tripleDes, aesOnly), 'ERR_ALGORITHM_NOT_ACCEPTED')
  })

  test('an identity without an RSA key cannot be encrypted to', async () => {
    const response = await openOtaResponse(await answer('ecDevice'), options)
    if (response.phase !== 'enrolled') throw new Error('the identity was not recognised')
    const final = buildOtaFinal(enrollmentProfile(), response, await identity('signer'))
    await expectRejection(final, 'ERR_ALGORITHM_NOT_ACCEPTED')
  })
})
