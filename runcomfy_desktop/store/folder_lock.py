"""One program at a time: for the moment between looking at a shared file and writing it.

Nothing is put into the folder for it, where others would see it come and go: the lock is on the
folder itself, and on Windows, which knows no such thing, on a file in the system's folder for
passing things. A file system that has no locks gets none; it promises no order anyway.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_S = 2.0
"""Whoever holds it longer is stuck, and nobody waits for that."""
_POLL_INTERVAL_S = 0.005


@contextmanager
def locked(folder: Path, timeout_s: float = TIMEOUT_S) -> Iterator[bool]:
    """Holds the lock of a folder; False where it could not be had. For worker threads."""
    try:
        handle = _open_lock(folder)
    except OSError:
        yield False
        return
    try:
        deadline_s = time.monotonic() + timeout_s
        while not (is_held := _try_lock(handle)) and time.monotonic() < deadline_s:
            time.sleep(_POLL_INTERVAL_S)
        yield is_held
    finally:
        # Which gives it back, as the end of a killed program does.
        os.close(handle)


if sys.platform == "win32":

    def _open_lock(folder: Path) -> int:
        import hashlib
        import tempfile

        real_path = os.path.normcase(os.path.realpath(folder)).encode("utf-8", "surrogatepass")
        name = f"runcomfy-desktop-{hashlib.sha256(real_path).hexdigest()[:24]}.lock"
        return os.open(Path(tempfile.gettempdir()) / name, os.O_RDWR | os.O_CREAT)

    def _try_lock(handle: int) -> bool:
        import msvcrt

        with suppress(OSError):
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            return True
        return False

else:

    def _open_lock(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def _try_lock(handle: int) -> bool:
        import fcntl

        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
