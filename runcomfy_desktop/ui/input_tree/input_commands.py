"""Commands on rows: open the editor, toggle, follow a link, reset, and others."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QColorDialog

from runcomfy_desktop.domain.drafts.seed_inputs import MAX_SEED
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.editors import LineEditor, ListEditor, MultilineTextEditor
from runcomfy_desktop.ui.input_tree.full_text_dialog import FULL_TEXT_KINDS, FullTextDialog
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.quick_fixes import (
    all_quick_fixes,
    is_quick_fix_key,
    quick_fixes_label,
    quick_fixes_text,
)
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.input_tree.seed_mode_menu import popup_seed_modes
from runcomfy_desktop.ui.input_tree.value_rollback import ValueRollback

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
    from runcomfy_desktop.ui.input_tree.row_view import RowView

_NO_MODIFIERS = Qt.KeyboardModifier.NoModifier
_ACTIVATION_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2, Qt.Key.Key_Space)
_EditTrigger = QAbstractItemView.EditTrigger
_IBEAM_KINDS = (
    InputKind.STRING,
    InputKind.TEXT,
    InputKind.INT,
    InputKind.FLOAT,
    InputKind.COLOR,
)
_TYPED_KINDS = (*_IBEAM_KINDS, InputKind.COMBO, InputKind.BOX, InputKind.RANGE)


class InputCommands:
    """Carries out mouse and keyboard commands on the view and its model."""

    def __init__(self, view: RowView) -> None:
        self._view = view
        self._model = view.inputs

    def open_editor(
        self, index: QModelIndex, at: QPoint | None = None, *, last: bool = False
    ) -> None:
        """Opens a row's editor and puts the cursor at `at`, a clicked position in the viewport.

        A media input gets the focus in its media field instead (on its last part if `last`), and a
        value without an editor is shown in the full-text window.
        """
        value = index.siblingAtColumn(InputColumn.VALUE)
        key = self._model.key_at(value)
        if key is None:
            return
        if self._model.spec_of(key).kind is InputKind.OTHER:
            self.open_full_text(key)
        if not self._model.spec_of(key).kind.is_editable:
            return
        if self._model.spec_of(key).kind.is_media:
            self._view.scrollTo(value)
            self._view.media_field_requested.emit(key, last)
            return
        # Opening scrolls and makes the row grow, so the position is computed beforehand.
        in_cell = None if at is None else at - self._view.visualRect(value).topLeft()
        self._view.scrollTo(value)
        if self._view.delegate.editing_key != key:
            self._view.edit(value)
        editor = self._view.delegate.editor
        if in_cell is not None and isinstance(editor, MultilineTextEditor | LineEditor):
            editor.place_cursor(in_cell + self._view.visualRect(value).topLeft() - editor.pos())

    def open_next(self, start: QModelIndex, *, forward: bool) -> None:
        """Opens the next (or previous) editable input; if there is none, the focus leaves the
        tree."""
        index, rows = start.siblingAtColumn(InputColumn.NAME), self._view.row_geometry
        while True:
            index = rows.index_below(index) if forward else rows.index_above(index)
            if not index.isValid():
                break
            key = self._model.key_at(index)
            if key is not None and self._model.spec_of(key).kind.is_editable:
                self._view.setCurrentIndex(index)
                self.open_editor(index, last=not forward)
                return
        self._view.setFocus(Qt.FocusReason.TabFocusReason)
        self._view.focusNextPrevChild(forward)

    def click(self, index: QModelIndex, part: RowPart | None, at: QPoint) -> None:
        key = self._model.key_at(index)
        if key is None:
            self._view.set_expanded(index, not self._view.is_expanded(index))
        elif part is RowPart.FIELD:
            self.open_editor(index, at)
            if isinstance(self._view.delegate.editor, ListEditor):
                self._view.delegate.editor.open_list()
        elif part is RowPart.MODE:
            rect = self._view.delegate.part_rect(index, self._view.visualRect(index), part)
            position = self._view.viewport().mapToGlobal(rect.bottomLeft())
            popup_seed_modes(self._view, key, position)
        elif part is not None:
            self._press_part(part, key)

    def _press_part(self, part: RowPart, key: InputKey) -> None:
        """Carries out the single action of a row part."""
        command = {
            RowPart.CHECK: self.toggle,
            RowPart.LINK: self.follow_link,
            RowPart.RESET: self._model.reset_input,
            RowPart.DICE: self.randomize_seed,
            RowPart.QUICK_FIX: self.apply_quick_fix,
            RowPart.SWATCH: self.choose_colour,
        }.get(part)
        if command is not None:
            command(key)

    def choose_colour(self, key: InputKey) -> None:
        ColourDialog(self._view.dialog_parent, self._model, key).open()

    def apply_quick_fix(self, key: InputKey) -> None:
        """Applies the quick fix of an input's issue as one undo step, labelled with the fix."""
        self.commit_pending_edits()
        issue = self._model.state.issues.get(key)
        if issue is not None and issue.quick_fix is not None:
            self._model.edit_all({key: issue.quick_fix.value}, one_line(issue.quick_fix.label))

    def apply_all_quick_fixes(self) -> None:
        """Applies all quick fixes as one undo step and sends a message that lists them."""
        self.commit_pending_edits()
        issues = self._model.state.issues
        values = all_quick_fixes(issues)
        if values:
            summary = quick_fixes_text(issues).replace("\n", "; ")
            count = len(values)
            self._model.edit_all(values, quick_fixes_label(count))
            text = n_("%d problem is put right: %s.", "%d problems are put right: %s.", count)
            self._view.message_sent.emit(text % (count, summary))

    def toggle(self, key: InputKey) -> None:
        row = self._model.input_row_of(key)
        self._model.edit(key, row.value is not True, _("Change %s") % row.name)

    def randomize_seed(self, key: InputKey) -> None:
        """Sets a seed, and the seeds selected with it, to one new random number.

        The number is within the limits of all these seeds.
        """
        model = self._model
        others = (each for each in model.keys_edited_with(key) if each != key)
        seeds = [key, *(each for each in others if model.spec_of(each).is_seed)]
        specs = [model.spec_of(each) for each in seeds]
        highest = min(MAX_SEED, *(MAX_SEED if s.maximum is None else int(s.maximum) for s in specs))
        lowest = max(0, *(int(spec.minimum or 0) for spec in specs))
        number = random.SystemRandom().randint(min(lowest, highest), highest)
        model.set_values(seeds, number, _("New random %s") % model.name_of(key))

    def changed_keys_of_current_node(self) -> list[InputKey]:
        """Returns the keys of the current node's changed inputs."""
        node, draft = self._model.node_at(self._view.currentIndex()), self._model.draft
        if node is None or draft is None:
            return []
        return [key for key in draft.changes if key.node_id == node.node_id]

    def reset_current_node(self) -> None:
        """Resets all inputs of the current node to the workflow's own values."""
        node = self._model.node_at(self._view.currentIndex())
        if node is not None:
            self.commit_pending_edits()
            label = _("Reset the node %s") % self._model.title_of(node)
            self._model.reset_inputs(self.changed_keys_of_current_node(), label)

    def open_full_text(self, key: InputKey) -> None:
        """Opens an input's full text in a window, or raises the window if it is already open."""
        self.commit_pending_edits()
        for dialog in self._full_text_dialogs():
            if dialog.key == key:
                dialog.raise_()
                dialog.activateWindow()
                return
        if self._model.spec_of(key).kind in FULL_TEXT_KINDS:
            FullTextDialog(self._view.dialog_parent, self._model, key).show()

    def commit_pending_edits(self) -> None:
        """Commits the contents of open editors and full-text windows."""
        self._view.delegate.commit_pending_edits()
        for dialog in self._full_text_dialogs():
            dialog.commit_pending_edits()

    def handle_key(self, event: QKeyEvent, index: QModelIndex) -> bool:
        """Handles a key on a row; returns True if the key has a meaning there."""
        key = self._model.key_at(index)
        if (
            key is not None
            and _is_full_text_key(event)
            and self._model.spec_of(key).kind in FULL_TEXT_KINDS
        ):
            self.open_full_text(key)
            return True
        is_plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == _NO_MODIFIERS
        if index.isValid() and is_plain and event.key() in _ACTIVATION_KEYS:
            if key is None:
                self._view.set_expanded(index, not self._view.is_expanded(index))
            else:
                self.activate(index, key, event.key())
            return True
        return key is not None and self._handle_input_key(event, index, key)

    def _handle_input_key(self, event: QKeyEvent, index: QModelIndex, key: InputKey) -> bool:
        ctrl, modifiers = Qt.KeyboardModifier.ControlModifier, event.modifiers()
        if event.key() == Qt.Key.Key_Backspace and modifiers == ctrl:
            self._model.reset_input(key)
            return True
        if is_quick_fix_key(event):
            self.apply_quick_fix(key)
            return True
        is_plain = modifiers & ~Qt.KeyboardModifier.KeypadModifier == _NO_MODIFIERS
        if is_plain or modifiers == Qt.KeyboardModifier.ShiftModifier:
            return self.start_typing(index, event)
        return False

    def _full_text_dialogs(self) -> list[FullTextDialog]:
        found = self._view.dialog_parent.findChildren(FullTextDialog)
        return [dialog for dialog in found if dialog.isVisible()]

    def follow_link(self, key: InputKey) -> None:
        """Goes to the node that a value comes from, or unfolds the links of a row."""
        if self._model.folded_links.links_of(key):
            self._model.folded_links.set_folded(key.node_id, are_folded=False)
            return
        link = self._model.source_link_of(key)
        if link is not None:
            self._view.jump_requested.emit(InputKey(link.node_id, ""))

    def activate(self, index: QModelIndex, key: InputKey, key_code: int) -> None:
        kind = self._model.spec_of(key).kind
        if kind is InputKind.LINK:
            self.follow_link(key)
        elif kind is InputKind.BOOLEAN and key_code != Qt.Key.Key_F2:
            self.toggle(key)
        else:
            self.open_editor(index)
            if isinstance(self._view.delegate.editor, ListEditor):
                self._view.delegate.editor.open_list()

    def start_typing(self, index: QModelIndex, event: QKeyEvent) -> bool:
        """Opens a row's editor and passes the typed key on to it."""
        key = self._model.key_at(index)
        is_typed = key is not None and self._model.spec_of(key).kind in _TYPED_KINDS
        if not is_typed or not event.text() or not event.text().isprintable():
            return False
        trigger = _EditTrigger.AnyKeyPressed
        self._view.setEditTriggers(trigger)
        try:
            return self._view.edit(index.siblingAtColumn(InputColumn.VALUE), trigger, event)
        finally:
            self._view.setEditTriggers(_EditTrigger.NoEditTriggers)

    def update_cursor(self, at: QPoint) -> None:
        index = self._view.indexAt(at)
        key = self._model.key_at(index)
        part = self._view.delegate.part_at(index, self._view.visualRect(index), at)
        shape = Qt.CursorShape.ArrowCursor
        if part is RowPart.FIELD and key is not None:
            kind = self._model.spec_of(key).kind
            shape = Qt.CursorShape.IBeamCursor if kind in _IBEAM_KINDS else shape
        elif part is not None:
            shape = Qt.CursorShape.PointingHandCursor
        self._view.viewport().setCursor(shape)


