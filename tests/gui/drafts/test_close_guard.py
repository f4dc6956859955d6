"""Closing the window during pending writes: it waits, then closes by itself.

If the disk refuses or is slow, the user is asked first. Nothing is lost without a question.
"""

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

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.presets import PresetFolder
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until
from tests.support.preset_harness import preset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.store.presets import LoadedPreset

SEED, STEPS = InputKey("31", "seed"), InputKey("31", "steps")
PICTURE = InputKey("189", "image")


def blocked(program: GuiProgram) -> Path:
    """Makes the drafts folder unwritable and returns it."""
    return shut(program.services.drafts.folder)


def shut(folder: Path) -> Path:
    """Replaces a folder with a file, so that nothing can be written into it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    return folder


async def written(program: GuiProgram) -> None:
    """Waits for an attempt to write what is pending, without the usual delay."""
    tried: list[bool] = []
    program.services.drafts.writes.call_when_flushed(lambda: tried.append(True))
    await wait_until(lambda: tried)


async def refused(program: GuiProgram) -> Path:
    """Makes the drafts folder unwritable and waits until a write has been refused."""
    await program.wait_until_open()
    folder = blocked(program)
    program.services.draft_editor.edit({SEED: 77}, "Seed")
    await written(program)
    assert program.services.drafts.writes.would_lose_changes
    return folder


def stored(folder: Path) -> bool:
    return folder.is_dir() and any("77" in path.read_text() for path in folder.glob("*.json"))


def names_in(folder: str) -> list[str]:
    return [path.name for path in Path(folder).iterdir()]


@contextmanager
def slow_disk() -> Iterator[threading.Event]:
    """Blocks all writes to the disk until the event is set."""
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
    """Blocks the reading of presets until the event is set."""
    read, go_on = PresetFolder.read, threading.Event()

    def slow(folder: PresetFolder, path: str) -> LoadedPreset:
        go_on.wait(60)
        return read(folder, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PresetFolder, "read", slow)
        try:
            yield go_on
        finally:
            go_on.set()


async def wait_until_reason_shown(program: GuiProgram) -> None:
    """Waits until the window says why it is still open, with the delay cut short."""
    patience = program.window.findChild(QTimer, "close_patience")
    assert patience is not None
    assert patience.isActive()
    assert not program.is_visible(QDialog, "unwritten"), "a disk needs a moment"
    patience.start(0)
    await wait_until(lambda: program.is_visible(QDialog, "unwritten"))


async def test_the_window_stays_until_the_disk_is_back(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        folder = await refused(program)
        assert not program.window.close()
        assert not program.window.is_closing
        await process_events_async()
        assert "The disk refuses them" in program.find(QLabel, "unstored_text").text()
        # A second attempt does not ask a second question.
        assert not program.window.close()
        assert len(program.window.findChildren(QPushButton, "unstored_no")) == 1
        await program.press("unstored_no")
        assert program.window.isVisible()
        folder.unlink()
        await written(program)
        assert stored(folder)
        assert not program.services.drafts.writes.would_lose_changes
        assert program.window.close()


async def test_who_wants_to_lose_them_closes(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await refused(program)
        assert not program.window.close()
        await process_events_async()
        await program.press("unstored_yes")
        await process_events_async()
        assert program.window.is_closing
        assert not program.window.isVisible()


async def test_a_signal_is_not_answered_with_a_question(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await refused(program)
        program.window.close_now()
        assert program.window.is_closing
        assert not program.window.isVisible()


async def test_an_edit_of_the_last_moment_is_stored_and_the_window_closes_by_itself(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.services.draft_editor.edit({SEED: 77}, "Seed")
        program.window.close()
        await wait_until(lambda: program.window.is_closing)
        assert stored(program.services.drafts.folder)
        assert not program.window.isVisible()


async def test_what_the_disk_refuses_in_the_last_moment_is_asked_about(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        folder = blocked(program)
        program.services.draft_editor.edit({SEED: 77}, "Seed")
        assert not program.window.close()
        await wait_until(lambda: program.is_visible(QDialog, "unstored"))
        assert not program.window.is_closing
        await program.press("unstored_no")
        folder.unlink()
        await written(program)
        assert stored(folder)
        assert not program.services.drafts.writes.has_pending
        assert program.window.close()


async def test_a_number_half_typed_is_asked_about_too(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        blocked(program)
        view = program.session.inputs.view
        view.go_to(view.inputs.index_of(STEPS))
        view.commands.open_editor(view.inputs.index_of(STEPS))
        await process_events_async()
        await program.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        editor = QApplication.focusWidget()
        assert editor is not None
        QTest.keyClicks(editor, "37")
        assert not program.window.close()
        await wait_until(lambda: program.is_visible(QDialog, "unstored"))
        assert program.services.draft_editor.state.draft is not None
        assert program.services.draft_editor.state.draft.changes[STEPS] == 37


async def test_a_disk_that_takes_long_is_waited_for(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        with slow_disk() as go_on:
            program.services.draft_editor.edit({SEED: 77}, "Seed")
            assert not program.window.close()
            await wait_until_reason_shown(program)
            message = program.find(QLabel, "unwritten_title").text()
            assert message == "Your last changes are still being stored."
            go_on.set()
            await wait_until(lambda: program.window.is_closing)
        assert stored(program.services.drafts.folder)
        await process_events_async()
        assert not program.is_visible(QDialog, "unwritten")
        assert not program.window.isVisible()


async def test_who_wants_to_keep_the_window_is_not_surprised_by_its_end(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        with slow_disk() as go_on:
            program.services.draft_editor.edit({SEED: 77}, "Seed")
            program.window.close()
            await wait_until_reason_shown(program)
            await program.press("unwritten_no")
            go_on.set()
            await wait_until(lambda: not program.services.drafts.writes.has_pending)
        await process_events_async()
        assert not program.window.is_closing
        assert program.window.close()


async def test_who_does_not_want_to_wait_closes(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        with slow_disk():
            program.services.draft_editor.edit({SEED: 77}, "Seed")
            program.window.close()
            await wait_until_reason_shown(program)
            await program.press("unwritten_yes")
            assert program.window.is_closing
            program.window.show_closing()
            assert not program.window.isVisible()


async def test_a_signal_ends_the_wait(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        folder = program.services.drafts.folder
        with slow_disk():
            program.services.draft_editor.edit({SEED: 77}, "Seed")
            assert not program.window.close()
            program.window.close_now()
            assert program.window.is_closing
    assert stored(folder)


async def test_a_preset_that_is_not_written_yet_holds_the_window(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        with slow_disk() as go_on:
            program.services.preset_library.save(preset("Last"), "")
            assert not program.window.close()
            await wait_until_reason_shown(program)
            message = program.find(QLabel, "unwritten_title").text()
            assert message == "Your presets are still being written."
            go_on.set()
            await wait_until(lambda: program.window.is_closing)
        assert names_in(program.services.preset_library.state.root) == ["Last.json"]


async def test_a_preset_that_the_disk_refuses_while_the_window_waits_keeps_it_open(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        root = Path(program.services.preset_library.state.root)
        with slow_disk() as go_on:
            program.services.preset_library.save(preset("Last"), "")
            assert not program.window.close()
            await wait_until_reason_shown(program)
            shut(root)
            go_on.set()
            await wait_until(program.notices)
        await wait_until(lambda: not program.is_visible(QDialog, "unwritten"))
        assert not program.window.is_closing
        assert program.window.isVisible()
        assert program.window.close(), "it was told"


async def saved(program: GuiProgram) -> Path:
    """Saves the draft in view as a preset and returns its file."""
    await program.wait_until_open()
    await wait_until(lambda: not program.services.preset_library.state.loading)
    await change(program, 5)
    await program.trigger("save_preset_as")
    program.find(QLineEdit, "preset_name").setText("Mine")
    await program.press("save_preset_yes")
    await wait_until(lambda: program.find(QToolButton, "preset").accessibleName() == "Preset: Mine")
    await written(program)
    return Path(program.services.preset_library.state.root) / "Mine.json"


async def change(program: GuiProgram, seed: int = 77) -> None:
    program.services.draft_editor.edit({SEED: seed}, "Seed")
    await written(program)


@pytest.mark.parametrize("is_over_one", [False, True])
async def test_a_preset_that_is_still_read_to_be_saved_holds_the_window(
    tmp_path: Path, is_over_one: bool
) -> None:
    async with open_program(tmp_path) as program:
        file = await saved(program)
        await change(program)
        with slow_reading() as go_on:
            if is_over_one:
                await program.trigger("save_preset_as")
                await program.press("replace_preset")
            else:
                await program.trigger("save_preset")
            assert not program.window.close()
            await wait_until_reason_shown(program)
            go_on.set()
            await wait_until(lambda: program.window.is_closing)
        assert "77" in file.read_text()


async def test_a_signal_does_not_keep_a_preset_from_being_saved(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        file = await saved(program)
        await change(program)
        with slow_reading() as go_on:
            await program.trigger("save_preset")
            program.window.close_now()
            program.end_session()
            go_on.set()
    assert "77" in file.read_text()


async def test_a_draft_is_stored_with_the_preset_that_was_made_of_it_in_the_last_moment(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await change(program)
        await program.trigger("save_preset_as")
        program.find(QLineEdit, "preset_name").setText("Mine")
        with slow_disk() as go_on:
            await program.press("save_preset_yes")
            assert not program.window.close()
            go_on.set()
            await wait_until(lambda: program.window.is_closing)
        (stored_value,) = program.services.drafts.folder.glob("*.json")
        assert json.loads(stored_value.read_text())["preset"] == "Mine.json"


async def test_a_picture_that_is_still_being_kept_holds_the_window(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        inputs = program.session.inputs
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        image.fill(QColor("red"))
        QApplication.clipboard().setImage(image)
        with slow_disk() as go_on:
            inputs.view.paste_requested.emit(PICTURE)
            assert not program.window.close()
            await wait_until_reason_shown(program)
            message = program.find(QLabel, "unwritten_title").text()
            assert message == "Your files are still being copied."
            go_on.set()
            await wait_until(lambda: program.window.is_closing)
        (stored_value,) = program.services.drafts.folder.glob("*.json")
        assert "Pasted picture.png" in stored_value.read_text()
