import { OID } from '../asn1/oid.js'

/** How a value is written: RFC 4519 and RFC 5280 appendix A.1 fix it for some types, the rest are DirectoryStrings. */
export type NameSyntax = 'directory' | 'printable' | 'ia5'

export interface NameType {
  readonly oid: string
  /** What `NameAttribute.type` says. */
  readonly short: string
  readonly full: string
  readonly syntax: NameSyntax
  /** Other spellings that people use. */
  readonly aliases: readonly string[]
}

function nameType(
  short: string,
  full: string,
  syntax: NameSyntax,
  oid: string,
  aliases: readonly string[] = [],
): NameType {
  return { oid, short, full, syntax, aliases }
}

// Short names: RFC 4514 §3 where it has one, else the descriptor of RFC 4519; PKCS#9 for the mail address.
const NAME_TYPES: readonly NameType[] = [
  nameType('CN', 'commonName', 'directory', OID.commonName),
  nameType('O', 'organizationName', 'directory', OID.organizationName),
  nameType('OU', 'organizationalUnitName', 'directory', OID.organizationalUnitName),
  nameType('C', 'countryName', 'printable', OID.countryName),
  nameType('L', 'localityName', 'directory', OID.localityName),
  nameType('ST', 'stateOrProvinceName', 'directory', OID.stateOrProvinceName, ['S']),
  nameType('STREET', 'streetAddress', 'directory', OID.streetAddress),
  nameType('DC', 'domainComponent', 'ia5', OID.domainComponent),
  nameType('UID', 'userId', 'directory', OID.userId),
  nameType('emailAddress', 'emailAddress', 'ia5', OID.emailAddress, ['E', 'email']),
  nameType('serialNumber', 'serialNumber', 'printable', OID.serialNumber),
  nameType('SN', 'surname', 'directory', OID.surname),
  nameType('givenName', 'givenName', 'directory', OID.givenName, ['GN']),
  nameType('initials', 'initials', 'directory', OID.initials),
  nameType('generationQualifier', 'generationQualifier', 'directory', OID.generationQualifier),
  nameType('title', 'title', 'directory', OID.title),
  nameType('name', 'name', 'directory', OID.name),
  nameType('pseudonym', 'pseudonym', 'directory', OID.pseudonym),
  nameType('dnQualifier', 'dnQualifier', 'printable', OID.dnQualifier),
  nameType('description', 'description', 'directory', OID.description),
  nameType('postalCode', 'postalCode', 'directory', OID.postalCode),
  nameType('businessCategory', 'businessCategory', 'directory', OID.businessCategory),
  nameType('organizationIdentifier', 'organizationIdentifier', 'directory', OID.organizationIdentifier),
  nameType('unstructuredName', 'unstructuredName', 'directory', OID.unstructuredName),
  nameType('unstructuredAddress', 'unstructuredAddress', 'directory', OID.unstructuredAddress),
]

const BY_OID: ReadonlyMap<string, NameType> = /* @__PURE__ */ new Map(NAME_TYPES.map((type) => [type.oid, type]))

const BY_SPELLING: ReadonlyMap<string, NameType> = /* @__PURE__ */ new Map(
  NAME_TYPES.flatMap((type) =>
    [type.short, type.full, type.oid, ...type.aliases].map((spelling) => [spelling.toLowerCase(), type] as const),
  ),
)

export function nameTypeByOid(oid: string): NameType | undefined {
  return BY_OID.get(oid)
}

const DOTTED = /^[0-2](?:\.(?:0|[1-9]\d*))+$/

/** Object identifier of a type in any spelling: short, full or dotted, any case. `null` when nobody knows it. */
export function nameTypeOid(spelling: string): string | null {
  const known = BY_SPELLING.get(spelling.toLowerCase())
  if (known !== undefined) return known.oid
  return DOTTED.test(spelling) ? spelling : null
}
