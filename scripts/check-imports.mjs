// Reads every import below src/ and fails on an edge that the layers do not have, on a cycle, on a barrel, on a
// package or a `node:` module where it does not belong, and on globals that are not web-standard.
// `node scripts/check-imports.mjs [folder]`
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'

/** Rooms by layer. An import goes to a lower layer or stays in its room. */
const LAYERS = [
  ['types', 'errors', 'finding', 'arguments', 'bytes'],
  ['asn1', 'plist', 'crypto', 'runtime'],
  ['x509'],
  ['cms'],
  ['scep', 'mdm', 'profiles', 'apns', 'dep', 'pkcs12'],
  ['explain'],
  ['index', 'core'],
]
/** Edges inside one layer. `runtime` has no other entry than `#runtime`, and only `crypto` goes through it. */
const SAME_LAYER = new Set([
  'errors → types',
  'finding → types',
  'index → core',
  'bytes → types',
  'bytes → errors',
  'arguments → errors',
  'arguments → bytes',
  'crypto → asn1',
])

/** Where a dependency may be imported. */
const PACKAGES = {
  asn1js: ['pkcs12/', 'explain/'],
  pkijs: ['pkcs12/'],
  '@peculiar/webcrypto': ['runtime/node.ts'],
  tslib: ['runtime/node.ts'],
  'des.js': ['runtime/portable.ts', 'runtime/portable-des.ts'],
  '@noble/hashes': ['runtime/portable.ts', 'runtime/portable-md5.ts'],
}
const NODE_FILE = 'runtime/node.ts'

/** Globals beside those of ECMAScript itself: in every browser, edge worker, Node, Deno and Bun. */
const WEB_STANDARD = new Set(['TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'atob', 'btoa', 'crypto'])

const layerOf = new Map(LAYERS.flatMap((rooms, layer) => rooms.map((room) => [room, layer])))

/** Room of a file: its folder, or the name of a file that stands in src/ itself. */
function roomOf(file) {
  const [first] = file.split('/')
  return first.replace(/\.ts$/, '')
}
/** `src/scep.ts` and its like: the public face of a room. */
const isEntry = (file) => !file.includes('/') && !['types.ts', 'errors.ts', 'finding.ts', 'arguments.ts'].includes(file)

function edgeFault(from, to) {
  if (isEntry(to) && from !== 'index.ts') return 'an entry of the package is for callers, not for other rooms'
  const a = roomOf(from)
  const b = roomOf(to)
  const layers = [layerOf.get(a), layerOf.get(b)]
  if (layers[0] === undefined) return `${a} is no room`
  if (layers[1] === undefined) return `${b} is no room`
  if (b === 'runtime' && a !== 'runtime') return 'runtime is reached through #runtime alone'
  if (a === 'runtime' && b !== 'runtime') return layers[1] === 0 ? null : 'runtime stands on layer 0 alone'
  if (a === b || layers[1] < layers[0]) return null
  return SAME_LAYER.has(`${a} → ${b}`) ? null : `${a} may not import ${b}`
}

function bareFault(from, specifier) {
  if (specifier === '#runtime') return roomOf(from) === 'crypto' ? null : '#runtime is for crypto alone'
  if (specifier.startsWith('node:')) return from === NODE_FILE ? null : `node: imports stand in ${NODE_FILE}`
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const places = PACKAGES[name]
  if (places === undefined) return 'a package that is not in the table of this script'
  return places.some((place) => from.startsWith(place)) ? null : `${name} belongs to ${places.join(', ')}`
}

/** Every module that a file names: static and dynamic imports, re-exports, and `import()` in types. */
function specifiersOf(sourceFile) {
  const found = []
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
      found.push(node.moduleSpecifier)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      found.push(node.arguments[0])
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) found.push(node.argument.literal)
    ts.forEachChild(node, visit)
  }
  visit(sourceFile)
  return found
}

function isBarrel(sourceFile) {
  const rest = sourceFile.statements.filter(
    (statement) => !(ts.isExportDeclaration(statement) && statement.moduleSpecifier),
  )
  return sourceFile.statements.length > 0 && rest.length === 0
}

