"""Keeps the beginning of an interrupted download, with the validator of its version.

`a.png.part.json` next to `a.png.part` records the source of the bytes, the host's validator, the
total size, and how many bytes are certainly on the disk. It is written at the first checkpoint.
Bytes without such a record, or beyond its number, are never used: after a power failure they may be
anything.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import RawIOBase
    from pathlib import Path

    import httpx

_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,200}"')
# A file that changes twice within a second keeps its date, so dates younger than this are not
# trusted.
_SETTLED_S = 60.0
_MAX_RECORD_BYTES = 4096
# Characters allowed in a header; the recorded validator is sent in one.
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,210}")


@dataclass(frozen=True, slots=True)
class RemoteFileVersion:
    """Version of a remote file: its source, its host's strong validator, and its total size."""

    source: str
    validator: str
    total: int


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Number of bytes of a version that are certainly on the disk."""

    version: RemoteFileVersion
    size_bytes: int

    @property
    def is_complete(self) -> bool:
        return self.size_bytes == self.version.total


class PartialFile:
    """Partially downloaded file at `path`.

    All methods access the disk and may raise OSError, so call them on worker threads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record_path = record_path(path)
        self._file: RawIOBase | None = None

    def resume_point(self, source: str) -> ResumePoint | None:
        """Returns the point from which to resume, or None if the download has to start again."""
        try:
            with self._record_path.open("rb") as file:
                stored = json.loads(file.read(_MAX_RECORD_BYTES))
            version = RemoteFileVersion(stored["source"], stored["validator"], stored["total"])
            point = ResumePoint(version, stored["size_bytes"])
            is_valid = all(type(each) is int for each in (version.total, point.size_bytes))
            is_valid = is_valid and _VALIDATOR.fullmatch(version.validator) is not None
            info = self.path.stat(follow_symlinks=False)
            is_usable = (
                is_valid and version.source == source and 0 < point.size_bytes <= version.total
            )
            # A file with two hard links has been finished and must no longer be written to.
            is_usable = is_usable and info.st_size >= point.size_bytes and info.st_nlink == 1
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return point if is_usable else None

    def create(self, required_bytes: int) -> None:
        """Creates an empty file. Raises OSError if less than `required_bytes` are free."""
        self.remove()
        self._check_free_space(required_bytes)
        self._file = self.path.open("xb", buffering=0)

    def resume(self, point: ResumePoint) -> None:
        """Opens the file and cuts it to the bytes that are certain."""
        self._check_free_space(point.version.total - point.size_bytes)
        self._file = self.path.open("r+b", buffering=0)
        self._file.truncate(point.size_bytes)
        self._file.seek(0, os.SEEK_END)

    def write(self, data: bytes | bytearray) -> None:
        file, view = self._open_file(), memoryview(data)
        while view:
            view = view[file.write(view) or 0 :]

    def checkpoint(self, version: RemoteFileVersion) -> None:
        """Flushes the written bytes to the disk and records their number."""
        file = self._open_file()
        os.fsync(file.fileno())
        stored = {**asdict(version), "size_bytes": file.tell()}
        self._record_path.write_text(json.dumps(stored), encoding="ascii")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """Deletes the file and its record."""
        self.close()
        self._record_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Deletes the file and its record, ignoring errors of the disk."""
        with suppress(OSError):
            self.remove()

    def _open_file(self) -> RawIOBase:
        if self._file is None:
            # If opening was cancelled, the download may still try to save its progress.
            raise ValueError("not open")
        return self._file

    def _check_free_space(self, required_bytes: int) -> None:
        """Raises OSError if less than `required_bytes` are free on the disk.

        Checked in advance, so that a file that cannot fit does not fill the disk.
        """
        if shutil.disk_usage(self.path.parent).free < required_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path.parent))


def record_path(part: Path) -> Path:
    """Returns the path of the record of a `.part` file."""
    return part.with_name(f"{part.name}.json")


def version_in_response(
    response: httpx.Response, source: str, total: int
) -> RemoteFileVersion | None:
    """Returns the version in a complete response, or None if its download could not be resumed."""
    headers = response.headers
    if not total or "content-encoding" in headers or headers.get("accept-ranges") == "none":
        return None
    validator = _validator(headers)
    return RemoteFileVersion(source, validator, total) if validator else None


def is_continuation(response: httpx.Response, point: ResumePoint) -> bool:
    """Returns True if a 206 is exactly the rest of the partial file."""
    headers = response.headers
    last = point.version.total - 1
    expected = f"bytes {point.size_bytes}-{last}/{point.version.total}"
    is_etag = point.version.validator.startswith('"')
    validator = headers.get("etag" if is_etag else "last-modified", "").strip()
    is_same = not validator or validator == point.version.validator
    is_plain = "content-encoding" not in headers
    return is_same and is_plain and headers.get("content-range", "").strip().lower() == expected


def _validator(headers: httpx.Headers) -> str:
    """Returns the strong validator, or "" if there is none.

    A weak one (`W/"..."`) can stand for different bytes. Last-Modified counts as strong if it is at
    least 60 s older than the response.
    """
    etag = headers.get("etag", "").strip()
    if etag:
        return etag if _STRONG_ETAG.fullmatch(etag) else ""
    modified = headers.get("last-modified", "").strip()
    try:
        age_s = (
            parsedate_to_datetime(headers.get("date", "")) - parsedate_to_datetime(modified)
        ).total_seconds()
    except (ValueError, TypeError):
        return ""
    return modified if age_s >= _SETTLED_S and modified.isascii() else ""
