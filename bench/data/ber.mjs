// DER written again as BER, the way devices write it: indefinite lengths, octet strings in segments.
const SEGMENT = 1000

/** Constructed values of indefinite length; OCTET STRINGs of more than a segment in segments. */
export function asBer(der) {
  const parts = []
  write(Buffer.from(der), 0, parts)
  return new Uint8Array(Buffer.concat(parts))
}

function headerAt(der, start) {
  const first = der[start + 1]
  if (first < 0x80) return { body: start + 2, end: start + 2 + first }
  const count = first & 0x7f
  const body = start + 2 + count
  return { body, end: body + der.readUIntBE(start + 2, count) }
}

function write(der, start, parts) {
  const { body, end } = headerAt(der, start)
  const tag = der[start]
  if ((tag & 0x20) !== 0) {
    parts.push(Buffer.of(tag, 0x80))
    for (let at = body; at < end;) at = write(der, at, parts)
    parts.push(Buffer.of(0, 0))
  } else if (tag === 0x04 && end - body > SEGMENT) {
    parts.push(Buffer.of(0x24, 0x80))
    for (let at = body; at < end; at += SEGMENT) {
      const segment = der.subarray(at, Math.min(at + SEGMENT, end))
      parts.push(Buffer.of(0x04, 0x82, segment.length >> 8, segment.length & 0xff), segment)
    }
    parts.push(Buffer.of(0, 0))
  } else parts.push(der.subarray(start, end))
  return end
}
