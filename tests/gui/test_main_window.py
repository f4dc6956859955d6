"""The window as a whole: what its menus, bars and docks do on a real session."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QMimeData, QSize, Qt, QUrl
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.settings import Settings, Theme
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.shell import Shell
from runcomfy_desktop.ui.theme import colours
from runcomfy_desktop.ui.window_state import first_size
from runcomfy_desktop.ui.workflow_drop import workflow_path
from tests.gui.support.hands import settle, show
from tests.gui.support.house import furnished, open_house, settings_aids, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.main_window import MainWindow
    from tests.gui.support.house import House

CTRL = Qt.KeyboardModifier.ControlModifier


def bare_window(folder: Path) -> MainWindow:
    """A window without a session, as in the first moment."""
    preferences = Preferences(Settings(), lambda _settings: None)
    return furnished(
        folder / "window.ini", preferences, settings_aids(preferences), lambda _url: True
    )


def a_text_input(house: House) -> InputKey:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return next(each for each in draft.workflow.input_keys() if each.name == "text")


async def test_a_run_by_key_ends_in_the_output_panel_and_the_balance_is_read_again(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        asked = house.asked("balance")
        await house.key(Qt.Key.Key_Return, CTRL)
        await until(lambda: house.states() == [JobState.DONE])
        await house.until_shown()
        assert house.notices() == []
        assert house.find(QToolButton, "status_jobs").text() == "No active jobs"
        assert house.window.docks.output_panel is not None
        assert house.window.docks.output_panel.job_id in house.parts.queue.jobs
        await until(lambda: house.asked("balance") > asked)


async def test_a_run_that_cannot_be_is_explained_and_its_input_shown(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        draft = house.parts.workbench.state.draft
        assert draft is not None
        steps = next(each for each in draft.workflow.input_keys() if each.name == "steps")
        house.parts.workbench.edit({steps: -5}, "Change steps")
        await turn()
        run = house.find(QPushButton, "run")
        assert run.isEnabled()
        await house.click(run)
        assert house.notices() == ["This cannot run yet."]
        assert house.states() == []
        inputs = house.window.centre.inputs
        assert inputs is not None
        current, wanted = inputs.view.currentIndex(), inputs.model.index_of(steps)
        assert current.siblingAtColumn(0) == wanted.siblingAtColumn(0)
        house.parts.workbench.edit({steps: 0}, "Change steps")
        assert house.notices() == ["This cannot run yet."], "it still cannot"
        house.parts.workbench.edit({steps: 4}, "Change steps")
        assert house.notices() == [], "what is no longer true is not said"


async def test_run_without_anything_says_what_to_do_first(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        await until(lambda: house.there(QWidget, "welcome_page"))
        await house.press("run")
        assert house.notices() == ["There is nothing to run yet."]
        await house.press("notice_action")
        assert house.there(QDialog, "connect_dialog")


async def test_one_click_opens_a_deployment(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        view = house.find(QListView, "deployments")
        first = house.parts.workbench.state.deployment
        await house.click(view.viewport(), view.visualRect(view.model().index(1, 0)).center())
        await until(lambda: house.parts.workbench.state.deployment != first)
        await turn()
        second = house.parts.workbench.state.deployment
        assert second is not None
        assert house.window.windowTitle().startswith(second.name)
        assert house.find(QToolButton, "deployment").text() == second.name


async def test_what_actions_and_keys_do_in_a_window_that_was_opened(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        for look in (
            at_the_start_no_key_closes_a_dock,
            every_action_of_the_menus_does_something,
            undo_names_what_it_undoes,
            the_tabs_and_the_filter_are_in_the_menus,
            copy_id_and_refresh,
            a_button_that_goes_when_pressed_leaves_the_keyboard_nearby,
            a_floating_dock_has_an_edge,
            the_theme_is_a_setting,
        ):
            await look(house)


async def the_theme_is_a_setting(house: House) -> None:
    await house.trigger("theme_dark")
    assert house.preferences.settings.theme is Theme.DARK


async def at_the_start_no_key_closes_a_dock(house: House) -> None:
    assert QApplication.focusWidget() is house.window.centre
    await house.key(Qt.Key.Key_Space)
    assert all(dock.isVisible() for dock in house.window.docks.all())


async def every_action_of_the_menus_does_something(house: House) -> None:
    """No dead entries: each action is heard by somebody."""
    for action in house.window.menu.findChildren(QAction):
        is_theme = action.objectName().startswith("theme_")
        heard = action.receivers("2triggered(bool)")
        assert heard or is_theme, action.objectName()


async def undo_names_what_it_undoes(house: House) -> None:
    text = a_text_input(house)
    house.parts.workbench.edit({text: "a red & blue bicycle"}, "Change text & more")
    undo = house.window.menu.undo
    assert undo.text() == "&Undo “Change text && more”"
    await house.trigger("undo")
    assert house.parts.workbench.state.draft is not None
    assert house.parts.workbench.state.draft.changes == {}
    assert not undo.isEnabled()
    await house.trigger("redo")
    assert house.window.menu.reset_all.isEnabled()
    await house.trigger("reset_all")
    assert not house.window.menu.reset_all.isEnabled()


async def the_tabs_and_the_filter_are_in_the_menus(house: House) -> None:
    text = a_text_input(house)
    house.parts.workbench.edit({text: "a windmill"}, "Change text")
    inputs = house.window.centre.inputs
    assert inputs is not None
    everything = inputs.model.rowCount()
    await house.trigger("show_changed")
    assert inputs.model.rowCount() == 1
    await house.trigger("show_all")
    assert inputs.model.rowCount() == everything
    await house.trigger("filter")
    assert house.find(QLineEdit, "inputs_filter").hasFocus()
    inputs.jump_to(text)
    await house.trigger("reset_input")
    assert house.parts.workbench.state.draft is not None
    assert house.parts.workbench.state.draft.changes == {}


async def copy_id_and_refresh(house: House) -> None:
    await house.trigger("copy_id")
    shown = house.parts.workbench.state.deployment
    assert shown is not None
    assert QGuiApplication.clipboard().text() == shown.deployment_id
    loaded_s = house.parts.catalogue.state.loaded_s
    asked = house.asked("balance")
    await house.trigger("refresh")
    await until(lambda: house.asked("balance") > asked)
    await until(lambda: house.parts.catalogue.state.loaded_s > loaded_s)


async def a_button_that_goes_when_pressed_leaves_the_keyboard_nearby(house: House) -> None:
    button = house.find(QPushButton, "inputs_banner_button")
    button.setFocus()
    await house.key(Qt.Key.Key_Space)
    focused = QApplication.focusWidget()
    assert not button.isVisible()
    assert focused is not None
    assert house.window.centre.isAncestorOf(focused)


async def a_floating_dock_has_an_edge(house: House) -> None:
    dock = house.window.docks.output
    dock.setFloating(True)
    await turn()
    line = colours(dock.palette()).line
    shot = dock.grab().toImage()
    middle, last = shot.height() // 2, shot.width() - 1
    assert shot.pixelColor(0, middle).name() == line
    assert shot.pixelColor(last, middle).name() == line


async def test_a_workflow_file_opens_from_a_drop_and_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"1": {"class_type": "KSampler", "inputs": {"steps": 3}}}))
    async with open_house(tmp_path) as house:
        await house.until_open()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file))])
        await house.drop(data)
        await until(lambda: house.window.windowTitle().startswith("mine"))
        actions = house.window.menu.recent.actions()
        assert [action.text() for action in actions] == ["mine.json"]


async def test_places_open_outside(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("get_key")
        assert house.opened == ["https://www.runcomfy.com/profile"]
        await house.press("status_outputs")
        await until(lambda: len(house.opened) == 2)
        assert QUrl(house.opened[1]).toLocalFile() == str(tmp_path / "outputs")
        assert (tmp_path / "outputs").is_dir()
        await house.trigger("open_logs")
        await until(lambda: len(house.opened) == 3)


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("in the way")
    async with open_house(tmp_path) as house:
        await house.trigger("open_outputs")
        await until(house.notices)
        assert house.notices()[0].startswith("The folder ")
        assert house.opened == []


@pytest.mark.parametrize(("way", "steps"), [("use_file_values", 33), ("use_deployed", 20)])
async def test_a_run_of_a_file_that_differs_sends_what_was_chosen(
    tmp_path: Path, way: str, steps: int
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        bench = house.parts.workbench
        assert bench.state.deployment is not None
        assert bench.state.deployment.payload is not None
        graph = copy.deepcopy(bench.state.deployment.payload.workflow)
        assert graph is not None
        node = graph["31"]
        assert isinstance(node, dict)
        assert isinstance(node["inputs"], dict)
        node["inputs"]["steps"] = 33
        file = tmp_path / "mine.json"
        file.write_text(json.dumps(graph))
        house.window.open_arrival(str(file))
        await until(lambda: bench.state.difference is not None)
        await house.press("run")
        assert house.states() == []
        await house.trigger(way)
        assert bench.state.draft is not None
        assert bench.state.draft.value(InputKey("31", "steps")) == steps
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        (job,) = house.parts.queue.jobs.values()
        assert dict(job.changes) == ({InputKey("31", "steps"): 33} if steps == 33 else {})


async def test_disconnecting_asks_first(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("disconnect_key")
        await house.press("confirm_disconnect_no")
        assert list(house.keyring.secrets.values()) != []
        await house.trigger("disconnect_key")
        await house.press("confirm_disconnect_yes")
        await until(lambda: house.keyring.secrets == {})
        online = house.find(QToolButton, "status_online")
        await until(lambda: online.text() == "Not connected")


async def test_in_the_demo_connecting_asks_for_another_session(tmp_path: Path) -> None:
    async with open_house(tmp_path, demo=True) as house:
        await house.until_open()
        wished: list[bool] = []
        house.window.account_requested.connect(lambda: wished.append(True))
        await house.trigger("connect_key")
        assert wished == [True]
        assert not house.window.menu.demo.isVisible()
        says = house.find(QToolButton, "status_online").text()
        assert says == "Demo: nothing is sent to RunComfy and nothing is billed"


async def test_a_closed_queue_is_offered_after_run(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.window.docks.queue.close()
        await house.press("run")
        assert house.notices() == ["The run is in the queue."]
        await house.press("notice_action")
        assert house.window.docks.queue.isVisible()
        await until(lambda: house.states() == [JobState.DONE])


async def test_one_undo_in_view_puts_back_all_that_was_removed_in_a_row(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        queue = house.parts.queue
        for count in (1, 2):
            await house.press("run")
            await until(lambda count=count: house.states() == [JobState.DONE] * count)  # type: ignore[misc]
        one, two = queue.jobs
        queue.remove_many([one])
        await until(lambda: house.notices() == ["Removed 1 job from the list."])
        queue.remove_many([two])
        await until(lambda: house.notices() == ["Removed 2 jobs from the list."])
        await house.press("notice_action")
        await until(lambda: list(queue.jobs) == [one, two])
        for job_id in (one, two):
            queue.remove_many([job_id])
            await until(lambda: house.notices() == ["Removed 1 job from the list."])
            await house.press("notice_close")
            assert house.notices() == []


def test_the_layout_comes_back_and_can_be_reset(tmp_path: Path) -> None:
    first = bare_window(tmp_path)
    show(first, 760, 700)
    first.docks.queue.close()
    usual = first.docks.deployments.width()
    first.resizeDocks([first.docks.deployments], [usual + 80], Qt.Orientation.Horizontal)
    settle()
    first.close()
    second = bare_window(tmp_path)
    second.show()
    settle()
    assert (second.width(), second.height()) == (760, 700)
    assert not second.docks.queue.isVisible()
    assert second.docks.deployments.width() == usual + 80
    second.menu.reset_layout.trigger()
    settle()
    assert second.docks.queue.isVisible()
    assert second.docks.deployments.width() == usual
    second.close()


def test_a_broken_layout_file_means_the_usual_layout(tmp_path: Path) -> None:
    (tmp_path / "window.ini").write_text("[window]\ngeometry=@ByteArray(nonsense)\nlayout=7\n")
    window = bare_window(tmp_path)
    show(window, 1440, 900)
    assert all(dock.isVisible() for dock in window.docks.all())
    assert not window.docks.graph.isVisible()
    window.close()


def test_closing_is_told_once(tmp_path: Path) -> None:
    window = bare_window(tmp_path)
    show(window, 800, 600)
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    window.close()
    window.close()
    window.show_closing()
    assert closed == [True]
    assert not window.isVisible()


@pytest.mark.parametrize(
    ("urls", "path"),
    [
        (["file:///a/b.json"], "/a/b.json"),
        (["file:///a/B.JSON"], "/a/B.JSON"),
        (["file:///a/b.png"], "/a/b.png"),
        (["file:///a/b.txt"], ""),
        (["https://x.example/b.json"], ""),
        (["file:///a/b.json", "file:///a/c.json"], ""),
        ([], ""),
    ],
)
def test_only_one_workflow_file_is_taken(urls: list[str], path: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    assert workflow_path(data) == path


async def test_it_stays_in_view_while_a_body_goes_out(tmp_path: Path) -> None:
    async with open_house(tmp_path, faults="hold@submit") as house:
        await house.until_open()
        closed: list[bool] = []
        house.window.closed.connect(lambda: closed.append(True))
        await house.press("run")
        await until(house.emulator.world.holds.held)
        assert house.states() == [JobState.SENDING]
        assert not house.window.close()
        assert closed == [True]
        house.window.show_closing()
        await turn()
        assert house.window.isVisible()
        texts = [each.text() for each in house.window.centre.findChildren(QLabel)]
        assert "Finishing 1 upload. The window closes by itself." in texts
        assert not house.window.menuBar().isEnabled()
        assert not house.window.close()
        assert closed == [True]
        house.emulator.world.holds.release()


async def test_what_goes_on_without_it_is_said_while_it_closes(tmp_path: Path) -> None:
    async with open_house(tmp_path, faults="in-queue,hold@submit#2") as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.QUEUED], saying=house.states)
        await house.press("run")
        await until(house.emulator.world.holds.held)
        assert JobState.SENDING in house.states()
        house.window.close()
        house.window.show_closing()
        texts = [each.text() for each in house.window.centre.findChildren(QLabel)]
        assert (
            "Finishing 1 upload. The window closes by itself.\n"
            "1 job goes on at RunComfy. The next start picks it up."
        ) in texts
        house.emulator.world.holds.release()


async def test_everything_that_can_be_pressed_has_a_name_and_tab_goes_as_one_reads(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        await turn()
        nameless = [
            f"{type(each).__name__} {each.objectName()!r} in {each.parent()}"
            for each in house.window.findChildren(QAbstractButton)
            if each.isVisible() and not is_named(each)
        ]
        assert nameless == []
        tab_goes_through_the_window_as_one_reads_it(house)


def tab_goes_through_the_window_as_one_reads_it(house: House) -> None:
    docks, window = house.window.docks, house.window
    areas = (window.menuBar(), docks.deployments, window.centre, docks.queue, docks.output)
    house.find(QToolButton, "deployment").setFocus()
    seen: list[QWidget] = []
    for _step in range(200):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in seen:
            break
        seen.append(focused)
        window.focusNextPrevChild(True)
    assert seen[0] is QApplication.focusWidget(), "Tab comes round"
    places = [
        next((place for place, area in enumerate(areas) if area.isAncestorOf(each)), -1)
        for each in seen
    ]
    inside = [place for place in places if place >= 0]
    assert inside == sorted(inside)
    assert set(inside) == {1, 2, 3, 4}
    names = [each.objectName() for each in seen]
    assert names.index("refresh_deployments") < names.index("close_deployments_dock")
    assert names[-1] == "status_outputs"
    window.focusNextPrevChild(False)
    assert QApplication.focusWidget() is seen[-1]


@pytest.mark.parametrize(
    ("screen", "window"),
    [
        ((1920, 1040), (1440, 900)),
        ((1440, 900), (1424, 852)),
        ((1456, 948), (1440, 900)),
        ((1366, 728), (1350, 680)),
        ((1280, 1000), (1264, 900)),
    ],
)
def test_the_first_window_fits_the_screen(screen: tuple[int, int], window: tuple[int, int]) -> None:
    assert first_size(QSize(*screen)) == QSize(*window)


def test_on_a_small_screen_the_first_window_is_maximised(tmp_path: Path) -> None:
    """The offscreen screen is 800 pixels wide and high."""
    file = tmp_path / "window.ini"
    first = Shell(file)
    first.show()
    settle()
    assert first.isMaximized()
    assert first.screen().availableGeometry().contains(first.frameGeometry())
    first.setWindowState(Qt.WindowState.WindowNoState)
    first.resize(700, 500)
    settle()
    first.close()
    again = Shell(file)
    again.show()
    settle()
    assert not again.isMaximized(), "the user's own size comes before ours"
    assert again.size() == QSize(700, 500)
    again.close()


def is_named(button: QAbstractButton) -> bool:
    # The buttons inside a line edit are Qt's own and have no name for tests.
    is_inner = isinstance(button.parent(), QLineEdit)
    return bool((button.objectName() or is_inner) and (button.accessibleName() or button.text()))


def test_the_first_frame_needs_nothing_but_the_empty_window() -> None:
    """What is imported before the window paints is waited for by everybody, at every start."""
    script = """
