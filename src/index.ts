// mdm-protocol: the whole public surface, by protocol. Each room is also a subpath of its own.
export * from './core.js'
export * from './x509.js'
export * from './cms.js'
export * from './scep.js'
export * from './plist.js'
export * from './profiles.js'
export * from './pkcs12.js'
