"""Reads this program's small files, which other programs may have changed."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

MAX_BYTES = 64 * 1024 * 1024


class DamagedFile(Exception):  # noqa: N818 - named after the file
    """Raised if a file has invalid content; the message gives the reason, for the log."""


def read_object(path: Path, max_bytes: int = MAX_BYTES) -> JsonObject | None:
    """Returns the JSON object in a file; None if there is no file.

    Raises DamagedFile and OSError. OSError is also raised for anything but a plain file, because
    reading a pipe might never end.
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
    """Returns the bytes of a file; None if there is no file.

    Raises DamagedFile if the file is larger than `max_bytes`. Raises OSError, also for anything but
    a plain file.
    """
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
    """Renames a damaged file and returns its new path. Raises OSError.

    Never overwrites a file moved aside earlier.
    """
    number = 1
    while (target := path.with_name(f"{path.stem}.broken-{number}{path.suffix}")).exists():
        number += 1
    path.rename(target)
    return target


def try_set_aside(path: Path, technical: str) -> tuple[Path | None, str]:
    """Renames a damaged file if the disk allows it, otherwise leaves it.

    Returns its new path, or None, and `technical` with the reason if it could not be renamed.
    """
    try:
        return set_aside(path), technical
    except OSError as error:
        return None, f"{technical}; {error}"


def text_in(stored: JsonObject, name: str) -> str:
    """Returns the text in that member; "" if there is none."""
    value = stored.get(name)
    return value if isinstance(value, str) else ""
