"""Requests to open something, in all notations that desktops use."""

from __future__ import annotations

from pathlib import Path

import pytest

from runcomfy_desktop.app.open_requests import open_target
from runcomfy_desktop.domain.app_link import MAX_CHARS

LINK = "runcomfy-desktop:deployment/0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/tmp/a.json", "/tmp/a.json"),
        ("file:///tmp/my%20hills%231.json", "/tmp/my hills#1.json"),
        ("file://localhost/tmp/a.json", "/tmp/a.json"),
        ("FILE:///tmp/a.json", "/tmp/a.json"),
        ("file:/tmp/a.json", "/tmp/a.json"),
        ("file:///tmp/%ff.json", "/tmp/\udcff.json"),
        ("file:///tmp/%C3%A4.json", "/tmp/ä.json"),
        ("file:///tmp/a%00b.json", "/tmp/ab.json"),
    ],
)
def test_a_file_becomes_its_whole_path(text: str, path: str) -> None:
    assert open_target(text) == path


def test_a_name_is_looked_for_where_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_target("a.json") == str(tmp_path / "a.json")


@pytest.mark.parametrize("text", ["file://elsewhere/tmp/a.json", "file://[", "file:"])
def test_what_is_no_file_of_this_computer_leads_to_no_other_file(text: str) -> None:
    assert Path(open_target(text)) == Path.cwd() / text


@pytest.mark.parametrize("text", [LINK, LINK.upper(), "runcomfy-desktop:nonsense\n"])
def test_a_link_stays_as_it_came(text: str) -> None:
    assert open_target(text) == text


def test_what_is_endless_is_cut_and_stays_wrong() -> None:
    link = open_target(f"{LINK}{'a' * 1_000_000}")
    assert MAX_CHARS < len(link) < 2 * MAX_CHARS
    assert len(open_target("a" * 1_000_000)) < 10_000
