import { readPemBlocks } from '../asn1/pem.js'
import { decodeBase64 } from '../bytes/base64.js'
import { copyBytes, latin1Bytes, latin1Text, utf8Bytes } from '../bytes/bytes.js'
import { decodeHex } from '../bytes/hex.js'
import { callContext, type CallContext } from '../crypto/context.js'
import { readSmime } from '../dep/smime.js'
import { attempt } from '../errors.js'
import { finding } from '../finding.js'
import { parseCaCaps } from '../scep/capabilities.js'
import type { Context, Finding } from '../types.js'
import { explainAsn1 } from './asn1.js'
import { explainDer } from './der.js'
import { branch, type Explanation, field, octets, shown } from './explanation.js'
import { endOfValue, wholeMembers } from './extent.js'
import { explainForeign, explainJson } from './foreign.js'
import { explainPlist } from './plist.js'
import { percentDecoded, scepRequestIn } from './url.js'

const MAX_BYTES = 32 * 1024 * 1024
/** Hex of CMS, base64 of a property list, PEM in base64: nobody wraps deeper on purpose. */
const MAX_WRAPPINGS = 4

/**
 * What is this? Any artefact of device management as a tree to print, with what is wrong with it: for a log, a support
 * page, the person whose profile "could not be installed".
 *
 * Takes DER, BER, PEM, base64, hex, S/MIME text and property lists in either form, and looks through what is wrapped.
 * Decrypts nothing and trusts nothing: signatures are checked for being intact, where the certificate is in the message,
 * and never for who signed. Challenges, tokens, passwords and PINs are told by their length alone. Do not decide by this
 * tree; its texts may change with any version. Never throws on input.
 *
 * Kinds: `certificate`, `certificate-request`, `crl`, `certificate-bag`, `scep-message`, `cms-signed`, `cms-enveloped`,
 * `configuration-profile`, `provisioning-profile`, `checkin`, `command-report`, `command`, `push-certificate-request`,
 * `plist`, `pkcs12`, `private-key`, `public-key`, `pem-bundle`, `ca-caps`, `asn1`, `unknown`.
 *
 * @param context - `now`: the moment that certificates are judged at.
 * @example
 * ```ts
 * const { summary, findings } = await explain(toPem('CERTIFICATE', ca.der))
 * console.log(summary, findings.length)
 * ```
 */
export async function explain(input: Uint8Array | string, context?: Context): Promise<Explanation> {
  const call = callContext(context)
  // Before it is copied. A character of a text is one byte at least.
  const tooMany = unknown(`More than ${String(MAX_BYTES)} bytes; not looked at.`)
  if (((input as Uint8Array | string | null | undefined)?.length ?? 0) > MAX_BYTES) return tooMany
  const bytes = typeof input === 'string' ? utf8Bytes(input) : copyBytes(input)
  if (bytes.length > MAX_BYTES) return tooMany
  return explainBytes(bytes, { context: context ?? {}, call, depth: 0, isSigned: false })
}

interface Looking {
  readonly context: Context
  readonly call: CallContext
  readonly depth: number
  /** Whether it is the content of a signature. */
  readonly isSigned: boolean
}

function unknown(summary: string): Explanation {
  return { kind: 'unknown', summary, fields: [], findings: [] }
}

async function explainBytes(bytes: Uint8Array, looking: Looking): Promise<Explanation> {
  if (bytes.length === 0) return unknown('Nothing: no bytes.')
  const start = latin1Text(bytes.subarray(0, 256)).replace(/^(?:\xef\xbb\xbf)?\s*/, '')
  const foreign = explainForeign(start)
  if (foreign !== null) return foreign
  if (start.startsWith('bplist') || /^<(\?xml|!DOCTYPE|plist|!--)/.test(start) || /^(\xfe\xff|\xff\xfe)/.test(start))
    return explainPlist(bytes, looking.context, looking.call)
  const der = await explainEncoding(bytes, looking)
  if (der !== null) return der
  return (
    (await explainText(latin1Text(bytes), looking)) ??
    unknown(`Nothing that this library knows, ${octets(bytes.length)}`)
  )
}

