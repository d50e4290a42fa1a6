import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScepCapability, ScepFailInfo } from '../../src/scep.js'
import type { Certificate } from '../../src/types.js'
import { generateKey, nameAttribute, parseCertificate, verifyCertificatePath } from '../../src/x509.js'
import { describeWithTools, openWorkplace, runAsync, type RunResult, type Workplace } from '../support/openssl.js'
import { makeCa, makeRa } from '../support/scep-ca.js'
import { type ScepServer, type Seen, startScepServer } from '../support/scep-server.js'

// strongSwan 5.9.8 always posts, and takes no server's word for AES, so it is 3DES throughout.

const CAPABILITIES: readonly ScepCapability[] = [
  'AES',
  'DES3',
  'SHA-1',
  'SHA-256',
  'SHA-512',
  'POSTPKIOperation',
  'Renewal',
]
const CHALLENGE = 'a secret'
const FAIL_INFOS: readonly ScepFailInfo[] = ['badAlg', 'badMessageCheck', 'badRequest', 'badTime', 'badCertId']
type Roles = 'the CA alone' | 'a CA with an RA' | 'a CA with two RAs'

/** A server, and a client that has fetched its certificates. */
interface World {
  readonly ca: Certificate
  readonly server: ScepServer
  readonly place: Workplace
  readonly fetched: RunResult
  /** Arguments that tell the client whom to encrypt to and who signs. */
  readonly authority: readonly string[]
}

async function makeWorld(roles: Roles): Promise<World> {
  const ca = await makeCa('Test CA')
  const one = roles === 'a CA with an RA' ? { ra: [await makeRa('Test RA', ca)] as const } : {}
  const two = roles === 'a CA with two RAs' ? { ra: await twoRas() } : {}
  async function twoRas() {
    return [
      await makeRa('Encrypting RA', ca, 'key-encipherment'),
      await makeRa('Signing RA', ca, 'profile-signing'),
    ] as const
  }
  const server = await startScepServer({ ca, ...one, ...two, capabilities: CAPABILITIES, challenge: CHALLENGE })
  const place = openWorkplace()
  // The client renews with PKCSReq, signed by the old certificate, when it is told so.
  place.write('type19.conf', 'include /etc/strongswan.conf\npki { scep { renewal_via_pkcs_req = yes } }\n')
  const names = ['--caout', 'ca.der', '--raout', 'ra.der']
  const fetched = await runAsync('pki', ['--scepca', '--url', server.url, ...names], { workplace: place })
  const files = readdirSync(place.folder).filter((name) => name.endsWith('.der'))
  const fileOf = (commonName: string): string => {
    const found = files.find((name) => nameAttribute(parseCertificate(place.read(name)).subject, 'CN') === commonName)
    return found ?? 'missing'
  }
  const [encryption, signing] = {
    'the CA alone': [fileOf('Test CA'), fileOf('Test CA')],
    'a CA with an RA': [fileOf('Test RA'), fileOf('Test RA')],
    'a CA with two RAs': [fileOf('Encrypting RA'), fileOf('Signing RA')],
  }[roles]
  const authority = ['--cacert-enc', encryption!, '--cacert-sig', signing!, '--cacert', fileOf('Test CA')]
  return { ca: ca.certificate, server, place, fetched, authority }
}

interface Enrolment {
  readonly result: RunResult
  readonly seen: readonly Seen[]
}

/** Runs the client with a new key; leaves `<name>.key.der` and `<name>.der`. */
async function enrol(world: World, name: string, commonName: string, args: readonly string[]): Promise<Enrolment> {
  const { server, place } = world
  place.write(`${name}.key.der`, (await generateKey('RSA-2048')).privateKey)
  const before = server.seen.length
  const subject = ['--in', `${name}.key.der`, '--dn', `C=CH, O=Test, CN=${commonName}`]
  const polling = ['--interval', '1', '--maxpolltime', '20', '--cipher', 'des3']
  const command = ['--scep', '--url', server.url, ...subject, ...world.authority, ...polling, ...args]
  const isOld = args.includes('--type19')
  const result = await runAsync(
    'pki',
    command.filter((argument) => argument !== '--type19'),
    { workplace: place, ...(isOld && { env: { STRONGSWAN_CONF: place.path('type19.conf') } }) },
  )
  if (result.status === 0) place.write(`${name}.der`, result.stdout)
  return { result, seen: server.seen.slice(before) }
}

const withChallenge = ['--password', CHALLENGE]

async function expectIssued(world: World, { result }: Enrolment, commonName: string): Promise<Certificate> {
  expect(result.stderr).toMatch(/Issued certificate is trusted/)
  expect(result.status).toBe(0)
  const certificate = parseCertificate(result.stdout)
  expect(nameAttribute(certificate.subject, 'CN')).toBe(commonName)
  expect(await verifyCertificatePath(certificate, { anchors: [world.ca] })).toHaveLength(2)
  return certificate
}

const summary = (seen: readonly Seen[]) =>
  seen.map(({ method, request, answer }) => [method, request?.wireMessageType, request?.type, answer])

