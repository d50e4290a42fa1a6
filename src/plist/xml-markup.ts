/** What is written before a value, a key or an end: in one piece with what is still owed to the text before it. */
export interface Markup {
  readonly owed: string
  readonly key: string
  readonly string: string
  readonly integer: string
  readonly real: string
  readonly date: string
  readonly true: string
  readonly false: string
  readonly data: string
  readonly dict: string
  readonly noDict: string
  readonly dictEnd: string
  readonly array: string
  readonly noArray: string
  readonly arrayEnd: string
}

/** By what was written last. `yes`, `no`: a boolean behind its key, of which nothing is written yet. */
export interface MarkupLevel {
  readonly nothing: Markup
  readonly key: Markup
  readonly yes: Markup
  readonly no: Markup
  readonly string: Markup
  readonly integer: Markup
  readonly data: Markup
}

function markupAfter(owed: string, depth: number): Markup {
  const begin = owed + '\t'.repeat(depth)
  const end = owed + '\t'.repeat(Math.max(depth - 1, 0))
  return {
    owed,
    key: `${begin}<key>`,
    string: `${begin}<string>`,
    integer: `${begin}<integer>`,
    real: `${begin}<real>`,
    date: `${begin}<date>`,
    true: `${begin}<true/>\n`,
    false: `${begin}<false/>\n`,
    data: `${begin}<data>\n`,
    dict: `${begin}<dict>\n`,
    noDict: `${begin}<dict/>\n`,
    dictEnd: `${end}</dict>\n`,
    array: `${begin}<array>\n`,
    noArray: `${begin}<array/>\n`,
    arrayEnd: `${end}</array>\n`,
  }
}

function levelOf(depth: number): MarkupLevel {
  const key = markupAfter('</key>\n', depth)
  return {
    nothing: markupAfter('', depth),
    key,
    yes: markupAfter(key.true, depth),
    no: markupAfter(key.false, depth),
    string: markupAfter('</string>\n', depth),
    integer: markupAfter('</integer>\n', depth),
    data: markupAfter(`${'\t'.repeat(depth)}</data>\n`, depth),
  }
}

/** Of the depths that lists have. */
const LEVELS: readonly MarkupLevel[] = /* @__PURE__ */ Array.from({ length: 8 }, (_, depth) => levelOf(depth))

/** For one document: what it needs beyond those depths is made once. `depth`: containers around the value. */
export function markupLevels(): (depth: number) => MarkupLevel {
  const deeper: MarkupLevel[] = []
  return (depth) => LEVELS[depth] ?? (deeper[depth] ??= levelOf(depth))
}
