"""The changes as text: on the clipboard and in a file, or told why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from tests.gui.support.house import House, open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.workflow import InputKey


async def _change(house: House) -> InputKey:
    """Changes the first text of the workflow in view."""
    await house.until_open()
    workbench = house.parts.workbench
    draft = workbench.state.draft
    assert draft is not None
    key = next(key for key in draft.workflow.input_keys() if key.name == "steps")
    workbench.edit({key: 33}, "Change steps")
    return key


async def test_the_changes_are_copied_and_saved_where_the_person_says(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert not house.window.menu.copy_difference.isEnabled()
        await _change(house)
        await house.trigger("copy_difference")
        text = QGuiApplication.clipboard().text()
        assert text.startswith("1 input of ")
        assert "→ 33\n" in text
        assert "1 change is on the clipboard." in house.notices()
        await _save_as(house, tmp_path / "mine.txt")
        await until(lambda: "Saved as mine.txt." in house.notices())
        assert "→ 33\n" in (tmp_path / "mine.txt").read_text()
        (tmp_path / "file").write_text("")
        told = house.notices()
        await _save_as(house, tmp_path / "file" / "mine.txt")
        await until(lambda: any(each not in told for each in house.notices()))


async def _save_as(house: House, target: Path) -> None:
    await house.trigger("save_difference")
    dialog = house.find(QFileDialog, "save_difference_dialog")
    dialog.fileSelected.emit(str(target))
    dialog.close()
    house.window.activateWindow()
    await turn()
