"""Log files that never hold the token."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FILE = "runcomfy-desktop.log"
_MAX_BYTES = 1_000_000
_BLOT = "[key]"
# Whatever follows these words is a secret, whoever wrote the line.
_BEARER = re.compile(
    r"""(?i)\b(authorization['"]?\s*[:=]\s*['"]?(?:bearer\s+)?|bearer\s+)[^\s'",]+"""
)


class _Blotter(logging.Formatter):
    """Formats a record, traceback included, and blots out secrets in the result."""

    def __init__(self, secret: Callable[[], str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secret = secret

    def format(self, record: logging.LogRecord) -> str:
        return blot(super().format(record), self._secret())


class _LogFile(logging.handlers.RotatingFileHandler):
    """The file; when it cannot be written (a full disk), one line says so until it can again.

    The library would print a traceback for each line, which is what a person in front of a
    terminal would read first.
    """

    _is_told = False

    def emit(self, record: logging.LogRecord) -> None:
        self._failed = False
        super().emit(record)
        if not self._failed:
            self._is_told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        error = sys.exception()
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self._failed = True
        if not self._is_told and sys.stderr is not None:
            self._is_told = True
            why = error.strerror or error
            # English, as all that is logged.
            print(f"The log is not written: {why}", file=sys.stderr)  # noqa: T201


def blot(text: str, secret: str) -> str:
    """`text` without `secret` and without anything that follows "Bearer"."""
    if secret:
        text = text.replace(secret, _BLOT)
    return _BEARER.sub(r"\1" + _BLOT, text)


def write_down(folder: Path, level: str, error: Exception) -> Path:
    """Logs the error that ends the program, maybe before `start`; returns the file it is in."""
    if not any(isinstance(each, _LogFile) for each in logging.getLogger().handlers):
        # Not to the console: a person in front of it gets a sentence.
        start(folder, level, lambda: "", to_console=False)
    logging.getLogger(__name__).critical("The program cannot run", exc_info=error)
    return folder / _FILE


def start(folder: Path, level: str, secret: Callable[[], str], *, to_console: bool = True) -> None:
    """Logs to `folder` (rotating, at most 4 MB) and, from warnings on, to the console.

    `secret` gives the token in use, "" when there is none. A folder that cannot be written to
    leaves the console only: the program runs without a log rather than not at all.
    """
    formatter = _Blotter(secret)
    handlers: list[logging.Handler] = []
    if to_console and sys.stderr is not None:
        console = logging.StreamHandler()
        console.setLevel(logging.WARNING)
        handlers.append(console)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handlers.append(
            _LogFile(
                folder / _FILE,
                maxBytes=_MAX_BYTES,
                backupCount=3,
                encoding="utf-8",
            )
        )
    except OSError as error:
        logging.getLogger(__name__).warning("No log file: %s", error)
    root = logging.getLogger()
    root.setLevel(level.upper())
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    # Their info lines hold whole addresses, which are account data.
    for name in ("httpx", "httpcore", "asyncio", "PIL"):
        logging.getLogger(name).setLevel(logging.WARNING)
