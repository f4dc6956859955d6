"""Folders and files that nobody else on this computer may read. Imported for the first frame."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Makes a folder for the person alone. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        # Of a disk without rights; on Windows the person's folders are their own already.
        folder.chmod(0o700)


def open_private_file(path: str | Path, flags: int) -> int:
    """Opens a file of that kind; fits `open(..., opener=open_private_file)`.

    Raises OSError for a pipe in its place: opening or filling it might wait for ever.
    """
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    if stat.S_ISFIFO(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path} is a pipe")
    return handle
