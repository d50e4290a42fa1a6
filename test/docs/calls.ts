import * as crypto from 'node:crypto'
import { expect, vi } from 'vitest'
import { decryptCms, encryptCms, signCms, verifyCms } from '../../src/cms.js'
import { buildProfile } from '../../src/profiles.js'
import { buildScepRequest, issueScepChallenge, openScepReply } from '../../src/scep.js'
import type { Bytes, Certificate, DecryptionIdentity, RemoteSigner } from '../../src/types.js'
import { createCsr, distinguishedName, parseCertificate } from '../../src/x509.js'
import type { World } from './world.js'

export type Run = (call: (...parameters: readonly unknown[]) => unknown, world: World) => Promise<unknown>

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text)
export const choice = { digest: 'SHA-256', cipher: 'AES-128-CBC' } as const
export const OID_SERVER = '1.3.6.1.5.5.7.3.1'

export const profile = () => buildProfile({ identifier: 'com.example.a', uuid: 'U', payloads: [] })
export const certificateOf = async (promise: unknown) => parseCertificate((await promise) as string)

/** Sends a request of the world's device, and reads the reply. */
export async function enrolled(
  { ca, newcomer: signer, csr }: World,
  answer: (message: Bytes) => unknown,
  request = csr,
  recipient: Certificate = ca.certificate,
): Promise<void> {
  const { message, pending } = await buildScepRequest({ type: 'PKCSReq', csr: request }, { signer, recipient, choice })
  const reply = (await answer(message)) as Bytes
  const opened = await openScepReply(reply, { pinned: [recipient], pending, recipient: signer })
  expect(opened.status).toBe('SUCCESS')
}

export async function withFetch<T>(
  answer: (...parameters: never[]) => Promise<Response>,
  work: () => T,
): Promise<Awaited<T>> {
  vi.stubGlobal('fetch', answer)
  try {
    return await work()
  } finally {
    vi.unstubAllGlobals()
  }
}

export const pkcs8 = (key: Bytes): crypto.KeyObject =>
  crypto.createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' })

export async function verifies(key: RemoteSigner, certificate: Certificate, root: Certificate): Promise<void> {
  const message = await signCms(utf8('a note'), { certificate, key })
  expect(await verifyCms(message, { trust: { anchors: [root] } })).toHaveProperty('content', utf8('a note'))
}

export async function decrypts(recipient: DecryptionIdentity, certificate: Certificate): Promise<void> {
  expect(await decryptCms(await encryptCms(utf8('a note'), [certificate]), recipient)).toEqual(utf8('a note'))
}

/** A request with a challenge of ours in it. */
export async function challenged({ device: { privateKey } }: World) {
  const secret = utf8('a secret of thirty-two octets...')
  const claims = { purpose: 'enroll', device: 'device-1', expiresAt: new Date(Date.now() + 60_000) } as const
  const challengePassword = await issueScepChallenge(claims, secret)
  const subject = distinguishedName([['CN', 'anything']])
  return { secret, csr: await createCsr({ privateKey, subject, challengePassword }) }
}
