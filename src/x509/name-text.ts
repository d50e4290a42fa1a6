import { utf8Bytes } from '../bytes/bytes.js'
import { encodeHex } from '../bytes/hex.js'

/** A value as RFC 4514 §2.4 writes it inside a name: special characters escaped, so that no value can look like two. */
export function escapeNameValue(value: string): string {
  const characters = [...value]
  const last = characters.length - 1
  return characters.map((character, index) => escapeCharacter(character, index === 0, index === last)).join('')
}

function escapeCharacter(character: string, first: boolean, last: boolean): string {
  if ('"+,;<>\\'.includes(character)) return `\\${character}`
  if (character === '#' && first) return '\\#'
  if (character === ' ' && (first || last)) return '\\ '
  // All control characters, though the RFC asks for NUL alone: such a text ends up in logs.
  if (character < ' ' || character === '\x7f') return `\\${encodeHex(utf8Bytes(character))}`
  return character
}
