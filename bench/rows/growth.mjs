// How time grows with the input: 1 KB to 16 MB, or as far as a format's own limit goes.
import { buildCertificateBag, parseCertificateBag, signCms, verifyCms } from '../../dist/cms.js'
import { parseCheckin } from '../../dist/mdm.js'
import { decodePlist, encodeBinaryPlist, encodePlist } from '../../dist/plist.js'
import { encodeProfile, parseProfile } from '../../dist/profiles.js'
import { parseScepHttpRequest, peekScepMessage } from '../../dist/scep.js'
import { parseCertificate, parseCertificates, toPem } from '../../dist/x509.js'
import { applicationList } from '../data/plists.mjs'
import { makeSelfSigned } from '../data/identities.mjs'
import { asBer } from '../data/ber.mjs'
import { summarize } from '../measure.mjs'
import { atMost, fact } from '../verdict.mjs'

const KB = 1024
const MB = 1024 * KB
/** Doublings from here on count: below them a call's own cost hides the growth. */
const COUNTED_FROM = 64 * KB

const sizesTo = (largest) => {
  const sizes = []
  for (let size = KB; size <= largest; size *= 4) sizes.push(size)
  return sizes
}

/** Processor time: other processes do not count. */
function timeOf(work) {
  const start = process.cpuUsage()
  let calls = 0
  let elapsed
  do {
    work()
    calls++
    const { user, system } = process.cpuUsage(start)
    elapsed = user + system
  } while (elapsed < 4000 && calls < 2000)
  return elapsed / calls
}

/** Slope of log(time) over log(size): 1 is linear. */
function exponentOf(points) {
  const logs = points.map(({ size, time }) => [Math.log(size), Math.log(time)])
  const mean = (index) => logs.reduce((sum, pair) => sum + pair[index], 0) / logs.length
  const [x, y] = [mean(0), mean(1)]
  const over = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0)
  return over / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
}

async function measureGrowth({ makeInput, work, largest }, { rounds }) {
  const inputs = []
  for (const size of sizesTo(largest)) inputs.push(await makeInput(size))
  const times = inputs.map(() => [])
  for (const input of inputs) timeOf(() => work(input))
  // The smallest of a few: a pause of the machine adds, nothing takes away. It weighs more on what takes less time.
  for (let round = 0; round < Math.min(rounds, 5); round++)
    for (const [i, input] of inputs.entries())
      for (let again = input.length > MB ? 1 : 4; again > 0; again--) times[i].push(timeOf(() => work(input)))
  const points = inputs.map((input, i) => ({ size: input.length, time: summarize(times[i]).min }))
  const counted = points.filter(({ size }) => size >= COUNTED_FROM * 0.9)
  const exponent = exponentOf(counted)
  const last = points.at(-1)
  return {
    figures: [
      ...points.map(({ size, time }) => fact(`${Math.round(size / KB).toLocaleString('en')} KB`, time, 'µs')),
      fact('largest, a MB', (last.time / last.size) * MB, 'µs'),
    ],
    checks: [atMost('time for double the input', 2 ** exponent, 2.2)],
    notes: [`time ~ size^${exponent.toFixed(3)}`],
  }
}

const applicationsOf = (size) => Math.max(1, Math.round(size / 520))
let signer = null
const ca = () => (signer ??= makeSelfSigned('Example Device CA', 'ca'))

const profileOf = (size) => {
  const { InstalledApplicationList } = applicationList(applicationsOf(size))
  const members = { PayloadIdentifier: 'com.example', PayloadUUID: 'FF4C5D7C-B03E-59A9-9B18-89511D1A7D4F' }
  return encodeProfile({ PayloadType: 'Configuration', PayloadVersion: 1, ...members, InstalledApplicationList })
}

const swallow = (work) => (input) => {
  try {
    return work(input)
  } catch (error) {
    if (error.name !== 'MdmProtocolError') throw error
    return error
  }
}

