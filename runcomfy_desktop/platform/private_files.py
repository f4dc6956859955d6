"""Folders and files that other users of this computer cannot read.

The module is imported before the first frame.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Creates a folder that only the user can access. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        # Fails on a disk without permissions; on Windows the user's folders are already private.
        folder.chmod(0o700)


def open_private_file(path: str | Path, flags: int) -> int:
    """Opens a file that only the user can access; fits `open(..., opener=open_private_file)`.

    Raises OSError if the file is a pipe: opening or writing it might block forever.
    """
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    if stat.S_ISFIFO(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path} is a pipe")
    return handle
