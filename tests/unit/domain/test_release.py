"""Comparison of versions in both spellings, and release notes from outside."""

from __future__ import annotations

from itertools import pairwise

import pytest

from runcomfy_desktop import __version__
from runcomfy_desktop.domain.release import (
    LATEST_URL,
    MAX_NOTES_CHARS,
    RELEASES_PAGE,
    is_newer,
    plain_notes,
    version_key,
)

IN_ORDER = (
    "0.1.0",
    "0.1.1",
    "0.1.10",
    "0.2.0.dev1",
    "0.2.0.dev12",
    "0.2.0a1",
    "0.2.0-beta.2",
    "0.2.0rc1",
    "v0.2.0-rc.2",
    "0.2.0",
    "0.10.0",
    "1.0.0",
    "999999.0.0",
)


@pytest.mark.parametrize(("older", "newer"), list(pairwise(IN_ORDER)))
def test_versions_are_in_their_order(older: str, newer: str) -> None:
    assert is_newer(newer, older)
    assert not is_newer(older, newer)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.2.3", "v1.2.3"), ("1.2.3rc1", "1.2.3-rc.1"), ("1.2.3b2", "1.2.3-beta.2")],
)
def test_the_same_version_in_two_spellings_is_not_newer(one: str, other: str) -> None:
    assert version_key(one) == version_key(other)
    assert not is_newer(one, other)
    assert not is_newer(other, one)


def test_this_program_has_a_version_that_can_be_compared() -> None:
    assert version_key(__version__) is not None


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "latest",
        "1.2",
        "1.2.3.4",
        "1.2.3-nightly",
        "1.2.3 ",
        "٣.0.0",
        "9" * 50 + ".0.0",
        "1.2.3\n",
    ],
)
def test_nobody_is_sent_after_what_is_no_version(odd: str) -> None:
    assert version_key(odd) is None
    assert not is_newer(odd, "0.1.0")
    assert not is_newer("9.9.9", odd)


def test_notes_are_lines_of_plain_text_of_bounded_length() -> None:
    assert (
        plain_notes("  ## New\r\n- <b>a</b>\u202e\x00\x1b[31m\tb\n") == "## New\n- <b>a</b>[31m\tb"
    )
    long = plain_notes("x" * 1_000_000)
    assert len(long) == MAX_NOTES_CHARS
    assert long.endswith("…")


def test_the_release_page_is_asked_and_opened_by_https() -> None:
    assert LATEST_URL.startswith("https://api.github.com/")
    assert RELEASES_PAGE.startswith("https://github.com/")
