// Property lists: XML and binary, read and written.
import { parseBuffer } from 'bplist-parser'
import { parse as parsePlist, parseBinary as parseBinaryPlist } from 'plist'
import { decodePlist, encodeBinaryPlist, encodePlist } from '../../dist/plist.js'
import { contestRow } from '../contest.mjs'
import { applicationList, checkin } from '../data/plists.mjs'

const xml = () => encodePlist(applicationList(2000))

export const rows = [
  contestRow('plist-xml', 'decodePlist, XML, 1 MB', { ahead: { plist: 8 }, longest: 45_000 }, () => {
    const input = xml()
    const text = new TextDecoder().decode(input)
    return { ours: () => decodePlist(input), peers: { plist: () => parsePlist(text) } }
  }),
  contestRow('plist-checkin', 'decodePlist, a check-in', { longest: 30 }, () => {
    const input = encodePlist(checkin)
    const text = new TextDecoder().decode(input)
    return { ours: () => decodePlist(input), peers: { plist: () => parsePlist(text) } }
  }),
  contestRow('plist-binary', 'decodePlist, binary, 1 MB', { ahead: { 'bplist-parser': 2 } }, () => {
    // As many octets as the XML, in fewer objects than bplist-parser's limit of 32,768.
    const input = encodeBinaryPlist(applicationList(3500, ' '.repeat(130)))
    return {
      ours: () => decodePlist(input),
      peers: { 'bplist-parser': () => parseBuffer(Buffer.from(input)), plist: () => parseBinaryPlist(input) },
    }
  }),
  contestRow('plist-write', 'encodePlist, 1 MB', {}, () => {
    const value = decodePlist(xml())
    return { ours: () => encodePlist(value) }
  }),
  contestRow('plist-write-binary', 'encodeBinaryPlist, 2,000 applications', {}, () => {
    const value = decodePlist(xml())
    return { ours: () => encodeBinaryPlist(value) }
  }),
]
