"""Preserves the user's place and typing while the tree's rows are rebuilt.

After a change of filter or workflow, the tree restores the state that it remembers for the new
rows. If only the kinds of inputs have become known, nothing may change: neither the position of the
rows, nor the folded nodes, nor the text being typed.

Typed text is transferred between Qt's own text fields rather than between this program's editors,
because the kind of editor may be different afterwards.
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
    from runcomfy_desktop.ui.input_tree.input_commands import InputCommands
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
    from runcomfy_desktop.ui.input_tree.row_view import RowView
    from runcomfy_desktop.ui.input_tree.tree_states import ScrollPosition, TreeStates


@dataclass(frozen=True, slots=True)
class _TypedText:
    """Text of a field with its selection; `cursor` is the end that moves."""

    text: str
    anchor: int
    cursor: int


@dataclass(frozen=True, slots=True)
class _SuspendedEditor:
    """Editor that was open before a rebuild.

    `value` is the content; None if that was not a valid value. `is_dirty` is True if the user typed
    the text, `is_pending` if the text is not committed yet. `merge` joins everything typed in the
    editor into one undo step.
    """

    key: InputKey
    typed: _TypedText | None
    value: Value
    merge: object
    is_dirty: bool
    is_pending: bool


@dataclass(frozen=True, slots=True)
class _RebuildSnapshot:
    """State of the screen before a rebuild, with its draft and schema."""

    draft_key: str
    schema: object
    workflow: object
    scroll_position: ScrollPosition
    collapsed_ids: frozenset[str]
    suspended: _SuspendedEditor | None
    found_key: InputKey | None
    """Input that the user went to while a filter was on."""


class RebuildRestorer:
    """Restores the view around each rebuild of its model, and sets its `is_rebuilding`."""

    def __init__(self, view: RowView, tree_states: TreeStates, commands: InputCommands) -> None:
        self._view = view
        self._tree_states = tree_states
        self._commands = commands
        self._snapshot: _RebuildSnapshot | None = None
        view.inputs.about_to_rebuild.connect(self._on_about_to_rebuild)
        view.inputs.rebuilt.connect(self.restore)

    def _on_about_to_rebuild(self) -> None:
        view, model = self._view, self._view.inputs
        view.is_rebuilding = True
        self._snapshot = None
        draft = model.draft
        if draft is None:
            return
        if not model.is_filtered:
            self._tree_states.save_scroll_position(draft.key)
        suspended = _suspend(view.delegate.session)
        self._snapshot = _RebuildSnapshot(
            draft.key,
            model.state.schema,
            draft.workflow,
            self._tree_states.scroll_position(
                self._visible_current_key() if suspended is None else suspended.key
            ),
            self._tree_states.visibly_collapsed_ids(),
            suspended,
            model.key_at(view.currentIndex()) if model.is_filtered else None,
        )

    def _visible_current_key(self) -> InputKey | None:
        """Returns the current input if it is on screen, and so should not move; else None."""
        index = self._view.currentIndex()
        rect = self._view.visualRect(index)
        is_visible = rect.isValid() and self._view.viewport().rect().intersects(rect)
        return self._view.inputs.key_at(index) if is_visible else None

    def restore(self) -> None:
        """Restores the state that is remembered for the model's rows; follows each rebuild."""
        view, draft = self._view, self._view.inputs.draft
        snapshot, self._snapshot = self._snapshot, None
        if draft is not None:
            view.row_selection.prune(draft)
            view.fit_columns()
            if snapshot is not None and self._has_same_rows(snapshot):
                self._collapse(snapshot.collapsed_ids)
                self._tree_states.apply_scroll_position(snapshot.scroll_position)
            elif not view.inputs.is_filtered:
                # Nodes with search results are always unfolded.
                self._collapse(self._tree_states.collapsed_ids(draft.key))
                self._tree_states.restore_scroll_position(draft.key)
                if snapshot is not None and snapshot.draft_key == draft.key:
                    self._go_to_found(snapshot.found_key)
        # Runs Qt's delayed layout now; otherwise everything would soon be painted a second time.
        view.executeDelayedItemsLayout()
        view.is_rebuilding = False
        view.laid_out.emit()
        if snapshot is not None and snapshot.suspended is not None:
            self._resume_editor(snapshot.suspended, keeps_text=self._has_same_rows(snapshot))

    def _go_to_found(self, key: InputKey | None) -> None:
        """Keeps the found input current when its filter is cleared."""
        if key is not None:
            self._view.go_to(self._view.inputs.index_of(key), take_focus=False)

    def _has_same_rows(self, snapshot: _RebuildSnapshot) -> bool:
        """Returns True if the rows are the same and only the schema has changed."""
        state = self._view.inputs.state
        return (
            state.draft is not None
            and state.draft.key == snapshot.draft_key
            and state.draft.workflow is snapshot.workflow
            and state.schema is not snapshot.schema
        )

    def _collapse(self, node_ids: frozenset[str]) -> None:
        self._view.collapse_silently(map(self._view.inputs.index_of_node, node_ids))
        self._view.updateGeometries()

    def _resume_editor(self, suspended: _SuspendedEditor, *, keeps_text: bool) -> None:
        """Resumes editing where a rebuild interrupted it."""
        index = self._view.inputs.index_of(suspended.key)
        if not index.isValid():
            return
        bar = self._view.verticalScrollBar()
        at = bar.value()
        self._commands.open_editor(index)
        is_resumed = _resume(suspended, self._view.delegate.session, keeps_text=keeps_text)
        if keeps_text:
            bar.setValue(at)
            if not is_resumed:
                _commit_suspended(suspended, self._view.inputs)


