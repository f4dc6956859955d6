"""The window as a whole: its menus, bars and docks in a real session."""

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

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.settings import Settings, ThemeMode
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.base.local_files import dropped_workflow_path
from runcomfy_desktop.ui.base.window_state import initial_size
from runcomfy_desktop.ui.main_window.main_window import MainWindow
from runcomfy_desktop.ui.style.theme import colours
from runcomfy_desktop.ui.widgets.action_set import ActionSet
from tests.gui.support.gui_program import (
    build_window,
    create_settings_services,
    open_program,
    process_events_async,
)
from tests.gui.support.user_input import process_events, show
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.gui_program import GuiProgram

CTRL = Qt.KeyboardModifier.ControlModifier


def bare_window(folder: Path) -> MainWindow:
    """Returns a window without a session, as right after a start."""
    preferences = Preferences(Settings(), lambda _settings: None)
    return build_window(
        folder / "window.ini", preferences, create_settings_services(preferences), lambda _url: True
    )


def a_text_input(program: GuiProgram) -> InputKey:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    return next(each for each in draft.workflow.input_keys() if each.name == "text")


async def test_a_run_by_key_ends_in_the_output_panel_and_the_balance_is_read_again(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        asked = program.call_count("balance")
        await program.key(Qt.Key.Key_Return, CTRL)
        await wait_until(lambda: program.states() == [JobState.DONE])
        await program.wait_until_jobs_shown()
        assert program.notices() == []
        assert program.find(QToolButton, "status_jobs").text() == "No active jobs"
        assert program.session.panels.output_panel is not None
        assert program.session.panels.output_panel.job_id in program.services.queue.jobs
        await wait_until(lambda: program.call_count("balance") > asked)


async def test_a_run_that_cannot_be_is_explained_and_its_input_shown(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        steps = next(each for each in draft.workflow.input_keys() if each.name == "steps")
        program.services.draft_editor.edit({steps: -5}, "Change steps")
        await process_events_async()
        run = program.find(QPushButton, "run")
        assert run.isEnabled()
        await program.click(run)
        assert program.notices() == ["This cannot run yet."]
        assert program.states() == []
        inputs = program.session.inputs
        assert inputs is not None
        current, wanted = inputs.view.currentIndex(), inputs.model.index_of(steps)
        assert current.siblingAtColumn(0) == wanted.siblingAtColumn(0)
        program.services.draft_editor.edit({steps: 0}, "Change steps")
        assert program.notices() == ["This cannot run yet."], "it still cannot"
        program.services.draft_editor.edit({steps: 4}, "Change steps")
        assert program.notices() == [], "what is no longer true is not said"


async def test_run_without_anything_says_what_to_do_first(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        await wait_until(lambda: program.is_visible(QWidget, "welcome_page"))
        await program.press("run")
        assert program.notices() == ["There is nothing to run yet."]
        await program.press("notice_action")
        assert program.is_visible(QDialog, "connect_dialog")


async def test_one_click_opens_a_deployment(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        view = program.find(QListView, "deployments")
        first = program.services.draft_editor.state.deployment
        await program.click(view.viewport(), view.visualRect(view.model().index(1, 0)).center())
        await wait_until(lambda: program.services.draft_editor.state.deployment != first)
        await process_events_async()
        second = program.services.draft_editor.state.deployment
        assert second is not None
        assert program.window.windowTitle().startswith(second.name)
        assert program.find(QToolButton, "deployment").text() == second.name


async def test_what_actions_and_keys_do_in_a_window_that_was_opened(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for look in (
            at_the_start_no_key_closes_a_dock,
            every_action_of_the_menus_does_something,
            undo_names_what_it_undoes,
            undo_and_redo_cut_a_long_name,
            the_tabs_and_the_filter_are_in_the_menus,
            copy_id_and_refresh,
            a_button_that_goes_when_pressed_leaves_the_keyboard_nearby,
            a_floating_dock_has_an_edge,
            the_theme_is_a_setting,
        ):
            await look(program)


async def the_theme_is_a_setting(program: GuiProgram) -> None:
    await program.trigger("theme_dark")
    assert program.preferences.settings.theme is ThemeMode.DARK


async def at_the_start_no_key_closes_a_dock(program: GuiProgram) -> None:
    assert QApplication.focusWidget() is program.window.central_widget
    await program.key(Qt.Key.Key_Space)
    assert all(dock.isVisible() for dock in program.window.docks.session_docks())


async def every_action_of_the_menus_does_something(program: GuiProgram) -> None:
    """Every action in the menus is connected."""
    sets = program.window.findChildren(ActionSet)
    actions = [action for each in sets for action in each.findChildren(QAction)]
    assert len(actions) > 80
    for action in actions:
        is_theme = action.objectName().startswith("theme_")
        heard = action.receivers("2triggered(bool)")
        assert heard or is_theme, action.objectName()


async def undo_names_what_it_undoes(program: GuiProgram) -> None:
    text = a_text_input(program)
    program.services.draft_editor.edit({text: "a red & blue bicycle"}, "Change text & more")
    undo = program.window.main_actions.undo
    assert undo.text() == "&Undo “Change text && more”"
    await program.trigger("undo")
    assert program.services.draft_editor.state.draft is not None
    assert program.services.draft_editor.state.draft.changes == {}
    assert not undo.isEnabled()
    await program.trigger("redo")
    assert program.window.main_actions.tree.reset_all.isEnabled()
    await program.trigger("reset_all")
    assert not program.window.main_actions.tree.reset_all.isEnabled()


async def undo_and_redo_cut_a_long_name(program: GuiProgram) -> None:
    text = a_text_input(program)
    program.services.draft_editor.edit({text: "a bicycle"}, "Change " + "text " * 1000)
    main_actions = program.window.main_actions
    assert len(main_actions.undo.text()) < 100
    await program.trigger("undo")
    assert len(main_actions.redo.text()) < 100
    assert main_actions.redo.text().startswith("&Redo “Change text")


async def the_tabs_and_the_filter_are_in_the_menus(program: GuiProgram) -> None:
    text = a_text_input(program)
    program.services.draft_editor.edit({text: "a windmill"}, "Change text")
    inputs = program.session.inputs
    assert inputs is not None
    everything = inputs.model.rowCount()
    await program.trigger("show_changed")
    assert inputs.model.rowCount() == 1
    await program.trigger("show_all")
    assert inputs.model.rowCount() == everything
    await program.trigger("filter")
    assert program.find(QLineEdit, "inputs_filter").hasFocus()
    inputs.jump_to(text)
    await program.trigger("reset_input")
    assert program.services.draft_editor.state.draft is not None
    assert program.services.draft_editor.state.draft.changes == {}


async def copy_id_and_refresh(program: GuiProgram) -> None:
    await program.trigger("copy_id")
    shown = program.services.draft_editor.state.deployment
    assert shown is not None
    assert QGuiApplication.clipboard().text() == shown.deployment_id
    loaded_s = program.services.catalogue.state.loaded_s
    asked = program.call_count("balance")
    await program.trigger("refresh")
    await wait_until(lambda: program.call_count("balance") > asked)
    await wait_until(lambda: program.services.catalogue.state.loaded_s > loaded_s)


async def a_button_that_goes_when_pressed_leaves_the_keyboard_nearby(program: GuiProgram) -> None:
    button = program.find(QPushButton, "inputs_banner_button")
    button.setFocus()
    await program.key(Qt.Key.Key_Space)
    focused = QApplication.focusWidget()
    assert not button.isVisible()
    assert focused is not None
    assert program.window.central_widget.isAncestorOf(focused)


async def a_floating_dock_has_an_edge(program: GuiProgram) -> None:
    dock = program.window.docks.output
    dock.setFloating(True)
    await process_events_async()
    line = colours(dock.palette()).line
    shot = dock.grab().toImage()
    middle, last = shot.height() // 2, shot.width() - 1
    assert shot.pixelColor(0, middle).name() == line
    assert shot.pixelColor(last, middle).name() == line


async def test_a_workflow_file_opens_from_a_drop_and_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"1": {"class_type": "KSampler", "inputs": {"steps": 3}}}))
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file))])
        await program.drop(data)
        await wait_until(lambda: program.window.windowTitle().startswith("mine"))
        actions = program.window.main_actions.recent_menu.actions()
        assert [action.text() for action in actions] == ["mine.json"]


