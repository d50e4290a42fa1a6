import { expect, test } from 'vitest'
import { verifyCms } from '../../src/cms/verify.js'
import { decodePlist } from '../../src/plist/decode.js'
import { encodePlist } from '../../src/plist/encode.js'
import {
  buildOtaFinal,
  decryptProfile,
  encodeProfile,
  encryptProfile,
  openOtaResponse,
  openProfile,
  parseProfile,
  resignProfile,
  signProfile,
  type Profile,
} from '../../src/profiles.js'
import { acceptedByDefault } from '../../src/crypto/accept.js'
import { expectRejection } from '../support/hostile.js'
import { describeWithTools, hasTool, run, runOk } from '../support/openssl.js'
import { enrollmentProfile } from '../profiles/enrollment.js'
import { identity } from '../profiles/identities.js'
import { certificate, certificatePem, keyPem, NOW } from '../profiles/vectors.js'

// What is signed and encrypted here is read by OpenSSL and GnuTLS, and the other way round.

const profile = enrollmentProfile()
const content = encodeProfile(profile)
const at = String(NOW.getTime() / 1000)
const pems = {
  'root.pem': certificatePem('root'),
  'chain.pem': certificatePem('intermediate'),
  'signer.pem': certificatePem('signer'),
  'signer.key': keyPem('signer'),
  'device.pem': certificatePem('device'),
  'device.key': keyPem('device'),
  'other.pem': certificatePem('otherDevice'),
  'other.key': keyPem('otherDevice'),
  content: content,
}
const trusted = { trust: { anchors: [certificate('root')] }, now: NOW } as const

describeWithTools('profiles that are signed here', ['openssl', 'certtool'], () => {
  const verifyArguments = ['-verify', '-inform', 'DER', '-in', 'signed.der', '-CAfile', 'root.pem', '-attime', at]

  test.each(['signer', 'ecSigner'] as const)('OpenSSL verifies them under the root alone: %s', async (name) => {
    const by = await identity(name, ['intermediate'])
    const signed = await signProfile(profile, by, { now: NOW })
    const again = await resignProfile(signed, by, trusted)
    for (const message of [signed, again]) {
      const inputs = { ...pems, 'signed.der': message }
      const cms = runOk('openssl', ['cms', ...verifyArguments, '-binary', '-purpose', 'any'], { inputs })
      expect(cms.stdout).toEqual(content)
      const smime = runOk('openssl', ['smime', ...verifyArguments, '-binary', '-purpose', 'any'], { inputs })
      expect(smime.stdout).toEqual(content)
    }
  })

  test('without the intermediate nobody finds the root', async () => {
    const signed = await signProfile(profile, await identity('signer'), { now: NOW })
    const inputs = { ...pems, 'signed.der': signed }
    expect(run('openssl', ['cms', ...verifyArguments, '-purpose', 'any'], { inputs }).stderr).toMatch(
      /unable to get local issuer/,
    )
  })

  test('a changed content is refused', async () => {
    const signed = await signProfile(profile, await identity('signer', ['intermediate']), { now: NOW })
    signed[Buffer.from(signed).indexOf('com.example.mdm')]! ^= 1
    const inputs = { ...pems, 'signed.der': signed }
    expect(run('openssl', ['cms', ...verifyArguments, '-purpose', 'any'], { inputs }).status).not.toBe(0)
  })

  // certtool judges dates by the clock: these two signers are good until 2036.
  test.each(['device', 'ecSigner'] as const)('GnuTLS verifies them: %s', async (name) => {
    const by = await identity(name, name === 'device' ? [] : ['intermediate'])
    const signed = await signProfile(profile, by, { now: NOW })
    const verify = ['--p7-verify', '--inder', '--infile', 'signed.der', '--load-ca-certificate', 'root.pem']
    const good = runOk('certtool', verify, { inputs: { ...pems, 'signed.der': signed } })
    expect(good.stdoutText + good.stderr).toMatch(/Signature status: ok/)
    signed[Buffer.from(signed).indexOf('com.example.mdm')]! ^= 1
    expect(run('certtool', verify, { inputs: { ...pems, 'signed.der': signed } }).status).not.toBe(0)
  })
})

