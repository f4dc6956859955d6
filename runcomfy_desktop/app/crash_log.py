"""Crash log: the stack traces of a process that ended before Python or Qt could report it.

`faulthandler` writes them to a file that is created for each run and deleted when the run ends
normally. A file with content at the next start is from a crash; the last one is kept. Nothing is
sent anywhere.
"""

from __future__ import annotations

import faulthandler
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from runcomfy_desktop.platform.private_files import make_private_folder, open_private_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

_CURRENT_FILE = "crash.log"
_LAST_FILE = "last-crash.log"
_MAX_BYTES = 100_000


@contextmanager
def record_crashes(folder: Path) -> Iterator[bool]:
    """Logs stack traces if the block crashes; yields True if the previous run crashed.

    If the folder is not writable, crashes are not logged.
    """
    has_crashed = _rotate(folder)
    file = _enable(folder)
    try:
        yield has_crashed
    finally:
        if file is not None:
            faulthandler.disable()
            file.close()
            # On Windows, harmless errors may have been logged; the run has ended normally all the
            # same.
            with suppress(OSError):
                (folder / _CURRENT_FILE).unlink()


def last_crash(folder: Path, max_lines: int) -> list[str]:
    """Returns the log of the last crash, or an empty list if there was none."""
    try:
        with open(folder / _LAST_FILE, "rb", opener=open_private_file) as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return text.splitlines()[:max_lines]


def _rotate(folder: Path) -> bool:
    """Moves the log of a crash aside; returns False if there was no crash.

    An empty log is left by a kill or a power failure.
    """
    current = folder / _CURRENT_FILE
    with suppress(OSError):
        if current.is_file() and current.stat().st_size > 0:
            if current.stat().st_size > _MAX_BYTES:
                os.truncate(current, _MAX_BYTES)
            current.replace(folder / _LAST_FILE)
            return True
    return False


def _enable(folder: Path) -> FileIO | None:
    try:
        make_private_folder(folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        file = os.fdopen(open_private_file(folder / _CURRENT_FILE, flags), "wb", buffering=0)
    except OSError:
        return None
    faulthandler.enable(file)
    return file
