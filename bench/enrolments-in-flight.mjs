// Enrolments in flight beside their floor, for a process of its own: libuv makes its thread pool as large as
// UV_THREADPOOL_SIZE said when the process began.
import { enrol } from './data/enrol.mjs'
import { makeEnrolments } from './data/enrolment.mjs'
import { floorAsync } from './data/enrolment-floor.mjs'
import { VALIDITY } from './data/identities.mjs'
import { compareInFlight } from './in-flight.mjs'

/** `total`: calls of a batch. Of a short one half is beginning and end, when there is less in flight. */
export async function enrolmentsInFlight({ inFlight, total, rounds }) {
  const { ca, devices } = await makeEnrolments(16)
  let turn = 0
  const next = () => devices[turn++ % devices.length]
  const contenders = {
    ours: () => enrol(next().http, ca, VALIDITY),
    floor: () => floorAsync(next().floor, ca.key.privateKey),
  }
  const { of, ratio } = await compareInFlight(contenders, { inFlight, total, rounds })
  const summary = (name) => ({ perSecond: of(name, 'perSecond'), blocked: of(name, 'blockedMax') })
  return { ours: summary('ours'), floor: summary('floor'), ratio: ratio('ours', 'floor', 'perSecond').median }
}
