// What the server remembers, over a table of values that can be read and changed: `get(table, key)`,
// `update(table, key, change)` with `change(current) → { next, result }` in one step, `list(table)`. A value is a dictionary
// that a property list can hold; there is no `null` in those, so what is forgotten is left out.
import { parseCertificate } from 'mdm-protocol'

export function createStore(table) {
  // A request is looked up thrice on its way, and WebCrypto takes as long for a digest as for a signature's verification.
  const digests = new WeakMap()
  const digestOf = (request) => {
    if (!digests.has(request)) digests.set(request, globalThis.crypto.subtle.digest('SHA-256', request).then(hex))
    return digests.get(request)
  }
  const put = (name, key, value) => table.update(name, key, () => ({ next: value }))
  const merge = (name, key, changes) =>
    table.update(name, key, (current) => ({ next: withoutNull({ ...current, ...changes }) }))
  const certificateOf = (value) => (value === null ? null : parseCertificate(value.der))

  return {
    // Certificates by serial number, and by the request that they answered.
    async saveCertificate(certificate, device, transactionId, csr) {
      const value = { der: certificate.der, device }
      await put('certificates', certificate.serialNumber, value)
      await put('requests', `${transactionId}/${await digestOf(csr)}`, value)
    },
    async certificate(serialNumber) {
      const value = await table.get('certificates', serialNumber)
      return value === null ? null : { certificate: certificateOf(value), device: value.device }
    },
    issuedFor: async (transactionId, csr) =>
      certificateOf(await table.get('requests', `${transactionId}/${await digestOf(csr)}`)),

    /** Whether the challenge is used for the first time, or again for the very same octets: a request, or a UDID. */
    async useChallenge(id, octets) {
      const request = await digestOf(octets)
      return table.update('challenges', id, (current) => ({
        next: current ?? { request },
        result: current === null || current.request === request,
      }))
    },

    // Requests that wait for a person. The client chooses the transactionID, so it belongs to the key that came with it first.
    pend: (transactionId, value) =>
      table.update('pending', transactionId, (current) => {
        const isOurs = current === null || current.key === value.key
        return { next: isOurs ? value : current, result: isOurs }
      }),
    pending: (transactionId) => table.get('pending', transactionId),
    pendingIds: async () => (await table.list('pending')).filter(([, value]) => !value.settled).map(([id]) => id),
    settle: (transactionId, outcome) => merge('pending', transactionId, { ...outcome, settled: true }),

    // Enrollments: which device, and what it told.
    async enroll(id, device) {
      await table.update('queues', id, () => ({ next: { items: [] } }))
      await put('enrollments', id, { device })
    },
    /** There is nothing to take away from a table; what is left says nothing, and belongs to nobody. */
    async forget(id) {
      await table.update('queues', id, () => ({ next: { items: [] } }))
      await put('enrollments', id, {})
    },
    deviceOf: async (id) => (await table.get('enrollments', id))?.device ?? null,
    enrollment: async (id) => (await table.get('enrollments', id)) ?? {},
    update: (id, changes) => merge('enrollments', id, changes),
    enrollments: async () =>
      (await table.list('enrollments')).map(([id, { device, topic }]) => ({ id, device, topic })),

    // Commands stay until the device reports on them.
    enqueue: (id, uuid, body) =>
      table.update('queues', id, (current) => ({ next: { items: [...(current?.items ?? []), { uuid, body }] } })),
    nextCommand: async (id) => (await table.get('queues', id))?.items[0]?.body ?? null,
    async report(id, uuid, status) {
      await merge('reports', id, { [uuid]: status })
      if (status === 'NotNow') return
      await table.update('queues', id, (current) => ({
        next: { items: (current?.items ?? []).filter((item) => item.uuid !== uuid) },
      }))
    },
    reports: async (id) => (await table.get('reports', id)) ?? {},
  }
}

function withoutNull(value) {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null && member !== undefined))
}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (octet) => octet.toString(16).padStart(2, '0')).join('')
