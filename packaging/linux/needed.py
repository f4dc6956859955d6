"""Determines what the bundle needs from the computer: libraries and a minimum C library version.

Every library that a file in the bundle needs and that is not in the bundle must be in the table.
Any other needed library shows that the build has changed: something leaked in, or too much was left
out.

usage: needed.py FOLDER    prints libraries, packages and the C library's version
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from linux.elf import is_elf, objdump
from project import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

# Debian 12 has 2.36, Ubuntu 22.04 has 2.35, and RHEL and its derivatives of that year have 2.34;
# see README.md.
NEWEST_C_LIBRARY = (2, 35)
_GLIB = "libglib2.0-0t64 | libglib2.0-0"
# Debian package of each library, by the name that the loader looks for.
DEBIAN = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libexpat.so.1": "libexpat1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": _GLIB,
    "libgthread-2.0.so.0": _GLIB,
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
    "libuuid.so.1": "libuuid1",
}
_C_LIBRARY = re.compile(r"(libc|libm|libdl|libpthread|librt|libutil|libresolv|ld-linux.*)\.so\.\d+")
_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)", re.MULTILINE)
_VERSION = re.compile(r"GLIBC_(\d+)\.(\d+)")


@dataclass(frozen=True)
class Needs:
    """Libraries that a bundle lacks, with the files that need them, and its C library version."""

    libraries: dict[str, tuple[str, ...]]
    c_library: tuple[int, int]

    @property
    def c_library_text(self) -> str:
        return ".".join(map(str, self.c_library))


def needs(bundle: Path) -> Needs:
    """Reads all programs and libraries in the folder."""
    present: set[str] = set()
    wanted: dict[str, set[str]] = {}
    c_library = (0, 0)
    for path in sorted(bundle.rglob("*")):
        if not path.is_file() or not is_elf(path):
            continue
        present.add(path.name)
        if path.is_symlink():
            continue
        said = objdump(path)
        for name in _NEEDED.findall(said):
            wanted.setdefault(name, set()).add(path.relative_to(bundle).as_posix())
        for major, minor in _VERSION.findall(said):
            c_library = max(c_library, (int(major), int(minor)))
    lacking = {
        name: tuple(sorted(files))
        for name, files in sorted(wanted.items())
        if name not in present and not _C_LIBRARY.fullmatch(name)
    }
    return Needs(lacking, c_library)


def check(found: Needs) -> None:
    """Raises Failed with a sentence for each unexpected need."""
    faults = [
        f"{name} is not in the bundle and not in the table; {', '.join(files[:3])} need it"
        for name, files in found.libraries.items()
        if name not in DEBIAN
    ]
    if found.c_library > NEWEST_C_LIBRARY:
        newest = ".".join(map(str, NEWEST_C_LIBRARY))
        faults.append(f"it needs glibc {found.c_library_text}, and {newest} is promised")
    if faults:
        raise Failed("\n".join(faults))


def depends(found: Needs) -> str:
    """Returns the bundle's needs in the format of Debian dependencies."""
    check(found)
    packages = {DEBIAN[name] for name in found.libraries}
    return ", ".join([f"libc6 (>= {found.c_library_text})", *sorted(packages)])


def requires(found: Needs) -> list[str]:
    """Returns the bundle's needs in RPM's format for 64 bits."""
    check(found)
    libraries = [f"{name}()(64bit)" for name in found.libraries]
    return [*libraries, f"libc.so.6(GLIBC_{found.c_library_text})(64bit)"]


def table(found: Needs) -> Iterable[str]:
    for name, files in found.libraries.items():
        yield f"{name:24} {DEBIAN.get(name, '???'):32} {len(files):3} files, {files[0]}"
    yield f"glibc {found.c_library_text}"


if __name__ == "__main__":
    print("\n".join(table(needs(Path(sys.argv[1])))))
