import type { PlistValue } from '../../src/plist/values.js'
import type { Draw } from '../support/random.js'

const TEXTS = [
  '',
  'a',
  'com.example.app',
  '<&>"\'',
  ']]>',
  'é',
  '😀',
  '\u2028',
  ' a\n\tb ',
  '__proto__',
  'CF$UID',
  '\r\n',
]
const INTEGERS = [0, 1, -1, 255, 256, 65535, 65536, 4294967295, 4294967296, 2 ** 53, -(2 ** 53)]
const BIGINTS = [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n)]
const REALS = [0.5, -1.25, 1e300, 5e-324, -0, 2 ** 53 + 2, 1 / 3]

/** A value that both forms hold without loss. */
export function drawValue(draw: Draw, depth = 4): PlistValue {
  const kind = draw.below(depth > 0 ? 10 : 7)
  if (kind === 0) return drawText(draw)
  if (kind === 1) return draw.pick(INTEGERS)
  if (kind === 2) return draw.pick(BIGINTS)
  if (kind === 3) return draw.pick(REALS)
  if (kind === 4) return draw.below(2) === 0
  if (kind === 5) return new Date(1000 * (draw.below(4_000_000_000) - 1_000_000_000))
  if (kind === 6) return draw.bytes(draw.below(70))
  if (kind === 7) return Array.from({ length: draw.below(20) }, () => drawValue(draw, depth - 1))
  const dict = Object.create(null) as Record<string, PlistValue>
  for (let i = draw.below(20); i > 0; i--) dict[drawText(draw)] = drawValue(draw, depth - 1)
  return dict
}

function drawText(draw: Draw): string {
  return draw.pick(TEXTS) + (draw.below(2) === 0 ? '' : String(draw.below(1000)))
}
