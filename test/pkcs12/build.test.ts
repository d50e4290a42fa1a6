import { beforeAll, describe, expect, test } from 'vitest'
import { readDer } from '../../src/asn1/der-reader.js'
import { encodeHex } from '../../src/bytes/hex.js'
import { buildPkcs12, type Pkcs12Preset } from '../../src/pkcs12/build.js'
import { openPkcs12 } from '../../src/pkcs12/open.js'
import { PKCS12 } from '../../src/pkcs12/limits.js'
import type { Bytes, CryptoProvider } from '../../src/types.js'
import { toPem } from '../../src/x509/pem.js'
import { expectRejection } from '../support/hostile.js'
import { describeWithTools, run, runOk } from '../support/openssl.js'
import { makeIdentity, type MadeIdentity } from './identities.js'

const PRESETS: readonly Pkcs12Preset[] = ['apple-compat', 'apple-modern']
let rsa: MadeIdentity
let ec: MadeIdentity

beforeAll(async () => {
  rsa = await makeIdentity('RSA-2048')
  ec = await makeIdentity('P-256')
})

/** Real cryptography, but each random octet is one more than the one before. */
function countingProvider(): CryptoProvider {
  let next = 0
  return {
    subtle: globalThis.crypto.subtle,
    getRandomValues: (array) => {
      for (let at = 0; at < array.length; at++) array[at] = next++
      return array
    },
  }
}

