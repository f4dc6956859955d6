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
_NOTE_BYTES = 4096
# What a header can carry; whatever is noted goes into one.
_PLAIN = re.compile(r"[\x20-\x7e]{1,210}")


@dataclass(frozen=True, slots=True)
class Mark:
    """One version of a file: where it is from, its host's strong validator, its whole length."""

    source: str
    validator: str
    total: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes of a version that are here for sure."""

    mark: Mark
    size_bytes: int

    @property
    def is_whole(self) -> bool:
        return self.size_bytes == self.mark.total


class Part:
    """The file at `path` while it comes. All of it waits for the disk and may raise OSError, so it
    belongs on worker threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = note_of(path)
        self._file: RawIOBase | None = None

    def kept(self, source: str) -> Kept | None:
        """What may be gone on with, None when everything has to come anew."""
        try:
            with self._note.open("rb") as file:
                said = json.loads(file.read(_NOTE_BYTES))
            mark = Mark(said["source"], said["validator"], said["total"])
            kept = Kept(mark, said["size_bytes"])
            is_sound = all(type(each) is int for each in (mark.total, kept.size_bytes))
            is_sound = is_sound and _PLAIN.fullmatch(mark.validator) is not None
            here = self.path.stat(follow_symlinks=False)
            fits = is_sound and mark.source == source and 0 < kept.size_bytes <= mark.total
            # A file of two names is one that was finished: it must not be written to any more.
            fits = fits and here.st_size >= kept.size_bytes and here.st_nlink == 1
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return kept if fits else None

    def begin(self, room_bytes: int) -> None:
        """An empty file, for which `room_bytes` have to be free."""
        self.remove()
        self._ask_for_room(room_bytes)
        self._file = self.path.open("xb", buffering=0)

    def go_on(self, kept: Kept) -> None:
        """The file as far as it is sure."""
        self._ask_for_room(kept.mark.total - kept.size_bytes)
        self._file = self.path.open("r+b", buffering=0)
        self._file.truncate(kept.size_bytes)
        self._file.seek(0, os.SEEK_END)

    def write(self, piece: bytes | bytearray) -> None:
        file, view = self._open_file(), memoryview(piece)
        while view:
            view = view[file.write(view) or 0 :]

    def note(self, mark: Mark) -> None:
        """Forces to the disk what was written, and writes down that it is there."""
        file = self._open_file()
        os.fsync(file.fileno())
        said = {**asdict(mark), "size_bytes": file.tell()}
        self._note.write_text(json.dumps(said), encoding="ascii")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """Takes the file and its note away."""
        self.close()
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def drop(self) -> None:
        """The same, where nothing can be done about a disk that refuses."""
        with suppress(OSError):
            self.remove()

    def _open_file(self) -> RawIOBase:
        if self._file is None:
            # Whoever was cancelled while it was being opened may still want to note it.
            raise ValueError("not open")
        return self._file

    def _ask_for_room(self, room_bytes: int) -> None:
        """Asked before, so that a disk is not filled to its last byte by what cannot fit."""
        if shutil.disk_usage(self.path.parent).free < room_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path.parent))


def note_of(part: Path) -> Path:
    """Where the note of a `.part` lies."""
    return part.with_name(f"{part.name}.json")


def mark_of(response: httpx.Response, source: str, total: int) -> Mark | None:
    """The version that an answer holds the whole of; None when it cannot be gone on with."""
    headers = response.headers
    if not total or "content-encoding" in headers or headers.get("accept-ranges") == "none":
        return None
    validator = _validator(headers)
    return Mark(source, validator, total) if validator else None


def goes_on(response: httpx.Response, kept: Kept) -> bool:
    """Whether a 206 is the rest of exactly what is here."""
    headers = response.headers
    last = kept.mark.total - 1
    wanted = f"bytes {kept.size_bytes}-{last}/{kept.mark.total}"
    is_etag = kept.mark.validator.startswith('"')
    said = headers.get("etag" if is_etag else "last-modified", "").strip()
    same = not said or said == kept.mark.validator
    whole = "content-encoding" not in headers
    return same and whole and headers.get("content-range", "").strip().lower() == wanted


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
