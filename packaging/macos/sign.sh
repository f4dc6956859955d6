#!/bin/sh
# Signs and notarises for macOS if the environment has the secrets; otherwise it says so and
# succeeds. Its output never contains a secret.
#
# usage: sign.sh keychain        makes a keychain for this build, prints CODESIGN_IDENTITY=...
#        sign.sh app FILE.app    checks the signature, notarises, staples
#        sign.sh dmg FILE.dmg    signs, notarises, staples
#        sign.sh away            removes the keychain
#
# MACOS_CERTIFICATE            a Developer ID .p12 in base64
# MACOS_CERTIFICATE_PASSWORD   its password
# MACOS_NOTARY_KEY             an App Store Connect key (.p8) in base64
# MACOS_NOTARY_KEY_ID, MACOS_NOTARY_ISSUER   whose key that is
set -eu
umask 077
what=${1:?usage: sign.sh keychain|app FILE|dmg FILE|away}
keychain=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/runcomfy-desktop.keychain-db

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

has_certificate() { [ -n "${MACOS_CERTIFICATE:-}" ]; }
has_notary() { [ -n "${MACOS_NOTARY_KEY:-}" ]; }

# Tools break base64 into lines, which the openssl of macOS cannot read.
unpack() { printf '%s' "$1" | tr -d '[:space:]' | openssl base64 -d -A; }

make_keychain() {
    password=$(openssl rand -hex 24)
    unpack "$MACOS_CERTIFICATE" >"$scratch/certificate.p12"
    security create-keychain -p "$password" "$keychain"
    security set-keychain-settings -lut 21600 "$keychain"
    security unlock-keychain -p "$password" "$keychain"
    security import "$scratch/certificate.p12" -P "${MACOS_CERTIFICATE_PASSWORD:-}" \
        -f pkcs12 -T /usr/bin/codesign -k "$keychain" >&2
    # Without this, codesign asks for permission to use the key.
    security set-key-partition-list -S apple-tool:,apple: -s -k "$password" "$keychain" \
        >/dev/null
    # The new keychain is searched first; the existing ones stay.
    # shellcheck disable=SC2046 # one word for each keychain
    security list-keychains -d user -s "$keychain" \
        $(security list-keychains -d user | tr -d '"')
    identity=$(security find-identity -v -p codesigning "$keychain" |
        sed -n 's/.*"\(Developer ID Application: .*\)".*/\1/p' | head -n 1)
    [ -n "$identity" ] || { echo "MACOS_CERTIFICATE holds no Developer ID" >&2; exit 1; }
    echo "CODESIGN_IDENTITY=$identity"
}

notarise() {
    unpack "$MACOS_NOTARY_KEY" >"$scratch/key.p8"
    # It also fails if Apple refuses; the log gives the reason.
    if ! xcrun notarytool submit "$1" --key "$scratch/key.p8" --key-id "$MACOS_NOTARY_KEY_ID" \
        --issuer "$MACOS_NOTARY_ISSUER" --wait --timeout 30m | tee "$scratch/said" ||
        ! grep -q 'status: Accepted' "$scratch/said"; then
        echo "$1 was not notarised" >&2
        exit 1
    fi
}

case $what in
    keychain)
        if has_certificate; then
            make_keychain
        else
            echo "There is no MACOS_CERTIFICATE: the program is signed for this Mac only" >&2
        fi
        ;;
    app)
        app=${2:?}
        codesign --verify --deep --strict "$app"
        if has_certificate && has_notary; then
            ditto -c -k --keepParent "$app" "$scratch/app.zip"
            notarise "$scratch/app.zip"
            xcrun stapler staple "$app"
            spctl --assess --type execute "$app"
        else
            echo "$app is not notarised: there are no secrets for it"
        fi
        ;;
    dmg)
        dmg=${2:?}
        if has_certificate; then
            codesign --sign "$CODESIGN_IDENTITY" --timestamp "$dmg"
        fi
        if has_certificate && has_notary; then
            notarise "$dmg"
            xcrun stapler staple "$dmg"
        else
            echo "$dmg is not notarised: there are no secrets for it"
        fi
        ;;
    away)
        if [ -e "$keychain" ]; then
            security delete-keychain "$keychain"
        fi
        ;;
    *)
        echo "sign.sh: '$what' is not keychain, app, dmg or away" >&2
        exit 2
        ;;
esac
