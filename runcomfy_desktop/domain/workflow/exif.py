"""The texts in a picture's EXIF data, which is a small TIFF file; nothing else of it is read."""

from __future__ import annotations

from runcomfy_desktop.domain.workflow.workflow import MAX_BYTES

_ASCII, _BYTES, _UNDEFINED, _UTF8 = 2, 1, 7, 129
_SIZES = {_BYTES: 1, _ASCII: 1, _UNDEFINED: 1, _UTF8: 1}
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_MAX_ENTRIES = 1_000
_MAX_IFDS = 4
_CHARSETS = {b"UNICODE\0": "utf-16", b"ASCII\0\0\0": "", b"JIS\0\0\0\0\0": "", b"\0" * 8: ""}


def texts(data: bytes) -> list[str]:
    """All texts, in their order. Lies about places and lengths give none."""
    order = {b"II": "little", b"MM": "big"}.get(data[:2])
    if order is None:
        return []
    reader = _TiffReader(data, order == "little")
    return reader.texts()


def decode_text(data: bytes) -> str:
    """A text whose encoding nobody names: UTF-8, else the letters of western Europe."""
    data = data.strip(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class _TiffReader:
    """One TIFF; `ifds` waits for the places of those that others name."""

    def __init__(self, data: bytes, is_little: bool) -> None:
        self._data = data
        self._is_little = is_little
        # Entries may all name the same place, and make a thousand texts of one.
        self._remaining = 2 * MAX_BYTES

    def texts(self) -> list[str]:
        found: list[str] = []
        ifds = [self._number(4, 4)]
        for _ifd in range(_MAX_IFDS):
            if not ifds:
                break
            offset = ifds.pop(0)
            for index in range(min(self._number(offset, 2), _MAX_ENTRIES)):
                self._read_entry(offset + 2 + 12 * index, found, ifds)
        return found

    def _read_entry(self, offset: int, found: list[str], ifds: list[int]) -> None:
        tag, kind, count = (
            self._number(offset, 2),
            self._number(offset + 2, 2),
            self._number(offset + 4, 4),
        )
        if tag == _EXIF_IFD:
            ifds.append(self._number(offset + 8, 4))
        elif kind in _SIZES and 0 < count <= min(MAX_BYTES, self._remaining):
            value_offset = offset + 8 if count <= 4 else self._number(offset + 8, 4)
            raw = self._data[value_offset : value_offset + count]
            if len(raw) == count:
                self._remaining -= count
                found.append(
                    self._decode_comment(raw) if tag == _USER_COMMENT else decode_text(raw)
                )

    def _decode_comment(self, raw: bytes) -> str:
        """A comment begins with eight letters that name its encoding, if its writer knew that."""
        charset = _CHARSETS.get(raw[:8])
        if charset is None:
            return decode_text(raw)
        if not charset:
            return decode_text(raw[8:])
        body = raw[8:]
        # Some write UTF-16 in the order of the TIFF, some always from the high end.
        is_little = body[1:2] == b"\0" or (self._is_little and body[:1] != b"\0")
        return body.decode("utf-16-le" if is_little else "utf-16-be", "replace").strip("\0\ufeff")

    def _number(self, offset: int, length: int) -> int:
        chunk = self._data[offset : offset + length]
        return int.from_bytes(chunk, "little" if self._is_little else "big")
