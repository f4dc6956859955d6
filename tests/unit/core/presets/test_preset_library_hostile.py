"""Malicious presets: each is refused with a reason, stores nothing, and is not quoted in the
log."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from tests.support.async_wait import wait_until
from tests.support.hostile_cases import CANARY
from tests.support.hostile_presets import LISTED, REFUSED
from tests.support.preset_harness import open_preset_harness, preset

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hostile_cases import HostileCase


_JUST_NOW_S = 3_400_000_000


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
async def test_what_is_brought_gets_its_sentence(
    tmp_path: Path, case: HostileCase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    brought = tmp_path / "brought"
    brought.mkdir()
    path = case.create(brought)
    async with open_preset_harness(tmp_path) as harness:
        harness.preset_library.import_files([str(path)], "")
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles == [case.expected_title]
        assert case.expected_detail in harness.shown_notices[0].detail
        assert harness.paths == []
    assert CANARY not in caplog.text


@pytest.mark.parametrize("case", LISTED, ids=lambda case: case.name)
async def test_what_lies_in_the_folder_gets_its_row_or_none(
    tmp_path: Path, case: HostileCase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    root = tmp_path / "presets"
    root.mkdir()
    # The writer's clock makes the file appear new, however long this test takes.
    os.utime(case.create(root), (_JUST_NOW_S, _JUST_NOW_S), follow_symlinks=False)
    async with open_preset_harness(tmp_path) as harness:
        good = await harness.save_preset(preset())
        problems = {path: head.problem for path, head in harness.summaries.items()}
        assert problems.pop(good) == ""
        assert list(problems.values()) == ([case.expected_title] if case.expected_title else [])
        assert harness.shown_notices == []
    assert CANARY not in caplog.text
