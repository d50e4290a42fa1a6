import { describe, expect, test } from 'vitest'
import { decodePlist } from '../../src/plist/decode.js'
import { errorOf, expectRefusal } from '../support/hostile.js'
import { utf16 } from './texts.js'

type Path = readonly (string | number)[]

/** The document is refused for this rule; `at` stands at the offset that the error names. */
function expectPlace(document: string, rule: string, at: string, path: Path): void {
  const error = errorOf(() => decodePlist(document))
  if (error.code !== 'ERR_PLIST_INVALID') throw error
  expect(error.message).toContain(rule)
  expect(document.slice(error.details.offset ?? -1).slice(0, Math.max(at.length, 1))).toBe(at)
  expect(error.details.path).toEqual(path)
}

describe('structure', () => {
  test.each<[rule: string, inner: string, at: string, path: Path]>([
    ['there twice', '<dict><key>a</key><true/><key>a</key><false/></dict>', '<key>a</key><false', ['a']],
    ['there twice', '<dict><key/><true/><key></key><false/></dict>', '<key></key><false', ['']],
    ['a key without a value', '<dict><key>a</key></dict>', '</dict>', ['a']],
    ['a key without a value', '<dict><key>a</key><key>b</key><true/></dict>', '<key>b', ['a']],
    ['a value without a key', '<dict><true/></dict>', '<true', []],
    ['a value without a key', '<dict><key>a</key><true/><dict/></dict>', '<dict/', []],
    ['a key outside', '<array><key>a</key></array>', '<key>', [0]],
    ['a key outside', '<key>a</key>', '<key>', []],
    ['text where none', '<array><true/>x<true/></array>', 'x', [1]],
    ['text where none', '<dict><key>a</key>x<true/></dict>', 'x', ['a']],
    ['text where none', '<array>&#32;</array>', '&#32;', [0]],
    ['text where none', '<array><![CDATA[ ]]></array>', '<![CDATA', [0]],
    ['text where none', '<array><true>x</true></array>', 'x', [0]],
    ['text where none', '<true> </true>', ' </true>', []],
    ['text where none', 'x', 'x', []],
    ['a second value', '<true/><false/>', '<false/>', []],
    ['a second value', '<array/><array></array>', '</array>', []],
    ['a root element inside', '<plist><true/></plist>', '<plist><true', []],
    ['do not have', '<dict><key>a</key><array><true/><null/></array></dict>', '<null/>', ['a', 1]],
    ['do not have', '<set/>', '<set/>', []],
    ['do not have', '<strings/>', '<strings/>', []],
    ['do not have', '<String/>', '<String/>', []],
    ['do not have', '<p:true/>', '<p:true/>', []],
    ['closing tag of another', '<array><string>a</key></array>', '</key>', [0]],
    ['closing tag of another', '<array><true/></dict>', '</dict>', [1]],
    ['closing tag of another', '<string>a</stringx>', '</stringx>', []],
  ])('%s: %s', (rule, inner, at, path) => {
    expectPlace(`<plist>${inner}</plist>`, rule, at, path)
  })

  test.each<[rule: string, document: string, at: string]>([
    ['no value', '<plist></plist>', '<plist>'],
    ['no value', '<plist/>', '<plist/>'],
    ['not plist', '<dict/>', '<dict/>'],
    ['neither XML nor binary', '', ''],
    ['neither XML nor binary', '{ a = b; }', '{'],
    ['ends inside', '<plist><dict>', ''],
    ['ends inside', '<plist><true/>', ''],
    ['without an end', '<plist><string>abc', 'abc'],
    ['do not have', '<plist', '<plist'],
    ['malformed tag', '<plist ', ''],
    ['after the root element', '<plist><true/></plist>x', 'x'],
    ['after the root element', '<plist><true/></plist><plist><true/></plist>', '<plist><true/></plist>'],
    ['after the root element', '<plist><true/></plist>\u00a0', '\u00a0'],
  ])('%s: %s', (rule, document, at) => {
    expectPlace(document, rule, at, [])
  })
})

