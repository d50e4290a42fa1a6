import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScepCapability } from '../../src/scep.js'
import type { Certificate, Identity } from '../../src/types.js'
import { nameAttribute, parseCertificate, toPem, verifyCertificatePath } from '../../src/x509.js'
import { type Certmonger, startCertmonger, until } from '../support/certmonger.js'
import { describeWithTools, openWorkplace, runAsync, type Workplace } from '../support/openssl.js'
import { makeCa, makeRa } from '../support/scep-ca.js'
import { type ScepServer, type Seen, startScepServer } from '../support/scep-server.js'

// certmonger 0.79 sends PKIOperation by GET even where POST is offered, encrypts with AES-256, and renews with
// PKCSReq signed by the old certificate.

const CAPABILITIES: readonly ScepCapability[] = ['AES', 'DES3', 'SHA-1', 'SHA-256', 'POSTPKIOperation', 'Renewal']
const CHALLENGE = 'a secret'
const REFUSALS = {
  badAlg: 'Unrecognized or unsupported algorithm',
  badMessageCheck: 'Integrity check of client request failed at server',
  badRequest: 'Transaction either is not permitted or is not supported',
  badTime: 'Clock skew too great',
  badCertId: 'Server returned failure code "4"',
}

interface World {
  readonly ca: Identity
  readonly server: ScepServer
  readonly place: Workplace
  readonly certmonger: Certmonger
}

async function makeWorld(withRa: boolean): Promise<World> {
  const ca = await makeCa('Test CA')
  const ra = withRa ? await makeRa('Test RA', ca) : null
  const server = await startScepServer({
    ca,
    ...(ra && { ra: [ra] }),
    capabilities: CAPABILITIES,
    challenge: CHALLENGE,
  })
  const place = openWorkplace()
  place.write('ca.pem', toPem('CERTIFICATE', ca.certificate.der))
  place.write('recipient.pem', toPem('CERTIFICATE', (ra ?? ca).certificate.der))
  const certmonger = await startCertmonger(place)
  const { getcert } = certmonger
  // -N: with the CA alone, certmonger takes GetCACert's one certificate as an RA's and misses its issuer.
  await getcert('add-scep-ca', '-c', 'test', '-u', server.url, '-N', place.path('ca.pem'))
  await until(async () => (await getcert('list-cas', '-c', 'test')).stdoutText.includes('thumbprint'), 'GetCACert')
  return { ca, server, place, certmonger }
}

async function closeWorld({ server, place, certmonger }: World): Promise<void> {
  await certmonger.close()
  await server.close()
  place.close()
}

const WAIT = ['-w', '--wait-timeout', '20'] as const

/** Runs one command of the client; answers with what the server saw of it. */
async function told(world: World, ...args: readonly string[]): Promise<readonly Seen[]> {
  const before = world.server.seen.length
  await world.certmonger.getcert(...args)
  return world.server.seen.slice(before)
}

function request(
  world: World,
  id: string,
  commonName: string,
  challenge: string = CHALLENGE,
  wait: readonly string[] = WAIT,
): Promise<readonly Seen[]> {
  const files = ['-k', world.place.path(`${id}.key`), '-f', world.place.path(`${id}.pem`)]
  return told(world, 'request', '-c', 'test', '-I', id, ...files, '-N', `CN=${commonName}`, '-L', challenge, ...wait)
}

async function statusOf(world: World, id: string): Promise<{ readonly status: string; readonly error: string }> {
  const { stdoutText } = await world.certmonger.getcert('list', '-i', id)
  const field = (name: string): string => new RegExp(`^\\t${name}: (.*)$`, 'm').exec(stdoutText)?.[1] ?? ''
  return { status: field('status'), error: field('ca-error') }
}

async function certificateOf(world: World, id: string): Promise<Certificate> {
  expect(await statusOf(world, id)).toEqual({ status: 'MONITORING', error: '' })
  const certificate = parseCertificate(world.place.readText(`${id}.pem`))
  expect(await verifyCertificatePath(certificate, { anchors: [world.ca.certificate] })).toHaveLength(2)
  return certificate
}

const summary = (seen: readonly Seen[]) =>
  seen.map(({ method, request: opened, answer }) => [method, opened?.wireMessageType, opened?.type, answer])

