#!/bin/sh
# Makes two-signers.der and no-certificates.der with OpenSSL from pki.json beside it:
#   sh test/profiles/vectors/make-messages.sh
# Answers of a device as no device sends them: signed by two identities, and without any certificate.
set -e
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
for name in device otherDevice; do
  for part in certificate key; do
    python3 -c "import json, sys; sys.stdout.write(json.load(open('$here/pki.json'))['$name']['$part'])" > "$folder/$name.$part"
  done
done
cat > "$folder/content" <<'PLIST'
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>UDID</key><string>x</string></dict></plist>
PLIST
sign() {
  openssl cms -sign -binary -nodetach -in "$folder/content" -outform DER \
    -signer "$folder/device.certificate" -inkey "$folder/device.key" "$@"
}
sign -signer "$folder/otherDevice.certificate" -inkey "$folder/otherDevice.key" -out "$here/two-signers.der"
sign -nocerts -out "$here/no-certificates.der"
