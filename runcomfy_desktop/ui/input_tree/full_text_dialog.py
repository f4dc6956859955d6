"""Resizable window that shows an input's text, or any other value read-only.

Text of megabytes is inserted in chunks. Text can be edited unless it contains lines too long for
Qt's layout: in a line of a million characters, each keystroke takes half a second.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.chunked_work import ChunkedWork
from runcomfy_desktop.ui.base.formatters import shortened
from runcomfy_desktop.ui.input_tree.debounce_timer import DebounceTimer
from runcomfy_desktop.ui.input_tree.editors.prompt import PromptEdit
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow, InputsModel

_SIZE = (180 * STEP, 130 * STEP)
_COMMIT_DELAY_MS, _COUNT_DELAY_MS = 400, 150
_MAX_COUNTED_CHARS = 200_000
_CHUNK_CHARS = 20_000
_MAX_EDITED_LINE_CHARS = 50_000
_WRAP_CHARS = 1_000
FULL_TEXT_KINDS = (InputKind.STRING, InputKind.TEXT, InputKind.OTHER)
"""Kinds with a full-text window: text, and values without an editor."""
_MAX_SHOWN_CHARS = 20_000_000
"""Maximum number of characters shown of a read-only value."""


class FullTextDialog(Dialog):
    """Window for the full text of an input.

    Everything typed in the window is one undo step. Closing the window keeps the text, even with
    Escape.
    """

    def __init__(self, parent: QWidget, model: InputsModel, key: InputKey) -> None:
        super().__init__(parent)
        self._model, self._key = model, key
        draft = model.draft
        self._draft_key = "" if draft is None else draft.key
        self._merge = object()
        self._is_user_edit, self._is_pending = True, False
        self._shown_value: object = None
        self._chunked_work = ChunkedWork(self)
        self._commit_timer, self._count_timer = DebounceTimer(_COMMIT_DELAY_MS, self), QTimer(self)
        self._build()
        self._connect()
        self._show_value()

    @property
    def key(self) -> InputKey:
        return self._key

    def commit_pending_edits(self) -> None:
        """Commits the text typed in the window."""
        self._commit_timer.stop()
        if not self._is_pending or not self._input_exists():
            return
        self._is_pending = False
        text = self._edit.text()
        self._shown_value = text
        label = _("Change %s") % self._model.input_row_of(self._key).name
        self._model.edit(self._key, text, label, merge=self._merge)

    def done(self, result: int) -> None:
        self.commit_pending_edits()
        super().done(result)

    # Private

    def _build(self) -> None:
        self.setObjectName("full_text")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        row = self._model.input_row_of(self._key)
        node = self._model.node_at(self._model.index_of(self._key))
        title = "" if node is None else self._model.title_of(node)
        self.setWindowTitle(shortened(f"{row.name} – {title}", 80))
        self._edit = PromptEdit(self)
        self._edit.setObjectName("full_text_edit")
        self._edit.setAccessibleName(row.name)
        self._edit.setFrameShape(QFrame.Shape.NoFrame)
        self._edit.setTabChangesFocus(True)
        self._edit.setPlaceholderText(row.spec.placeholder)
        self._note_label = muted_label("", "full_text_note", self, wrap=True)
        self._count_label = muted_label("", "full_text_count", self)
        copy = text_button(_("Copy all"), "full_text_copy", self)
        copy.clicked.connect(self._copy)
        close = text_button(_("Close"), "full_text_close", self)
        close.setDefault(True)
        close.clicked.connect(self.close)
        below = QHBoxLayout()
        below.addWidget(self._count_label, 1)
        below.addWidget(copy)
        below.addWidget(close)
        box = QVBoxLayout(self)
        box.addWidget(self._edit, 1)
        box.addWidget(self._note_label)
        box.addLayout(below)
        self.resize(*_SIZE)
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _connect(self) -> None:
        self._commit_timer.timeout.connect(self.commit_pending_edits)
        self._count_timer.setSingleShot(True)
        self._count_timer.timeout.connect(self._show_count)
        self._count_timer.setInterval(_COUNT_DELAY_MS)
        self._edit.textChanged.connect(self._on_text_changed)
        self._model.draft_changed.connect(self._on_draft_changed)

    def _input_exists(self) -> bool:
        """Reports whether the input still belongs to the draft in view."""
        draft = self._model.draft
        if draft is None or draft.key != self._draft_key:
            return False
        node = draft.workflow.nodes.get(self._key.node_id)
        return node is not None and self._key.name in self._model.names_of(node)

    def _show_value(self) -> None:
        row = self._model.input_row_of(self._key)
        value = self._shown_value = row.value
        if isinstance(value, str) and (row.spec.kind.is_editable or texts.is_long_text(row)):
            max_line_chars = max(map(len, value.split("\n")), default=0)
            is_editable = max_line_chars <= _MAX_EDITED_LINE_CHARS
            if max_line_chars > _WRAP_CHARS:
                self._edit.wrap_for(value[:_MAX_SHOWN_CHARS])
            text = value if is_editable else "\n".join(_wrapped_lines(value))
        else:
            is_editable, text = False, value if isinstance(value, str) else _as_json(value)
        self._note_label.setText("" if is_editable else _read_only_reason(row))
        self._note_label.setVisible(not is_editable)
        self._edit.setReadOnly(True)
        steps = self._fill(text, is_editable=is_editable)
        if len(text) > _CHUNK_CHARS:
            self._chunked_work.run(steps)
        else:
            self._chunked_work.stop()
            for _step in steps:
                """A small text is inserted at once."""

    def _fill(self, text: str, *, is_editable: bool) -> Iterator[None]:
        self._is_user_edit = False
        self._edit.setUndoRedoEnabled(False)
        self._edit.clear()
        cursor = QTextCursor(self._edit.document())
        for start in range(0, len(text), _CHUNK_CHARS):
            cursor.movePosition(QTextCursor.MoveOperation.End)
            self._is_user_edit = False
            cursor.insertText(text[start : start + _CHUNK_CHARS])
            self._is_user_edit = True
            if start + _CHUNK_CHARS < len(text):
                yield
        self._is_user_edit = True
        self._edit.setUndoRedoEnabled(is_editable)
        self._edit.setReadOnly(not is_editable)
        self._show_count()

    def _on_text_changed(self) -> None:
        if self._is_user_edit and not self._edit.isReadOnly():
            self._is_pending = True
            self._commit_timer.trigger()
            self._count_timer.start()

    def _on_draft_changed(self) -> None:
        if not self._input_exists():
            self._is_pending = False
            self.close()
        elif (
            not self._is_pending and self._model.input_row_of(self._key).value != self._shown_value
        ):
            self._merge = object()
            self._show_value()

    def _show_count(self) -> None:
        char_count = self._edit.document().characterCount() - 1
        text = n_("%s letter", "%s letters", char_count) % f"{char_count:,}"
        if char_count <= _MAX_COUNTED_CHARS and isinstance(self._shown_value, str):
            words = len(self._edit.text().split())
            text += ", " + n_("%s word", "%s words", words) % f"{words:,}"
        if self._input_exists() and self._model.input_row_of(self._key).expands:
            text += " · " + _("{ | } and __file__ are chosen for each run")
        self._count_label.setText(text)

    def _copy(self) -> None:
        value = (
            self._model.input_row_of(self._key).value if self._input_exists() else self._edit.text()
        )
        whole = self._edit.text() if self._is_pending else value
        text = whole if isinstance(whole, str) else _as_json(whole)
        QGuiApplication.clipboard().setText(text)


def _as_json(value: Json | MediaFile) -> str:
    if isinstance(value, MediaFile):
        return value.name
    return json.dumps(value, ensure_ascii=False, indent=2)[:_MAX_SHOWN_CHARS]


def _wrapped_lines(text: str) -> Iterator[str]:
    """Yields the lines of read-only text, with long lines split into pieces."""
    for line in text[:_MAX_SHOWN_CHARS].split("\n"):
        for start in range(0, max(len(line), 1), _WRAP_CHARS):
            yield line[start : start + _WRAP_CHARS]


def _read_only_reason(row: InputRow) -> str:
    if row.spec.kind.is_editable or texts.is_long_text(row):
        return _(
            "This text has a line that is too long to be edited here, so it is shown in pieces. "
            "It is kept and sent as it is."
        )
    return texts.read_only_reason(row)
