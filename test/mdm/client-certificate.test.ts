import { describe, expect, test } from 'vitest'
import { parseClientCertificateHeader } from '../../src/mdm/client-certificate.js'
import type { ClientCertificateHeaderForm } from '../../src/mdm/client-certificate-forms.js'
import { toPem } from '../../src/x509/pem.js'
import { describeWithFixtures, fixtureText } from '../support/fixtures.js'
import { drawn, expectRefusal, flips, outcomes, truncations } from '../support/hostile.js'
import { certificate } from './vectors.js'

const base64 = (name: string): string => Buffer.from(certificate(name).der).toString('base64')
const pem = (name: string): string => toPem('CERTIFICATE', certificate(name).der)
/** As nginx and Envoy escape: everything but letters, digits and - . _ ~ */
const escaped = (name: string): string => encodeURIComponent(pem(name))
/** As AWS escapes. */
const awsEscaped = (name: string): string => escaped(name).replace(/%2B|%2F|%3D/g, decodeURIComponent)
const oneLine = (name: string): string => pem(name).trim().replaceAll('\n', ' ')

const serials = (
  value: string | null | undefined,
  form: ClientCertificateHeaderForm,
  options?: Parameters<typeof parseClientCertificateHeader>[2],
): readonly string[] => {
  const { certificate: leaf, chain, validatedByProxy } = parseClientCertificateHeader(value, form, options)
  expect(validatedByProxy).toBe('unknown')
  return [leaf, ...chain].map(({ serialNumber }) => serialNumber)
}

describe('one certificate, as each proxy writes it', () => {
  const url = 'URI=spiffe://example.org/device'
  test.each<[ClientCertificateHeaderForm, string, string]>([
    ['rfc9440', 'the form of the RFC', `:${base64('device')}:`],
    ['rfc9440', 'space around', ` :${base64('device')}: `],
    ['rfc9440', 'without padding (RFC 8941 §4.2.7)', `:${base64('device').replace(/=+$/, '')}:`],
    ['nginx-escaped-pem', '$ssl_client_escaped_cert', escaped('device')],
    ['nginx-escaped-pem', 'escaped as a form', escaped('device').replaceAll('%20', '+')],
    ['nginx-escaped-pem', 'in lower case', escaped('device').replace(/%../g, (hex) => hex.toLowerCase())],
    ['aws-alb', 'plus signs as they are', awsEscaped('device')],
    ['aws-alb', 'all escaped', escaped('device')],
    ['envoy-xfcc', 'Cert in quotes', `Hash=0a1b;Cert="${escaped('device')}";Subject="CN=a,O=\\"b;c\\"";${url}`],
    ['envoy-xfcc', 'Cert without quotes', `By=spiffe://x;Cert=${escaped('device')}`],
    ['envoy-xfcc', 'Chain alone', `Chain="${escaped('device')}"`],
    [
      'envoy-xfcc',
      'escapes in quotes',
      `Subject="\\\\";Cert="${escaped('device').replaceAll('-', '\\-')}";URI="\\"\\""`,
    ],
    ['envoy-xfcc', 'space around pairs', ` Hash=0a\t;\tCert="${escaped('device')}" `],
    ['envoy-xfcc', 'names in any case', `hash=0a1b; CERT="${escaped('device')}"`],
    ['traefik', 'base64 without markers', base64('device')],
    ['traefik', 'escaped', encodeURIComponent(base64('device'))],
    ['base64-der', 'HAProxy, Azure', base64('device')],
    ['apache-pem', 'spaces for line breaks', oneLine('device')],
    ['apache-pem', 'line breaks', pem('device')],
    ['apache-pem', 'CR LF', pem('device').replaceAll('\n', '\r\n')],
  ])('%s: %s', (form, _name, value) => {
    expect(serials(value, form)).toEqual(['1001'])
    expect(parseClientCertificateHeader(value, form).certificate.der).toEqual(certificate('device').der)
  })
})

