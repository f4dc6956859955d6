"""Lock between programs for the time between reading a shared file and writing it.

The lock is on the folder itself, so that no lock file appears in a folder that others see. Windows
cannot lock folders: there it is on a file in the system's temporary folder. A file system without
locks gets none; it guarantees no order of writes anyway.
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
"""Time to wait for the lock; a program that holds it longer is considered stuck."""
_POLL_INTERVAL_S = 0.005


@contextmanager
def locked(folder: Path, timeout_s: float = TIMEOUT_S) -> Iterator[bool]:
    """Holds the lock of a folder; yields False if it was not acquired. For worker threads."""
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
        # Closing releases the lock, as the end of a killed program does.
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
