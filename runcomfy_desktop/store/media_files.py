"""Files in a media folder, all named after the hash of their bytes.

Before writing bytes, the program looks for a file that already has them, and refers to it. Marking
a file as used and removing it as unused therefore exclude each other.
"""

from __future__ import annotations

import os
import re
import stat
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"([0-9a-f]{64})\.(?:[a-z0-9]{1,8}|workflow\.json)")
# Held for at most two system calls.
_lock = threading.Lock()


class UnreadableReferences(Exception):  # noqa: N818 - named after the outcome
    """Raised if data that may refer to files was not read completely; the text is for the log."""


def hash_in_name(name: str) -> str:
    """Returns the SHA-256 in the name of a media file; "" for a name of another form."""
    match = _NAME.fullmatch(name)
    return match[1] if match else ""


def mark_used(path: Path) -> bool:
    """Marks the file as used now and returns True; returns False if it is missing.

    A removal in progress then keeps the file. A file whose time cannot be set counts as missing.
    """
    with _lock:
        try:
            os.utime(path)
        except OSError:
            return False
        return True


def list_files(folder: Path) -> dict[str, int]:
    """Returns the media files directly in the folder, with their times of last write or use in ns.

    Raises OSError. A missing folder has no files.
    """
    found: dict[str, int] = {}
    try:
        with os.scandir(folder) as entries:
            names = [each.name for each in entries if hash_in_name(each.name)]
    except FileNotFoundError:
        return found
    for name in names:
        try:
            info = (folder / name).lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(info.st_mode):
            found[name] = info.st_mtime_ns
    return found


def remove_unused(path: Path, mtime_ns: int) -> int | None:
    """Removes a file unless it was written or used since `mtime_ns`.

    Returns the size of the removed file; None if it was kept. Raises OSError.
    """
    with _lock:
        info = path.lstat()
        if info.st_mtime_ns != mtime_ns:
            return None
        path.unlink()
        return info.st_size
