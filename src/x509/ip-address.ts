/** Text of 4 octets (dotted) or 16 octets (RFC 5952); `null` for any other length. */
export function formatIpAddress(octets: Uint8Array): string | null {
  if (octets.length === 4) return octets.join('.')
  if (octets.length !== 16) return null
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((octets[i] as number) << 8) | (octets[i + 1] as number))
  const [start, length] = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  // RFC 5952 §4.2.2: one zero group is not shortened.
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

function longestZeroRun(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0]
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best[1]) best = [start, end - start]
  }
  return best
}

/** 4 or 16 octets of an address in text; `null` when it is none. An IPv4 tail of an IPv6 address is taken. */
export function parseIpAddress(text: string): Uint8Array | null {
  if (!text.includes(':')) return parseIpv4(text)
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const v4 = tail === null ? null : parseIpv4(tail[2] as string)
  if (tail !== null && v4 === null) return null
  const plain = v4 === null ? text : `${tail?.[1] ?? ''}${hexPair(v4, 0)}:${hexPair(v4, 2)}`
  const halves = plain.split('::')
  if (halves.length > 2) return null
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - rest.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  return octetsOf([...head, ...new Array<string>(missing).fill('0'), ...rest])
}

function octetsOf(groups: readonly string[]): Uint8Array | null {
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  return Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]))
}

function hexPair(octets: Uint8Array, at: number): string {
  return (((octets[at] as number) << 8) | (octets[at + 1] as number)).toString(16)
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  // No leading zeros: some readers take them for octal.
  const fit = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  return fit ? Uint8Array.from(parts, Number) : null
}
