"""Lock between programs, held from reading a shared file until writing it.

The lock is on the folder itself, so that no lock file appears in a shared folder. Windows cannot
lock folders: there the lock is on a file in the system's temporary folder. On a file system without
locks there is no lock; such a file system guarantees no order of writes anyway.
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
"""Time to wait for the lock; a program that holds it longer is considered to be stuck."""
_POLL_INTERVAL_S = 0.005


@contextmanager
def locked(folder: Path, timeout_s: float = TIMEOUT_S) -> Iterator[bool]:
    """Holds a folder's lock; yields False if it was not acquired. Use it on worker threads."""
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
        # Closing the handle releases the lock; the system does the same when a program is killed.
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
