import type { Identity } from '../../src/types.js'
import { importIdentity } from '../../src/x509/identity.js'
import { certificate, certificatePem, keyPem, type VectorName } from './vectors.js'

/** Certificate and key, with the certificates between it and its root. */
export async function identity(name: VectorName, chain: readonly VectorName[] = []): Promise<Identity> {
  return importIdentity({
    certificate: certificatePem(name),
    privateKey: keyPem(name),
    chain: chain.map((link) => certificate(link)),
  })
}