describeWithTools('certmonger', ['scepSubmit', 'certmongerSession', 'getcert'], () => {
  describe.each([
    ['the CA alone', false],
    ['a CA with an RA', true],
  ])('with %s', (_, withRa) => {
    let world: World
    beforeAll(async () => {
      world = await makeWorld(withRa)
    })
    afterAll(async () => {
      await closeWorld(world)
    })

    test('its helper reads the capabilities', async () => {
      const { status, stdoutText } = await runAsync('scepSubmit', ['-c', '-u', world.server.url])
      expect(status).toBe(0)
      expect(stdoutText.trim().split('\n')).toEqual(CAPABILITIES)
    })

    test('its helper reads the certificates, the one to encrypt to first', async () => {
      const { status, stdoutText } = await runAsync('scepSubmit', ['-C', '-u', world.server.url])
      expect(status).toBe(0)
      const blocks = stdoutText.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
      const names = blocks.map((pem) => nameAttribute(parseCertificate(pem).subject, 'CN'))
      expect(names).toEqual(withRa ? ['Test RA', 'Test CA'] : ['Test CA'])
    })

    test('enrols, renews with the same key, and with a new one', async () => {
      const first = await request(world, 'device', 'device')
      expect(summary(first)).toEqual([['GET', '19', 'PKCSReq', 'SUCCESS']])
      expect(first[0]?.request).toMatchObject({
        cipher: 'AES-256-CBC',
        digest: 'SHA-256',
        signerStanding: 'self-signed',
      })
      const enrolled = await certificateOf(world, 'device')
      expect(nameAttribute(enrolled.subject, 'CN')).toBe('device')

      const second = await told(world, 'resubmit', '-i', 'device', ...WAIT)
      expect(summary(second)).toEqual([['GET', '19', 'RenewalReq', 'SUCCESS']])
      expect(second[0]?.request).toMatchObject({ previous: { der: enrolled.der } })
      const renewed = await certificateOf(world, 'device')
      expect(renewed.serialNumber).not.toBe(enrolled.serialNumber)
      expect(renewed.publicKey).toEqual(enrolled.publicKey)

      const third = await told(world, 'rekey', '-i', 'device', ...WAIT)
      expect(summary(third)).toEqual([['GET', '19', 'RenewalReq', 'SUCCESS']])
      expect(third[0]?.request).toMatchObject({ previous: { der: renewed.der } })
      const rekeyed = await certificateOf(world, 'device')
      expect(rekeyed.publicKey).not.toEqual(renewed.publicKey)
    })

    test('asks again while the request is pending', async () => {
      const before = world.server.seen.length
      await request(world, 'pending', 'pend-3', CHALLENGE, [])
      const isAt = (count: number, status: string) => async () =>
        world.server.seen.length === before + count && (await statusOf(world, 'pending')).status === status
      await until(isAt(1, 'CA_WORKING'), 'the first answer')

      // The daemon repeats its PKCSReq; the GetCertInitial that it also made is for its helper to send.
      world.place.write('poll.pem', world.certmonger.requestRecord('pending').get('scep_gic') ?? '')
      const poll = ['-g', '-u', world.server.url, '-r', 'recipient.pem', '-N', 'ca.pem', 'poll.pem']
      await runAsync('scepSubmit', poll, { workplace: world.place })
      await world.certmonger.getcert('refresh', '-i', 'pending')
      await until(isAt(3, 'MONITORING'), 'the certificate')
      expect(summary(world.server.seen.slice(before))).toEqual([
        ['GET', '19', 'PKCSReq', 'PENDING'],
        ['GET', '20', 'CertPoll', 'PENDING'],
        ['GET', '19', 'PKCSReq', 'SUCCESS'],
      ])
      expect(nameAttribute((await certificateOf(world, 'pending')).subject, 'CN')).toBe('pend-3')
    })

    test.each(Object.entries(REFUSALS))('understands %s', async (failInfo, text) => {
      const seen = await request(world, failInfo, `fail-${failInfo}`)
      expect(summary(seen)).toEqual([['GET', '19', 'PKCSReq', failInfo]])
      const { status, error } = await statusOf(world, failInfo)
      expect(status).toBe('CA_REJECTED')
      expect(error).toContain(text)
    })

    test('a wrong challenge is refused', async () => {
      expect(summary(await request(world, 'stranger', 'stranger', 'a guess'))).toEqual([
        ['GET', '19', 'PKCSReq', 'badRequest'],
      ])
      expect(await statusOf(world, 'stranger')).toMatchObject({ status: 'CA_REJECTED' })
    })
  })
})
