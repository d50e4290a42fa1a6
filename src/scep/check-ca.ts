import { requireBytes, requireObject, requireText } from '../arguments.js'
import { TAG } from '../asn1/der-reader.js'
import { attempt } from '../errors.js'
import { finding } from '../finding.js'
import type { Certificate, Finding } from '../types.js'
import { certificateParts } from '../x509/certificate.js'
import { formatName } from '../x509/name.js'
import { isSelfIssued } from '../x509/name-match.js'
import { type CaCertificates, isLoneCertificate, parseCaCertResponse } from './ca-certificates.js'
import { abilitiesOf, haveOneTop } from './ca-roles.js'
import { isMarkedAuthority } from './ra-mark.js'

const CA_CERT = 'application/x-x509-ca-cert'
const CA_RA_CERT = 'application/x-x509-ca-ra-cert'

/**
 * What an Apple device would object to in an answer to GetCACert: the first thing to ask when a profile "could not be
 * installed" and the server's log shows no PKIOperation.
 *
 * Judged by the rules of Apple's published SCEP client: content type against content, who may sign and who may decrypt by
 * key usage, an RSA key to encrypt to, one CA above both roles. Not judged: trust and dates. Whatever the
 * server sent makes findings and is never thrown; `ERR_INVALID_ARGUMENT` where `body` is no Uint8Array or `contentType` neither
 * text nor `null`.
 *
 * Kinds: `unreadable`, `not-der`, `content-type`, `content-type-parameters`, `no-usable-ra`, `root-as-ra`, `ra-without-common-ca`,
 * `ra-issuer-absent` and `ra-unmarked` (which only other clients object to, `openCaCertResponse` among them), `recipient-not-rsa`,
 * `recipient-key-small`, `recipient-key-unreadable`, `ca-key-usage`, `root-absent`.
 *
 * @param response - As it came over HTTP; `contentType`: the header's value, `null` when there was none.
 * @example
 * ```ts
 * const body = buildCaCertResponse({ ca }).body
 * for (const { level, message } of checkCaCertResponse({ contentType: 'text/html', body })) console.log(level, message)
 * ```
 */
export function checkCaCertResponse(response: {
  readonly contentType: string | null
  readonly body: Uint8Array
}): readonly Finding[] {
  requireObject(response, 'response')
  requireBytes(response.body, 'body')
  if (response.contentType !== null) requireText(response.contentType, 'contentType')
  const read = attempt(() => parseCaCertResponse(response.body))
  if ('fault' in read)
    return [finding('unreadable', 'error', `The answer is neither a certificate nor a certificate bag: ${read.fault}.`)]
  const ca = read.value
  if (response.body[0] !== TAG.SEQUENCE)
    return [finding('not-der', 'error', 'The answer is text (PEM); clients expect DER.')]
  const isBag = !isLoneCertificate(response.body)
  return [
    ...checkContentType(response.contentType, isBag),
    ...(isBag ? [...checkRoles(ca), ...checkMarks(ca)] : checkLoneCa(ca.issuer)),
    ...checkRecipient(ca.recipient),
    ...checkRoot(ca),
  ]
}

function checkContentType(contentType: string | null, isBag: boolean): readonly Finding[] {
  const wanted = isBag ? CA_RA_CERT : CA_CERT
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase())
  if (type !== wanted)
    return [
      finding(
        'content-type',
        'error',
        `The Content-Type should be ${wanted}: the answer is ${isBag ? 'a bag' : 'one certificate'}.`,
      ),
    ]
  if (parameters.length === 0) return []
  return [
    finding(
      'content-type-parameters',
      'warning',
      'The Content-Type has parameters; some clients compare it as a whole.',
    ),
  ]
}

function checkLoneCa(ca: Certificate): readonly Finding[] {
  const { signs, decrypts, unrestricted } = abilitiesOf(ca)
  if (unrestricted || (signs && decrypts)) return []
  return [
    finding(
      'ca-key-usage',
      'warning',
      'The CA does the work of SCEP itself, but its key usage lacks digitalSignature or keyEncipherment; macOS then fails with error -50.',
      { certificate: ca },
    ),
  ]
}

function checkRoles(ca: CaCertificates): readonly Finding[] {
  const [signer] = ca.signers
  if (!abilitiesOf(signer).signs || !abilitiesOf(ca.recipient).decrypts)
    return [
      finding(
        'no-usable-ra',
        'error',
        'No certificate of the bag may sign and decrypt by its key usage (an absent one counts as neither): Apple devices stop with error -67731. Send the CA alone, or give the RA digitalSignature and keyEncipherment.',
      ),
    ]
  if (isSelfIssued(certificateParts(signer)))
    return [
      finding(
        'root-as-ra',
        'warning',
        'Only the root may sign and decrypt; Apple clients look for it below a CA. Send it alone.',
        {
          certificate: signer,
        },
      ),
    ]
  if (!haveOneTop(signer, ca.recipient, ca.all))
    return [
      finding(
        'ra-without-common-ca',
        'error',
        'The signing and the encrypting certificate do not lead to the same CA.',
        { certificate: signer },
      ),
    ]
  if (abilitiesOf(ca.issuer).isCa) return []
  return [
    finding(
      'ra-issuer-absent',
      'warning',
      'The CA that issued the RA is not in the answer: whoever holds the answer against a CA encrypts to that CA instead.',
      { certificate: signer },
    ),
  ]
}

/** What has a role and could as well be a device of the same CA. */
function checkMarks({ recipient, signers }: CaCertificates): readonly Finding[] {
  const [signer] = signers
  return (signer === recipient ? [signer] : [signer, recipient])
    .filter((certificate) => !isMarkedAuthority(certificate))
    .map((certificate) =>
      finding(
        'ra-unmarked',
        'info',
        'An RA has no extended key usage that tells it from a device of the same CA (id-kp-cmcRA, or the certificate request agent): Apple devices do not ask for one, openCaCertResponse takes it only where it is named.',
        { certificate },
      ),
    )
}

function checkRecipient(recipient: Certificate): readonly Finding[] {
  // Certificates are read without their keys.
  const read = attempt(() => certificateParts(recipient).key)
  if ('fault' in read)
    return [
      finding('recipient-key-unreadable', 'error', 'The key that requests would be encrypted to is malformed.', {
        certificate: recipient,
      }),
    ]
  const key = read.value
  if (key.kind !== 'RSA')
    return [
      finding(
        'recipient-not-rsa',
        'error',
        'Requests would be encrypted to a key that is not RSA; no Apple device can.',
        {
          certificate: recipient,
        },
      ),
    ]
  if (key.bits >= 2048) return []
  return [
    finding(
      'recipient-key-small',
      'warning',
      `Requests would be encrypted to an RSA key of ${String(key.bits)} bits.`,
      {
        certificate: recipient,
      },
    ),
  ]
}

function checkRoot(ca: CaCertificates): readonly Finding[] {
  if (ca.root !== null) return []
  const top = formatName(ca.issuer.subject)
  return [
    finding('root-absent', 'info', `The chain above ${top} does not end in a root; some clients want to see it.`, {
      certificate: ca.issuer,
    }),
  ]
}
