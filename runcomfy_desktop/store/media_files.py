"""The files in a media folder, all named after their bytes; each is used once more or removed,
never both.

Who finds that the same bytes are kept already writes no second copy. From then on somebody is
going to name that copy, so it must not be removed as one that nobody names.
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
# Held for two calls of the system at most.
_lock = threading.Lock()


class UnreadableReferences(Exception):  # noqa: N818 - what became of it
    """Says that something which may name files was not read to its end; the text is for the log."""


def hash_in_name(name: str) -> str:
    """Returns the SHA-256 that a kept file is named after, "" for a name of another form."""
    match = _NAME.fullmatch(name)
    return match[1] if match else ""


def mark_used(path: Path) -> bool:
    """Returns whether the file is there. It then counts as new, and a removal that is going on
    leaves it alone; where that cannot be noted, it counts as missing."""
    with _lock:
        try:
            os.utime(path)
        except OSError:
            return False
        return True


def list_files(folder: Path) -> dict[str, int]:
    """Returns the plain files of our form directly in the folder, each with the time when it was
    last written or used, in ns. Raises OSError; a folder that is not there has none."""
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
    """Removes a file unless it was written or used since `mtime_ns`. Returns its size, None when it
    stays. Raises OSError."""
    with _lock:
        info = path.lstat()
        if info.st_mtime_ns != mtime_ns:
            return None
        path.unlink()
        return info.st_size