class ColourDialog(QColorDialog):
    """Chooses the colour of an input, and of the inputs of its kind selected with it.

    All colours tried form one undo step. Cancelling restores the previous colours and leaves no
    undo step.
    """

    def __init__(self, parent: QWidget, model: InputsModel, key: InputKey) -> None:
        super().__init__(parent)
        self._model = model
        self._key = key
        self._draft_target = model.draft_target()
        self._keys = model.same_kind_keys(key)
        self._label = _("Change %s") % model.name_of(key)
        self._merge = object()
        self._rollback = ValueRollback()
        now = model.input_row_of(key).value
        self.setObjectName("colour_dialog")
        self.setWindowTitle(_("Colour of %s") % model.name_of(key))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = QColor(now) if isinstance(now, str) else QColor()
        if shown.isValid():
            self.setCurrentColor(shown)
        self.currentColorChanged.connect(self._on_current_colour_changed)
        self.rejected.connect(self._undo_preview)

    def _on_current_colour_changed(self, colour: QColor) -> None:
        draft_target = self._draft_target
        if not colour.isValid():
            return
        before = draft_target.draft
        if not draft_target.is_in_view:
            draft_target.edit(
                dict.fromkeys(self._keys, colour.name()), self._label, merge_key=self._merge
            )
        elif self._model.index_of(self._key).isValid():
            self._model.edit(self._key, colour.name(), self._label, merge=self._merge)
        self._rollback.record(before, draft_target.draft)

    def _undo_preview(self) -> None:
        values = self._rollback.values_to_restore(self._draft_target.draft)
        if values:
            self._draft_target.edit(values, self._label, merge_key=self._merge)


def _is_full_text_key(event: QKeyEvent) -> bool:
    """Returns True if a key opens the full-text window."""
    ctrl_shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    return event.key() == Qt.Key.Key_F11 or (
        event.key() == Qt.Key.Key_E and event.modifiers() == ctrl_shift
    )
