"""Finds the focus in a window, the tab order, and tab stops that do not show the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QTabWidget, QWidget

from tests.gui.support.gui_program import process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from tests.gui.support.gui_program import GuiProgram

MAX_TAB_STOPS = 200
"""More tab stops than any window of the program has."""
# Menu actions that open a dialog of the program.
DIALOGS = (
    "settings",
    "diagnostics",
    "data_folders",
    "about",
    "connect_key",
    "disconnect_key",
    "details",
    "delete_deployment",
)
# Widgets that appear last, when a dialog loads its contents from the service or in a thread.
_LAST_WIDGETS = {
    "details": "readme_text",
    "data_folders": "open_outputs",
    "diagnostics": "copy_diagnostics",
    "about": "about_pages",
}
_K = Qt.Key
_SHIFT, _NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


def focus() -> QWidget:
    focused = QApplication.focusWidget()
    assert focused is not None, "the keyboard is nowhere"
    return focused


def name(widget: QWidget) -> str:
    return f"{widget.objectName()} “{widget.accessibleName()}”"


def is_in_tree(stop: str) -> bool:
    """Reports whether a tab stop is in the tree, where Tab opens one input after another."""
    return stop.startswith(("input_editor", "media_"))


async def tab_order(start: QWidget, which: Qt.Key = _K.Key_Tab) -> list[str]:
    """Returns the tab order from `start` until Tab reaches `start` again; fails if it never does.

    Widgets are given by name, because the tree's editors exist only while they have the focus.
    """
    start.setFocus()
    await process_events_async()
    assert focus() is start, f"the keyboard is on {name(focus())}"
    order = [name(start)]
    for _step in range(MAX_TAB_STOPS):
        QTest.keyClick(focus(), which, _SHIFT if which is _K.Key_Backtab else _NONE)
        await process_events_async()
        if focus() is start:
            return order
        assert focus().isVisible()
        assert name(focus()) != order[-1], f"Tab stays on {order[-1]}"
        order.append(name(focus()))
    raise AssertionError(f"Tab does not come round: {order}")


async def invisible_focus_stops(start: QWidget) -> list[str]:
    """Returns the tab stops of a window that look the same with and without the focus."""
    start.setFocus()
    await process_events_async()
    assert focus() is start, f"the keyboard is on {name(focus())}"
    found: list[str] = []
    for _step in range(MAX_TAB_STOPS):
        stop = focus()
        called, before = name(stop), stop.grab().toImage()
        QTest.keyClick(stop, _K.Key_Tab)
        await process_events_async()
        # An editor in the tree is closed after Tab; the open editor itself shows the focus.
        gone = called.startswith("input_editor")
        if not gone and focus() is not stop and stop.grab().toImage() == before:
            found.append(called)
        if focus() is start:
            return found
    raise AssertionError("Tab does not come round")


async def open_dialog_by_action(program: GuiProgram, action: str) -> QDialog:
    """Returns the dialog that `action` opened, after waiting for its delayed contents."""
    await wait_until(lambda: shown_dialog(program) is not None)
    if action in _LAST_WIDGETS:
        await wait_until(lambda: program.is_visible(QWidget, _LAST_WIDGETS[action]))
    if action == "diagnostics":
        await wait_until(program.find(QWidget, "copy_diagnostics").isEnabled)
    if action == "about":
        await wait_until(lambda: program.find(QTabWidget, "about_pages").count() > 1)
    dialog = shown_dialog(program)
    assert dialog is not None
    dialog.activateWindow()
    await process_events_async()
    return dialog


def shown_dialog(program: GuiProgram) -> QDialog | None:
    shown = [each for each in program.window.findChildren(QDialog) if each.isVisible()]
    return shown[-1] if shown else None
