// Sends requests over HTTP/2 with a client certificate, as APNs wants it. Knows nothing of MDM: the request comes from
// `buildMdmPush`, and what the answer means says `parsePushResponse`.
import { connect, constants } from 'node:http2'

const MAX_BODY = 65_536

/** One connection for all pushes to one host, opened at the first, opened anew when Apple ends it. */
export function createPushSender({ certificate, key, ca, timeoutMs = 10_000 }) {
  const sessions = new Map()

  function sessionFor(origin) {
    const open = sessions.get(origin)
    if (open !== undefined && !open.closed && !open.destroyed) return open
    const session = connect(origin, { cert: certificate, key, ...(ca && { ca }) })
    const forget = () => {
      if (sessions.get(origin) === session) sessions.delete(origin)
    }
    // Streams report what went wrong; without a listener the process would end. Apple says GOAWAY when it has had enough.
    session.on('error', forget)
    session.on('close', forget)
    session.on('goaway', forget)
    session.unref()
    sessions.set(origin, session)
    return session
  }

  /** Status, headers and body of the answer. Rejects when none came: then try again, it says nothing about the device. */
  async function send({ method, url, headers, body }) {
    const { origin, pathname, search } = new URL(url)
    const { HTTP2_HEADER_METHOD, HTTP2_HEADER_PATH } = constants
    const path = `${pathname}${search}`
    const stream = sessionFor(origin).request({ [HTTP2_HEADER_METHOD]: method, [HTTP2_HEADER_PATH]: path, ...headers })
    return new Promise((resolve, reject) => {
      let answer = null
      let text = ''
      stream.setEncoding('utf8')
      stream.setTimeout(timeoutMs, () => stream.destroy(new Error(`no answer within ${String(timeoutMs)} ms`)))
      stream.on('response', ({ ':status': status, ...rest }) => (answer = { status, headers: rest }))
      stream.on('data', (part) => {
        text += part
        if (text.length > MAX_BODY) stream.destroy(new Error('the answer is too long'))
      })
      stream.on('error', reject)
      stream.on('close', () => {
        if (answer === null) reject(new Error('the connection ended without an answer'))
        else resolve({ ...answer, body: text })
      })
      stream.end(body)
    })
  }

  /** Waits for what is under way. */
  async function close() {
    const open = [...sessions.values()]
    sessions.clear()
    await Promise.all(open.map((session) => new Promise((done) => session.close(done))))
  }

  return { send, close }
}
