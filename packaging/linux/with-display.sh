#!/bin/sh
# Runs a command on its own virtual screen, on the first free display.
# usage: with-display.sh COMMAND...    exit code: the command's
set -eu
folder=$(mktemp -d)
mkfifo "$folder/number"
# The server writes its number when it is ready.
Xvfb -displayfd 3 -screen 0 1920x1080x24 -nolisten tcp 3>"$folder/number" 2>"$folder/log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if ! read -r number <"$folder/number"; then
    cat "$folder/log" >&2
    exit 1
fi
unset WAYLAND_DISPLAY
DISPLAY=:$number QT_QPA_PLATFORM=xcb "$@"
