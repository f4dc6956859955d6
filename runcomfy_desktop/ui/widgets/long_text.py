"""Read-only view of a text of any length, filled in chunks so that the window stays responsive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFontDatabase, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from runcomfy_desktop.ui.base.chunked_work import ChunkedWork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget

_CHUNK_LINES = 50


class LongTextView(QPlainTextEdit):
    """Plain text in a monospaced font, never markup."""

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setProperty("reading", True)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._chunked_work = ChunkedWork(self)

    @property
    def is_filling(self) -> bool:
        return self._chunked_work.is_running

    def show_text(self, text: str) -> None:
        self.clear()
        self._chunked_work.run(self._fill(text))

    def _fill(self, text: str) -> Iterator[None]:
        lines = text.splitlines(keepends=True)
        cursor = QTextCursor(self.document())
        for start in range(0, len(lines), _CHUNK_LINES):
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText("".join(lines[start : start + _CHUNK_LINES]))
            yield
