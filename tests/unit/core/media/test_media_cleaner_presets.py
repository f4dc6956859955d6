"""A preset folder that is unavailable or empty.

Media that its presets may use are not removed too early, and the cleaning continues after the user
has deleted the last preset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.presets.writer import write_preset
from tests.support.media_folder_harness import open_media_folder_harness
from tests.support.preset_harness import preset

if TYPE_CHECKING:
    from pathlib import Path

# 30 days and one step: a step counts for three days at most, and one may be a change of the clock.
MONTH = 33


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


async def test_a_folder_of_presets_that_is_away_keeps_everything(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        harness.chosen = tmp_path / "team"
        put(harness.chosen / "a.json", write_preset(preset()))
        await harness.advance_days(MONTH)
        away = harness.chosen.rename(tmp_path / "away")
        await harness.advance_days(2 * MONTH)
        assert harness.names == {file.stored_name}
        away.rename(harness.chosen)
        await harness.advance_days(1)
        assert harness.names == set()


async def test_a_chosen_folder_that_is_suddenly_empty_keeps_everything(tmp_path: Path) -> None:
    """An unmounted disk may have left an empty folder."""
    async with open_media_folder_harness(tmp_path) as harness:
        named, unnamed = harness.store_sound(1), harness.store_sound(2)
        harness.chosen = tmp_path / "team"
        put(harness.chosen / "a.json", write_preset(preset(value=named)))
        await harness.advance_days(1)
        away = harness.chosen.rename(tmp_path / "away")
        harness.chosen.mkdir()
        await harness.advance_days(3 * MONTH)
        assert harness.names == {named.stored_name, unnamed.stored_name}
        harness.chosen.rmdir()
        away.rename(harness.chosen)
        await harness.advance_days(2 * MONTH)
        assert harness.names == {named.stored_name}


async def test_the_usual_folder_may_lose_its_last_preset(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        harness.store_sound(1)
        put(harness.root / "a.json", write_preset(preset()))
        await harness.advance_days(MONTH)
        (harness.root / "a.json").unlink()
        await harness.advance_days(1)
        assert harness.names == set()


async def test_a_chosen_folder_that_was_never_there_keeps_everything(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        harness.chosen = tmp_path / "team"
        await harness.advance_days(2 * MONTH)
        assert harness.names == {file.stored_name}


async def test_a_folder_of_presets_that_never_had_any_is_no_obstacle(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        harness.store_sound(1)
        harness.root.mkdir()
        (harness.root / "notes.json").write_text('{"no": "preset"}')
        (harness.root / "comments.json").write_text("// no JSON")
        await harness.clean()
        await harness.advance_days(MONTH)
        assert harness.names == set()
