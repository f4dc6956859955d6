"""Carries a person over the moments in which the rows of the tree are made anew.

After another filter or another workflow the tree shows what it remembers of that one. When only
the kinds of inputs became known, nothing may move: not the rows, not the folds, not the typing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.ui.input_tree.suspended_editor import commit_suspended, resume, suspend

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.suspended_editor import SuspendedEditor
    from runcomfy_desktop.ui.input_tree.tree_states import ScrollPosition, TreeStates
    from runcomfy_desktop.ui.input_tree.view import InputsView


@dataclass(frozen=True, slots=True)
class _RebuildSnapshot:
    """What was on screen, of which draft and schema."""

    draft_key: str
    schema: object
    workflow: object
    scroll_position: ScrollPosition
    collapsed_ids: frozenset[str]
    suspended: SuspendedEditor | None
    found_key: InputKey | None
    """The input that somebody went to while a filter was on."""


class RebuildRestorer:
    """Follows the rebuilds of a view's model. `is_active` during one."""

    def __init__(self, view: InputsView, tree_states: TreeStates) -> None:
        self._view = view
        self._tree_states = tree_states
        self._snapshot: _RebuildSnapshot | None = None
        self.is_active = False
        view.inputs.about_to_rebuild.connect(self._on_about_to_rebuild)
        view.inputs.rebuilt.connect(self._on_rebuilt)

    def _on_about_to_rebuild(self) -> None:
        self.is_active = True
        self._snapshot = None
        view, model = self._view, self._view.inputs
        draft = model.draft
        if draft is None:
            return
        if not model.is_filtered:
            self._tree_states.save_scroll_position(draft.key)
        suspended = suspend(view.delegate.session)
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
        """The current input, if it is on screen: it stays where a person looks."""
        index = self._view.currentIndex()
        rect = self._view.visualRect(index)
        is_visible = rect.isValid() and self._view.viewport().rect().intersects(rect)
        return self._view.inputs.key_at(index) if is_visible else None

    def _on_rebuilt(self) -> None:
        view, draft = self._view, self._view.inputs.draft
        snapshot, self._snapshot = self._snapshot, None
        if draft is not None:
            view.row_selection.prune(draft)
            view.fit_columns()
            if snapshot is not None and self._has_same_rows(snapshot):
                self._collapse(snapshot.collapsed_ids)
                self._tree_states.apply_scroll_position(snapshot.scroll_position)
            elif not view.inputs.is_filtered:
                # What was looked for stands open, whatever was folded.
                self._collapse(self._tree_states.collapsed_ids(draft.key))
                self._tree_states.restore_scroll_position(draft.key)
                if snapshot is not None and snapshot.draft_key == draft.key:
                    self._go_to_found(snapshot.found_key)
        # What Qt put off is done now; it would paint everything a second time a moment later.
        view.executeDelayedItemsLayout()
        self.is_active = False
        view.laid_out.emit()
        if snapshot is not None and snapshot.suspended is not None:
            self._resume_editor(snapshot.suspended, keeps_text=self._has_same_rows(snapshot))

    def _go_to_found(self, key: InputKey | None) -> None:
        """What was found stays under the hands when its filter goes."""
        if key is not None:
            self._view.go_to(self._view.inputs.index_of(key), take_focus=False)

    def _has_same_rows(self, snapshot: _RebuildSnapshot) -> bool:
        """Whether the same rows are shown, by what is known now of their kinds."""
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

    def _resume_editor(self, suspended: SuspendedEditor, *, keeps_text: bool) -> None:
        """Goes on editing where a rebuild interrupted it."""
        index = self._view.inputs.index_of(suspended.key)
        if not index.isValid():
            return
        bar = self._view.verticalScrollBar()
        at = bar.value()
        self._view.commands.open_editor(index)
        is_resumed = resume(suspended, self._view.delegate.session, keeps_text=keeps_text)
        if keeps_text:
            bar.setValue(at)
            if not is_resumed:
                commit_suspended(suspended, self._view.inputs)