/** `size`: of the whole, where these bytes are what is left of it. */
async function explainEncoding(
  bytes: Uint8Array,
  looking: Looking,
  size: number = bytes.length,
): Promise<Explanation | null> {
  if (bytes[0] !== 0x30) return null
  const known = await explainDer(bytes, size, looking.context, looking.call)
  if (known === null) return (await explainAsn1(bytes, size)) ?? explainExtent(bytes, looking)
  const { explanation, content } = known
  if (explanation.kind === 'certificate-bag' && !looking.isSigned)
    return { ...explanation, summary: `${explanation.summary}, not signed by anybody` }
  if (content === null || content.length === 0 || looking.depth >= MAX_WRAPPINGS) return explanation
  const inner = await explainBytes(content, { ...looking, depth: looking.depth + 1, isSigned: true })
  const findings = [...explanation.findings, ...inner.findings]
  if (inner.kind === 'unknown') return { ...explanation, findings }
  return {
    kind: inner.kind,
    summary: `${inner.summary}, signed`,
    fields: [...inner.fields, branch('signature', explanation)],
    findings,
  }
}

/** Octets within which the first member of everything ends that is told by its length alone. */
const MAX_BEGIN = 32

/** What has the outermost header of a value, and another length than that says. */
async function explainExtent(bytes: Uint8Array, looking: Looking): Promise<Explanation | null> {
  if (!isBinary(bytes)) return null
  const end = endOfValue(bytes, 0)
  if (end !== null && end < bytes.length) {
    const others = bytes.length - end
    const message = `It is followed by ${String(others)} other ${others === 1 ? 'byte' : 'bytes'}.`
    return withFinding(finding('trailing-bytes', 'error', message), await explainEncoding(bytes.slice(0, end), looking))
  }
  const whole = wholeMembers(bytes)
  // What this library knows has a small member at its begin: where none is whole, bytes that go on are something else.
  if (end === bytes.length || (whole === null && (end === null || bytes.length > MAX_BEGIN))) return null
  const message = `It is cut short: ${end === null ? octets(bytes.length) : `${String(bytes.length)} of ${octets(end)}`}.`
  const cut = finding('cut-short', 'error', message)
  const there = whole === null ? null : withFinding(cut, await explainEncoding(whole, looking, bytes.length))
  return there ?? { ...unknown(`Something that is cut short, ${octets(bytes.length)}`), findings: [cut] }
}

function withFinding(found: Finding, explanation: Explanation | null): Explanation | null {
  return explanation === null ? null : { ...explanation, findings: [found, ...explanation.findings] }
}

/** A text may begin with the digit 0, which is the octet of a SEQUENCE; every value has octets that no text has. */
function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 64).some((octet) => octet < 0x09 || (octet > 0x0d && octet < 0x20))
}

async function explainText(text: string, looking: Looking): Promise<Explanation | null> {
  if (looking.depth >= MAX_WRAPPINGS) return null
  const deeper = { ...looking, depth: looking.depth + 1 }
  const json = explainJson(text, looking.call.now)
  if (json !== null) return json
  if (text.includes('-----BEGIN ')) return explainPem(text, deeper)
  const request = scepRequestIn(text)
  if (request !== null) return explainUrl(request, deeper)
  if (/^content-|^mime-version:/im.test(text.slice(0, 4096)))
    return wrapped(
      'S/MIME',
      attempt(() => readSmime(text, 'S/MIME')),
      deeper,
    )
  const compact = text.replace(/\s+/g, '')
  const hex = compact.length >= 8 ? decodeHex(compact) : null
  if (hex !== null) return wrapped('hex', { value: hex }, deeper)
  const caps = attempt(() => parseCaCaps(text))
  if ('value' in caps && caps.value.known.length > 0) return explainCaps(caps.value.known, caps.value.unknown)
  const base64 = compact.length >= 16 ? decodeBase64(compact, { lenient: true }) : null
  if (base64 !== null) return wrapped('base64', { value: base64 }, deeper)
  return explainEscaped(text, deeper)
}

async function explainUrl(
  request: NonNullable<ReturnType<typeof scepRequestIn>>,
  looking: Looking,
): Promise<Explanation> {
  if ('fault' in request) return { ...unreadableForm('a SCEP URL', request), summary: 'SCEP URL that cannot be read' }
  const { operation, message } = request.value
  const found = finding('scep-url', 'info', `It is the URL of a SCEP request, ${operation}.`)
  const plain = unknown(`URL of a SCEP request, ${operation}`)
  return formed('URL', found, message === null ? plain : await explainBytes(message, looking))
}

