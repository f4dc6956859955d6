"""The process that looks at the parts of one group; writes down what it begins and what it finds.

Line by line and at once: where it aborts, the last line tells at which part.
"""

from __future__ import annotations

import faulthandler
import json
import os
import platform
import sys
import tempfile
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.fault import Fault
from runcomfy_desktop.selftest.parts import WITHOUT_WINDOW, Part, parts_of

if TYPE_CHECKING:
    from typing import TextIO

_PACKAGE = __package__ or ""
_TRACE_LINES = 12
_VERSIONS = {
    "Python": ("platform", "python_version"),
    "Qt": ("PySide6.QtCore", "qVersion"),
    "PySide6": ("PySide6", "__version__"),
    "qasync": ("qasync", "__version__"),
    "OpenSSL": ("ssl", "OPENSSL_VERSION"),
    "SQLite": ("sqlite3", "sqlite_version"),
    "Pillow": ("PIL", "__version__"),
    "httpx": ("httpx", "__version__"),
    "cryptography": ("cryptography", "__version__"),
}


def main(arguments: list[str]) -> int:
    """`arguments`: the group, the file for what is found, "first" or "further"."""
    group, file, place = arguments
    if sys.stderr is not None:
        # Where it was when it crashed is among its last words.
        faulthandler.enable()
    with Path(file).open("w", encoding="utf-8") as told:
        app = None if group == WITHOUT_WINDOW else _application(told)
        for part in parts_of(group, is_first=place == "first"):
            _write(told, {"begins": part.name})
            _write(told, _look_at(part))
        _write(told, {"versions": _versions()})
    # Until here it had to live.
    del app
    # What a library still waits for, or breaks at its end, is not what was asked.
    os._exit(0)


def _application(told: TextIO) -> object:
    """Aborts where Qt finds no way to the screen; so this is begun as its first part."""
    _write(told, {"begins": "platform"})
    from runcomfy_desktop import plain_imports

    plain_imports.restore()
    from PySide6.QtWidgets import QApplication

    QApplication.setStyle("Fusion")
    return QApplication(sys.argv[:1])


def _look_at(part: Part) -> dict[str, object]:
    start_s = time.monotonic()
    module, _, function = part.check.partition(":")
    trace: list[str] = []
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            look = getattr(import_module(f"{_PACKAGE}.{module}"), function)
            says, ok = str(look(Path(folder))), True
    except Exception as error:
        says, ok = str(error), False
        if not isinstance(error, Fault):
            says = f"{type(error).__name__}: {error}"
            trace = traceback.format_exc().splitlines()[-_TRACE_LINES:]
    seconds = round(time.monotonic() - start_s, 3)
    return {"ended": part.name, "ok": ok, "says": says, "seconds": seconds, "trace": trace}


def _write(told: TextIO, line: dict[str, object]) -> None:
    told.write(json.dumps(line) + "\n")
    told.flush()


def _versions() -> dict[str, str]:
    """Of what is there by now; nothing is imported for it."""
    found = {"Python": platform.python_version()}
    for name, (module, what) in _VERSIONS.items():
        value = getattr(sys.modules.get(module), what, None)
        if value is not None:
            found[name] = str(value() if callable(value) else value)
    return found