describe('markup', () => {
  test.each<[rule: string, inner: string, at: string]>([
    ['an element inside of text', '<string>a<b/></string>', '<b/>'],
    ['an element inside of text', '<string>a<!x></string>', '<!x>'],
    ['malformed tag', '<string a>x</string>', 'a>x'],
    ['malformed tag', '<string a=b>x</string>', 'a=b'],
    ['malformed tag', '<string a="<">x</string>', 'a="<"'],
    ['malformed tag', '<string a="1"b="2">x</string>', 'b="2"'],
    ['malformed tag', '<string ="">x</string>', '="">'],
    ['malformed tag', '<true/ >', ' >'],
    ['do not have', '<true\u00a0/>', '<true'],
    ['there twice', '<string a="1" a="2">x</string>', 'a="2"'],
    ['more than sixteen', `<true${Array.from({ length: 17 }, (_, i) => ` a${String(i)}=""`).join('')}/>`, 'a16'],
    ['two hyphens', '<!-- a -- b --><true/>', '-- b'],
    ['two hyphens', '<!-- a ---><true/>', '---'],
    ['comment without an end', '<!-- a >', '<!-- a'],
    ['CDATA section without an end', '<string><![CDATA[</string>', '<![CDATA['],
    ['end of a CDATA section', '<string>a]]>b</string>', ']]>'],
    ['instruction without an end', '<?a <true/>', '<?a'],
    ['instruction without a target', '<? a?><true/>', '<? a'],
    ['does not begin the document', '<?xml version="1.0"?><true/>', '<?xml'],
    ['does not begin the document', '<?XML a?><true/>', '<?XML'],
    ['one of the five entities', '<string>a&copy;</string>', '&copy;'],
    ['one of the five entities', '<string>&amp</string>', '&amp<'],
    ['one of the five entities', '<string>&#xg;</string>', '&#xg;'],
    ['one of the five entities', '<string>&#;</string>', '&#;'],
    ['one of the five entities', '<string>& </string>', '& '],
    ['a character that XML does not', '<string>&#0;</string>', '&#0;'],
    ['a character that XML does not', '<string>&#31;</string>', '&#31;'],
    ['a character that XML does not', '<string>&#xD800;</string>', '&#xD800;'],
    ['a character that XML does not', '<string>&#x110000;</string>', '&#x110000;'],
    ['a character that XML does not', '<string>&#xFFFE;</string>', '&#xFFFE;'],
    ['a character that XML does not', '<string>a\u0000</string>', '\u0000'],
    ['a character that XML does not', '<string>a\u0008</string>', '\u0008'],
    ['a character that XML does not', '<string>a\ud800</string>', '\ud800'],
    ['a character that XML does not', '<string>a\udc00</string>', '\udc00'],
    ['a character that XML does not', '<string>a\uffff</string>', '\uffff'],
  ])('%s: %j', (rule, inner, at) => {
    expectPlace(`<plist>${inner}</plist>`, rule, at, [])
  })
})

describe('scalars', () => {
  test.each<[element: string, texts: readonly string[]]>([
    [
      'integer',
      ['12abc', '', ' ', '1.0', '1 2', '0x', '0xg', '--1', '+-1', '١', '1e3', '1_000', '18446744073709551616'].concat(
        '-9223372036854775809',
        '0x10000000000000000',
        '-0x8000000000000001',
        '0'.repeat(65),
      ),
    ],
    ['real', ['', 'nan', 'inf', '-Infinity', '1e999', '0x1p3', '1,5', '.', 'e5', '1.5f']],
    [
      'date',
      ['2026-01-31', '2026-01-31T23:59:59', '2026-01-31T23:59:59+00:00', '2026-01-31 23:59:59Z', ''].concat(
        '2026-02-30T00:00:00Z',
        '2023-02-29T00:00:00Z',
        '2026-13-01T00:00:00Z',
        '2026-01-31T24:00:00Z',
        '2026-01-31T23:59:60Z',
        '2026-01-31T23:59:59.5Z',
        '+002026-01-31T23:59:59Z',
        '+012345-01-01T00:00Z',
        '-000001-01-01T00:00Z',
        '26-01-31T23:59:59Z',
      ),
    ],
    [
      'data',
      [
        'A',
        'AA',
        'AAE',
        'AAE==A',
        'AA=A',
        'AAEC-',
        'AA==AA==',
        'AB==',
        'é',
        '=',
        '====A',
        'AAAA=A',
        'AAAA=AAAA',
        'AAAA=-',
      ],
    ],
  ])('%s', (element, texts) => {
    for (const text of texts) {
      const document = `<plist><dict><key>k</key><${element}>${text}</${element}></dict></plist>`
      expectPlace(document, element === 'integer' ? 'an integer' : element, `${text}</`, ['k'])
    }
  })
})