async def test_places_open_outside(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("get_key")
        assert program.opened_urls == ["https://www.runcomfy.com/profile"]
        await program.press("status_outputs")
        await wait_until(lambda: len(program.opened_urls) == 2)
        assert QUrl(program.opened_urls[1]).toLocalFile() == str(tmp_path / "outputs")
        assert (tmp_path / "outputs").is_dir()
        await program.trigger("open_logs")
        await wait_until(lambda: len(program.opened_urls) == 3)


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("in the way")
    async with open_program(tmp_path) as program:
        await program.trigger("open_outputs")
        await wait_until(program.notices)
        assert program.notices()[0].startswith("The folder ")
        assert program.opened_urls == []


@pytest.mark.parametrize(("way", "steps"), [("use_file_values", 33), ("use_deployed", 20)])
async def test_a_run_of_a_file_that_differs_sends_what_was_chosen(
    tmp_path: Path, way: str, steps: int
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        draft_editor = program.services.draft_editor
        assert draft_editor.state.deployment is not None
        assert draft_editor.state.deployment.payload is not None
        graph = copy.deepcopy(draft_editor.state.deployment.payload.workflow)
        assert graph is not None
        node = graph["31"]
        assert isinstance(node, dict)
        assert isinstance(node["inputs"], dict)
        node["inputs"]["steps"] = 33
        file = tmp_path / "mine.json"
        file.write_text(json.dumps(graph))
        program.window.handle_open_request(str(file))
        await wait_until(lambda: draft_editor.state.difference is not None)
        await program.press("run")
        assert program.states() == []
        await program.trigger(way)
        assert draft_editor.state.draft is not None
        assert draft_editor.state.draft.value(InputKey("31", "steps")) == steps
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        (job,) = program.services.queue.jobs.values()
        assert dict(job.changes) == ({InputKey("31", "steps"): 33} if steps == 33 else {})


async def test_disconnecting_asks_first(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("disconnect_key")
        await program.press("confirm_disconnect_no")
        assert list(program.keyring.secrets.values()) != []
        await program.trigger("disconnect_key")
        await program.press("confirm_disconnect_yes")
        await wait_until(lambda: program.keyring.secrets == {})
        online = program.find(QToolButton, "status_online")
        await wait_until(lambda: online.text() == "Not connected")


async def test_in_the_demo_connecting_asks_for_another_session(tmp_path: Path) -> None:
    async with open_program(tmp_path, demo=True) as program:
        await program.wait_until_open()
        requests: list[bool] = []
        program.window.account_requested.connect(lambda: requests.append(True))
        await program.trigger("connect_key")
        assert requests == [True]
        assert not program.window.main_actions.demo.isVisible()
        says = program.find(QToolButton, "status_online").text()
        assert says == "Demo: nothing is sent to RunComfy and nothing is billed"


async def test_a_closed_queue_is_offered_after_run(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.window.docks.queue.close()
        await program.press("run")
        assert program.notices() == ["The run is in the queue."]
        await program.press("notice_action")
        assert program.window.docks.queue.isVisible()
        await wait_until(lambda: program.states() == [JobState.DONE])


async def test_one_undo_in_view_puts_back_all_that_was_removed_in_a_row(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        queue = program.services.queue
        for count in (1, 2):
            await program.press("run")
            await wait_until(lambda count=count: program.states() == [JobState.DONE] * count)  # type: ignore[misc]
        one, two = queue.jobs
        queue.remove_many([one])
        await wait_until(lambda: program.notices() == ["Removed 1 job from the list."])
        queue.remove_many([two])
        await wait_until(lambda: program.notices() == ["Removed 2 jobs from the list."])
        await program.press("notice_action")
        await wait_until(lambda: list(queue.jobs) == [one, two])
        for job_id in (one, two):
            queue.remove_many([job_id])
            await wait_until(lambda: program.notices() == ["Removed 1 job from the list."])
            await program.press("notice_close")
            assert program.notices() == []


def test_the_layout_comes_back_and_can_be_reset(tmp_path: Path) -> None:
    first = bare_window(tmp_path)
    show(first, 760, 700)
    first.docks.queue.close()
    usual = first.docks.deployments.width()
    first.resizeDocks([first.docks.deployments], [usual + 80], Qt.Orientation.Horizontal)
    process_events()
    first.close()
    second = bare_window(tmp_path)
    second.show()
    process_events()
    assert (second.width(), second.height()) == (760, 700)
    assert not second.docks.queue.isVisible()
    assert second.docks.deployments.width() == usual + 80
    second.main_actions.reset_layout.trigger()
    process_events()
    assert second.docks.queue.isVisible()
    assert second.docks.deployments.width() == usual
    second.close()


def test_a_broken_layout_file_means_the_usual_layout(tmp_path: Path) -> None:
    (tmp_path / "window.ini").write_text("[window]\ngeometry=@ByteArray(nonsense)\nlayout=7\n")
    window = bare_window(tmp_path)
    show(window, 1440, 900)
    assert all(dock.isVisible() for dock in window.docks.session_docks())
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
    assert dropped_workflow_path(data) == path


async def test_it_stays_in_view_while_a_body_goes_out(tmp_path: Path) -> None:
    async with open_program(tmp_path, faults="hold@submit") as program:
        await program.wait_until_open()
        closed: list[bool] = []
        program.window.closed.connect(lambda: closed.append(True))
        await program.press("run")
        await wait_until(program.emulator.backend.held_calls.held)
        assert program.states() == [JobState.SENDING]
        assert not program.window.close()
        assert closed == [True]
        program.window.show_closing()
        await process_events_async()
        assert program.window.isVisible()
        texts = [each.text() for each in program.window.central_widget.findChildren(QLabel)]
        assert "Finishing 1 upload. The window closes by itself." in texts
        assert not program.window.menuBar().isEnabled()
        assert not program.window.close()
        assert closed == [True]
        program.emulator.backend.held_calls.release()


async def test_what_goes_on_without_it_is_said_while_it_closes(tmp_path: Path) -> None:
    async with open_program(tmp_path, faults="in-queue,hold@submit#2") as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.QUEUED], describe=program.states)
        await program.press("run")
        await wait_until(program.emulator.backend.held_calls.held)
        assert JobState.SENDING in program.states()
        program.window.close()
        program.window.show_closing()
        texts = [each.text() for each in program.window.central_widget.findChildren(QLabel)]
        assert (
            "Finishing 1 upload. The window closes by itself.\n"
            "1 job goes on at RunComfy. The next start picks it up."
        ) in texts
        program.emulator.backend.held_calls.release()


async def test_everything_that_can_be_pressed_has_a_name_and_tab_goes_as_one_reads(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        await process_events_async()
        nameless = [
            f"{type(each).__name__} {each.objectName()!r} in {each.parent()}"
            for each in program.window.findChildren(QAbstractButton)
            if each.isVisible() and not is_named(each)
        ]
        assert nameless == []
        tab_goes_through_the_window_as_one_reads_it(program)


def tab_goes_through_the_window_as_one_reads_it(program: GuiProgram) -> None:
    docks, window = program.window.docks, program.window
    areas = (window.menuBar(), docks.deployments, window.central_widget, docks.queue, docks.output)
    program.find(QToolButton, "deployment").setFocus()
    recorded: list[QWidget] = []
    for _step in range(200):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in recorded:
            break
        recorded.append(focused)
        window.focusNextPrevChild(True)
    assert recorded[0] is QApplication.focusWidget(), "Tab comes round"
    places = [
        next((place for place, area in enumerate(areas) if area.isAncestorOf(each)), -1)
        for each in recorded
    ]
    inside = [place for place in places if place >= 0]
    assert inside == sorted(inside)
    assert set(inside) == {1, 2, 3, 4}
    names = [each.objectName() for each in recorded]
    assert names.index("refresh_deployments") < names.index("close_deployments_dock")
    assert names[-1] == "status_outputs"
    window.focusNextPrevChild(False)
    assert QApplication.focusWidget() is recorded[-1]


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
    assert initial_size(QSize(*screen)) == QSize(*window)


def test_on_a_small_screen_the_first_window_is_maximised(tmp_path: Path) -> None:
    """The offscreen screen is 800 pixels wide and high."""
    file = tmp_path / "window.ini"
    first = MainWindow(file)
    first.show()
    process_events()
    assert first.isMaximized()
    assert first.screen().availableGeometry().contains(first.frameGeometry())
    first.setWindowState(Qt.WindowState.WindowNoState)
    first.resize(700, 500)
    process_events()
    first.close()
    again = MainWindow(file)
    again.show()
    process_events()
    assert not again.isMaximized(), "the user's own size comes before ours"
    assert again.size() == QSize(700, 500)
    again.close()


def is_named(button: QAbstractButton) -> bool:
    # The buttons inside a line edit belong to Qt and have no object name.
    is_inner = isinstance(button.parent(), QLineEdit)
    return bool((button.objectName() or is_inner) and (button.accessibleName() or button.text()))


def test_the_first_frame_needs_nothing_but_the_empty_window() -> None:
    """Every import before the first frame delays every start."""
    script = """
import sys
before = set(sys.modules)
from pathlib import Path
from runcomfy_desktop.app import application as program
from runcomfy_desktop.domain.settings import Settings, ThemeMode
app = program.QApplication([])
program.theme.apply_initial(app, ThemeMode.SYSTEM)
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
    packages = {name.split(".")[1] for name in ours}
    assert packages & {"api", "core", "emulator"} == set()
    assert ours & {f"runcomfy_desktop.app.{name}" for name in ("lifecycle", "session")} == set()
    in_ui = {name for name in ours if name.startswith("runcomfy_desktop.ui.")}
    modules = {"base.chunked_work", "style.theme"}
    modules |= {"base.window_state", "main_window.main_window"}
    modules |= {"base", "main_window", "style"}
    assert in_ui == {f"runcomfy_desktop.ui.{name}" for name in modules}


async def test_in_a_low_window_the_tree_gives_way_and_no_offer_is_cut(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        deployed = next(iter(program.emulator.backend.deployments.values()))
        graph: Any = copy.deepcopy(deployed.workflow)
        graph["31"]["inputs"]["steps"] = 33
        graph["901"] = {"class_type": "KSampler", "inputs": {"steps": 3}}
        file = tmp_path / "mine.json"
        file.write_text(json.dumps(graph))
        program.window.resize(900, 600)
        program.window.handle_open_request(str(file))
        await wait_until(lambda: program.services.draft_editor.state.difference is not None)
        await wait_until(lambda: program.is_visible(QPushButton, "inputs_banner_deployed"))
        await process_events_async()
        assert program.window.width() == 900
        for name in ("button", "itself", "deployed"):
            button = program.find(QPushButton, f"inputs_banner_{name}")
            assert button.visibleRegion().boundingRect() == button.rect(), name


async def test_detached_it_waits_for_the_next_session_which_opens_what_was_asked_for(
    tmp_path: Path,
) -> None:
    file = tmp_path / "early.json"
    file.write_text(json.dumps({"1": {"class_type": "KSampler", "inputs": {"steps": 3}}}))
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.end_session()
        await process_events_async()
        assert program.window.windowTitle() == "RunComfy Desktop"
        assert not program.find(QPushButton, "run").isEnabled()
        assert program.window.docks.deployments.panel is None
        program.window.handle_open_request(str(file))
        program.begin_session()
        await process_events_async()
        assert program.find(QPushButton, "run").isEnabled()
        await wait_until(lambda: program.window.windowTitle().startswith("early"))
