"""List of all checks, and the child process that runs those of one group.

A check takes an empty folder and returns a description, or raises. The modules with the checks
import only Python's own modules when they are loaded, so a missing part fails only its own checks.
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
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest import (
    image_checks,
    module_checks,
    package_checks,
    qt_checks,
    service_checks,
)
from runcomfy_desktop.selftest.failure import SelfTestFailure

if TYPE_CHECKING:
    from typing import TextIO

SelfTestCheck = Callable[[Path], str]

WITHOUT_WINDOW = "without a window"
_WITHOUT_QT: dict[str, SelfTestCheck] = {
    "metadata": package_checks.metadata,
    "licence texts": package_checks.licence_texts,
    "resources": package_checks.bundled_files,
    "workflows": package_checks.workflows,
    "presets": package_checks.presets,
    "modules": module_checks.module_imports,
    "Python's own parts": module_checks.compiled_modules,
    "drawing": image_checks.pillow_formats,
    "history": service_checks.sqlite_features,
    "keyring": service_checks.keyring_backend,
    "certificates": service_checks.certificates,
    "TLS": service_checks.handshake,
    "demo service": service_checks.demo_service,
    # Last, when all libraries that are used have been loaded.
    "libraries": module_checks.libraries,
}
_PLATFORM: dict[str, SelfTestCheck] = {"platform": qt_checks.qt_platform}
_ONCE_WITH_QT: dict[str, SelfTestCheck] = {
    "Qt plugins": qt_checks.qt_plugins,
    "picture formats": image_checks.qt_image_formats,
    "icons": qt_checks.icon_rendering,
    "style sheet": qt_checks.style_sheets,
    "event loop": qt_checks.event_loop,
}
_PER_PLATFORM: dict[str, SelfTestCheck] = {
    "text": qt_checks.fonts,
    "window": qt_checks.main_window,
    "libraries of Qt": module_checks.libraries,
}

_TRACE_LINES = 12
_VERSIONS = {
    "Qt": ("PySide6.QtCore", "qVersion"),
    "PySide6": ("PySide6", "__version__"),
    "qasync": ("qasync", "__version__"),
    "OpenSSL": ("ssl", "OPENSSL_VERSION"),
    "SQLite": ("sqlite3", "sqlite_version"),
    "Pillow": ("PIL", "__version__"),
    "httpx": ("httpx", "__version__"),
    "cryptography": ("cryptography", "__version__"),
}


def checks_of(group: str, *, is_first: bool) -> dict[str, SelfTestCheck]:
    """Returns the checks of a group, WITHOUT_WINDOW or a Qt platform, by their names.

    Checks with the same result on all platforms run only on the first.
    """
    if group == WITHOUT_WINDOW:
        return _WITHOUT_QT
    return _PLATFORM | (_ONCE_WITH_QT if is_first else {}) | _PER_PLATFORM


def main(arguments: list[str]) -> int:
    """Runs a group of checks, and writes their starts and results.

    Each line is written immediately: if the process aborts, the last line names the check.
    `arguments`: the group, the file for the results, "first" or "further".
    """
    group, file, position = arguments
    if sys.stderr is not None:
        # After a crash, the end of stderr contains the stack trace.
        faulthandler.enable()
    with Path(file).open("w", encoding="utf-8") as output:
        app = None if group == WITHOUT_WINDOW else _application(output)
        for name, check in checks_of(group, is_first=position == "first").items():
            _write(output, {"begins": name})
            _write(output, {"result": {"name": name, **_run_check(check)}})
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
    trace: list[str] = []
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            says, ok = check(Path(folder)), True
    except SelfTestFailure as error:
        says, ok = str(error), False
    except Exception as error:
        says, ok = f"{type(error).__name__}: {error}", False
        trace = traceback.format_exc().splitlines()[-_TRACE_LINES:]
    return {"ok": ok, "says": says, "seconds": round(time.monotonic() - start_s, 3), "trace": trace}


def _write(output: TextIO, line: dict[str, object]) -> None:
    output.write(json.dumps(line) + "\n")
    output.flush()


def _versions() -> dict[str, str]:
    """Returns the versions of the modules loaded so far; imports nothing."""
    found = {"Python": platform.python_version()}
    for name, (module, attribute) in _VERSIONS.items():
        value = getattr(sys.modules.get(module), attribute, None)
        if value is not None:
            found[name] = str(value() if callable(value) else value)
    return found
