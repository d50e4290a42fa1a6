/** One case: its name, the exported functions that it covers, and itself over what `prepare` gives. */
export interface RuntimeCase {
  readonly name: string
  readonly covers: readonly string[]
  run(support: object): unknown
}
export const cases: readonly RuntimeCase[]
