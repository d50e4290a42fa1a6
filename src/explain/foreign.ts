// What people send for a file of device management and is none: told by how it begins, in a line, and not looked into.
import { checkDepToken, messageIn, tokenOfJson } from '../dep/token.js'
import { attempt } from '../errors.js'
import { finding } from '../finding.js'
import type { Finding } from '../types.js'
import { type Explanation, field } from './explanation.js'

interface Sign {
  readonly begins: (start: string) => boolean
  readonly kind: string
  readonly level: Finding['level']
  readonly what: string
  readonly message: string
}

const SIGNS: readonly Sign[] = [
  {
    begins: (start) =>
      /^(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[^])*-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i.test(start),
    kind: 'html-page',
    level: 'info',
    what: 'HTML page',
    message: 'It is an HTML page: often what a server or a proxy answers instead of the file.',
  },
  {
    begins: (start) => start.startsWith('\u001f\u008b\u0008'),
    kind: 'compressed',
    level: 'info',
    what: 'Compressed by gzip',
    message: 'It is compressed by gzip: what is inside is to be taken out first.',
  },
  {
    begins: (start) => start.startsWith('PK\u0003\u0004') || start.startsWith('PK\u0005\u0006'),
    kind: 'compressed',
    level: 'info',
    what: 'ZIP archive',
    message: 'It is a ZIP archive: what is inside is to be taken out first.',
  },
  {
    begins: (start) => /^&(?:lt|#60|#x3c);[?!a-z]/i.test(start),
    kind: 'markup-escaped',
    level: 'error',
    what: 'XML that was escaped for HTML',
    message: 'It is XML or HTML in which < and > were escaped, as in the source of a page: no device reads that.',
  },
  {
    // U+FFFD in UTF-8, in place of the length of a SEQUENCE.
    begins: (start) => start.startsWith('0\u00ef\u00bf\u00bd'),
    kind: 'text-mangled',
    level: 'error',
    what: 'DER that was read as UTF-8 and written again',
    message: 'It was DER, and was taken for text: every octet that is no UTF-8 was replaced and is lost.',
  },
  {
    // 0x80 to 0x84 in UTF-8: the same place, octet by octet.
    begins: (start) => /^0\u00c2[\u0080-\u0084]/.test(start),
    kind: 'text-mangled',
    level: 'error',
    what: 'DER that was read as Latin-1 and written as UTF-8',
    message: 'It was DER, and was taken for text: its octets above 127 have become two each.',
  },
]

/** By the first characters, without white space. `null`: none of these. */
export function explainForeign(start: string): Explanation | null {
  const sign = SIGNS.find(({ begins }) => begins(start))
  if (sign === undefined) return null
  const { kind, level, what, message } = sign
  return unknownWith(what, finding(kind, level, message))
}

function unknownWith(summary: string, ...findings: readonly Finding[]): Explanation {
  return { kind: 'unknown', summary, fields: [], findings }
}

/** More than any answer of a service has. */
const MAX_JSON = 1024 * 1024

/** A text that is JSON, or has the message of a server token in it. `null`: neither. */
export function explainJson(text: string, now: Date): Explanation | null {
  if (text.length > MAX_JSON) return null
  const message = messageIn(text)
  if (message !== null) return explainToken(message, now)
  const value = /^\s*[{[]/.test(text) ? jsonIn(text) : undefined
  if (value === undefined) return null
  const members: readonly (readonly [string, unknown])[] = Object.entries(value)
  if (members.some(([name]) => TOKEN.test(name))) return explainToken(text, now)
  const found = unknownWith('JSON', finding('json', 'info', 'It is JSON, as services answer in; not looked into.'))
  const reason = reasonOf(members)
  if (reason === null) return found
  return { ...found, summary: 'JSON, as APNs answers in', fields: [field('reason', reason)] }
}

function jsonIn(text: string): object | undefined {
  try {
    return JSON.parse(text) as object
  } catch {
    return undefined
  }
}

/** Of an answer of APNs, which has nothing but a reason and, for 410, a time. Its reasons are words of letters. */
function reasonOf(members: readonly (readonly [string, unknown])[]): string | null {
  if (members.some(([name]) => name !== 'reason' && name !== 'timestamp')) return null
  const reason = members.find(([name]) => name === 'reason')?.[1]
  return typeof reason === 'string' && /^[A-Za-z]{1,40}$/.test(reason) ? reason : null
}

const TOKEN = /^(?:consumer|access)_secret$/

/** Nothing of it is printed but when it ends. */
function explainToken(json: string, now: Date): Explanation {
  const plain = 'It is a server token without its encryption: whoever reads it can act as the MDM server.'
  const found = unknownWith(
    'Server token of Apple School or Business Manager, decrypted',
    finding('token-decrypted', 'warning', plain),
  )
  const token = attempt(() => tokenOfJson(json))
  if ('fault' in token) {
    const broken = finding(
      'unreadable',
      'error',
      'It is no whole server token: a member is missing or not of its type.',
    )
    return { ...found, findings: [...found.findings, broken] }
  }
  return {
    ...found,
    fields: [field('expires', token.value.expiresAt.toISOString())],
    findings: [...found.findings, ...checkDepToken(token.value, now)],
  }
}
