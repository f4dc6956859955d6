"""Checks of compiled parts that would be replaced unnoticed if they were missing.

Their replacements are Python's slow implementations, or libraries of this system, which may be
absent or different on another computer.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

from runcomfy_desktop.selftest.failure import SelfTestFailure, require

# Without these, Python still works, but several times slower.
_COMPILED = ("_asyncio", "_hashlib", "_json", "_queue", "_sqlite3", "_ssl", "zlib")
# Libraries included in a packaged program. The others come from the system: graphics, fonts, D-Bus.
_BUNDLED_LIBRARY = re.compile(
    r"lib(Qt6\w+|icu\w+|python3[\d.]*|pyside6|shiboken6|ssl|crypto|sqlite3|ffi"
    r"|xcb-(cursor|icccm|image|keysyms|render-util|util))[.-].*"
)
_MAPS = Path("/proc/self/maps")


def compiled_modules(_folder: Path) -> str:
    """Checks that Python's compiled modules can be imported."""
    # asyncio first: otherwise `_asyncio`, itself only partly loaded, would import it, and asyncio
    # would lose some of its compiled code.
    import_module("asyncio")
    missing = []
    for name in _COMPILED:
        try:
            import_module(name)
        except ImportError:
            missing.append(name)
    require(not missing, f"Python lacks {', '.join(missing)}")
    return ", ".join(_COMPILED)


def libraries(_folder: Path) -> str:
    """Checks that the loaded libraries are those of the packaged program.

    Only Linux would silently use the system's libraries instead.
    """
    bundle_folder = getattr(sys, "_MEIPASS", None)
    if bundle_folder is None or not _MAPS.is_file():
        return "nothing is packaged with it"
    # The sixth field is the file name, which may contain spaces.
    fields = (line.split(maxsplit=5) for line in _MAPS.read_text().splitlines())
    files = {Path(each[5]) for each in fields if len(each) > 5 and each[5].startswith("/")}
    bundled = {file for file in files if _BUNDLED_LIBRARY.fullmatch(file.name)}
    root = Path(bundle_folder).resolve()
    foreign = sorted(str(file) for file in bundled if root not in file.resolve().parents)
    if foreign:
        raise SelfTestFailure(f"not the program's own, but this system's: {', '.join(foreign)}")
    return f"{len(bundled)} are the program's own"
