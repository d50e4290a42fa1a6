// PKCS#12 identities (RFC 7292).
export { buildPkcs12, type Pkcs12Input, type Pkcs12Preset } from './pkcs12/build.js'
export { openPkcs12, type Pkcs12Contents } from './pkcs12/open.js'
