import type { KeyType } from '../../src/crypto/private-key.js'
import type { Bytes, Certificate } from '../../src/types.js'
import { importIdentity } from '../../src/x509/identity.js'
import { issueCertificate, issueSelfSigned } from '../../src/x509/issue.js'
import { distinguishedName } from '../../src/x509/name.js'
import { makeKey } from '../support/rsa-keys.js'

/** A key with its certificate and the certificate's issuer. */
export interface MadeIdentity {
  readonly privateKey: Bytes
  readonly certificate: Certificate
  readonly chain: readonly [Certificate]
}

const dates = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2036-01-01T00:00:00Z') }

export async function makeIdentity(type: KeyType, commonName = 'Push Émetteur'): Promise<MadeIdentity> {
  const caKey = (await makeKey('P-256')).privateKey
  const root = await issueSelfSigned({
    privateKey: caKey,
    subject: distinguishedName([['CN', 'Test Root']]),
    serialNumber: '01',
    purpose: 'ca',
    ...dates,
  })
  const { privateKey, publicKey } = await makeKey(type)
  const certificate = await issueCertificate(
    {
      subject: distinguishedName([['CN', commonName]]),
      publicKey,
      serialNumber: '02',
      purpose: 'device-identity',
      ...dates,
    },
    await importIdentity({ certificate: root, privateKey: caKey }),
  )
  return { privateKey, certificate, chain: [root] }
}
