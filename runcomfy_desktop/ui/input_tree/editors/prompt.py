"""Text field with the keyboard shortcuts usual for prompts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit

from runcomfy_desktop.domain.drafts.attention_weight import adjust_weight

if TYPE_CHECKING:
    from collections.abc import Callable

_Key, _Modifier = Qt.Key, Qt.KeyboardModifier
_MoveMode, _MoveOperation = QTextCursor.MoveMode, QTextCursor.MoveOperation
# Qt's characters for the end of a paragraph and of a line.
_LINE_BREAKS = ("\u2029", "\u2028")
_LONG_WORD = re.compile(r"\S{2000}")
COARSE_STEP, FINE_STEP = 0.1, 0.05
_CONTEXT_CHARS = 20_000


class PromptEdit(QPlainTextEdit):
    """Text field with prompt-editing shortcuts.

    Ctrl+Up and Ctrl+Down change the weight of a word, in smaller steps with Shift. Ctrl+D
    duplicates a line or the selection, Alt+Up and Alt+Down move lines, Ctrl+Shift+K removes lines.
    """

    def text(self) -> str:
        # Not `toPlainText`: it turns non-breaking spaces into plain ones.
        text = self.document().toRawText()
        for separator in _LINE_BREAKS:
            text = text.replace(separator, "\n")
        return text

    def wrap_for(self, text: str) -> None:
        """Wraps anywhere if the text contains a very long word.

        Qt's search for a space to break at is quadratic in the length of the word.
        """
        if _LONG_WORD.search(text):
            self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)

    def event(self, event: QEvent) -> bool:
        # During editing, these keys must not trigger the window's shortcuts.
        is_override = event.type() is QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and self._command_for(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        command = None if self.isReadOnly() else self._command_for(event)
        if command is None:
            super().keyPressEvent(event)
        else:
            command()

    def resizeEvent(self, event: QResizeEvent) -> None:
        was_seen = QRect(QPoint(), event.oldSize()).intersects(self.cursorRect())
        super().resizeEvent(event)
        if was_seen:
            self.ensureCursorVisible()

    def _command_for(self, event: QKeyEvent) -> Callable[[], None] | None:
        modifiers = event.modifiers() & ~_Modifier.KeypadModifier
        ctrl, ctrl_shift = (
            _Modifier.ControlModifier,
            _Modifier.ControlModifier | _Modifier.ShiftModifier,
        )
        return {
            (ctrl, _Key.Key_Up): lambda: self.change_weight(COARSE_STEP),
            (ctrl, _Key.Key_Down): lambda: self.change_weight(-COARSE_STEP),
            (ctrl_shift, _Key.Key_Up): lambda: self.change_weight(FINE_STEP),
            (ctrl_shift, _Key.Key_Down): lambda: self.change_weight(-FINE_STEP),
            (ctrl, _Key.Key_D): self.duplicate,
            (ctrl_shift, _Key.Key_K): self.remove_lines,
            (_Modifier.AltModifier, _Key.Key_Up): lambda: self.move_lines(-1),
            (_Modifier.AltModifier, _Key.Key_Down): lambda: self.move_lines(1),
        }.get((modifiers, Qt.Key(event.key())))

    def change_weight(self, step: float) -> None:
        """Changes the weight of the selection, or of the word at the cursor."""
        cursor, context = self.textCursor(), QTextCursor(self.document())
        # In text of megabytes, only the surroundings of the cursor are examined.
        left = max(cursor.selectionStart() - _CONTEXT_CHARS, 0)
        right = min(cursor.selectionEnd() + _CONTEXT_CHARS, self.document().characterCount() - 1)
        context.setPosition(left)
        context.setPosition(right, _MoveMode.KeepAnchor)
        text = context.selectedText()
        positions = cursor.selectionStart() - left, cursor.selectionEnd() - left
        new = adjust_weight(text, *_utf16_to_chars(text, *positions), step)
        if new is None:
            return
        begin, stop = _chars_to_utf16(text, new.start, new.end)
        cursor.setPosition(left + begin)
        cursor.setPosition(left + stop, _MoveMode.KeepAnchor)
        cursor.insertText(new.text)
        last = cursor.position()
        cursor.setPosition(left + begin)
        cursor.setPosition(last, _MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def duplicate(self) -> None:
        """Duplicates the selection, or else the current line."""
        cursor = self.textCursor()
        if cursor.hasSelection():
            text, end = cursor.selectedText(), cursor.selectionEnd()
            cursor.setPosition(end)
            cursor.insertText(text)
            cursor.setPosition(end)
            cursor.setPosition(end + _utf16_length(text), _MoveMode.KeepAnchor)
            self.setTextCursor(cursor)
            return
        line = cursor.block().text()
        column = cursor.positionInBlock()
        cursor.movePosition(_MoveOperation.EndOfBlock)
        cursor.insertText(f"\n{line}")
        cursor.setPosition(cursor.block().position() + column)
        self.setTextCursor(cursor)

    def remove_lines(self) -> None:
        """Removes the current line, or all lines that the selection touches."""
        cursor = self._line_cursor()
        if not cursor.movePosition(_MoveOperation.NextCharacter, _MoveMode.KeepAnchor):
            # The last line is removed with the line break before it.
            begin = cursor.selectionStart()
            cursor.setPosition(cursor.selectionEnd())
            cursor.setPosition(max(begin - 1, 0), _MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self.setTextCursor(cursor)

    def move_lines(self, direction: int) -> None:
        """Moves the current line, or all lines that the selection touches, up or down by one."""
        cursor = self._line_cursor()
        document = self.document()
        first = document.findBlock(cursor.selectionStart())
        last = document.findBlock(cursor.selectionEnd())
        other = first.previous() if direction < 0 else last.next()
        if not other.isValid():
            return
        text, passed = cursor.selectedText(), other.text()
        begin = other.position() if direction < 0 else first.position()
        stop = (
            (last if direction < 0 else other).position()
            + (last if direction < 0 else other).length()
            - 1
        )
        cursor.setPosition(begin)
        cursor.setPosition(stop, _MoveMode.KeepAnchor)
        parts = (text, passed) if direction < 0 else (passed, text)
        cursor.insertText("\n".join(parts))
        start = begin if direction < 0 else begin + _utf16_length(passed) + 1
        cursor.setPosition(start)
        cursor.setPosition(start + _utf16_length(text), _MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _line_cursor(self) -> QTextCursor:
        """Returns a cursor over all touched lines in full, without the last line break."""
        cursor, document = self.textCursor(), self.document()
        first = document.findBlock(cursor.selectionStart())
        last = document.findBlock(cursor.selectionEnd())
        cursor.setPosition(first.position())
        cursor.setPosition(last.position() + last.length() - 1, _MoveMode.KeepAnchor)
        return cursor


def _utf16_length(text: str) -> int:
    """Returns the length of text in UTF-16 units, as Qt counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def _utf16_to_chars(text: str, start: int, end: int) -> tuple[int, int]:
    if text.isascii():
        return start, end
    raw = text.encode("utf-16-le", "surrogatepass")
    first, last = (raw[: 2 * position].decode("utf-16-le", "replace") for position in (start, end))
    return len(first), len(last)


def _chars_to_utf16(text: str, *positions: int) -> tuple[int, ...]:
    return (
        positions
        if text.isascii()
        else tuple(_utf16_length(text[:position]) for position in positions)
    )
