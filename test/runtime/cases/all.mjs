import { cms } from './cms.mjs'
import { messages } from './messages.mjs'
import { scep } from './scep.mjs'
import { x509 } from './x509.mjs'

export const cases = [...x509, ...cms, ...scep, ...messages]
