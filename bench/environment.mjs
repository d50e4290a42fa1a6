// Machine and versions that the figures belong to.
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'

const PEERS = [
  'pkijs',
  'asn1js',
  '@peculiar/x509',
  '@peculiar/webcrypto',
  'node-forge',
  'plist',
  'bplist-parser',
  'saxes',
]

const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version

export function environment() {
  return {
    node: process.version,
    openssl: process.versions.openssl,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    /** Runnable processes over the last minute: above the cores, others were busy too. */
    load: Math.round(loadavg()[0] * 10) / 10,
    peers: Object.fromEntries(PEERS.map((name) => [name, versionOf(name)])),
  }
}

export function environmentText({ node, openssl, cpu, cores, load, peers }) {
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
  return `Node ${node}, OpenSSL ${openssl}, ${cpu}, ${cores} cores, load ${load}\n${versions.join(', ')}`
}
