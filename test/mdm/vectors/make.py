#!/usr/bin/python3
"""Makes signatures.json: Mdm-Signature headers by OpenSSL, under certificates by Python's cryptography.

    /usr/bin/python3 test/mdm/vectors/make.py

Keys are drawn anew each time and not kept, except the one that the tests sign with.
"""
import base64, datetime, json, os, subprocess, tempfile
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

BODY = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
    b'<plist version="1.0">\n<dict>\n\t<key>Status</key>\n\t<string>Idle</string>\n'
    b'\t<key>UDID</key>\n\t<string>00008101-000000000000001E</string>\n</dict>\n</plist>\n'
)
DAY = datetime.timedelta(days=1)
FROM = datetime.datetime(2026, 1, 1)


def name(cn):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)] if cn else [])


def rsa_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


def certificate(subject, key, issuer, issuer_key, serial, ca=False, begin=FROM, end=FROM + 3650 * DAY, ski=None):
    ski = ski or x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key()).serial_number(serial)
        .not_valid_before(begin).not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(ski, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


ca_key, sub_key, key, other_key, small_key, ec_key = rsa_key(), rsa_key(), rsa_key(), rsa_key(), rsa_key(1024), None
ec_key = ec.generate_private_key(ec.SECP256R1())
ca = certificate('Device CA', ca_key, 'Device CA', ca_key, 1, ca=True)
sub = certificate('Device Sub CA', sub_key, 'Device CA', ca_key, 2, ca=True)
device = certificate('device-1', key, 'Device Sub CA', sub_key, 0x1001)
ski = device.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
PAIRS = {
    'ca': (ca, ca_key),
    'sub': (sub, sub_key),
    'device': (device, key),
    # The same names, serial number and key identifier, another key.
    'double': (certificate('device-1', other_key, 'Device Sub CA', other_key, 0x1001, ski=ski), other_key),
    # The same common name, from nobody.
    'namesake': (certificate('device-1', other_key, 'device-1', other_key, 7), other_key),
    'expired': (certificate('device-2', key, 'Device Sub CA', sub_key, 0x1002, end=FROM + DAY), key),
    'future': (certificate('device-3', key, 'Device Sub CA', sub_key, 0x1003, begin=FROM + 36500 * DAY, end=FROM + 36501 * DAY), key),
    'nameless': (certificate('', key, 'Device Sub CA', sub_key, 0x1004), key),
    'small': (certificate('device-5', small_key, 'Device Sub CA', sub_key, 0x1005), small_key),
    'elliptic': (certificate('device-6', ec_key, 'Device Sub CA', sub_key, 0x1006), ec_key),
}
# What signs: identities and what is added to `openssl cms -sign -binary -in body.plist -outform DER`.
SIGNATURES = {
    'ios': (['device'], ['-md', 'sha256']),
    'iosSha1': (['device'], ['-md', 'sha1']),
    'iosSha512': (['device'], ['-md', 'sha512']),
    'macos': (['device'], ['-md', 'sha1', '-noattr']),
    'macosNameless': (['nameless'], ['-md', 'sha1', '-noattr']),
    'keyIdentifier': (['device'], ['-md', 'sha256', '-keyid']),
    'pss': (['device'], ['-md', 'sha256', '-keyopt', 'rsa_padding_mode:pss']),
    'elliptic': (['elliptic'], ['-md', 'sha256']),
    'small': (['small'], ['-md', 'sha256']),
    'md5': (['device'], ['-md', 'md5']),
    'withoutCertificate': (['device'], ['-md', 'sha256', '-nocerts']),
    'withChain': (['device'], ['-md', 'sha256', '-certfile', 'sub.pem']),
    'expired': (['expired'], ['-md', 'sha256']),
    'future': (['future'], ['-md', 'sha256']),
    'double': (['double'], ['-md', 'sha256']),
    'doubleMacos': (['double'], ['-md', 'sha1', '-noattr']),
    'doubleWithDevice': (['double'], ['-md', 'sha256', '-certfile', 'device.pem']),
    'namesake': (['namesake'], ['-md', 'sha256']),
    'attached': (['device'], ['-md', 'sha256', '-nodetach']),
    'attachedMacos': (['device'], ['-md', 'sha1', '-noattr', '-stream', '-nodetach']),
    'twoSigners': (['device', 'namesake'], ['-md', 'sha256']),
}


def tlv(tag, *parts):
    body = b''.join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else (lambda n: bytes([0x80 | len(n)]) + n)(size.to_bytes((size.bit_length() + 7) // 8, 'big'))
    return bytes([tag]) + length + body


def split(octets):
    """The encodings in a row, as (tag, header length, whole encoding)."""
    found, at = [], 0
    while at < len(octets):
        first = octets[at + 1]
        count = first & 0x7f if first & 0x80 else 0
        size = int.from_bytes(octets[at + 2:at + 2 + count], 'big') if count else first
        end = at + 2 + count + size
        found.append((octets[at], 2 + count, octets[at:end]))
        at = end
    return found


def inside(octets):
    [(_, header, whole)] = split(octets)
    return [member for _, _, member in split(whole[header:])]


def indefinite(tag, *parts):
    return bytes([tag, 0x80]) + b''.join(parts) + b'\0\0'


def parts_of(der):
    oid, explicit = inside(der)
    return oid, inside(inside(explicit)[0])


def as_macos(der):
    """The outer layers of indefinite length, as CMSEncoder of a Mac has them. OpenSSL -stream would attach the content."""
    oid, (version, digests, encapsulated, certificates, signers) = parts_of(der)
    encapsulated = indefinite(0x30, *inside(encapsulated))
    return indefinite(0x30, oid, indefinite(0xa0, indefinite(0x30, version, digests, encapsulated, certificates, signers)))


def as_misplaced(der):
    """What a wrong conversion of BER was recorded to leave: the certificate where the content would be."""
    oid, (version, digests, encapsulated, certificates, signers) = parts_of(der)
    encapsulated = tlv(0x30, *inside(encapsulated), tlv(0xa0, *inside(certificates)))
    return tlv(0x30, oid, tlv(0xa0, tlv(0x30, version, digests, encapsulated, signers)))


def as_confused(der):
    """The signature over signed attributes, claimed to be over content: the content would be the attributes."""
    oid, (version, digests, encapsulated, certificates, signers) = parts_of(der)
    info_version, sid, digest, attributes, algorithm, signature = inside(inside(signers)[0])
    signers = tlv(0x31, tlv(0x30, info_version, sid, digest, algorithm, signature))
    message = tlv(0x30, oid, tlv(0xa0, tlv(0x30, version, digests, encapsulated, certificates, signers)))
    return message, b'\x31' + attributes[1:]


def b64(octets):
    return base64.b64encode(octets).decode()


with tempfile.TemporaryDirectory() as folder:
    def write(file, octets):
        with open(os.path.join(folder, file), 'wb') as out:
            out.write(octets)

    write('body.plist', BODY)
    for label, (cert, private) in PAIRS.items():
        write(f'{label}.pem', cert.public_bytes(serialization.Encoding.PEM))
        write(f'{label}.key', private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    signatures, commands = {}, {}
    for label, (signers, options) in SIGNATURES.items():
        command = ['openssl', 'cms', '-sign', '-binary', '-in', 'body.plist', '-outform', 'DER']
        for signer in signers:
            command += ['-signer', f'{signer}.pem', '-inkey', f'{signer}.key']
            if '-keyopt' in options:
                command += options[options.index('-keyopt'):]
        command += options[:options.index('-keyopt')] if '-keyopt' in options else options
        der = subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout
        commands[label] = ' '.join(command)
        if label.lower().endswith(('macos', 'nameless')) and '-stream' not in options:
            der, commands[label] = as_macos(der), commands[label] + ' | as_macos'
        signatures[label] = b64(der)
    ios = base64.b64decode(signatures['ios'])
    confused, attributes = as_confused(ios)
    signatures['misplacedCertificate'], signatures['confused'] = b64(as_misplaced(ios)), b64(confused)
    commands['misplacedCertificate'], commands['confused'] = commands['ios'] + ' | as_misplaced', commands['ios'] + ' | as_confused'

pkcs8 = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
result = {
    'madeBy': 'make.py, with ' + subprocess.run(['openssl', 'version'], capture_output=True, text=True).stdout.split(' (')[0].strip(),
    'body': BODY.decode(),
    'attributes': b64(attributes),
    'deviceKey': b64(pkcs8),
    'certificates': {label: b64(cert.public_bytes(serialization.Encoding.DER)) for label, (cert, _) in PAIRS.items()},
    'commands': commands,
    'signatures': signatures,
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'signatures.json'), 'w') as out:
    json.dump(result, out, indent=2)
    out.write('\n')
