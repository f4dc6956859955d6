"""Writes the report to wherever it is wished: a file, a pipe, a device.

With Python's own parts alone: what else is in the installation is in question.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# A reader may come a moment later, or be slow; who waits for the end of the test must not wait
# for one who never comes.
READ_TIMEOUT_S = 10.0
_POLL_INTERVAL_S = 0.05


def write_out(file: Path, data: bytes, timeout_s: float = READ_TIMEOUT_S) -> None:
    """Raises OSError. A file has the whole of it or what it had; what is a link, a pipe or a
    device is written to as it is, and given up when nobody reads it for so long."""
    try:
        is_file = stat.S_ISREG(file.lstat().st_mode)
    except FileNotFoundError:
        is_file = True
    if is_file:
        _replace(file, data)
        return
    handle = _open_for_writing(file, time.monotonic() + timeout_s)
    try:
        _write(handle, data, timeout_s)
    finally:
        os.close(handle)


def _replace(file: Path, data: bytes) -> None:
    temporary = file.with_name(f".{file.name[:64]}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _open_for_writing(file: Path, end_s: float) -> int:
    # Without the last one, opening a pipe would wait for its reader. Windows has none of them.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NONBLOCK", 0)
    while True:
        try:
            return os.open(file, flags, 0o666)
        except OSError as error:
            if error.errno != errno.ENXIO or not file.is_fifo():
                raise
            if time.monotonic() > end_s:
                raise _not_read_error() from None
        time.sleep(_POLL_INTERVAL_S)


def _write(handle: int, data: bytes, timeout_s: float) -> None:
    remaining = memoryview(data)
    while remaining:
        # On Windows only sockets can be waited for, and no pipe has a name in a folder.
        if os.name == "posix" and not select.select([], [handle], [], timeout_s)[1]:
            raise _not_read_error()
        remaining = remaining[os.write(handle, remaining) :]


def _not_read_error() -> OSError:
    return OSError(errno.ETIMEDOUT, "nobody reads it")
