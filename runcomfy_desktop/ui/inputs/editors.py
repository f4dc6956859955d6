"""One editor for each kind of value. They stand without a frame in the field that is painted.

All have `value()` (None while nothing sensible stands there), `set_value(value)`, `begin()` (the
editor has just been opened) and the signals `touched` (something was typed) and `chosen` (a
choice was made, to be taken over at once).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QCompleter,
    QFrame,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from runcomfy_desktop.domain.schema import MAX_EDITED_LETTERS, InputKind, InputSpec
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.layout import metrics_for
from runcomfy_desktop.ui.inputs.numbers import BARE, NumberEditor, read_number
from runcomfy_desktop.ui.inputs.painting import Brush, Frame
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.labels import tooltip as tip

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.ui.models.inputs import Index

_MAX_GROWN_LINES = 14
_MAX_VISIBLE_CHOICES = 14
# Qt's signs for the end of a paragraph and of a line.
_BREAKS = ("\u2029", "\u2028")
_LONG_WORD = re.compile(r"\S{2000}")


class LineEditor(QLineEdit):
    """A text of one line."""

    touched = Signal()
    chosen = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrame(False)
        self.setStyleSheet(f"QLineEdit {{ {BARE} }}")
        self.setAcceptDrops(False)
        # Qt's own limit is a third of it, and what is longer it cuts off without a word.
        self.setMaxLength(MAX_EDITED_LETTERS)
        self.inputRejected.connect(self._on_input_rejected)
        self.setPlaceholderText(one_line(spec.placeholder))
        self._whole: str | None = ""
        self._is_typed = True
        # Not `textEdited`: a screen reader writes without keys.
        self.textChanged.connect(self._on_text_changed)

    def value(self) -> str:
        # A line break in a value is kept as long as nothing is typed over it.
        return self.text() if self._whole is None else self._whole

    def set_value(self, value: object) -> None:
        self._is_typed = False
        self._whole = str(value)
        self.setText(self._whole.replace("\n", " "))
        self._is_typed = True

    def _on_text_changed(self) -> None:
        if self._is_typed:
            self._whole = None
            self.touched.emit()

    def _on_input_rejected(self) -> None:
        text = _("The end was left out: this input takes at most %d letters.")
        _tell(self, text % MAX_EDITED_LETTERS)

    def begin(self) -> None:
        self.selectAll()

    def place_cursor(self, at: QPoint) -> None:
        self.setCursorPosition(self.cursorPositionAt(at))

    def sizeHint(self) -> QSize:
        return QSize(0, 0)


class TextEditor(QPlainTextEdit):
    """A text of many lines. `grown` when the height it needs changed."""

    touched = Signal()
    chosen = Signal()
    commits_while_typing = True
    grown = Signal()

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet(f"QPlainTextEdit {{ {BARE} }}")
        self.setAcceptDrops(False)
        self.setTabChangesFocus(True)
        self.setPlaceholderText(spec.placeholder)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self._needed = 0
        self._is_typed = True
        self._whole: str | None = ""
        self._break = "\n"
        self.textChanged.connect(self._on_text_changed)

    def value(self) -> str:
        if self._whole is not None:
            return self._whole
        # Not `toPlainText`: it makes plain blanks of those at which a line may not break.
        text = self.document().toRawText()
        for sign in _BREAKS:
            text = text.replace(sign, self._break)
        return text

    def set_value(self, value: object) -> None:
        self._is_typed = False
        self._whole = str(value)
        self._break = "\r\n" if "\r\n" in self._whole else "\n"
        self._wrap(self._whole)
        self.setPlainText(self._whole)
        self._is_typed = True

    def insertFromMimeData(self, source: QMimeData) -> None:
        pasted = source.text()
        if self.document().characterCount() + len(pasted) > MAX_EDITED_LETTERS:
            text = _("Nothing was pasted: this input takes at most %d letters.")
            _tell(self, text % MAX_EDITED_LETTERS)
            return
        self._wrap(pasted)
        super().insertFromMimeData(source)

    def _wrap(self, text: str) -> None:
        """Looking for a blank to break at takes the square of a long word's letters."""
        if _LONG_WORD.search(text):
            self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)

    def needed_height(self) -> int:
        """The height of the whole text, up to where it rather scrolls inside."""
        lines, line = 0, float(QFontMetrics(self.font()).height())
        block = self.document().firstBlock()
        while block.isValid() and lines < _MAX_GROWN_LINES:
            # Blocks are laid out when somebody asks where they are.
            self.document().documentLayout().blockBoundingRect(block)
            wrapped = block.layout()
            lines += max(1, wrapped.lineCount())
            line = wrapped.lineAt(0).height() if wrapped.lineCount() else line
            block = block.next()
        return round(min(max(lines, 2), _MAX_GROWN_LINES) * line)

    def begin(self) -> None:
        self.moveCursor(QTextCursor.MoveOperation.End)

    def place_cursor(self, at: QPoint) -> None:
        self.setTextCursor(self.cursorForPosition(at))

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolls inside only where there is something to scroll; else the tree scrolls.
        bar = self.verticalScrollBar()
        if self.hasFocus() and bar.maximum() > bar.minimum():
            super().wheelEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def _on_text_changed(self) -> None:
        # Told before the row grows: growing lays the tree out anew, which must not find an editor
        # that nobody has typed in and give it its old text back.
        if self._is_typed:
            self._whole = None
            self.touched.emit()
        self._grow()

    def _grow(self) -> None:
        needed = self.needed_height()
        if needed != self._needed:
            self._needed = needed
            self.grown.emit()


