import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

// In each file of fail/, what stands below a `// wrong:` has to be refused by the compiler, and nothing else.
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = fileURLToPath(new URL('./fail/', import.meta.url))
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))

const program = ts.createProgram({
  rootNames: files.map((name) => folder + name),
  options: {
    ...{ target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], module: ts.ModuleKind.NodeNext, noEmit: true },
    types: ['node'],
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
    // The sources: a unit test needs no build.
    paths: { 'mdm-protocol': [`${root}src/index.ts`], '#runtime': [`${root}src/runtime/node.ts`] },
  },
})

/** What stands below the comments `// wrong: …`, with that comment; and the lines of errors that no comment announced. */
function judge(source: ts.SourceFile): {
  readonly compiling: readonly string[]
  readonly unannounced: readonly string[]
} {
  const errors = ts.getPreEmitDiagnostics(program, source).filter(({ start }) => start !== undefined)
  const announced = new Set<ts.Diagnostic>()
  const compiling: string[] = []
  for (const statement of source.statements) {
    const comment = /\/\/ wrong: (.*)/.exec(source.text.slice(statement.pos, statement.getStart(source)))?.[1]
    if (comment === undefined) continue
    const inside = errors.filter(({ start }) => start! >= statement.getStart(source) && start! < statement.end)
    if (inside.length === 0) compiling.push(comment)
    for (const error of inside) announced.add(error)
  }
  const text = ({ start, messageText }: ts.Diagnostic): string =>
    `line ${source.getLineAndCharacterOfPosition(start!).line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  return { compiling, unannounced: errors.filter((error) => !announced.has(error)).map(text) }
}

test('there are wrong calls', () => {
  expect(files.length).toBeGreaterThanOrEqual(6)
})

test.each(files)('%s', (name) => {
  const source = program.getSourceFile(folder + name)!
  expect(source.text.match(/\/\/ wrong:/g)!.length).toBeGreaterThan(3)
  expect(judge(source)).toEqual({ compiling: [], unannounced: [] })
})
