export function checkSizes(folder: string): { readonly faults: readonly string[]; readonly summary: readonly string[] }
