"""Help: diagnostics that show the text they copy, the data folders, and About."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import PySide6
import pytest
from PySide6.QtCore import QPoint, QUrl, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QDialog, QLabel, QWidget
from shiboken6 import isValid

from runcomfy_desktop import __version__
from runcomfy_desktop.domain.diagnostics import Diagnostics, StorageLocation
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.base.external_opener import ExternalOpener
from runcomfy_desktop.ui.base.session_services import InstallationInfo
from runcomfy_desktop.ui.help.about import AboutDialog, source_links
from runcomfy_desktop.ui.help.data_folders import DataFoldersDialog
from runcomfy_desktop.ui.help.diagnostics import DiagnosticsDialog
from runcomfy_desktop.ui.help.help_actions import HelpActions
from runcomfy_desktop.ui.help.help_controller import HelpController
from runcomfy_desktop.ui.widgets.long_text import LongTextView
from runcomfy_desktop.ui.widgets.property_grid import ElidedValueLabel
from tests.gui.support.focus import open_dialog_by_action, shown_dialog
from tests.gui.support.gui_program import GuiProgram, open_program, show_window
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until
from tests.support.emulators import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROMPT = "a lighthouse that nobody must know of"


async def shown_text(program: GuiProgram) -> str:
    text = program.find(LongTextView, "diagnostics_text")
    await wait_until(lambda: not text.is_filling)
    return text.toPlainText()


async def test_what_is_shown_is_what_is_copied(tmp_path: Path) -> None:
    log = tmp_path / "data" / "logs" / "runcomfy-desktop.log"
    log.parent.mkdir(parents=True)
    log.write_text("a line of the log\n")
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("diagnostics")
        await open_dialog_by_action(program, "diagnostics")
        shown = await shown_text(program)
        assert f"RunComfy Desktop: {__version__}" in shown
        assert "Platform: offscreen" in shown
        assert shown.rstrip().endswith("a line of the log")
        await program.press("copy_diagnostics")
        assert QGuiApplication.clipboard().text() == shown
        assert program.find(QLabel, "diagnostics_copied").text() == "Copied."
        box = program.find(QCheckBox, "include_log")
        await program.click(box, QPoint(8, box.height() // 2))
        without = await shown_text(program)
        assert "a line of the log" not in without
        assert program.find(QLabel, "diagnostics_copied").text() == ""
        await program.press("copy_diagnostics")
        assert QGuiApplication.clipboard().text() == without


async def test_a_crash_goes_with_the_log(tmp_path: Path) -> None:
    logs = tmp_path / "data" / "logs"
    logs.mkdir(parents=True)
    (logs / "last-crash.log").write_text("Fatal Python error: Aborted\n")
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("diagnostics")
        await open_dialog_by_action(program, "diagnostics")
        box = program.find(QCheckBox, "include_log")
        assert "crashed" in box.text()
        assert "Fatal Python error: Aborted" in await shown_text(program)
        await program.click(box, QPoint(8, box.height() // 2))
        assert "Fatal" not in await shown_text(program)


async def test_neither_key_nor_prompt_nor_home_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from tests.unit.app.test_logs import logging_to

    monkeypatch.setenv("HOME", str(tmp_path))
    with logging_to(tmp_path / "data" / "logs"):
        async with open_program(tmp_path, faults="status-500:3") as program:
            await program.wait_until_open()
            program.services.draft_editor.edit({InputKey("6", "text"): PROMPT}, "Change the prompt")
            await program.press("run")
            await wait_until(lambda: bool(program.states()) and program.states()[0].is_finished)
            await program.trigger("diagnostics")
            await open_dialog_by_action(program, "diagnostics")
            shown = await shown_text(program)
    assert "The last lines of the log:" in shown
    assert PROMPT not in shown
    assert TOKEN not in shown
    assert str(tmp_path) not in shown
    assert "~" in shown


async def test_each_folder_is_shown_and_opened_there_or_not(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("data_folders")
        await open_dialog_by_action(program, "data_folders")
        paths = {
            key: program.find(ElidedValueLabel, f"path_{key}").text()
            for key in ("data", "settings", "logs", "outputs")
        }
        assert paths["data"] == str(tmp_path / "data")
        assert "in" in program.find(QLabel, "size_data").text()
        assert program.find(QLabel, "size_outputs").text() == "nothing there yet"
        for key in paths:
            await program.press(f"open_{key}")
        await wait_until(lambda: len(program.opened_urls) == 4)
        folders = [paths["data"], paths["data"], paths["logs"], paths["outputs"]]
        assert sorted(program.opened_urls) == sorted(
            QUrl.fromLocalFile(each).toString() for each in folders
        )
        assert (tmp_path / "outputs").is_dir()


async def test_the_menu_needs_no_session_and_offers_updates_only_if_they_are_provided() -> None:
    owner = QWidget()
    actions, inspection = HelpActions(owner), InstallationInfo(Diagnostics, tuple, tuple, ())
    controller = HelpController(owner, actions, ExternalOpener(owner), lambda: inspection)
    assert not actions.check_updates.isVisible()
    controller.check_for_updates()
    assert owner.findChildren(QDialog) == []
    for action, name in (
        (actions.diagnostics, "diagnostics_dialog"),
        (actions.data_folders, "data_folders_dialog"),
        (actions.about, "about_dialog"),
    ):
        assert action.isEnabled()
        action.trigger()
        find(owner, QDialog, name).close()
    # Those of the opener stay.
    await wait_until(lambda: len(owner.findChildren(BackgroundTasks)) == 1)


async def test_only_what_is_in_the_home_folder_is_shown_as_there() -> None:
    places = (
        StorageLocation("data", "Data", "/home/anna/data", 1, 1),
        StorageLocation("outputs", "Results", "/mnt/home/anna/runs", error="Stale file handle"),
    )
    inspection = InstallationInfo(Diagnostics, lambda: places, tuple, ("/home/anna",))
    dialog = DataFoldersDialog(inspection, owner := QWidget())
    await show_window(dialog, 700, 500)
    await wait_until(lambda: dialog.findChild(ElidedValueLabel, "path_outputs") is not None)
    assert find(dialog, ElidedValueLabel, "path_data").text() == "~/data"
    assert find(dialog, ElidedValueLabel, "path_outputs").text() == "/mnt/home/anna/runs"
    why = "cannot be looked at: Stale file handle"
    assert find(dialog, QLabel, "size_outputs").text() == why
    dialog.close()
    await wait_until(lambda: not owner.findChildren(BackgroundTasks))


async def leave(program: GuiProgram) -> None:
    """Closes every dialog, and clears the record of folders and pages opened."""
    for dialog in program.window.findChildren(QDialog):
        dialog.close()
    await wait_until(lambda: shown_dialog(program) is None)
    program.opened_urls.clear()


async def test_dialogs_of_help(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for look in (
            where_there_is_no_log_nothing_is_offered,
            about_names_qt_exactly_and_leads_to_its_source,
            a_dialog_is_open_once,
        ):
            await look(program)
            await leave(program)


async def where_there_is_no_log_nothing_is_offered(program: GuiProgram) -> None:
    await program.trigger("diagnostics")
    await open_dialog_by_action(program, "diagnostics")
    assert not program.is_visible(QCheckBox, "include_log")


async def about_names_qt_exactly_and_leads_to_its_source(program: GuiProgram) -> None:
    await program.trigger("about")
    await open_dialog_by_action(program, "about")
    text = program.find(QLabel, "about_qt").text()
    assert f"Qt {qVersion()} and PySide6 {PySide6.__version__}" in text
    assert "LGPL version 3" in text
    assert "replace" in text
    independent = program.find(QLabel, "about_independent").text()
    assert "not made, endorsed or supported by RunComfy" in independent
    assert "MIT" in independent
    await program.press("qt_source")
    await program.press("pyside_source")
    assert program.opened_urls == [address for _name, address in source_links()]
    assert all(qVersion() in each for each in program.opened_urls)
    await program.press("copy_versions")
    assert __version__ in QGuiApplication.clipboard().text()


async def a_dialog_is_open_once(program: GuiProgram) -> None:
    for action in ("diagnostics", "data_folders", "about"):
        await program.trigger(action)
        await program.trigger(action)
        name = {"diagnostics": "diagnostics_dialog", "about": "about_dialog"}
        wanted = name.get(action, "data_folders_dialog")
        assert len(program.window.findChildren(QWidget, wanted)) == 1


async def test_texts_of_any_length_do_not_stop_the_window() -> None:
    text = "".join(f"{number} <b>not markup</b> {'x' * 60}\n" for number in range(40_000))
    owner = QWidget()
    page = LongTextView("notices", "Components", owner)
    chunks: list[int] = []
    page.document().contentsChange.connect(lambda _at, _removed, added: chunks.append(added))
    page.show_text(text)
    assert page.is_filling, "the window has its turns in between"
    await wait_until(lambda: not page.is_filling)
    assert page.toPlainText() == text
    assert max(chunks) < len(text) / 20


@pytest.mark.parametrize("kind", ["diagnostics", "folders", "about"])
async def test_closing_a_dialog_waits_for_no_disk(kind: str) -> None:
    """A folder on a network may respond after seconds, or never."""
    answers = threading.Event()
    looks = threading.Event()

    def slow() -> tuple[()]:
        looks.set()
        answers.wait(20)
        return ()

    def slow_diagnostics() -> Diagnostics:
        slow()
        return Diagnostics()

    owner = QWidget()
    inspection = InstallationInfo(slow_diagnostics, slow, slow, ("/home/anna",))
    dialogs: dict[str, Callable[[], QDialog]] = {
        "diagnostics": lambda: DiagnosticsDialog(inspection, owner),
        "folders": lambda: DataFoldersDialog(inspection, owner),
        "about": lambda: AboutDialog(inspection.documents, owner),
    }
    dialog = dialogs[kind]()
    try:
        await show_window(dialog, 700, 500)
        await wait_until(looks.is_set)
        dialog.close()
        await wait_until(lambda: not isValid(dialog))
    finally:
        answers.set()
    await wait_until(lambda: not owner.findChildren(BackgroundTasks))
