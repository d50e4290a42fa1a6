// Who does what among the certificates of a GetCACert answer, chosen as Apple's published client chooses.
import type { Certificate } from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { readExtensions } from '../x509/extensions.js'
import { namesEqual } from '../x509/name.js'
import { isSelfIssued } from '../x509/name-match.js'

/** Whether a key may sign and decrypt. Key usage that is absent counts for neither, as it does in Apple's client. */
interface Abilities {
  readonly signs: boolean
  readonly decrypts: boolean
  readonly isCa: boolean
  /** No key usage at all. */
  readonly unrestricted: boolean
}

export function abilitiesOf(certificate: Certificate): Abilities {
  const { keyUsage, basicConstraints } = readExtensions(certificateParts(certificate).certificate.extensions)
  return {
    signs: keyUsage?.includes('digitalSignature') ?? false,
    decrypts: keyUsage?.includes('keyEncipherment') ?? false,
    isCa: basicConstraints?.ca ?? false,
    unrestricted: keyUsage === null,
  }
}

export interface CaRoles {
  readonly root: Certificate | null
  readonly issuer: Certificate
  readonly recipient: Certificate
  readonly signers: readonly [Certificate, ...Certificate[]]
}

export function chooseRoles(all: readonly [Certificate, ...Certificate[]]): CaRoles {
  const ra = findRa(all)
  if (ra === null) {
    const issuer = lowestCa(all)
    return { root: rootOf(issuer, all), issuer, recipient: caRecipient(issuer, all), signers: [issuer] }
  }
  const issuer = issuerOf(ra.signing, all) ?? ra.signing
  return { root: rootOf(ra.signing, all), issuer, recipient: ra.encryption, signers: [ra.signing] }
}

interface Ra {
  readonly encryption: Certificate
  readonly signing: Certificate
}

/**
 * A signing and an encrypting certificate that chain to the same CA, else one that does both. A certificate that is no CA is
 * preferred; one that issued nothing here and is its own issuer (a root) never is an RA.
 */
function findRa(all: readonly Certificate[]): Ra | null {
  const issued = all.filter((certificate) => !isSelfIssued(certificateParts(certificate)))
  const leaves = issued.filter((certificate) => !abilitiesOf(certificate).isCa)
  return pairOf(leaves, all) ?? dualOf(leaves) ?? pairOf(issued, all) ?? dualOf(issued)
}

function pairOf(candidates: readonly Certificate[], all: readonly Certificate[]): Ra | null {
  for (const encryption of candidates) {
    const { signs, decrypts } = abilitiesOf(encryption)
    if (!decrypts || signs) continue
    const top = topOf(encryption, all)
    const signing = candidates.find((candidate) => {
      const abilities = abilitiesOf(candidate)
      return abilities.signs && !abilities.decrypts && topOf(candidate, all) === top
    })
    if (signing !== undefined) return { encryption, signing }
  }
  return null
}

function dualOf(candidates: readonly Certificate[]): Ra | null {
  const dual = candidates.find((candidate) => {
    const { signs, decrypts } = abilitiesOf(candidate)
    return signs && decrypts
  })
  return dual === undefined ? null : { encryption: dual, signing: dual }
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return namesEqual(certificateParts(certificate).issuerDer, certificateParts(issuer).subjectDer)
}

/** The first CA of the message that issued none of the others: chains come in any order, links and old CAs behind. */
function lowestCa(all: readonly [Certificate, ...Certificate[]]): Certificate {
  const others = all.filter((certificate) => !isSelfIssued(certificateParts(certificate)))
  return all.find((candidate) => !others.some((other) => other !== candidate && isIssuedBy(other, candidate))) ?? all[0]
}

/** Apple's filter: what may take a content key, or says nothing about it; if nothing may, the CA all the same. */
function caRecipient(issuer: Certificate, all: readonly Certificate[]): Certificate {
  const mayDecrypt = (certificate: Certificate): boolean => {
    const { decrypts, unrestricted } = abilitiesOf(certificate)
    return decrypts || unrestricted
  }
  if (mayDecrypt(issuer)) return issuer
  return all.find(mayDecrypt) ?? issuer
}

function issuerOf(certificate: Certificate, all: readonly Certificate[]): Certificate | null {
  if (isSelfIssued(certificateParts(certificate))) return null
  return all.find((candidate) => candidate !== certificate && isIssuedBy(certificate, candidate)) ?? null
}

/** The end of the chain of issuers. Names may go in circles: each certificate is passed once. */
export function topOf(certificate: Certificate, all: readonly Certificate[]): Certificate {
  let top = certificate
  for (let steps = 0; steps < all.length; steps++) {
    const issuer = issuerOf(top, all)
    if (issuer === null) return top
    top = issuer
  }
  return top
}

function rootOf(certificate: Certificate, all: readonly Certificate[]): Certificate | null {
  const top = topOf(certificate, all)
  return isSelfIssued(certificateParts(top)) ? top : null
}
