import { failWith } from '../errors.js'

/** Where in a property list something stands: keys and indices from the root. */
export type PlistPath = readonly (string | number)[]

/** Throws `ERR_PLIST_INVALID`. The rule names what is wrong and where, never what stood there. */
export function failPlist(rule: string, offset: number | null, path: PlistPath): never {
  failWith('ERR_PLIST_INVALID', `property list: ${rule}`, { offset, path })
}
