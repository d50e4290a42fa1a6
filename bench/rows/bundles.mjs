// What a browser or an edge worker loads: bundled, minified, gzip.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { atMost, fact } from '../verdict.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What an import() fetches stays outside. */
const outside = {
  name: 'outside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /.*/ }, ({ kind, path }) => {
      return kind === 'dynamic-import' ? { path, external: true } : undefined
    })
  },
}

/** `whole`: in one file with everything that is fetched at its first use alone, which is the most that anybody gets. */
async function bundle(names, whole) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names.join(', ')} } from './dist/index.js'`, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['browser'],
    outdir: '/',
    write: false,
    metafile: true,
    logLevel: 'silent',
    plugins: whole ? [] : [outside],
  })
  const [output] = Object.values(metafile.outputs)
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const size = gzipSync(outputFiles[0].contents, { level: 9 }).length / 1024
  return { size, inputs: inputs.map(([path]) => path) }
}

const packageOf = (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? null

function row(id, names, limit) {
  return {
    id: `bundle-${id}`,
    title: `bundle: ${names.join(' + ')}`,
    measure: async () => {
      const { size } = await bundle(names, false)
      const whole = await bundle(names, true)
      const packages = [...new Set(whole.inputs.map(packageOf))].filter((name) => name !== null)
      const isPkcs12 = names.some((name) => name.endsWith('Pkcs12'))
      const checks = limit === null ? [] : [atMost('gzip, KB', size, limit, 'size')]
      if (!isPkcs12) checks.push(atMost('pkijs inside', packages.includes('pkijs') ? 1 : 0, 0, 'size'))
      return {
        figures: [fact('gzip', size, 'KB'), fact('with what is fetched at its first use', whole.size, 'KB')],
        checks,
        notes: [`packages, fetched ones included: ${packages.join(', ') || 'none'}`],
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
