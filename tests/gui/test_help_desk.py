"""Help: diagnostics that show what they copy, the folders, and what this program is built on."""

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
from runcomfy_desktop.domain.diagnostics import Findings, Place
from runcomfy_desktop.ui.dialogs.about import AboutDialog, sources
from runcomfy_desktop.ui.dialogs.data_folders import DataFoldersDialog
from runcomfy_desktop.ui.dialogs.diagnostics import DiagnosticsDialog
from runcomfy_desktop.ui.outputs.background import Background
from runcomfy_desktop.ui.parts import Inspection
from runcomfy_desktop.ui.widgets.facts import ElidedText
from runcomfy_desktop.ui.widgets.long_text import LongText
from tests.gui.support.focus import shown_dialog, until_ready
from tests.gui.support.hands import find
from tests.gui.support.house import House, open_house, put_up
from tests.support.emulated import TOKEN
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROMPT = "a lighthouse that nobody must know of"


async def shown_text(house: House) -> str:
    text = house.find(LongText, "diagnostics_text")
    await until(lambda: not text.is_filling)
    return text.toPlainText()


async def test_what_is_shown_is_what_is_copied(tmp_path: Path) -> None:
    log = tmp_path / "data" / "logs" / "runcomfy-desktop.log"
    log.parent.mkdir(parents=True)
    log.write_text("a line of the log\n")
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("diagnostics")
        await until_ready(house, "diagnostics")
        shown = await shown_text(house)
        assert f"RunComfy Desktop: {__version__}" in shown
        assert "Platform: offscreen" in shown
        assert shown.rstrip().endswith("a line of the log")
        await house.press("copy_diagnostics")
        assert QGuiApplication.clipboard().text() == shown
        assert house.find(QLabel, "diagnostics_copied").text() == "Copied."
        box = house.find(QCheckBox, "include_log")
        await house.click(box, QPoint(8, box.height() // 2))
        without = await shown_text(house)
        assert "a line of the log" not in without
        assert house.find(QLabel, "diagnostics_copied").text() == ""
        await house.press("copy_diagnostics")
        assert QGuiApplication.clipboard().text() == without


async def test_a_crash_goes_with_the_log(tmp_path: Path) -> None:
    logs = tmp_path / "data" / "logs"
    logs.mkdir(parents=True)
    (logs / "last-crash.log").write_text("Fatal Python error: Aborted\n")
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("diagnostics")
        await until_ready(house, "diagnostics")
        box = house.find(QCheckBox, "include_log")
        assert "crashed" in box.text()
        assert "Fatal Python error: Aborted" in await shown_text(house)
        await house.click(box, QPoint(8, box.height() // 2))
        assert "Fatal" not in await shown_text(house)


async def test_neither_key_nor_prompt_nor_home_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runcomfy_desktop.domain.workflow import InputKey
    from tests.unit.test_logs import logging_to

    monkeypatch.setenv("HOME", str(tmp_path))
    with logging_to(tmp_path / "data" / "logs"):
        async with open_house(tmp_path, faults="status-500:3") as house:
            await house.until_open()
            house.parts.workbench.edit({InputKey("6", "text"): PROMPT}, "Change the prompt")
            await house.press("run")
            await until(lambda: bool(house.states()) and house.states()[0].is_finished)
            await house.trigger("diagnostics")
            await until_ready(house, "diagnostics")
            shown = await shown_text(house)
    assert "The last lines of the log:" in shown
    assert PROMPT not in shown
    assert TOKEN not in shown
    assert str(tmp_path) not in shown
    assert "~" in shown


async def test_each_folder_is_shown_and_opened_there_or_not(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("data_folders")
        await until_ready(house, "data_folders")
        paths = {
            key: house.find(ElidedText, f"path_{key}").text()
            for key in ("data", "settings", "logs", "outputs")
        }
        assert paths["data"] == str(tmp_path / "data")
        assert "in" in house.find(QLabel, "size_data").text()
        assert house.find(QLabel, "size_outputs").text() == "nothing there yet"
        for key in paths:
            await house.press(f"open_{key}")
        await until(lambda: len(house.opened) == 4)
        folders = [paths["data"], paths["data"], paths["logs"], paths["outputs"]]
        assert sorted(house.opened) == sorted(
            QUrl.fromLocalFile(each).toString() for each in folders
        )
        assert (tmp_path / "outputs").is_dir()


async def test_only_what_is_in_the_home_folder_is_shown_as_there() -> None:
    places = (
        Place("data", "Data", "/home/anna/data", 1, 1),
        Place("outputs", "Results", "/mnt/home/anna/runs", fault="Stale file handle"),
    )
    inspection = Inspection(Findings, lambda: places, tuple, ("/home/anna",))
    dialog = DataFoldersDialog(inspection, owner := QWidget())
    await put_up(dialog, 700, 500)
    await until(lambda: dialog.findChild(ElidedText, "path_outputs") is not None)
    assert find(dialog, ElidedText, "path_data").text() == "~/data"
    assert find(dialog, ElidedText, "path_outputs").text() == "/mnt/home/anna/runs"
    why = "cannot be looked at: Stale file handle"
    assert find(dialog, QLabel, "size_outputs").text() == why
    dialog.close()
    await until(lambda: not owner.findChildren(Background))


async def leave(house: House) -> None:
    """Closes every dialog, and forgets what was opened outside."""
    for dialog in house.window.findChildren(QDialog):
        dialog.close()
    await until(lambda: shown_dialog(house) is None)
    house.opened.clear()


async def test_dialogs_of_help(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        for look in (
            where_there_is_no_log_nothing_is_offered,
            about_names_qt_exactly_and_leads_to_its_source,
            a_dialog_is_open_once,
        ):
            await look(house)
            await leave(house)


async def where_there_is_no_log_nothing_is_offered(house: House) -> None:
    await house.trigger("diagnostics")
    await until_ready(house, "diagnostics")
    assert not house.there(QCheckBox, "include_log")


async def about_names_qt_exactly_and_leads_to_its_source(house: House) -> None:
    await house.trigger("about")
    await until_ready(house, "about")
    text = house.find(QLabel, "about_qt").text()
    assert f"Qt {qVersion()} and PySide6 {PySide6.__version__}" in text
    assert "LGPL version 3" in text
    assert "replace" in text
    independent = house.find(QLabel, "about_independent").text()
    assert "not made, endorsed or supported by RunComfy" in independent
    assert "MIT" in independent
    await house.press("qt_source")
    await house.press("pyside_source")
    assert house.opened == [address for _name, address in sources()]
    assert all(qVersion() in each for each in house.opened)
    await house.press("copy_versions")
    assert __version__ in QGuiApplication.clipboard().text()


async def a_dialog_is_open_once(house: House) -> None:
    for action in ("diagnostics", "data_folders", "about"):
        await house.trigger(action)
        await house.trigger(action)
        name = {"diagnostics": "diagnostics_dialog", "about": "about_dialog"}
        wanted = name.get(action, "data_folders_dialog")
        assert len(house.window.findChildren(QWidget, wanted)) == 1


async def test_texts_of_any_length_do_not_stop_the_window() -> None:
    text = "".join(f"{number} <b>not markup</b> {'x' * 60}\n" for number in range(40_000))
    owner = QWidget()
    page = LongText("notices", "Components", owner)
    pieces: list[int] = []
    page.document().contentsChange.connect(lambda _at, _removed, added: pieces.append(added))
    page.show_text(text)
    assert page.is_filling, "the window has its turns in between"
    await until(lambda: not page.is_filling)
    assert page.toPlainText() == text
    assert max(pieces) < len(text) / 20


@pytest.mark.parametrize("kind", ["diagnostics", "folders", "about"])
async def test_closing_a_dialog_waits_for_no_disk(kind: str) -> None:
    """A folder on a network may answer in seconds, or never."""
    answers = threading.Event()
    looks = threading.Event()

    def slow() -> tuple[()]:
        looks.set()
        answers.wait(20)
        return ()

    def slow_findings() -> Findings:
        slow()
        return Findings()

    owner = QWidget()
    inspection = Inspection(slow_findings, slow, slow, ("/home/anna",))
    dialogs: dict[str, Callable[[], QDialog]] = {
        "diagnostics": lambda: DiagnosticsDialog(inspection, owner),
        "folders": lambda: DataFoldersDialog(inspection, owner),
        "about": lambda: AboutDialog(inspection.documents, owner),
    }
    dialog = dialogs[kind]()
    try:
        await put_up(dialog, 700, 500)
        await until(looks.is_set)
        dialog.close()
        await until(lambda: not isValid(dialog))
    finally:
        answers.set()
    await until(lambda: not owner.findChildren(Background))
