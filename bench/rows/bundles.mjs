// What a browser or an edge worker loads: bundled, minified, gzip.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { atMost, fact } from '../verdict.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** In one file, so with everything that is loaded at its first use alone: the most that anybody gets. */
async function bundle(names) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names.join(', ')} } from './dist/index.js'`, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['browser'],
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const [output] = Object.values(metafile.outputs)
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return { size: gzipSync(outputFiles[0].contents, { level: 9 }).length, inputs: inputs.map(([path]) => path) }
}

const packageOf = (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? null

function row(id, names, limit) {
  return {
    id: `bundle-${id}`,
    title: `bundle: ${names.join(' + ')}`,
    measure: async () => {
      const { size, inputs } = await bundle(names)
      const packages = [...new Set(inputs.map(packageOf))].filter((name) => name !== null)
      const pkijs = packages.includes('pkijs') ? 1 : 0
      const isPkcs12 = names.some((name) => name.endsWith('Pkcs12'))
      const checks = limit === null ? [] : [atMost('gzip, KB', size / 1024, limit, 'size')]
      if (!isPkcs12) checks.push(atMost('pkijs inside', pkijs, 0, 'size'))
      return {
        figures: [fact('gzip', size / 1024, 'KB')],
        checks,
        notes: [`${inputs.length} modules`, `packages: ${packages.join(', ') || 'none'}`],
      }
    },
  }
}

export const rows = [
  row('push', ['buildMdmPush'], 2),
  row('plist', ['decodePlist'], 15),
  row('mdm-signature', ['verifyMdmSignature'], 25),
  row('scep', ['openScepRequest', 'buildScepReply'], 35),
  row('enrolment', ['parseScepHttpRequest', 'openScepRequest', 'issueCertificate', 'buildScepReply'], null),
  row('profiles', ['signProfile', 'encryptProfile'], null),
  row('pkcs12', ['openPkcs12', 'buildPkcs12'], null),
]
