import type { Finding } from '../types.js'

/** One line of an explanation. */
export interface ExplanationField {
  readonly name: string
  readonly value: string
  readonly children?: readonly ExplanationField[]
}

/** What something is, as a tree to print, with what is wrong with it. */
export interface Explanation {
  /** One of the kinds that `explain` lists. */
  readonly kind: string
  readonly summary: string
  readonly fields: readonly ExplanationField[]
  readonly findings: readonly Finding[]
}

export function field(name: string, value: string, children: readonly ExplanationField[] = []): ExplanationField {
  return children.length === 0 ? { name, value } : { name, value, children }
}

/** An explanation as a branch of another one. */
export function branch(name: string, explanation: Explanation): ExplanationField {
  return field(name, explanation.summary, explanation.fields)
}

export function octets(count: number): string {
  return counted(count, 'octet')
}

/** `one`: what they are, in the singular. */
export function counted(count: number, one: string): string {
  return `${String(count)} ${one}${count === 1 ? '' : 's'}`
}

/** A name or a text of the artefact, cut to what a line holds, control characters made visible. */
export function shown(text: string): string {
  const characters = Array.from(text.slice(0, 400))
  const clean = characters.map((character) => (isInvisible(character.codePointAt(0) as number) ? '\ufffd' : character))
  return clean.length <= 200 && text.length <= 400 ? clean.join('') : `${clean.slice(0, 199).join('')}…`
}

/** Controls, and what turns the direction of a line around. */
function isInvisible(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  )
}
