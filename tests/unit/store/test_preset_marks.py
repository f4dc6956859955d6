"""Favourites and defaults on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.preset_marks import Marks, MarksFile

if TYPE_CHECKING:
    from pathlib import Path

MARKS = Marks(frozenset({"b.json", "a é.json"}), {"dep-1": "a é.json"}, {"b.json": "5ha"})


def ignore(_error: Exception) -> None:
    """Nobody is told."""


async def test_marks_come_back(tmp_path: Path) -> None:
    marks = MarksFile(tmp_path / "marks.json", ignore)
    assert marks.load() == Marks()
    marks.save(MARKS)
    await marks.close()
    assert MarksFile(tmp_path / "marks.json", ignore).load() == MARKS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"favourites": 3, "defaults": []}',
        b'{"favourites": [3], "defaults": {"a": 1}, "stamps": 3}',
    ],
)
def test_odd_marks_are_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "marks.json").write_bytes(content)
    assert MarksFile(tmp_path / "marks.json", ignore).load() == Marks()


async def test_those_of_a_newer_program_are_left_alone(tmp_path: Path) -> None:
    content = b'{"format": 2, "favourites": ["a.json"]}'
    (tmp_path / "marks.json").write_bytes(content)
    marks = MarksFile(tmp_path / "marks.json", ignore)
    assert marks.load().favourites == {"a.json"}
    marks.save(MARKS)
    await marks.close()
    assert (tmp_path / "marks.json").read_bytes() == content
