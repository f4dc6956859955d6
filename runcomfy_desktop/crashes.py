"""The crash log: where the program was when it ended without Python or Qt being able to say so.

`faulthandler` writes it, into a file that is there for each run and goes when the run ends well.
What is in it at the next start is of a crash; the last one is kept. It is sent nowhere.
"""

from __future__ import annotations

import faulthandler
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from runcomfy_desktop.private import private_file, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

_THIS = "crash.log"
_LAST = "last-crash.log"
_MAX_BYTES = 100_000


@contextmanager
def watched(folder: Path) -> Iterator[bool]:
    """Writes down where the program is if it crashes in here; whether the last one did.

    A folder that cannot be written to leaves the crash unwritten.
    """
    crashed = _keep(folder)
    file = _begin(folder)
    try:
        yield crashed
    finally:
        if file is not None:
            faulthandler.disable()
            file.close()
            # Windows may write into it what did no harm; the run has ended well all the same.
            with suppress(OSError):
                (folder / _THIS).unlink()


def last_crash(folder: Path, most_lines: int) -> list[str]:
    """What was written at the last crash; nothing when there was none."""
    try:
        with open(folder / _LAST, "rb", opener=private_file) as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return text.splitlines()[:most_lines]


def _keep(folder: Path) -> bool:
    """Sets aside what a crash has left; what is empty was left by a kill or a power cut."""
    this = folder / _THIS
    with suppress(OSError):
        if this.is_file() and this.stat().st_size > 0:
            if this.stat().st_size > _MAX_BYTES:
                os.truncate(this, _MAX_BYTES)
            this.replace(folder / _LAST)
            return True
    return False


def _begin(folder: Path) -> FileIO | None:
    try:
        private_folder(folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        file = os.fdopen(private_file(folder / _THIS, flags), "wb", buffering=0)
    except OSError:
        return None
    faulthandler.enable(file)
    return file
