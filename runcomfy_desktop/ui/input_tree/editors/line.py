"""Editors for single-line text and for a colour."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from runcomfy_desktop.domain.schema.schema import MAX_EDITED_CHARS, InputSpec
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.editors.hint import show_hint
from runcomfy_desktop.ui.input_tree.editors.number import BARE_STYLE
from runcomfy_desktop.ui.input_tree.editors.popup_escape_filter import PopupEscapeFilter
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.value_parser import parse_colour

_COLOUR_CHARS = 7


class LineEditor(QLineEdit):
    """Single-line text editor."""

    edited = Signal()
    value_chosen = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrame(False)
        self.setStyleSheet(f"QLineEdit {{ {BARE_STYLE} }}")
        self.setAcceptDrops(False)
        # Qt's default limit is a third of this, and longer text would be cut silently.
        self.setMaxLength(MAX_EDITED_CHARS)
        self.inputRejected.connect(self._on_input_rejected)
        self.setPlaceholderText(texts.placeholder_text(spec))
        self._original_text: str | None = ""
        self._last_typed: tuple[str, str | None] = ("", "")
        """Typed text (and original value) before a suggestion replaced the text in the field."""
        self._is_user_edit = True
        # Not `textEdited`: a screen reader writes without key presses.
        self.textChanged.connect(self._on_text_changed)
        if spec.choices:
            completer = _create_completer(spec, self)
            self.setCompleter(completer)
            self.textEdited.connect(self._on_text_edited)
            PopupEscapeFilter(completer, self._restore_typed)

    @property
    def is_unedited(self) -> bool:
        """True while the field holds the value that was set."""
        return self._original_text is not None

    def value(self) -> str:
        # A line break in the value is kept until the text is edited.
        return self.text() if self._original_text is None else self._original_text

    def set_value(self, value: object) -> None:
        self._is_user_edit = False
        self._original_text = "" if value is None else str(value)
        self.setText(self._original_text.replace("\n", " "))
        self._last_typed = (self.text(), self._original_text)
        self._is_user_edit = True

    def _on_text_changed(self) -> None:
        if self._is_user_edit:
            self._original_text = None
            self.edited.emit()

    def _on_text_edited(self, text: str) -> None:
        self._last_typed = (text, None)

    def _restore_typed(self) -> None:
        text, original = self._last_typed
        if self.text() != text:
            self.setText(text)
            self._original_text = original

    def _on_input_rejected(self) -> None:
        text = _("The end was left out: this input takes at most %d letters.")
        show_hint(self, text % MAX_EDITED_CHARS)

    def begin(self) -> None:
        self.selectAll()

    def place_cursor(self, at: QPoint) -> None:
        self.setCursorPosition(self.cursorPositionAt(at))

    def sizeHint(self) -> QSize:
        return QSize(0, 0)


def _create_completer(spec: InputSpec, parent: QWidget) -> QCompleter:
    """Creates a completer that suggests choices containing the typed text.

    Text that is not a choice is allowed too.
    """
    completer = QCompleter([one_line(str(choice)) for choice in spec.choices], parent)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    return completer


class ColourEditor(LineEditor):
    """Edits a colour as six hexadecimal digits; the tree paints the swatch next to them.

    Accepts `#ff8800`, `ff8800` and `#f80`; the value of any other text is None.
    """

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(spec, parent)
        self.setPlaceholderText("#rrggbb")
        self.edited.connect(self._on_edited)

    def value(self) -> str | None:  # type: ignore[override] # the text may not be a colour
        text = super().value()
        return text if self.is_unedited else parse_colour(text)

    def _on_edited(self) -> None:
        if len(self.text()) >= _COLOUR_CHARS and self.value() is None:
            show_hint(self, _("A colour is written as # and six digits, such as #ff8800."))
