"""Child process that runs the checks of one group and logs their starts and results.

Each line is written immediately: if the process aborts, the last line names the check.
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

from runcomfy_desktop.selftest.checks import WITHOUT_WINDOW, SelfTestCheck, checks_of
from runcomfy_desktop.selftest.failure import SelfTestFailure

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
    """Runs a group of checks.

    `arguments`: the group, the file for the results, "first" or "further".
    """
    group, file, position = arguments
    if sys.stderr is not None:
        # After a crash, the end of stderr contains the stack trace.
        faulthandler.enable()
    with Path(file).open("w", encoding="utf-8") as output:
        app = None if group == WITHOUT_WINDOW else _application(output)
        for check in checks_of(group, is_first=position == "first"):
            _write(output, {"begins": check.name})
            _write(output, _run_check(check))
        _write(output, {"versions": _versions()})
    # The application had to exist until here.
    del app
    # Libraries that hang or fail at exit are not part of the test.
    os._exit(0)


def _application(output: TextIO) -> object:
    """Creates the application, as the first check: Qt aborts if it cannot connect to a display."""
    _write(output, {"begins": "platform"})
    from runcomfy_desktop.app import import_hook

    import_hook.restore_import()
    from PySide6.QtWidgets import QApplication

    QApplication.setStyle("Fusion")
    return QApplication(sys.argv[:1])


def _run_check(check: SelfTestCheck) -> dict[str, object]:
    start_s = time.monotonic()
    module, _, function = check.function.partition(":")
    trace: list[str] = []
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            function_to_run = getattr(import_module(f"{_PACKAGE}.{module}"), function)
            says, ok = str(function_to_run(Path(folder))), True
    except Exception as error:
        says, ok = str(error), False
        if not isinstance(error, SelfTestFailure):
            says = f"{type(error).__name__}: {error}"
            trace = traceback.format_exc().splitlines()[-_TRACE_LINES:]
    seconds = round(time.monotonic() - start_s, 3)
    return {"ended": check.name, "ok": ok, "says": says, "seconds": seconds, "trace": trace}


def _write(output: TextIO, line: dict[str, object]) -> None:
    output.write(json.dumps(line) + "\n")
    output.flush()


def _versions() -> dict[str, str]:
    """Returns the versions of the modules loaded so far; imports nothing."""
    found = {"Python": platform.python_version()}
    for name, (module, what) in _VERSIONS.items():
        value = getattr(sys.modules.get(module), what, None)
        if value is not None:
            found[name] = str(value() if callable(value) else value)
    return found
