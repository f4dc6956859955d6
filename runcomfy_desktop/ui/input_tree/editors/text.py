"""Editor for multiline text, which grows with the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent, QShowEvent, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QFrame, QWidget

from runcomfy_desktop.domain.schema.schema import MAX_EDITED_CHARS, InputSpec
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.editors.hint import show_hint
from runcomfy_desktop.ui.input_tree.editors.number import BARE_STYLE
from runcomfy_desktop.ui.input_tree.editors.prompt import PromptEdit

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

_MAX_GROWN_LINES = 12


class MultilineTextEditor(PromptEdit):
    """Multiline text editor.

    Emits `height_changed` when the height that the text needs has changed.
    """

    edited = Signal()
    value_chosen = Signal()
    commits_while_typing = True
    height_changed = Signal()

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet(f"QPlainTextEdit {{ {BARE_STYLE} }}")
        self.setAcceptDrops(False)
        self.setTabChangesFocus(True)
        self.setPlaceholderText(spec.placeholder)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self._last_height = 0
        self._is_user_edit = True
        self._original_text: str | None = ""
        self._line_break = "\n"
        self.textChanged.connect(self._on_text_changed)

    def value(self) -> str:
        if self._original_text is not None:
            return self._original_text
        return (
            self.text() if self._line_break == "\n" else self.text().replace("\n", self._line_break)
        )

    def set_value(self, value: object) -> None:
        self._is_user_edit = False
        self._original_text = "" if value is None else str(value)
        self._line_break = "\r\n" if "\r\n" in self._original_text else "\n"
        self.wrap_for(self._original_text)
        at = self.textCursor().position()
        self.setPlainText(self._original_text)
        # Undo must not move the cursor to the beginning of the text.
        cursor = self.textCursor()
        cursor.setPosition(min(at, self.document().characterCount() - 1))
        self.setTextCursor(cursor)
        self._is_user_edit = True

    def insertFromMimeData(self, source: QMimeData) -> None:
        pasted = source.text()
        if self.document().characterCount() + len(pasted) > MAX_EDITED_CHARS:
            text = _("Nothing was pasted: this input takes at most %d letters.")
            show_hint(self, text % MAX_EDITED_CHARS)
            return
        self.wrap_for(pasted)
        super().insertFromMimeData(source)

    def needed_height(self) -> int:
        """Returns the text's height, at most `_MAX_GROWN_LINES` lines; longer text scrolls."""
        line_count, line_height = 0, float(QFontMetrics(self.font()).height())
        block = self.document().firstBlock()
        while block.isValid() and line_count < _MAX_GROWN_LINES:
            # Qt lays blocks out lazily, when their position is requested.
            self.document().documentLayout().blockBoundingRect(block)
            wrapped = block.layout()
            line_count += max(1, wrapped.lineCount())
            line_height = wrapped.lineAt(0).height() if wrapped.lineCount() else line_height
            block = block.next()
        return round(min(line_count, _MAX_GROWN_LINES) * line_height)

    def begin(self) -> None:
        self.moveCursor(QTextCursor.MoveOperation.End)

    def place_cursor(self, at: QPoint) -> None:
        """Places the caret at a position clicked in the text at rest.

        The text at rest shows its beginning, so the editor is scrolled to the top first.
        """
        self.verticalScrollBar().setValue(0)
        self.setTextCursor(self.cursorForPosition(at))

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolls the text only if it is taller than the editor; otherwise the tree scrolls.
        bar = self.verticalScrollBar()
        if self.hasFocus() and bar.maximum() > bar.minimum():
            super().wheelEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_height()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Not earlier: the tree positions an editor only after registering it.
        self.height_changed.emit()

    def _on_text_changed(self) -> None:
        # Emitted before the row grows. Growing triggers a new layout of the tree, which would reset
        # an editor that counts as unedited to its old text.
        if self._is_user_edit:
            self._original_text = None
            self.edited.emit()
        self._update_height()

    def _update_height(self) -> None:
        needed = self.needed_height()
        if needed != self._last_height:
            self._last_height = needed
            self.height_changed.emit()
