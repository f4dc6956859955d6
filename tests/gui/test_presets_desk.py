"""Presets in the window: saved, updated, renamed, deleted, given away and taken in, by bar, menus
and list, with real files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPushButton,
    QToolButton,
)

from runcomfy_desktop.ui.presets.deeds import PresetDeeds
from runcomfy_desktop.ui.presets.desk import PresetsDesk
from runcomfy_desktop.ui.presets.menu import SelectionMenu
from tests.gui.support.heads import shipped
from tests.gui.support.house import House, open_house, turn
from tests.support.until import until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.preset.preset import PresetHead
    from runcomfy_desktop.ui.presets.panel import PresetsPanel

K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
BODY = '{"overrides": {"31": {"inputs": {"steps": 9}}}}'


async def ready(house: House) -> None:
    """The first deployment is open and the folder looked through."""
    await house.until_open()
    await until(lambda: not house.parts.library.state.loading)
    await turn()


def own(house: House) -> list[PresetHead]:
    return [each for each in house.parts.library.state.heads if not each.is_shipped]


def names(house: House) -> list[str]:
    return sorted(each.name for each in own(house))


def change(house: House, steps: int) -> None:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    key = next(each for each in draft.workflow.input_keys() if each.name == "steps")
    house.parts.workbench.edit({key: steps}, "Change steps")


def bar(house: House) -> str:
    return house.find(QToolButton, "preset").accessibleName()


def action(house: House, name: str) -> QAction:
    return next(
        each for each in house.window.findChildren(QAction) if each.objectName() == f"{name}_action"
    )


async def save_as(house: House, name: str, folder: str = "") -> None:
    """Saves the draft in view under a name that is free."""
    await house.trigger("save_preset_as")
    field = house.find(QLineEdit, "preset_name")
    field.setText(name)
    if folder:
        house.find(QComboBox, "preset_folder").setEditText(folder)
    await house.press("save_preset_yes")
    await until(lambda: bar(house) == f"Preset: {name}")
    house.window.activateWindow()
    await turn()


async def panel(house: House) -> PresetsPanel:
    """The list, brought up as a person does."""
    await house.trigger("all_presets")
    house.window.activateWindow()
    await turn()
    desk = next(each for each in house.window.findChildren(PresetsDesk))
    assert desk.panel is not None
    return desk.panel


async def menu_entry(house: House, list_: PresetsPanel, name: str) -> QAction:
    """An entry of the context menu of what is selected, which is open then."""
    list_.view.menu_wished.emit(QPoint(10, 10))
    await turn()
    menu = list_.findChildren(QMenu, "preset_selection_menu")[-1]
    found = menu.findChild(QAction, name)
    assert isinstance(found, QAction)
    return found


async def choose(house: House, list_: PresetsPanel, name: str) -> None:
    entry = await menu_entry(house, list_, name)
    assert entry.isEnabled()
    entry.trigger()
    for menu in list_.findChildren(QMenu, "preset_selection_menu"):
        menu.close()
    await turn()


# Saving


async def test_what_is_changed_is_saved_under_a_name(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        assert bar(house) == "No preset"
        await house.trigger("save_preset")
        save = house.find(QPushButton, "save_preset_yes")
        nothing = "Nothing is changed here: there is nothing to keep yet."
        assert save.accessibleDescription() == nothing
        await house.press("cancel_save_preset")
        house.window.activateWindow()
        await turn()
        change(house, 7)
        await house.key(K.Key_S, CTRL)
        assert house.find(QLabel, "preset_content").text() == "1 input: steps"
        house.find(QLineEdit, "preset_name").setText("Seven steps")
        house.find(QComboBox, "preset_folder").setEditText("Quick")
        await house.press("save_preset_yes")
        await until(lambda: bar(house) == "Preset: Seven steps")
        (head,) = own(house)
        assert (head.path, head.count) == ("Quick/Seven steps.json", 1)
        text = (tmp_path_of(house) / "Quick" / "Seven steps.json").read_text(encoding="utf-8")
        assert '"value": 7' in text
        assert house.notices() == ["The preset “Seven steps” was saved."]
        await house.trigger("save_preset")
        await until(lambda: "There is nothing to save." in house.notices())


def tmp_path_of(house: House) -> Path:
    from pathlib import Path

    return Path(house.parts.library.state.root)


async def test_a_change_is_marked_saved_and_can_be_taken_back_in_the_file(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps")
        file = tmp_path_of(house) / "Steps.json"
        before = file.read_bytes()
        change(house, 9)
        await until(lambda: bar(house) == "Preset: Steps, changed since")
        assert house.find(QToolButton, "preset").text().endswith("Steps •")
        await house.key(K.Key_S, CTRL)
        await until(lambda: bar(house) == "Preset: Steps")
        assert b'"value": 9' in file.read_bytes()
        await until(lambda: house.there(QAbstractButton, "notice_action"))
        await house.press("notice_action")
        await until(lambda: file.read_bytes() == before)
        await until(lambda: bar(house) == "Preset: Steps, changed since")


async def test_what_is_saved_is_what_was_in_view_at_the_wish(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps")
        change(house, 9)
        bench, file = house.parts.workbench, tmp_path_of(house) / "Steps.json"
        draft = bench.state.draft
        assert draft is not None
        action(house, "save_preset").trigger()
        # While the file is read somebody goes on to something else.
        open_file(bench, draft.workflow, "other.json", "/other.json")
        change(house, 11)
        await until(lambda: b'"value": 9' in file.read_bytes())
        await until(lambda: "The preset “Steps” was saved." in house.notices()[1:])
        assert b'"value": 9' in file.read_bytes()
        assert bar(house) == "No preset"


async def test_an_update_that_drops_inputs_of_the_preset_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps")
        file = tmp_path_of(house) / "Steps.json"
        told = json.loads(file.read_bytes())
        told["inputs"].append({"node": "990", "class": "Upscale", "input": "scale", "value": 2})
        file.write_text(json.dumps(told))
        await until(lambda: own(house)[0].count == 2)
        change(house, 9)
        await house.trigger("save_preset")
        await until(lambda: len(own(house)) == 2)
        await until(lambda: house.notices().count("The preset “Steps” was saved.") == 2)
        details = [each.detail for each in house.window.notice_line.notices]
        assert "1 input that it had before is not in it any more." in details


async def test_a_name_that_is_taken_is_said_and_can_be_replaced(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps")
        change(house, 9)
        await house.trigger("save_preset_as")
        taken = house.find(QLabel, "preset_name_taken")
        assert taken.text().endswith("The new one will be “Steps 2”.")
        await house.press("save_preset_yes")
        await until(lambda: names(house) == ["Steps", "Steps 2"])
        change(house, 11)
        await house.trigger("save_preset_as")
        house.find(QLineEdit, "preset_name").setText("Steps")
        await house.press("replace_preset")
        file = tmp_path_of(house) / "Steps.json"
        await until(lambda: b'"value": 11' in file.read_bytes())
        assert len(own(house)) == 2
        await until(lambda: bar(house) == "Preset: Steps")


# The preset of the draft in view


async def test_the_draft_follows_its_preset_through_renaming_and_moving(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps")
        await house.trigger("rename_preset")
        field = house.find(QLineEdit, "preset_name_field")
        assert field.text() == "Steps"
        field.setText("Quick steps")
        await house.press("preset_name_yes")
        await until(lambda: bar(house) == "Preset: Quick steps")
        list_ = await panel(house)
        list_.view.choose(own(house)[0].path)
        list_.view.menu_wished.emit(QPoint(10, 10))
        await turn()
        menu = list_.findChildren(QMenu, "preset_selection_menu")[-1]
        into = menu.findChild(QMenu, "move_preset_menu")
        assert isinstance(into, QMenu)
        into.actions()[-1].trigger()
        menu.close()
        await turn()
        house.find(QLineEdit, "folder_name_field").setText("Drafts")
        await house.press("folder_name_yes")
        await until(lambda: own(house)[0].folder == "Drafts")
        assert bar(house) == "Preset: Quick steps"
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.preset == own(house)[0].path


async def test_deleting_can_be_undone_and_the_bar_knows(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps")
        list_ = await panel(house)
        list_.view.choose(own(house)[0].path)
        list_.view.setFocus()
        await house.key(K.Key_Delete)
        await until(lambda: own(house) == [])
        assert bar(house) == "No preset"
        await until(lambda: house.there(QAbstractButton, "notice_action"))
        await house.press("notice_action")
        await until(lambda: bar(house) == "Preset: Steps")


async def test_stars_and_defaults_are_set_by_the_menus_and_shown(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps")
        await house.trigger("favourite_preset")
        await house.trigger("default_preset")
        assert action(house, "favourite_preset").isChecked()
        assert action(house, "default_preset").isChecked()
        list_ = await panel(house)
        list_.view.choose("Steps.json")
        spoken = list_.view.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
        assert spoken.startswith("Steps, Default · 1 input")
        assert "favourite" in spoken
        await choose(house, list_, "favourite")
        await choose(house, list_, "default")
        assert not action(house, "favourite_preset").isChecked()
        assert not house.parts.library.state.defaults


async def test_the_menu_of_the_bar_offers_favourites_first(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        for number, name in enumerate(("B", "A")):
            change(house, 7 + number)
            await save_as(house, name)
        house.parts.library.set_favourite("B.json", True)
        await turn()
        menu = house.find(QToolButton, "preset").menu()
        assert isinstance(menu, QMenu)
        menu.aboutToShow.emit()
        texts = [each.text() for each in menu.actions() if not each.isSeparator()]
        assert texts[:2] == ["B", "A"]
        checked = [each.text() for each in menu.actions() if each.isChecked()]
        assert checked == ["A"]
        assert action(house, "all_presets").text() in texts


# In and out


async def test_text_is_copied_out_and_pasted_in(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps")
        list_ = await panel(house)
        list_.view.choose("Steps.json")
        list_.view.setFocus()
        await house.key(K.Key_C, CTRL)
        await until(lambda: "The preset is on the clipboard." in house.notices())
        assert json.loads(QApplication.clipboard().text())["name"] == "Steps"
        await house.key(K.Key_V, CTRL)
        await until(lambda: len(own(house)) == 2)
        QApplication.clipboard().setText(BODY)
        await house.trigger("paste_preset")
        await until(lambda: len(own(house)) == 3)
        QApplication.clipboard().clear()
        await house.trigger("paste_preset")
        assert any(each.startswith("There is nothing on the clipboard") for each in house.notices())


async def test_files_are_dropped_in_and_a_drag_carries_file_and_text(tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text(BODY, encoding="utf-8")
    async with open_house(tmp_path / "house") as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps", "Quick")
        list_ = await panel(house)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(body))])
        list_.view.dropped.emit(data, "Quick")
        await until(lambda: len(own(house)) == 2)
        assert {each.folder for each in own(house)} == {"Quick"}
        head = next(each for each in own(house) if each.name == "Steps")
        list_.view.choose(head.path)

        def packed() -> QMimeData:
            return list_.model.mimeData([list_.view.currentIndex()])

        await until(lambda: packed().text().startswith("{"))
        assert json.loads(packed().text())["name"] == "Steps"
        file = packed().urls()[0].toLocalFile()
        assert file == str(tmp_path_of(house) / "Quick" / "Steps.json")
        # Let go on another folder of the list, it only moves.
        list_.view.dropped.emit(packed(), "")
        await until(lambda: {each.folder for each in own(house)} == {"Quick", ""})
        assert len(own(house)) == 2


async def test_several_are_exported_into_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    async with open_house(tmp_path / "house") as house:
        await ready(house)
        for number, name in enumerate(("One", "Two")):
            change(house, 7 + number)
            await save_as(house, name)
        list_ = await panel(house)
        list_.view.selectAll()
        await choose(house, list_, "export")
        await until(lambda: house.there(QFileDialog, "export_presets_dialog"))
        chooser = house.find(QFileDialog, "export_presets_dialog")
        chooser.fileSelected.emit(str(target))
        chooser.reject()
        await until(lambda: {"One.json", "Two.json"} <= {each.name for each in target.iterdir()})


@pytest.mark.usefixtures("qapp")
def test_what_came_with_the_program_stays_as_it_is_and_says_so() -> None:
    window = QMainWindow()
    menu = SelectionMenu(window, [shipped("Four seasons")], PresetDeeds(window, str), "")
    for name in ("rename", "delete", "reveal"):
        entry = menu.findChild(QAction, name)
        assert isinstance(entry, QAction)
        assert not entry.isEnabled()
        assert entry.statusTip().startswith("It came with the program")
    copies = [menu.findChild(QAction, name) for name in ("duplicate", "export", "copy")]
    assert all(isinstance(each, QAction) and each.isEnabled() for each in copies)


# The window


async def test_names_of_any_length_fit_into_windows_of_any_width(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "A preset whose name goes on and on for most of a line")
        change(house, 9)
        for width in (1024, 1440):
            house.window.resize(width, 700)
            await turn()
            a_long_name_leaves_room_for_the_others(house, width)
        await save_as(house, "Steps")
        change(house, 11)
        await in_a_narrow_window_the_button_is_an_icon_and_keeps_its_mark(house)


def a_long_name_leaves_room_for_the_others(house: House, width: int) -> None:
    button, run = house.find(QToolButton, "preset"), house.find(QPushButton, "run")
    assert button.text().endswith("•"), width
    right = run.mapTo(house.window, run.rect().topRight()).x()
    assert right < width
    metrics = button.fontMetrics()
    assert metrics.horizontalAdvance(button.text()) < button.width(), width


async def in_a_narrow_window_the_button_is_an_icon_and_keeps_its_mark(house: House) -> None:
    house.window.resize(900, 700)
    await turn()
    button = house.find(QToolButton, "preset")
    await until(lambda: button.text() == "•")
    assert button.accessibleName() == "Preset: Steps, changed since"
    house.window.resize(1200, 700)
    await turn()
    assert button.text() == "Preset: Steps •"


async def test_without_a_session_there_is_nothing_to_choose(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        await panel(house)
        house.window.detach()
        await turn()
        assert not house.find(QToolButton, "preset").isEnabled()
        for name in ("save_preset", "save_preset_as", "import_presets", "all_presets"):
            assert not action(house, name).isEnabled()
        house.window.attach(house.parts)
        await turn()
        assert house.find(QToolButton, "preset").isEnabled()


# Applying


async def test_a_deployment_begins_with_its_default_but_never_over_edits(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Steps")
        await house.trigger("default_preset")
        house.parts.workbench.reset_all()
    async with open_house(tmp_path) as house:
        await ready(house)
        bench = house.parts.workbench
        await until(lambda: values(house) == [7])
        assert bar(house) == "Preset: Steps"
        assert not house.there(QDialog, "preset_preview_dialog")
        # Taken back, it stays so, and what is typed then is the person's own.
        await house.trigger("undo")
        assert values(house) == []
        bench.look_again()
        await turn()
        assert values(house) == []
        change(house, 12)
    async with open_house(tmp_path) as house:
        await ready(house)
        await turn()
        assert values(house) == [12]
        assert bar(house).startswith("Preset: Steps, changed")


def values(house: House) -> list[object]:
    draft = house.parts.workbench.state.draft
    return [] if draft is None else list(draft.changes.values())


async def test_the_folder_is_shown_outside_and_the_palette_leads_to_presets(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await ready(house)
        change(house, 7)
        await save_as(house, "Seven dwarfs", "Quick")
        await house.trigger("reveal_preset")
        quick = QUrl.fromLocalFile(str(tmp_path_of(house) / "Quick")).toString()
        await until(lambda: house.opened == [quick])
        house.parts.workbench.reset_all()
        await house.trigger("jump")
        box = next(each for each in house.window.findChildren(QLineEdit) if each.hasFocus())
        QTest.keyClicks(box, "dwarfs")
        await house.key(K.Key_Return)
        await until(lambda: house.there(QDialog, "preset_preview_dialog"))
