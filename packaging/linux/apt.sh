#!/bin/sh
# Installs Debian packages if that needs no interaction: as root, or with a sudo that asks for no
# password. Otherwise it lists them in one line.
# usage: apt.sh PACKAGE...    exit code 0: installed, 1: not
set -eu

say_how() {
    echo "Missing on this computer, to be installed with: sudo apt-get install $*"
}

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing on this computer (Debian's names): $*"
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    say_how "$@"
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" \
        >>"$log" 2>&1 </dev/null
}

echo "Installing system packages: $*"
# The package lists are fetched only if the existing ones do not lead to the packages.
if apt install --no-install-recommends "$@"; then
    exit 0
fi
if apt update && apt install --no-install-recommends "$@"; then
    exit 0
fi
tail -n 15 "$log"
say_how "$@"
exit 1
