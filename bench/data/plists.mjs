// Property lists of the sizes that devices send.
import { encodeBinaryPlist, encodePlist } from '../../dist/plist.js'

/** An answer to InstalledApplicationList: 2,000 applications are 1 MB of XML. `note`: a text of its own for each. */
export function applicationList(applications, note = '') {
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

const checkin = {
  BuildVersion: '22C161',
  MessageType: 'Authenticate',
  OSVersion: '18.2.1',
  ProductName: 'iPhone12,1',
  SerialNumber: 'F17XXXXX0D8Y',
  Topic: 'com.apple.mgmt.External.18a16429-886b-41f1-9c30-2bd04ae4fc37',
  UDID: '00008101-000000000000001E',
}

/** Encoded, for the rows that read. */
export const makeDocument = {
  xml: () => encodePlist(applicationList(2000)),
  checkin: () => encodePlist(checkin),
  // As many octets as the XML, in fewer objects than bplist-parser's limit of 32,768.
  binary: () => encodeBinaryPlist(applicationList(3500, ' '.repeat(130))),
}
