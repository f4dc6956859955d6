"""A field for texts with the keys that people who write prompts are used to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit

from runcomfy_desktop.domain.attention_weight import reweighted

if TYPE_CHECKING:
    from collections.abc import Callable

_K, _M = Qt.Key, Qt.KeyboardModifier
_Mode, _Op = QTextCursor.MoveMode, QTextCursor.MoveOperation
# Qt's signs for the end of a paragraph and of a line.
_BREAKS = ("\u2029", "\u2028")
_LONG_WORD = re.compile(r"\S{2000}")
COARSE, FINE = 0.1, 0.05
_NEAR = 20_000


class PromptEdit(QPlainTextEdit):
    """Ctrl+Up and Ctrl+Down weigh a word, with Shift in smaller steps. Ctrl+D doubles a line or
    what is selected, Alt+Up and Alt+Down move lines, Ctrl+Shift+K takes them out.
    """

    def text(self) -> str:
        # Not `toPlainText`: it makes plain blanks of those at which a line may not break.
        text = self.document().toRawText()
        for sign in _BREAKS:
            text = text.replace(sign, "\n")
        return text

    def wrap_for(self, text: str) -> None:
        """Looking for a blank to break at takes the square of a long word's letters."""
        if _LONG_WORD.search(text):
            self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)

    def event(self, event: QEvent) -> bool:
        # While somebody writes, these keys are not the window's.
        is_asked = event.type() is QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and self._deed(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        deed = None if self.isReadOnly() else self._deed(event)
        if deed is None:
            super().keyPressEvent(event)
        else:
            deed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        was_seen = QRect(QPoint(), event.oldSize()).intersects(self.cursorRect())
        super().resizeEvent(event)
        if was_seen:
            self.ensureCursorVisible()

    def _deed(self, event: QKeyEvent) -> Callable[[], None] | None:
        held = event.modifiers() & ~_M.KeypadModifier
        ctrl, shift = _M.ControlModifier, _M.ControlModifier | _M.ShiftModifier
        return {
            (ctrl, _K.Key_Up): lambda: self.reweigh(COARSE),
            (ctrl, _K.Key_Down): lambda: self.reweigh(-COARSE),
            (shift, _K.Key_Up): lambda: self.reweigh(FINE),
            (shift, _K.Key_Down): lambda: self.reweigh(-FINE),
            (ctrl, _K.Key_D): self.duplicate,
            (shift, _K.Key_K): self.remove_lines,
            (_M.AltModifier, _K.Key_Up): lambda: self.move_lines(-1),
            (_M.AltModifier, _K.Key_Down): lambda: self.move_lines(1),
        }.get((held, Qt.Key(event.key())))

    def reweigh(self, step: float) -> None:
        """Moves the weight of what is selected, or of what the cursor is in."""
        cursor, around = self.textCursor(), QTextCursor(self.document())
        # Of a text of megabytes only what is near.
        left = max(cursor.selectionStart() - _NEAR, 0)
        right = min(cursor.selectionEnd() + _NEAR, self.document().characterCount() - 1)
        around.setPosition(left)
        around.setPosition(right, _Mode.KeepAnchor)
        text = around.selectedText()
        places = cursor.selectionStart() - left, cursor.selectionEnd() - left
        new = reweighted(text, *_utf16_to_letters(text, *places), step)
        if new is None:
            return
        begin, stop = _letters_to_utf16(text, new.start, new.end)
        cursor.setPosition(left + begin)
        cursor.setPosition(left + stop, _Mode.KeepAnchor)
        cursor.insertText(new.text)
        last = cursor.position()
        cursor.setPosition(left + begin)
        cursor.setPosition(last, _Mode.KeepAnchor)
        self.setTextCursor(cursor)

    def duplicate(self) -> None:
        """Doubles what is selected, else the line."""
        cursor = self.textCursor()
        if cursor.hasSelection():
            text, end = cursor.selectedText(), cursor.selectionEnd()
            cursor.setPosition(end)
            cursor.insertText(text)
            cursor.setPosition(end)
            cursor.setPosition(end + _units(text), _Mode.KeepAnchor)
            self.setTextCursor(cursor)
            return
        line = cursor.block().text()
        column = cursor.positionInBlock()
        cursor.movePosition(_Op.EndOfBlock)
        cursor.insertText(f"\n{line}")
        cursor.setPosition(cursor.block().position() + column)
        self.setTextCursor(cursor)

    def remove_lines(self) -> None:
        """Takes out the line, or all lines that the selection touches."""
        cursor = self._over_lines()
        if not cursor.movePosition(_Op.NextCharacter, _Mode.KeepAnchor):
            # The last line goes with the break before it.
            begin = cursor.selectionStart()
            cursor.setPosition(cursor.selectionEnd())
            cursor.setPosition(max(begin - 1, 0), _Mode.KeepAnchor)
        cursor.removeSelectedText()
        self.setTextCursor(cursor)

    def move_lines(self, way: int) -> None:
        """Moves the line, or all lines that the selection touches, up or down by one."""
        cursor = self._over_lines()
        document = self.document()
        first = document.findBlock(cursor.selectionStart())
        last = document.findBlock(cursor.selectionEnd())
        other = first.previous() if way < 0 else last.next()
        if not other.isValid():
            return
        text, passed = cursor.selectedText(), other.text()
        begin = other.position() if way < 0 else first.position()
        stop = (last if way < 0 else other).position() + (last if way < 0 else other).length() - 1
        cursor.setPosition(begin)
        cursor.setPosition(stop, _Mode.KeepAnchor)
        parts = (text, passed) if way < 0 else (passed, text)
        cursor.insertText("\n".join(parts))
        start = begin if way < 0 else begin + _units(passed) + 1
        cursor.setPosition(start)
        cursor.setPosition(start + _units(text), _Mode.KeepAnchor)
        self.setTextCursor(cursor)

    def _over_lines(self) -> QTextCursor:
        """A cursor over the whole lines that are touched, without the last break."""
        cursor, document = self.textCursor(), self.document()
        first = document.findBlock(cursor.selectionStart())
        last = document.findBlock(cursor.selectionEnd())
        cursor.setPosition(first.position())
        cursor.setPosition(last.position() + last.length() - 1, _Mode.KeepAnchor)
        return cursor


def _units(text: str) -> int:
    """How many places a text takes in Qt, which counts in UTF-16."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def _utf16_to_letters(text: str, start: int, end: int) -> tuple[int, int]:
    if text.isascii():
        return start, end
    raw = text.encode("utf-16-le", "surrogatepass")
    first, last = (raw[: 2 * place].decode("utf-16-le", "replace") for place in (start, end))
    return len(first), len(last)


def _letters_to_utf16(text: str, *places: int) -> tuple[int, ...]:
    return places if text.isascii() else tuple(_units(text[:place]) for place in places)
