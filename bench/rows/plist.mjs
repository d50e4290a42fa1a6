// Property lists: XML and binary, read and written.
import { parseBuffer } from 'bplist-parser'
import { parse as parsePlist, parseBinary as parseBinaryPlist } from 'plist'
import { decodePlist, encodeBinaryPlist, encodePlist } from '../../dist/plist.js'
import { contestRow } from '../contest.mjs'
import { makeDocument } from '../data/plists.mjs'

export const rows = [
  contestRow('plist-xml', 'decodePlist, XML, 1 MB', { ahead: { plist: 8 }, longest: 45_000 }, () => {
    const input = makeDocument.xml()
    const text = new TextDecoder().decode(input)
    return { ours: () => decodePlist(input), peers: { plist: () => parsePlist(text) } }
  }),
  contestRow('plist-checkin', 'decodePlist, a check-in', { longest: 30 }, () => {
    const input = makeDocument.checkin()
    const text = new TextDecoder().decode(input)
    return { ours: () => decodePlist(input), peers: { plist: () => parsePlist(text) } }
  }),
  contestRow('plist-binary', 'decodePlist, binary, 1 MB', { ahead: { 'bplist-parser': 2 } }, () => {
    const input = makeDocument.binary()
    return {
      ours: () => decodePlist(input),
      peers: { 'bplist-parser': () => parseBuffer(Buffer.from(input)), plist: () => parseBinaryPlist(input) },
    }
  }),
  contestRow('plist-write', 'encodePlist, 1 MB', {}, () => {
    const value = decodePlist(makeDocument.xml())
    return { ours: () => encodePlist(value) }
  }),
  contestRow('plist-write-binary', 'encodeBinaryPlist, 2,000 applications', {}, () => {
    const value = decodePlist(makeDocument.xml())
    return { ours: () => encodeBinaryPlist(value) }
  }),
]
