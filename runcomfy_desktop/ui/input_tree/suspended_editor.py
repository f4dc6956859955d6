"""What somebody is typing while the rows are made anew: taken out of one editor, put into the next.

It speaks of Qt's own text fields, not of ours: the kind of editor may be another one afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from runcomfy_desktop.domain.drafts.draft import same_value
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.edit_session import EditSession
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel


@dataclass(frozen=True, slots=True)
class TypedText:
    """The letters in a field, and the ends of what is marked in them; `cursor` moves."""

    text: str
    anchor: int
    cursor: int


@dataclass(frozen=True, slots=True)
class SuspendedEditor:
    """An editor that was open.

    `value` is what stood in it, None for no sensible value; `is_dirty` says that the letters are
    the person's, and `is_pending` that they are not handed in yet. `merge` makes all that is typed
    there one step of undo.
    """

    key: InputKey
    typed: TypedText | None
    value: Value
    merge: object
    is_dirty: bool
    is_pending: bool


def suspend(session: EditSession | None) -> SuspendedEditor | None:
    """What is being typed, before its editor goes; None when the keyboard is elsewhere."""
    focus = QApplication.focusWidget()
    if session is None or focus is None:
        return None
    if focus is not session.editor and not session.editor.isAncestorOf(focus):
        return None
    return SuspendedEditor(
        session.key,
        _read_typed(session.editor),
        session.editor.value(),
        session.merge,
        session.is_dirty,
        session.is_pending,
    )


def resume(suspended: SuspendedEditor, session: EditSession | None, *, keeps_text: bool) -> bool:
    """Lets what was typed go on in the editor of its input that has just been opened; False where
    that has none any more."""
    if session is None or session.key != suspended.key:
        return False
    keeps_text = keeps_text and suspended.is_dirty
    session.merge = suspended.merge
    if suspended.typed is not None:
        _restore_typed(session.editor, suspended.typed, with_text=keeps_text)
    elif keeps_text and suspended.value is not None:
        # One of several fields, or none at all: what they say together is put back.
        session.editor.set_value(suspended.value)
        session.editor.edited.emit()
    if keeps_text:
        session.is_dirty, session.is_pending = True, suspended.is_pending
    return True


def commit_suspended(suspended: SuspendedEditor, model: InputsModel) -> None:
    """Takes over what was typed, where nothing can be typed any more."""
    draft = model.draft
    if draft is None or not suspended.is_pending or suspended.value is None:
        return
    if not same_value(suspended.value, draft.value(suspended.key)):
        label = _("Change %s") % one_line(suspended.key.name)
        model.edit(suspended.key, suspended.value, label, merge=suspended.merge)


def _read_typed(editor: QWidget) -> TypedText | None:
    """The letters in an editor, None where it has no field for letters."""
    field = _field(editor)
    if isinstance(field, QPlainTextEdit):
        cursor = field.textCursor()
        return TypedText(field.toPlainText(), cursor.anchor(), cursor.position())
    if field is None:
        return None
    at = field.cursorPosition()
    start, length = field.selectionStart(), field.selectionLength()
    anchor = at if start < 0 else start if at != start else start + length
    return TypedText(field.text(), anchor, at)


def _restore_typed(editor: QWidget, typed: TypedText, *, with_text: bool) -> None:
    """Puts the cursor back, and the letters as well if they are to be there."""
    field = _field(editor)
    if isinstance(field, QPlainTextEdit):
        if with_text and field.toPlainText() != typed.text:
            field.setPlainText(typed.text)
        last = len(field.toPlainText())
        cursor = field.textCursor()
        cursor.setPosition(min(typed.anchor, last))
        cursor.setPosition(min(typed.cursor, last), QTextCursor.MoveMode.KeepAnchor)
        field.setTextCursor(cursor)
    elif field is not None:
        if with_text and field.text() != typed.text:
            field.setText(typed.text)
        field.setCursorPosition(typed.cursor)
        if typed.anchor != typed.cursor:
            field.setSelection(typed.anchor, typed.cursor - typed.anchor)


def _field(editor: QWidget) -> QLineEdit | QPlainTextEdit | None:
    if isinstance(editor, QLineEdit | QPlainTextEdit):
        return editor
    return editor.findChild(QLineEdit) or editor.findChild(QPlainTextEdit)
