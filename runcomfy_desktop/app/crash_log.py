"""The crash log: where the program was when it ended without Python or Qt being able to say so.

`faulthandler` writes it, into a file that is there for each run and goes when the run ends well.
What is in it at the next start is of a crash; the last one is kept. It is sent nowhere.
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
    """Writes down where the program is if it crashes in here; whether the last one did.

    A folder that cannot be written to leaves the crash unwritten.
    """
    has_crashed = _rotate(folder)
    file = _enable(folder)
    try:
        yield has_crashed
    finally:
        if file is not None:
            faulthandler.disable()
            file.close()
            # Windows may write into it what did no harm; the run has ended well all the same.
            with suppress(OSError):
                (folder / _CURRENT_FILE).unlink()


def last_crash(folder: Path, max_lines: int) -> list[str]:
    """What was written at the last crash; nothing when there was none."""
    try:
        with open(folder / _LAST_FILE, "rb", opener=open_private_file) as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return text.splitlines()[:max_lines]


def _rotate(folder: Path) -> bool:
    """Sets aside what a crash has left; what is empty was left by a kill or a power cut."""
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
