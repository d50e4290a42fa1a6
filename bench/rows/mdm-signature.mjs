// `verifyMdmSignature`. Each function does the whole work once.
import { webcrypto } from 'node:crypto'
import * as pkijs from 'pkijs'
import { verifyMdmSignature } from '../../dist/mdm.js'
import { parseCertificate } from '../../dist/x509.js'
import { contestRow } from '../contest.mjs'
import { makeMdmSignatures, NOW } from '../data/mdm-signature.mjs'
import { mdmSignatureFloors } from '../data/mdm-signature-floor.mjs'
import { GO } from '../elsewhere.mjs'

function verifyWithPkijs({ header, body, device }) {
  const engine = new pkijs.CryptoEngine({ crypto: webcrypto, name: 'node' })
  return async () => {
    const info = pkijs.ContentInfo.fromBER(new Uint8Array(Buffer.from(header, 'base64')).buffer)
    const signed = new pkijs.SignedData({ schema: info.content })
    pkijs.Certificate.fromBER(device.der.slice().buffer)
    return signed.verify({ signer: 0, data: body.slice().buffer }, engine)
  }
}

async function makeContenders() {
  const made = await makeMdmSignatures()
  const { ca, sub, device, body, header, mac } = made
  const floors = mdmSignatureFloors(made.floor)
  const stored = { pinned: [device] }
  const anchored = { anchors: [ca], intermediates: [sub] }
  return {
    anew: {
      ours: () => verifyMdmSignature(header, body, { trust: { pinned: [parseCertificate(device.der)] } }),
      floor: floors.signed,
      peers: { pkijs: verifyWithPkijs(made) },
    },
    stored: { ours: () => verifyMdmSignature(header, body, { trust: stored }), floor: floors.signed },
    mac: { ours: () => verifyMdmSignature(mac, body, { trust: stored }), floor: floors.mac },
    path: { ours: () => verifyMdmSignature(header, body, { trust: anchored, now: NOW }), floor: floors.path },
  }
}

let made = null
const row = (id, title, name, limits) =>
  contestRow(id, title, limits, async () => (await (made ??= makeContenders()))[name])

const nanomdm = ['nanomdm (Go)', GO.mdmSignature]
const nanomdmWithChain = ['nanomdm (Go) with chain', GO.mdmSignatureWithChain]

export const rows = [
  row('mdm-signature', 'verifyMdmSignature, pinned, certificate parsed anew', 'anew', {
    ratio: 1.6,
    ahead: { pkijs: 50 },
    elsewhere: nanomdm,
  }),
  row('mdm-signature-stored', 'verifyMdmSignature, pinned, stored certificate', 'stored', {
    ratio: 1.5,
    elsewhere: nanomdm,
  }),
  row('mdm-signature-mac', 'verifyMdmSignature, pinned, as a Mac signs', 'mac', { ratio: 2 }),
  row('mdm-signature-path', 'verifyMdmSignature, path to a CA, one intermediate', 'path', {
    ratio: 2.5,
    elsewhere: nanomdmWithChain,
  }),
]
