// The simulated device as a program:
//   node examples/device/main.mjs enroll http://127.0.0.1:8080/enroll --state device.json [--style macos] [--udid …]
//   node examples/device/main.mjs enroll http://127.0.0.1:8080/ota --factory-cert … --factory-key … --state device.json
//   node examples/device/main.mjs poll-certificate --state device.json    after an answer of PENDING
//   node examples/device/main.mjs poll --state device.json
//   node examples/device/main.mjs renew --state device.json
//   node examples/device/main.mjs check-out --state device.json
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { importIdentity } from 'mdm-protocol'
import { checkIn, enroll, poll, pollCertificate, requestCertificate } from './device.mjs'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    state: { type: 'string', default: 'device.json' },
    style: { type: 'string', default: 'ios' },
    udid: { type: 'string' },
    'factory-cert': { type: 'string' },
    'factory-key': { type: 'string' },
  },
})
const [verb, profileUrl] = positionals
const log = (line) => console.log(line)
const remembered = () => JSON.parse(readFileSync(values.state, 'utf8'))
const remember = (state) => writeFileSync(values.state, JSON.stringify(state, null, 2), { mode: 0o600 })

const factoryIdentity = ({ 'factory-cert': certificate, 'factory-key': privateKey }) =>
  certificate === undefined
    ? undefined
    : importIdentity({ certificate: readFileSync(certificate, 'utf8'), privateKey: readFileSync(privateKey, 'utf8') })

if (verb === 'enroll' && profileUrl !== undefined) {
  const factory = await factoryIdentity(values)
  remember(await enroll(profileUrl, { fetch, style: values.style, udid: values.udid, factory, log }))
} else if (verb === 'poll-certificate') remember(await pollCertificate(remembered(), { fetch, log }))
else if (verb === 'poll') log(`${String(await poll(remembered(), { fetch, log }))} command(s) answered`)
else if (verb === 'renew') {
  const state = remembered()
  remember({ ...state, ...(await requestCertificate(state, { fetch, log })) })
} else if (verb === 'check-out') await checkIn(remembered(), { MessageType: 'CheckOut' }, { fetch })
else {
  console.error(
    'usage: main.mjs enroll URL | poll-certificate | poll | renew | check-out [--state FILE] [--style ios|macos] [--udid UDID] [--factory-cert PEM --factory-key PEM]',
  )
  process.exitCode = 2
}
