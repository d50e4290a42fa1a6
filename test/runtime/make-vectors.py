#!/usr/bin/env python3
"""Makes vectors.mjs: keys, certificates and messages by OpenSSL, property lists by Python's plistlib.

    python3 test/runtime/make-vectors.py

Run again, it makes other keys: everything in the file changes together.
"""
import base64, datetime, json, pathlib, plistlib, subprocess, tempfile

here = pathlib.Path(__file__).parent
out = {}

def openssl(*args, data=None):
    return subprocess.run(['openssl', *args], input=data, capture_output=True, check=True).stdout

def b64(data):
    return base64.b64encode(data).decode()

with tempfile.TemporaryDirectory() as folder:
    at = lambda name: str(pathlib.Path(folder) / name)
    put = lambda name, data: pathlib.Path(at(name)).write_bytes(data)
    config = '''
[req]
distinguished_name = dn
prompt = no
[dn]
CN = ignored
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,digitalSignature,keyEncipherment,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
'''
    put('x.cnf', config.encode())

    def key(name, *args):
        openssl('genpkey', *args, '-out', at(f'{name}.key'))
        out[f'{name}Key'] = b64(openssl('pkcs8', '-topk8', '-nocrypt', '-in', at(f'{name}.key'), '-outform', 'DER'))

    def root(name, subject):
        openssl('req', '-new', '-x509', '-key', at(f'{name}.key'), '-subj', subject, '-days', '7300', '-sha256',
                '-config', at('x.cnf'), '-extensions', 'ca', '-set_serial', '0x11', '-out', at(f'{name}.pem'))
        out[name] = b64(openssl('x509', '-in', at(f'{name}.pem'), '-outform', 'DER'))

    def leaf(name, subject, serial, issuer='ca'):
        csr = openssl('req', '-new', '-key', at(f'{name}.key'), '-subj', subject, '-config', at('x.cnf'))
        put(f'{name}.csr', csr)
        openssl('x509', '-req', '-in', at(f'{name}.csr'), '-CA', at(f'{issuer}.pem'), '-CAkey', at(f'{issuer}.key'),
                '-days', '7000', '-sha256', '-set_serial', serial, '-extfile', at('x.cnf'), '-extensions', 'leaf',
                '-out', at(f'{name}.pem'))
        out[name] = b64(openssl('x509', '-in', at(f'{name}.pem'), '-outform', 'DER'))

    key('ca', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048')
    root('ca', '/O=Vectors/CN=Vector CA')
    key('device', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048')
    leaf('device', '/CN=device-1', '0x2001')
    key('other', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048')
    key('ec', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256')
    leaf('ec', '/CN=ec-device', '0x2002')

    put('content', b'forty-two')
    out['content'] = b64(b'forty-two')
    sign = ['cms', '-sign', '-binary', '-in', at('content'), '-outform', 'DER', '-signer', at('device.pem'), '-inkey', at('device.key')]
    out['signedSha256'] = b64(openssl(*sign, '-nodetach', '-md', 'sha256'))
    out['signedSha1'] = b64(openssl(*sign, '-nodetach', '-md', 'sha1'))
    out['signedBer'] = b64(openssl(*sign, '-nodetach', '-md', 'sha256', '-stream'))
    out['signedPss'] = b64(openssl(*sign, '-nodetach', '-md', 'sha256', '-keyopt', 'rsa_padding_mode:pss'))
    out['signedMd5'] = b64(openssl(*sign, '-nodetach', '-md', 'md5'))
    out['signedEc'] = b64(openssl('cms', '-sign', '-binary', '-nodetach', '-in', at('content'), '-outform', 'DER',
                                  '-signer', at('ec.pem'), '-inkey', at('ec.key'), '-md', 'sha256'))
    out['detached'] = b64(openssl(*sign, '-md', 'sha1', '-noattr'))
    encrypt = ['cms', '-encrypt', '-binary', '-in', at('content'), '-outform', 'DER']
    for name, cipher in [('encrypted3des', 'des3'), ('encryptedAes128', 'aes-128-cbc'), ('encryptedAes256', 'aes-256-cbc'),
                         ('encryptedAes256Gcm', 'aes-256-gcm')]:
        out[name] = b64(openssl(*encrypt, f'-{cipher}', at('device.pem')))
    # Single DES is three keys in one: OpenSSL 3 has it in its legacy provider.
    out['encryptedDes'] = b64(openssl(*encrypt, '-des-cbc', '-provider', 'legacy', '-provider', 'default', at('device.pem')))
    out['encryptedOaep'] = b64(openssl(*encrypt, '-aes-256-cbc', '-recip', at('device.pem'), '-keyopt', 'rsa_padding_mode:oaep',
                                       '-keyopt', 'rsa_oaep_md:sha256', '-keyopt', 'rsa_mgf1_md:sha256'))
    p12 = ['pkcs12', '-export', '-inkey', at('device.key'), '-in', at('device.pem'), '-certfile', at('ca.pem'),
           '-name', 'device', '-passout', 'pass:secret']
    out['p12Modern'] = b64(openssl(*p12))
    out['p12Compat'] = b64(openssl(*p12, '-legacy', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'))
    out['p12Rc2'] = b64(openssl(*p12, '-legacy'))
    out['encryptedKeyPem'] = openssl('pkcs8', '-topk8', '-in', at('device.key'), '-v2', 'aes-256-cbc', '-passout', 'pass:secret').decode()
    out['oldKeyPem'] = openssl('rsa', '-in', at('device.key'), '-des3', '-passout', 'pass:secret', '-traditional').decode()
    csr = openssl('req', '-new', '-key', at('device.key'), '-subj', '/CN=device-1', '-config', at('x.cnf'))
    put('csr.pem', csr)
    out['csr'] = b64(openssl('req', '-in', at('csr.pem'), '-outform', 'DER'))
    out['signedBytes'] = {}
    for digest in ['sha1', 'sha256', 'sha384', 'sha512']:
        out['signedBytes'][digest] = b64(openssl('dgst', f'-{digest}', '-sign', at('device.key'), at('content')))
    out['digests'] = {digest: openssl('dgst', f'-{digest}', '-binary', at('device.pem')).hex() for digest in ['md5', 'sha1', 'sha256', 'sha384', 'sha512']}
    out['fingerprints'] = {
        digest: openssl('x509', '-in', at('device.pem'), '-noout', '-fingerprint', f'-{digest}').decode().split('=')[1].strip().replace(':', '').lower()
        for digest in ['md5', 'sha1', 'sha256', 'sha384', 'sha512']}
    del out['digests']

value = {
    'text': 'R&D <"\u00fc\U0001f511>', 'whole': 2**53 + 1, 'negative': -(2**63), 'huge': 2**64 - 1, 'real': 1.5, 'yes': True, 'no': False,
    'data': bytes(range(40)), 'date': datetime.datetime(2026, 2, 28, 23, 59, 58), 'list': [1, ['two', {'three': 3}]], 'empty': {},
    '__proto__': 'a key like others',
}
out['plistXml'] = b64(plistlib.dumps(value, fmt=plistlib.FMT_XML))
out['plistBinary'] = b64(plistlib.dumps(value, fmt=plistlib.FMT_BINARY))
lines = ['// Made by make-vectors.py with OpenSSL and Python. All keys were made for this file and guard nothing.', 'export const vectors = ' + json.dumps(out, indent=2)]
(here / 'vectors.mjs').write_text('\n'.join(lines) + '\n')
