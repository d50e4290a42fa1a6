/** UTF-16 text of `units` units from `start`. Lone surrogates are kept: the caller judges them. */
export function utf16Text(bytes: Uint8Array, start: number, units: number, littleEndian: boolean): string {
  const high = littleEndian ? 1 : 0
  let text = ''
  for (let done = 0; done < units; done += 4096) {
    const codes: number[] = []
    const until = Math.min(units, done + 4096)
    for (let i = done; i < until; i++) {
      const at = start + 2 * i
      codes.push(((bytes[at + high] as number) << 8) | (bytes[at + 1 - high] as number))
    }
    text += String.fromCharCode(...codes)
  }
  return text
}