describe('buildPkcs12', () => {
  test.each(PRESETS)('%s: what goes in comes out', async (preset) => {
    for (const identity of [rsa, ec]) {
      const file = await buildPkcs12({ ...identity, friendlyName: 'Büro 😀' }, 'pässwörd 😀', {
        preset,
        iterations: 100,
      })
      expect(() => readDer(file, PKCS12)).not.toThrow()
      const opened = await openPkcs12(file, 'pässwörd 😀')
      expect(opened).toEqual({ ...identity, friendlyName: 'Büro 😀' })
    }
  })

  test('the common name is the friendly name where none is given', async () => {
    const file = await buildPkcs12(ec, 'secret', { iterations: 10 })
    expect((await openPkcs12(file, 'secret')).friendlyName).toBe('Push Émetteur')
  })

  test('no chain is no chain', async () => {
    const { privateKey, certificate } = ec
    const file = await buildPkcs12({ privateKey, certificate }, 'secret', { iterations: 10 })
    expect((await openPkcs12(file, 'secret')).chain).toEqual([])
  })

  test.each(PRESETS)('%s: the same bytes from the same provider, others from chance', async (preset) => {
    const build = (crypto?: CryptoProvider): Promise<Bytes> =>
      buildPkcs12(ec, 'secret', { preset, iterations: 10, ...(crypto && { crypto }) })
    expect(await build(countingProvider())).toEqual(await build(countingProvider()))
    expect(await build()).not.toEqual(await build())
  })

  test("refuses a key that is not the certificate's", async () => {
    const other = await makeIdentity('P-256')
    const wrong = { ...ec, privateKey: other.privateKey }
    await expectRejection(buildPkcs12(wrong, 'secret'), 'ERR_KEY_MISMATCH')
    await expectRejection(buildPkcs12({ ...ec, privateKey: rsa.privateKey }, 'secret'), 'ERR_KEY_MISMATCH')
  })

  test.each([
    ['an empty password', '', {}],
    ['no password', undefined as unknown as string, {}],
    ['another preset', 'secret', { preset: 'modern' as Pkcs12Preset }],
    ['an inherited name as preset', 'secret', { preset: 'constructor' as Pkcs12Preset }],
    ['no iterations', 'secret', { iterations: 0 }],
    ['half an iteration', 'secret', { iterations: 1.5 }],
    ['endless iterations', 'secret', { iterations: 10_000_001 }],
  ])('refuses %s', async (_, password, options) => {
    await expectRejection(buildPkcs12(ec, password, options), 'ERR_INVALID_ARGUMENT')
  })

  test('refuses what is no private key', async () => {
    await expectRejection(buildPkcs12({ ...ec, privateKey: new Uint8Array(9) }, 'secret'), 'ERR_ENCODING')
    const pem = '-----BEGIN PRIVATE KEY-----' as unknown as Uint8Array
    await expectRejection(buildPkcs12({ ...ec, privateKey: pem }, 'secret'), 'ERR_INVALID_ARGUMENT', /PKCS#8/)
  })
})

const PRINT = `
import sys
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
p = load_pkcs12(open('file.p12', 'rb').read(), sys.argv[1].encode('utf-8'))
print(p.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), end='')
print(p.cert.certificate.public_bytes(Encoding.PEM).decode(), end='')
for c in p.additional_certs: print(c.certificate.public_bytes(Encoding.PEM).decode(), end='')
print(p.cert.friendly_name.decode())
`

describeWithTools('what buildPkcs12 writes, read by others', ['openssl', 'certtool', 'python3'], () => {
  describe.each(PRESETS)('%s', (preset) => {
    const password = 'pässwörd'
    let file: Bytes
    let pems: readonly string[]
    beforeAll(async () => {
      file = await buildPkcs12({ ...rsa, friendlyName: 'Büro' }, password, { preset })
      pems = [toPem('CERTIFICATE', rsa.certificate.der), toPem('CERTIFICATE', rsa.chain[0].der)]
      // The form in which OpenSSL prints it.
      pems = [toPem('PRIVATE KEY', rsa.privateKey), ...pems]
    })

    test.each([[[]], [['-legacy']]])('OpenSSL %s', (flags: readonly string[]) => {
      const args = ['pkcs12', '-in', 'file.p12', '-passin', `pass:${password}`, '-nodes', ...flags]
      const { stdoutText } = runOk('openssl', args, { inputs: { 'file.p12': file } })
      for (const pem of pems) expect(stdoutText).toContain(pem)
      const wrong = ['pkcs12', '-in', 'file.p12', '-passin', 'pass:other', '-nodes', ...flags]
      expect(run('openssl', wrong, { inputs: { 'file.p12': file } }).status).not.toBe(0)
    })

    test('GnuTLS', () => {
      const args = ['--p12-info', '--inder', '--infile', 'file.p12', '--password', password]
      const { stdoutText } = runOk('certtool', args, { inputs: { 'file.p12': file }, env: { LC_ALL: 'C.UTF-8' } })
      expect(stdoutText).toContain('MAC: ')
      for (const pem of pems.slice(1)) expect(stdoutText).toContain(pem.trim())
      expect(stdoutText).toMatch(preset === 'apple-compat' ? /3DES-SHA1/ : /PBES2-AES256-CBC/)
    })

    test('Python cryptography', () => {
      const inputs = { 'file.p12': file, 'print.py': PRINT }
      const { stdoutText } = runOk('python3', ['print.py', password], { inputs, env: { LC_ALL: 'C.UTF-8' } })
      expect(stdoutText).toBe(`${pems.join('')}Büro\n`)
    })
  })
})

/** What `openssl pkcs12 -info` says, and the scheme in DER as it stands there twice: for the certificates and for the key. */
interface Form {
  readonly mac: string
  readonly macSalt: string
  readonly encryption: string
  readonly der: RegExp
}
const COMPAT: Form = {
  mac: 'MAC: sha1, Iteration 2048',
  macSalt: 'MAC length: 20, salt length: 8',
  encryption: 'pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048',
  // pbeWithSHAAnd3-KeyTripleDES-CBC, 8 octets of salt, 2048 turns.
  der: /060a2a864886f70d010c0103300e0408.{16}02020800/g,
}
const MODERN: Form = {
  mac: 'MAC: sha256, Iteration 20000',
  macSalt: 'MAC length: 32, salt length: 16',
  encryption: 'PBES2, PBKDF2, AES-256-CBC, Iteration 20000, PRF hmacWithSHA256',
  // PBKDF2 with 16 octets of salt, 20000 turns and hmacWithSHA256, then AES-256-CBC with its IV.
  der: /06092a864886f70d01050c30240410.{32}02024e20300c06082a864886f70d02090500301d060960864801650304012a0410/g,
}

// To Apple's importer a PBES2 of another kind is a "wrong password", and to an old one any PBES2.
describe('the form of a preset', () => {
  const forms: readonly (readonly [string, { readonly preset?: Pkcs12Preset }, Form])[] = [
    ['apple-compat', { preset: 'apple-compat' }, COMPAT],
    ['apple-modern', { preset: 'apple-modern' }, MODERN],
    ['none given', {}, COMPAT],
  ]

  test.each(forms)('%s: the DER', async (_, options, { der }) => {
    const file = await buildPkcs12(ec, 'secret', options)
    expect(encodeHex(file).match(der)).toHaveLength(2)
  })

  describeWithTools('what OpenSSL says of it', ['openssl'], () => {
    test.each(forms)('%s', async (_, options, { mac, macSalt, encryption }) => {
      const inputs = { 'file.p12': await buildPkcs12(ec, 'secret', options) }
      const args = ['pkcs12', '-info', '-noout', '-in', 'file.p12', '-passin', 'pass:secret']
      const lines = runOk('openssl', args, { inputs }).stderr.split('\n')
      expect(lines.filter((line) => /Iteration|salt/.test(line))).toEqual([
        mac,
        macSalt,
        `PKCS7 Encrypted data: ${encryption}`,
        `Shrouded Keybag: ${encryption}`,
      ])
    })
  })
})

test('a private key that is exchanged while the file is made', async () => {
  const { privateKey, certificate } = await makeIdentity('P-256')
  const given = privateKey.slice()
  const made = buildPkcs12({ privateKey: given, certificate }, 'secret', { iterations: 1, crypto: globalThis.crypto })
  given.fill(0)
  expect((await openPkcs12(await made, 'secret')).privateKey).toEqual(privateKey)
})

test('attributes are a SET OF: the shorter one first', async () => {
  const { privateKey, certificate } = ec
  const order = async (friendlyName: string): Promise<readonly string[]> => {
    const file = Buffer.from(await buildPkcs12({ privateKey, certificate, friendlyName }, 'secret', { iterations: 1 }))
    const at = {
      name: file.lastIndexOf('2a864886f70d010914', 'hex'),
      id: file.lastIndexOf('2a864886f70d010915', 'hex'),
    }
    expect(Math.min(at.name, at.id)).toBeGreaterThan(0)
    return at.name < at.id ? ['name', 'id'] : ['id', 'name']
  }
  expect(await order('x')).toEqual(['name', 'id'])
  expect(await order('as long as the other')).toEqual(['id', 'name'])
  // Of the same length: 20 octets in both.
  expect(await order('ten of two')).toEqual(['name', 'id'])
})
