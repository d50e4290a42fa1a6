// The foreign programs that the tests talk to. On a Debian machine where this runs as root, what is missing is
// installed; elsewhere the line that installs it is printed, and the tests that need it are skipped.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { inCi } from './in-ci.mjs'

export const DEBIAN_PACKAGES = [
  'openssl',
  'python3-cryptography',
  'gnutls-bin',
  'libplist-utils',
  'strongswan-pki',
  'libstrongswan-standard-plugins',
  'libstrongswan-extra-plugins',
  'certmonger',
  'softhsm2',
  'opensc',
  'chromium',
]

const isInstalled = (name) => {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' })
  return query.status === 0 && query.stdout === 'installed'
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stdout, stderr } = spawnSync('apt-get', args, { encoding: 'utf8', env, timeout: 900_000 })
  if (status !== 0) console.log(`${stdout ?? ''}${stderr ?? ''}`)
  return status === 0
}

/** What is still missing fails under CI. Elsewhere it is no result of its own: the tests that need it count as skipped. */
export function fetchDebianPackages(packages = DEBIAN_PACKAGES) {
  const outcome = (missing) => ({ passed: 0, failed: inCi ? missing.length : 0, skipped: 0 })
  if (!existsSync('/etc/debian_version')) {
    console.log(`not a Debian machine; the tests use what Debian calls ${packages.join(' ')}`)
    return outcome(packages)
  }
  let missing = packages.filter((name) => !isInstalled(name))
  if (missing.length > 0 && process.getuid?.() === 0) {
    console.log(`installing ${missing.join(' ')}`)
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', ...missing)
    missing = missing.filter((name) => !isInstalled(name))
  }
  if (missing.length > 0) console.log(`missing: apt-get install --no-install-recommends ${missing.join(' ')}`)
  else console.log(`${packages.length} packages are there`)
  return outcome(missing)
}
