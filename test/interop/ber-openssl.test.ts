import { expect, test } from 'vitest'
import { describeWithFixtures } from '../support/fixtures.js'
import { describeWithTools, openWorkplace, runAsync } from '../support/openssl.js'
import { recordedBer } from '../support/recorded-ber.js'

describeWithTools('OpenSSL as second opinion', ['openssl'], () => {
  describeWithFixtures('on recorded BER', () => {
    test('prints the same structure for the BER and for our DER', { timeout: 120_000 }, async () => {
      const place = openWorkplace()
      const print = async (name: string, bytes: Uint8Array) => {
        place.write(name, bytes)
        const args = ['cms', '-cmsout', '-print', '-noout', '-inform', 'DER', '-in', name]
        const { status, stdoutText } = await runAsync('openssl', args, { workplace: place })
        return status === 0 ? stdoutText : null
      }
      const verdicts = { same: 0, different: [] as string[], unread: 0 }
      try {
        for (const { path, bytes, der } of recordedBer()) {
          if (der === null) continue
          const [before, after] = await Promise.all([print('a.ber', bytes), print('a.der', der)])
          if (before === null) verdicts.unread++
          else if (before === after) verdicts.same++
          else verdicts.different.push(path)
        }
      } finally {
        place.close()
      }
      expect(verdicts.different).toEqual([])
      expect(verdicts.same).toBeGreaterThan(150)
    })
  })
})