describe('the prolog', () => {
  const body = '<plist><true/></plist>'
  test.each<[rule: string, document: string, at: string]>([
    ['internal subset', `<!DOCTYPE plist [<!ENTITY a "b">]>${body}`, '<!DOCTYPE'],
    ['internal subset', `<!DOCTYPE plist SYSTEM "x" [ ]>${body}`, '<!DOCTYPE'],
    ['internal subset', `<!DOCTYPE plist PUBLIC "-//A//B" "x"[]>${body}`, '<!DOCTYPE'],
    ['document type', `<!DOCTYPE html>${body}`, '<!DOCTYPE'],
    ['document type', `<!DOCTYPE plist PUBLIC "a">${body}`, '<!DOCTYPE'],
    ['document type', `<!DOCTYPE plist ">${body}`, '<!DOCTYPE'],
    ['do not have', `<!DOCTYPE plist><!DOCTYPE plist>${body}`, '<!DOCTYPE plist><plist'],
    ['do not have', `<!doctype plist>${body}`, '<!doctype'],
    ['does not begin', `<!DOCTYPE plist><?xml version="1.0"?>${body}`, '<?xml'],
    ['does not begin', ` <?xml version="1.0"?>${body}`, '<?xml'],
    ['XML declaration', `<?xml?>${body}`, '<?xml?>'],
    ['XML declaration', `<?xml version="1.0?>${body}`, '<?xml'],
    ['XML declaration', `<?xml version="2.0"?>${body}`, '<?xml'],
    ['XML declaration', `<?xml encoding="UTF-8"?>${body}`, '<?xml'],
  ])('%s: %s', (rule, document, at) => {
    expectPlace(
      document,
      rule.replace('not plist', 'do not have').replace('XML declaration', 'XML declaration'),
      at,
      [],
    )
  })

  test('an encoding that is not the one in use', () => {
    const document = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?>${body}`
    for (const encoding of ['ISO-8859-1', 'windows-1252', 'UTF-16', 'UTF-7']) {
      const bytes = new TextEncoder().encode(document(encoding))
      expectRefusal(() => decodePlist(bytes), 'ERR_PLIST_INVALID', /another encoding/)
      expect(decodePlist(document(encoding))).toBe(true)
    }
    expectRefusal(() => decodePlist(utf16(`\ufeff${document('UTF-8')}`, true)), 'ERR_PLIST_INVALID', /another encoding/)
  })
})

describe('encodings', () => {
  test.each([
    ['a lone continuation octet', [0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a truncated character', [0xe2, 0x82]],
  ])('UTF-8 with %s', (_name, octets) => {
    const bytes = Uint8Array.from([...Buffer.from('<plist><string>'), ...octets, ...Buffer.from('</string></plist>')])
    expectRefusal(() => decodePlist(bytes), 'ERR_PLIST_INVALID', /not UTF-8/)
  })

  test('UTF-16 without its mark, cut in half, or with half a pair', () => {
    expectRefusal(() => decodePlist(utf16('<plist><true/></plist>', true)), 'ERR_PLIST_INVALID')
    const marked = utf16('\ufeff<plist><true/></plist>', false)
    expectRefusal(() => decodePlist(marked.slice(0, -1)), 'ERR_PLIST_INVALID', /middle of a character/)
    const half = utf16('\ufeff<plist><string>\ud83d</string></plist>', true)
    expectRefusal(() => decodePlist(half), 'ERR_PLIST_INVALID', /a character that XML does not allow/)
  })

  test('offsets count octets of the input', () => {
    const inner = '<string>é😀</string><null/>'
    const document = `<plist><array>${inner}</array></plist>`
    const octets = new TextEncoder().encode(`\ufeff${document}`)
    const places: [Uint8Array | string, number][] = [
      [document, document.indexOf('<null')],
      [octets, Buffer.from(octets).indexOf('<null')],
      [utf16(`\ufeff${document}`, true), 2 + 2 * document.indexOf('<null')],
    ]
    for (const [input, offset] of places) {
      const error = errorOf(() => decodePlist(input))
      expect(error).toMatchObject({ code: 'ERR_PLIST_INVALID', details: { offset, path: [1] } })
    }
  })

  test('error texts never repeat the input', () => {
    for (const inner of ['<SECRET/>', 'SECRET', '<integer>SECRET</integer>', '<dict><key>SECRET</key></dict>']) {
      expect(errorOf(() => decodePlist(`<plist>${inner}</plist>`)).message).not.toContain('SECRET')
    }
  })

  test('neither bytes nor text', () => {
    for (const input of [null, undefined, 1, {}, [], new ArrayBuffer(8)]) {
      expectRefusal(() => decodePlist(input as never), 'ERR_INVALID_ARGUMENT')
    }
  })
})
