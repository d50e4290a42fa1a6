import type { Table } from './store.mjs'

export function memoryTable(): Table