describeWithTools('strongSwan', ['pki'], () => {
  describe.each(['the CA alone', 'a CA with an RA', 'a CA with two RAs'] as const)('with %s', (roles) => {
    let world: World
    beforeAll(async () => {
      world = await makeWorld(roles)
    })
    afterAll(async () => {
      await world.server.close()
      world.place.close()
    })

    test('fetches the certificates and trusts the RA below the CA', () => {
      expect(world.fetched.status).toBe(0)
      expect(world.authority).not.toContain('missing')
      const trusted = world.fetched.stderr.match(/RA cert is trusted/g) ?? []
      expect(trusted).toHaveLength({ 'the CA alone': 0, 'a CA with an RA': 1, 'a CA with two RAs': 2 }[roles])
    })

    test('enrols, renews by type 17, and by type 19 signed with the old certificate', async () => {
      const first = await enrol(world, 'first', 'device', [...withChallenge, '--san', 'device.example'])
      const issued = await expectIssued(world, first, 'device')
      expect(summary(first.seen)).toEqual([['POST', '19', 'PKCSReq', 'SUCCESS']])
      expect(first.seen[0]?.request).toMatchObject({
        signerStanding: 'self-signed',
        signerHoldsCsrKey: true,
        digest: 'SHA-256',
      })

      const second = await enrol(world, 'second', 'device', ['--cert', 'first.der', '--key', 'first.key.der'])
      await expectIssued(world, second, 'device')
      expect(summary(second.seen)).toEqual([['POST', '17', 'RenewalReq', 'SUCCESS']])
      expect(second.seen[0]?.request).toMatchObject({ signerStanding: 'renewal', previous: { der: issued.der } })

      const third = await enrol(world, 'third', 'device', [
        '--cert',
        'second.der',
        '--key',
        'second.key.der',
        '--type19',
      ])
      await expectIssued(world, third, 'device')
      expect(summary(third.seen)).toEqual([['POST', '19', 'RenewalReq', 'SUCCESS']])
    })

    test('waits while the request is pending, and polls', async () => {
      const pending = await enrol(world, 'pending', 'pend-3', withChallenge)
      await expectIssued(world, pending, 'pend-3')
      expect(summary(pending.seen)).toEqual([
        ['POST', '19', 'PKCSReq', 'PENDING'],
        ['POST', '20', 'CertPoll', 'PENDING'],
        ['POST', '20', 'CertPoll', 'SUCCESS'],
      ])
    })

    test.each(FAIL_INFOS)('understands %s', async (failInfo) => {
      const { result, seen } = await enrol(world, 'refused', `fail-${failInfo}`, withChallenge)
      expect(seen.map(({ answer }) => answer)).toEqual([failInfo])
      expect(result.stderr).toMatch(new RegExp(`failInfo: +${failInfo} - `))
      expect(result.status).not.toBe(0)
    })
  })

  describe('with the CA alone', () => {
    let world: World
    beforeAll(async () => {
      world = await makeWorld('the CA alone')
      await expectIssued(world, await enrol(world, 'mine', 'device', withChallenge), 'device')
    })
    afterAll(async () => {
      await world.server.close()
      world.place.close()
    })

    test.each([
      ['sha1', 'SHA-1'],
      ['sha256', 'SHA-256'],
      ['sha384', 'SHA-384'],
      ['sha512', 'SHA-512'],
    ])('enrols with %s, and takes a reply signed with it', async (argument, digest) => {
      const enrolment = await enrol(world, argument, argument, [...withChallenge, '--digest', argument])
      await expectIssued(world, enrolment, argument)
      expect(enrolment.seen[0]?.request?.digest).toBe(digest)
    })

    test('a wrong challenge is refused', async () => {
      const { result, seen } = await enrol(world, 'stranger', 'device', ['--password', 'a guess'])
      expect(summary(seen)).toEqual([['POST', '19', 'PKCSReq', 'badRequest']])
      expect(result.stderr).toMatch(/failInfo: +badRequest/)
    })

    test('a renewal for another subject is refused', async () => {
      const { result, seen } = await enrol(world, 'other', 'another', ['--cert', 'mine.der', '--key', 'mine.key.der'])
      expect(summary(seen)).toEqual([['POST', '17', 'RenewalReq', 'badRequest']])
      expect(result.stderr).toMatch(/failInfo: +badRequest/)
    })

    test.each([
      ['17', []],
      ['19', ['--type19']],
    ])('a renewal by a certificate of another CA is refused, type %s', async (type, args) => {
      const elsewhere = await makeWorld('the CA alone')
      try {
        await expectIssued(elsewhere, await enrol(elsewhere, 'foreign', 'device', withChallenge), 'device')
        for (const name of ['foreign.der', 'foreign.key.der']) world.place.write(name, elsewhere.place.read(name))
        const signer = ['--cert', 'foreign.der', '--key', 'foreign.key.der', ...args]
        const { result, seen } = await enrol(world, 'intruder', 'device', signer)
        // As type 19 it is a first request with a signer of no standing, and has no challenge.
        const expected = type === '17' ? [undefined, undefined, 'badMessageCheck'] : ['19', 'PKCSReq', 'badRequest']
        expect(summary(seen)).toEqual([['POST', ...expected]])
        expect(result.status).not.toBe(0)
      } finally {
        await elsewhere.server.close()
        elsewhere.place.close()
      }
    })

    test('a message encrypted to another CA is refused with badMessageCheck', async () => {
      const elsewhere = await makeCa('Test CA')
      world.place.write('elsewhere.der', elsewhere.certificate.der)
      const misled = { ...world, authority: world.authority.map((word, at) => (at === 1 ? 'elsewhere.der' : word)) }
      const { result, seen } = await enrol(misled, 'misled', 'device', withChallenge)
      expect(summary(seen)).toEqual([['POST', undefined, undefined, 'badMessageCheck']])
      expect(result.stderr).toMatch(/failInfo: +badMessageCheck/)
    })
  })
})
