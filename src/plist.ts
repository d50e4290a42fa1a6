// mdm-protocol/plist: property lists, XML and binary.
export { decodePlist } from './plist/decode.js'
export { encodePlist } from './plist/encode.js'
export { encodeBinaryPlist } from './plist/encode-binary.js'
export { plistField } from './plist/field.js'
export type { PlistDict, PlistFieldTypes, PlistLimits, PlistValue } from './plist/values.js'
