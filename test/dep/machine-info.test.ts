import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeBase64 } from '../../src/bytes/base64.js'
import { utf8Bytes } from '../../src/bytes/bytes.js'
import { openMachineInfo } from '../../src/dep/machine-info.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistValue } from '../../src/plist/values.js'
import { type Bytes, type Certificate, unsafeAcceptAnySigner } from '../../src/types.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { asyncOutcomes, expectRejection, flips, truncations } from '../support/hostile.js'
import { describeWithTools, openWorkplace, runOk, type Workplace } from '../support/openssl.js'

test('a header that is missing is a refusal with a code, and so is what is neither text nor bytes', async () => {
  const open = (message: unknown): Promise<unknown> =>
    openMachineInfo(message as string | null, { trust: unsafeAcceptAnySigner })
  for (const missing of [null, undefined]) await expectRejection(open(missing), 'ERR_DEP_INVALID', /missing/)
  for (const wrong of [5, ['MIIB'], [0x30, 0x80], { length: 0 }])
    await expectRejection(open(wrong), 'ERR_INVALID_ARGUMENT', /one string or as bytes/)
})

// What devices sign with: RSA-1024 and SHA-1 below a certificate authority that has expired, made with OpenSSL.
describeWithTools('openMachineInfo', ['openssl'], () => {
  let workplace: Workplace
  let ca: Certificate
  let device: Certificate
  const info = {
    UDID: '00008101-001938611EE9001E',
    SERIAL: 'G4NQM9HHK0',
    PRODUCT: 'iPad13,18',
    VERSION: '20A362',
    OS_VERSION: '16.0',
  }
  const openssl = (...args: readonly string[]): Bytes => runOk('openssl', args, { workplace }).stdout
  const sign = (content: PlistValue | Uint8Array, ...flags: readonly string[]): Bytes => {
    workplace.write('content', content instanceof Uint8Array ? content : encodePlist(content))
    const signer = flags.includes('-signer') ? [] : ['-signer', 'device.pem', '-inkey', 'device.key']
    const form = ['-binary', '-nodetach', '-md', 'sha1', '-outform', 'DER', '-in', 'content']
    return openssl('cms', '-sign', ...form, ...signer, ...flags)
  }

  beforeAll(() => {
    workplace = openWorkplace()
    workplace.write('ca.ext', 'basicConstraints=critical,CA:TRUE\n')
    openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:1024',
      '-nodes',
      '-sha1',
      '-keyout',
      'ca.key',
      '-out',
      'ca.csr',
      '-subj',
      '/CN=Device CA',
    )
    // Seconds from the epoch on: ended long ago, as Apple's has.
    openssl(
      'x509',
      '-req',
      '-sha1',
      '-in',
      'ca.csr',
      '-signkey',
      'ca.key',
      '-days',
      '-1',
      '-extfile',
      'ca.ext',
      '-out',
      'ca.pem',
    )
    for (const name of ['device', 'second']) {
      openssl(
        'req',
        '-new',
        '-newkey',
        'rsa:1024',
        '-nodes',
        '-sha1',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/CN=${name}`,
      )
      openssl(
        'x509',
        '-req',
        '-sha1',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '3650',
        '-out',
        `${name}.pem`,
      )
    }
    ca = parseCertificate(workplace.readText('ca.pem'))
    device = parseCertificate(workplace.readText('device.pem'))
  })
  afterAll(() => {
    workplace.close()
  })

  const expected = { udid: info.UDID, serialNumber: info.SERIAL, product: info.PRODUCT, osVersion: info.OS_VERSION }
  const trust = (): { readonly anchors: readonly [Certificate]; readonly validity: 'ignore' } => ({
    anchors: [ca],
    validity: 'ignore',
  })

  test('body, header and query value: DER, BER, base64 in every spelling', async () => {
    const der = sign(info)
    const base64 = encodeBase64(der)
    const forms: readonly (string | Uint8Array)[] = [
      der,
      sign(info, '-stream'),
      sign(info, '-noattr'),
      base64,
      utf8Bytes(base64),
      encodeURIComponent(base64),
      base64.replaceAll('=', '%3d'),
      base64.replaceAll('+', ' '),
      base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
      base64.replace(/.{76}/g, '$&\r\n  '),
      ` ${base64}\n`,
    ]
    for (const form of forms) {
      const opened = await openMachineInfo(form, { trust: trust() })
      expect(opened).toMatchObject(expected)
      expect(opened.signer).toMatchObject({ certificate: device, path: [device, ca], digest: 'SHA-1' })
      expect({ ...opened.raw }).toEqual(info)
    }
  })

  test('a user enrolment names neither device nor serial number', async () => {
    const opened = await openMachineInfo(sign({ PRODUCT: 'iPhone12,1' }), { trust: trust() })
    expect(opened).toMatchObject({ udid: null, serialNumber: null, product: 'iPhone12,1', osVersion: null })
  })

  test('trust: the end of the authority counts unless it is ignored, a stranger never passes', async () => {
    const message = sign(info)
    await expectRejection(openMachineInfo(message, { trust: { anchors: [ca] } }), 'ERR_CERTIFICATE_TIME')
    const second = parseCertificate(workplace.readText('second.pem'))
    await expectRejection(openMachineInfo(message, { trust: { pinned: [second] } }), 'ERR_CERTIFICATE_UNTRUSTED')
    expect(await openMachineInfo(message, { trust: { pinned: [device] } })).toMatchObject(expected)
    expect(await openMachineInfo(message, { trust: unsafeAcceptAnySigner })).toMatchObject(expected)
  })

  test('the algorithms are those of the call where it names some', async () => {
    const accept = { digests: ['SHA-256'] } as const
    await expectRejection(openMachineInfo(sign(info), { trust: trust(), accept }), 'ERR_ALGORITHM_NOT_ACCEPTED')
    await expectRejection(
      openMachineInfo(sign(info), { trust: trust(), accept: { minRsaBits: 2048 } }),
      'ERR_ALGORITHM_NOT_ACCEPTED',
    )
  })

  test('two signers, other contents, other texts are refused', async () => {
    const open = (message: Uint8Array | string): Promise<unknown> => openMachineInfo(message, { trust: trust() })
    const two = sign(
      info,
      '-signer',
      'device.pem',
      '-inkey',
      'device.key',
      '-signer',
      'second.pem',
      '-inkey',
      'second.key',
    )
    await expectRejection(open(two), 'ERR_DEP_INVALID', /one signer/)
    await expectRejection(open(sign([info])), 'ERR_DEP_INVALID', /dictionary/)
    await expectRejection(open(sign('text')), 'ERR_DEP_INVALID', /dictionary/)
    await expectRejection(open(sign(new Date(0))), 'ERR_DEP_INVALID', /dictionary/)
    await expectRejection(open(sign({ ...info, UDID: 5 })), 'ERR_PLIST_INVALID')
    await expectRejection(open(sign(utf8Bytes('no list'))), 'ERR_PLIST_INVALID')
    await expectRejection(open('***'), 'ERR_ENCODING', /base64/)
    await expectRejection(open(''), 'ERR_ENCODING')
    await expectRejection(open('%%%'), 'ERR_ENCODING', /base64/)
    await expectRejection(open(' '.repeat(33 * 1024 * 1024)), 'ERR_LIMIT')
  })

  test('no altered message gives other values', async () => {
    const message = sign(info)
    expect(
      (await asyncOutcomes(truncations(message, 60), (bytes) => openMachineInfo(bytes, { trust: trust() }))).values,
    ).toBe(0)
    await asyncOutcomes(flips(message, 400), async (bytes) => {
      expect(await openMachineInfo(bytes, { trust: trust() })).toMatchObject(expected)
    })
  })
})
