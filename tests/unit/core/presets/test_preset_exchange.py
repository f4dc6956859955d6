"""Import and export of presets: files, pasted text, commands, and their media."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.file_format import MAX_FILES_BYTES
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.domain.presets.writer import write_preset, write_presets
from tests.support.async_wait import wait_until
from tests.support.preset_harness import KEY, PresetHarness, open_preset_harness, preset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BYTES = b"\x89PNG and so on"
_SHA = hashlib.sha256(_BYTES).hexdigest()
_PICTURE = MediaFile("bike.png", f"{_SHA}.png", _SHA, "image/png", len(_BYTES), 2, 2)
_COMMAND = (
    "curl -X POST https://api.runcomfy.net/prod/v1/deployments/dep-9/inference \\\n"
    f'  -H "Authorization: Bearer {KEY}" \\\n'
    """  -d '{"overrides": {"6": {"inputs": {"text": "it'\\''s dusk"}}}}'"""
)


def store_picture(harness: PresetHarness) -> None:
    harness.media.mkdir()
    (harness.media / _PICTURE.stored_name).write_bytes(_BYTES)


async def test_files_of_all_kinds_are_imported(tmp_path: Path) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    contents = {
        "preset.json": write_preset(preset()).decode(),
        "body.json": '{"overrides": {"6": {"inputs": {"text": "x"}}}}',
        "command.txt": _COMMAND,
        "nonsense.json": "{",
        "workflow.json": '{"3": {"class_type": "A", "inputs": {}}}',
    }
    for name, content in contents.items():
        (brought / name).write_text(content)
    async with open_preset_harness(tmp_path) as harness:
        done: list[object] = []
        harness.preset_library.import_files(
            [str(brought / name) for name in contents], "In", done.append
        )
        await wait_until(lambda: done)
        assert sorted(harness.paths) == ["In/Golden hour.json", "In/body.json", "In/command.json"]
        assert harness.titles == ["3 presets were imported.", "2 files could not be imported."]
        assert "nonsense.json" in harness.shown_notices[1].detail
        assert "This is a workflow, not a preset." in harness.shown_notices[1].detail
        text = (harness.root / "In" / "command.json").read_text()
        assert KEY not in text
        assert "it's dusk" in text
        assert read_preset(text.encode()).deployment_id == "dep-9"
        assert harness.shown_notices[0].action is not None
        harness.shown_notices[0].action()
        await wait_until(lambda: harness.paths == [])


async def test_a_text_is_imported(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        done: list[str] = []
        harness.preset_library.import_text(_COMMAND, done.append)
        await wait_until(lambda: done)
        assert done == ["From a cURL command.json"]
        harness.preset_library.import_text("no preset", done.append)
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert "not JSON" in harness.titles[1]
        assert len(done) == 1


async def test_one_is_exported_to_a_file_and_several_into_a_folder(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        paths = [await harness.save_preset(preset(name)) for name in ("One", "Two")]
        harness.preset_library.export(paths[:1], str(tmp_path / "out.json"))
        await wait_until(lambda: harness.titles == ["1 preset was exported."])
        assert read_preset((tmp_path / "out.json").read_bytes()) == preset("One")
        harness.preset_library.export(paths, str(tmp_path / "out"))
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert {each.name for each in (tmp_path / "out").iterdir()} == {"One.json", "Two.json"}


async def test_presets_are_texts_for_the_clipboard(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        paths = [await harness.save_preset(preset(name)) for name in ("One", "Two")]
        texts: list[str] = []
        harness.preset_library.as_text(paths[:1], texts.append)
        harness.preset_library.as_text(paths, texts.append)
        await wait_until(lambda: len(texts) == 2)
        assert texts[0].encode() == write_preset(preset("One"))
        assert [each["name"] for each in json.loads(texts[1])] == ["One", "Two"]
        done: list[str] = []
        harness.preset_library.import_text(texts[1], done.append, "Again")
        await wait_until(lambda: done)
        assert {"Again/One.json", "Again/Two.json"} <= set(harness.paths)


async def test_a_preset_can_bring_its_files(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        store_picture(harness)
        done: list[str] = []
        harness.preset_library.save(preset(value=_PICTURE), "", done.append, includes_files=True)
        await wait_until(lambda: done)
        assert (await harness.read_preset(done[0])).files == {_SHA: _BYTES}
        await harness.update_preset(done[0], preset(value=_PICTURE))
        assert (await harness.read_preset(done[0])).files == {_SHA: _BYTES}


async def test_a_file_that_is_gone_cannot_be_brought(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset(value=_PICTURE))
        harness.preset_library.export([path], str(tmp_path / "out.json"), includes_files=True)
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles == ["bike.png is not there any more, so the preset cannot bring it."]
        assert not (tmp_path / "out.json").exists()


async def test_several_can_bring_their_files_and_say_how_large_that_is(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        store_picture(harness)
        paths = [
            await harness.save_preset(preset("One", value=_PICTURE)),
            await harness.save_preset(preset("Two", value=_PICTURE)),
            await harness.save_preset(preset("Three")),
        ]
        done: list[str] = []
        harness.preset_library.save(
            preset("Four", value=_PICTURE), "", done.append, includes_files=True
        )
        await wait_until(lambda: done)
        received: list[Sequence[int]] = []
        # A preset that already contains its files is exported with them in any case.
        harness.preset_library.file_sizes([*paths, *done], received.append)
        await wait_until(lambda: received)
        assert list(received[0]) == [len(_BYTES)] * 2
        target = tmp_path / "out"
        harness.preset_library.export([*paths, *done], str(target), includes_files=True)
        await wait_until(lambda: harness.shown_notices)
        given = {each.stem: read_preset(each.read_bytes()).files for each in target.iterdir()}
        whole = {_SHA: _BYTES}
        assert given == {"One": whole, "Two": whole, "Three": {}, "Four": whole}


async def test_more_than_one_preset_may_have_is_not_brought_by_several_either(
    tmp_path: Path,
) -> None:
    half = MAX_FILES_BYTES // 2 + 1
    large = [replace(_PICTURE, sha256=sign * 64, size_bytes=half) for sign in "ab"]
    async with open_preset_harness(tmp_path) as harness:
        paths = [await harness.save_preset(preset(each.sha256[:1], value=each)) for each in large]
        harness.preset_library.export(paths, str(tmp_path / "out"), includes_files=True)
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles == ["This is larger than a preset can be."]
        assert not (tmp_path / "out").exists()


async def test_what_came_before_a_fault_is_told_and_can_be_taken_back(tmp_path: Path) -> None:
    both = json.loads(write_presets([preset("Fine"), preset("Key", KEY)]))
    file = tmp_path / "both.json"
    file.write_text(json.dumps(both))
    async with open_preset_harness(tmp_path) as harness:
        harness.preset_library.import_files([str(file)], "")
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert harness.titles == ["1 preset was imported.", "1 file could not be imported."]
        harness.preset_library.import_text(json.dumps(both), lambda _path: None)
        await wait_until(lambda: len(harness.shown_notices) == 4)
        assert harness.titles[2:] == ["1 preset was imported.", "The others could not be imported."]
        assert "your key" in harness.shown_notices[3].detail
        assert harness.paths == ["Fine (2).json", "Fine.json"]
        assert harness.shown_notices[2].action is not None
        harness.shown_notices[2].action()
        await wait_until(lambda: harness.paths == ["Fine.json"])
