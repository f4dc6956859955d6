"""Stored state of unreferenced media files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.media_cleaning_state import (
    GRACE_S,
    MAX_STEP_S,
    UnusedFile,
    UnusedMedia,
    load,
    save,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_it_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    stored = UnusedMedia(12.5, {"a.png": UnusedFile(86_400.25, 1_780_000_000_123_456_789)}, "/p", 3)
    save(tmp_path / "a.json", stored)
    assert load(tmp_path / "a.json") == stored


@pytest.mark.parametrize("odd", [None, [], [1], ["a", 1], [1, 2.5], [1, True], {"a": 1}])
def test_odd_entries_begin_anew(tmp_path: Path, odd: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"files": {"a.png": odd}, "looked_s": True, "presets": "many"}))
    found = load(path)
    assert all(each.unused_s == 0.0 for each in found.files.values())
    assert (found.checked_s, found.preset_count) == (0.0, 0)


def test_a_file_that_was_used_since_begins_anew() -> None:
    before = UnusedMedia(0.0, {"a.png": UnusedFile(GRACE_S, 1), "b.png": UnusedFile(GRACE_S, 1)})
    after = before.after_check({"a.png": 2, "b.png": 1}, 0.0)
    assert after.files["a.png"] == UnusedFile(0.0, 2)
    assert after.expired() == {"b.png": 1}


def test_no_step_counts_for_more_than_a_few_days() -> None:
    before = UnusedMedia(100.0, {"a.png": UnusedFile(5.0, 1)})
    for now_s, step_s in ((110.0, 10.0), (1e9, MAX_STEP_S), (90.0, 0.0), (100.0, 0.0)):
        after = before.after_check({"a.png": 1}, now_s)
        assert after.files["a.png"].unused_s == 5.0 + step_s
        assert after.checked_s == now_s
