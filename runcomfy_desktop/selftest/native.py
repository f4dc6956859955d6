"""Compiled parts for which something stands in, unnoticed: Python's slow twins, the system's own
libraries. On another computer that stand-in is missing, or is another one."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

from runcomfy_desktop.selftest.fault import Fault, need

# Without these Python works on, several times slower.
_QUICK = ("_asyncio", "_hashlib", "_json", "_queue", "_sqlite3", "_ssl", "zlib")
# What a packaged program brings itself. The rest is the system's: graphics, fonts, D-Bus.
_BROUGHT = re.compile(
    r"lib(Qt6\w+|icu\w+|python3[\d.]*|pyside6|shiboken6|ssl|crypto|sqlite3|ffi"
    r"|xcb-(cursor|icccm|image|keysyms|render-util|util))[.-].*"
)
_MAPS = Path("/proc/self/maps")


def quick(_folder: Path) -> str:
    """Python's compiled modules."""
    # First: `_asyncio`, where it is the one that brings asyncio in, leaves it half without itself.
    import_module("asyncio")
    missing = []
    for name in _QUICK:
        try:
            import_module(name)
        except ImportError:
            missing.append(name)
    need(not missing, f"Python lacks {', '.join(missing)}")
    return ", ".join(_QUICK)


def libraries(_folder: Path) -> str:
    """Those in use by now, of a packaged program; only Linux looks for others by itself."""
    inside = getattr(sys, "_MEIPASS", None)
    if inside is None or not _MAPS.is_file():
        return "nothing is packaged with it"
    # The sixth field is the file, which may have blanks in it.
    fields = (line.split(maxsplit=5) for line in _MAPS.read_text().splitlines())
    files = {Path(each[5]) for each in fields if len(each) > 5 and each[5].startswith("/")}
    brought = {file for file in files if _BROUGHT.fullmatch(file.name)}
    root = Path(inside).resolve()
    strange = sorted(str(file) for file in brought if root not in file.resolve().parents)
    if strange:
        raise Fault(f"not the program's own, but this system's: {', '.join(strange)}")
    return f"{len(brought)} are the program's own"