describeWithTools('profiles that OpenSSL signs', ['openssl'], () => {
  const sign = ['-sign', '-binary', '-nodetach', '-in', 'content', '-signer', 'signer.pem', '-inkey', 'signer.key']
  const forms: readonly (readonly [string, readonly string[]])[] = [
    ['cms', ['cms', ...sign]],
    ['cms by key identifier', ['cms', ...sign, '-keyid']],
    ['cms streamed in BER', ['cms', ...sign, '-stream']],
    ['smime streamed in BER without attributes', ['smime', ...sign, '-stream', '-noattr']],
    ['SHA-512', ['cms', ...sign, '-md', 'sha512']],
  ]
  test.each(forms)('%s', async (_, command) => {
    const made = runOk('openssl', [...command, '-certfile', 'chain.pem', '-outform', 'DER'], { inputs: pems })
    const opened = await openProfile(made.stdout, trusted)
    expect(opened.profile).toEqual(profile)
    expect(opened.signers[0]!.path).toHaveLength(3)
  })

  test.skipIf(!hasTool('certtool'))('and those that GnuTLS signs', async () => {
    const by = ['--load-privkey', 'signer.key', '--load-certificate', 'signer.pem', '--p7-time']
    const made = runOk('certtool', ['--p7-sign', ...by, '--infile', 'content', '--outder'], { inputs: pems })
    const options = { trust: { anchors: [certificate('intermediate')] }, now: NOW } as const
    expect((await openProfile(made.stdout, options)).profile).toEqual(profile)
  })

  test('an answer with two signers is none of a device', async () => {
    const two = ['-signer', 'device.pem', '-inkey', 'device.key', '-signer', 'other.pem', '-inkey', 'other.key']
    const inputs = { ...pems, content: encodePlist({ UDID: 'x' }) }
    const made = runOk(
      'openssl',
      ['cms', '-sign', '-binary', '-nodetach', '-in', 'content', ...two, '-outform', 'DER'],
      {
        inputs,
      },
    )
    const options = { deviceTrust: trusted.trust, identityTrust: trusted.trust, now: NOW }
    await expectRejection(openOtaResponse(made.stdout, options), 'ERR_OTA_INVALID', /one signer/)
  })

  test('an answer as macOS makes it: BER, SHA-1, no attributes', async () => {
    const inputs = { ...pems, content: encodePlist({ UDID: 'x', CHALLENGE: 'c' }) }
    const by = ['-signer', 'device.pem', '-inkey', 'device.key', '-md', 'sha1', '-noattr', '-stream']
    const made = runOk(
      'openssl',
      ['smime', '-sign', '-binary', '-nodetach', '-in', 'content', ...by, '-outform', 'DER'],
      {
        inputs,
      },
    )
    const options = {
      deviceTrust: { pinned: [certificate('signer')] },
      identityTrust: trusted.trust,
      now: NOW,
    } as const
    expect(await openOtaResponse(made.stdout, options)).toMatchObject({ phase: 'enrolled', challenge: 'c' })
  })
})

