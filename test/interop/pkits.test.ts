import { readFileSync } from 'node:fs'
import { webcrypto } from 'node:crypto'
import * as pkijs from 'pkijs'
import { beforeAll, expect, test } from 'vitest'
import { toPem } from '../../src/x509.js'
import { describeWithFixtures } from '../support/fixtures.js'
import { describeWithTools, runAsync } from '../support/openssl.js'
import {
  PKITS_DATE,
  pkitsCertificates,
  pkitsCrls,
  pkitsName,
  pkitsResult,
  type PkitsTest,
  pkitsTests,
} from '../x509/pkits.js'

// The paths of PKITS put to three implementations. docs/path-validation.md has the table of all that disagree; here it
// is held against what they really say, so that it stays true.

/** With everything that brings `openssl verify` nearest to what the suite asks. */
const OPENSSL = [
  'verify',
  '-attime',
  String(PKITS_DATE.getTime() / 1000),
  '-crl_check_all',
  '-extended_crl',
  '-use_deltas',
  '-policy',
  '2.5.29.32.0',
  '-policy_check',
]

async function byOpenssl(given: PkitsTest): Promise<boolean> {
  const [root, ...others] = pkitsCertificates(given).map((der) => toPem('CERTIFICATE', der))
  const leaf = others.pop()
  const inputs = {
    'root.pem': root ?? '',
    'others.pem': others.join(''),
    'leaf.pem': leaf ?? '',
    'crls.pem': pkitsCrls(given)
      .map((der) => toPem('X509 CRL', der))
      .join(''),
  }
  const untrusted = others.length === 0 ? [] : ['-untrusted', 'others.pem']
  const args = [...OPENSSL, '-CAfile', 'root.pem', ...untrusted, '-CRLfile', 'crls.pem', 'leaf.pem']
  return (await runAsync('openssl', args, { inputs })).status === 0
}

async function byPkijs(given: PkitsTest): Promise<boolean> {
  try {
    const [root, ...certs] = pkitsCertificates(given).map((der) => pkijs.Certificate.fromBER(der))
    const crls = pkitsCrls(given).map((der) => pkijs.CertificateRevocationList.fromBER(der))
    const trustedCerts = root === undefined ? [] : [root]
    const engine = new pkijs.CertificateChainValidationEngine({ trustedCerts, certs, crls, checkDate: PKITS_DATE })
    return (await engine.verify({ passedWhenNotRevValues: true })).result
  } catch {
    return false
  }
}

/** Rows of the table: `| test | NIST | ours | OpenSSL | pkijs | why |`, as yes and no. */
function tableRows(): readonly string[] {
  const text = readFileSync(new URL('../../docs/path-validation.md', import.meta.url), 'utf8')
  return text.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    return /^4\.\d+\.\d+/.test(cells[1] ?? '') ? [cells.slice(1, 6).join(' | ')] : []
  })
}

describeWithFixtures('PKITS', () => {
  describeWithTools('beside OpenSSL and pkijs', ['openssl'], () => {
    beforeAll(() => {
      pkijs.setEngine('test', new pkijs.CryptoEngine({ crypto: webcrypto as never, name: 'test' }))
    })

    test('the table of disagreements is what the three say', async () => {
      const word = (holds: boolean): string => (holds ? 'yes' : 'no')
      const rows: string[] = []
      for (const given of pkitsTests()) {
        const results = [
          given.shouldValidate,
          (await pkitsResult(given)) === 'ok',
          await byOpenssl(given),
          await byPkijs(given),
        ]
        if (new Set(results).size > 1) rows.push([pkitsName(given), ...results.map(word)].join(' | '))
      }
      expect(tableRows()).toEqual(rows)
    }, 300_000)
  })
})
