// The same cryptography called bare, where there is `node:crypto`: as `npm run bench` has it.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { floorSync } from '../data/enrolment-floor.mjs'
import { mdmSignatureFloors } from '../data/mdm-signature-floor.mjs'
import { encryptFloor, signFloor } from '../data/profiles-floor.mjs'

function enrolment({ enrolment: { ca, devices } }) {
  const key = createPrivateKey({ key: Buffer.from(ca.privateKey), format: 'der', type: 'pkcs8' })
  const ready = devices.map(({ spki, floor }) => ({
    ...floor,
    publicKey: createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }),
  }))
  let turn = 0
  return () => floorSync(ready[turn++ % ready.length], key)
}

export const floors = {
  enrolment,
  'mdm-signature': ({ mdm }) => mdmSignatureFloors(mdm.floor).signed,
  'mdm-signature-stored': ({ mdm }) => mdmSignatureFloors(mdm.floor).signed,
  'mdm-signature-mac': ({ mdm }) => mdmSignatureFloors(mdm.floor).mac,
  'profile-sign': ({ profile }) => signFloor(profile),
  'profile-encrypt': ({ profile }) => encryptFloor(profile),
}
