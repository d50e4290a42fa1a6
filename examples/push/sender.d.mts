import type { HttpRequestParts } from 'mdm-protocol'

export interface PushSenderOptions {
  /** PEM. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
  /** PEM of what to trust instead of the system's roots: for tests. */
  readonly ca?: string
  readonly timeoutMs?: number
}
export interface PushAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}
export interface PushSender {
  send(request: HttpRequestParts): Promise<PushAnswer>
  close(): Promise<void>
}
export function createPushSender(options: PushSenderOptions): PushSender
