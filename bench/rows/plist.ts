// The rows of property lists: what is measured, without the measuring. Each function does the whole work once.
import { parseBuffer } from 'bplist-parser'
import { parse as parsePlist, parseBinary as parseBinaryPlist } from 'plist'
import { decodePlist } from '../../src/plist/decode.js'
import { encodeBinaryPlist } from '../../src/plist/encode-binary.js'
import { encodePlist } from '../../src/plist/encode.js'
import type { PlistDict } from '../../src/plist/values.js'

export interface PlistRow {
  readonly name: string
  readonly ours: () => unknown
  readonly peers: Readonly<Record<string, () => unknown>>
}

/** An answer to InstalledApplicationList: 2,000 applications are 1 MB of XML. `note`: a text of its own for each. */
export function applicationList(applications: number, note = ''): PlistDict {
  return {
    CommandUUID: '9F09D114-BCFD-42AD-A974-371AA7D6256E',
    Status: 'Acknowledged',
    UDID: '00008101-000000000000001E',
    InstalledApplicationList: Array.from({ length: applications }, (_, i) => ({
      AdHocCodeSigned: false,
      AppStoreVendable: i % 2 === 0,
      BundleSize: (i * 2_654_435_761) % 1_000_000_007,
      DynamicSize: (i * 40_503) % 10_000_019,
      Identifier: `com.example.application.${String(i).padStart(4, '0')}`,
      Installing: false,
      IsValidated: true,
      Name: `Application & Number ${String(i)}${note}`,
      ShortVersion: `1.${String(i % 10)}.${String(i % 7)}`,
      Version: String(1000 + i),
    })),
  }
}

const checkin: PlistDict = {
  BuildVersion: '22C161',
  MessageType: 'Authenticate',
  OSVersion: '18.2.1',
  ProductName: 'iPhone12,1',
  SerialNumber: 'F17XXXXX0D8Y',
  Topic: 'com.apple.mgmt.External.18a16429-886b-41f1-9c30-2bd04ae4fc37',
  UDID: '00008101-000000000000001E',
}

/** Budgets: XML ≤ 45 ms and ≥ 8 × `plist`; check-in ≤ 30 µs; binary ≥ 2 × bplist-parser; double the input ≤ 2.2 ×. */
export function plistRows(): readonly PlistRow[] {
  const xml = encodePlist(applicationList(2000))
  const text = new TextDecoder().decode(xml)
  const double = encodePlist(applicationList(4000))
  const small = encodePlist(checkin)
  // As many octets as the XML, in fewer objects than bplist-parser's limit of 32,768.
  const binary = encodeBinaryPlist(applicationList(3500, ' '.repeat(130)))
  const value = decodePlist(xml)
  return [
    { name: 'XML, 1 MB', ours: () => decodePlist(xml), peers: { plist: () => parsePlist(text) } },
    { name: 'XML, 2 MB', ours: () => decodePlist(double), peers: {} },
    { name: 'XML, a check-in', ours: () => decodePlist(small), peers: {} },
    {
      name: 'binary, 1 MB',
      ours: () => decodePlist(binary),
      peers: {
        'bplist-parser': (): unknown => parseBuffer(Buffer.from(binary)),
        plist: () => parseBinaryPlist(binary),
      },
    },
    { name: 'write XML, 1 MB', ours: () => encodePlist(value), peers: {} },
    { name: 'write binary, 2,000 applications', ours: () => encodeBinaryPlist(value), peers: {} },
  ]
}

/** Bytes of heap that decoding 10 MB takes, over the length of the input; needs `--expose-gc`. Budget: 12. */
export function plistMemory(collect: () => void): number {
  const input = encodePlist(applicationList(19_500))
  collect()
  const before = process.memoryUsage().heapUsed
  const value = decodePlist(input)
  const after = process.memoryUsage().heapUsed
  return typeof value !== 'object' ? NaN : (after - before) / input.length
}

/** Refused by its size alone. Budget: 1 ms. */
export function refuseLargePlist(): () => void {
  const body = new Uint8Array(64 * 1024 * 1024)
  return () => {
    try {
      decodePlist(body)
    } catch {
      // That is the point.
    }
  }
}
