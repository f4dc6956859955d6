"""Bit writer for formats whose fields do not end at byte boundaries."""

from __future__ import annotations


class BitWriter:
    """Collects fields, most significant bit first."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def write(self, value: int, width: int) -> BitWriter:
        """Appends `value` in exactly `width` bits."""
        if width:
            self._text.append(format(value, f"0{width}b"))
        return self

    def write_golomb(self, value: int) -> BitWriter:
        """Appends `value` as H.264's `ue(v)`: a zero per bit after the leading 1, then the bits."""
        code = format(value + 1, "b")
        self._text.append("0" * (len(code) - 1) + code)
        return self

    def extend(self, others: BitWriter) -> BitWriter:
        """Appends the fields of `others`."""
        self._text += others._text
        return self

    def __len__(self) -> int:
        return sum(map(len, self._text))

    def to_bytes(self, size: int = 0) -> bytes:
        """Returns the bits, padded with zeros to a full byte, or to `size` bytes."""
        text = "".join(self._text)
        width = max(size, (len(text) + 7) // 8)
        return int(text.ljust(8 * width, "0"), 2).to_bytes(width, "big") if width else b""
