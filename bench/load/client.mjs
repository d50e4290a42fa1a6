// A client of its own over node:http: connections that stay open, so many requests in flight, how long each took.
import { Agent, request } from 'node:http'

const TIMEOUT_MS = 60_000

export function openClient(origin, inFlight) {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const { hostname, port } = new URL(origin)

  function send({ method, path, headers, body }) {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          hostname,
          port,
          method,
          path,
          timeout: TIMEOUT_MS,
          headers: { ...headers, ...(body === null ? {} : { 'content-length': body.length }) },
        },
        (response) => {
          const parts = []
          response.on('data', (part) => parts.push(part))
          response.on('end', () => resolve({ status: response.statusCode, body: new Uint8Array(Buffer.concat(parts)) }))
          response.on('error', reject)
        },
      )
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
      outgoing.on('error', reject)
      outgoing.end(body ?? undefined)
    })
  }

  /**
   * Sends what `requests` yields until it is at its end or `deadline` (of performance.now) has come. `take` gets each
   * answer with its place; what it throws, like a status other than 200, counts as an error.
   */
  async function run(requests, { deadline, take = () => {} }) {
    const latencies = []
    const errors = new Map()
    const queue = requests[Symbol.iterator]()
    let place = 0
    const fail = (text) => errors.set(text, (errors.get(text) ?? 0) + 1)
    const loop = async () => {
      while (performance.now() < deadline) {
        const { value, done } = queue.next()
        if (done) return
        const own = place++
        const began = performance.now()
        try {
          const answer = await send(value)
          latencies.push(performance.now() - began)
          if (answer.status === 200) take(answer.body, own)
          else fail(`HTTP ${String(answer.status)}`)
        } catch (error) {
          fail(error.message)
        }
      }
    }
    const began = performance.now()
    await Promise.all(Array.from({ length: inFlight }, loop))
    return { seconds: (performance.now() - began) / 1000, latencies, errors }
  }

  return { run, close: () => agent.destroy() }
}

/** The value that so many of a hundred are not above. */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * share) / 100) - 1)] ?? Number.NaN
}
