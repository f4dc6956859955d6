"""Search for a token, in all encodings, in everything that a program may have left."""

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

# This many consecutive characters of a token count as a leak as well.
_PART_CHARS = 10
_ZLIB_HEADERS = (b"\x78\x01", b"\x78\x9c", b"\x78\xda")
_MAX_PACKED_BYTES, _MAX_UNPACKED_BYTES = 256 * 1024, 1024 * 1024


def spellings(token: str) -> dict[str, bytes]:
    """Returns every form in which written data could contain the token, by the form's name."""
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
        "URL-encoded": "".join(f"%{char:02X}" for char in plain).encode(),
        "URL-encoded, small": "".join(f"%{char:02x}" for char in plain).encode(),
        "URL-encoded where it must be": quote(token, safe="").encode(),
        "JSON escapes": "".join(f"\\u{char:04x}" for char in plain).encode(),
        "numbers": ", ".join(map(str, plain)).encode(),
        "large letters": token.upper().encode(),
        "no hyphens": token.replace("-", "").encode(),
    }
    for start in range(0, len(token) - _PART_CHARS + 1):
        found[f"letters {start} to {start + _PART_CHARS}"] = plain[start : start + _PART_CHARS]
    for before in range(3):
        # One of the three variants matches, whatever the token's offset in the encoded data.
        for name, encode in (("", base64.b64encode), (" for URLs", base64.urlsafe_b64encode)):
            text = encode(bytes(before) + plain).rstrip(b"=")
            found[f"base64{name}, {before} before"] = text[-(-before * 8 // 6) : -2]
    return found


def files_with(token: str, folders: Iterable[Path]) -> dict[Path, str]:
    """Returns the files that contain the token, with the name of the form found.

    `folders` can also be single files.
    """
    wanted = spellings(token)
    return {
        path: name
        for path in _files(folders)
        for name in [_form_in(_contents(path), wanted)]
        if name
    }


def form_in(token: str, data: bytes) -> str:
    """Returns the name of the form in which `data` contains the token, "" if it does not."""
    return _form_in([data], spellings(token))


def process_with(token: str, pid: int) -> str:
    """Returns the form found in a process's arguments, environment and open files, "" if none."""
    folder = Path("/proc") / str(pid)
    wanted = spellings(token)
    contents = [data for name in ("cmdline", "environ") for data in _contents(folder / name)]
    for file in (folder / "fd").iterdir():
        if file.is_file():
            contents += _contents(file)
    return _form_in(contents, wanted)


def _form_in(chunks: Iterable[bytes], wanted: dict[str, bytes]) -> str:
    for data in chunks:
        for name, spelling in wanted.items():
            if spelling in data:
                return name
    return ""


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for path_or_folder in folders:
        for path in (path_or_folder,) if path_or_folder.is_file() else path_or_folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path


def _contents(path: Path) -> list[bytes]:
    """Returns the bytes of a file, its decompressed data, and the text in a PNG."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        # A temporary file that was removed meanwhile, or a process that ended.
        return []
    chunks = [data, *_unpacked(data)]
    if data[:4] == b"\x89PNG":
        with Image.open(path) as picture:
            chunks.append(repr(picture.info).encode())
    return chunks


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Yields all data that was compressed by zlib, at any offset."""
    for zlib_header in _ZLIB_HEADERS:
        at = data.find(zlib_header)
        while at >= 0:
            with suppress(zlib.error):
                yield zlib.decompressobj().decompress(
                    data[at : at + _MAX_PACKED_BYTES], _MAX_UNPACKED_BYTES
                )
            at = data.find(zlib_header, at + 1)
