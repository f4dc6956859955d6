"""Hostile presets: each gets its sentence, keeps nothing, and is not quoted in the log."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from tests.support.hostile import CANARY
from tests.support.hostile_presets import LISTED, REFUSED
from tests.support.preset_house import preset, preset_house
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hostile import Case


_JUST_NOW_S = 3_400_000_000


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
async def test_what_is_brought_gets_its_sentence(
    tmp_path: Path, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    brought = tmp_path / "brought"
    brought.mkdir()
    path = case.make(brought)
    async with preset_house(tmp_path) as house:
        house.library.import_files([str(path)], "")
        await until(lambda: house.told)
        assert house.titles == [case.gets]
        assert case.detail in house.told[0].detail
        assert house.paths == []
    assert CANARY not in caplog.text


@pytest.mark.parametrize("case", LISTED, ids=lambda case: case.name)
async def test_what_lies_in_the_folder_gets_its_row_or_none(
    tmp_path: Path, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    root = tmp_path / "presets"
    root.mkdir()
    # Just now by the clock of whoever writes, however long the test takes.
    os.utime(case.make(root), (_JUST_NOW_S, _JUST_NOW_S), follow_symlinks=False)
    async with preset_house(tmp_path) as house:
        good = await house.saved(preset())
        problems = {path: head.problem for path, head in house.heads.items()}
        assert problems.pop(good) == ""
        assert list(problems.values()) == ([case.gets] if case.gets else [])
        assert house.told == []
    assert CANARY not in caplog.text
