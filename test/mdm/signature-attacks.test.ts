// Ways in which signatures of this kind were got around elsewhere, one test each. The headers are OpenSSL's: vectors/make.py.
import { describe, expect, test } from 'vitest'
import { parseCheckin } from '../../src/mdm/checkin.js'
import { parseClientCertificateHeader } from '../../src/mdm/client-certificate.js'
import { CLIENT_CERTIFICATE_FORMS, type ClientCertificateHeaderForm } from '../../src/mdm/client-certificate-forms.js'
import { peekMdmSignature, verifyMdmSignature } from '../../src/mdm/verify-signature.js'
import { encodePlist } from '../../src/plist/encode.js'
import { type SignerTrust, unsafeAcceptAnySigner } from '../../src/types.js'
import { toPem } from '../../src/x509/pem.js'
import { expectRefusal, expectRejection, rejectionOf } from '../support/hostile.js'
import { attributes, body, certificate, header } from './vectors.js'

const device: SignerTrust = { pinned: [certificate('device')] }
const anchored: SignerTrust = { anchors: [certificate('ca')], intermediates: [certificate('sub')] }
const any: SignerTrust = unsafeAcceptAnySigner

describe('Mdm-Signature', () => {
  test.each(['double', 'doubleMacos'])(
    'certificate substitution: same names, serial number and key identifier, another key (%s)',
    async (name) => {
      await expect(verifyMdmSignature(header(name), body, { trust: any })).resolves.toBeDefined()
      await expectRejection(verifyMdmSignature(header(name), body, { trust: device }), 'ERR_SIGNATURE_INVALID')
      await expectRejection(verifyMdmSignature(header(name), body, { trust: anchored }), 'ERR_CERTIFICATE_UNTRUSTED')
    },
  )

  test('certificate substitution: the real certificate sent along with the signature of its double', async () => {
    await expectRejection(
      verifyMdmSignature(header('doubleWithDevice'), body, { trust: device }),
      'ERR_SIGNATURE_INVALID',
    )
  })

  test('the common name of a device, from nobody', async () => {
    await expectRejection(verifyMdmSignature(header('namesake'), body, { trust: device }), 'ERR_CERTIFICATE_UNTRUSTED')
    await expectRejection(
      verifyMdmSignature(header('namesake'), body, { trust: anchored }),
      'ERR_CERTIFICATE_UNTRUSTED',
    )
    const signer = await verifyMdmSignature(header('namesake'), body, { trust: any })
    expect(Object.keys(signer).sort()).toEqual(['certificate', 'digest', 'path', 'signature', 'signingTime'])
  })

  test('a signature of another message under this body: the signed digest is compared', async () => {
    const other = encodePlist({ Status: 'Acknowledged', UDID: '00008101-000000000000001E' })
    for (const name of ['ios', 'macos', 'elliptic']) {
      await expectRejection(verifyMdmSignature(header(name), other, { trust: any }), 'ERR_SIGNATURE_INVALID')
    }
  })

  test.each(['attached', 'attachedMacos'])(
    'attached content while the caller goes on to use the body (%s)',
    async (name) => {
      const evil = encodePlist({ MessageType: 'CheckOut', UDID: 'another' })
      for (const bytes of [evil, body, new Uint8Array()]) {
        await expectRejection(verifyMdmSignature(header(name), bytes, { trust: any }), 'ERR_CMS_INVALID', /attached/)
      }
      expectRefusal(() => peekMdmSignature(header(name)), 'ERR_CMS_INVALID', /attached/)
    },
  )

  test('signed attributes presented as a body without attributes', async () => {
    await expectRejection(verifyMdmSignature(header('confused'), attributes, { trust: any }), 'ERR_CMS_INVALID')
    await expectRejection(verifyMdmSignature(header('confused'), body, { trust: any }), 'ERR_SIGNATURE_INVALID')
  })

  test('two signers, one of them the pinned one', async () => {
    await expectRejection(
      verifyMdmSignature(header('twoSigners'), body, { trust: device }),
      'ERR_CMS_INVALID',
      /signer/,
    )
    expectRefusal(() => peekMdmSignature(header('twoSigners')), 'ERR_CMS_INVALID', /signer/)
  })

  test('a certificate where the content would be, as a wrong conversion leaves it', async () => {
    await expectRejection(
      verifyMdmSignature(header('misplacedCertificate'), body, { trust: device }),
      'ERR_CMS_INVALID',
    )
    expectRefusal(() => peekMdmSignature(header('misplacedCertificate')), 'ERR_CMS_INVALID')
  })

  test('an outcome with a status that would un-enrol the fleet does not exist: refusals are errors with codes', async () => {
    const refusal = await rejectionOf(verifyMdmSignature(header('namesake'), body, { trust: device }))
    expect(Object.keys(refusal).sort()).toEqual(['code', 'details', 'name'])
    expect(refusal.details).toBeUndefined()
  })
})

describe('client certificate headers', () => {
  const der = Buffer.from(certificate('device').der).toString('base64')
  const pem = toPem('CERTIFICATE', certificate('device').der)
  const values: Readonly<Record<ClientCertificateHeaderForm, string>> = {
    rfc9440: `:${der}:`,
    'nginx-escaped-pem': encodeURIComponent(pem),
    'aws-alb': encodeURIComponent(pem).replace(/%2B|%2F|%3D/g, decodeURIComponent),
    'envoy-xfcc': `Hash=ab;Cert="${encodeURIComponent(pem)}"`,
    traefik: der,
    'base64-der': der,
    'apache-pem': pem.replaceAll('\n', ' '),
  }
  const forms = Object.keys(CLIENT_CERTIFICATE_FORMS) as ClientCertificateHeaderForm[]
  // Two names of one form, and two escapings of which either is the other where nothing has to be escaped.
  const alike = [
    ['traefik', 'base64-der'],
    ['nginx-escaped-pem', 'aws-alb', 'apache-pem'],
  ]

  test.each(forms)('spoofing: %s is read as itself alone, never as what it looks like', (form) => {
    for (const written of forms) {
      if (alike.some((group) => group.includes(form) && group.includes(written))) continue
      const read = (): unknown => parseClientCertificateHeader(values[written], form)
      if (form === written) expect(read()).toBeDefined()
      else expect(read).toThrow(/client certificate header/)
    }
  })

  test('the result says that nobody vouches for it', () => {
    expect(parseClientCertificateHeader(values.rfc9440, 'rfc9440').validatedByProxy).toBe('unknown')
  })
})

describe('check-ins', () => {
  test('keys of prototypes in a message are members of the message', () => {
    const text = `<plist><dict><key>__proto__</key><dict><key>UDID</key><string>evil</string></dict>
      <key>MessageType</key><string>CheckOut</string></dict></plist>`
    expectRefusal(() => parseCheckin(new TextEncoder().encode(text)), 'ERR_MDM_INVALID', /neither UDID nor/)
    const constructor = encodePlist({ MessageType: 'constructor', UDID: 'x' })
    expect(parseCheckin(constructor)).toMatchObject({ messageType: 'unknown', name: 'constructor' })
  })
})