describeWithTools('profiles that are encrypted here', ['openssl'], () => {
  const decrypt = ['-decrypt', '-inform', 'DER', '-in', 'message.der', '-recip', 'device.pem', '-inkey', 'device.key']

  test.each(['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'DES-EDE3-CBC'] as const)(
    'OpenSSL decrypts %s',
    async (cipher) => {
      const recipients = [certificate('otherDevice'), certificate('device')] as const
      const encrypted = await encryptProfile(profile, recipients, { cipher })
      const inputs = { ...pems, 'message.der': encrypted['EncryptedPayloadContent'] as Uint8Array }
      for (const command of ['cms', 'smime']) {
        const plain = runOk('openssl', [command, ...decrypt, '-binary'], { inputs })
        expect(decodePlist(plain.stdout)).toEqual(profile.PayloadContent)
      }
    },
  )

  test('the last answer of an enrolment, taken apart by OpenSSL alone', async () => {
    const signer = await identity('device')
    const request = { UDID: 'x' }
    const made = runOk(
      'openssl',
      [
        'cms',
        '-sign',
        '-nodetach',
        '-in',
        'content',
        '-signer',
        'device.pem',
        '-inkey',
        'device.key',
        '-outform',
        'DER',
      ],
      { inputs: { ...pems, content: encodePlist(request) } },
    )
    const options = {
      deviceTrust: { pinned: [certificate('signer')] },
      identityTrust: trusted.trust,
      now: NOW,
    } as const
    const response = await openOtaResponse(made.stdout, options)
    if (response.phase !== 'enrolled') throw new Error('the identity was not recognised')
    expect(response.signer.certificate.der).toEqual(signer.certificate.der)
    const final = await buildOtaFinal(profile, response, await identity('signer', ['intermediate']), { now: NOW })
    const verify = ['cms', '-verify', '-binary', '-inform', 'DER', '-in', 'final.der', '-CAfile', 'root.pem']
    const verified = runOk('openssl', [...verify, '-attime', at, '-purpose', 'any'], {
      inputs: { ...pems, 'final.der': final },
    })
    const outer = parseProfile(verified.stdout)
    const inputs = { ...pems, 'message.der': outer['EncryptedPayloadContent'] as Uint8Array }
    const plain = runOk('openssl', ['cms', ...decrypt, '-binary'], { inputs })
    expect(decodePlist(plain.stdout)).toEqual(profile.PayloadContent)
  })
})

describeWithTools('profiles that OpenSSL encrypts', ['openssl'], () => {
  const { PayloadContent: payloads, ...outer } = profile
  const encrypt = ['-encrypt', '-binary', '-in', 'content', '-outform', 'DER']
  const forms: readonly (readonly [string, readonly string[]])[] = [
    ['AES-128', ['smime', ...encrypt, '-aes128', 'device.pem']],
    ['AES-256 by key identifier', ['cms', ...encrypt, '-aes256', '-keyid', '-recip', 'device.pem']],
    ['3DES streamed in BER', ['smime', ...encrypt, '-des3', '-stream', 'device.pem']],
    ['AES-192 to two', ['cms', ...encrypt, '-aes192', '-stream', '-recip', 'other.pem', '-recip', 'device.pem']],
    [
      'RSA-OAEP',
      [
        'cms',
        ...encrypt,
        '-aes128',
        '-recip',
        'device.pem',
        '-keyopt',
        'rsa_padding_mode:oaep',
        '-keyopt',
        'rsa_oaep_md:sha256',
      ],
    ],
  ]
  test.each(forms)('%s', async (_, command) => {
    const inputs = { ...pems, content: encodePlist(payloads!) }
    const made = runOk('openssl', command, { inputs })
    const encrypted = { ...outer, EncryptedPayloadContent: made.stdout } as Profile
    expect(await decryptProfile(encrypted, await identity('device'))).toEqual(profile)
    await expectRejection(decryptProfile(encrypted, await identity('signer')), 'ERR_DECRYPTION_FAILED')
  })

  test('what OpenSSL signed around it as well', async () => {
    const made = runOk('openssl', ['smime', ...encrypt, '-des3', '-stream', 'device.pem'], {
      inputs: { ...pems, content: encodePlist(payloads!) },
    })
    const encrypted = encodePlist({ ...outer, EncryptedPayloadContent: made.stdout })
    const sign = ['smime', '-sign', '-binary', '-nodetach', '-stream', '-in', 'content', '-signer', 'signer.pem']
    const signed = runOk('openssl', [...sign, '-inkey', 'signer.key', '-certfile', 'chain.pem', '-outform', 'DER'], {
      inputs: { ...pems, content: encrypted },
    })
    const opened = await openProfile(signed.stdout, { ...trusted, recipient: await identity('device') })
    expect(opened).toMatchObject({ profile, encrypted: true })
    const { content: verified } = await verifyCms(signed.stdout, { ...trusted, accept: acceptedByDefault.modern })
    expect(verified).toEqual(encrypted)
  })
})
