#!/bin/sh
# Prepares the virtual environment: a suitable Python, the locked packages, the system's libraries.
# Does only what is missing, so it is fast when everything is in place.
# usage: environment.sh VENV LOCK window|tour|tests
#   PYTHON in the environment names the Python to use; otherwise the first suitable one is used.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${1:?usage: environment.sh VENV LOCK window|tour|tests}
lock=${2:?}
wanted=${3:?}
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
version='import sys; print("%d.%d" % sys.version_info[:2])'
all_there='import ensurepip, venv'

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$fits" 2>/dev/null; then
            python=$candidate
            return 0
        fi
    done
    return 1
}

say_which_python() {
    found=$("${PYTHON:-python3}" -c "$version" 2>/dev/null || true)
    echo "This program needs Python 3.11, 3.12 or 3.13; '${PYTHON:-python3}' is ${found:-not there}."
    echo "Name one that fits, for example: make demo PYTHON=/usr/bin/python3.12"
}

make_venv() {
    if ! find_python && [ -z "${PYTHON:-}" ] && ! command -v python3 >/dev/null 2>&1; then
        sh "$here/linux/apt.sh" python3 python3-venv || true
    fi
    find_python || { say_which_python >&2; exit 1; }
    if ! "$python" -c "$all_there" 2>/dev/null; then
        # Debian has this part of Python in a separate package.
        sh "$here/linux/apt.sh" "python$("$python" -c "$version")-venv" || exit 1
    fi
    if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ]; then
        echo "$venv is there and is no virtual environment; name another: VENV=..." >&2
        exit 1
    fi
    echo "Making $venv with Python $("$python" -c "$version")"
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

install_packages() {
    echo "Installing the packages of $(basename "$lock") (about 100 MB the first time)"
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-input \
        --require-hashes -r "$lock"
    cp "$lock" "$venv/$(basename "$lock")"
}

is_installed() {
    for name in "$(basename "$lock")" requirements-dev.lock; do
        # The development lock contains everything of the other one.
        cmp -s "$(dirname "$lock")/$name" "$venv/$name" && return 0
    done
    return 1
}

# The virtual environment is created again if its Python is gone or another one is requested.
is_made() {
    "$venv/bin/python" -c "$fits" 2>/dev/null || return 1
    [ -z "${PYTHON:-}" ] || [ "$("$PYTHON" -c "$version")" = "$("$venv/bin/python" -c "$version")" ]
}

is_made || make_venv
is_installed || install_packages
if ! sh "$here/linux/system-libraries.sh" "$wanted"; then
    try='from PySide6.QtWidgets import QApplication; QApplication([])'
    if ! said=$(QT_QPA_PLATFORM=offscreen "$venv/bin/python" -c "$try" 2>&1); then
        echo "Qt does not load without these: $(echo "$said" | tail -n 1)" >&2
        exit 1
    fi
    echo "Qt loads all the same; going on."
fi
