"""Closing the window while something is still to be written: it waits, and closes by itself; where
the disk refuses it or takes long, the person is asked first. Never is it lost unasked."""

from __future__ import annotations

import json
import os
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QPushButton, QToolButton

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.store.presets import PresetFolder
from tests.gui.support.house import House, open_house, turn
from tests.support.preset_house import preset
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.store.presets import Found

SEED, STEPS = InputKey("31", "seed"), InputKey("31", "steps")
PICTURE = InputKey("189", "image")


def blocked(house: House) -> Path:
    """The folder of the drafts, where nothing can be written."""
    return shut(house.parts.drafts.folder)


def shut(folder: Path) -> Path:
    """Nothing can be written there any more."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    return folder


async def written(house: House) -> None:
    """What waits is tried to be written, now and not some seconds later."""
    tried: list[bool] = []
    house.parts.drafts.writes.hurry(lambda: tried.append(True))
    await until(lambda: tried)


async def refused(house: House) -> Path:
    """The same, and it is known."""
    await house.until_open()
    folder = blocked(house)
    house.parts.workbench.edit({SEED: 77}, "Seed")
    await written(house)
    assert house.parts.drafts.writes.is_behind
    return folder


def stored(folder: Path) -> bool:
    return folder.is_dir() and any("77" in path.read_text() for path in folder.glob("*.json"))


def names_in(folder: str) -> list[str]:
    return [path.name for path in Path(folder).iterdir()]


@contextmanager
def slow_disk() -> Iterator[threading.Event]:
    """Nothing gets onto the disk before the event is set."""
    fsync, go_on = os.fsync, threading.Event()

    def slow(handle: int) -> None:
        go_on.wait(60)
        fsync(handle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", slow)
        try:
            yield go_on
        finally:
            go_on.set()


@contextmanager
def slow_reading() -> Iterator[threading.Event]:
    """No preset can be read before the event is set."""
    read, go_on = PresetFolder.read, threading.Event()

    def slow(folder: PresetFolder, path: str) -> Found:
        go_on.wait(60)
        return read(folder, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PresetFolder, "read", slow)
        try:
            yield go_on
        finally:
            go_on.set()


async def until_told_why(house: House) -> None:
    """The window has waited so long that it says for what."""
    patience = house.window.findChild(QTimer, "close_patience")
    assert patience is not None
    assert patience.isActive()
    assert not house.there(QDialog, "unwritten"), "a disk needs a moment"
    patience.start(0)
    await until(lambda: house.there(QDialog, "unwritten"))


async def test_the_window_stays_until_the_disk_is_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        folder = await refused(house)
        assert not house.window.close()
        assert not house.window.is_closing
        await turn()
        assert "The disk refuses them" in house.find(QLabel, "unstored_text").text()
        # Asked twice, it is one question.
        assert not house.window.close()
        assert len(house.window.findChildren(QPushButton, "unstored_no")) == 1
        await house.press("unstored_no")
        assert house.window.isVisible()
        folder.unlink()
        await written(house)
        assert stored(folder)
        assert not house.parts.drafts.writes.is_behind
        assert house.window.close()


async def test_who_wants_to_lose_them_closes(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await refused(house)
        assert not house.window.close()
        await turn()
        await house.press("unstored_yes")
        await turn()
        assert house.window.is_closing
        assert not house.window.isVisible()


async def test_a_signal_is_not_answered_with_a_question(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await refused(house)
        house.window.end()
        assert house.window.is_closing
        assert not house.window.isVisible()


async def test_an_edit_of_the_last_moment_is_stored_and_the_window_closes_by_itself(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.parts.workbench.edit({SEED: 77}, "Seed")
        house.window.close()
        await until(lambda: house.window.is_closing)
        assert stored(house.parts.drafts.folder)
        assert not house.window.isVisible()


async def test_what_the_disk_refuses_in_the_last_moment_is_asked_about(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        folder = blocked(house)
        house.parts.workbench.edit({SEED: 77}, "Seed")
        assert not house.window.close()
        await until(lambda: house.there(QDialog, "unstored"))
        assert not house.window.is_closing
        await house.press("unstored_no")
        folder.unlink()
        await written(house)
        assert stored(folder)
        assert not house.parts.drafts.writes.is_waiting
        assert house.window.close()


async def test_a_number_half_typed_is_asked_about_too(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        blocked(house)
        inputs = house.window.centre.inputs
        assert inputs is not None
        view = inputs.view
        view.go_to(view.inputs.index_of(STEPS))
        view.deeds.open_editor(view.inputs.index_of(STEPS))
        await turn()
        await house.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        editor = QApplication.focusWidget()
        assert editor is not None
        QTest.keyClicks(editor, "37")
        assert not house.window.close()
        await until(lambda: house.there(QDialog, "unstored"))
        assert house.parts.workbench.state.draft is not None
        assert house.parts.workbench.state.draft.changes[STEPS] == 37


async def test_a_disk_that_takes_long_is_waited_for(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        with slow_disk() as go_on:
            house.parts.workbench.edit({SEED: 77}, "Seed")
            assert not house.window.close()
            await until_told_why(house)
            said = house.find(QLabel, "unwritten_title").text()
            assert said == "Your last changes are still being stored."
            go_on.set()
            await until(lambda: house.window.is_closing)
        assert stored(house.parts.drafts.folder)
        await turn()
        assert not house.there(QDialog, "unwritten")
        assert not house.window.isVisible()


async def test_who_wants_to_keep_the_window_is_not_surprised_by_its_end(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        with slow_disk() as go_on:
            house.parts.workbench.edit({SEED: 77}, "Seed")
            house.window.close()
            await until_told_why(house)
            await house.press("unwritten_no")
            go_on.set()
            await until(lambda: not house.parts.drafts.writes.is_waiting)
        await turn()
        assert not house.window.is_closing
        assert house.window.close()


async def test_who_does_not_want_to_wait_closes(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        with slow_disk():
            house.parts.workbench.edit({SEED: 77}, "Seed")
            house.window.close()
            await until_told_why(house)
            await house.press("unwritten_yes")
            assert house.window.is_closing
            house.window.show_closing()
            assert not house.window.isVisible()


async def test_a_signal_ends_the_wait(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        folder = house.parts.drafts.folder
        with slow_disk():
            house.parts.workbench.edit({SEED: 77}, "Seed")
            assert not house.window.close()
            house.window.end()
            assert house.window.is_closing
    assert stored(folder)


async def test_a_preset_that_is_not_written_yet_holds_the_window(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        with slow_disk() as go_on:
            house.parts.library.save(preset("Last"), "")
            assert not house.window.close()
            await until_told_why(house)
            said = house.find(QLabel, "unwritten_title").text()
            assert said == "Your presets are still being written."
            go_on.set()
            await until(lambda: house.window.is_closing)
        assert names_in(house.parts.library.state.root) == ["Last.json"]


async def test_a_preset_that_the_disk_refuses_while_the_window_waits_keeps_it_open(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        root = Path(house.parts.library.state.root)
        with slow_disk() as go_on:
            house.parts.library.save(preset("Last"), "")
            assert not house.window.close()
            await until_told_why(house)
            shut(root)
            go_on.set()
            await until(house.notices)
        await until(lambda: not house.there(QDialog, "unwritten"))
        assert not house.window.is_closing
        assert house.window.isVisible()
        assert house.window.close(), "it was told"


async def saved(house: House) -> Path:
    """A preset of the draft in view, which goes back to it."""
    await house.until_open()
    await until(lambda: not house.parts.library.state.loading)
    await change(house, 5)
    await house.trigger("save_preset_as")
    house.find(QLineEdit, "preset_name").setText("Mine")
    await house.press("save_preset_yes")
    await until(lambda: house.find(QToolButton, "preset").accessibleName() == "Preset: Mine")
    await written(house)
    return Path(house.parts.library.state.root) / "Mine.json"


async def change(house: House, seed: int = 77) -> None:
    house.parts.workbench.edit({SEED: seed}, "Seed")
    await written(house)


@pytest.mark.parametrize("is_over_one", [False, True])
async def test_a_preset_that_is_still_read_to_be_saved_holds_the_window(
    tmp_path: Path, is_over_one: bool
) -> None:
    async with open_house(tmp_path) as house:
        file = await saved(house)
        await change(house)
        with slow_reading() as go_on:
            if is_over_one:
                await house.trigger("save_preset_as")
                await house.press("replace_preset")
            else:
                await house.trigger("save_preset")
            assert not house.window.close()
            await until_told_why(house)
            go_on.set()
            await until(lambda: house.window.is_closing)
        assert "77" in file.read_text()


async def test_a_signal_does_not_keep_a_preset_from_being_saved(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        file = await saved(house)
        await change(house)
        with slow_reading() as go_on:
            await house.trigger("save_preset")
            house.window.end()
            house.window.detach()
            go_on.set()
    assert "77" in file.read_text()


async def test_a_draft_is_stored_with_the_preset_that_was_made_of_it_in_the_last_moment(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await change(house)
        await house.trigger("save_preset_as")
        house.find(QLineEdit, "preset_name").setText("Mine")
        with slow_disk() as go_on:
            await house.press("save_preset_yes")
            assert not house.window.close()
            go_on.set()
            await until(lambda: house.window.is_closing)
        (kept,) = house.parts.drafts.folder.glob("*.json")
        assert json.loads(kept.read_text())["preset"] == "Mine.json"


async def test_a_picture_that_is_still_being_kept_holds_the_window(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        inputs = house.window.centre.inputs
        assert inputs is not None
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        image.fill(QColor("red"))
        QApplication.clipboard().setImage(image)
        with slow_disk() as go_on:
            inputs.view.paste_wished.emit(PICTURE)
            assert not house.window.close()
            await until_told_why(house)
            said = house.find(QLabel, "unwritten_title").text()
            assert said == "Your files are still being copied."
            go_on.set()
            await until(lambda: house.window.is_closing)
        (kept,) = house.parts.drafts.folder.glob("*.json")
        assert "Pasted picture.png" in kept.read_text()
