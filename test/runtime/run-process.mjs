// Node, Deno, Bun: the suite in one process, its results as JSON on standard output.
import * as lib from 'mdm-protocol'
import { cases } from './cases/all.mjs'
import { runCases } from './support.mjs'

const results = await runCases(cases, lib, () => performance.now())
console.log(JSON.stringify(results))
