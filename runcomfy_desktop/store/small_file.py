"""Reads the small files that this program once wrote; who has been at them since, nobody knows."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

MAX_BYTES = 64 * 1024 * 1024


class DamagedFile(Exception):  # noqa: N818 - what the file is
    """The file is there and is not what it was written as; the text says how, for the log."""


def read_object(path: Path, max_bytes: int = MAX_BYTES) -> JsonObject | None:
    """The JSON object in the file, None when there is no file. Raises Damaged and OSError.

    Anything but a plain file is an OSError: reading a pipe might never end.
    """
    data = read_data(path, max_bytes)
    if data is None:
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"{type(error).__name__}: {error}") from None
    if not isinstance(found, dict):
        raise DamagedFile("no object")
    return found


def read_data(path: Path, max_bytes: int = MAX_BYTES) -> bytes | None:
    """The same, whatever its bytes are."""
    try:
        info = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(info.st_mode):
        raise OSError(f"{path} is not a plain file")
    if info.st_size > max_bytes:
        raise DamagedFile(f"{info.st_size} bytes")
    return path.read_bytes()


def set_aside(path: Path) -> Path:
    """Renames a damaged file, never over an earlier one; returns its new place. Raises OSError."""
    number = 1
    while (target := path.with_name(f"{path.stem}.broken-{number}{path.suffix}")).exists():
        number += 1
    path.rename(target)
    return target
