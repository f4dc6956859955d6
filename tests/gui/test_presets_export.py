"""Exporting presets that name files: how large they get is said before, and they come along."""

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

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.preset.form import MAX_FILES_BYTES
from runcomfy_desktop.domain.preset.reading import read_preset
from runcomfy_desktop.ui.presets.export_dialog import ExportDialog
from tests.gui.support.audit import faults_of
from tests.gui.support.hands import find, settle
from tests.gui.support.house import House, open_house
from tests.gui.test_presets_desk import choose, panel, ready
from tests.support.preset_house import preset
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

_DATA = b"\x89PNG and so on"
_SHA = hashlib.sha256(_DATA).hexdigest()
_PICTURE = MediaFile("bike.png", f"{_SHA}.png", _SHA, "image/png", len(_DATA), 2, 2)


async def asked(house: House) -> QDialog:
    """Two presets with a picture each, and the question before they are exported."""
    await ready(house)
    shelf = house.parts.shelf.folder
    shelf.mkdir(parents=True, exist_ok=True)
    (shelf / _PICTURE.stored_name).write_bytes(_DATA)
    done: list[str] = []
    for name in ("One", "Two"):
        house.parts.library.save(preset(name, value=_PICTURE), "", done.append)
    await until(lambda: len(done) == 2)
    list_ = await panel(house)
    await until(lambda: list_.model.preset_count() >= 2)
    list_.view.selectAll()
    await choose(house, list_, "export")
    await until(lambda: house.there(QDialog, "export_question"))
    return house.find(QDialog, "export_question")


@pytest.mark.parametrize("brings", [True, False])
async def test_several_are_exported_with_their_files_or_without(
    tmp_path: Path, brings: bool
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    async with open_house(tmp_path / "house") as house:
        dialog = await asked(house)
        said = find(dialog, QLabel, "settings_hint").text()
        assert "2 files, the presets take about 37 bytes more together." in said
        assert faults_of(dialog) == []
        if brings:
            await house.click(find(dialog, QCheckBox, "export_with_files"))
        await house.press("export_presets_yes")
        chooser = house.find(QFileDialog, "export_presets_dialog")
        assert chooser.fileMode() is QFileDialog.FileMode.Directory
        chooser.fileSelected.emit(str(target))
        chooser.reject()
        files = {_SHA: _DATA} if brings else {}
        await until(lambda: len(list(target.glob("*.json"))) >= 2)
        # Room is made before it is filled.
        await until(lambda: not house.parts.library.disk.is_behind)
        for name in ("One.json", "Two.json"):
            assert read_preset((target / name).read_bytes()).files == files


async def test_who_cancels_exports_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await asked(house)
        await house.press("export_presets_no")
        await until(lambda: not house.there(QDialog, "export_question"))
        assert not house.there(QFileDialog, "export_presets_dialog")
        assert not house.there(QMenu, "preset_selection_menu")


@pytest.mark.usefixtures("qapp")
def test_more_than_can_be_brought_is_said_and_not_offered() -> None:
    owner = QWidget()
    dialog = ExportDialog(3, (MAX_FILES_BYTES, 1), owner)
    agreed: list[bool] = []
    dialog.agreed.connect(agreed.append)
    dialog.open()
    settle()
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
    dialog = ExportDialog(1, sizes, owner)
    assert find(dialog, QLabel, "settings_hint").text().startswith(begins)
