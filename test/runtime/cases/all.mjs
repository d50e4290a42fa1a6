import { cms } from './cms.mjs'
import { lifecycle } from './lifecycle.mjs'
import { messages } from './messages.mjs'
import { scep } from './scep.mjs'
import { x509 } from './x509.mjs'

export const cases = [...x509, ...lifecycle, ...cms, ...scep, ...messages]
