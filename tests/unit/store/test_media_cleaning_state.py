"""What is remembered of files that nothing names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.media_cleaning_state import (
    GRACE_S,
    MOST_STEP_S,
    Unnamed,
    UnnamedMedia,
    load,
    save,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_it_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    kept = UnnamedMedia(12.5, {"a.png": Unnamed(86_400.25, 1_780_000_000_123_456_789)}, "/p", 3)
    save(tmp_path / "a.json", kept)
    assert load(tmp_path / "a.json") == kept


@pytest.mark.parametrize("odd", [None, [], [1], ["a", 1], [1, 2.5], [1, True], {"a": 1}])
def test_odd_entries_begin_anew(tmp_path: Path, odd: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"files": {"a.png": odd}, "looked_s": True, "presets": "many"}))
    found = load(path)
    assert all(each.waited_s == 0.0 for each in found.files.values())
    assert (found.looked_s, found.presets) == (0.0, 0)


def test_a_file_that_was_used_since_begins_anew() -> None:
    before = UnnamedMedia(0.0, {"a.png": Unnamed(GRACE_S, 1), "b.png": Unnamed(GRACE_S, 1)})
    after = before.looked_again({"a.png": 2, "b.png": 1}, 0.0)
    assert after.files["a.png"] == Unnamed(0.0, 2)
    assert after.due() == {"b.png": 1}


def test_no_step_counts_for_more_than_a_few_days() -> None:
    before = UnnamedMedia(100.0, {"a.png": Unnamed(5.0, 1)})
    for now_s, step_s in ((110.0, 10.0), (1e9, MOST_STEP_S), (90.0, 0.0), (100.0, 0.0)):
        after = before.looked_again({"a.png": 1}, now_s)
        assert after.files["a.png"].waited_s == 5.0 + step_s
        assert after.looked_s == now_s
