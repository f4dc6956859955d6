"""Startup in slices: the window between them, and a window that is closed during startup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from runcomfy_desktop.app.application import StartupSequence
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.ui.main_window.main_window import MainWindow
from runcomfy_desktop.ui.widgets.panel_dock import PanelDock
from tests.gui.support.gui_program import (
    build_window,
    create_settings_services,
    no_installation_info,
)
from tests.gui.support.user_input import process_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.app.lifecycle import AppContext
    from runcomfy_desktop.ui.base.session_services import SettingsServices

_STEPS = 12


def preferences() -> Preferences:
    return Preferences(Settings(), lambda _settings: None)


def lent() -> tuple[Preferences, SettingsServices]:
    stored = preferences()
    return stored, create_settings_services(stored)


def build_steps(window: MainWindow) -> Iterator[None]:
    return window.build_contents(*lent(), no_installation_info, lambda _url: True)


def steps(window: MainWindow, between: Callable[[int], object]) -> Iterator[AppContext | None]:
    """Builds the window's contents; `between` gets the number of completed steps."""
    for done, _step in enumerate(build_steps(window)):
        between(done)
        # Requests that arrive between two slices are handled here at once.
        QCoreApplication.processEvents()
        yield None


def visible_parts(window: MainWindow) -> list[QWidget]:
    docks = [dock for dock in window.findChildren(PanelDock) if dock.is_in_front]
    inside = [window.centralWidget(), window.menuBar(), *docks]
    return [part for part in inside if part is not None and part.isVisible()]


def test_the_window_is_furnished_while_it_answers(tmp_path: Path) -> None:
    window = MainWindow(tmp_path / "window.ini")
    recorded: list[bool] = []
    painted: list[bool] = []
    window.painted.connect(lambda: painted.append(True))

    def look(_done: int) -> None:
        assert painted, "nothing is built before the first frame"
        recorded.append(window.updatesEnabled())

    start = StartupSequence(window)
    window.show()
    start.run(steps(window, look))
    assert len(recorded) == _STEPS
    assert recorded == [False] * (_STEPS - 1) + [True], "half a window is never shown"
    process_events()
    assert window.updatesEnabled()
    assert len(visible_parts(window)) == 5
    window.close()


@pytest.mark.parametrize("after", range(_STEPS - 2))
def test_it_can_be_closed_between_any_two_steps(tmp_path: Path, after: int) -> None:
    file = tmp_path / "window.ini"
    before = build_window(file, *lent())
    before.resize(900, 700)
    before.show()
    process_events()
    before.docks.queue.close()
    before.resizeDocks([before.docks.deployments], [333], Qt.Orientation.Horizontal)
    process_events()
    width = before.docks.deployments.width()
    before.close()

    window = MainWindow(file)
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    start = StartupSequence(window)
    window.show()
    start.run(steps(window, lambda done: window.close() if done == after else None))
    assert start.context is None
    assert closed == [True]
    assert not window.isVisible()
    assert window.is_closing

    # The stored dock layout is unchanged, although this window had no or only some docks.
    again = build_window(file, *lent())
    again.show()
    process_events()
    assert not again.docks.queue.isVisible()
    assert again.docks.deployments.width() == width
    again.close()


def test_an_error_of_a_step_is_not_swallowed(tmp_path: Path) -> None:
    window = MainWindow(tmp_path / "window.ini")

    def broken() -> Iterator[None]:
        yield None
        raise LookupError("a part is missing")

    start = StartupSequence(window)
    window.show()
    with pytest.raises(LookupError, match="a part is missing"):
        start.run(broken())
    window.close()


@pytest.mark.parametrize("answered", [0, 1, 6, 7, 99])
def test_the_docks_begin_in_their_usual_sizes(tmp_path: Path, answered: int) -> None:
    """The sizes do not depend on whether Qt applies its layouts between the steps."""
    window = MainWindow(tmp_path / "window.ini")
    window.show()
    process_events()
    for done, _step in enumerate(
        window.build_contents(*lent(), no_installation_info, lambda _url: True)
    ):
        if done == answered or answered == 99:
            QCoreApplication.processEvents()
    process_events()
    docks = window.docks
    sizes = (docks.deployments.width(), docks.output.width(), docks.queue.height())
    assert sizes == (236, 320, 217)
    window.close()


@pytest.mark.parametrize("after", [None, *range(_STEPS)])
def test_a_file_dropped_at_any_moment_waits_for_the_first_session(
    tmp_path: Path, after: int | None
) -> None:
    file = tmp_path / "dropped.json"
    file.write_bytes(b"{}")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    window = MainWindow(tmp_path / "window.ini")
    window.show()
    process_events()

    def take(done: int | None) -> None:
        if done != after:
            return
        at, copy = QPoint(600, 400), Qt.DropAction.CopyAction
        left, no_keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        entered = QDragEnterEvent(at, copy, data, left, no_keys)
        QCoreApplication.sendEvent(window, entered)
        assert entered.isAccepted(), "it would not be taken"
        QCoreApplication.sendEvent(window, QDropEvent(QPointF(at), copy, data, left, no_keys))

    take(None)
    for done, _step in enumerate(
        window.build_contents(*lent(), no_installation_info, lambda _url: True)
    ):
        take(done)
    opened: list[str] = []
    window.pending_requests.file_arrived.connect(opened.append)
    window.pending_requests.begin_session()
    assert opened == [str(file)]
    window.close()
