"""Hands addresses to xdg-open, and finds out whether a program took them.

Qt starts xdg-open and takes that for a success, so that a desktop with nothing to open a folder
fails without a word. See the exit codes in xdg-open(1).
"""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import suppress
from threading import Thread

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication

_PROGRAM = "xdg-open"
_NOT_STARTED = -1
_SCHEMES = ("file", "http", "https")

_log = logging.getLogger(__name__)


class UrlHandler(QObject):
    """Takes what is given to `QDesktopServices.openUrl` between `install` and `remove`.

    Emits `failed` with an address that no program opened.
    """

    failed = Signal(QUrl)
    _ended = Signal(QUrl, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running = 0
        self._ended.connect(self._on_ended)

    @property
    def is_running(self) -> bool:
        return self._running > 0

    def install(self) -> None:
        for scheme in _SCHEMES:
            # The stubs want bytes, the function itself takes a str only.
            QDesktopServices.setUrlHandler(scheme, self, "open")  # type: ignore[arg-type]

    def remove(self) -> None:
        for scheme in _SCHEMES:
            QDesktopServices.unsetUrlHandler(scheme)

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self._running += 1
        # A browser may stay in the foreground of xdg-open until it is closed, and the program does
        # not wait for it at its end.
        Thread(target=self._run, args=(url,), name="xdg-open", daemon=True).start()

    def _run(self, url: QUrl) -> None:
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        try:
            # A list, no shell: an address is never read as a command.
            code = subprocess.run(
                [_PROGRAM, address],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ).returncode
        except OSError as error:
            _log.info("%s cannot be run: %s", _PROGRAM, error)
            code = _NOT_STARTED
        # A browser may be closed long after the window.
        with suppress(RuntimeError):
            self._ended.emit(url, code)

    def _on_ended(self, url: QUrl, code: int) -> None:
        self._running -= 1
        if code == _NOT_STARTED:
            # Qt knows some other programs, and is asked from now on.
            self.remove()
            code = 0 if QDesktopServices.openUrl(url) else _NOT_STARTED
        if code != 0:
            _log.info("%s ended with %d", _PROGRAM, code)
            self.failed.emit(url)


def is_needed() -> bool:
    """Returns whether Qt itself would not notice a failure.

    On Wayland only Qt can give the other program the right to come to the front.
    """
    return sys.platform == "linux" and QGuiApplication.platformName() != "wayland"
