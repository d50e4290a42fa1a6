// Peers in Go 1.23, measured elsewhere on the same kind of machine (two shared cores, one thread unless said), in µs.
// micromdm/scep on smallstep/pkcs7 for the enrolment, nanomdm for Mdm-Signature, smallstep/pkcs7 for profiles.
export const GO = {
  enrolment: 4100,
  /** Enrolments a second: on one thread, on two. */
  enrolmentsPerSecond: { one: 246, two: 564 },
  mdmSignature: 126,
  mdmSignatureWithChain: 167,
  signProfile: 1020,
  verifyProfile: 118,
  encryptProfile: 53,
  decryptProfile: 1200,
  rsaSign: 950,
}
