"""Limits of media, and addresses that the servers can reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runcomfy_desktop.domain.media.media import (
    INLINE_CAP_BYTES,
    INLINE_LIMIT_BYTES,
    MediaFile,
    address_error,
)


def test_a_picture_may_be_above_what_is_recommended_and_above_what_can_be_sent() -> None:
    small = MediaFile("a", "a.png", "a", "image/png", INLINE_LIMIT_BYTES, 1, 1)
    large = replace(small, size_bytes=INLINE_LIMIT_BYTES + 1)
    assert (small.is_above_inline_limit, small.is_above_inline_cap) == (False, False)
    assert (large.is_above_inline_limit, large.is_above_inline_cap) == (True, False)
    huge = replace(large, size_bytes=INLINE_CAP_BYTES + 1)
    assert (huge.is_above_inline_limit, huge.is_above_inline_cap) == (True, True)


@pytest.mark.parametrize(
    ("mime", "limit_bytes"),
    [
        ("image/webp", 256 * 1024),
        ("video/mp4", 1024 * 1024),
        ("audio/flac", 1024 * 1024),
        ("model/gltf-binary", 1024 * 1024),
        ("application/octet-stream", 1024 * 1024),
        ("nonsense", 1024 * 1024),
    ],
)
def test_each_kind_has_its_own_limit(mime: str, limit_bytes: int) -> None:
    file = MediaFile("a", "a.x", "a", mime, limit_bytes, 0, 0)
    assert not file.is_above_inline_limit
    assert replace(file, size_bytes=limit_bytes + 1).is_above_inline_limit


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
    assert address_error(address) == ""


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
        ("http://nas.local./a.png", "inside your own network"),
        ("http://nas.lan/a.png", "inside your own network"),
        ("http://nas.home.arpa/a.png", "inside your own network"),
        ("http://2130706433/a.png", "inside your own network"),
    ],
)
def test_addresses_that_cannot(address: str, words: str) -> None:
    assert words in address_error(address)
