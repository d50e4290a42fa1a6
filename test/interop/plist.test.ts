import { expect, test } from 'vitest'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistValue } from '../../src/plist/values.js'
import { describeWithTools, runOk } from '../support/openssl.js'
import { draw } from '../support/random.js'
import { drawValue } from '../plist/values.js'

const drawn = draw(3)
// plistlib has no -0 of an integer and no UID in XML, plistutil writes reals with fewer digits.
const values = Array.from({ length: 60 }, () => drawValue(drawn))

/** Any value as JSON that both languages write alike: types named, integers in decimal, reals as their eight octets. */
function canonical(value: PlistValue): unknown {
  if (typeof value === 'string') return ['string', value]
  if (typeof value === 'boolean') return ['boolean', value]
  if (typeof value === 'bigint') return ['integer', String(value)]
  if (typeof value === 'number') return numberJson(value)
  if (value instanceof Date) return ['date', Math.floor(value.getTime() / 1000)]
  if (value instanceof Uint8Array) return ['data', Buffer.from(value).toString('hex')]
  if (isList(value)) return ['array', ...value.map(canonical)]
  const members = Object.entries(value).map(([key, member]) => [key, canonical(member!)] as const)
  return ['dict', ...members.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))]
}

function isList(value: object): value is readonly PlistValue[] {
  return Array.isArray(value)
}

function numberJson(value: number): unknown {
  if (Number.isInteger(value) && Math.abs(value) <= 2 ** 53 && !Object.is(value, -0)) return ['integer', String(value)]
  const octets = Buffer.alloc(8)
  octets.writeDoubleBE(value)
  return ['real', octets.toString('hex')]
}

const PYTHON = `
import plistlib, sys, json, struct, datetime, base64
def canonical(v):
    if isinstance(v, str): return ['string', v]
    if isinstance(v, bool): return ['boolean', v]
    if isinstance(v, int): return ['integer', str(v)]
    if isinstance(v, float): return ['real', struct.pack('>d', v).hex()]
    if isinstance(v, datetime.datetime): return ['date', int((v - datetime.datetime(1970, 1, 1)).total_seconds())]
    if isinstance(v, bytes): return ['data', v.hex()]
    if isinstance(v, plistlib.UID): return ['dict', ['CF$UID', ['integer', str(v.data)]]]
    if isinstance(v, list): return ['array'] + [canonical(x) for x in v]
    return ['dict'] + [[k, canonical(v[k])] for k in sorted(v, key=lambda k: k.encode())]
def plain(c):
    kind, rest = c[0], c[1:]
    if kind == 'integer': return int(rest[0])
    if kind == 'real': return struct.unpack('>d', bytes.fromhex(rest[0]))[0]
    if kind == 'date': return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=rest[0])
    if kind == 'data': return bytes.fromhex(rest[0])
    if kind == 'array': return [plain(x) for x in rest]
    if kind == 'dict': return {k: plain(x) for k, x in rest}
    return rest[0]
lines = sys.stdin.read().split(chr(10))
if sys.argv[1] == 'load':
    print(json.dumps([canonical(plistlib.loads(base64.b64decode(l))) for l in lines]))
else:
    form = plistlib.FMT_XML if sys.argv[1] == 'xml' else plistlib.FMT_BINARY
    print(json.dumps([base64.b64encode(plistlib.dumps(plain(json.loads(l)), fmt=form)).decode() for l in lines]))
`

/** `-0` as a real; a lone CF$UID member stands for a UID in either language. */
function python(mode: 'load' | 'xml' | 'binary', lines: readonly string[]): unknown {
  return JSON.parse(runOk('python3', ['-c', PYTHON, mode], { stdin: lines.join('\n') }).stdoutText)
}

describeWithTools("Python's plistlib", ['python3'], () => {
  const expected = values.map(canonical)

  test.each([
    ['XML', encodePlist],
    ['binary', encodeBinaryPlist],
  ])('reads what we write, %s', (_name, encode) => {
    const lines = values.map((value) => Buffer.from(encode(value)).toString('base64'))
    expect(python('load', lines)).toEqual(expected)
  })

  test.each(['xml', 'binary'] as const)('writes what we read, %s', (form) => {
    const written = python(
      form,
      expected.map((value) => JSON.stringify(value)),
    ) as string[]
    const lossless = written.map((line) => canonical(decodePlist(Buffer.from(line, 'base64'))))
    // plistlib writes a carriage return as it is, and XML reads it as a line feed.
    const wanted =
      form === 'xml' ? (JSON.parse(JSON.stringify(expected).replace(/\\r\\n/g, '\\n')) as unknown) : expected
    expect(lossless).toEqual(wanted)
  })

  test('writes the same bytes for a list without reals and special characters', () => {
    const value = { b: [1, 'x', true, { c: new Uint8Array(100) }], a: new Date('2026-01-31T00:00:00Z'), e: [], f: {} }
    const [line] = python('xml', [JSON.stringify(canonical(value))]) as string[]
    expect(Buffer.from(line!, 'base64').toString()).toBe(Buffer.from(encodePlist(value)).toString())
  })
})

describeWithTools("libplist's plistutil", ['plistutil'], () => {
  const convert = (bytes: Uint8Array, form: 'xml' | 'bin'): Uint8Array =>
    runOk('plistutil', ['-i', 'in', '-o', 'out', '-f', form], { inputs: { in: bytes } }).output('out')
  // It prints reals with six digits, so none of those here.
  const value = {
    Texts: ['', 'a<b>&"', 'é😀', ' a\n\tb '],
    Numbers: [0, 255, 65536, 4294967296, -1, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n],
    Data: Uint8Array.from({ length: 100 }, (_, i) => i),
    Date: new Date('2026-01-31T23:59:59Z'),
    Real: 0.5,
    True: true,
    False: false,
    Nested: { Empty: [], None: {}, Uid: { CF$UID: 42 } },
  }

  test('turns our XML into the binary that we read, and our binary into the XML that we read', () => {
    const expected = canonical(value)
    expect(canonical(decodePlist(convert(encodePlist(value), 'bin')))).toEqual(expected)
    expect(canonical(decodePlist(convert(encodeBinaryPlist(value), 'xml')))).toEqual(expected)
    expect(canonical(decodePlist(convert(encodeBinaryPlist(value), 'bin')))).toEqual(expected)
    expect(canonical(decodePlist(convert(encodePlist(value), 'xml')))).toEqual(expected)
  })
})
