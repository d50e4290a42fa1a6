// What an operator does, behind a bearer token: queue a command, approve a request, see what came back.
import { buildCommand, parseCsr } from 'mdm-protocol'
import { pushTo } from './channel.mjs'
import { issue } from './scep.mjs'

export function adminRoutes(app, context) {
  const { store, options } = context
  app.use('/admin/*', async (c, next) => {
    if (!(await sameToken(c.req.header('authorization') ?? '', `Bearer ${options.adminToken}`)))
      return c.body(null, 403)
    return next()
  })
  app.get('/admin/enrollments', async (c) => c.json(await store.enrollments()))
  app.delete('/admin/enrollments/:id', async (c) => {
    await store.forget(c.req.param('id'))
    return c.body(null, 204)
  })
  app.post('/admin/commands/:id', async (c) => {
    if ((await store.enrollment(c.req.param('id'))).topic === undefined) return c.body(null, 404)
    const { requestType, fields = {} } = await c.req.json()
    const uuid = globalThis.crypto.randomUUID()
    await store.enqueue(c.req.param('id'), uuid, buildCommand(requestType, fields, uuid))
    return c.json({ uuid, pushed: await pushTo(c.req.param('id'), context) })
  })
  app.get('/admin/reports/:id', async (c) => c.json(await store.reports(c.req.param('id'))))
  app.get('/admin/pending', async (c) => c.json(await store.pendingIds()))
  app.post('/admin/pending/:id', async (c) => {
    const id = c.req.param('id')
    const pending = await store.pending(id)
    if (pending === null) return c.body(null, 404)
    const { approve } = await c.req.json()
    if (approve !== true) await store.settle(id, { refused: true })
    else {
      const request = { transactionId: id, csr: parseCsr(pending.csr) }
      const { certificates } = await issue(pending.device, request, context)
      await store.settle(id, { certificate: certificates[0].der })
    }
    return c.body(null, 204)
  })
}

/** Compared as digests, so that the time says nothing about how much of it was right. */
async function sameToken(a, b) {
  const [one, other] = await Promise.all(
    [a, b].map(
      async (text) => new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
    ),
  )
  return one.every((octet, index) => octet === other[index])
}
