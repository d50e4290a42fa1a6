export function checkImports(source: string): {
  readonly faults: readonly string[]
  readonly files: number
  readonly edges: number
}