describe('more than one', () => {
  test.each<[ClientCertificateHeaderForm, string, readonly string[], readonly string[]]>([
    ['rfc9440', `:${base64('device')}:, :${base64('sub')}:`, ['1001'], ['02']],
    ['nginx-escaped-pem', escaped('device') + escaped('sub'), ['1001'], ['02']],
    ['aws-alb', awsEscaped('device') + awsEscaped('sub'), ['1001', '02'], ['02']],
    ['envoy-xfcc', `Cert="${escaped('device')}",Hash=1;Cert="${escaped('sub')}"`, ['1001'], ['02']],
    ['traefik', `${base64('device')},${base64('sub')}`, ['1001', '02'], ['02']],
    ['base64-der', `${base64('device')}, ${base64('sub')}`, ['1001'], ['02']],
    ['apache-pem', `${oneLine('device')} ${oneLine('sub')}`, ['1001'], ['02']],
    ['apache-pem', `${oneLine('device')},${oneLine('sub')}`, ['1001'], ['02']],
  ])('%s throws unless it is said which', (form, value, first, last) => {
    expectRefusal(() => parseClientCertificateHeader(value, form), 'ERR_MDM_INVALID', /more than one/)
    expect(serials(value, form, { element: 'first' })).toEqual(first)
    expect(serials(value, form, { element: 'last' })).toEqual(last)
  })

  test("Envoy's chain, with and without the leaf in it", () => {
    const chain = escaped('device') + escaped('sub') + escaped('ca')
    expect(serials(`Chain="${chain}";Cert="${escaped('device')}"`, 'envoy-xfcc')).toEqual(['1001', '02', '01'])
    expect(serials(`Chain="${chain}"`, 'envoy-xfcc')).toEqual(['1001', '02', '01'])
    expect(serials(`Cert="${escaped('device')}";Chain="${escaped('sub')}"`, 'envoy-xfcc')).toEqual(['1001', '02'])
  })

  test("Envoy's hops without mutual TLS, which have no certificate", () => {
    const hop = 'By=spiffe://x;Hash=bb;Subject="";URI=spiffe://gw'
    const certified = `Hash=aa;Cert="${escaped('device')}"`
    expect(serials(`${certified},${hop}`, 'envoy-xfcc', { element: 'first' })).toEqual(['1001'])
    expect(serials(`${hop},${certified}`, 'envoy-xfcc', { element: 'last' })).toEqual(['1001'])
    // The one that was named, and no other in its place.
    for (const [value, element] of [
      [`${certified},${hop}`, 'last'],
      [`${hop},${certified}`, 'first'],
    ] as const) {
      expectRefusal(() => serials(value, 'envoy-xfcc', { element }), 'ERR_MDM_INVALID', /without Cert and Chain/)
      expectRefusal(() => serials(value, 'envoy-xfcc'), 'ERR_MDM_INVALID', /more than one/)
    }
  })

  test('the chain header of RFC 9440', () => {
    const chain = `:${base64('sub')}:, :${base64('ca')}:`
    const value = `:${base64('device')}:`
    expect(serials(value, 'rfc9440', { chain })).toEqual(['1001', '02', '01'])
    for (const none of [null, undefined, '', ' ']) {
      const options = none === undefined ? {} : { chain: none }
      expect(serials(value, 'rfc9440', options)).toEqual(['1001'])
    }
    expectRefusal(() => serials(value, 'rfc9440', { chain: base64('sub') }), 'ERR_MDM_INVALID', /byte sequence/)
    expectRefusal(() => serials(base64('device'), 'traefik', { chain }), 'ERR_INVALID_ARGUMENT', /rfc9440/)
  })
})