async function explainEscaped(text: string, looking: Looking): Promise<Explanation | null> {
  const bytes = percentDecoded(text)
  if (bytes === null) return null
  const message = 'It is percent-encoded, as for a URL or a form: to be decoded before anything else reads it.'
  return formed('percent-encoding', finding('percent-encoded', 'warning', message), await explainBytes(bytes, looking))
}

function formed(form: string, found: Finding, inner: Explanation): Explanation {
  return { ...inner, fields: [field('form', form), ...inner.fields], findings: [found, ...inner.findings] }
}

async function wrapped(
  form: string,
  inner: { readonly value: Uint8Array } | { readonly fault: string },
  looking: Looking,
): Promise<Explanation | null> {
  if ('fault' in inner) return unreadableForm(form, inner)
  const explanation = await explainBytes(inner.value, looking)
  // Many a word is base64 of something that begins like a value.
  const isChance = explanation.findings.every(({ kind }) => form === 'base64' && kind === 'cut-short')
  if (explanation.kind === 'unknown' && isChance) return null
  return { ...explanation, fields: [field('form', form), ...explanation.fields] }
}

function unreadableForm(form: string, { fault }: { readonly fault: string }): Explanation {
  const broken = finding('unreadable', 'error', `It looks like ${form}, but: ${fault}.`)
  return { ...unknown(`${form} that cannot be read`), findings: [broken] }
}

function explainCaps(known: readonly string[], others: readonly string[]): Explanation {
  const fields = [field('known', known.join(', '))]
  if (others.length > 0) fields.push(field('not known', shown(others.join(', '))))
  return { kind: 'ca-caps', summary: 'Capabilities of a SCEP server (GetCACaps)', fields, findings: [] }
}

const MAX_BLOCKS = 64

async function explainPem(text: string, looking: Looking): Promise<Explanation> {
  const blocks = attempt(() => readPemBlocks(text))
  if ('fault' in blocks) return unreadableForm('PEM', blocks)
  if (blocks.value.length === 0) return unreadableForm('PEM', { fault: 'there is no whole block' })
  const explained: Explanation[] = []
  for (const { label, der } of blocks.value.slice(0, MAX_BLOCKS)) {
    // A key is named and never looked into: what is printed of it would be in a log.
    explained.push(/PRIVATE KEY/.test(label) ? privateKey(label) : await explainBlock(label, der, looking))
  }
  const [only] = explained
  if (only !== undefined && explained.length === 1) return { ...only, fields: [field('form', 'PEM'), ...only.fields] }
  return {
    kind: 'pem-bundle',
    summary: `PEM with ${String(blocks.value.length)} blocks`,
    fields: explained.map((one) => branch(one.kind, one)),
    findings: explained.flatMap((one) => one.findings),
  }
}

/** What is to be inside, for the labels (RFC 7468 and those before it) whose content is of a kind by itself. */
const LABELLED: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'CERTIFICATE',
  'X509 CERTIFICATE',
  'TRUSTED CERTIFICATE',
  'CERTIFICATE REQUEST',
  'NEW CERTIFICATE REQUEST',
  'X509 CRL',
  'PKCS7',
  'CMS',
  'PUBLIC KEY',
])

async function explainBlock(label: string, der: Uint8Array, looking: Looking): Promise<Explanation> {
  const explanation = await explainBytes(latin1Bytes(latin1Text(der)), looking)
  const { kind, findings } = explanation
  const isOther = kind === 'asn1' && LABELLED.has(label) && findings.length === 0
  if (kind !== 'unknown' && !isOther) return explanation
  const message = `It is PEM labelled ${shown(label)}, and what is inside cannot be read as anything of that name.`
  const summary = `PEM labelled ${shown(label)} that cannot be read, ${octets(der.length)}`
  return { ...explanation, summary, findings: [finding('unreadable', 'error', message), ...findings] }
}

function privateKey(label: string): Explanation {
  return { kind: 'private-key', summary: `Private key (${shown(label)})`, fields: [], findings: [] }
}
