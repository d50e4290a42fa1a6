// Over-the-air enrolment in its three phases, with a CA that stands in for Apple's device CA.
import {
  buildOtaFinal,
  buildOtaRequest,
  buildProfile,
  certificatePayload,
  checkEnrollmentProfile,
  distinguishedName,
  encodePlist,
  generateKey,
  importIdentity,
  mdmPayload,
  openOtaResponse,
  openProfile,
  scepPayload,
  signCms,
  signProfile,
} from 'mdm-protocol'
import { issueIdentity, makeCa } from './certificates.mjs'
import { bytes, heading, step } from './print.mjs'

const serverUrl = 'https://mdm.example'

export async function overTheAir({ ca, enrolDevice, issueChallenge, now }) {
  const uuid = () => globalThis.crypto.randomUUID().toUpperCase()
  heading('Over-the-air enrolment: three phases, one URL')

  const { apple, device, signer } = await step(
    'Beforehand: the key that the factory put in, and a profile-signing key',
    async (note) => {
      const apple = await makeCa('Stand-in for the Apple iPhone Device CA', 3650, now)
      const key = await generateKey('RSA-2048')
      const certificate = await issueIdentity(apple, 'factory-key', key.publicKey, now)
      const signing = await generateKey('RSA-2048')
      const signingCertificate = await issueIdentity(ca, 'Profile Signing', signing.publicKey, now)
      note('device certificate below the stand-in, signing certificate below the own CA')
      return {
        apple,
        device: await importIdentity({ certificate, privateKey: key.privateKey }),
        signer: await importIdentity({
          certificate: signingCertificate,
          privateKey: signing.privateKey,
          chain: [ca.certificate],
        }),
      }
    },
  )
  const trust = { anchors: [ca.certificate] }
  const open = (body) =>
    openOtaResponse(body, { deviceTrust: { anchors: [apple.certificate] }, identityTrust: trust, now })
  const answerOf = (profile, identity) =>
    signCms(
      encodePlist({ UDID: 'A1', PRODUCT: 'iPhone17,1', VERSION: '26B82', CHALLENGE: profile.PayloadContent.Challenge }),
      identity,
      { now },
    )

  const request = await step('Phase 1: the server asks for attributes', async (note) => {
    const profile = buildOtaRequest({
      identifier: 'example.ota',
      uuid: uuid(),
      url: `${serverUrl}/ota`,
      attributes: ['UDID', 'PRODUCT', 'VERSION'],
      challenge: 'this enrolment alone',
    })
    const signed = await signProfile(profile, signer, { now })
    note(`← ${profile.PayloadType}, signed, ${bytes(signed)}`)
    return (await openProfile(signed, { trust, now })).profile
  })
  const scepProfile = await step(
    'Phase 2: the device answers with its factory key and gets a SCEP payload',
    async (note) => {
      const body = await answerOf(request, device)
      const { phase, attributes, challenge } = await open(body)
      note(
        `→ phase '${phase}', ${attributes.PRODUCT}, challenge ${challenge === 'this enrolment alone' ? 'matches' : 'differs'}`,
      )
      const scep = scepPayload({
        identifier: 'example.ota.scep',
        uuid: uuid(),
        url: `${serverUrl}/scep`,
        subject: distinguishedName([['CN', 'iPhone']]),
        challenge: await issueChallenge('iPhone17,1 A1'),
      })
      const profile = buildProfile({ identifier: 'example.ota.identity', uuid: uuid(), payloads: [scep] })
      const signed = await signProfile(profile, signer, { now })
      note(`← profile with ${scep.PayloadType}, ${bytes(signed)}`)
      return (await openProfile(signed, { trust, now })).profile
    },
  )
  const identity = await step('… with which it enrols by SCEP', (note) =>
    enrolDevice(scepProfile.PayloadContent[0].PayloadContent.Challenge, note),
  )
  await step(
    'Phase 3: it answers again, signed by the new identity, and gets the profile encrypted to it',
    async (note) => {
      const response = await open(await answerOf(request, identity))
      note(`→ phase '${response.phase}'`)
      if (response.phase !== 'enrolled') throw new Error('phase 3 is expected')
      const identityUuid = uuid()
      const challenge = await issueChallenge('iPhone17,1 A1')
      const subject = distinguishedName([['CN', 'iPhone']])
      const final = buildProfile({
        identifier: 'example.mdm',
        uuid: uuid(),
        payloads: [
          certificatePayload({ identifier: 'example.mdm.ca', uuid: uuid(), certificate: ca.certificate, kind: 'root' }),
          scepPayload({
            identifier: 'example.mdm.scep',
            uuid: identityUuid,
            url: `${serverUrl}/scep`,
            subject,
            challenge,
          }),
          mdmPayload({
            identifier: 'example.mdm.mdm',
            uuid: uuid(),
            serverUrl: `${serverUrl}/mdm`,
            checkInUrl: `${serverUrl}/checkin`,
            topic: 'com.apple.mgmt.External.6e8f5c52-2d5b-4f43-9d1c-8f6d0a1b2c3d',
            identityUuid,
            accessRights: 8191,
            signMessage: true,
          }),
        ],
      })
      note(`checked before it is sent: ${String(checkEnrollmentProfile(final).length)} findings`)
      const message = await buildOtaFinal(final, response, signer, { now })
      note(`← signed and encrypted, ${bytes(message)}`)
      const opened = await openProfile(message, { trust, recipient: identity, now })
      note(`the device reads: ${opened.profile.PayloadContent.map((payload) => payload.PayloadType).join(', ')}`)
    },
  )
}
