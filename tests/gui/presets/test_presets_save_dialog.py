"""Dialog that saves a preset: the content that it announces and the request that it emits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from runcomfy_desktop.domain.presets.file_format import MAX_FILES_BYTES
from runcomfy_desktop.ui.presets.save_dialog import (
    PresetSaveOptions,
    PresetSaveRequest,
    SavePresetDialog,
)
from tests.gui.support.user_input import find, press, process_events

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("qapp")

TAKEN = {("Portraits", "Blue"): "Portraits/Blue.json", ("Portraits", "Blue 2"): "b2.json"}


def save_options(
    *inputs: str,
    sizes: tuple[int, ...] = (),
    pins: int = 0,
    taken: Callable[[str, str], str] | None = None,
) -> PresetSaveOptions:
    find_path = taken or (lambda folder, name: TAKEN.get((folder, name), ""))
    return PresetSaveOptions(inputs, len(inputs), ("", "Portraits"), find_path, sizes, pins)


def opened(
    what: PresetSaveOptions, owner: QWidget, folder: str = ""
) -> tuple[SavePresetDialog, list[PresetSaveRequest]]:
    dialog = SavePresetDialog(what, owner)
    wishes: list[PresetSaveRequest] = []
    dialog.save_requested.connect(wishes.append)
    dialog.set_values("Blue", folder, "")
    dialog.open()
    process_events()
    return dialog, wishes


def label_text(dialog: SavePresetDialog, name: str) -> str:
    return find(dialog, QLabel, name).text()


def test_what_is_ticked_stands_on_one_line_with_its_label() -> None:
    owner = QWidget()
    dialog, _wishes = opened(save_options("image", sizes=(10,), pins=2), owner)
    for text, name in (("F&iles", "preset_with_files"), ("&Essentials", "preset_with_pins")):
        [label] = [each for each in dialog.findChildren(QLabel) if each.text() == text]
        box = find(dialog, QCheckBox, name)
        words = label.contentsRect()
        words.setHeight(label.fontMetrics().height())
        middles = [
            each.mapTo(dialog, where.center()).y()
            for each, where in ((label, words), (box, box.rect()))
        ]
        assert abs(middles[0] - middles[1]) <= 1, (text, middles)


def test_it_names_what_will_be_in_it() -> None:
    owner = QWidget()
    dialog, _wishes = opened(save_options("image", "text", *(f"x{at}" for at in range(7))), owner)
    assert (
        label_text(dialog, "preset_content") == "9 inputs: image, text, x0, x1, x2, x3 and 3 more"
    )
    assert not find(dialog, QCheckBox, "preset_with_files").isVisible()
    assert not find(dialog, QCheckBox, "preset_with_pins").isVisible()


def test_what_is_typed_is_handed_over() -> None:
    owner = QWidget()
    dialog, wishes = opened(save_options("text", sizes=(3000, 2000), pins=2), owner)
    find(dialog, QLineEdit, "preset_name").clear()
    QTest.keyClicks(find(dialog, QLineEdit, "preset_name"), "  Night   version ")
    find(dialog, QComboBox, "preset_folder").setEditText(" Moods/Dark/ ")
    find(dialog, QPlainTextEdit, "preset_note").setPlainText("By moonlight.\n")
    press(find(dialog, QCheckBox, "preset_with_files"))
    press(find(dialog, QPushButton, "save_preset_yes"))
    assert wishes == [
        PresetSaveRequest(
            "Night version", "Moods/Dark", "By moonlight.", with_files=True, with_pins=True
        )
    ]


def test_files_are_brought_only_when_asked_and_their_size_is_said() -> None:
    owner = QWidget()
    dialog, wishes = opened(save_options("image", sizes=(3_000_000,)), owner)
    box = find(dialog, QCheckBox, "preset_with_files")
    hints = [each.text() for each in dialog.findChildren(QLabel, "settings_hint")]
    assert not box.isChecked()
    assert any("takes about 3.8 MB" in each for each in hints), hints
    press(find(dialog, QPushButton, "save_preset_yes"))
    assert not wishes[0].with_files


def test_files_that_are_too_large_stay_where_they_are() -> None:
    owner = QWidget()
    dialog, _wishes = opened(save_options("image", sizes=(MAX_FILES_BYTES, 1)), owner)
    assert not find(dialog, QCheckBox, "preset_with_files").isEnabled()
    hints = [each.text() for each in dialog.findChildren(QLabel, "settings_hint")]
    assert any("A preset can bring at most" in each for each in hints), hints


def test_a_name_that_is_taken_gets_a_number_or_its_place() -> None:
    owner = QWidget()
    dialog, wishes = opened(save_options("text"), owner, "Portraits")
    assert label_text(dialog, "preset_name_taken").endswith("The new one will be “Blue 3”.")
    press(find(dialog, QPushButton, "save_preset_yes"))
    assert (wishes[0].name, wishes[0].replaces) == ("Blue 3", "")
    again, wishes = opened(save_options("text"), owner, "Portraits")
    press(find(again, QPushButton, "replace_preset"))
    assert (wishes[0].name, wishes[0].replaces) == ("Blue", "Portraits/Blue.json")
    free, _wishes = opened(save_options("text"), owner)
    assert not find(free, QPushButton, "replace_preset").isVisible()


def test_essentials_alone_are_worth_a_preset_and_nothing_is_not() -> None:
    owner = QWidget()
    dialog, _wishes = opened(save_options(pins=1), owner)
    save = find(dialog, QPushButton, "save_preset_yes")
    assert save.isEnabled()
    press(find(dialog, QCheckBox, "preset_with_pins"))
    assert save.accessibleDescription().startswith("Nothing is changed here")
    find(dialog, QLineEdit, "preset_name").clear()
    assert not save.isEnabled()
