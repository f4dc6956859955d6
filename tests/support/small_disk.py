"""A small disk that a test can really fill, empty and write-protect.

The disk is a tmpfs, which only root may mount. Tests that need such a disk are marked `root` and
skipped for other users, as the first lines of pytest's output report.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK_BYTES = 64 * 1024


def is_root() -> bool:
    """Returns True if this user may mount disks and switch to other users."""
    return sys.platform == "linux" and os.geteuid() == 0


class SmallDisk:
    """A separate file system at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler_file = path / "somebody-else's-file"

    def fill(self) -> None:
        """Writes until no more bytes fit."""
        with self._filler_file.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(_CHUNK_BYTES))

    def empty(self) -> None:
        """Frees what `fill` used."""
        self._filler_file.unlink(missing_ok=True)

    def protect(self) -> None:
        """Makes the disk read-only, even for root."""
        _run("mount", "-o", "remount,ro", str(self.path))

    def unprotect(self) -> None:
        _run("mount", "-o", "remount,rw", str(self.path))


@contextmanager
def small_disk(path: Path, kilobytes: int = 4096) -> Iterator[SmallDisk]:
    """Mounts a disk at `path`, which becomes its root folder, and unmounts it at the end."""
    path.mkdir(parents=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=700", "tmpfs", str(path))
    try:
        yield SmallDisk(path)
    finally:
        # Lazily, because a program that was just killed may still have a file open.
        _run("umount", "--lazy", str(path))


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
