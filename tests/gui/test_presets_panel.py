"""The list of presets: its folders and order, its filter, what rows say, keys, clicks and drags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.ui.presets.exchange import OWN, own_paths
from runcomfy_desktop.ui.presets.model import Use
from runcomfy_desktop.ui.presets.painting import star_place
from runcomfy_desktop.ui.presets.panel import PresetsPanel
from tests.gui.support import hands
from tests.gui.support.heads import head, library, many, shipped

if TYPE_CHECKING:
    from runcomfy_desktop.core.library import LibraryState

pytestmark = pytest.mark.usefixtures("qapp")

K = Qt.Key
TEXT = Qt.ItemDataRole.DisplayRole
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
NIGHT, BLUE = head("Night version"), head("Blue bicycle", note="cobalt")
WIDE, SOFT = head("Wide shot", "Portraits"), head("Soft light", "Portraits", deployment="sdxl")
NEWER = head("Tomorrow", "Portraits", problem="It was written by a newer version.")
SEASONS = shipped("Four seasons")
FEW = library(
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


def shown(state: LibraryState = FEW) -> PresetsPanel:
    panel = PresetsPanel()
    panel.show_library(state)
    panel.show_use(Use(BLUE.path, is_changed=True), has_draft=True)
    hands.show(panel, 260, 560)
    return panel


def rows(panel: PresetsPanel, role: Qt.ItemDataRole = TEXT) -> list[str]:
    model = panel.model
    return [str(model.index(row).data(role)) for row in range(model.rowCount())]


def place(panel: PresetsPanel, text: str) -> QModelIndex:
    return panel.model.index(rows(panel).index(text))


def filter_box(panel: PresetsPanel) -> QLineEdit:
    return hands.find(panel, QLineEdit, "presets_filter")


def click(panel: PresetsPanel, at: QPoint, *, twice: bool = False) -> None:
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    if twice:
        QTest.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def said(panel: PresetsPanel) -> str:
    return hands.find(panel, QLabel, "empty_state_text").text()


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
    panel = shown(library(head("a\n<b>\u202eb", note="<img src=x>")))
    assert rows(panel) == ["a <b>b"]
    assert "&lt;img" in panel.model.index(0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_folder_folds_by_keys_and_by_a_click_and_selection_stays() -> None:
    panel = shown()
    view = panel.view
    view.choose(NIGHT.path)
    click(panel, view.visualRect(place(panel, "Portraits")).center())
    assert rows(panel)[3:5] == ["Portraits", "Examples"]
    assert [each.path for each in view.chosen()] == []
    view.setFocus()
    view.setCurrentIndex(place(panel, "Portraits"))
    hands.key(view, K.Key_Right)
    assert rows(panel)[4] == "Wide shot"
    view.choose(SOFT.path)
    hands.key(view, K.Key_Left)
    assert view.currentIndex().data() == "Portraits"
    hands.key(view, K.Key_Return)
    assert "Soft light" not in rows(panel)


def test_what_is_selected_stays_so_when_the_library_is_another_one() -> None:
    panel = shown()
    panel.view.choose(SOFT.path)
    panel.show_library(library(*FEW.heads[1:], head("A new one")))
    assert [each.path for each in panel.view.chosen()] == [SOFT.path]


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
    assert said(panel) == "No preset fits “zebra crossing”."
    hands.press(hands.find(panel, QPushButton, "empty_state_button"))
    assert filter_box(panel).text() == ""
    assert len(rows(panel)) == 9


def test_from_the_filter_down_leads_to_the_first_hit_and_escape_clears() -> None:
    panel = shown()
    filter_box(panel).setFocus()
    QTest.keyClicks(filter_box(panel), "soft")
    hands.key(filter_box(panel), K.Key_Down)
    assert [each.name for each in panel.view.chosen()] == ["Soft light"]
    assert QApplication.focusWidget() is panel.view
    filter_box(panel).setFocus()
    hands.key(filter_box(panel), K.Key_Escape)
    assert filter_box(panel).text() == ""


def test_ten_thousand_are_filtered_by_letters_that_lie_apart() -> None:
    panel = shown(many(10_000))
    QTest.keyClicks(filter_box(panel), 'nght "4200"')
    assert rows(panel) == ["Folder 0", "Preset 4200 night"]


# Empty


def test_an_empty_list_says_what_presets_are_and_offers_to_save() -> None:
    panel = shown(library())
    wished = QSignalSpy(panel.save_wished)
    assert said(panel).startswith("A preset keeps the changes")
    hands.press(hands.find(panel, QPushButton, "empty_state_button"))
    assert wished.count() == 1
    panel.show_use(Use(), has_draft=False)
    assert not hands.find(panel, QPushButton, "empty_state_button").isVisible()


def test_a_folder_that_cannot_be_read_is_named_and_leads_to_the_settings() -> None:
    gone = Problem("The presets' folder is not there.", "The disk may be away.")
    panel = shown(library(problem=gone))
    wished = QSignalSpy(panel.settings_wished)
    assert said(panel).startswith("The presets' folder is not there.")
    hands.press(hands.find(panel, QPushButton, "empty_state_button"))
    assert wished.count() == 1


# Deeds


def test_enter_double_click_and_button_apply() -> None:
    panel = shown()
    applied = QSignalSpy(panel.applied)
    view = panel.view
    click(panel, view.visualRect(place(panel, "Night version")).center(), twice=True)
    view.choose(SOFT.path)
    hands.key(view, K.Key_Return)
    hands.press(hands.find(panel, QPushButton, "apply_preset"))
    assert [applied.at(at)[0] for at in range(applied.count())] == [
        NIGHT.path,
        SOFT.path,
        SOFT.path,
    ]


def test_what_the_program_chooses_is_chosen_alone_whatever_key_is_held() -> None:
    panel = shown()
    panel.view.choose(NIGHT.path)
    held = Qt.KeyboardModifier.ControlModifier
    at = panel.view.visualRect(panel.model.index_of(BLUE.path)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, held, at)
    assert len(panel.view.chosen()) == 2
    panel.show_preset(SOFT.path)
    assert [each.path for each in panel.view.chosen()] == [SOFT.path]


def test_the_button_says_why_it_cannot_apply() -> None:
    panel = shown()
    button = hands.find(panel, QPushButton, "apply_preset")
    assert (button.isEnabled(), button.accessibleDescription()) == (
        False,
        "Select one preset to apply it.",
    )
    panel.view.choose(NEWER.path)
    assert button.accessibleDescription() == "It was written by a newer version."
    panel.view.choose(SOFT.path)
    panel.show_use(Use(), has_draft=False)
    assert button.accessibleDescription().startswith("Open a workflow first")


def test_a_star_is_a_button_of_its_own() -> None:
    panel = shown()
    starred, applied = QSignalSpy(panel.view.starred), QSignalSpy(panel.applied)
    for name in ("Night version", "Wide shot"):
        at = star_place(panel.view.visualRect(place(panel, name))).center()
        click(panel, at)
    assert [starred.at(at) for at in range(starred.count())] == [
        [NIGHT.path, True],
        [WIDE.path, False],
    ]
    assert panel.view.chosen() == []
    assert applied.count() == 0


def test_f2_renames_in_place_what_may_be_renamed() -> None:
    panel = shown()
    renamed = QSignalSpy(panel.model.rename_wished)
    panel.view.setFocus()
    panel.view.choose(NIGHT.path)
    hands.key(panel.view, K.Key_F2)
    field = hands.find(panel, QLineEdit, "preset_name_editor")
    assert field.text() == "Night version"
    field.selectAll()
    QTest.keyClicks(field, "  Dusk ")
    hands.key(field, K.Key_Return)
    assert [renamed.at(at) for at in range(renamed.count())] == [[NIGHT.path, "Dusk"]]
    for path in (SEASONS.path, NEWER.path):
        panel.view.choose(path)
        hands.key(panel.view, K.Key_F2)
        hands.settle()
        assert not [
            each
            for each in panel.findChildren(QLineEdit)
            if each.objectName() == "preset_name_editor" and each.isVisible()
        ]


def test_keys_of_the_list_delete_copy_and_paste() -> None:
    panel = shown()
    view = panel.view
    spies = [
        QSignalSpy(each) for each in (view.deletion_wished, view.copy_wished, view.paste_wished)
    ]
    view.setFocus()
    view.choose(NIGHT.path)
    hands.key(view, K.Key_Delete)
    hands.key(view, K.Key_C, Qt.KeyboardModifier.ControlModifier)
    hands.key(view, K.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [each.count() for each in spies] == [1, 1, 1]


def test_a_right_click_selects_the_row_below_it_unless_it_is_selected() -> None:
    panel = shown()
    view = panel.view
    wished = QSignalSpy(panel.menu_wished)

    def right_click(name: str) -> None:
        at = view.visualRect(place(panel, name)).center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at))
        QApplication.sendEvent(view.viewport(), event)

    right_click("Night version")
    assert [each.name for each in view.chosen()] == ["Night version"]
    view.selectAll()
    right_click("Soft light")
    assert len(view.chosen()) == 6
    assert wished.count() == 2


# Drags


def test_a_drag_carries_what_the_desk_packs_for_its_presets() -> None:
    panel = shown()
    packed: list[list[str]] = []

    def pack(paths: list[str]) -> QMimeData:
        packed.append(paths)
        return QMimeData()

    panel.model.mime_of = pack  # type: ignore[assignment]
    panel.model.mimeData([place(panel, "Portraits"), place(panel, "Soft light")])
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
        assert drop(panel, data, rect(place(panel, name)).center())
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
    panel = shown(library())
    dropped = QSignalSpy(panel.view.dropped)
    data = QMimeData()
    data.setText("curl https://api.runcomfy.net")
    assert drop(panel, data, QPoint(100, 200), panel)
    assert dropped.at(0)[1] == ""


@pytest.mark.parametrize("packed", [b"", b"{", b"[" * 5000, b"{}", b"[1, null]", b"\xff"])
def test_a_drag_that_only_looks_like_ours_holds_nothing(packed: bytes) -> None:
    data = QMimeData()
    data.setData(OWN, packed)
    assert own_paths(data) == []
    data.setData(OWN, json.dumps(["a.json", 3]).encode())
    assert own_paths(data) == ["a.json"]
