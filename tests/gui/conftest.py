"""Fixtures for tests with widgets: one QApplication with a fixed look, and no hidden errors.

A Qt warning, an exception in a slot or in an overridden method, and a cycle that Python's collector
would free on a wrong thread each fail the test in which they occur.
"""

from __future__ import annotations

import gc
import inspect
import os
import sys
from typing import TYPE_CHECKING, cast

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if sys.platform == "win32":
    # Offscreen, Qt does not request the fonts of Windows; it would warn, and paint boxes.
    os.environ.setdefault("QT_QPA_FONTDIR", rf"{os.environ['WINDIR']}\Fonts")
# A scale factor set by the developer must not change the measurements of tests.
os.environ.pop("QT_SCALE_FACTOR", None)

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QCursor, QFont
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.app.loop import create_loop
from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.style import theme
from tests.gui.support.qt_messages import QtMessageWatch
from tests.support.async_tests import limit_of, run_async_test

if TYPE_CHECKING:
    from collections.abc import Iterator

_POINTS = 10
# Above and left of every window: nothing in it is hovered until a test moves the pointer.
_POINTER_REST = QPoint(0, 0)


@pytest.fixture(scope="session")
def qapp() -> Iterator[QApplication]:
    """The application of all GUI tests, in the light palette and a font of fixed size."""
    app = cast("QApplication | None", QApplication.instance()) or QApplication(["tests"])
    app.setQuitOnLastWindowClosed(False)
    font = QFont("DejaVu Sans")
    font.setPointSize(_POINTS)
    app.setFont(font)
    theme.apply(app, ThemeMode.LIGHT)
    # Garbage is collected only on the GUI thread, between tests: a widget freed elsewhere crashes
    # Qt.
    gc.disable()
    yield app
    gc.enable()


@pytest.fixture(autouse=True)
def _watch(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test for errors of Qt or of a slot, and removes its widgets."""
    watch = QtMessageWatch()
    before = sys.excepthook
    sys.excepthook = watch.on_exception
    # A notice under the pointer stays in view when the next one comes, and a tooltip opens: the
    # pointer's position after an earlier test must not affect that.
    QCursor.setPos(_POINTER_REST)
    try:
        with watch.qt_messages():
            yield
            _clear_away(qapp)
    finally:
        sys.excepthook = before
    if not request.node.get_closest_marker("logs_errors"):
        assert not watch.messages, "\n".join(watch.messages)


@pytest.fixture
def scope(qapp: QApplication) -> Iterator[SessionScope]:
    """A session's lifetime, which ends with the test."""
    dialog_parent = QWidget()
    session_scope = SessionScope(dialog_parent)
    yield session_scope
    session_scope.close()
    dialog_parent.deleteLater()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs `async def` tests on the program's own loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    app = cast("QApplication", QApplication.instance())
    names = inspect.signature(pyfuncitem.obj).parameters
    test = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    run_async_test(test, lambda: create_loop(app), limit_of(pyfuncitem))
    return True


def _clear_away(app: QApplication) -> None:
    theme.apply(app, ThemeMode.LIGHT)
    for window in app.topLevelWidgets():
        window.close()
        # A drop-down list is deleted with its field: Qt cannot handle the list going first.
        if window.windowType() is not Qt.WindowType.Popup:
            window.deleteLater()
    app.clipboard().clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    app.processEvents()
    gc.collect()
    # The remaining objects live as long as the suite. Scanning them all again after each test took
    # more than half of the suite's time.
    gc.freeze()
