"""Log files that never contain the token or a password."""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.platform.private_files import make_private_folder, open_private_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from io import TextIOWrapper

_FILE = "runcomfy-desktop.log"
_MAX_BYTES = 1_000_000
_BACKUP_COUNT = 3
# A traceback through a thousand calls would fill a file by itself.
_MAX_RECORD_CHARS = 20_000
_TAIL_BYTES = 64_000
_REDACTED = "[key]"
# The text after these words is a secret, whichever library logged the line.
_BEARER = re.compile(
    r"""(?i)\b(authorization['"]?\s*[:=]\s*['"]?(?:(?:bearer|basic)\s+)?|bearer\s+)[^\s'",]+"""
)
# Pattern of keys for partner nodes.
_PARTNER_KEY = re.compile(r"\bcomfyui-[0-9a-fA-F]{16,}")
# A password in a URL, as HTTPS_PROXY may contain.
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/]+@")
# A shorter secret would occur inside other words.
_MIN_SECRET_CHARS = 4


class _RedactingFormatter(logging.Formatter):
    """Formats a record with its traceback, redacts secrets, and cuts the middle of a long one."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record), self._secrets())
        if len(text) > _MAX_RECORD_CHARS:
            half = _MAX_RECORD_CHARS // 2
            text = f"{text[:half]}\n[…]\n{text[-half:]}"
        return text


class _LogFile(logging.handlers.RotatingFileHandler):
    """Rotating log file that reports a failed write (full disk) once, until a write succeeds again.

    The library would print a traceback for each line, which users would see first in their
    terminal.
    """

    _has_reported_failure = False

    def __init__(self, file: Path) -> None:
        super().__init__(file, maxBytes=_MAX_BYTES, backupCount=_BACKUP_COUNT, encoding="utf-8")

    def _open(self) -> TextIOWrapper[Any]:
        stream = open(  # noqa: SIM115 - closed by the library
            self.baseFilename, "a", encoding=self.encoding, opener=open_private_file
        )
        with suppress(OSError):
            # A file created by an older version may be readable by others.
            Path(self.baseFilename).chmod(0o600)
        return stream

    def doRollover(self) -> None:  # noqa: N802 - name of the base class
        """Rotates the files.

        The library's own method permanently fails if another program has the file open (Windows).
        """
        if self.stream is not None:
            self.stream.close()
            self.stream = None
        file = Path(self.baseFilename)
        for number in range(_BACKUP_COUNT, 1, -1):
            with suppress(OSError):
                file.with_name(f"{file.name}.{number - 1}").replace(f"{file}.{number}")
        try:
            file.replace(f"{file}.1")
        except OSError:
            _copy_and_truncate(file)
        self.stream = self._open()

    def emit(self, record: logging.LogRecord) -> None:
        self._has_failed = False
        super().emit(record)
        if not self._has_failed:
            self._has_reported_failure = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - name of the base class
        error = sys.exception()
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self._has_failed = True
        if not self._has_reported_failure and sys.stderr is not None:
            self._has_reported_failure = True
            reason = error.strerror or error
            # In English, like all log lines.
            print(f"The log is not written: {reason}", file=sys.stderr)  # noqa: T201


def _copy_and_truncate(file: Path) -> None:
    """Empties a file that cannot be renamed, after copying it if possible."""
    with suppress(OSError):
        shutil.copyfile(file, f"{file}.1")
    with suppress(OSError):
        os.truncate(file, 0)


def last_lines(folder: Path, count: int) -> list[str]:
    """Returns the last lines of the log, redacted again; an empty list if there is no log."""
    try:
        with open(folder / _FILE, "rb", opener=open_private_file) as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            text = file.read(_TAIL_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return redact(text).splitlines()[-count:]


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Returns `text` without secrets.

    Removed are `secrets`, the text after "Bearer", keys for partner nodes, and passwords in URLs.
    """
    for secret in secrets:
        if len(secret) >= _MIN_SECRET_CHARS:
            text = text.replace(secret, _REDACTED)
    text = _PARTNER_KEY.sub(_REDACTED, _BEARER.sub(r"\1" + _REDACTED, text))
    return _URL_PASSWORD.sub(r"\1" + _REDACTED + "@", text)


def log_fatal_error(folder: Path, level: str, error: Exception) -> Path:
    """Logs the error that ends the program, possibly before `start`; returns the log file."""
    if not any(isinstance(each, _LogFile) for each in logging.getLogger().handlers):
        # Not to the console, where the user gets a plain sentence instead.
        start(folder, level, tuple, to_console=False)
    logging.getLogger(__name__).critical("The program cannot run", exc_info=error)
    return folder / _FILE


def start(
    folder: Path,
    level: str,
    secrets: Callable[[], Iterable[str]],
    *,
    to_console: bool = True,
) -> None:
    """Starts logging to `folder` (rotating, at most 4 MB) and, from warnings on, to the console.

    `secrets` returns the values to redact: the token in use, a proxy's password. If the folder is
    not writable, only the console is used: the program runs without a log file rather than not at
    all.
    """
    formatter = _RedactingFormatter(secrets)
    handlers: list[logging.Handler] = []
    if to_console and sys.stderr is not None:
        console = logging.StreamHandler()
        console.setLevel(logging.WARNING)
        handlers.append(console)
    try:
        make_private_folder(folder)
        handlers.append(_LogFile(folder / _FILE))
    except OSError as error:
        logging.getLogger(__name__).warning("No log file: %s", error)
    root = logging.getLogger()
    root.setLevel(level.upper())
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    # These libraries' info messages contain whole URLs, which are account data.
    for name in ("httpx", "httpcore", "asyncio", "PIL"):
        logging.getLogger(name).setLevel(logging.WARNING)
