#!/usr/bin/python3
"""Makes hostile.json: property lists by plistlib, then broken on purpose. Octets in hex, XML as text.

    /usr/bin/python3 test/plist/vectors/make.py
"""
import json, os, plistlib, struct


def binary(value):
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY, sort_keys=False)


def xml(value):
    return plistlib.dumps(value).decode()


def objects(*encoded, reference_size=1):
    """A binary list of these objects, the first one its root."""
    body, offsets = b'bplist00', []
    for one in encoded:
        offsets.append(len(body))
        body += one
    table = b''.join(struct.pack('>I', offset) for offset in offsets)
    return body + table + struct.pack('>5xBBBQQQ', 0, 4, reference_size, len(encoded), 0, len(body))


def with_trailer(octets, **changes):
    names = ['sort', 'offsetSize', 'referenceSize', 'objects', 'root', 'table']
    fields = dict(zip(names, struct.unpack('>5xBBBQQQ', octets[-32:])), **changes)
    return octets[:-32] + struct.pack('>5xBBBQQQ', *(fields[name] for name in names))


small = binary(['a'])
vectors = {
    # prototype pollution
    'protoXml': xml({'__proto__': {'polluted': True}, 'constructor': {'prototype': {'polluted': True}}}),
    'protoBinary': binary({'__proto__': {'polluted': True}, 'constructor': {'prototype': {'polluted': True}}}).hex(),
    # what serializers built on a DOM let through
    'cdataXml': xml(']]></string><string>evil').replace('<string>', '<string><![CDATA[', 1).replace('</string>\n</plist>', ']]></string>\n</plist>').replace('&lt;', '<').replace('&gt;', '>'),
    'entitiesXml': '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
                   '<plist version="1.0"><string>&b;</string></plist>',
    'externalXml': '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                   '<plist version="1.0"><string>&x;</string></plist>',
    'nestedXml': '<plist version="1.0">' + '<array>' * 200 + '</array>' * 200 + '</plist>',
    # binary lists that loop, expand, or claim more than there is
    'selfBinary': objects(bytes([0xa1, 0])).hex(),
    'loopBinary': objects(bytes([0xd1, 1, 2]), b'Qk', bytes([0xa1, 3]), bytes([0xa1, 0])).hex(),
    'laughsBinary': objects(*(bytes([0xaf, 0x10, 16]) + bytes([i + 1]) * 16 for i in range(30)), b'Qx').hex(),
    'countBinary': objects(bytes([0xaf, 0x13]) + struct.pack('>Q', 2 ** 62)).hex(),
    'stringBinary': objects(bytes([0x5f, 0x13]) + struct.pack('>Q', 2 ** 62)).hex(),
    'wideBinary': objects(bytes([0x6f, 0x12]) + struct.pack('>I', 2 ** 31)).hex(),
    'objectsBinary': with_trailer(small, objects=2 ** 32).hex(),
    'tableBinary': with_trailer(small, table=2 ** 63).hex(),
    'rootBinary': with_trailer(small, root=2 ** 40).hex(),
    'offsetBinary': (small[:-32 - 1] + b'\xff' + small[-32:]).hex(),
    # digits, duplicates, dates
    'integers': [str(n) for n in (2 ** 53, 2 ** 53 + 1, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1, -2 ** 53 - 1, -2 ** 63)],
    'integersXml': xml([2 ** 53, 2 ** 53 + 1, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1, -2 ** 53 - 1, -2 ** 63]),
    'integersBinary': binary([2 ** 53, 2 ** 53 + 1, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1, -2 ** 53 - 1, -2 ** 63]).hex(),
    'twiceXml': xml({'UDID': 'one', 'UDIE': 'two'}).replace('UDIE', 'UDID'),
    'twiceBinary': binary({'UDID': 'one', 'UDIE': 'two'}).replace(b'UDIE', b'UDID').hex(),
    'dateXml': xml('x').replace('<string>x</string>', '<date>2023-02-29T00:00:00Z</date>'),
    'dateBinary': objects(b'\x33' + struct.pack('>d', 1e300)).hex(),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'hostile.json'), 'w') as out:
    json.dump(vectors, out, indent=2)
    out.write('\n')
