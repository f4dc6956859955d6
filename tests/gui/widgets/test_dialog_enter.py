"""Enter in every dialog: it presses the button in focus, else the default button, once only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import SIGNAL, QEvent, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.press_debounce import ClickDebouncer
from tests.gui.support.all_dialogs import NAMES, open_dialog, unlisted_dialogs
from tests.gui.support.gui_program import open_program, process_events_async
from tests.gui.support.user_input import find, process_events, show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

K = Qt.Key
NO_KEYS, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
_FIELDS = (QLineEdit, QComboBox, QCheckBox, QRadioButton)
# Enter moves from here to the delete button without pressing it.
_LEADS_ON = ("delete_name",)


def test_every_dialog_is_listed() -> None:
    assert unlisted_dialogs() == set()


class PressedButtons:
    """Disconnects a dialog's buttons; `names` holds the buttons pressed since the last Enter."""

    def __init__(self, dialog: Dialog) -> None:
        self.names: list[str] = []
        for button in dialog.findChildren(QAbstractButton):
            if isinstance(button, QPushButton | QToolButton):
                self._listen(button, button.objectName())

    def _listen(self, button: QAbstractButton, name: str) -> None:
        if button.receivers(SIGNAL("clicked(bool)")):
            button.clicked.disconnect()
        button.clicked.connect(lambda: self.names.append(name))

    async def enter(self, at: QWidget, keys: Qt.KeyboardModifier = NO_KEYS) -> list[str]:
        self.names.clear()
        at.setFocus()
        QTest.keyClick(at, K.Key_Return, keys)
        await process_events_async()
        return list(self.names)


def stops(dialog: Dialog) -> list[QWidget]:
    return [
        each
        for each in dialog.findChildren(QWidget)
        if each.isVisible()
        and each.isEnabled()
        and each.window() is dialog
        and each.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def default_of(dialog: Dialog) -> list[str]:
    """Returns the buttons that Enter in a field presses: none while the default is disabled."""
    buttons = [each for each in dialog.findChildren(QPushButton) if each.isDefault()]
    return [each.objectName() for each in buttons if each.isVisible() and each.isEnabled()]


@pytest.mark.parametrize("name", NAMES)
async def test_enter_presses_the_button_in_focus_else_the_default_button(
    tmp_path: Path, name: str
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        dialog = await open_dialog(program, name)
        heard = PressedButtons(dialog)
        for stop in stops(dialog):
            called, usual = stop.objectName(), default_of(dialog)
            assert await heard.enter(stop, CTRL) == usual, called
            pressed = await heard.enter(stop)
            if isinstance(stop, QPushButton) and stop.menu() is not None:
                assert stop.menu().isVisible()
                stop.menu().close()
            elif isinstance(stop, QPushButton | QToolButton):
                assert pressed == [called]
            elif isinstance(stop, QPlainTextEdit) and not stop.isReadOnly():
                assert pressed == [], called
            elif isinstance(stop, _FIELDS) and called not in _LEADS_ON:
                assert pressed == usual, called
            else:
                assert pressed in ([], usual), called
        dialog.done(0)
        await process_events_async()


class HeldKey:
    """Dialog with a field and a default button, and the key for it.

    Keys go to the focused widget, with the keyboard's timestamps.
    """

    def __init__(self) -> None:
        self.key = K.Key_Return
        self.window = QWidget()
        self.dialog = Dialog(self.window)
        self.field = QLineEdit(self.dialog)
        self.button = text_button("Run", "run_it", self.dialog)
        self.button.setDefault(True)
        self.runs = 0
        self.button.clicked.connect(self._on_clicked)
        column = QVBoxLayout(self.dialog)
        column.addWidget(self.field)
        column.addWidget(self.button)
        show(self.window)

    def open(self, focus: str) -> None:
        self.dialog.open()
        self.dialog.activateWindow()
        process_events()
        (self.field if focus == "field" else self.button).setFocus()

    def down(self, at_ms: int, *, marked: bool = False) -> None:
        self._send(QEvent.Type.KeyPress, at_ms, marked)

    def up(self, at_ms: int, *, marked: bool = False) -> None:
        self._send(QEvent.Type.KeyRelease, at_ms, marked)

    def hold(self, *, marked: bool) -> None:
        """Sends the events of a held key.

        They are marked as repeats, or, as X11 does when it is busy, sent as a release and a press
        at the same moment.
        """
        for at_ms in range(1660, 2660, 40):
            self.up(at_ms, marked=marked)
            self.down(at_ms, marked=marked)

    def _send(self, kind: QEvent.Type, at_ms: int, marked: bool) -> None:
        event = QKeyEvent(kind, self.key, NO_KEYS, "\r", marked)
        event.setTimestamp(at_ms)
        QApplication.sendEvent(QApplication.focusWidget() or self.window, event)

    def _on_clicked(self) -> None:
        self.runs += 1


@pytest.fixture
def held(qapp: QApplication) -> Iterator[HeldKey]:
    held = HeldKey()
    yield held
    held.window.close()
    held.window.deleteLater()


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("where", ["field", "button"])
def test_a_key_that_is_held_down_presses_once(held: HeldKey, where: str, marked: bool) -> None:
    held.open(where)
    held.down(1000)
    held.hold(marked=marked)
    assert held.runs == 1
    held.up(2700)
    held.down(2800)
    assert held.runs == 2, "that is another press"


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("where", ["field", "button"])
def test_the_key_that_opened_a_dialog_presses_nothing_in_it(
    held: HeldKey, where: str, marked: bool
) -> None:
    held.open(where)
    held.hold(marked=marked)
    held.up(2700)
    assert held.runs == 0
    held.down(2800)
    assert held.runs == 1


def test_a_button_of_the_window_is_not_pressed_by_a_key_that_is_held(held: HeldKey) -> None:
    # This is a desktop on which Enter presses the focused button: Space takes the same path.
    button = text_button("Run", "run", held.window)
    ClickDebouncer(button)
    pressed: list[int] = []
    button.pressed.connect(lambda: pressed.append(1))
    button.show()
    button.setFocus()
    held.key = K.Key_Space
    held.hold(marked=False)
    assert pressed == []
    held.down(2800)
    assert pressed == [1]


async def test_enter_is_a_new_line_in_a_text_of_several_lines(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for name, field in (
            ("SavePresetDialog", "preset_note"),
            ("FullTextDialog", "full_text_edit"),
        ):
            dialog = await open_dialog(program, name)
            text = find(dialog, QPlainTextEdit, field)
            text.setPlainText("one")
            text.moveCursor(QTextCursor.MoveOperation.End)
            heard = PressedButtons(dialog)
            assert await heard.enter(text) == []
            assert text.toPlainText() == "one\n"
            assert await heard.enter(text, CTRL) == default_of(dialog) != []
            assert text.toPlainText() == "one\n"
            dialog.done(0)
            await process_events_async()
