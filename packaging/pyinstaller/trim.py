"""Decides which of the files that PyInstaller found go into the bundle."""

from __future__ import annotations

import re
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Path in the bundle, path on disk, and PyInstaller's name for the kind of file.
Entry = tuple[str, str, str]

# Modules that libraries refer to but the program never uses.
EXCLUDED = (
    *("tkinter", "_tkinter", "unittest", "pydoc", "doctest", "test", "lib2to3", "idlelib"),
    *("readline", "curses", "_curses"),
    # Imported by third-party modules that work without them.
    *("bz2", "_bz2", "lzma", "_lzma", "resource", "termios", "getpass", "pty", "tty"),
    # If these are bundled, PyInstaller imports them at each start, before the program.
    *("multiprocessing", "concurrent.futures.process"),
    *("pip", "setuptools", "pkg_resources", "wheel", "ensurepip", "packaging"),
    # httpx names these for its command line and for another kind of event loop.
    *("click", "rich", "pygments", "trio", "curio", "h2", "brotli", "brotlicffi", "zstandard"),
    # Without gi, keyring reaches the Secret Service with SecretStorage, which is bundled.
    *("gi", "numpy", "IPython", "olefile", "defusedxml", "PyQt5", "PyQt6", "PySide2"),
    *("PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtQuickWidgets", "PySide6.QtDBus"),
    *("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets", "PySide6.QtSql", "PySide6.QtXml"),
    *("PySide6.QtPrintSupport", "PySide6.QtDesigner", "PySide6.QtHelp", "PySide6.QtUiTools"),
    # The demo service draws no text, and none of its nodes reads or writes AVIF.
    *("PIL.AvifImagePlugin", "PIL._avif", "PIL._imagingft", "PIL._imagingcms", "PIL.ImageCms"),
    *("PIL._imagingmorph", "PIL.ImageMorph", "PIL.ImageTk", "PIL._imagingtk", "PIL.ImageQt"),
    *("PIL._tkinter_finder", "PIL.ImageShow", "PIL.ImageGrab"),
)

# Hooks that PyInstaller would run at each start before the program, and that it does not need on
# Linux: they find sources for `inspect`, tell Qt where its plugins are (it finds them next to
# itself), and tell OpenSSL of modules that do not exist.
EARLY = frozenset({"pyi_rth_inspect", "pyi_rth_pyside6", "pyi_rth_cryptography_openssl"})

# Qt plugins that this program never loads, and Qt's translations: translated dialogs of Qt would
# appear next to English ones.
_UNUSED = re.compile(
    r"plugins/(designer|egldeviceintegrations|generic|networkinformation|printsupport|qmllint)/"
    r"|plugins/(qmltooling|sqldrivers|tls|vectorimageformats)/"
    # OpenGL integrations: widgets are painted without it.
    r"|plugins/(xcbglintegrations|wayland-graphics-integration-(client|server))/"
    r"|plugins/wayland-shell-integration/lib(fullscreen|ivi|qt|wl)-shell"
    r"|plugins/platforms/(lib)?q(eglfs|linuxfb|minimal|minimalegl|vkkhrdisplay|vnc|direct2d)\."
    # GTK's theme would add GTK itself, from the computer that builds the bundle.
    r"|plugins/platformthemes/libqgtk3"
    r"|plugins/platforminputcontexts/.*virtualkeyboard"
    # macOS' own readers of HEIF and JPEG 2000 would open files there that are not supported
    # elsewhere.
    r"|plugins/imageformats/(lib)?q(pdf|tga|wbmp|icns|macheif|macjp2)\."
    r"|/translations/"
    r"|opengl32sw\.dll$"
)

# Libraries that only the Qt plugins above need. On Linux such libraries are found by following
# every dependency. Elsewhere these names, taken from Qt's own files, are used: .dll, .framework,
# and short links to the latter.
_UNUSED_LIBRARIES = re.compile(
    r"(^|/)(Qt6?)(Designer\w*|Lottie\w*|OpenGL\w*|Pdf\w*|PrintSupport|Qml\w*|Quick\w*|Sql"
    r"|VirtualKeyboard\w*|Xml)(\.dll$|\.framework/|$)"
)

# Libraries that have to match the computer (drivers, C++ runtime, window system, fonts, services)
# are left to it, and its updates keep them secure. The .deb and the .rpm depend on them by name.
_HOSTS = re.compile(
    r"lib(stdc\+\+|gcc_s|atomic|X11|X11-xcb|xcb|Xau|Xdmcp|drm|gbm|wayland-\w+|bsd|md|EGL|GL\w*|OpenGL"
    r"|fontconfig|freetype|expat|png16|brotli\w+|z|zstd|xkbcommon|xkbcommon-x11"
    r"|dbus-1|systemd|cap|gcrypt|gpg-error|lz4"
    r"|glib-2\.0|gthread-2\.0|gmodule-2\.0|pcre2-8|gssapi_krb5|krb5\w*|k5crypto|com_err|keyutils|uuid)"
    r"\.so"
)


def posix(name: str) -> str:
    return name.replace("\\", "/")


def base(name: str) -> str:
    return PurePosixPath(posix(name)).name


def is_used(entry: Entry) -> bool:
    place = posix(entry[0])
    return _UNUSED.search(place) is None and _UNUSED_LIBRARIES.search(place) is None


def is_hosts(entry: Entry) -> bool:
    """Returns True for a library left to the computer; Pillow's own have a hash in their name."""
    return _HOSTS.match(base(entry[0])) is not None


def needed_by(path: str) -> list[str]:
    """Returns the direct dependencies of a Linux library."""
    said = subprocess.run(["objdump", "-p", path], capture_output=True, text=True, check=False)
    return re.findall(r"NEEDED\s+(\S+)", said.stdout)


def reachable(
    binaries: Iterable[Entry], needed: Callable[[str], Iterable[str]] = needed_by
) -> set[str]:
    """Returns the bundle paths that Python or Qt load, and all their dependencies."""
    found = {entry[0]: entry[1] for entry in binaries}
    by_name: dict[str, list[str]] = {}
    for place in found:
        by_name.setdefault(base(place), []).append(place)
    waiting = [place for place, _source, kind in binaries if _is_root(place, kind)]
    seen: set[str] = set()
    while waiting:
        place = waiting.pop()
        if place not in seen:
            seen.add(place)
            for name in needed(found[place]):
                waiting += by_name.get(name, [])
    return seen


def _is_root(place: str, kind: str) -> bool:
    return kind == "EXTENSION" or "/plugins/" in posix(place) or "libpython" in place


def linux(binaries: list[Entry], datas: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Returns both lists without the computer's libraries and without those that nothing needs."""
    ours = [entry for entry in binaries if not is_hosts(entry)]
    kept = reachable(ours)
    names = {base(place) for place in kept}
    dropped = sorted({base(entry[0]) for entry in ours} - names)
    print(f"bundle: {len(dropped)} libraries that nothing asks for are left out: {dropped}")
    links = [entry for entry in datas if entry[2] != "SYMLINK" or _leads_to(entry, names)]
    return [entry for entry in ours if entry[0] in kept], links


def _leads_to(link: Entry, names: set[str]) -> bool:
    """Returns True unless the link leads to a library that was left out."""
    return ".so" not in link[0] or base(link[1]) in names or base(link[0]) in names
