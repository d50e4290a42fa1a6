import { wycheproof } from './wycheproof.js'

wycheproof('node:crypto')
