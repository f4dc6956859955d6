"""The changes as text: copied, saved to a file, or refused with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.workflow.workflow import InputKey


async def _change(program: GuiProgram) -> InputKey:
    """Changes the first text of the workflow in view."""
    await program.wait_until_open()
    draft_editor = program.services.draft_editor
    draft = draft_editor.state.draft
    assert draft is not None
    key = next(key for key in draft.workflow.input_keys() if key.name == "steps")
    draft_editor.edit({key: 33}, "Change steps")
    return key


async def test_the_changes_are_copied_and_saved_where_the_person_says(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        assert not program.window.main_actions.drafts.copy_difference.isEnabled()
        await _change(program)
        await program.trigger("copy_difference")
        text = QGuiApplication.clipboard().text()
        assert text.startswith("1 input of ")
        assert "→ 33\n" in text
        assert "1 change is on the clipboard." in program.notices()
        await _save_as(program, tmp_path / "mine.txt")
        await wait_until(lambda: "Saved as mine.txt." in program.notices())
        assert "→ 33\n" in (tmp_path / "mine.txt").read_text()
        (tmp_path / "file").write_text("")
        shown_notices = program.notices()
        await _save_as(program, tmp_path / "file" / "mine.txt")
        await wait_until(lambda: any(each not in shown_notices for each in program.notices()))


async def _save_as(program: GuiProgram, target: Path) -> None:
    await program.trigger("save_difference")
    dialog = program.find(QFileDialog, "save_difference_dialog")
    dialog.fileSelected.emit(str(target))
    dialog.close()
    program.window.activateWindow()
    await process_events_async()
