// Who does what among the certificates of a GetCACert answer, chosen as Apple's published client chooses.
import type { Certificate } from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { readExtensions } from '../x509/extensions.js'
import { isSelfIssued } from '../x509/name-match.js'

/** Whether a key may sign and decrypt. Key usage that is absent counts for neither, as it does in Apple's client. */
interface Abilities {
  readonly signs: boolean
  readonly decrypts: boolean
  /** May issue. RAs have been made with the basic constraints of a CA, but without its key usage. */
  readonly isCa: boolean
  /** No key usage at all. */
  readonly unrestricted: boolean
}

export function abilitiesOf(certificate: Certificate): Abilities {
  const { keyUsage, basicConstraints } = readExtensions(certificateParts(certificate).extensions)
  return {
    signs: keyUsage?.includes('digitalSignature') ?? false,
    decrypts: keyUsage?.includes('keyEncipherment') ?? false,
    isCa: basicConstraints?.ca === true && (keyUsage?.includes('keyCertSign') ?? true),
    unrestricted: keyUsage === null,
  }
}

/** A certificate among the others of its answer. */
interface Member extends Abilities {
  readonly certificate: Certificate
  readonly name: string
  readonly issuerName: string
  readonly selfIssued: boolean
  /** By name, the first of the answer; `null` for a root, and where it is not there. */
  issuer: Member | null
  /** The end of the chain of issuers. */
  top: Member | null
}

export interface CaRoles {
  readonly root: Certificate | null
  readonly issuer: Certificate
  readonly recipient: Certificate
  readonly signers: readonly [Certificate, ...Certificate[]]
}

export function chooseRoles(all: readonly [Certificate, ...Certificate[]]): CaRoles {
  const members = family(all)
  const ra = findRa(members)
  if (ra === null) {
    const issuer = lowestCa(members)
    return rolesOf(issuer, issuer, caRecipient(issuer, members), issuer)
  }
  const { signing, encryption } = ra
  // A CA below a root that does its own work fills the roles of an RA; it is the issuer all the same.
  return rolesOf(signing, signing.isCa ? signing : (signing.issuer ?? signing), encryption, signing)
}

function rolesOf(lowest: Member, issuer: Member, recipient: Member, signer: Member): CaRoles {
  const top = topOf(lowest)
  return {
    root: top.selfIssued ? top.certificate : null,
    issuer: issuer.certificate,
    recipient: recipient.certificate,
    signers: [signer.certificate],
  }
}

/** Whether the chains of both end in one certificate of the answer. */
export function haveOneTop(a: Certificate, b: Certificate, all: readonly Certificate[]): boolean {
  const tops = family(all)
    .filter(({ certificate }) => certificate === a || certificate === b)
    .map(topOf)
  return tops.every((top) => top === tops[0])
}

/** Linear: whoever answers may put hundreds of certificates into the bag. */
function family(all: readonly Certificate[]): readonly Member[] {
  const bySubject = new Map<string, Member>()
  const members = all.map((certificate): Member => {
    const parts = certificateParts(certificate)
    const names = { name: parts.foldedSubject, issuerName: parts.foldedIssuer, selfIssued: isSelfIssued(parts) }
    const member = { certificate, ...abilitiesOf(certificate), ...names, issuer: null, top: null }
    if (!bySubject.has(member.name)) bySubject.set(member.name, member)
    return member
  })
  for (const member of members) if (!member.selfIssued) member.issuer = bySubject.get(member.issuerName) ?? null
  return members
}

/** Names may go in circles: then the circle ends where it was entered. Kept, so that each step is taken once. */
function topOf(member: Member): Member {
  const path = new Set<Member>()
  let at = member
  while (at.top === null && at.issuer !== null && !path.has(at)) {
    path.add(at)
    at = at.issuer
  }
  const top = at.top ?? at
  top.top = top
  for (const passed of path) passed.top = top
  return top
}

interface Ra {
  readonly encryption: Member
  readonly signing: Member
}

/**
 * A signing and an encrypting certificate that chain to the same CA, else one that does both. A certificate that is no CA is
 * preferred; one that is its own issuer (a root) never is an RA. Last, where Apple's client gives up: one without key usage.
 */
function findRa(members: readonly Member[]): Ra | null {
  const issued = members.filter(({ selfIssued }) => !selfIssued)
  const leaves = issued.filter(({ isCa }) => !isCa)
  return (
    pairOf(leaves) ??
    alone(leaves.find(isDual)) ??
    pairOf(issued) ??
    alone(issued.find(isDual)) ??
    alone(leaves.find(({ unrestricted }) => unrestricted))
  )
}

function isDual({ signs, decrypts }: Member): boolean {
  return signs && decrypts
}

function alone(member: Member | undefined): Ra | null {
  return member === undefined ? null : { encryption: member, signing: member }
}

function pairOf(candidates: readonly Member[]): Ra | null {
  const signers = new Map<Member, Member>()
  for (const member of candidates) {
    const top = topOf(member)
    if (member.signs && !member.decrypts && !signers.has(top)) signers.set(top, member)
  }
  for (const encryption of candidates) {
    const signing = encryption.decrypts && !encryption.signs ? signers.get(topOf(encryption)) : undefined
    if (signing !== undefined) return { encryption, signing }
  }
  return null
}

/** The first CA of the message that issued no other CA of it: chains come in any order, links and old CAs behind. */
function lowestCa(members: readonly Member[]): Member {
  const cas = members.filter(({ isCa }) => isCa)
  const above = new Set(cas.filter(({ selfIssued }) => !selfIssued).map(({ issuerName }) => issuerName))
  return cas.find(({ name }) => !above.has(name)) ?? cas[0] ?? (members[0] as Member)
}

/** Apple's filter: what may take a content key, or says nothing about it; if nothing may, the CA all the same. */
function caRecipient(issuer: Member, members: readonly Member[]): Member {
  const mayDecrypt = ({ decrypts, unrestricted }: Member): boolean => decrypts || unrestricted
  return mayDecrypt(issuer) ? issuer : (members.find(mayDecrypt) ?? issuer)
}
