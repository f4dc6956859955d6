"""Simulates user input (presses, typing, drags, waiting) by real Qt events on real widgets."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

W = TypeVar("W", bound=QWidget)

_LEFT = Qt.MouseButton.LeftButton
_NO_KEYS = Qt.KeyboardModifier.NoModifier
_TIMEOUT_S = 60.0


def find(inside: QWidget, kind: type[W], name: str) -> W:
    """Returns the widget with an object name; if there are several, a visible one."""
    found = inside.findChildren(kind, name)
    visible = [each for each in found if each.isVisible()]
    assert found, f"there is no {kind.__name__} named {name}"
    return visible[0] if visible else found[0]


def show(window: QWidget, width: int = 780, height: int = 560) -> None:
    """Shows a window, activates it and lets it lay itself out."""
    # On a screen as small as a test's, the first window would fill it.
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(width, height)
    window.show()
    window.activateWindow()
    with _outside_task():
        QTest.qWaitForWindowActive(window)
        QTest.qWaitForWindowExposed(window)
    process_events()


def process_events() -> None:
    """Processes Qt's pending events: layouts, deferred deletes, queued signals."""
    with _outside_task():
        for _round in range(3):
            QCoreApplication.sendPostedEvents()
            QCoreApplication.processEvents()


@contextmanager
def _outside_task() -> Iterator[None]:
    """Allows events to be processed in the middle of an `async def` test.

    The events include steps of the program's tasks, which asyncio refuses (and then loses) while
    the test's own task counts as running. So the test's task is temporarily unregistered.
    """
    task = None
    with suppress(RuntimeError):
        task = asyncio.current_task()
    if task is None:
        yield
        return
    loop = task.get_loop()
    asyncio.tasks._leave_task(loop, task)
    try:
        yield
    finally:
        asyncio.tasks._enter_task(loop, task)


def press(widget: QWidget, at: QPoint | None = None, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
    """Clicks in the centre of a widget, or at a position in it."""
    assert widget.isVisible(), f"{widget.objectName()} is not on screen"
    assert widget.isEnabled(), f"{widget.objectName()} cannot be pressed"
    with _outside_task():
        QTest.mouseMove(widget, widget.rect().center() if at is None else at)
        QTest.mouseClick(widget, _LEFT, keys, widget.rect().center() if at is None else at)
    process_events()


def hover(widget: QWidget, at: QPoint | None = None) -> None:
    """Moves the pointer over the centre of a widget, or to a position in it."""
    with _outside_task():
        QTest.mouseMove(widget, widget.rect().center() if at is None else at)
    process_events()


def double_click(
    widget: QWidget, at: QPoint, *, button: Qt.MouseButton = _LEFT, clicks_before: int = 0
) -> None:
    """Double-clicks, after `clicks_before` single clicks.

    After QTest's own double click, Qt still reports the button as pressed, so it is released here.
    """
    with _outside_task():
        for _click in range(clicks_before):
            QTest.mouseClick(widget, button, _NO_KEYS, at)
        QTest.mouseDClick(widget, button, _NO_KEYS, at)
        QTest.mouseRelease(widget, button, _NO_KEYS, at)
    process_events()


def press_and_drag(widget: QWidget, *positions: QPoint, button: Qt.MouseButton = _LEFT) -> None:
    """Presses a button at the first position, moves over the others and releases it at the last."""
    with _outside_task():
        QTest.mouseMove(widget, positions[0])
        QTest.mousePress(widget, button, _NO_KEYS, positions[0])
        for position in positions[1:]:
            QTest.mouseMove(widget, position)
        QTest.mouseRelease(widget, button, _NO_KEYS, positions[-1])
    process_events()


@contextmanager
def hold_key(widget: QWidget, which: Qt.Key) -> Iterator[None]:
    """Holds a key down."""
    with _outside_task():
        QTest.keyPress(widget, which)
    yield
    with _outside_task():
        QTest.keyRelease(widget, which)


def key(widget: QWidget, which: Qt.Key, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
    """Presses a key in the focused widget if it is inside `widget`, else in `widget`."""
    with _outside_task():
        QTest.keyClick(_focused_widget(widget), which, keys)
    process_events()


def type_text(widget: QWidget, text: str) -> None:
    """Types where the focus is; without a focused widget inside it, `widget` gets the keys."""
    for char in text:
        with _outside_task():
            if char == "\n":
                QTest.keyClick(_focused_widget(widget), Qt.Key.Key_Return)
            elif char.isascii():
                QTest.keyClicks(_focused_widget(widget), char)
            else:
                # QTest knows only the keys of ASCII characters, and aborts for others.
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    event = QKeyEvent(kind, 0, _NO_KEYS, char)
                    QApplication.sendEvent(_focused_widget(widget), event)
    process_events()


def _focused_widget(widget: QWidget) -> QWidget:
    popup = QApplication.activePopupWidget()
    if popup is not None:
        return popup
    focused = QApplication.focusWidget()
    return focused if focused is not None and widget.isAncestorOf(focused) else widget


def turn_wheel(widget: QWidget, at: QPoint, notches: int = -1) -> None:
    """Turns the wheel over the child at a position; unhandled events go to the child's parents.

    Qt itself forwards only events from the system, so this function does it.
    """
    receiver: QWidget | None = widget.childAt(at) or widget
    while receiver is not None:
        position = QPointF(receiver.mapFrom(widget, at))
        event = QWheelEvent(
            position,
            receiver.mapToGlobal(position),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            _NO_KEYS,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(receiver, event)
        if event.isAccepted() or receiver.isWindow():
            break
        receiver = receiver.parentWidget()
    process_events()


def drag_over(widget: QWidget, data: QMimeData, at: QPoint) -> bool:
    """Drags `data` to a position without dropping it; returns True if it would be accepted."""
    entered = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, _LEFT, _NO_KEYS)
    QApplication.sendEvent(widget, entered)
    if not entered.isAccepted():
        return False
    moved = QDragMoveEvent(at, Qt.DropAction.CopyAction, data, _LEFT, _NO_KEYS)
    moved.ignore()
    QApplication.sendEvent(widget, moved)
    process_events()
    return moved.isAccepted()


def drag_leave(widget: QWidget) -> None:
    QApplication.sendEvent(widget, QDragLeaveEvent())
    process_events()


def drop(widget: QWidget, data: QMimeData, at: QPoint) -> bool:
    """Drops `data` at a position; returns True if it was accepted."""
    if not drag_over(widget, data, at):
        drag_leave(widget)
        return False
    dropped = QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, _LEFT, _NO_KEYS)
    QApplication.sendEvent(widget, dropped)
    process_events()
    return dropped.isAccepted()


def wait_until(condition: Callable[[], object], timeout_s: float = _TIMEOUT_S) -> None:
    """Waits without an asyncio loop; an `async def` test uses tests/support/async_wait.py."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        QTest.qWait(2)


def retype(field: QLineEdit, text: str) -> None:
    """Replaces the text of a field by typing."""
    field.setFocus()
    field.selectAll()
    key(field, Qt.Key.Key_Delete)
    type_text(field, text)
    process_events()
