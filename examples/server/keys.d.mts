import type { Certificate, Identity } from 'mdm-protocol'
import type { Store } from './store.mjs'

/** PEM. */
export interface CaPem {
  readonly certificate: string
  readonly privateKey: string
}
export interface ServerOptions {
  /** How devices reach it. */
  readonly url: string
  /** Of the push certificate. */
  readonly topic: string
  /** Of the profiles. */
  readonly identifier: string
  readonly challenge?: string | undefined
  readonly approval?: boolean
  readonly deviceCa?: Certificate | undefined
  readonly adminToken?: string | undefined
}
/** What the routes share. */
export interface ServerContext {
  readonly ca: Identity
  readonly oldCas: readonly Identity[]
  readonly nextCa: Certificate | null
  readonly signer: Identity
  readonly secrets: readonly [Uint8Array, ...Uint8Array[]]
  readonly store: Store
  readonly options: ServerOptions
  readonly log: (line: string) => void
}
export interface ContextInput {
  readonly ca: CaPem
  readonly oldCa?: CaPem | undefined
  /** PEM. */
  readonly nextCaCertificate?: string | undefined
  /** PEM. */
  readonly signerKey: { readonly request: string; readonly privateKey: string }
  readonly secret: Uint8Array
  readonly store: Store
  readonly options: ServerOptions
  readonly log: (line: string) => void
}
export function makeCa(now?: Date): Promise<CaPem>
export function makeSignerKey(): Promise<ContextInput['signerKey']>
export function contextFrom(input: ContextInput): Promise<ServerContext>
