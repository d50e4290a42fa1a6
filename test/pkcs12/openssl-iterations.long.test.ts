import { expect, test } from 'vitest'
import { openPkcs12 } from '../../src/pkcs12/open.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { describeWithTools, openWorkplace, runOk } from '../support/openssl.js'

// What OWASP asks of PBKDF2 with SHA-256, three times in one file: MAC, certificates, key.
describeWithTools('a PKCS#12 file that OpenSSL makes with 600,000 iterations', ['openssl'], () => {
  test('opens', async () => {
    const workplace = openWorkplace()
    try {
      const openssl = (...args: readonly string[]): Uint8Array => runOk('openssl', args, { workplace }).stdout
      openssl('req', '-x509', '-subj', '/CN=Root', '-nodes', '-newkey', 'rsa:2048', '-keyout', 'a.key', '-out', 'a.pem')
      const flags = ['-iter', '600000', '-inkey', 'a.key', '-in', 'a.pem']
      const contents = await openPkcs12(openssl('pkcs12', '-export', '-passout', 'pass:secret', ...flags), 'secret')
      expect(contents.certificate).toEqual(parseCertificate(workplace.readText('a.pem')))
      const key = openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'a.key', '-outform', 'DER')
      expect(contents.privateKey).toEqual(key)
    } finally {
      workplace.close()
    }
  })
})
