import { equal, fixedProvider, text, toHex } from '../support.mjs'

export const cms = [
  {
    name: 'signatures of OpenSSL: SHA-1, SHA-256, BER, PSS, ECDSA',
    covers: ['verifyCms', 'peekCmsSigners'],
    async run({ lib, bytes, trust, old, now, fixed }) {
      for (const name of ['signedSha256', 'signedSha1', 'signedBer', 'signedPss', 'signedEc'])
        for (const context of [{ now }, fixed()]) {
          const { content } = await lib.verifyCms(bytes[name], { trust, accept: old, ...context })
          equal(text(content), 'forty-two', name)
        }
      equal(lib.peekCmsSigners(bytes.signedSha256)[0].signer.serialNumber, '2001')
    },
  },
  {
    name: 'MD5 with RSA, where it is named',
    covers: ['verifyCms', 'acceptedByDefault'],
    async run({ lib, bytes, trust, old, now, refuses }) {
      await lib.verifyCms(bytes.signedMd5, { trust, accept: old, now })
      await refuses('ERR_ALGORITHM_NOT_ACCEPTED', () => lib.verifyCms(bytes.signedMd5, { trust, now }))
      equal(lib.acceptedByDefault.modern.digests.includes('SHA-1'), false)
    },
  },
  {
    name: 'envelopes of OpenSSL: AES, GCM, 3DES, DES, OAEP, RSAES-PKCS1-v1_5',
    covers: ['decryptCms'],
    async run({ lib, bytes, deviceIdentity, fixedDevice, old, fixed, refuses }) {
      for (const name of [
        'encryptedAes128',
        'encryptedAes256',
        'encryptedAes256Gcm',
        'encrypted3des',
        'encryptedDes',
        'encryptedOaep',
      ]) {
        equal(text(await lib.decryptCms(bytes[name], deviceIdentity, { accept: old })), 'forty-two', name)
        equal(text(await lib.decryptCms(bytes[name], fixedDevice, { accept: old, ...fixed() })), 'forty-two', name)
      }
      await refuses('ERR_ALGORITHM_NOT_ACCEPTED', () => lib.decryptCms(bytes.encryptedDes, deviceIdentity))
    },
  },
  {
    name: 'a wrong key, and a damaged content key, fail alike',
    covers: ['decryptCms'],
    async run({ lib, bytes, caIdentity, deviceIdentity, old, refuses }) {
      await refuses('ERR_DECRYPTION_FAILED', () => lib.decryptCms(bytes.encryptedAes256, caIdentity, { accept: old }))
      const damaged = bytes.encryptedAes256.slice()
      damaged[damaged.length - 120] ^= 1
      await refuses('ERR_DECRYPTION_FAILED', () => lib.decryptCms(damaged, deviceIdentity, { accept: old }))
    },
  },
  {
    name: 'what we sign',
    covers: ['signCms', 'verifyCms'],
    async run({ lib, bytes, fixedDevice, trust, fixed, deviceIdentity, ecIdentity, now }) {
      const made = []
      for (const digest of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']) {
        const message = await lib.signCms(bytes.content, fixedDevice, { digest, ...fixed() })
        made.push(toHex(message))
        // The native way gives the same octets.
        equal(await lib.signCms(bytes.content, deviceIdentity, { digest, now }), message, digest)
      }
      const ec = await lib.signCms(bytes.content, ecIdentity, { now })
      await lib.verifyCms(ec, { trust, now })
      const detached = await lib.signCms(bytes.content, fixedDevice, { detached: true, signingTime: false, ...fixed() })
      await lib.verifyCms(detached, { trust, detachedContent: bytes.content, now })
      return [...made, toHex(detached)].join('\n')
    },
  },
  {
    name: 'what we encrypt',
    covers: ['encryptCms', 'decryptCms'],
    async run({ lib, bytes, device, deviceIdentity, fixed, old }) {
      const made = []
      for (const cipher of [
        'AES-128-CBC',
        'AES-192-CBC',
        'AES-256-CBC',
        'AES-128-GCM',
        'AES-256-GCM',
        'DES-EDE3-CBC',
      ]) {
        const options = { cipher, keyTransport: 'RSAES-PKCS1-v1_5' }
        const ciphers = [...old.ciphers, 'AES-192-CBC', 'AES-128-GCM']
        let message
        try {
          message = await lib.encryptCms(bytes.content, [device], { ...options, ...fixed() })
        } catch (error) {
          // Chromium's WebCrypto has no AES-192: refused by its code, and in no other way.
          if (cipher !== 'AES-192-CBC' || !lib.isMdmProtocolError(error, 'ERR_CRYPTO_UNAVAILABLE')) throw error
          continue
        }
        equal(text(await lib.decryptCms(message, deviceIdentity, { accept: { ...old, ciphers } })), 'forty-two', cipher)
        if (cipher !== 'AES-192-CBC') made.push(toHex(message))
      }
      const oaep = await lib.encryptCms(bytes.content, [device])
      equal(text(await lib.decryptCms(oaep, deviceIdentity)), 'forty-two', 'OAEP')
      // Many at once: a runtime may have another way for these, and refuse zero there, where it is not refused otherwise.
      const atOnce = Array.from({ length: 12 }, () => lib.decryptCms(oaep, deviceIdentity))
      const zero = new Uint8Array(256)
      const refused = (error) => {
        if (lib.isMdmProtocolError(error, 'ERR_INVALID_ARGUMENT')) return zero
        throw error
      }
      const zeros = Array.from({ length: 12 }, () => deviceIdentity.rawRsa.rawDecrypt(zero).catch(refused))
      for (const content of await Promise.all(atOnce)) equal(text(content), 'forty-two', 'OAEP, many at once')
      for (const root of await Promise.all(zeros)) equal(toHex(root), toHex(zero), 'zero, many at once')
      return made.join('\n')
    },
  },
  {
    name: 'certificate bags',
    covers: ['buildCertificateBag', 'parseCertificateBag'],
    run({ lib, device, ca }) {
      const bag = lib.buildCertificateBag([device, ca])
      equal(lib.parseCertificateBag(bag).length, 2)
      return bag
    },
  },
  {
    name: 'a key that stays outside: RemoteSigner and KeyUnwrapper',
    covers: ['signCms', 'decryptCms'],
    async run({ lib, bytes, device, deviceIdentity, trust, now, old, refuses }) {
      const key = {
        signature: 'RSASSA-PKCS1-v1_5',
        digests: ['SHA-256'],
        sign: (data, digest) => deviceIdentity.key.sign(data, digest),
      }
      await lib.verifyCms(await lib.signCms(bytes.content, { certificate: device, key }, { now }), { trust, now })
      const none = { certificate: device, unwrapKey: async () => null }
      // With a tag: in CBC one random key in 256 leaves something that looks like padding.
      const cipher = 'AES-256-GCM'
      // Its own source of bytes: the key that stands in for none must not be the very key that was drawn here.
      const options = { cipher, keyTransport: 'RSAES-PKCS1-v1_5', crypto: fixedProvider(2) }
      const sealed = await lib.encryptCms(bytes.content, [device], options)
      const accept = { ...old, ciphers: [...old.ciphers, cipher] }
      equal(text(await lib.decryptCms(sealed, deviceIdentity, { accept })), 'forty-two', 'GCM')
      await refuses('ERR_DECRYPTION_FAILED', () => lib.decryptCms(sealed, none, { accept }))
      const down = { certificate: device, unwrapKey: () => Promise.reject(new TypeError('the HSM is down')) }
      try {
        await lib.decryptCms(bytes.encryptedAes256, down, { accept: old })
      } catch (error) {
        if (error instanceof TypeError) return
        throw error
      }
      throw new Error('an outage was swallowed')
    },
  },
]
