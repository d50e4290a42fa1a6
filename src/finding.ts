import type { Certificate, Finding } from './types.js'

/** What a finding is about, where it is about something. */
export interface Subject {
  readonly since?: Date
  readonly certificate?: Certificate
  readonly path?: readonly (string | number)[]
}

/** A judgement with all its members. */
export function finding<K extends string>(
  kind: K,
  level: Finding['level'],
  message: string,
  about: Subject = {},
): Finding<K> {
  const { since = null, certificate = null, path = [] } = about
  return { kind, level, message, since, certificate, path }
}
