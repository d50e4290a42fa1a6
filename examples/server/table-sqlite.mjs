// A table over node:sqlite (Node ≥ 22.13): several workers can share one file. Values are kept as binary property lists.
import { decodePlist, encodeBinaryPlist } from 'mdm-protocol'

export async function sqliteTable(path) {
  const { DatabaseSync } = await import('node:sqlite').catch(() => {
    throw new Error(
      'The file store needs node:sqlite: Node 22.13 or later. Without --store everything is kept in memory.',
    )
  })
  const database = new DatabaseSync(path)
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL')
  database.exec('CREATE TABLE IF NOT EXISTS rows (name TEXT, key TEXT, value BLOB, PRIMARY KEY (name, key)) STRICT')
  const select = database.prepare('SELECT value FROM rows WHERE name = ? AND key = ?')
  const all = database.prepare('SELECT key, value FROM rows WHERE name = ? ORDER BY key')
  const upsert = database.prepare('INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
  const read = (name, key) => {
    const row = select.get(name, key)
    return row === undefined ? null : decodePlist(row.value)
  }
  return {
    get: async (name, key) => read(name, key),
    list: async (name) => all.all(name).map(({ key, value }) => [key, decodePlist(value)]),
    async update(name, key, change) {
      // One step for all workers: nobody else writes between reading and writing.
      database.exec('BEGIN IMMEDIATE')
      try {
        const { next, result } = change(read(name, key))
        upsert.run(name, key, encodeBinaryPlist(next))
        database.exec('COMMIT')
        return result
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
  }
}
