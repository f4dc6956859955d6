"""A folder of presets that is away or empty: what it may name is not removed too early, and the
cleaning goes on where the user deleted the last preset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.preset.writing import write_preset
from tests.support.media_room import media_room
from tests.support.preset_house import preset

if TYPE_CHECKING:
    from pathlib import Path

# Steps of three days at most, and one of them may be the clock's.
MONTH = 33


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


async def test_a_folder_of_presets_that_is_away_keeps_everything(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        room.chosen = tmp_path / "team"
        put(room.chosen / "a.json", write_preset(preset()))
        await room.pass_days(MONTH)
        away = room.chosen.rename(tmp_path / "away")
        await room.pass_days(2 * MONTH)
        assert room.names == {file.stored_name}
        away.rename(room.chosen)
        await room.pass_days(1)
        assert room.names == set()


async def test_a_chosen_folder_that_is_suddenly_empty_keeps_everything(tmp_path: Path) -> None:
    """A disk that is away may have left it."""
    async with media_room(tmp_path) as room:
        named, unnamed = room.keep(1), room.keep(2)
        room.chosen = tmp_path / "team"
        put(room.chosen / "a.json", write_preset(preset(value=named)))
        await room.pass_days(1)
        away = room.chosen.rename(tmp_path / "away")
        room.chosen.mkdir()
        await room.pass_days(3 * MONTH)
        assert room.names == {named.stored_name, unnamed.stored_name}
        room.chosen.rmdir()
        away.rename(room.chosen)
        await room.pass_days(2 * MONTH)
        assert room.names == {named.stored_name}


async def test_the_usual_folder_may_lose_its_last_preset(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        room.keep(1)
        put(room.root / "a.json", write_preset(preset()))
        await room.pass_days(MONTH)
        (room.root / "a.json").unlink()
        await room.pass_days(1)
        assert room.names == set()


async def test_a_chosen_folder_that_was_never_there_keeps_everything(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        room.chosen = tmp_path / "team"
        await room.pass_days(2 * MONTH)
        assert room.names == {file.stored_name}


async def test_a_folder_of_presets_that_never_had_any_is_no_obstacle(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        room.keep(1)
        room.root.mkdir()
        (room.root / "notes.json").write_text('{"no": "preset"}')
        (room.root / "comments.json").write_text("// no JSON")
        await room.clean()
        await room.pass_days(MONTH)
        assert room.names == set()
