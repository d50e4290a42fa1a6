import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const folder = new URL('../../docs/api/', import.meta.url)
const page = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
/** Without the marks of Markdown: `[`Bytes`](core.md#bytes)` is `Bytes`. */
const plain = (text: string): string => text.replace(/\[(`[^`]*`)\]\([^)]*\)/g, '$1').replace(/[`\\*]/g, '')
const section = (name: string, title: string): string => {
  const [, text] = page(name).split(`\n### ${title}\n`)
  return plain(text?.split('\n***\n')[0] ?? '')
}

// That the pages are those of the sources is for scripts/api-reference.mjs --check.
describe('the API reference', () => {
  test.each(readdirSync(folder))('%s shows the members of every object', (name) => {
    expect(page(name)).not.toContain('`object`')
  })

  test.each([
    ['core.md', 'Trust', 'anchors: readonly [Certificate, ...Certificate[]]'],
    ['core.md', 'PinnedFingerprints', 'pinnedFingerprints: readonly [string, ...string[]]'],
    ['core.md', 'HttpRequestParts', 'body: Bytes | null'],
    ['core.md', 'CryptoProvider', 'decrypt: (...args) => Promise<unknown>'],
    ['scep.md', 'openScepChallenge()', 'Context & { device?: string; purpose: "enroll" | "renew"; }'],
    ['scep.md', 'openScepChallenge()', 'readonly [Uint8Array, ...Uint8Array[]]'],
    ['pkcs12.md', 'openPkcs12()', '- maxIterations?: turns of one key derivation'],
    [
      'mdm.md',
      'Checkin',
      '- { bootstrapToken: Bytes | null; messageType: "SetBootstrapToken"; }\n  - bootstrapToken: null: forget',
    ],
    ['profiles.md', 'OtaResponse', '  - phase: Phase 3'],
    ['apns.md', 'checkPushCertificate()', 'readonly Finding<PushCertificateFinding>[]'],
  ])('%s, %s: %s', (name, title, text) => {
    expect(section(name, title)).toContain(text)
  })
})
