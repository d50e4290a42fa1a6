// A table in memory: gone with the process.
export function memoryTable() {
  const tables = new Map()
  const rows = (name) => {
    if (!tables.has(name)) tables.set(name, new Map())
    return tables.get(name)
  }
  return {
    get: async (name, key) => rows(name).get(key) ?? null,
    list: async (name) => [...rows(name)],
    async update(name, key, change) {
      const { next, result } = change(rows(name).get(key) ?? null)
      rows(name).set(key, next)
      return result
    },
  }
}
