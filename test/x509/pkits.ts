import type { Bytes, Certificate, DistinguishedName } from '../../src/types.js'
import { parseCertificate, parseCrl, verifyCertificatePath } from '../../src/x509.js'
import { foldedName } from '../../src/x509/name-match.js'
import { isMdmProtocolError } from '../../src/errors.js'
import { fixture, fixtureJson, listFixtures } from '../support/fixtures.js'

// The Public Key Interoperability Test Suite of NIST: certificates of 2010, CRLs to 2030, one root.

export interface PkitsTest {
  readonly n: string
  readonly title: string
  readonly certs: readonly string[]
  readonly crls: readonly string[]
  readonly shouldValidate: boolean
}

const FOLDER = 'pkits/NIST__PKITS'
export const PKITS_DATE: Date = new Date('2012-06-01T00:00:00Z')

export function pkitsTests(): readonly PkitsTest[] {
  return fixtureJson(`${FOLDER}/pkits-expected.shared.json`) as readonly PkitsTest[]
}

/** Subparts share a number: the title tells them apart. */
export function pkitsName({ n, title }: PkitsTest): string {
  const subpart = /\(Subpart (\d)\)/.exec(title)?.[1]
  return subpart === undefined || n.split('.').length > 3 ? n : `${n} (${subpart})`
}

/** Root first. */
export function pkitsCertificates({ certs }: PkitsTest): readonly Bytes[] {
  return certs.map((name) => fixture(`${FOLDER}/certs/${name}.crt`))
}

export function pkitsCrls({ crls }: PkitsTest): readonly Bytes[] {
  return crls.map((name) => fixture(`${FOLDER}/crls/${name}.crl`))
}

/** `ok`, or the code of the refusal. */
export async function pkitsResult(given: PkitsTest): Promise<string> {
  try {
    const [root, ...others] = pkitsCertificates(given).map((der) => parseCertificate(der))
    const leaf = others.pop()
    if (root === undefined || leaf === undefined) throw new Error('a test without certificates')
    const trust = { anchors: [root] as const, intermediates: others, crls: pkitsCrls(given) }
    await verifyCertificatePath(leaf, trust, { now: PKITS_DATE })
    return 'ok'
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    return error.code
  }
}

/** Where the result is another than NIST's, and why: docs/path-validation.md explains each group. */
export const PKITS_OUT_OF_SCOPE: Readonly<Record<string, readonly string[]>> = {
  'DSA signatures': ['4.1.4', '4.1.5'],
  'no list of the issuer is given': ['4.4.1', '4.4.6'],
  'lists that another CA signs (cRLIssuer)': ['4.14.27', '4.14.28', '4.14.31'],
  'policies that the caller demands': [
    '4.8.1 (3)',
    '4.8.2 (2)',
    '4.8.3 (3)',
    '4.8.14 (2)',
    '4.10.1.2',
    '4.10.1.3',
    '4.10.3 (1)',
    '4.10.6 (2)',
    '4.12.3 (2)',
  ],
  'delta lists': ['4.15.2', '4.15.5', '4.15.7', '4.15.8'],
}

/** End certificates that the expected results do not mention: their names begin with what NIST says of them. */
export function pkitsOtherLeaves(): readonly string[] {
  const known = new Set(pkitsTests().map(({ certs }) => certs.at(-1)))
  return listFixtures(`${FOLDER}/certs`, /\/(Valid|Invalid)[^/]*EE\.crt$/)
    .map((path) => path.replace(/^.*\/|\.crt$/g, ''))
    .filter((name) => !known.has(name))
}

export interface PkitsSuite {
  /** Root first. */
  readonly cas: readonly Certificate[]
  readonly crls: readonly { readonly issuer: DistinguishedName; readonly der: Bytes }[]
}

export function pkitsSuite(): PkitsSuite {
  return { cas: suiteCas(), crls: suiteCrls() }
}

/** With every CA of the suite at hand, and the lists of those that could be on the path. */
export async function pkitsLeafResult(name: string, suite: PkitsSuite): Promise<string> {
  const leaf = parseCertificate(fixture(`${FOLDER}/certs/${name}.crt`))
  const above = new Set([foldedName(leaf.issuer)])
  const [root, ...others] = suite.cas
  for (let grown = 0; grown !== above.size;) {
    grown = above.size
    for (const { subject, issuer } of others) if (above.has(foldedName(subject))) above.add(foldedName(issuer))
  }
  const crls = suite.crls.filter(({ issuer }) => above.has(foldedName(issuer)))
  if (root === undefined) throw new Error('the suite has no root')
  const trust = { anchors: [root] as const, intermediates: others, crls: crls.map(({ der }) => der) }
  try {
    await verifyCertificatePath(leaf, trust, { now: PKITS_DATE })
    return 'ok'
  } catch (error) {
    if (!isMdmProtocolError(error)) throw error
    return error.code
  }
}

/** Root first. One of them is no DER. */
function suiteCas(): PkitsSuite['cas'] {
  const paths = listFixtures(`${FOLDER}/certs`, /(?<!EE|BadSignedCACert)\.crt$/)
  const isRoot = (path: string): boolean => path.endsWith('/TrustAnchorRootCertificate.crt')
  return [...paths.filter(isRoot), ...paths.filter((path) => !isRoot(path))].map((path) =>
    parseCertificate(fixture(path)),
  )
}

/** Two of them have a signature that is no DER. */
function suiteCrls(): PkitsSuite['crls'] {
  return listFixtures(`${FOLDER}/crls`).flatMap((path) => {
    const der = fixture(path)
    try {
      return [{ issuer: parseCrl(der).issuer, der }]
    } catch (error) {
      if (!isMdmProtocolError(error)) throw error
      return []
    }
  })
}
