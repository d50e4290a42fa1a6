import type { DistinguishedName, Identity, PlistDict } from 'mdm-protocol'

/** What a device remembers: JSON. Certificates and keys are PEM. */
export interface DeviceState {
  readonly udid: string
  readonly style: 'ios' | 'macos'
  readonly scep: {
    readonly url: string
    /** Hex, of the length that its digest has. */
    readonly fingerprint?: string | undefined
    readonly subject: DistinguishedName
  }
  readonly mdm: { readonly serverUrl: string; readonly checkInUrl: string; readonly topic: string }
  readonly certificate?: string
  readonly privateKey?: string
  readonly waiting?: { readonly transactionId: string; readonly signer: string; readonly privateKey: string }
}
export interface DeviceCall {
  readonly fetch: (request: Request) => Promise<Response>
  readonly log?: (line: string) => void
}
export interface EnrollCall extends DeviceCall {
  readonly udid?: string
  readonly style?: 'ios' | 'macos'
  /** For phase 2 over the air: what the factory put in. */
  readonly factory?: Identity
}
export interface PollCall extends DeviceCall {
  readonly answer?: (command: PlistDict) => PlistDict
}
export function enroll(profileUrl: string, call: EnrollCall): Promise<DeviceState>
export function requestCertificate(
  state: Pick<DeviceState, 'scep' | 'certificate' | 'privateKey'>,
  call: DeviceCall & { readonly challenge?: string },
): Promise<Pick<DeviceState, 'certificate' | 'privateKey' | 'waiting'>>
export function pollCertificate(state: DeviceState, call: DeviceCall): Promise<DeviceState>
export function poll(state: DeviceState, call: PollCall): Promise<number>
export function checkIn(state: DeviceState, message: PlistDict, call: DeviceCall): Promise<Uint8Array>