import sys
before = set(sys.modules)
from pathlib import Path
from runcomfy_desktop import app as program
from runcomfy_desktop.domain.settings import Settings, Theme
app = program.QApplication([])
program.theme.apply_first(app, Theme.SYSTEM)
window = program.MainWindow(Path(sys.argv[1]))
window.show()
app.processEvents()
print(*sorted(set(sys.modules) - before))
"""
    command = [sys.executable, "-c", script, "/nowhere/window.ini"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    late = {"asyncio", "httpx", "sqlite3", "keyring", "PIL", "PySide6.QtNetwork", "PySide6.QtSvg"}
    assert loaded & late == set()
    ours = {name for name in loaded if name.startswith("runcomfy_desktop.")}
    rooms = {name.split(".")[1] for name in ours}
    assert rooms & {"api", "core", "emulator", "life", "session"} == set()
    in_ui = {name for name in ours if name.startswith("runcomfy_desktop.ui.")}
    shell = {"theme", "shell", "main_window", "window_state", "slices"}
    assert in_ui == {f"runcomfy_desktop.ui.{name}" for name in shell}


async def test_in_a_low_window_the_tree_gives_way_and_no_offer_is_cut(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        deployed = next(iter(house.emulator.world.deployments.values()))
        graph: Any = copy.deepcopy(deployed.workflow)
        graph["31"]["inputs"]["steps"] = 33
        graph["901"] = {"class_type": "KSampler", "inputs": {"steps": 3}}
        file = tmp_path / "mine.json"
        file.write_text(json.dumps(graph))
        house.window.resize(900, 600)
        house.window.file_dropped.emit(str(file))
        await until(lambda: house.parts.workbench.state.difference is not None)
        await until(lambda: house.there(QPushButton, "inputs_banner_deployed"))
        await turn()
        assert house.window.width() == 900
        for name in ("button", "itself", "deployed"):
            button = house.find(QPushButton, f"inputs_banner_{name}")
            assert button.visibleRegion().boundingRect() == button.rect(), name


async def test_detached_it_waits_for_the_next_session_which_opens_what_was_asked_for(
    tmp_path: Path,
) -> None:
    file = tmp_path / "early.json"
    file.write_text(json.dumps({"1": {"class_type": "KSampler", "inputs": {"steps": 3}}}))
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.window.detach()
        await turn()
        assert house.window.windowTitle() == "RunComfy Desktop"
        assert not house.find(QPushButton, "run").isEnabled()
        assert house.find(QListView, "deployments").model().rowCount() == 0
        house.window.open_arrival(str(file))
        house.window.attach(house.parts)
        await turn()
        assert house.find(QPushButton, "run").isEnabled()
        await until(lambda: house.window.windowTitle().startswith("early"))
