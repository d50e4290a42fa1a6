// node examples/push/main.mjs --certificate push.pem --key push.key --token BASE64 --magic TEXT [--development]
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { buildMdmPush, checkPushCertificate, parsePushResponse, pushTopicOf } from 'mdm-protocol/apns'
import { parseCertificate } from 'mdm-protocol/x509'
import { createPushSender } from './sender.mjs'

const { values } = parseArgs({
  options: {
    certificate: { type: 'string' },
    key: { type: 'string' },
    token: { type: 'string' },
    magic: { type: 'string' },
    development: { type: 'boolean', default: false },
  },
})
for (const name of ['certificate', 'key', 'token', 'magic'])
  if (values[name] === undefined) throw new Error(`--${name} is missing`)

const certificate = readFileSync(values.certificate, 'utf8')
const pushCertificate = parseCertificate(certificate)
for (const { level, message } of checkPushCertificate(pushCertificate, new Date()))
  console.error(`${level}: ${message}`)

const sender = createPushSender({ certificate, key: readFileSync(values.key, 'utf8') })
const push = buildMdmPush({
  token: Uint8Array.from(Buffer.from(values.token, 'base64')),
  pushMagic: values.magic,
  topic: pushTopicOf(pushCertificate),
  environment: values.development ? 'development' : 'production',
})
const result = parsePushResponse(await sender.send(push))
await sender.close()

switch (result.outcome) {
  case 'accepted':
    console.log(`accepted, apns-id ${result.apnsId}`)
    break
  case 'unregistered':
    console.log('the token is finished: forget it and wait for the next TokenUpdate')
    break
  case 'retry':
    console.log(`${result.reason}: again${result.afterSeconds === null ? '' : ` in ${result.afterSeconds} seconds`}`)
    break
  default:
    console.log(`${result.reason}: ${result.scope === 'sender' ? 'no push of this server will pass' : 'this request'}`)
}
process.exitCode = result.outcome === 'accepted' ? 0 : 1
