"""The editor for a text of one line."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from runcomfy_desktop.domain.schema import MAX_EDITED_LETTERS, InputSpec
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.editors.hint import tell
from runcomfy_desktop.ui.inputs.editors.list_escape import ListEscape
from runcomfy_desktop.ui.inputs.numbers import BARE


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
        self.setPlaceholderText(texts.placeholder(spec))
        self._whole: str | None = ""
        self._typed: tuple[str, str | None] = ("", "")
        """The text of before the list of suggestions wrote into the field."""
        self._is_typed = True
        # Not `textEdited`: a screen reader writes without keys.
        self.textChanged.connect(self._on_text_changed)
        if spec.choices:
            finder = _finder(spec, self)
            self.setCompleter(finder)
            self.textEdited.connect(self._on_text_edited)
            ListEscape(finder, self._put_back)

    @property
    def is_untouched(self) -> bool:
        """Whether what stands there is what was set."""
        return self._whole is not None

    def value(self) -> str:
        # A line break in a value is kept as long as nothing is typed over it.
        return self.text() if self._whole is None else self._whole

    def set_value(self, value: object) -> None:
        self._is_typed = False
        self._whole = "" if value is None else str(value)
        self.setText(self._whole.replace("\n", " "))
        self._typed = (self.text(), self._whole)
        self._is_typed = True

    def _on_text_changed(self) -> None:
        if self._is_typed:
            self._whole = None
            self.touched.emit()

    def _on_text_edited(self, text: str) -> None:
        self._typed = (text, None)

    def _put_back(self) -> None:
        text, whole = self._typed
        if self.text() != text:
            self.setText(text)
            self._whole = whole

    def _on_input_rejected(self) -> None:
        text = _("The end was left out: this input takes at most %d letters.")
        tell(self, text % MAX_EDITED_LETTERS)

    def begin(self) -> None:
        self.selectAll()

    def place_cursor(self, at: QPoint) -> None:
        self.setCursorPosition(self.cursorPositionAt(at))

    def sizeHint(self) -> QSize:
        return QSize(0, 0)


def _finder(spec: InputSpec, parent: QWidget) -> QCompleter:
    """Suggests choices that have what is typed in them; any other text is as good."""
    finder = QCompleter([one_line(str(choice)) for choice in spec.choices], parent)
    finder.setFilterMode(Qt.MatchFlag.MatchContains)
    finder.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    return finder
