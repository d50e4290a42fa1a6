import type { DerFormat } from '../asn1/der-reader.js'

/** What a CMS message is called in error texts, and what well-formed DER that is no CMS is refused with. */
export const CMS: DerFormat = { name: 'CMS message', code: 'ERR_CMS_INVALID' }
