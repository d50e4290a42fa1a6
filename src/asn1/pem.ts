import { fail } from '../errors.js'
import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import type { Bytes } from '../types.js'
import { checkSize } from './der-reader.js'

/** One block of a PEM text. `headers`: the lines of RFC 1421 that OpenSSL's old private keys carry. */
export interface PemBlock {
  readonly label: string
  readonly headers: readonly string[]
  readonly der: Bytes
}

const BEGIN = /^-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,63})-----$/
const HEADER = /^[A-Za-z][A-Za-z0-9-]*:/

/**
 * All blocks of a PEM text, explanatory text around them allowed (RFC 7468 §2), lines ended by LF, CR LF or CR.
 *
 * Throws `ERR_ENCODING` when a block has no end, an end of another label, or something else than base64 inside.
 */
export function readPemBlocks(text: string): readonly PemBlock[] {
  checkSize(text.length, 'PEM')
  const lines = text.split(/\r\n|\n|\r/)
  const blocks: PemBlock[] = []
  for (let i = 0; i < lines.length; i++) {
    const label = BEGIN.exec((lines[i] as string).trim())?.[1]
    if (label === undefined) continue
    let end = i + 1
    while (end < lines.length && !(lines[end] as string).trim().startsWith('-----')) end++
    if (lines[end]?.trim() !== `-----END ${label}-----`)
      fail('ERR_ENCODING', 'PEM: a block is not ended by the label that began it')
    blocks.push(readBlock(label, lines.slice(i + 1, end)))
    i = end
  }
  return blocks
}

function readBlock(label: string, lines: readonly string[]): PemBlock {
  const first = lines[0]?.trim() ?? ''
  const blank = HEADER.test(first) ? lines.findIndex((line) => line.trim() === '') : -1
  const headers = blank < 0 ? [] : lines.slice(0, blank).map((line) => line.trim())
  const der = decodeBase64(lines.slice(blank + 1).join('\n'))
  if (der === null) return fail('ERR_ENCODING', 'PEM: a block holds something else than base64')
  return { label, headers, der }
}

/** DER of the one block with one of these labels. Other labels around it (a key beside its certificate) are passed over. */
export function readPem(text: string, labels: readonly string[], name: string): PemBlock {
  const fitting = readPemBlocks(text).filter((block) => labels.includes(block.label))
  const [block] = fitting
  if (block === undefined || fitting.length > 1)
    return fail('ERR_ENCODING', `${name}: exactly one PEM block "${labels[0] ?? ''}" is expected`)
  return block
}

/** 64 characters a line, LF, with a line end at the end (RFC 7468 §3). */
export function writePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
