#!/bin/sh
# Checks for the system libraries that Qt and the tests need, and installs missing ones with apt.sh.
# usage: system-libraries.sh window|tour|tests    exit code 0: everything is there, 1: not
#   window  the program on a screen
#   tour    also on a virtual screen, with a pointer for dragging
#   tests   also with a real keyring service and the accessibility bus
set -eu
here=$(cd "$(dirname "$0")" && pwd)
wanted=${1:?usage: system-libraries.sh window|tour|tests}
[ "$(uname -s)" = Linux ] || exit 0

# A package is identified by a file that it contains, so that the same list serves systems with other
# package names. (Where libglib2.0-0 became libglib2.0-0t64, apt still accepts the old name.)
window="
library libglib-2.0.so.0        libglib2.0-0
library libEGL.so.1             libegl1
library libGL.so.1              libgl1
library libfontconfig.so.1      libfontconfig1
library libfreetype.so.6        libfreetype6
library libdbus-1.so.3          libdbus-1-3
library libgssapi_krb5.so.2     libgssapi-krb5-2
library libxkbcommon.so.0       libxkbcommon0
library libxkbcommon-x11.so.0   libxkbcommon-x11-0
library libX11.so.6             libx11-6
library libX11-xcb.so.1         libx11-xcb1
library libxcb.so.1             libxcb1
library libxcb-cursor.so.0      libxcb-cursor0
library libxcb-glx.so.0         libxcb-glx0
library libxcb-icccm.so.4       libxcb-icccm4
library libxcb-image.so.0       libxcb-image0
library libxcb-keysyms.so.1     libxcb-keysyms1
library libxcb-randr.so.0       libxcb-randr0
library libxcb-render.so.0      libxcb-render0
library libxcb-render-util.so.0 libxcb-render-util0
library libxcb-shape.so.0       libxcb-shape0
library libxcb-shm.so.0         libxcb-shm0
library libxcb-sync.so.1        libxcb-sync1
library libxcb-util.so.1        libxcb-util1
library libxcb-xfixes.so.0      libxcb-xfixes0
library libxcb-xkb.so.1         libxcb-xkb1
library libwayland-client.so.0  libwayland-client0
library libwayland-cursor.so.0  libwayland-cursor0
library libwayland-egl.so.1     libwayland-egl1
font    any                     fonts-dejavu-core
"
tour="
command Xvfb    xvfb
command xdotool xdotool
"
tests="
command gnome-keyring-daemon gnome-keyring
command dbus-daemon          dbus-daemon
command dbus-run-session     dbus-daemon
command weston               weston
file    /usr/libexec/at-spi-bus-launcher  at-spi2-core
module  gi                   python3-gi
module  pyatspi              python3-pyatspi
typelib Atspi-2.0            gir1.2-atspi-2.0
"
case $wanted in
    window) table=$window ;;
    tour) table=$window$tour ;;
    tests) table=$window$tour$tests ;;
    *) echo "system-libraries.sh: '$wanted' is not window, tour or tests" >&2; exit 2 ;;
esac

PATH=$PATH:/usr/sbin:/sbin
libraries=$(ldconfig -p 2>/dev/null || true)

has_font() {
    for folder in /usr/share/fonts /usr/local/share/fonts "$HOME/.local/share/fonts" "$HOME/.fonts"; do
        if [ -n "$(find -L "$folder" -name '*.[ot]tf' 2>/dev/null | head -n 1)" ]; then
            return 0
        fi
    done
    return 1
}

is_there() {
    case $1 in
        library) case $libraries in *"	$2 ("*) return 0 ;; *) return 1 ;; esac ;;
        command) command -v "$2" >/dev/null 2>&1 ;;
        font) has_font ;;
        file) [ -e "$2" ] ;;
        # For the system's own Python: these come with the system, not from PyPI.
        module) /usr/bin/python3 -c "import importlib.util as u, sys; sys.exit(not u.find_spec('$2'))" \
            2>/dev/null ;;
        typelib) [ -n "$(find /usr/lib -name "$2.typelib" 2>/dev/null | head -n 1)" ] ;;
    esac
}

missing=$(echo "$table" | while read -r kind name package; do
    if [ -n "$kind" ] && ! is_there "$kind" "$name"; then
        echo "$package"
    fi
done | sort -u)
[ -z "$missing" ] && exit 0
# shellcheck disable=SC2086 # one word for each package
sh "$here/apt.sh" $missing
