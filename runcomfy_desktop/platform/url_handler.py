"""Opens URLs with xdg-open and detects when no program could open them.

Qt regards starting xdg-open as a success, so on a desktop that cannot open a folder nothing would
happen. See the exit codes in xdg-open(1).
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
    """Handles `QDesktopServices.openUrl` between `install` and `remove`.

    Emits `failed` with a URL that no program opened.
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
            # The stubs require bytes, but the function itself accepts only a str.
            QDesktopServices.setUrlHandler(scheme, self, "open")  # type: ignore[arg-type]

    def remove(self) -> None:
        for scheme in _SCHEMES:
            QDesktopServices.unsetUrlHandler(scheme)

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self._running += 1
        # A browser may stay in the foreground of xdg-open until it is closed; the program does not
        # wait for it when it ends.
        Thread(target=self._run, args=(url,), name="xdg-open", daemon=True).start()

    def _run(self, url: QUrl) -> None:
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        try:
            # A list without a shell: a URL is never interpreted as a command.
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
        # The browser may be closed long after the window has been deleted.
        with suppress(RuntimeError):
            self._ended.emit(url, code)

    def _on_ended(self, url: QUrl, code: int) -> None:
        self._running -= 1
        if code == _NOT_STARTED:
            # Without xdg-open, Qt handles URLs from now on: it knows some other programs.
            self.remove()
            code = 0 if QDesktopServices.openUrl(url) else _NOT_STARTED
        if code != 0:
            _log.info("%s ended with %d", _PROGRAM, code)
            self.failed.emit(url)


def is_needed() -> bool:
    """Returns True if Qt itself would not notice a failure.

    Returns False on Wayland, where only Qt can give the other program the right to come to the
    front.
    """
    return sys.platform == "linux" and QGuiApplication.platformName() != "wayland"
