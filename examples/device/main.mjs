// The simulated device as a program:
//   node examples/device/main.mjs enroll http://127.0.0.1:8080/enroll --state device.json [--style macos]
//   node examples/device/main.mjs poll --state device.json
//   node examples/device/main.mjs renew --state device.json
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { enroll, poll, requestCertificate } from './device.mjs'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { state: { type: 'string', default: 'device.json' }, style: { type: 'string', default: 'ios' } },
})
const [verb, profileUrl] = positionals
const log = (line) => console.log(line)
const remembered = () => JSON.parse(readFileSync(values.state, 'utf8'))
const remember = (state) => writeFileSync(values.state, JSON.stringify(state, null, 2), { mode: 0o600 })

if (verb === 'enroll' && profileUrl !== undefined)
  remember(await enroll(profileUrl, { fetch, style: values.style, log }))
else if (verb === 'poll') log(`${String(await poll(remembered(), { fetch, log }))} command(s) answered`)
else if (verb === 'renew') {
  const state = remembered()
  remember({ ...state, ...(await requestCertificate(state, { fetch, log })) })
} else {
  console.error('usage: main.mjs enroll URL | poll | renew [--state FILE] [--style ios|macos]')
  process.exitCode = 2
}
