"""Opens files that the user named, with a Problem for folders, devices and missing files."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import IO, TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK_BYTES = 1024 * 1024
# Windows has no O_NONBLOCK, and only Windows needs O_BINARY.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_file(path: Path) -> tuple[IO[bytes], int]:
    """Opens a file; returns it and its size in bytes. Raises Problem. Does blocking disk I/O."""
    name = one_line(path.name or str(path))
    try:
        _require_regular_file(path.stat(), name)
        # The path may have become a pipe since stat(), and opening a pipe can wait for its other
        # end.
        file = os.fdopen(os.open(path, _FLAGS), "rb")
        status = os.fstat(file.fileno())
    except (OSError, ValueError) as error:
        raise read_problem(path.name, error) from None
    try:
        _require_regular_file(status, name)
    except Problem:
        file.close()
        raise
    return file, status.st_size


def _require_regular_file(status: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Problem(_("%s is a folder.") % name, advice=_("Choose a file in it."))
    if not stat.S_ISREG(status.st_mode):
        # Reading a pipe or a device might never end.
        raise Problem(_("%s is not a file.") % name, advice=_("Choose a file."))


def read_problem(name: str, error: Exception) -> Problem:
    """Returns the Problem for the file called `name` that could not be read due to `error`."""
    name = one_line(name)
    technical = f"{type(error).__name__}: {error}"
    if isinstance(error, FileNotFoundError):
        return Problem(
            _("%s is not there any more.") % name,
            advice=_("It may have been moved or renamed. Choose another file."),
            technical=technical,
        )
    if isinstance(error, PermissionError):
        return Problem(
            _("You are not allowed to read %s.") % name,
            advice=_("Change the file's permissions, or choose another file."),
            technical=technical,
        )
    return Problem(
        _("%s could not be read.") % name,
        advice=_("Check the disk that it lies on, or choose another file."),
        technical=technical,
    )


def hash_of(path: Path) -> str:
    """Returns the SHA-256 of a file's bytes, "" if it cannot be read. Does blocking disk I/O."""
    digest = hashlib.sha256()
    try:
        file, _size_bytes = open_file(path)
        with file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except (Problem, OSError):
        return ""
    return digest.hexdigest()
