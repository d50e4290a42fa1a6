import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** For each exported function that takes a `Context`: at which parameter. Read from the types, so that none is forgotten. */
export function contextParameters(): ReadonlyMap<string, number> {
  const file = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, strict: true, types: ['node'] }
  const program = ts.createProgram([file], options)
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!
  const found = new Map<string, number>()
  for (const symbol of checker.getExportsOfModule(module)) {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    if (!(target.flags & ts.SymbolFlags.Function)) continue
    const { parameters } = checker.getTypeOfSymbol(target).getCallSignatures()[0]!
    const index = parameters.findIndex((parameter) => {
      const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter))
      return type.getProperty('crypto') !== undefined && type.getProperty('now') !== undefined
    })
    if (index >= 0) found.set(symbol.name, index)
  }
  return found
}
