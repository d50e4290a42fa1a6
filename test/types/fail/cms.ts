import { decryptCms, encryptCms, type Certificate, type Identity, signCms } from 'mdm-protocol'

declare const content: Uint8Array
declare const identity: Identity
declare const certificates: readonly Certificate[]
const { certificate } = identity

// right: one recipient, old algorithms by their names
void encryptCms(content, [certificate])
void decryptCms(content, identity, { accept: { ciphers: ['AES-256-CBC', 'DES-EDE3-CBC'] } })
void signCms(content, identity, { digest: 'SHA-256', signingTime: false })

// wrong: encrypted to nobody
void encryptCms(content, [])

// wrong: encrypted to a list that may be empty
void encryptCms(content, certificates)

// wrong: a recipient without a key
void decryptCms(content, { certificate })

// wrong: two ways to the same key
void decryptCms(content, {
  certificate,
  unwrapKey: () => Promise.resolve(null),
  rawRsa: { rawDecrypt: (block) => Promise.resolve(block) },
})

// wrong: a switch for everything that is weak
void decryptCms(content, identity, { accept: 'legacy' })

// wrong: a cipher that is never accepted
void decryptCms(content, identity, { accept: { ciphers: ['RC4'] } })

// wrong: signed by a certificate alone
void signCms(content, { certificate })

// wrong: signing time as text
void signCms(content, identity, { signingTime: '2027-01-01' })

// wrong: text where octets are expected
void signCms('content', identity)