function fileFaults(sourceFile, file, files, faults, graph) {
  const at = (node) => `${file}:${sourceFile.getLineAndCharacterOfPosition(node.getStart(sourceFile)).line + 1}`
  if (file.includes('/') && (isBarrel(sourceFile) || file.endsWith('/index.ts')))
    faults.push(`${file}: a barrel below src/`)
  for (const statement of sourceFile.statements)
    // index.ts joins the entries, which name what they export: one list of names, not two.
    if (
      file !== 'index.ts' &&
      ts.isExportDeclaration(statement) &&
      statement.moduleSpecifier &&
      !statement.exportClause
    )
      faults.push(`${at(statement)}: export * hides what is exported`)
  for (const node of specifiersOf(sourceFile)) {
    if (node === undefined || !ts.isStringLiteralLike(node)) {
      faults.push(`${file}: an import() whose module is not a literal`)
      continue
    }
    const specifier = node.text
    if (!specifier.startsWith('.')) {
      const fault = bareFault(file, specifier)
      if (fault !== null) faults.push(`${at(node)}: ${specifier}: ${fault}`)
      continue
    }
    const target = join(dirname(file), specifier).split(sep).join('/').replace(/\.js$/, '.ts')
    if (!files.has(target)) {
      faults.push(`${at(node)}: ${specifier}: no such file`)
      continue
    }
    graph.get(file).push(target)
    const fault = edgeFault(file, target)
    if (fault !== null) faults.push(`${at(node)}: ${specifier}: ${fault}`)
  }
}

function cyclesOf(graph) {
  const done = new Set()
  const path = []
  const cycles = []
  const visit = (file) => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const target of graph.get(file)) visit(target)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return cycles
}

/** Names that resolve to a declaration of a runtime, not of ECMAScript, and to nothing that the file imports. */
function globalFaults(program, sourceFile, file, faults) {
  const checker = program.getTypeChecker()
  const visit = (node) => {
    if (ts.isIdentifier(node) && isReference(node)) {
      const symbol = ts.isShorthandPropertyAssignment(node.parent)
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node)
      const declarations = symbol?.declarations ?? []
      const foreign = declarations.length > 0 && declarations.every((one) => !isOwn(one) && isRuntimes(one))
      const unknown = symbol === undefined && node.text !== 'undefined' && node.text !== 'globalThis'
      if ((foreign || unknown) && !WEB_STANDARD.has(node.text)) {
        const { line } = sourceFile.getLineAndCharacterOfPosition(node.getStart(sourceFile))
        faults.push(`${file}:${line + 1}: ${node.text}: not a global of every runtime`)
      }
    }
    ts.forEachChild(node, visit)
  }
  const isOwn = (declaration) => declaration.getSourceFile() === sourceFile
  const isRuntimes = (declaration) => !/[\\/]lib\.es[^\\/]*\.d\.ts$/.test(declaration.getSourceFile().fileName)
  visit(sourceFile)
}

/** A name that is looked up in scope, as against a member, a declaration or a key. */
function isReference(node) {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) {
    // globalThis.x names the global x.
    if (parent.name === node) return ts.isIdentifier(parent.expression) && parent.expression.text === 'globalThis'
    return true
  }
  if (ts.isQualifiedName(parent)) return parent.left === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  if (ts.isBindingElement(parent)) return parent.initializer === node
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isExportSpecifier(parent)) return false
  if (ts.isNamespaceImport(parent) || ts.isImportAttribute?.(parent) || ts.isMetaProperty(parent)) return false
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent) || ts.isJSDoc?.(parent)) return false
  if (ts.isNamedTupleMember(parent)) return parent.type === node
  return parent.name !== node
}

/** All faults of the source tree below `source`, and how much was read. */
export function checkImports(source) {
  const files = new Set(
    readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => path.split(sep).join('/'))
      .sort(),
  )
  const project = fileURLToPath(new URL('../tsconfig.json', import.meta.url))
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(project, ts.sys.readFile).config,
    ts.sys,
    dirname(project),
  )
  const program = ts.createProgram(
    [...files].map((file) => join(source, file)),
    { ...options, rootDir: source, noEmit: true },
  )
  const faults = []
  const graph = new Map([...files].map((file) => [file, []]))
  for (const file of files) {
    const sourceFile = program.getSourceFile(join(source, file))
    fileFaults(sourceFile, file, files, faults, graph)
    if (file !== NODE_FILE) globalFaults(program, sourceFile, file, faults)
  }
  faults.push(...cyclesOf(graph).map((cycle) => `cycle: ${cycle}`))
  const edges = [...graph.values()].reduce((sum, targets) => sum + targets.length, 0)
  return { faults, files: files.size, edges }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const source = resolve(process.argv[2] ?? fileURLToPath(new URL('../src', import.meta.url)))
  if (!existsSync(source)) throw new Error(`no folder ${relative(process.cwd(), source)}`)
  const { faults, files, edges } = checkImports(source)
  for (const fault of faults) console.log(fault)
  console.log(`imports: ${files} files, ${edges} edges, ${faults.length} faults`)
  process.exit(faults.length === 0 && files > 0 ? 0 : 1)
}
