import type { Certificate } from 'mdm-protocol'

/** Values are dictionaries that a property list can hold. */
export type Row = object

export interface Table {
  get(name: string, key: string): Promise<Row | null>
  list(name: string): Promise<readonly (readonly [key: string, value: Row])[]>
  update<Result>(
    name: string,
    key: string,
    change: (current: Row | null) => { readonly next: Row; readonly result?: Result },
  ): Promise<Result>
}
/** A request that waits for a person. */
export interface Pending {
  readonly device: string
  /** DER. */
  readonly csr: Uint8Array
  /** PEM of the key that signed it. */
  readonly key: string
  readonly settled?: boolean
  readonly refused?: boolean
  /** DER. */
  readonly certificate?: Uint8Array
}
/** What a device has told. */
export interface Told {
  readonly device?: string
  readonly topic?: string
  readonly token?: Uint8Array
  readonly pushMagic?: string
  readonly unlockToken?: Uint8Array
  readonly bootstrapToken?: Uint8Array
}
type Issued = { readonly certificate: Certificate; readonly device: string }
type Changes = { readonly [Name in keyof Told]?: Told[Name] | null }
export interface Store {
  saveCertificate(certificate: Certificate, device: string, transactionId: string, csr: Uint8Array): Promise<void>
  certificate(serialNumber: string): Promise<Issued | null>
  issuedFor(transactionId: string, csr: Uint8Array): Promise<Certificate | null>
  useChallenge(id: string, octets: Uint8Array): Promise<boolean>
  pend(transactionId: string, value: Pending): Promise<boolean>
  pending(transactionId: string): Promise<Pending | null>
  pendingIds(): Promise<readonly string[]>
  settle(transactionId: string, outcome: Partial<Pending>): Promise<void>
  enroll(id: string, device: string): Promise<void>
  forget(id: string): Promise<void>
  deviceOf(id: string): Promise<string | null>
  enrollment(id: string): Promise<Told>
  update(id: string, changes: Changes): Promise<void>
  enrollments(): Promise<readonly { readonly id: string; readonly device?: string; readonly topic?: string }[]>
  enqueue(id: string, uuid: string, body: Uint8Array): Promise<void>
  nextCommand(id: string): Promise<Uint8Array | null>
  report(id: string, uuid: string, status: string): Promise<void>
  reports(id: string): Promise<Readonly<Record<string, string>>>
}
export function createStore(table: Table): Store