def _suspend(session: EditSession | None) -> _SuspendedEditor | None:
    """Returns the state of the open editor before it is destroyed.

    Returns None if the focus is elsewhere.
    """
    focus = QApplication.focusWidget()
    if session is None or focus is None:
        return None
    if focus is not session.editor and not session.editor.isAncestorOf(focus):
        return None
    return _SuspendedEditor(
        session.key,
        _read_typed(session.editor),
        session.editor.value(),
        session.merge,
        session.is_dirty,
        session.is_pending,
    )


def _resume(suspended: _SuspendedEditor, session: EditSession | None, *, keeps_text: bool) -> bool:
    """Restores typed text in the editor just opened for its input.

    Returns False if the input no longer has an editor.
    """
    if session is None or session.key != suspended.key:
        return False
    keeps_text = keeps_text and suspended.is_dirty
    session.merge = suspended.merge
    if suspended.typed is not None:
        _restore_typed(session.editor, suspended.typed, with_text=keeps_text)
    elif keeps_text and suspended.value is not None:
        # An editor with several fields or none is restored by its value.
        session.editor.set_value(suspended.value)
        session.editor.edited.emit()
    if keeps_text:
        session.is_dirty, session.is_pending = True, suspended.is_pending
    return True


def _commit_suspended(suspended: _SuspendedEditor, model: InputsModel) -> None:
    """Commits the typed value of an input that can no longer be edited."""
    draft = model.draft
    if draft is None or not suspended.is_pending or suspended.value is None:
        return
    if not same_value(suspended.value, draft.value(suspended.key)):
        label = _("Change %s") % one_line(suspended.key.name)
        model.edit(suspended.key, suspended.value, label, merge=suspended.merge)


def _read_typed(editor: QWidget) -> _TypedText | None:
    """Returns the text of an editor; None if it has no text field."""
    field = _field(editor)
    if isinstance(field, QPlainTextEdit):
        cursor = field.textCursor()
        return _TypedText(field.toPlainText(), cursor.anchor(), cursor.position())
    if field is None:
        return None
    at = field.cursorPosition()
    start, length = field.selectionStart(), field.selectionLength()
    anchor = at if start < 0 else start if at != start else start + length
    return _TypedText(field.text(), anchor, at)


def _restore_typed(editor: QWidget, typed: _TypedText, *, with_text: bool) -> None:
    """Restores the cursor and, if requested, the text."""
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
