import { runtime } from '#runtime'

/** As `equalBytes`, for what is long and compared often: a certificate is, each time it is used. */
export function equalLongBytes(a: Uint8Array, b: Uint8Array): boolean {
  return runtime.equalBytes(a, b)
}
