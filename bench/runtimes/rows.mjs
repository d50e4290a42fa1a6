// Which rows make sense in every runtime. Titles and limits are those of `npm run bench`, where it has the row.
import { rows as certificates } from '../rows/certificates.mjs'
import { rows as enrolment } from '../rows/enrolment.mjs'
import { rows as mdmSignature } from '../rows/mdm-signature.mjs'
import { rows as plist } from '../rows/plist.mjs'
import { rows as portableRsa } from '../rows/portable-rsa.mjs'
import { rows as profiles } from '../rows/profiles.mjs'
import { ours } from './ours.mjs'

/** 2,048 and 20,000 turns of each key derivation. */
const pkcs12 = [
  { id: 'pkcs12-compat', title: 'openPkcs12, made as apple-compat', limits: {} },
  { id: 'pkcs12-modern', title: 'openPkcs12, made as apple-modern', limits: {} },
]

export const rows = [
  ...[...enrolment, ...mdmSignature, ...profiles, ...plist, ...certificates, ...portableRsa],
  ...pkcs12,
].filter(({ id }) => id in ours)
