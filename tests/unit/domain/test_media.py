"""Pictures by their first bytes, limits, and addresses the servers can reach."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from runcomfy_desktop.domain.media import (
    INLINE_LIMIT_BYTES,
    MediaFile,
    check_address,
    sniff_image,
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("PNG", ("image/png", "png")),
        ("JPEG", ("image/jpeg", "jpg")),
        ("WEBP", ("image/webp", "webp")),
        ("GIF", ("image/gif", "gif")),
        ("BMP", ("image/bmp", "bmp")),
        ("TIFF", ("image/tiff", "tiff")),
    ],
)
def test_real_pictures_are_known_by_their_first_bytes(kind: str, expected: tuple[str, str]) -> None:
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, kind)
    assert sniff_image(file.getvalue()[:64]) == expected


@pytest.mark.parametrize(
    "head", [b"", b"RIFF\x00\x00\x00\x00WAVE", b"%PDF", b"<svg", b"PK\x03\x04", b"\x89PN", b"RIFF"]
)
def test_everything_else_is_no_picture(head: bytes) -> None:
    assert sniff_image(head) is None


def test_a_picture_above_the_limit_needs_a_choice() -> None:
    small = MediaFile("a", "a.png", "a", "image/png", INLINE_LIMIT_BYTES, 1, 1)
    large = replace(small, size_bytes=INLINE_LIMIT_BYTES + 1)
    assert (small.above_limit, small.needs_choice) == (False, False)
    assert (large.above_limit, large.needs_choice) == (True, True)
    chosen = replace(large, send_large=True)
    assert (chosen.above_limit, chosen.needs_choice) == (True, False)


@pytest.mark.parametrize(
    "address",
    [
        "https://files.example.org/a.png",
        "http://example.org",
        "  https://example.org/a b.png ",
        "https://8.8.8.8/a.png",
        "https://[2001:4860:4860::8888]/a.png",
        "https://example.org:8443/a?b=c#d",
    ],
)
def test_addresses_that_can_be_sent(address: str) -> None:
    assert check_address(address) == ""


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "begins with https://"),
        ("example.org/a.png", "begins with https://"),
        ("file:///home/me/a.png", "begins with https://"),
        ("https://", "begins with https://"),
        ("https://example.org:99999/", "not an address"),
        ("https://[::1/a.png", "not an address"),
        ("https://me:secret@example.org/a.png", "user name or password"),
        ("http://localhost/a.png", "inside your own network"),
        ("http://127.0.0.1:8188/a.png", "inside your own network"),
        ("http://[::1]/a.png", "inside your own network"),
        ("http://10.1.2.3/a.png", "inside your own network"),
        ("http://192.168.178.20/a.png", "inside your own network"),
        ("http://169.254.1.1/a.png", "inside your own network"),
        ("http://nas/a.png", "inside your own network"),
        ("http://nas.local/a.png", "inside your own network"),
        ("http://2130706433/a.png", "inside your own network"),
    ],
)
def test_addresses_that_cannot(address: str, words: str) -> None:
    assert words in check_address(address)
