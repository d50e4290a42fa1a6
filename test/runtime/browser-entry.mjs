// A browser: the suite starts when the page asks for it.
import * as lib from 'mdm-protocol'
import { cases } from './cases/all.mjs'
import { runCases } from './support.mjs'

globalThis.runSuite = () => runCases(cases, lib, () => performance.now())
