// The device channel of an MDM server without sockets: check-ins and commands. What a database would hold is in Maps.
import { buildCommand, isMdmProtocolError, parseCheckin, parseCommandReport, verifyMdmSignature } from 'mdm-protocol'

const empty = (status) => ({ status, body: new Uint8Array(0) })

/** `identities`: enrollment id → certificate that was issued to it. */
export function createMdmServer(identities, now) {
  const enrollments = new Map()
  const queue = []

  /** Who speaks is what the certificate says, and it has to be the one that was issued to the enrollment of the body. */
  async function authenticate(header, body, enrollment) {
    const certificate = identities.get(enrollment.id)
    if (certificate === undefined) return false
    await verifyMdmSignature(header, body, { trust: { pinned: [certificate] }, now })
    return true
  }

  async function checkin({ header, body }) {
    const message = parseCheckin(body)
    if (!(await authenticate(header, body, message.enrollment))) return empty(400)
    if (message.messageType === 'Authenticate') enrollments.set(message.enrollment.id, { topic: message.topic })
    if (message.messageType === 'TokenUpdate')
      Object.assign(enrollments.get(message.enrollment.id), { token: message.token, pushMagic: message.pushMagic })
    return empty(200)
  }

  async function command({ header, body }) {
    const report = parseCommandReport(body)
    if (!(await authenticate(header, body, report.enrollment))) return empty(400)
    if (report.status !== 'Idle') enrollments.get(report.enrollment.id).lastReport = report
    const next = queue.shift()
    return next === undefined ? empty(200) : { status: 200, body: next }
  }

  /** Never 401: a device that is answered 401 un-enrols itself. */
  const guarded = (handle) => async (request) => {
    try {
      return await handle(request)
    } catch (error) {
      if (isMdmProtocolError(error)) return { ...empty(400), code: error.code }
      throw error
    }
  }

  return {
    checkin: guarded(checkin),
    command: guarded(command),
    enqueue: (requestType, fields, uuid) => queue.push(buildCommand(requestType, fields, uuid)),
    enrollments,
  }
}
