// What no room knows: any BER as a tree, by asn1js, which is loaded only here and only then.
import { derFault } from '../asn1/der-reader.js'
import { berToDer } from '../asn1/ber.js'
import { OID } from '../asn1/oid.js'
import { attempt } from '../errors.js'
import { finding } from '../finding.js'
import { oidName } from './certificate.js'
import { type Explanation, type ExplanationField, field, octets, shown } from './explanation.js'

/** The members of asn1js' values that are read here. */
interface Asn1Value {
  readonly idBlock: { readonly tagClass: number; readonly tagNumber: number; readonly isConstructed: boolean }
  readonly blockLength: number
  readonly valueBlock: { readonly value?: unknown; toString(): string }
  readonly constructor: { readonly NAME?: string }
  getValue?(): unknown
}

const MAX_NODES = 500
/** asn1js takes a thousand times as long as a walk: past this a tree is of no use to a person anyway. */
const MAX_BYTES = 65_536

/** `null` where these bytes are no BER. `size`: of the whole, where they are what is left of it. */
export async function explainAsn1(bytes: Uint8Array, size: number = bytes.length): Promise<Explanation | null> {
  const der = attempt(() => (derFault(bytes, 'ASN.1') === '' ? bytes : berToDer(bytes, 'ASN.1')))
  if ('fault' in der) return null
  const summary = `ASN.1 of no kind that this library knows, ${octets(size)}`
  if (bytes.length > MAX_BYTES) return { kind: 'asn1', summary, fields: [], findings: [] }
  const { fromBER } = await import('asn1js')
  try {
    const { result, offset } = fromBER(new Uint8Array(der.value))
    if (offset !== -1) {
      const tree = nodeField(result as unknown as Asn1Value, { nodes: MAX_NODES }, false)
      return { kind: 'asn1', summary, fields: [tree], findings: [] }
    }
  } catch {
    // Times and object identifiers that are none: asn1js throws at some and fails later at others. Both are the input's.
  }
  const broken = finding('unreadable', 'error', 'It is ASN.1 in form, but a value in it is not of its type.')
  return { kind: 'asn1', summary, fields: [], findings: [broken] }
}

function nodeField(value: Asn1Value, budget: { nodes: number }, isSecret: boolean): ExplanationField {
  budget.nodes--
  const children: ExplanationField[] = []
  const members = value.valueBlock.value
  if (value.idBlock.isConstructed && Array.isArray(members)) {
    // Of a request that was damaged the challenge password is still one.
    const hidden = isSecret || (members as readonly Asn1Value[]).some(isChallenge)
    for (const member of members as readonly Asn1Value[]) {
      if (budget.nodes <= 0) {
        children.push(field('…', 'more'))
        break
      }
      children.push(nodeField(member, budget, hidden))
    }
  }
  return field(typeName(value), value.idBlock.isConstructed ? '' : valueText(value, isSecret), children)
}

function isChallenge(value: Asn1Value): boolean {
  return typeName(value) === 'OBJECT IDENTIFIER' && value.valueBlock.toString() === OID.challengePassword
}

function typeName(value: Asn1Value): string {
  const { tagClass, tagNumber } = value.idBlock
  return tagClass === 1 ? (value.constructor.NAME ?? 'UNIVERSAL') : `[${String(tagNumber)}]`
}

function valueText(value: Asn1Value, isSecret: boolean): string {
  const name = typeName(value)
  if (name === 'OBJECT IDENTIFIER') return oidName(value.valueBlock.toString())
  if (isSecret) return octets(value.blockLength)
  const own = value.getValue?.()
  if (typeof own === 'string' || typeof own === 'boolean' || typeof own === 'number') return shown(String(own))
  return own instanceof Date ? own.toISOString() : octets(value.blockLength)
}
