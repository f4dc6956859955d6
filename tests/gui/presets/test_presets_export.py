"""Export of presets that name files: the size is shown first, and the files are included."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QLabel,
    QMenu,
    QPushButton,
    QWidget,
)

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.file_format import MAX_FILES_BYTES
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.ui.presets.export_dialog import ExportPresetsDialog
from tests.gui.presets.test_presets_controller import choose, panel, ready
from tests.gui.support.accessibility_audit import accessibility_errors
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.gui.support.user_input import find, process_events
from tests.support.async_wait import wait_until
from tests.support.preset_harness import preset

if TYPE_CHECKING:
    from pathlib import Path

_DATA = b"\x89PNG and so on"
_SHA = hashlib.sha256(_DATA).hexdigest()
_PICTURE = MediaFile("bike.png", f"{_SHA}.png", _SHA, "image/png", len(_DATA), 2, 2)


async def asked(program: GuiProgram) -> QDialog:
    """Saves two presets with a picture each and opens the question before their export."""
    await ready(program)
    harness = program.services.media_store.folder
    harness.mkdir(parents=True, exist_ok=True)
    (harness / _PICTURE.stored_name).write_bytes(_DATA)
    done: list[str] = []
    for name in ("One", "Two"):
        program.services.preset_library.save(preset(name, value=_PICTURE), "", done.append)
    await wait_until(lambda: len(done) == 2)
    list_ = await panel(program)
    await wait_until(lambda: list_.model.preset_count() >= 2)
    list_.view.selectAll()
    await choose(program, list_, "export")
    await wait_until(lambda: program.is_visible(QDialog, "export_question"))
    return program.find(QDialog, "export_question")


@pytest.mark.parametrize("brings", [True, False])
async def test_several_are_exported_with_their_files_or_without(
    tmp_path: Path, brings: bool
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    async with open_program(tmp_path / "program_data") as program:
        dialog = await asked(program)
        message = find(dialog, QLabel, "settings_hint").text()
        assert "2 files, the presets take about 37 bytes more together." in message
        assert accessibility_errors(dialog) == []
        if brings:
            await program.click(find(dialog, QCheckBox, "export_with_files"))
        await program.press("export_presets_yes")
        chooser = program.find(QFileDialog, "export_presets_dialog")
        assert chooser.fileMode() is QFileDialog.FileMode.Directory
        chooser.fileSelected.emit(str(target))
        chooser.reject()
        files = {_SHA: _DATA} if brings else {}
        await wait_until(lambda: len(list(target.glob("*.json"))) >= 2)
        # The files are created before they are filled.
        await wait_until(lambda: not program.services.preset_library.disk_queue.has_pending_writes)
        for name in ("One.json", "Two.json"):
            assert read_preset((target / name).read_bytes()).files == files


async def test_who_cancels_exports_nothing(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await asked(program)
        await program.press("export_presets_no")
        await wait_until(lambda: not program.is_visible(QDialog, "export_question"))
        assert not program.is_visible(QFileDialog, "export_presets_dialog")
        assert not program.is_visible(QMenu, "preset_selection_menu")


@pytest.mark.usefixtures("qapp")
def test_more_than_can_be_brought_is_said_and_not_offered() -> None:
    owner = QWidget()
    dialog = ExportPresetsDialog(3, (MAX_FILES_BYTES, 1), owner)
    agreed: list[bool] = []
    dialog.confirmed.connect(agreed.append)
    dialog.open()
    process_events()
    assert not find(dialog, QCheckBox, "export_with_files").isEnabled()
    assert "At most" in find(dialog, QLabel, "settings_hint").text()
    find(dialog, QPushButton, "export_presets_yes").click()
    assert agreed == [False]


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(
    ("sizes", "begins"),
    [((MAX_FILES_BYTES + 1,), "The file has "), ((MAX_FILES_BYTES, 1), "The files have ")],
)
def test_one_file_is_not_spoken_of_as_many(sizes: tuple[int, ...], begins: str) -> None:
    owner = QWidget()
    dialog = ExportPresetsDialog(1, sizes, owner)
    assert find(dialog, QLabel, "settings_hint").text().startswith(begins)
