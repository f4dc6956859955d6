"""Applying a preset that puts files on inputs: found where they lie now, or asked for once."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QWidget

from runcomfy_desktop.core.media_finder import MediaFinder
from runcomfy_desktop.core.reading import hash_of
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.preset.preset import Preset
from runcomfy_desktop.domain.workflow import InputKey, Node, Workflow
from tests.gui.support.house import House, open_house
from tests.gui.test_presets_preview import _apply, _button, _draft, _entry, _spoken
from tests.support.until import until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from pathlib import Path


def _photo(path: Path) -> MediaFile:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (9, 7), (1, 200, 3)).save(path)
    data = path.read_bytes()
    sha = hashlib.sha256(data).hexdigest()
    return MediaFile(path.name, f"{sha}.png", sha, "image/png", len(data), 9, 7, path=str(path))


async def _with_photo(house: House, photo: MediaFile, *, brings: bytes = b"") -> Preset:
    # What is opened at the start would come over it.
    await house.until_open()
    workflow = Workflow({"5": Node("5", "LoadImage", "Photo", {"image": "a.png"})})
    open_file(house.parts.workbench, workflow, "photo.json", "/photo.json")
    entry = _entry(workflow, InputKey("5", "image"), photo)
    return Preset("Photo", (entry,), files={photo.sha256: brings} if brings else {})


async def test_a_file_that_was_moved_near_by_is_found_without_a_question(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        photo = _photo(tmp_path / "pictures" / "venice.png")
        (tmp_path / "pictures" / "venice.png").rename(tmp_path / "pictures" / "renamed.png")
        await _apply(house, await _with_photo(house, photo))
        assert not house.there(QWidget, "missing_files")
        await house.press("preview_apply")
        (value,) = _draft(house).changes.values()
        assert isinstance(value, MediaFile)
        assert (house.parts.shelf.folder / value.stored_name).is_file()
        assert value.path.endswith("renamed.png")


async def test_a_file_that_the_preset_brings_is_put_on_the_shelf(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        photo = _photo(tmp_path / "venice.png")
        data = (tmp_path / "venice.png").read_bytes()
        (tmp_path / "venice.png").unlink()
        preset = await _with_photo(house, replace(photo, path=""), brings=data)
        await _apply(house, preset)
        await house.press("preview_apply")
        assert (house.parts.shelf.folder / photo.stored_name).read_bytes() == data


@pytest.mark.parametrize("button", ["missing_files_folder", "missing_files_choose"])
async def test_for_files_that_are_found_nowhere_it_is_asked_once(
    tmp_path: Path, button: str
) -> None:
    async with open_house(tmp_path) as house:
        photo = _photo(tmp_path / "pictures" / "venice.png")
        far = tmp_path / "far" / "away"
        far.mkdir(parents=True)
        (tmp_path / "pictures" / "venice.png").rename(far / "venice.png")
        await _apply(house, await _with_photo(house, photo))
        assert "was not found" in _spoken(house, "image")
        assert not _button(house).isEnabled()
        await house.click(house.find(QAbstractButton, button))
        chooser = house.find(QFileDialog, "missing_files_dialog")
        is_folder = chooser.fileMode() is QFileDialog.FileMode.Directory
        chosen = tmp_path / "far" if is_folder else far / "venice.png"
        chooser.filesSelected.emit([str(chosen)])
        chooser.close()
        await until(lambda: _button(house).isEnabled())
        assert not house.there(QWidget, "missing_files")
        await house.press("preview_apply")
        assert (house.parts.shelf.folder / photo.stored_name).is_file()


async def test_a_long_search_is_shown_and_waits_for_nobody(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        photo = _photo(tmp_path / "pictures" / "venice.png")
        # It has the size that is looked for, so it is read.
        (tmp_path / "pictures" / "venice.png").write_bytes(bytes(photo.size_bytes))
        is_read = threading.Event()

        def slow(path: Path) -> str:
            is_read.wait(60)
            return hash_of(path)

        shelf = house.parts.shelf
        shelf.finder = MediaFinder(shelf.folder, shelf._keeper, house.parts.notices, slow)
        try:
            await _apply(house, await _with_photo(house, photo))
            said = house.find(QLabel, "missing_files_text").text()
            assert said == "Looking for the file venice.png…"
            assert not house.find(QAbstractButton, "missing_files_folder").isEnabled()
        finally:
            is_read.set()
        await until(lambda: house.find(QAbstractButton, "missing_files_folder").isEnabled())
        assert "was not found" in house.find(QLabel, "missing_files_text").text()
