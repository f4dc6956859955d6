"""Byte ranges of a file: the effect of Range, If-Range and ETag on a response."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.emulator.http_messages import Reply
from runcomfy_desktop.emulator.storage import EntityVersion, range_reply

DATA = b"0123456789"
MARK = EntityVersion.from_data(DATA, 1_770_000_000)


def part(data: bytes = DATA, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return range_reply(
        Reply(200, data, "image/png"), named, EntityVersion.from_data(data, 1_770_000_000)
    )


@pytest.mark.parametrize(
    ("asked", "body", "where"),
    [
        ("bytes=0-", DATA, "bytes 0-9/10"),
        ("bytes=3-5", b"345", "bytes 3-5/10"),
        ("bytes=3-99", b"3456789", "bytes 3-9/10"),
        ("bytes=-4", b"6789", "bytes 6-9/10"),
        ("bytes=-99", DATA, "bytes 0-9/10"),
        ("bytes = 9-", b"9", "bytes 9-9/10"),
    ],
)
def test_a_part_comes_as_206(asked: str, body: bytes, where: str) -> None:
    reply = part(range=asked)
    assert (reply.status, reply.body, reply.content_type) == (206, body, "image/png")
    assert reply.headers["Content-Range"] == where
    assert reply.headers["ETag"] == MARK.etag


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_where_nothing_is_416_says_how_much_there_is(asked: str) -> None:
    reply = part(range=asked)
    assert (reply.status, reply.body) == (416, b"")
    assert reply.headers["Content-Range"] == "bytes */10"


@pytest.mark.parametrize("asked", ["", "bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,3-4", "x=1-2"])
def test_what_makes_no_sense_gets_the_whole_file(asked: str) -> None:
    reply = part(range=asked)
    assert (reply.status, reply.body) == (200, DATA)
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert "Content-Range" not in reply.headers


def test_a_part_of_another_version_is_not_given() -> None:
    assert part(range="bytes=3-", if_range=MARK.etag).status == 206
    assert part(range="bytes=3-", if_range=MARK.modified).status == 206
    assert part(range="bytes=3-", if_range='"other"').body == DATA
    other = EntityVersion.from_data(b"9876543210", 1_770_000_000)
    assert other.etag != MARK.etag


@given(st.binary(min_size=1, max_size=50), st.integers(0, 60))
def test_beginning_and_rest_make_the_whole(data: bytes, at: int) -> None:
    reply = part(data, range=f"bytes={at}-")
    if at < len(data):
        assert data[:at] + reply.body == data
    else:
        assert reply.status == 416
