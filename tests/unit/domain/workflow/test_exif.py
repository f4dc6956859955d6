"""The texts of EXIF data, in either order of bytes."""

from __future__ import annotations

import struct

import pytest

from runcomfy_desktop.domain.workflow.exif import decode_text, texts
from tests.support.image_metadata import MAKE, MODEL, tiff


@pytest.mark.parametrize("order", ["<", ">"])
def test_texts_come_in_their_order(order: str) -> None:
    data = tiff({MAKE: b"first", MODEL: b"2nd\0"}, order, b"ASCII\0\0\0third")
    assert texts(data) == ["first", "2nd", "third"]


def test_what_is_no_tiff_has_none() -> None:
    for data in (b"", b"II", b"XX*\0", b"II*\0\x08\0\0\0\xff\xff", tiff({MAKE: b"first"})[:-3]):
        assert texts(data) == []


def test_letters_of_unknown_spelling() -> None:
    assert decode_text("é".encode()) == "é"
    assert decode_text("é".encode("latin-1") + b"\0\0") == "é"


def test_a_thousand_entries_that_name_one_place_are_not_all_read() -> None:
    size, count = 20_000_000, 1000
    row = struct.pack("<HHII", MAKE, 2, size, 8 + 2 + 12 * count + 4)
    head = b"II*\0" + struct.pack("<IH", 8, count)
    found = texts(head + row * count + b"\0" * 4 + b"x" * size)
    assert sum(map(len, found)) < 4 * size
