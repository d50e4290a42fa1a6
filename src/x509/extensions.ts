import { requireList, requireObject } from '../arguments.js'
import { OID } from '../asn1/oid.js'
import type { Bytes, CertificateExtension } from '../types.js'
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeCrlUrls,
  encodeExtendedKeyUsage,
  encodeKeyUsage,
  encodeOcspUrls,
  encodeSubjectAltNames,
  encodeSubjectKeyIdentifier,
} from './extension-encoders.js'
import {
  type BasicConstraints,
  extensionValue,
  type KeyUsageName,
  readAuthorityKeyIdentifier,
  readBasicConstraints,
  readCrlUrls,
  readExtendedKeyUsage,
  readKeyUsage,
  readOcspUrls,
  readSubjectAltNames,
  readSubjectKeyIdentifier,
} from './extension-values.js'
import type { GeneralName } from './general-name.js'

/** What the usual extensions say. `null` or an empty list: the extension is not there. */
export interface CertificateExtensions {
  readonly keyUsage: readonly KeyUsageName[] | null
  /** Dotted OIDs. */
  readonly extendedKeyUsage: readonly string[] | null
  readonly basicConstraints: BasicConstraints | null
  readonly subjectAltNames: readonly GeneralName[]
  /** Lower-case hex. */
  readonly subjectKeyIdentifier: string | null
  /** Lower-case hex. */
  readonly authorityKeyIdentifier: string | null
  readonly crlUrls: readonly string[]
  readonly ocspUrls: readonly string[]
}

/**
 * Reads the extensions that certificates and requests usually carry.
 *
 * Checked: that each of these eight is well formed. Extensions of other kinds stay what they are, in the list given;
 * whether a critical one among them is known is asked by `verifyCertificatePath`, not here. What the extensions of a
 * request ask for, and what a certificate claims, is for the caller to judge: nothing here is trusted yet.
 *
 * Throws `ERR_ENCODING`, `ERR_CERTIFICATE_INVALID` or `ERR_LIMIT` for a value that is malformed.
 *
 * RFC 5280 §4.2.1, §4.2.2.1.
 *
 * @example
 * ```ts
 * const asked = readExtensions(buildExtensions({ subjectAltNames: [{ type: 'dns', value: 'mdm.example.com' }] }))
 * console.log(asked.subjectAltNames, asked.keyUsage) // [{ type: 'dns', value: 'mdm.example.com' }] null
 * ```
 */
export function readExtensions(extensions: readonly CertificateExtension[]): CertificateExtensions {
  requireList(extensions, 'extensions')
  for (const extension of extensions) requireObject(extension, 'extensions')
  return {
    keyUsage: extensionValue(extensions, OID.keyUsage, readKeyUsage, null),
    extendedKeyUsage: extensionValue(extensions, OID.extendedKeyUsage, readExtendedKeyUsage, null),
    basicConstraints: extensionValue(extensions, OID.basicConstraints, readBasicConstraints, null),
    subjectAltNames: extensionValue(extensions, OID.subjectAltName, readSubjectAltNames, []),
    subjectKeyIdentifier: extensionValue(extensions, OID.subjectKeyIdentifier, readSubjectKeyIdentifier, null),
    authorityKeyIdentifier: extensionValue(extensions, OID.authorityKeyIdentifier, readAuthorityKeyIdentifier, null),
    crlUrls: extensionValue(extensions, OID.crlDistributionPoints, readCrlUrls, []),
    ocspUrls: extensionValue(extensions, OID.authorityInfoAccess, readOcspUrls, []),
  }
}

/** What `buildExtensions` takes: any of what `readExtensions` gives. */
export type ExtensionsInput = { readonly [K in keyof CertificateExtensions]?: NonNullable<CertificateExtensions[K]> }

/**
 * Makes extensions, for `createCsr`, `issueCertificate` and the like, in the order of RFC 5280.
 *
 * keyUsage and basicConstraints are critical, the others are not (a subjectAltName beside an empty subject must be:
 * `issueCertificate` sees to it). Empty lists of names and URLs make no extension; an empty `keyUsage` or
 * `extendedKeyUsage` is an error, as it would allow nothing. URLs and host names are ASCII; key identifiers are hex.
 *
 * Throws `ERR_INVALID_ARGUMENT`.
 *
 * RFC 5280 §4.2.1, §4.2.2.1.
 *
 * @example
 * ```ts
 * const extensions = buildExtensions({
 *   keyUsage: ['digitalSignature', 'keyEncipherment'],
 *   subjectAltNames: [{ type: 'upn', value: 'jane@example.com' }],
 * })
 * ```
 */
export function buildExtensions(input: ExtensionsInput): readonly CertificateExtension[] {
  requireObject(input, 'input')
  const extensions: CertificateExtension[] = []
  const add = <T>(oid: string, critical: boolean, given: T | undefined, encode: (given: T) => Bytes): void => {
    if (given !== undefined) extensions.push({ oid, critical, value: encode(given) })
  }
  add(OID.subjectKeyIdentifier, false, input.subjectKeyIdentifier, encodeSubjectKeyIdentifier)
  add(OID.authorityKeyIdentifier, false, input.authorityKeyIdentifier, encodeAuthorityKeyIdentifier)
  add(OID.basicConstraints, true, input.basicConstraints, encodeBasicConstraints)
  add(OID.keyUsage, true, input.keyUsage, encodeKeyUsage)
  add(OID.extendedKeyUsage, false, input.extendedKeyUsage, encodeExtendedKeyUsage)
  add(OID.subjectAltName, false, unlessEmpty(input.subjectAltNames), encodeSubjectAltNames)
  add(OID.crlDistributionPoints, false, unlessEmpty(input.crlUrls), encodeCrlUrls)
  add(OID.authorityInfoAccess, false, unlessEmpty(input.ocspUrls), encodeOcspUrls)
  return extensions
}

function unlessEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  if (list === undefined) return undefined
  requireList(list, 'extensions: names and URLs')
  return list.length === 0 ? undefined : list
}
