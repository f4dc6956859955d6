"""Editor for one of many choices, found by typing any part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QCompleter,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.editors.number import BARE_STYLE
from runcomfy_desktop.ui.input_tree.editors.popup_escape_filter import PopupEscapeFilter
from runcomfy_desktop.ui.input_tree.rows.number_values import parse_number
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.ui.input_tree.rows.input_row import Index

_MAX_VISIBLE_CHOICES = 14
_ACCESSIBLE_TEXT = Qt.ItemDataRole.AccessibleTextRole


class SpaciousItemDelegate(QStyledItemDelegate):
    """List delegate with the padding usual in the rest of the window."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return super().sizeHint(option, index) + QSize(2 * STEP, 2 * STEP)


class ChoiceEditor(QComboBox):
    """Combo box whose choices are found by typing any part of them.

    Numeric choices remain numbers.
    """

    edited = Signal()
    value_chosen = Signal()
    # A partly typed name is not a choice.
    commits_while_typing = False

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._choices: list[Json] = list(spec.choices)
        self._is_remote = spec.is_remote
        self.setEditable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrame(False)
        self.setStyleSheet(f"QComboBox, QLineEdit {{ {BARE_STYLE} }}")
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(_MAX_VISIBLE_CHOICES)
        self.line_edit().setAcceptDrops(False)
        self.addItems([one_line(str(choice)) for choice in self._choices])
        self._completer = QCompleter(self.model(), self)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self._completer.setMaxVisibleItems(_MAX_VISIBLE_CHOICES)
        self.setCompleter(self._completer)
        popup = self.list_view()
        popup.setItemDelegate(SpaciousItemDelegate(popup))
        if isinstance(popup, QListView):
            # There may be thousands of models to choose from.
            popup.setUniformItemSizes(True)
        self._typed_text = ""
        self.line_edit().textEdited.connect(self._on_text_edited)
        self.activated.connect(self._on_activated)
        PopupEscapeFilter(self._completer, lambda: self.setEditText(self._typed_text))

    def value(self) -> Json:
        text = self.currentText().strip()
        row = self.currentIndex()
        if row >= 0 and self.itemText(row) == self.currentText():
            return self._choices[row]
        return self._matching_choice(text)

    def set_value(self, value: object) -> None:
        rows = [row for row, choice in enumerate(self._choices) if is_same_choice(choice, value)]
        if not rows and isinstance(value, str | int | float):
            # The deployment may offer choices that are not on its list: the value is kept.
            self._choices.insert(0, value)
            self.insertItem(0, one_line(str(value)))
            italic = QFont(self.font())
            italic.setItalic(True)
            self.setItemData(0, italic, Qt.ItemDataRole.FontRole)
            self.setItemData(0, _("%s (not on the list)") % value, _ACCESSIBLE_TEXT)
            rows = [0]
        self.setCurrentIndex(rows[0] if rows else -1)
        self._typed_text = self.currentText()

    def set_part_names(self, name: str) -> None:
        self.line_edit().setAccessibleName(name)

    def begin(self) -> None:
        self.line_edit().selectAll()

    def open_list(self) -> None:
        """Opens the list with all choices and marks the current one; typing filters the list."""
        completer = self._completer
        completer.setCompletionPrefix("")
        completer.complete()
        current = completer.completionModel().index(self.currentIndex(), 0)
        popup = self.list_view()
        # Model names are longer than the field.
        popup.setMinimumWidth(popup.sizeHintForColumn(0) + 8 * STEP)
        popup.setCurrentIndex(current)
        popup.scrollTo(current, QAbstractItemView.ScrollHint.PositionAtCenter)
        self.line_edit().selectAll()

    def list_view(self) -> QAbstractItemView:
        """Returns the list of choices, filtered by the typed text."""
        popup = self._completer.popup()
        assert popup is not None
        return popup

    def line_edit(self) -> QLineEdit:
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

    def _on_text_edited(self, text: str) -> None:
        self._typed_text = text
        self.edited.emit()

    def _on_activated(self, row: int) -> None:
        self._typed_text = self.itemText(row)
        self.value_chosen.emit()

    def _matching_choice(self, text: str) -> Json:
        """Returns the choice meant by typed text.

        An exact match (ignoring case) wins, then the only choice that contains the text. Any other
        text is returned as typed, or as a number if it is one and some choice is not a string. If
        the choices come from the running instance, only an exact match counts. Returns None for
        empty text.
        """
        wanted = text.casefold()
        for choice in self._choices:
            if str(choice).casefold() == wanted:
                return choice
        if self._is_remote:
            # The instance may have more choices than the list shows: the typed text is used.
            return text or None
        matches = [choice for choice in self._choices if wanted in str(choice).casefold()]
        if len(matches) == 1 and wanted:
            return matches[0]
        number = parse_number(text, InputKind.FLOAT)
        is_numeric = any(not isinstance(choice, str) for choice in self._choices)
        return number if number is not None and is_numeric else text or None


def is_same_choice(choice: Json, value: object) -> bool:
    if isinstance(choice, bool) or isinstance(value, bool):
        return choice is value
    return choice == value
