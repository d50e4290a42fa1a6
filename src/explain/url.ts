// What stands in a URL, or was written as for one.
import { latin1Bytes } from '../bytes/bytes.js'
import { attempt, type Fault } from '../errors.js'
import { parseScepHttpRequest, type ScepHttpRequest } from '../scep/http.js'
import type { Bytes } from '../types.js'

/** Above any pkiMessage in a query. */
const MAX_TEXT = 1024 * 1024
const BEGIN = /^(?:GET\s|https?:\/\/|[/?]|(?:operation|message)=)/i
const ASKED = /[?&](?:operation=(?:GetCACaps|GetCACert|GetNextCACert|PKIOperation)(?![^&\s])|message=M)/i

/** The request in the URL of a SCEP GET, in its query alone, or in the line of a log; `null` where the text is none of these. */
export function scepRequestIn(text: string): { readonly value: ScepHttpRequest } | Fault | null {
  const trimmed = text.length > MAX_TEXT ? '' : text.trim()
  if (!BEGIN.test(trimmed)) return null
  const line = /^GET\s+(\S+)/i.exec(trimmed)
  const written = line === null ? trimmed.replace(/\s+/g, '') : (line[1] as string)
  const url = /^(?:operation|message)=/i.test(written) ? `?${written}` : written
  if (!ASKED.test(url)) return null
  const whole = /[?&]operation=/i.test(url) ? url : `${url}&operation=PKIOperation`
  return attempt(() => parseScepHttpRequest({ method: 'GET', url: whole, body: null }))
}

/** A text in which at least one character is escaped and all that have to be are (RFC 3986 §2); `null` for others. */
export function percentDecoded(text: string): Bytes | null {
  const escaped = text.length > MAX_TEXT ? '' : text.trim()
  if (!/%[0-9a-f]{2}/i.test(escaped) || !/^[\w.~!*'();:@&=+$,/?#[\]%-]+$/.test(escaped)) return null
  const decoded = escaped.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
  return latin1Bytes(decoded)
}
