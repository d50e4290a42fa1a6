/** What stands before and behind a value, by how deep it is and whether a key stands before it. */
export interface Markup {
  readonly key: string
  readonly string: string
  readonly integer: string
  readonly real: string
  readonly date: string
  readonly true: string
  readonly false: string
  readonly data: string
  readonly dataEnd: string
  readonly dict: string
  readonly dictEnd: string
  readonly noDict: string
  readonly array: string
  readonly arrayEnd: string
  readonly noArray: string
}

function markupOf(depth: number, afterKey: boolean): Markup {
  const tabs = '\t'.repeat(depth)
  const before = afterKey ? `</key>\n${tabs}` : tabs
  return {
    key: `${tabs}<key>`,
    string: `${before}<string>`,
    integer: `${before}<integer>`,
    real: `${before}<real>`,
    date: `${before}<date>`,
    true: `${before}<true/>\n`,
    false: `${before}<false/>\n`,
    data: `${before}<data>\n`,
    dataEnd: `${tabs}</data>\n`,
    dict: `${before}<dict>\n`,
    dictEnd: `${tabs}</dict>\n`,
    noDict: `${before}<dict/>\n`,
    array: `${before}<array>\n`,
    arrayEnd: `${tabs}</array>\n`,
    noArray: `${before}<array/>\n`,
  }
}

/** Of the depths that lists have. */
const ELEMENTS: readonly Markup[] = /* @__PURE__ */ Array.from({ length: 16 }, (_, depth) => markupOf(depth, false))
const MEMBERS: readonly Markup[] = /* @__PURE__ */ Array.from({ length: 16 }, (_, depth) => markupOf(depth, true))

/** For one document: what it needs beyond those depths is made once. `depth`: containers around the value. */
export function markups(): (depth: number, afterKey: boolean) => Markup {
  const deeper: { readonly elements: Markup[]; readonly members: Markup[] } = { elements: [], members: [] }
  return (depth, afterKey) => {
    const known = (afterKey ? MEMBERS : ELEMENTS)[depth]
    if (known !== undefined) return known
    return ((afterKey ? deeper.members : deeper.elements)[depth] ??= markupOf(depth, afterKey))
  }
}
