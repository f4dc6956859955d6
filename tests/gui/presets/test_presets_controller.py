"""Presets in the window: saved, updated, renamed, deleted, exported and imported with real files.

The commands come from the bar, the menus and the list.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
    QMenu,
    QPushButton,
    QToolButton,
)

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.open_draft_commands import set_preset
from runcomfy_desktop.ui.presets.preset_commands import PresetCommands
from runcomfy_desktop.ui.presets.preset_menus import PresetSelectionMenu
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.gui.support.preset_summaries import shipped_preset
from tests.support.async_wait import wait_until
from tests.support.draft_runs import open_file
from tests.support.preset_harness import PresetHarness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.presets.preset import PresetSummary
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.presets.presets_panel import PresetsPanel

K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
BODY = '{"overrides": {"31": {"inputs": {"steps": 9}}}}'


async def ready(program: GuiProgram) -> None:
    """Waits until the first deployment is open and the presets folder has been read."""
    await program.wait_until_open()
    await wait_until(lambda: not program.services.preset_library.state.loading)
    await process_events_async()


def own(program: GuiProgram) -> list[PresetSummary]:
    return [each for each in program.services.preset_library.state.summaries if not each.is_shipped]


def names(program: GuiProgram) -> list[str]:
    return sorted(each.name for each in own(program))


def change(program: GuiProgram, steps: int) -> None:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    key = next(each for each in draft.workflow.input_keys() if each.name == "steps")
    program.services.draft_editor.edit({key: steps}, "Change steps")


def bar(program: GuiProgram) -> str:
    return program.find(QToolButton, "preset").accessibleName()


def action(program: GuiProgram, name: str) -> QAction:
    return next(
        each
        for each in program.window.findChildren(QAction)
        if each.objectName() == f"{name}_action"
    )


async def save_as(program: GuiProgram, name: str, folder: str = "") -> None:
    """Saves the draft in view as a preset called `name`, which must be an unused name."""
    await program.trigger("save_preset_as")
    field = program.find(QLineEdit, "preset_name")
    field.setText(name)
    if folder:
        program.find(QComboBox, "preset_folder").setEditText(folder)
    await program.press("save_preset_yes")
    await wait_until(lambda: bar(program) == f"Preset: {name}")
    program.window.activateWindow()
    await process_events_async()


async def panel(program: GuiProgram) -> PresetsPanel:
    """Opens the list as a user does."""
    await program.trigger("all_presets")
    program.window.activateWindow()
    await process_events_async()
    return program.session.presets_controller.panel


async def menu_entry(program: GuiProgram, list_: PresetsPanel, name: str) -> QAction:
    """Opens the context menu of the selection and returns one of its entries."""
    list_.view.menu_requested.emit(QPoint(10, 10))
    await process_events_async()
    menu = list_.findChildren(QMenu, "preset_selection_menu")[-1]
    found = menu.findChild(QAction, name)
    assert isinstance(found, QAction)
    return found


async def choose(program: GuiProgram, list_: PresetsPanel, name: str) -> None:
    entry = await menu_entry(program, list_, name)
    assert entry.isEnabled()
    entry.trigger()
    for menu in list_.findChildren(QMenu, "preset_selection_menu"):
        menu.close()
    await process_events_async()


# Saving


async def test_what_is_changed_is_saved_under_a_name(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        assert bar(program) == "No preset"
        await program.trigger("save_preset")
        save = program.find(QPushButton, "save_preset_yes")
        nothing = "Nothing is changed here: there is nothing to keep yet."
        assert save.accessibleDescription() == nothing
        await program.press("cancel_save_preset")
        program.window.activateWindow()
        await process_events_async()
        change(program, 7)
        await program.key(K.Key_S, CTRL)
        assert program.find(QLabel, "preset_content").text() == "1 input: steps"
        program.find(QLineEdit, "preset_name").setText("Seven steps")
        program.find(QComboBox, "preset_folder").setEditText("Quick")
        await program.press("save_preset_yes")
        await wait_until(lambda: bar(program) == "Preset: Seven steps")
        (head,) = own(program)
        assert (head.path, head.count) == ("Quick/Seven steps.json", 1)
        text = (tmp_path_of(program) / "Quick" / "Seven steps.json").read_text(encoding="utf-8")
        assert '"value": 7' in text
        assert program.notices() == ["The preset “Seven steps” was saved."]
        await program.trigger("save_preset")
        await wait_until(lambda: "There is nothing to save." in program.notices())


def tmp_path_of(program: GuiProgram) -> Path:
    from pathlib import Path

    return Path(program.services.preset_library.state.root)


async def test_a_change_is_marked_saved_and_can_be_taken_back_in_the_file(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps")
        file = tmp_path_of(program) / "Steps.json"
        before = file.read_bytes()
        change(program, 9)
        await wait_until(lambda: bar(program) == "Preset: Steps, changed since")
        assert program.find(QToolButton, "preset").text().endswith("Steps •")
        await program.key(K.Key_S, CTRL)
        await wait_until(lambda: bar(program) == "Preset: Steps")
        assert b'"value": 9' in file.read_bytes()
        await wait_until(lambda: program.is_visible(QAbstractButton, "notice_action"))
        await program.press("notice_action")
        await wait_until(lambda: file.read_bytes() == before)
        await wait_until(lambda: bar(program) == "Preset: Steps, changed since")


async def test_what_is_saved_is_what_was_in_view_at_the_request(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps")
        change(program, 9)
        draft_editor, file = program.services.draft_editor, tmp_path_of(program) / "Steps.json"
        draft = draft_editor.state.draft
        assert draft is not None
        action(program, "save_preset").trigger()
        # While the file is read, the user moves on to another workflow.
        open_file(draft_editor, draft.workflow, "other.json", "/other.json")
        change(program, 11)
        await wait_until(lambda: b'"value": 9' in file.read_bytes())
        await wait_until(lambda: "The preset “Steps” was saved." in program.notices()[1:])
        assert b'"value": 9' in file.read_bytes()
        assert bar(program) == "No preset"


async def test_an_update_that_drops_inputs_of_the_preset_says_so(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps")
        file = tmp_path_of(program) / "Steps.json"
        received = json.loads(file.read_bytes())
        received["inputs"].append({"node": "990", "class": "Upscale", "input": "scale", "value": 2})
        file.write_text(json.dumps(received))
        await wait_until(lambda: own(program)[0].count == 2)
        change(program, 9)
        await program.trigger("save_preset")
        await wait_until(lambda: len(own(program)) == 2)
        await wait_until(lambda: program.notices().count("The preset “Steps” was saved.") == 2)
        details = [each.detail for each in program.window.notice_line.notices]
        assert "1 input that it had before is not in it any more." in details


async def test_a_name_that_is_taken_is_said_and_can_be_replaced(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps")
        change(program, 9)
        await program.trigger("save_preset_as")
        taken = program.find(QLabel, "preset_name_taken")
        assert taken.text().endswith("The new one will be “Steps 2”.")
        await program.press("save_preset_yes")
        await wait_until(lambda: names(program) == ["Steps", "Steps 2"])
        change(program, 11)
        await program.trigger("save_preset_as")
        program.find(QLineEdit, "preset_name").setText("Steps")
        await program.press("replace_preset")
        file = tmp_path_of(program) / "Steps.json"
        await wait_until(lambda: b'"value": 11' in file.read_bytes())
        assert len(own(program)) == 2
        await wait_until(lambda: bar(program) == "Preset: Steps")


# The preset of the draft in view


async def test_the_draft_follows_its_preset_through_renaming_and_moving(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps")
        await program.trigger("rename_preset")
        field = program.find(QLineEdit, "preset_name_field")
        assert field.text() == "Steps"
        field.setText("Quick steps")
        await program.press("preset_name_yes")
        await wait_until(lambda: bar(program) == "Preset: Quick steps")
        list_ = await panel(program)
        list_.view.select_preset(own(program)[0].path)
        list_.view.menu_requested.emit(QPoint(10, 10))
        await process_events_async()
        menu = list_.findChildren(QMenu, "preset_selection_menu")[-1]
        into = menu.findChild(QMenu, "move_preset_menu")
        assert isinstance(into, QMenu)
        into.actions()[-1].trigger()
        menu.close()
        await process_events_async()
        program.find(QLineEdit, "folder_name_field").setText("Drafts")
        await program.press("folder_name_yes")
        await wait_until(lambda: own(program)[0].folder == "Drafts")
        assert bar(program) == "Preset: Quick steps"
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.preset == own(program)[0].path


async def test_deleting_can_be_undone_and_the_bar_knows(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps")
        list_ = await panel(program)
        list_.view.select_preset(own(program)[0].path)
        list_.view.setFocus()
        await program.key(K.Key_Delete)
        await wait_until(lambda: own(program) == [])
        assert bar(program) == "No preset"
        await wait_until(lambda: program.is_visible(QAbstractButton, "notice_action"))
        await program.press("notice_action")
        await wait_until(lambda: bar(program) == "Preset: Steps")


async def test_stars_and_defaults_are_set_by_the_menus_and_shown(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps")
        await program.trigger("favourite_preset")
        await program.trigger("default_preset")
        assert action(program, "favourite_preset").isChecked()
        assert action(program, "default_preset").isChecked()
        list_ = await panel(program)
        list_.view.select_preset("Steps.json")
        spoken = list_.view.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
        assert spoken.startswith("Steps, Default · 1 input")
        assert "favourite" in spoken
        await choose(program, list_, "favourite")
        await choose(program, list_, "default")
        assert not action(program, "favourite_preset").isChecked()
        assert not program.services.preset_library.state.defaults


async def test_the_menu_of_the_bar_offers_favourites_first(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        for number, name in enumerate(("B", "A")):
            change(program, 7 + number)
            await save_as(program, name)
        program.services.preset_library.set_favourite("B.json", True)
        await process_events_async()
        menu = program.find(QToolButton, "preset").menu()
        assert isinstance(menu, QMenu)
        menu.aboutToShow.emit()
        texts = [each.text() for each in menu.actions() if not each.isSeparator()]
        assert texts[:2] == ["B", "A"]
        checked = [each.text() for each in menu.actions() if each.isChecked()]
        assert checked == ["A"]
        assert action(program, "all_presets").text() in texts


# Import and export


async def test_text_is_copied_out_and_pasted_in(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps")
        list_ = await panel(program)
        list_.view.select_preset("Steps.json")
        list_.view.setFocus()
        await program.key(K.Key_C, CTRL)
        await wait_until(lambda: "The preset is on the clipboard." in program.notices())
        assert json.loads(QApplication.clipboard().text())["name"] == "Steps"
        await program.key(K.Key_V, CTRL)
        await wait_until(lambda: len(own(program)) == 2)
        QApplication.clipboard().setText(BODY)
        await program.trigger("paste_preset")
        await wait_until(lambda: len(own(program)) == 3)
        QApplication.clipboard().clear()
        await program.trigger("paste_preset")
        assert any(
            each.startswith("There is nothing on the clipboard") for each in program.notices()
        )


async def test_files_are_dropped_in_and_a_drag_carries_file_and_text(tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text(BODY, encoding="utf-8")
    async with open_program(tmp_path / "program_data") as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps", "Quick")
        list_ = await panel(program)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(body))])
        list_.view.dropped.emit(data, "Quick")
        await wait_until(lambda: len(own(program)) == 2)
        assert {each.folder for each in own(program)} == {"Quick"}
        head = next(each for each in own(program) if each.name == "Steps")
        list_.view.select_preset(head.path)

        def packed() -> QMimeData:
            return list_.model.mimeData([list_.view.currentIndex()])

        await wait_until(lambda: packed().text().startswith("{"))
        assert json.loads(packed().text())["name"] == "Steps"
        file = packed().urls()[0].toLocalFile()
        assert file == str(tmp_path_of(program) / "Quick" / "Steps.json")
        # Dropped on another folder of the list, it is only moved.
        list_.view.dropped.emit(packed(), "")
        await wait_until(lambda: {each.folder for each in own(program)} == {"Quick", ""})
        assert len(own(program)) == 2


async def test_several_are_exported_into_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    async with open_program(tmp_path / "program_data") as program:
        await ready(program)
        for number, name in enumerate(("One", "Two")):
            change(program, 7 + number)
            await save_as(program, name)
        list_ = await panel(program)
        list_.view.selectAll()
        await choose(program, list_, "export")
        await wait_until(lambda: program.is_visible(QFileDialog, "export_presets_dialog"))
        chooser = program.find(QFileDialog, "export_presets_dialog")
        chooser.fileSelected.emit(str(target))
        chooser.reject()
        await wait_until(
            lambda: {"One.json", "Two.json"} <= {each.name for each in target.iterdir()}
        )


def test_what_came_with_the_program_stays_as_it_is_and_says_so(
    scope: SessionScope, tmp_path: Path
) -> None:
    preset_library = PresetHarness(tmp_path).preset_library
    commands = PresetCommands(scope, preset_library, DraftEditor(), Notices(), str, str)
    summaries = [shipped_preset("Four seasons")]
    menu = PresetSelectionMenu(scope.dialog_parent, summaries, commands, "")
    for name in ("rename", "delete", "reveal"):
        entry = menu.findChild(QAction, name)
        assert isinstance(entry, QAction)
        assert not entry.isEnabled()
        assert entry.statusTip().startswith("It came with the program")
    copies = [menu.findChild(QAction, name) for name in ("duplicate", "export", "copy")]
    assert all(isinstance(each, QAction) and each.isEnabled() for each in copies)


# The window


async def test_names_of_any_length_fit_into_windows_of_any_width(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "A preset whose name goes on and on for most of a line")
        change(program, 9)
        for width in (1024, 1440):
            program.window.resize(width, 700)
            await process_events_async()
            a_long_name_leaves_room_for_the_others(program, width)
        await save_as(program, "Steps")
        change(program, 11)
        await in_a_narrow_window_the_button_is_an_icon_and_keeps_its_mark(program)


def a_long_name_leaves_room_for_the_others(program: GuiProgram, width: int) -> None:
    button, run = program.find(QToolButton, "preset"), program.find(QPushButton, "run")
    assert button.text().endswith("•"), width
    right = run.mapTo(program.window, run.rect().topRight()).x()
    assert right < width
    metrics = button.fontMetrics()
    assert metrics.horizontalAdvance(button.text()) < button.width(), width


async def in_a_narrow_window_the_button_is_an_icon_and_keeps_its_mark(program: GuiProgram) -> None:
    program.window.resize(900, 700)
    await process_events_async()
    button = program.find(QToolButton, "preset")
    await wait_until(lambda: button.text() == "•")
    assert button.accessibleName() == "Preset: Steps, changed since"
    program.window.resize(1200, 700)
    await process_events_async()
    assert button.text() == "Preset: Steps •"


async def test_without_a_session_there_is_nothing_to_choose(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        await panel(program)
        program.end_session()
        await process_events_async()
        assert not program.find(QToolButton, "preset").isEnabled()
        for name in ("save_preset", "save_preset_as", "import_presets", "all_presets"):
            assert not action(program, name).isEnabled()
        program.begin_session()
        await process_events_async()
        assert program.find(QToolButton, "preset").isEnabled()


async def test_what_is_read_when_the_session_ends_is_not_shown_and_what_is_saved_is_written(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        for steps, name in ((7, "One"), (9, "Two")):
            change(program, steps)
            await save_as(program, name)
        preset_library, draft_editor = (
            program.services.preset_library,
            program.services.draft_editor,
        )
        draft = draft_editor.state.draft
        assert draft is not None
        change(program, 11)
        # Nothing is read or written before the window has forgotten the session.
        async with preset_library.disk_queue._lock:
            set_preset(draft_editor, draft.key, "One.json")
            action(program, "save_preset").trigger()
            action(program, "export_preset").trigger()
            await program.trigger("save_preset_as")
            program.find(QLineEdit, "preset_name").setText("Three")
            await program.press("save_preset_yes")
            program.session.preset_apply_controller.apply("Two.json")
            program.end_session()
            await process_events_async()
        notices: list[Notice] = []
        program.services.notices.listen(notices.append)
        await wait_until(lambda: len(notices) == 2)
        await wait_until(lambda: not preset_library.disk_queue.has_pending_writes)
        await process_events_async()
        assert sorted(each.title for each in notices) == [
            "The preset “One” was saved.",
            "The preset “Three” was saved.",
        ]
        for name in ("One", "Three"):
            assert b'"value": 11' in (tmp_path_of(program) / f"{name}.json").read_bytes()
        assert not any(each.isVisible() for each in program.window.findChildren(QDialog))
        button = program.find(QToolButton, "preset")
        assert (button.accessibleName(), button.isEnabled()) == ("No preset", False)
        assert not action(program, "save_preset").isEnabled()


# Applying


async def test_a_deployment_begins_with_its_default_but_never_over_edits(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Steps")
        await program.trigger("default_preset")
        program.services.draft_editor.reset_all()
    async with open_program(tmp_path) as program:
        await ready(program)
        draft_editor = program.services.draft_editor
        await wait_until(lambda: values(program) == [7])
        assert bar(program) == "Preset: Steps"
        assert not program.is_visible(QDialog, "preset_preview_dialog")
        # After an undo it is not applied again, and what is typed then is the user's own.
        await program.trigger("undo")
        assert values(program) == []
        draft_editor.revalidate()
        await process_events_async()
        assert values(program) == []
        change(program, 12)
    async with open_program(tmp_path) as program:
        await ready(program)
        await process_events_async()
        assert values(program) == [12]
        assert bar(program).startswith("Preset: Steps, changed")


def values(program: GuiProgram) -> list[object]:
    draft = program.services.draft_editor.state.draft
    return [] if draft is None else list(draft.changes.values())


async def test_the_folder_is_shown_outside_and_the_palette_leads_to_presets(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await ready(program)
        change(program, 7)
        await save_as(program, "Seven dwarfs", "Quick")
        await program.trigger("reveal_preset")
        quick = QUrl.fromLocalFile(str(tmp_path_of(program) / "Quick")).toString()
        await wait_until(lambda: program.opened_urls == [quick])
        program.services.draft_editor.reset_all()
        await program.trigger("jump")
        box = next(each for each in program.window.findChildren(QLineEdit) if each.hasFocus())
        QTest.keyClicks(box, "dwarfs")
        await program.key(K.Key_Return)
        await wait_until(lambda: program.is_visible(QDialog, "preset_preview_dialog"))
