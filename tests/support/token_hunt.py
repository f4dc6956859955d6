"""Looks for a token in everything that a program may have left, in whatever clothes it wears."""

from __future__ import annotations

import base64
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# So many letters of a token in a row are a leak as well.
_PART = 10
_ZLIB_MARKS = (b"\x78\x01", b"\x78\x9c", b"\x78\xda")
_PACKED_MOST, _UNPACKED_MOST = 256 * 1024, 1024 * 1024


def spellings(token: str) -> dict[str, bytes]:
    """The token in every form in which something written could hold it, by name."""
    plain = token.encode()
    half = len(token) // 2
    found = {
        "backwards": plain[::-1],
        "halves the other way round": plain[half:] + plain[:half],
        "halves backwards": plain[:half][::-1] + plain[half:][::-1],
        "hexadecimal": plain.hex().encode(),
        "hexadecimal, large": plain.hex().upper().encode(),
        "hexadecimal, apart": plain.hex(" ").encode(),
        "UTF-16": token.encode("utf-16-le"),
        "UTF-16, large end first": token.encode("utf-16-be"),
        "UTF-32": token.encode("utf-32-le"),
        "URL-encoded": "".join(f"%{letter:02X}" for letter in plain).encode(),
        "URL-encoded, small": "".join(f"%{letter:02x}" for letter in plain).encode(),
        "URL-encoded where it must be": quote(token, safe="").encode(),
        "JSON escapes": "".join(f"\\u{letter:04x}" for letter in plain).encode(),
        "numbers": ", ".join(map(str, plain)).encode(),
        "large letters": token.upper().encode(),
        "no hyphens": token.replace("-", "").encode(),
    }
    for start in range(0, len(token) - _PART + 1):
        found[f"letters {start} to {start + _PART}"] = plain[start : start + _PART]
    for before in range(3):
        # Wherever it stands in what was encoded, one of the three is in it.
        for name, encode in (("", base64.b64encode), (" for URLs", base64.urlsafe_b64encode)):
            text = encode(bytes(before) + plain).rstrip(b"=")
            found[f"base64{name}, {before} before"] = text[-(-before * 8 // 6) : -2]
    return found


def files_with(token: str, places: Iterable[Path]) -> dict[Path, str]:
    """The files in these folders (or these files) that hold it, and in which form."""
    wanted = spellings(token)
    return {
        path: name
        for path in _files(places)
        for name in [_form_in(_contents(path), wanted)]
        if name
    }


def form_in(token: str, data: bytes) -> str:
    """The name of the form in which `data` holds it, "" when it does not."""
    return _form_in([data], spellings(token))


def process_with(token: str, pid: int) -> str:
    """The same of a process's arguments, environment, and files that it still holds open."""
    folder = Path("/proc") / str(pid)
    wanted = spellings(token)
    told = [data for name in ("cmdline", "environ") for data in _contents(folder / name)]
    for file in (folder / "fd").iterdir():
        if file.is_file():
            told += _contents(file)
    return _form_in(told, wanted)


def _form_in(pieces: Iterable[bytes], wanted: dict[str, bytes]) -> str:
    for data in pieces:
        for name, spelling in wanted.items():
            if spelling in data:
                return name
    return ""


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        for path in (place,) if place.is_file() else place.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path


def _contents(path: Path) -> list[bytes]:
    """What is in a file: its bytes, and what a picture says in its compressed texts."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        # A temporary file that was done with meanwhile, or a process that ended.
        return []
    pieces = [data, *_unpacked(data)]
    if data[:4] == b"\x89PNG":
        with Image.open(path) as picture:
            pieces.append(repr(picture.info).encode())
    return pieces


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Everything in it that was packed by zlib, wherever it begins."""
    for mark in _ZLIB_MARKS:
        at = data.find(mark)
        while at >= 0:
            with suppress(zlib.error):
                yield zlib.decompressobj().decompress(data[at : at + _PACKED_MOST], _UNPACKED_MOST)
            at = data.find(mark, at + 1)
