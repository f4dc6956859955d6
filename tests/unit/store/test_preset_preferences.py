"""Favourite presets and deployments' default presets on disk."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.preset_preferences import PresetPreferences, PresetPreferencesFile

if TYPE_CHECKING:
    from pathlib import Path

no_links = pytest.mark.skipif(sys.platform == "win32", reason="no links without rights")
MARKS = PresetPreferences(
    frozenset({"b.json", "a é.json"}), {"dep-1": "a é.json"}, {"b.json": "5ha"}
)


def ignore(_error: Exception) -> None:
    """Ignores the error."""


async def test_marks_come_back(tmp_path: Path) -> None:
    marks = PresetPreferencesFile(tmp_path / "marks.json", ignore)
    assert marks.load() == PresetPreferences()
    marks.save(MARKS)
    await marks.close()
    assert PresetPreferencesFile(tmp_path / "marks.json", ignore).load() == MARKS


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
    assert PresetPreferencesFile(tmp_path / "marks.json", ignore).load() == PresetPreferences()


async def test_those_of_a_newer_program_are_left_alone(tmp_path: Path) -> None:
    content = b'{"format": 2, "favourites": ["a.json"]}'
    (tmp_path / "marks.json").write_bytes(content)
    marks = PresetPreferencesFile(tmp_path / "marks.json", ignore)
    assert marks.load().favourites == {"a.json"}
    marks.save(MARKS)
    await marks.close()
    assert (tmp_path / "marks.json").read_bytes() == content


@no_links
async def test_what_the_disk_did_not_give_is_read_again_before_it_is_written(
    tmp_path: Path,
) -> None:
    path, elsewhere = tmp_path / "marks.json", tmp_path / "elsewhere"
    first = PresetPreferencesFile(elsewhere, ignore)
    first.save(MARKS)
    await first.close()
    path.symlink_to(path)
    marks = PresetPreferencesFile(path, ignore)
    with pytest.raises(OSError, match="symbolic"):
        marks.load()
    # The disk is readable again before the next change.
    path.unlink()
    elsewhere.rename(path)
    for stamp in ("one", "two"):
        marks.save(PresetPreferences(content_hashes={"c.json": stamp}))
        await marks.close()
        stamps = {**MARKS.content_hashes, "c.json": stamp}
        found = PresetPreferencesFile(path, ignore).load()
        assert found == PresetPreferences(MARKS.favourites, MARKS.defaults, stamps)


@no_links
async def test_what_the_disk_still_does_not_give_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "marks.json"
    path.symlink_to(path)
    marks = PresetPreferencesFile(path, ignore)
    with pytest.raises(OSError, match="symbolic"):
        marks.load()
    marks.save(MARKS)
    await marks.close()
    assert (tmp_path / "marks.broken-1.json").is_symlink()
    assert PresetPreferencesFile(path, ignore).load() == MARKS
    assert not marks.is_unreadable


@no_links
async def test_those_of_a_newer_program_that_come_up_later_are_left_alone(tmp_path: Path) -> None:
    path, text = tmp_path / "marks.json", json.dumps({"format": 2, "favourites": ["a.json"]})
    path.symlink_to(path)
    marks = PresetPreferencesFile(path, ignore)
    with pytest.raises(OSError, match="symbolic"):
        marks.load()
    path.unlink()
    path.write_text(text)
    for _time in range(2):
        marks.save(MARKS)
        await marks.close()
        assert path.read_text() == text
