"""Applying a preset with files: they are found where they are now, or the user is asked once."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QWidget,
)

from runcomfy_desktop.core.base.file_access import hash_of
from runcomfy_desktop.core.media.media_finder import MediaFinder
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.preset_node_matcher import MatchKind
from runcomfy_desktop.domain.presets.proposal import PresetProposal
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.ui.presets.preview_texts import accessible_text, new_text
from runcomfy_desktop.ui.presets.preview_view import PreviewView
from tests.gui.presets.test_presets_preview import _apply, _button, _draft, _entry, _row, _spoken
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.support.async_wait import wait_until
from tests.support.draft_runs import open_file

if TYPE_CHECKING:
    from pathlib import Path


def _photo(path: Path) -> MediaFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (9, 7), (1, 200, 3)).save(path)
    data = path.read_bytes()
    sha = hashlib.sha256(data).hexdigest()
    return MediaFile(path.name, f"{sha}.png", sha, "image/png", len(data), 9, 7, path=str(path))


async def _with_photo(program: GuiProgram, photo: MediaFile, *, brings: bytes = b"") -> Preset:
    # The workflow opened at the start would replace this one.
    await program.wait_until_open()
    nodes = (
        Node("5", "LoadImage", "Photo", {"image": "a.png"}),
        Node("6", "Words", "Words", {"text": "a fox", "steps": 5}),
    )
    workflow = Workflow({node.node_id: node for node in nodes})
    open_file(program.services.draft_editor, workflow, "photo.json", "/photo.json")
    entry = _entry(workflow, InputKey("5", "image"), photo)
    return Preset("Photo", (entry,), files={photo.sha256: brings} if brings else {})


async def test_a_file_that_was_moved_near_by_is_found_without_a_question(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        photo = _photo(tmp_path / "pictures" / "venice.png")
        (tmp_path / "pictures" / "venice.png").rename(tmp_path / "pictures" / "renamed.png")
        await _apply(program, await _with_photo(program, photo))
        assert not program.is_visible(QWidget, "missing_files")
        await program.press("preview_apply")
        (value,) = _draft(program).changes.values()
        assert isinstance(value, MediaFile)
        assert (program.services.media_store.folder / value.stored_name).is_file()
        assert value.path.endswith("renamed.png")


async def test_a_file_that_the_preset_brings_is_put_on_the_shelf(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        photo = _photo(tmp_path / "venice.png")
        data = (tmp_path / "venice.png").read_bytes()
        (tmp_path / "venice.png").unlink()
        preset = await _with_photo(program, replace(photo, path=""), brings=data)
        await _apply(program, preset)
        await program.press("preview_apply")
        assert (program.services.media_store.folder / photo.stored_name).read_bytes() == data


@pytest.mark.parametrize("button", ["missing_files_folder", "missing_files_choose"])
async def test_for_files_that_are_found_nowhere_it_is_asked_once(
    tmp_path: Path, button: str
) -> None:
    async with open_program(tmp_path) as program:
        photo = _photo(tmp_path / "pictures" / "venice.png")
        far = tmp_path / "far" / "away"
        far.mkdir(parents=True)
        (tmp_path / "pictures" / "venice.png").rename(far / "venice.png")
        await _apply(program, await _with_photo(program, photo))
        assert "was not found" in _spoken(program, "image")
        assert not _button(program).isEnabled()
        await program.click(program.find(QAbstractButton, button))
        chooser = program.find(QFileDialog, "missing_files_dialog")
        is_folder = chooser.fileMode() is QFileDialog.FileMode.Directory
        chosen = tmp_path / "far" if is_folder else far / "venice.png"
        chooser.filesSelected.emit([str(chosen)])
        chooser.close()
        await wait_until(lambda: _button(program).isEnabled())
        assert not program.is_visible(QWidget, "missing_files")
        await program.press("preview_apply")
        assert (program.services.media_store.folder / photo.stored_name).is_file()


async def test_a_long_search_is_shown_and_waits_for_nobody(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        photo = _photo(tmp_path / "pictures" / "venice.png")
        # It has the size that is searched for, so it is read.
        (tmp_path / "pictures" / "venice.png").write_bytes(bytes(photo.size_bytes))
        is_read = threading.Event()

        def slow(path: Path) -> str:
            is_read.wait(60)
            return hash_of(path)

        media_store = program.services.media_store
        media_store.finder = MediaFinder(
            media_store.folder, media_store._copier, program.services.notices, slow
        )
        try:
            await _apply(program, await _with_photo(program, photo))
            message = program.find(QLabel, "missing_files_text").text()
            assert message == "Looking for the file venice.png…"
            assert not program.find(QAbstractButton, "missing_files_folder").isEnabled()
        finally:
            is_read.set()
        await wait_until(lambda: program.find(QAbstractButton, "missing_files_folder").isEnabled())
        assert "was not found" in program.find(QLabel, "missing_files_text").text()


def _of_row(program: GuiProgram, text: str, role: Qt.ItemDataRole) -> str:
    model = program.find(PreviewView, "preset_preview").model()
    message = model.index(_row(program, text), 0).data(role)
    assert isinstance(message, str)
    return message


async def test_a_file_of_this_computer_is_shown_by_its_path_whatever_the_preset_calls_it(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        photo = _photo(tmp_path / "private" / "venice.png")
        await _apply(program, await _with_photo(program, replace(photo, name="cat.png")))
        assert photo.path in _of_row(program, "image", Qt.ItemDataRole.ToolTipRole)
        assert photo.path in _spoken(program, "image")
        assert program.find(QPlainTextEdit, "preview_new").toPlainText() == photo.path
        await program.press("preview_apply")
        (value,) = _draft(program).changes.values()
        assert isinstance(value, MediaFile)
        assert (value.name, value.path) == ("venice.png", photo.path)


def test_a_path_cannot_break_its_line_or_turn_it_around() -> None:
    folders = "/".join(["folder" * 9] * 8)
    file = MediaFile("a.png", "", "", "image/png", 9, 1, 1, path=f"/{folders}/x\ny\u202egnp.png")
    entry = PresetEntry(InputKey("5", "image"), "LoadImage", "", file)
    proposal = PresetProposal(entry, entry.key, MatchKind.SAME)
    shown = f"/{folders}/x ygnp.png"
    assert new_text(proposal) == shown
    # Longer than any other text on one line, and complete for a screen reader.
    assert shown in accessible_text(proposal, Draft(Workflow({}), DraftSource("")))


async def test_what_is_no_picture_is_refused_before_it_is_applied(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        key = tmp_path / "id_rsa"
        key.write_bytes(b"-----BEGIN OPENSSH PRIVATE KEY-----")
        sha = hashlib.sha256(key.read_bytes()).hexdigest()
        size_bytes = key.stat().st_size
        message = MediaFile(
            "cat.png", f"{sha}.png", sha, "image/png", size_bytes, 640, 480, path=str(key)
        )
        preset = await _with_photo(program, message)
        workflow = _draft(program).workflow
        words = _entry(workflow, InputKey("6", "text"), message)
        steps = _entry(workflow, InputKey("6", "steps"), 9)
        preset = replace(preset, entries=(*preset.entries, words, steps))
        # First from its own folder, then from the media store, which has a copy of it after that.
        for _time in range(2):
            await _apply(program, preset)
            refused = "id_rsa is a file of another kind. This input takes pictures."
            assert _spoken(program, "image").endswith(refused)
            refused = "This input takes no files, so id_rsa cannot go there."
            assert _spoken(program, "text").endswith(refused)
            assert str(key) in _spoken(program, "text")
            await program.press("preview_all")
            await program.press("preview_apply")
            assert _draft(program).changes == {InputKey("6", "steps"): 9}
            program.services.draft_editor.undo()


async def test_a_file_that_is_read_for_a_preset_is_shown_before_it_is_applied(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        photo = _photo(tmp_path / "venice.png")
        preset = await _with_photo(program, photo)
        controller = program.session.preset_apply_controller
        await _apply(program, preset)
        await program.press("preview_quiet")
        await program.press("preview_apply")
        program.services.draft_editor.undo()
        # The program already has it, like all files used before.
        controller.apply_preset(preset)
        await wait_until(lambda: bool(_draft(program).changes))
        assert not program.is_visible(QWidget, "preset_preview_dialog")
        program.services.draft_editor.undo()
        (program.services.media_store.folder / photo.stored_name).unlink()
        await _apply(program, preset)
