"""Bits in a row, for formats whose fields do not end at bytes."""

from __future__ import annotations


class BitWriter:
    """Collects fields, most significant bit first."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def write(self, value: int, width: int) -> BitWriter:
        """`value` in exactly `width` bits."""
        if width:
            self._text.append(format(value, f"0{width}b"))
        return self

    def write_golomb(self, value: int) -> BitWriter:
        """`value` as H.264's `ue(v)`: as many zeros as follow the first one."""
        code = format(value + 1, "b")
        self._text.append("0" * (len(code) - 1) + code)
        return self

    def extend(self, others: BitWriter) -> BitWriter:
        """The fields of `others` after its own."""
        self._text += others._text
        return self

    def __len__(self) -> int:
        return sum(map(len, self._text))

    def to_bytes(self, size: int = 0) -> bytes:
        """The bits with zeros up to the next byte, or up to `size` bytes."""
        text = "".join(self._text)
        width = max(size, (len(text) + 7) // 8)
        return int(text.ljust(8 * width, "0"), 2).to_bytes(width, "big") if width else b""
