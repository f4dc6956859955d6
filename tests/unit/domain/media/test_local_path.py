"""Untrusted paths: those on this computer are kept, all others are rejected."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.media.local_path import local_path


@pytest.mark.parametrize(
    "path", ["/home/jo/a b.png", "C:\\Users\\jo\\a.png", "d:/a.png", "/a?.png"]
)
def test_a_whole_path_of_this_computer_stays(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a.png",
        "\\\\s\\a",
        "//s/a",
        "/\\s/a",
        "C:\\\\?\\a",
        "/net/s/a",
        "/NET/s",
        "/./net/s/a",
        "/home/../net/s/a",
        "C:\\.\\a",
        "~/a.png",
        "file:///home/jo/a.png",
        "/proc/1/environ",
        "/dev/zero",
        "/x/" + "a" * 5000,
    ],
)
def test_anything_else_is_none(path: str) -> None:
    assert local_path(path) == ""
