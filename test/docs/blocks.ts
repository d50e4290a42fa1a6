import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import type { Workplace } from '../support/openssl.js'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** One ```ts block of a page: a module as it stands. */
export interface Block {
  /** `docs/scep.md:45`, the line where it begins. */
  readonly name: string
  readonly page: string
  readonly file: string
  readonly text: string
}

export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(root + page, 'utf8')
  return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map((match, index) => {
    const line = text.slice(0, match.index).split('\n').length + 1
    const file = `${page.replace(/\W+/g, '-')}-${String(index)}.ts`
    return { name: `${page}:${String(line)}`, page, file, text: match[1]! }
  })
}

/** All but what is generated out of the docstrings. */
export function pages(): readonly string[] {
  const below = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
  return [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    ...below.filter((name) => /^(?!docs\/api\/).*\.md$/.test(name)).sort(),
  ]
}

/** An installation of the built package, and the blocks as files of it. Gives what the compiler says of each. */
export function compile(place: Workplace, blocks: readonly Block[]): ReadonlyMap<string, readonly string[]> {
  mkdirSync(place.path('node_modules'))
  symlinkSync(root, place.path('node_modules/mdm-protocol'))
  symlinkSync(`${root}node_modules/@types`, place.path('node_modules/@types'))
  place.write('package.json', '{ "type": "module" }')
  for (const { file, text } of blocks) place.write(file, text)
  const program = ts.createProgram({
    rootNames: blocks.map(({ file }) => place.path(file)),
    options: {
      ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, types: ['node'], outDir: place.path('out') },
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
      rootDir: place.folder,
      typeRoots: [`${root}node_modules/@types`],
    },
  })
  program.emit()
  return new Map(
    blocks.map((block) => {
      const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(place.path(block.file)))
      return [block.name, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))]
    }),
  )
}
