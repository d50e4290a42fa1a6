import { OID } from '../asn1/oid.js'
import type { PublicKey } from '../crypto/public-key.js'
import { fail } from '../errors.js'
import type { KeyUsageName } from './extension-values.js'
import type { ExtensionsInput } from './extensions.js'

/**
 * What a certificate is for. It decides basicConstraints, keyUsage and extendedKeyUsage:
 *
 * - `device-identity`: what a device authenticates with; clientAuth.
 * - `ca`: signs certificates and CRLs. With an RSA key also digitalSignature and keyEncipherment: a CA that answers SCEP
 *   itself needs both, and Apple's client looks for them (RFC 8894 §2.1.2).
 * - `scep-ra`: signs replies and opens requests for a CA; id-kp-cmcRA (RFC 6402) and Microsoft's certificate request agent,
 *   which tell it from the devices of the same CA: `openCaCertResponse` asks for one of them.
 * - `tls-server`: serverAuth.
 * - `profile-signing`: codeSigning and emailProtection, which are what verifiers of CMS messages ask for.
 * - `key-encipherment`: somebody to encrypt to; RSA only.
 * - `custom`: nothing but the key identifiers.
 */
export type CertificatePurpose =
  'device-identity' | 'ca' | 'scep-ra' | 'tls-server' | 'profile-signing' | 'key-encipherment' | 'custom'

interface PurposeRule {
  readonly ca: boolean
  /** For every key; for RSA keys besides. */
  readonly usage: readonly KeyUsageName[]
  readonly rsaUsage: readonly KeyUsageName[]
  readonly purposes: readonly string[]
}

const RULES: { readonly [P in Exclude<CertificatePurpose, 'custom'>]: PurposeRule } = {
  'device-identity': {
    ca: false,
    usage: ['digitalSignature'],
    rsaUsage: ['keyEncipherment'],
    purposes: [OID.clientAuth],
  },
  ca: { ca: true, usage: ['digitalSignature', 'keyCertSign', 'cRLSign'], rsaUsage: ['keyEncipherment'], purposes: [] },
  'scep-ra': {
    ca: false,
    usage: ['digitalSignature'],
    rsaUsage: ['keyEncipherment'],
    purposes: [OID.cmcRa, OID.certificateRequestAgent],
  },
  'tls-server': {
    ca: false,
    usage: ['digitalSignature'],
    rsaUsage: ['keyEncipherment'],
    purposes: [OID.serverAuth],
  },
  'profile-signing': {
    ca: false,
    usage: ['digitalSignature'],
    rsaUsage: [],
    purposes: [OID.codeSigning, OID.emailProtection],
  },
  'key-encipherment': { ca: false, usage: [], rsaUsage: ['keyEncipherment'], purposes: [] },
}

/** Throws `ERR_INVALID_ARGUMENT` for an unknown purpose, or one that the key cannot serve. */
export function purposeExtensions(purpose: CertificatePurpose, key: PublicKey): ExtensionsInput {
  if (purpose === 'custom') return {}
  if (!Object.hasOwn(RULES, purpose)) fail('ERR_INVALID_ARGUMENT', 'purpose: unknown')
  const { ca, usage, rsaUsage, purposes } = RULES[purpose]
  const keyUsage = key.kind === 'RSA' ? [...usage, ...rsaUsage] : usage
  if (keyUsage.length === 0) fail('ERR_INVALID_ARGUMENT', `purpose: ${purpose} needs an RSA key`)
  return {
    basicConstraints: { ca, pathLength: null },
    keyUsage,
    ...(purposes.length === 0 ? {} : { extendedKeyUsage: purposes }),
  }
}
