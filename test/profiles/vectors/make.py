# Makes pki.json: certificates and keys of the tests of profiles, with python3-cryptography.
#   /usr/bin/python3 test/profiles/vectors/make.py > test/profiles/vectors/pki.json
import json
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

made = {}
serial = 1000


def rsa_key(bits=2048):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def name(*parts):
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def cn(value):
    return name((NameOID.ORGANIZATION_NAME, "Example"), (NameOID.COMMON_NAME, value))


def make(label, subject, issuer=None, key=None, start="2020-01-01", end="2036-01-01", ca=False, digest=hashes.SHA256(), eku=()):
    global serial
    serial += 1
    key = key or rsa_key()
    by_name, by_key = (subject, key) if issuer is None else (made[issuer]["subject"], made[issuer]["private"])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by_name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime.fromisoformat(start))
        .not_valid_after(datetime.fromisoformat(end))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key()), critical=False)
    )
    if ca:
        usage = dict(key_cert_sign=True, crl_sign=True, digital_signature=False, key_encipherment=False)
    else:
        usage = dict(key_cert_sign=False, crl_sign=False, digital_signature=True, key_encipherment=not isinstance(key, ec.EllipticCurvePrivateKey))
    usage.update(content_commitment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False)
    builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
    if eku:
        builder = builder.add_extension(x509.ExtendedKeyUsage(eku), critical=False)
    certificate = builder.sign(by_key, digest)
    made[label] = {"certificate": certificate, "private": key, "subject": subject}


make("root", cn("Example Root"), ca=True, end="2046-01-01")
make("intermediate", cn("Example Profile CA"), "root", ca=True, end="2041-01-01")
signer = cn("profiles.example.com")
make("signer", signer, "intermediate", end="2027-01-01")
make("renewed", signer, "intermediate", key=made["signer"]["private"], start="2026-12-01", end="2028-01-01")
make("rekeyed", signer, "intermediate", start="2026-12-01", end="2028-01-01")
make("moved", signer, "root", start="2026-12-01", end="2028-01-01")
make("ecSigner", cn("ec.profiles.example.com"), "intermediate", key=ec.generate_private_key(ec.SECP256R1()))
make("stranger", cn("stranger"))
make("device", cn("device identity"), "root", eku=[ExtendedKeyUsageOID.CLIENT_AUTH])
make("otherDevice", cn("another device"), "root", eku=[ExtendedKeyUsageOID.CLIENT_AUTH])
make("expiredDevice", cn("old device"), "root", end="2026-02-01", eku=[ExtendedKeyUsageOID.CLIENT_AUTH])
make("ecDevice", cn("elliptic device"), "root", key=ec.generate_private_key(ec.SECP256R1()))
# As Apple's device certificates are: SHA-1, RSA-1024, below a CA that ended long ago.
make("factoryRoot", cn("Factory Root"), ca=True, start="2006-04-25", end="2035-02-09", digest=hashes.SHA1())
make("factoryCa", cn("Factory Device CA"), "factoryRoot", ca=True, start="2007-04-16", end="2014-04-16", digest=hashes.SHA1())
make("factoryDevice", cn("0B5938EB-A130-466F-BFA5-000000000000"), "factoryCa", key=rsa_key(1024), start="2024-01-01", end="2027-01-01", digest=hashes.SHA1())
make("tlsServer", cn("mdm.example.com"), "root", eku=[ExtendedKeyUsageOID.SERVER_AUTH])
topic = "com.apple.mgmt.External.6e8f5c52-2d5b-4f43-9d1c-000000000000"
make("push", name((NameOID.USER_ID, topic), (NameOID.COMMON_NAME, "APSP:6e8f5c52")), "root")

print(json.dumps({
    label: {
        "certificate": entry["certificate"].public_bytes(serialization.Encoding.PEM).decode(),
        "key": entry["private"].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode(),
    }
    for label, entry in made.items()
}, indent=2))
