#!/bin/sh
# Mounts the disk image, copies the program out as a user would, and runs its self-test.
# usage: try_dmg.sh FILE.dmg
set -eu
dmg=${1:?usage: try_dmg.sh FILE.dmg}
folder=$(mktemp -d)
volume=$folder/volume
mkdir "$volume"
cleanup() {
    hdiutil detach "$volume" -quiet 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

hdiutil attach "$dmg" -nobrowse -readonly -mountpoint "$volume" -quiet
[ -L "$volume/Applications" ]
cp -R "$volume/RunComfy Desktop.app" "$folder/"
app="$folder/RunComfy Desktop.app"
codesign --verify --deep --strict "$app"
plutil -lint "$app/Contents/Info.plist"
program="$app/Contents/MacOS/runcomfy-desktop"
"$program" --version
if ! "$program" --self-test --report "$folder/report.json"; then
    cat "$folder/report.json"
    exit 1
fi
echo "Mounted, copied and used"
