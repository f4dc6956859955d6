"""Partial downloads: resumed only if they certainly belong to the same file."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api.partial_file import (
    PartialFile,
    RemoteFileVersion,
    ResumePoint,
    is_continuation,
    record_path,
    version_in_response,
)

if TYPE_CHECKING:
    from pathlib import Path

MARK = RemoteFileVersion("from there", '"v1"', 10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.png.part"


def begun(path: Path) -> PartialFile:
    """Creates a file of six bytes, of which four are recorded."""
    part = PartialFile(path)
    part.create(0)
    part.write(b"0123")
    part.checkpoint(MARK)
    part.write(b"??")
    part.close()
    return part


def test_only_what_was_noted_is_kept_and_the_rest_cut_off(path: Path) -> None:
    part = begun(path)
    stored = part.resume_point("from there")
    assert stored == ResumePoint(MARK, 4)
    part.resume(stored)
    part.write(b"456789")
    part.close()
    assert path.read_bytes() == b"0123456789"


def test_of_another_address_nothing_is_kept(path: Path) -> None:
    assert begun(path).resume_point("from elsewhere") is None


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\x00" * 100,
        b"[]",
        b"null",
        b"{}",
        b'{"source": "from there"',
        json.dumps({"source": "from there", "validator": '"v1"', "total": 10}).encode(),
        json.dumps(
            {"source": "from there", "validator": '"v1"', "total": "10", "size_bytes": "4"}
        ).encode(),
        json.dumps(
            {"source": "from there", "validator": '"v1"', "total": 10, "size_bytes": 7}
        ).encode(),
        json.dumps(
            {"source": "from there", "validator": '"v1"', "total": 3, "size_bytes": 4}
        ).encode(),
        b"[" * 4096,
        # Not usable as a header: a request with it would raise an error.
        json.dumps({"source": "from there", "validator": 7, "total": 10, "size_bytes": 4}).encode(),
        json.dumps(
            {"source": "from there", "validator": "v\r\nX: y", "total": 10, "size_bytes": 4}
        ).encode(),
        json.dumps(
            {"source": "from there", "validator": '"ü"', "total": 10, "size_bytes": 4}
        ).encode(),
        json.dumps(
            {"source": "from there", "validator": '"v1"', "total": 10, "size_bytes": 4.5}
        ).encode(),
    ],
)
def test_a_damaged_note_keeps_nothing(path: Path, note: bytes) -> None:
    part = begun(path)
    record_path(path).write_bytes(note)
    assert part.resume_point("from there") is None


def test_without_its_file_or_its_note_nothing_is_kept(path: Path) -> None:
    part = begun(path)
    path.unlink()
    assert part.resume_point("from there") is None
    path.write_bytes(b"0123")
    record_path(path).unlink()
    assert part.resume_point("from there") is None


def test_a_finished_file_is_never_written_into(path: Path, tmp_path: Path) -> None:
    """A file that also has its final name is not resumed.

    If the program is killed between creating the final name and removing the old one, the file has
    both names.
    """
    part = begun(path)
    done = tmp_path / "a.png"
    os.link(path, done)
    assert part.resume_point("from there") is None
    part.create(0)
    part.write(b"other")
    part.close()
    assert done.read_bytes() == b"0123??"


def test_what_cannot_fit_is_not_begun(path: Path) -> None:
    with pytest.raises(OSError, match="space"):
        PartialFile(path).create(2**60)
    assert not path.exists()


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": '"v1"'}, '"v1"'),
        ({"ETag": 'W/"v1"'}, ""),
        ({"ETag": "v1"}, ""),
        ({"ETag": '"v 1"'}, ""),
        ({"ETag": f'"{"x" * 300}"'}, ""),
        ({"ETag": '"v1"', "Accept-Ranges": "none"}, ""),
        ({"ETag": '"v1"', "Content-Encoding": "gzip"}, ""),
        ({}, ""),
        (
            {
                "Last-Modified": "Mon, 02 Feb 2026 02:00:00 GMT",
                "Date": "Mon, 02 Feb 2026 02:01:00 GMT",
            },
            "Mon, 02 Feb 2026 02:00:00 GMT",
        ),
        (
            {
                "Last-Modified": "Mon, 02 Feb 2026 02:00:00 GMT",
                "Date": "Mon, 02 Feb 2026 02:00:59 GMT",
            },
            "",
        ),
        ({"Last-Modified": "Mon, 02 Feb 2026 02:00:00 GMT"}, ""),
        ({"Last-Modified": "yesterday", "Date": "today"}, ""),
        (
            {
                "ETag": 'W/"v1"',
                "Last-Modified": "Mon, 02 Feb 2026 02:00:00 GMT",
                "Date": "Mon, 02 Feb 2026 03:00:00 GMT",
            },
            "",
        ),
    ],
)
def test_which_answers_can_be_gone_on_with(headers: dict[str, str], validator: str) -> None:
    mark = version_in_response(httpx.Response(200, headers=headers), "there", 10)
    assert (mark.validator if mark else "") == validator


def test_an_answer_without_a_length_cannot_be_gone_on_with() -> None:
    assert version_in_response(httpx.Response(200, headers={"ETag": '"v1"'}), "there", 0) is None


@pytest.mark.parametrize(
    ("headers", "fits"),
    [
        ({"Content-Range": "bytes 4-9/10"}, True),
        ({"Content-Range": "Bytes 4-9/10", "ETag": '"v1"'}, True),
        ({"Content-Range": "bytes 0-9/10"}, False),
        ({"Content-Range": "bytes 4-8/10"}, False),
        ({"Content-Range": "bytes 4-9/11"}, False),
        ({"Content-Range": "bytes 4-9/*"}, False),
        ({"Content-Range": "4-9/10"}, False),
        ({"Content-Range": "bytes 4-9/10", "ETag": '"v2"'}, False),
        ({"Content-Range": "bytes 4-9/10", "Content-Encoding": "gzip"}, False),
        ({}, False),
    ],
)
def test_which_parts_are_the_rest(headers: dict[str, str], fits: bool) -> None:
    assert is_continuation(httpx.Response(206, headers=headers), ResumePoint(MARK, 4)) is fits


@pytest.mark.parametrize(
    ("headers", "fits"),
    [
        ({}, True),
        ({"Last-Modified": "Mon, 02 Feb 2026 02:00:00 GMT"}, True),
        ({"Last-Modified": "Mon, 02 Feb 2026 02:05:00 GMT"}, False),
        ({"ETag": '"of another kind"'}, True),
    ],
)
def test_a_version_that_is_known_by_its_date_goes_on_with_that_date(
    headers: dict[str, str], fits: bool
) -> None:
    stored = ResumePoint(RemoteFileVersion("from there", "Mon, 02 Feb 2026 02:00:00 GMT", 10), 4)
    answer = httpx.Response(206, headers={"Content-Range": "bytes 4-9/10", **headers})
    assert is_continuation(answer, stored) is fits