describe('refused', () => {
  const all: readonly ClientCertificateHeaderForm[] = [
    'rfc9440',
    'nginx-escaped-pem',
    'aws-alb',
    'envoy-xfcc',
    'traefik',
    'base64-der',
    'apache-pem',
  ]

  test.each(all)('%s: missing, empty, not a certificate', (form) => {
    for (const value of [null, undefined, '', '  ']) {
      expectRefusal(() => parseClientCertificateHeader(value, form), 'ERR_MDM_INVALID', /missing|empty/)
    }
    for (const value of ['(null)', 'x', ',', ';', '::', ':', '%', '""', 'Cert=', 'Cert="";Chain=""']) {
      expect(() => parseClientCertificateHeader(value, form)).toThrow(
        expect.objectContaining({ name: 'MdmProtocolError' }),
      )
    }
    expectRefusal(() => parseClientCertificateHeader('A'.repeat(64 * 1024 * 1024), form), 'ERR_LIMIT')
    expectRefusal(() => parseClientCertificateHeader(['x'] as never, form), 'ERR_INVALID_ARGUMENT')
  })

  test.each<[ClientCertificateHeaderForm, string, string]>([
    ['rfc9440', `:${base64('device')}`, 'ERR_MDM_INVALID'],
    ['rfc9440', `:${base64('device')}:;a=1`, 'ERR_MDM_INVALID'],
    ['rfc9440', `:${base64('device').replaceAll('+', '-')}:`, 'ERR_ENCODING'],
    ['rfc9440', `:${escaped('device')}:`, 'ERR_ENCODING'],
    ['rfc9440', ':AAAA:', 'ERR_ENCODING'],
    ['nginx-escaped-pem', `${escaped('device')}%2`, 'ERR_ENCODING'],
    ['nginx-escaped-pem', `${escaped('device')}%zz`, 'ERR_ENCODING'],
    ['nginx-escaped-pem', `x${escaped('device')}`, 'ERR_MDM_INVALID'],
    ['nginx-escaped-pem', escaped('device').replace('CERTIFICATE', 'PRIVATE KEY'), 'ERR_MDM_INVALID'],
    ['nginx-escaped-pem', escaped('device').slice(0, -40), 'ERR_MDM_INVALID'],
    // A form decoder has been at it: the plus signs of base64 are gone.
    ['aws-alb', awsEscaped('device').replaceAll('+', '*'), 'ERR_ENCODING'],
    ['envoy-xfcc', `Cert="${escaped('device')}`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Cert="${escaped('device')}"x`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Cert="${escaped('device')}";Cert="${escaped('sub')}"`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Cert="${escaped('device')}${escaped('sub')}"`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Hash=0a;Subject="CN=x"`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Cert="${escaped('device')}",`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Cert="${escaped('device')}\\"`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Cert="${escaped('device')}"\\`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Cert=${escaped('device')}"`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Cert="${escaped('device')}";`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `=x;Cert="${escaped('device')}"`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Cert2="${escaped('device')}"`, 'ERR_MDM_INVALID'],
    ['envoy-xfcc', `Subject="Cert=\\"${escaped('device')}\\""`, 'ERR_MDM_INVALID'],
    ['traefik', `${base64('device')},`, 'ERR_MDM_INVALID'],
    ['base64-der', base64('device').replace(/.$/, ''), 'ERR_ENCODING'],
    ['base64-der', Buffer.from(base64('device')).toString('base64'), 'ERR_ENCODING'],
    ['apache-pem', oneLine('device').replaceAll(' ', '%20'), 'ERR_MDM_INVALID'],
  ])('%s: %s', (form, value, code) => {
    expectRefusal(() => parseClientCertificateHeader(value, form), code as 'ERR_ENCODING')
  })

  test('an element that is empty', () => {
    for (const [form, value] of [
      ['traefik', `${base64('device')},`],
      ['base64-der', `${base64('device')}, `],
      ['rfc9440', `:${base64('device')}:, ::`],
    ] as const) {
      const read = (): unknown => parseClientCertificateHeader(value, form, { element: 'first' })
      expectRefusal(read, 'ERR_MDM_INVALID', /empty element/)
    }
  })

  test('forms and elements that are none', () => {
    for (const form of ['', 'auto', 'toString', undefined]) {
      expectRefusal(() => parseClientCertificateHeader('x', form as never), 'ERR_INVALID_ARGUMENT', /form/)
    }
    const value = `:${base64('device')}:`
    for (const element of ['second', 0, '']) {
      const options = { element: element as never }
      expectRefusal(() => parseClientCertificateHeader(value, 'rfc9440', options), 'ERR_INVALID_ARGUMENT', /element/)
    }
  })

  test('more elements and longer chains than there are', () => {
    const many = new Array<string>(33).fill(`:${base64('elliptic')}:`).join(',')
    expectRefusal(() => parseClientCertificateHeader(many, 'rfc9440', { element: 'first' }), 'ERR_LIMIT')
    expectRefusal(() => parseClientCertificateHeader(`:${base64('device')}:`, 'rfc9440', { chain: many }), 'ERR_LIMIT')
  })

  // Each of them once cost the stack, or the square of its length.
  test.each<[string, string, 'ERR_MDM_INVALID' | 'ERR_LIMIT']>([
    ['a long value', `Subject="${'a'.repeat(8_400_000)}"`, 'ERR_MDM_INVALID'],
    ['a quote that is not closed', `Subject="${'a'.repeat(8_400_000)}`, 'ERR_MDM_INVALID'],
    ['escapes alone', `Cert="${'\\"'.repeat(1_000_000)}"`, 'ERR_MDM_INVALID'],
    ['escapes that are not closed', `Cert="${'\\'.repeat(2_000_000)}`, 'ERR_MDM_INVALID'],
    ['spaces before what does not belong', `URI=${' '.repeat(1_000_000)}"`, 'ERR_MDM_INVALID'],
    ['spaces before no name', ' '.repeat(8_400_000) + ';', 'ERR_MDM_INVALID'],
    ['a long name', 'a'.repeat(8_400_000), 'ERR_MDM_INVALID'],
    ['many pairs', 'a=;'.repeat(500_000), 'ERR_MDM_INVALID'],
    ['many elements', 'a=,'.repeat(1_000_000) + 'a=', 'ERR_LIMIT'],
  ])("Envoy's header is read in linear time: %s", (_name, value, code) => {
    expectRefusal(() => parseClientCertificateHeader(value, 'envoy-xfcc', { element: 'first' }), code)
  })

  test('as many elements and as long a chain as there may be', () => {
    const many = new Array<string>(32).fill(`:${base64('elliptic')}:`).join(',')
    expect(serials(many, 'rfc9440', { element: 'last' })).toHaveLength(1)
    expect(serials(`:${base64('device')}:`, 'rfc9440', { chain: many })).toHaveLength(33)
  })

  test('truncations and flipped bits come to a value or an error of this package', () => {
    const values: [ClientCertificateHeaderForm, string][] = [
      ['rfc9440', `:${base64('device')}:`],
      ['nginx-escaped-pem', escaped('device')],
      ['envoy-xfcc', `Hash=1;Cert="${escaped('device')}",Cert="${escaped('sub')}"`],
    ]
    for (const [form, value] of values) {
      const bytes = new TextEncoder().encode(value)
      const wrong = [...truncations(bytes, 200), ...flips(bytes, 600)].map((each) =>
        Buffer.from(each).toString('latin1'),
      )
      expect(outcomes(wrong, (text) => parseClientCertificateHeader(text, form)).refusals).toBeGreaterThan(drawn(200))
    }
  })
})

describeWithFixtures('recorded client certificate headers', () => {
  test('RFC 9440 and escaped PEM of one certificate', () => {
    const folder = 'mdm-signature/micromdm__nanomdm/client-cert-header'
    const structured = parseClientCertificateHeader(fixtureText(`${folder}.rfc9440.txt`), 'rfc9440')
    const escapedPem = parseClientCertificateHeader(fixtureText(`${folder}.query-escaped-pem.txt`), 'nginx-escaped-pem')
    expect(escapedPem.certificate.der).toEqual(structured.certificate.der)
    expect(structured.certificate.subject).toEqual([[{ type: 'CN', value: 'mdm.example.org' }]])
  })
})