const PARSERS = {
  'plist-xml': {
    title: 'decodePlist, XML',
    makeInput: (size) => encodePlist(applicationList(applicationsOf(size))),
    work: (input) => decodePlist(input),
  },
  'plist-binary': {
    title: 'decodePlist, binary',
    makeInput: (size) => encodeBinaryPlist(applicationList(Math.max(1, Math.round(size / 185)))),
    work: (input) => decodePlist(input),
  },
  'plist-data': {
    title: 'decodePlist, one long data element',
    makeInput: (size) => encodePlist({ Data: new Uint8Array(Math.round((size * 3) / 4)).fill(0xa5) }),
    work: (input) => decodePlist(input),
  },
  checkin: {
    title: 'parseCheckin',
    makeInput: (size) =>
      encodePlist({
        MessageType: 'SetBootstrapToken',
        UDID: 'A',
        BootstrapToken: new Uint8Array(Math.round(size / 1.37)),
      }),
    work: (input) => parseCheckin(input),
  },
  profile: { title: 'parseProfile', makeInput: profileOf, work: (input) => parseProfile(input) },
  pem: {
    title: 'parseCertificates, PEM',
    makeInput: async (size) => {
      const pem = toPem('CERTIFICATE', (await ca()).certificate.der)
      return pem.repeat(Math.max(1, Math.round(size / pem.length)))
    },
    work: (input) => parseCertificates(input),
  },
  'certificate-bag': {
    title: 'parseCertificateBag (256 certificates at most)',
    largest: 256 * KB,
    makeInput: async (size) => {
      const { certificate } = await ca()
      return buildCertificateBag(new Array(Math.min(256, Math.ceil(size / certificate.der.length))).fill(certificate))
    },
    work: (input) => parseCertificateBag(input),
  },
  'cms-der': {
    title: 'peekScepMessage, DER that is none',
    makeInput: async (size) => signCms(new Uint8Array(size), (await ca()).identity),
    work: swallow((input) => peekScepMessage(input)),
  },
  'cms-ber': {
    title: 'peekScepMessage, BER in segments',
    makeInput: async (size) => asBer(await signCms(new Uint8Array(size), (await ca()).identity)),
    work: swallow((input) => peekScepMessage(input)),
  },
  'scep-get': {
    title: 'parseScepHttpRequest, GET (1 MB at most)',
    largest: MB,
    makeInput: (size) =>
      `/scep?operation=PKIOperation&message=${encodeURIComponent(
        Buffer.alloc(Math.round(size / 1.42))
          .fill(0xfb)
          .toString('base64'),
      ).slice(0, size - 64)}`,
    work: swallow((url) => parseScepHttpRequest({ method: 'GET', url, body: null })),
  },
}

const growthRows = Object.entries(PARSERS).map(([id, parser]) => ({
  id: `growth-${id}`,
  title: `growth: ${parser.title}`,
  measure: (options) => measureGrowth({ largest: 16 * MB, ...parser }, options),
}))

/** What is too large is refused by its size alone. */
async function refusal() {
  const bytes = new Uint8Array(64 * MB)
  const text = ' '.repeat(64 * MB)
  const { certificate } = await ca()
  const refusals = {
    decodePlist: () => decodePlist(bytes),
    'decodePlist, text': () => decodePlist(text),
    parseProfile: () => parseProfile(bytes),
    parseCheckin: () => parseCheckin(bytes),
    parseCertificate: () => parseCertificate(bytes),
    'parseCertificate, PEM': () => parseCertificate(text),
    peekScepMessage: () => peekScepMessage(bytes),
    parseCertificateBag: () => parseCertificateBag(bytes),
    verifyCms: () => verifyCms(bytes, { trust: { pinned: [certificate] } }).catch(() => null),
  }
  const figures = Object.entries(refusals).map(([name, work]) => {
    const times = Array.from({ length: 9 }, () => {
      const start = process.hrtime.bigint()
      swallow(work)()
      return Number(process.hrtime.bigint() - start) / 1000
    })
    return fact(name, summarize(times).median, 'µs')
  })
  const slowest = Math.max(...figures.map(({ median }) => median))
  return { figures, checks: [atMost('slowest, ms', slowest / 1000, 1, 'time')], notes: [] }
}

export const rows = [...growthRows, { id: 'refusal', title: '64 MB of input refused', measure: refusal }]
