"""Keeps what came of a file before its line broke, with what its host knows that version by.

Beside `a.png.part` lies `a.png.part.json` as soon as it is worth it: from where the bytes are, the
host's validator, the whole length, and how many bytes are on the disk for sure. Bytes without such
a note, or beyond its number, are never gone on with: after a power cut they may be anything.
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
# A file that changed twice within the second has one date; younger ones are not believed.
_SETTLED_S = 60.0
_MAX_RECORD_BYTES = 4096
# What a header can carry; whatever is noted goes into one.
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,210}")


@dataclass(frozen=True, slots=True)
class RemoteFileVersion:
    """One version of a file: where it is from, its host's strong validator, its whole length."""

    source: str
    validator: str
    total: int


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Bytes of a version that are here for sure."""

    version: RemoteFileVersion
    size_bytes: int

    @property
    def is_complete(self) -> bool:
        return self.size_bytes == self.version.total


class PartialFile:
    """The file at `path` while it comes. All of it waits for the disk and may raise OSError, so it
    belongs on worker threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record_path = record_path(path)
        self._file: RawIOBase | None = None

    def resume_point(self, source: str) -> ResumePoint | None:
        """What may be gone on with, None when everything has to come anew."""
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
            # A file of two names is one that was finished: it must not be written to any more.
            is_usable = is_usable and info.st_size >= point.size_bytes and info.st_nlink == 1
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return point if is_usable else None

    def create(self, required_bytes: int) -> None:
        """An empty file, for which `required_bytes` have to be free."""
        self.remove()
        self._check_free_space(required_bytes)
        self._file = self.path.open("xb", buffering=0)

    def resume(self, point: ResumePoint) -> None:
        """The file as far as it is sure."""
        self._check_free_space(point.version.total - point.size_bytes)
        self._file = self.path.open("r+b", buffering=0)
        self._file.truncate(point.size_bytes)
        self._file.seek(0, os.SEEK_END)

    def write(self, data: bytes | bytearray) -> None:
        file, view = self._open_file(), memoryview(data)
        while view:
            view = view[file.write(view) or 0 :]

    def checkpoint(self, version: RemoteFileVersion) -> None:
        """Forces to the disk what was written, and writes down that it is there."""
        file = self._open_file()
        os.fsync(file.fileno())
        stored = {**asdict(version), "size_bytes": file.tell()}
        self._record_path.write_text(json.dumps(stored), encoding="ascii")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """Takes the file and its note away."""
        self.close()
        self._record_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def discard(self) -> None:
        """The same, where nothing can be done about a disk that refuses."""
        with suppress(OSError):
            self.remove()

    def _open_file(self) -> RawIOBase:
        if self._file is None:
            # Whoever was cancelled while it was being opened may still want to note it.
            raise ValueError("not open")
        return self._file

    def _check_free_space(self, required_bytes: int) -> None:
        """Asked before, so that a disk is not filled to its last byte by what cannot fit."""
        if shutil.disk_usage(self.path.parent).free < required_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path.parent))


def record_path(part: Path) -> Path:
    """Where the note of a `.part` lies."""
    return part.with_name(f"{part.name}.json")


def version_in_response(
    response: httpx.Response, source: str, total: int
) -> RemoteFileVersion | None:
    """The version that an answer holds the whole of; None when it cannot be gone on with."""
    headers = response.headers
    if not total or "content-encoding" in headers or headers.get("accept-ranges") == "none":
        return None
    validator = _validator(headers)
    return RemoteFileVersion(source, validator, total) if validator else None


def is_continuation(response: httpx.Response, point: ResumePoint) -> bool:
    """Whether a 206 is the rest of exactly what is here."""
    headers = response.headers
    last = point.version.total - 1
    expected = f"bytes {point.size_bytes}-{last}/{point.version.total}"
    is_etag = point.version.validator.startswith('"')
    validator = headers.get("etag" if is_etag else "last-modified", "").strip()
    is_same = not validator or validator == point.version.validator
    is_plain = "content-encoding" not in headers
    return is_same and is_plain and headers.get("content-range", "").strip().lower() == expected


def _validator(headers: httpx.Headers) -> str:
    """A strong one, "" when there is none: `W/"..."` may stand for other bytes."""
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
