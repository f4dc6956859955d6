"""Atomic writes of small files: a crash never leaves a half-written file."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

_DISK_FULL_CODES = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)
# Names made by mkstemp, and the journals that SQLite puts next to such files.
_TEMPORARY_NAME = re.compile(r"\..+\.[a-z0-9_]{8}\.tmp(-journal|-wal|-shm)?", re.DOTALL)
_LEFTOVER_AGE_S = 24 * 3600
_NOT_WRITABLE_CODES = (errno.EROFS, errno.EACCES, errno.EPERM)


def write_atomic(path: Path, data: bytes, *, is_durable: bool = True) -> None:
    """Replaces `path` atomically: a reader sees either the old file or the new one.

    Creates missing folders. Raises OSError; the old file is then unchanged. Waits for the disk, so
    call it on a worker thread. A file of a cache need not be durable: after a power failure it may
    be empty or missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes a file that only this user can read, and the rename keeps its mode.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:64]}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if is_durable:
        sync_folder(path.parent)


def clear_leftovers(folders: Iterable[Path]) -> None:
    """Removes temporary files left by writes that were interrupted when a program was killed.

    Call it only for the program's own folders. Only files older than a day are removed, because
    another write may be in progress.
    """
    before_s = time.time() - _LEFTOVER_AGE_S
    for folder in folders:
        # Leftovers that cannot be read or removed do no harm.
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if not _TEMPORARY_NAME.fullmatch(entry.name):
                    continue
                info = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(info.st_mode) and info.st_mtime < before_s:
                    Path(entry.path).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` durable, on systems that support it."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network and FUSE file systems do not support it; the rename itself has happened.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def is_disk_full(error: OSError) -> bool:
    """Returns True if the disk is full or the user's quota is used up."""
    return error.errno in _DISK_FULL_CODES


def disk_problem(error: OSError, path: Path) -> Problem:
    """Returns the Problem that explains a failed write to `path`."""
    technical = f"{type(error).__name__}: {error}"
    if is_disk_full(error):
        return Problem(
            _("The disk is full."),
            _("Nothing more can be written to %s.") % path,
            _("Free some space, then try again."),
            technical=technical,
        )
    if error.errno in _NOT_WRITABLE_CODES:
        return Problem(
            _("This folder cannot be written to."),
            _("The system refuses to write to %s.") % path,
            _("Check its permissions, or choose another folder in the settings."),
            technical=technical,
        )
    return Problem(
        _("A file could not be written."),
        _("Writing to %s failed.") % path,
        _("Check the disk, then try again."),
        technical=technical,
    )