class _Roomy(QStyledItemDelegate):
    """Lines of a list with room around them, as everywhere else in the window."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return super().sizeHint(option, index) + QSize(2 * STEP, 2 * STEP)


class ChoiceEditor(QComboBox):
    """One of many, found by typing any part of it; numbers stay numbers."""

    touched = Signal()
    chosen = Signal()
    # Half a word is no choice.
    commits_while_typing = False

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._choices: list[Json] = list(spec.choices)
        self.setEditable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrame(False)
        self.setStyleSheet(f"QComboBox, QLineEdit {{ {BARE} }}")
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(_MAX_VISIBLE_CHOICES)
        self.line().setAcceptDrops(False)
        self.addItems([one_line(str(choice)) for choice in self._choices])
        self._finder = QCompleter(self.model(), self)
        self._finder.setFilterMode(Qt.MatchFlag.MatchContains)
        self._finder.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._finder.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self._finder.setMaxVisibleItems(_MAX_VISIBLE_CHOICES)
        self.setCompleter(self._finder)
        popup = self.list_view()
        popup.setItemDelegate(_Roomy(popup))
        if isinstance(popup, QListView):
            # There may be thousands of models to choose from.
            popup.setUniformItemSizes(True)
        self.line().textEdited.connect(lambda _text: self.touched.emit())
        self.activated.connect(lambda _row: self.chosen.emit())

    def value(self) -> Json:
        text = self.currentText().strip()
        row = self.currentIndex()
        if row >= 0 and self.itemText(row) == self.currentText():
            return self._choices[row]
        return self._found(text)

    def set_value(self, value: object) -> None:
        rows = [row for row, choice in enumerate(self._choices) if _is_same(choice, value)]
        if not rows and isinstance(value, str | int | float):
            # The deployment may have what its list does not tell of: it stays as it is.
            self._choices.insert(0, value)
            self.insertItem(0, one_line(str(value)))
            rows = [0]
        self.setCurrentIndex(rows[0] if rows else -1)

    def begin(self) -> None:
        self.line().selectAll()

    def open_list(self) -> None:
        """Shows all choices, with the current one marked; what is typed now filters them."""
        finder = self._finder
        finder.setCompletionPrefix("")
        finder.complete()
        current = finder.completionModel().index(self.currentIndex(), 0)
        popup = self.list_view()
        # Names of models are longer than the field.
        popup.setMinimumWidth(popup.sizeHintForColumn(0) + 8 * STEP)
        popup.setCurrentIndex(current)
        popup.scrollTo(current, QAbstractItemView.ScrollHint.PositionAtCenter)
        self.line().selectAll()

    def list_view(self) -> QAbstractItemView:
        """The list of choices, filtered by what is typed."""
        popup = self._finder.popup()
        assert popup is not None
        return popup

    def line(self) -> QLineEdit:
        line = self.lineEdit()
        assert line is not None
        return line

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _found(self, text: str) -> Json:
        """The choice meant by typed text: the same letters, else the only one that has them."""
        wanted = text.casefold()
        for choice in self._choices:
            if str(choice).casefold() == wanted:
                return choice
        having = [choice for choice in self._choices if wanted in str(choice).casefold()]
        if len(having) == 1 and wanted:
            return having[0]
        number = read_number(text, InputKind.FLOAT)
        is_numeric = any(not isinstance(choice, str) for choice in self._choices)
        return number if number is not None and is_numeric else text or None


class CheckEditor(QAbstractButton):
    """Yes or no, drawn like the check box at rest; for those who come by keyboard."""

    touched = Signal()
    chosen = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._spec = spec
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(lambda: self.chosen.emit())

    def value(self) -> bool:
        return self.isChecked()

    def set_value(self, value: object) -> None:
        self.setChecked(value is True)

    def begin(self) -> None:
        """Nothing to prepare."""

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = Brush(painter, colours(self.palette()), metrics_for(self.font().toString()))
        text = texts.boolean_text(self.isChecked(), self._spec)
        look.check(self.rect(), text, self.isChecked(), Frame.EDITED)
        painter.end()


Editor: TypeAlias = NumberEditor | LineEditor | TextEditor | ChoiceEditor | CheckEditor

_EDITORS: dict[InputKind, type[Editor]] = {
    InputKind.INT: NumberEditor,
    InputKind.FLOAT: NumberEditor,
    InputKind.STRING: LineEditor,
    InputKind.TEXT: TextEditor,
    InputKind.COMBO: ChoiceEditor,
    InputKind.BOOLEAN: CheckEditor,
}


def create_editor(spec: InputSpec, name: str, parent: QWidget) -> Editor:
    """The editor for a kind of value, named for tests and screen readers."""
    editor = _EDITORS[spec.kind](spec, parent)
    editor.setObjectName("input_editor")
    editor.setAccessibleName(one_line(name) or _("Value"))
    if isinstance(editor, ChoiceEditor):
        # The keyboard is in the field of the box, which Qt gives no name.
        editor.line().setAccessibleName(editor.accessibleName())
    editor.setAccessibleDescription(one_line(spec.tooltip))
    editor.setAutoFillBackground(False)
    palette = editor.palette()
    palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
    editor.setPalette(palette)
    return editor


def _tell(editor: QWidget, text: str) -> None:
    """Says something below an editor for as long as a hint stays."""
    QToolTip.showText(editor.mapToGlobal(editor.rect().bottomLeft()), tip(text), editor)


def _is_same(choice: Json, value: object) -> bool:
    if isinstance(choice, bool) or isinstance(value, bool):
        return choice is value
    return choice == value
