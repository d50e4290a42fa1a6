// An MDM server over `mdm-protocol` and Hono: the routes, and nothing that knows which runtime it runs on.
// `context`: ca (identity), oldCas (identities), nextCa (certificate or null), signer (identity that signs profiles), secrets
// (of challenges), store, options, log. See node.mjs and worker.mjs for the two ways to start it.
import { Hono } from 'hono'
import { isMdmProtocolError, toPem } from 'mdm-protocol'
import { adminRoutes } from './admin.mjs'
import { handleCheckin, handleCommand } from './channel.mjs'
import { enrollmentProfile, handleOta, otaRequest } from './enroll.mjs'
import { Refused } from './refused.mjs'
import { handleScep } from './scep.mjs'

/** Above any check-in; a device inventory can be large. */
const MAX_BODY = 8 * 1024 * 1024

const profileType = { 'content-type': 'application/x-apple-aspen-config' }

export function createApp(context) {
  const app = new Hono()

  // One line a request, no secrets: the path without its query, and the code of the error.
  app.use(async (c, next) => {
    const started = performance.now()
    await next()
    const code = c.get('errorCode') ?? ''
    const elapsed = (performance.now() - started).toFixed(1)
    context.log(`${c.req.method} ${c.req.path} ${String(c.res.status)} ${elapsed}ms ${code}`.trimEnd())
  })

  // 400 for what the sender got wrong, never 401: a device that is answered 401 un-enrols itself.
  app.onError((error, c) => {
    if (error instanceof Refused || isMdmProtocolError(error)) {
      c.set('errorCode', error.code)
      return c.body(null, error.status ?? 400)
    }
    context.log(error.stack ?? String(error))
    return c.body(null, 500)
  })

  app.get('/ca.crt', (c) =>
    c.body(toPem('CERTIFICATE', context.ca.certificate.der), 200, { 'content-type': 'application/x-pem-file' }),
  )
  app.get('/enroll', async (c) => c.body(await enrollmentProfile(context), 200, profileType))
  if (context.options.deviceCa !== undefined) {
    // Without it there is nobody to trust in phase 2.
    app.get('/ota', async (c) => c.body(await otaRequest(context), 200, profileType))
    app.post('/ota', async (c) => c.body(await handleOta(await bodyOf(c), context), 200, profileType))
  }
  app.on(['GET', 'POST'], '/scep', async (c) => {
    // The URL as it came in: a parsed query has lost the `+` of base64.
    const body = c.req.method === 'POST' ? await bodyOf(c) : null
    const answer = await handleScep({ method: c.req.method, url: c.req.url, body }, context)
    return c.body(answer.body, answer.status, answer.headers)
  })
  app.put('/checkin', async (c) => answerOf(c, await handleCheckin(await bodyOf(c), signatureOf(c), context)))
  app.put('/mdm', async (c) => answerOf(c, await handleCommand(await bodyOf(c), signatureOf(c), context)))
  if (context.options.adminToken !== undefined) adminRoutes(app, context)
  return app
}

const signatureOf = (c) => c.req.header('mdm-signature')

function answerOf(c, body) {
  return body === null ? c.body(null, 200) : c.body(body, 200, { 'content-type': 'application/xml' })
}

/** The body octet for octet, which is what the signature covers. */
async function bodyOf(c) {
  const declared = Number(c.req.header('content-length') ?? 0)
  if (declared > MAX_BODY) throw new Refused('BODY_TOO_LARGE', 413)
  return new Uint8Array(await c.req.arrayBuffer())
}
