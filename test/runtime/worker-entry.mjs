// workerd: the suite behind a request, since random numbers are only to be had there.
import * as lib from 'mdm-protocol'
import { cases } from './cases/all.mjs'
import { runCases } from './support.mjs'

const worker = {
  async fetch() {
    return Response.json(await runCases(cases, lib))
  },
}

export { worker as default }
