"""List of presets: folders, order, filter, row texts, keys, clicks and drags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.ui.presets.preset_delegate import star_rect
from runcomfy_desktop.ui.presets.preset_mime import PRESET_PATHS_MIME, dragged_preset_paths
from runcomfy_desktop.ui.presets.presets_model import PresetInUse
from runcomfy_desktop.ui.presets.presets_panel import PresetsPanel
from tests.gui.support import user_input
from tests.gui.support.preset_summaries import (
    library_state,
    many_presets,
    preset_summary,
    shipped_preset,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.core.presets.preset_library import PresetLibraryState

pytestmark = pytest.mark.usefixtures("qapp")

K = Qt.Key
TEXT = Qt.ItemDataRole.DisplayRole
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
NIGHT, BLUE = preset_summary("Night version"), preset_summary("Blue bicycle", note="cobalt")
WIDE, SOFT = (
    preset_summary("Wide shot", "Portraits"),
    preset_summary("Soft light", "Portraits", deployment="sdxl"),
)
NEWER = preset_summary("Tomorrow", "Portraits", problem="It was written by a newer version.")
SEASONS = shipped_preset("Four seasons")
FEW = library_state(
    NIGHT,
    BLUE,
    WIDE,
    SOFT,
    NEWER,
    SEASONS,
    folders=("Empty",),
    favourites=frozenset({WIDE.path}),
    defaults={"id-flux": BLUE.path},
)


def shown(
    state: PresetLibraryState = FEW,
    make_mime_data: Callable[[Sequence[str]], QMimeData] = lambda _paths: QMimeData(),
) -> PresetsPanel:
    panel = PresetsPanel(make_mime_data)
    panel.show_library(state)
    panel.show_in_use(PresetInUse(BLUE.path, is_changed=True), has_draft=True)
    user_input.show(panel, 260, 560)
    return panel


def rows(panel: PresetsPanel, role: Qt.ItemDataRole = TEXT) -> list[str]:
    model = panel.model
    return [str(model.index(row).data(role)) for row in range(model.rowCount())]


def row_index(panel: PresetsPanel, text: str) -> QModelIndex:
    return panel.model.index(rows(panel).index(text))


def filter_box(panel: PresetsPanel) -> QLineEdit:
    return user_input.find(panel, QLineEdit, "presets_filter")


def click(panel: PresetsPanel, at: QPoint, *, twice: bool = False) -> None:
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    if twice:
        QTest.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def accessible_texts(panel: PresetsPanel) -> str:
    return user_input.find(panel, QLabel, "empty_state_text").text()


# Rows


def test_folders_are_headings_and_favourites_come_first_in_them() -> None:
    assert rows(shown()) == [
        "Blue bicycle",
        "Night version",
        "Empty",
        "Portraits",
        "Wide shot",
        "Soft light",
        "Tomorrow",
        "Examples",
        "Four seasons",
    ]


def test_rows_tell_everything_in_words() -> None:
    assert rows(shown(), SPOKEN) == [
        "Blue bicycle, Default · 2 inputs · flux, in use, changed since",
        "Night version, 2 inputs · flux",
        "Empty, folder, 0 presets, open",
        "Portraits, folder, 3 presets, open",
        "Wide shot, 2 inputs · flux, favourite",
        "Soft light, 2 inputs · sdxl",
        "Tomorrow, It was written by a newer version.",
        "Examples, folder, 1 preset, open",
        "Four seasons, Example · 1 input",
    ]


def test_a_name_is_one_line_of_plain_text() -> None:
    panel = shown(library_state(preset_summary("a\n<b>\u202eb", note="<img src=x>")))
    assert rows(panel) == ["a <b>b"]
    assert "&lt;img" in panel.model.index(0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_folder_folds_by_keys_and_by_a_click_and_selection_stays() -> None:
    panel = shown()
    view = panel.view
    view.select_preset(NIGHT.path)
    click(panel, view.visualRect(row_index(panel, "Portraits")).center())
    assert rows(panel)[3:5] == ["Portraits", "Examples"]
    assert [each.path for each in view.selected_presets()] == []
    view.setFocus()
    view.setCurrentIndex(row_index(panel, "Portraits"))
    user_input.key(view, K.Key_Right)
    assert rows(panel)[4] == "Wide shot"
    view.select_preset(SOFT.path)
    user_input.key(view, K.Key_Left)
    assert view.currentIndex().data() == "Portraits"
    user_input.key(view, K.Key_Return)
    assert "Soft light" not in rows(panel)


def test_what_is_selected_stays_so_when_the_library_is_another_one() -> None:
    panel = shown()
    panel.view.select_preset(SOFT.path)
    panel.show_library(library_state(*FEW.summaries[1:], preset_summary("A new one")))
    assert [each.path for each in panel.view.selected_presets()] == [SOFT.path]


# The filter


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("night", ["Night version"]),
        ("portraits soft", ["Portraits", "Soft light"]),
        ("cobalt", ["Blue bicycle"]),
        ("sdxl", ["Portraits", "Soft light"]),
        ("nght", ["Night version"]),
        ("exampl", ["Examples", "Four seasons"]),
    ],
)
def test_the_filter_finds_names_folders_deployments_and_notes(query: str, found: list[str]) -> None:
    panel = shown()
    QTest.keyClicks(filter_box(panel), query)
    assert rows(panel) == found


def test_a_filter_without_hits_says_so_and_can_be_cleared() -> None:
    panel = shown()
    QTest.keyClicks(filter_box(panel), "zebra crossing")
    assert accessible_texts(panel) == "No preset fits “zebra crossing”."
    user_input.press(user_input.find(panel, QPushButton, "empty_state_button"))
    assert filter_box(panel).text() == ""
    assert len(rows(panel)) == 9


def test_from_the_filter_down_leads_to_the_first_hit_and_escape_clears() -> None:
    panel = shown()
    filter_box(panel).setFocus()
    QTest.keyClicks(filter_box(panel), "soft")
    user_input.key(filter_box(panel), K.Key_Down)
    assert [each.name for each in panel.view.selected_presets()] == ["Soft light"]
    assert QApplication.focusWidget() is panel.view
    filter_box(panel).setFocus()
    user_input.key(filter_box(panel), K.Key_Escape)
    assert filter_box(panel).text() == ""


def test_ten_thousand_are_filtered_by_letters_that_lie_apart() -> None:
    panel = shown(many_presets(10_000))
    QTest.keyClicks(filter_box(panel), 'nght "4200"')
    assert rows(panel) == ["Folder 0", "Preset 4200 night"]


# Empty


def test_an_empty_list_says_what_presets_are_and_offers_to_save() -> None:
    panel = shown(library_state())
    spy = QSignalSpy(panel.save_requested)
    assert accessible_texts(panel).startswith("A preset keeps the changes")
    user_input.press(user_input.find(panel, QPushButton, "empty_state_button"))
    assert spy.count() == 1
    panel.show_in_use(PresetInUse(), has_draft=False)
    assert not user_input.find(panel, QPushButton, "empty_state_button").isVisible()


def test_a_folder_that_cannot_be_read_is_named_and_leads_to_the_settings() -> None:
    gone = Problem("The presets' folder is not there.", "The disk may be away.")
    panel = shown(library_state(problem=gone))
    spy = QSignalSpy(panel.settings_requested)
    assert accessible_texts(panel).startswith("The presets' folder is not there.")
    user_input.press(user_input.find(panel, QPushButton, "empty_state_button"))
    assert spy.count() == 1


# Commands


def test_enter_double_click_and_button_apply() -> None:
    panel = shown()
    applied = QSignalSpy(panel.apply_requested)
    view = panel.view
    click(panel, view.visualRect(row_index(panel, "Night version")).center(), twice=True)
    view.select_preset(SOFT.path)
    user_input.key(view, K.Key_Return)
    user_input.press(user_input.find(panel, QPushButton, "apply_preset"))
    assert [applied.at(at)[0] for at in range(applied.count())] == [
        NIGHT.path,
        SOFT.path,
        SOFT.path,
    ]


def test_what_the_program_chooses_is_chosen_alone_whatever_key_is_held() -> None:
    panel = shown()
    panel.view.select_preset(NIGHT.path)
    held = Qt.KeyboardModifier.ControlModifier
    at = panel.view.visualRect(panel.model.index_of(BLUE.path)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, held, at)
    assert len(panel.view.selected_presets()) == 2
    panel.show_preset(SOFT.path)
    assert [each.path for each in panel.view.selected_presets()] == [SOFT.path]


def test_the_button_says_why_it_cannot_apply() -> None:
    panel = shown()
    button = user_input.find(panel, QPushButton, "apply_preset")
    assert (button.isEnabled(), button.accessibleDescription()) == (
        False,
        "Select one preset to apply it.",
    )
    panel.view.select_preset(NEWER.path)
    assert button.accessibleDescription() == "It was written by a newer version."
    panel.view.select_preset(SOFT.path)
    panel.show_in_use(PresetInUse(), has_draft=False)
    assert button.accessibleDescription().startswith("Open a workflow first")


def test_a_star_is_a_button_of_its_own() -> None:
    panel = shown()
    starred, applied = QSignalSpy(panel.view.favourite_toggled), QSignalSpy(panel.apply_requested)
    for name in ("Night version", "Wide shot"):
        at = star_rect(panel.view.visualRect(row_index(panel, name))).center()
        click(panel, at)
    assert [starred.at(at) for at in range(starred.count())] == [
        [NIGHT.path, True],
        [WIDE.path, False],
    ]
    assert panel.view.selected_presets() == []
    assert applied.count() == 0


def test_f2_renames_in_place_what_may_be_renamed() -> None:
    panel = shown()
    renamed = QSignalSpy(panel.model.rename_requested)
    panel.view.setFocus()
    panel.view.select_preset(NIGHT.path)
    user_input.key(panel.view, K.Key_F2)
    field = user_input.find(panel, QLineEdit, "preset_name_editor")
    assert field.text() == "Night version"
    field.selectAll()
    QTest.keyClicks(field, "  Dusk ")
    user_input.key(field, K.Key_Return)
    assert [renamed.at(at) for at in range(renamed.count())] == [[NIGHT.path, "Dusk"]]
    for path in (SEASONS.path, NEWER.path):
        panel.view.select_preset(path)
        user_input.key(panel.view, K.Key_F2)
        user_input.process_events()
        assert not [
            each
            for each in panel.findChildren(QLineEdit)
            if each.objectName() == "preset_name_editor" and each.isVisible()
        ]


def test_keys_of_the_list_delete_copy_and_paste() -> None:
    panel = shown()
    view = panel.view
    spies = [
        QSignalSpy(each)
        for each in (view.delete_requested, view.copy_requested, view.paste_requested)
    ]
    view.setFocus()
    view.select_preset(NIGHT.path)
    user_input.key(view, K.Key_Delete)
    user_input.key(view, K.Key_C, Qt.KeyboardModifier.ControlModifier)
    user_input.key(view, K.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [each.count() for each in spies] == [1, 1, 1]


def test_a_right_click_selects_the_row_below_it_unless_it_is_selected() -> None:
    panel = shown()
    view = panel.view
    spy = QSignalSpy(panel.menu_requested)

    def right_click(name: str) -> None:
        at = view.visualRect(row_index(panel, name)).center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at))
        QApplication.sendEvent(view.viewport(), event)

    right_click("Night version")
    assert [each.name for each in view.selected_presets()] == ["Night version"]
    view.selectAll()
    right_click("Soft light")
    assert len(view.selected_presets()) == 6
    assert spy.count() == 2


# Drags


def test_a_drag_carries_what_the_controller_packs_for_its_presets() -> None:
    packed: list[Sequence[str]] = []

    def pack(paths: Sequence[str]) -> QMimeData:
        packed.append(paths)
        return QMimeData()

    panel = shown(make_mime_data=pack)
    panel.model.mimeData([row_index(panel, "Portraits"), row_index(panel, "Soft light")])
    assert packed == [[SOFT.path]]


def drop(panel: PresetsPanel, data: QMimeData, at: QPoint, on: QWidget | None = None) -> bool:
    view = on or panel.view.viewport()
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    entered = QDragEnterEvent(at, copy, data, left, none)
    QApplication.sendEvent(view, entered)
    if entered.isAccepted():
        QApplication.sendEvent(view, QDropEvent(QPointF(at), copy, data, left, none))
    return entered.isAccepted()


def test_what_is_dropped_is_dropped_into_the_folder_there() -> None:
    panel = shown()
    dropped = QSignalSpy(panel.view.dropped)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/somewhere/a.json")])
    rect = panel.view.visualRect
    for name in ("Portraits", "Soft light", "Night version", "Four seasons"):
        assert drop(panel, data, rect(row_index(panel, name)).center())
    assert [dropped.at(at)[1] for at in range(dropped.count())] == [
        "Portraits",
        "Portraits",
        "",
        "",
    ]
    picture = QMimeData()
    picture.setData("image/png", b"x")
    assert not drop(panel, picture, QPoint(20, 20))


def test_where_there_are_no_presets_yet_some_can_be_dropped_all_the_same() -> None:
    panel = shown(library_state())
    dropped = QSignalSpy(panel.view.dropped)
    data = QMimeData()
    data.setText("curl https://api.runcomfy.net")
    assert drop(panel, data, QPoint(100, 200), panel)
    assert dropped.at(0)[1] == ""


@pytest.mark.parametrize("packed", [b"", b"{", b"[" * 5000, b"{}", b"[1, null]", b"\xff"])
def test_a_drag_that_only_looks_like_ours_holds_nothing(packed: bytes) -> None:
    data = QMimeData()
    data.setData(PRESET_PATHS_MIME, packed)
    assert dragged_preset_paths(data) == []
    data.setData(PRESET_PATHS_MIME, json.dumps(["a.json", 3]).encode())
    assert dragged_preset_paths(data) == ["a.json"]
