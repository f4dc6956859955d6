"""Carries a person over the moments in which the rows of the tree are made anew.

After another filter or another workflow the tree shows what it remembers of that one. When only
the kinds of inputs became known, nothing may move: not the rows, not the folds, not the typing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.ui.inputs.held import go_on, hand_in, hold

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.held import HeldEditor
    from runcomfy_desktop.ui.inputs.memory import Place, TreeMemory
    from runcomfy_desktop.ui.inputs.view import InputsView


@dataclass(frozen=True, slots=True)
class _Before:
    """What was on screen, of which draft and schema."""

    draft_key: str
    schema: object
    workflow: object
    place: Place
    folded: frozenset[str]
    held: HeldEditor | None
    found: InputKey | None
    """The input that somebody went to while a filter was on."""


class Rebuilds:
    """Follows the rebuilds of a view's model. `is_on` during one."""

    def __init__(self, view: InputsView, memory: TreeMemory) -> None:
        self._view = view
        self._memory = memory
        self._before: _Before | None = None
        self.is_on = False
        view.inputs.about_to_rebuild.connect(self._on_about_to_rebuild)
        view.inputs.rebuilt.connect(self._on_rebuilt)

    def _on_about_to_rebuild(self) -> None:
        self.is_on = True
        self._before = None
        view, model = self._view, self._view.inputs
        draft = model.draft
        if draft is None:
            return
        if not model.is_filtered:
            self._memory.keep_place(draft.key)
        held = hold(view.delegate.session)
        self._before = _Before(
            draft.key,
            model.state.schema,
            draft.workflow,
            self._memory.place(self._in_sight() if held is None else held.key),
            self._memory.folded_now(),
            held,
            model.key_at(view.currentIndex()) if model.is_filtered else None,
        )

    def _in_sight(self) -> InputKey | None:
        """The current input, if it is on screen: it stays where a person looks."""
        index = self._view.currentIndex()
        rect = self._view.visualRect(index)
        is_seen = rect.isValid() and self._view.viewport().rect().intersects(rect)
        return self._view.inputs.key_at(index) if is_seen else None

    def _on_rebuilt(self) -> None:
        view, draft = self._view, self._view.inputs.draft
        before, self._before = self._before, None
        if draft is not None:
            view.chosen.keep_only(draft)
            view.fit_columns()
            if before is not None and self._is_refined(before):
                self._fold(before.folded)
                self._memory.bring_back(before.place)
            elif not view.inputs.is_filtered:
                # What was looked for stands open, whatever was folded.
                self._fold(self._memory.folded(draft.key))
                self._memory.restore_place(draft.key)
                if before is not None and before.draft_key == draft.key:
                    self._show_found(before.found)
        # What Qt put off is done now; it would paint everything a second time a moment later.
        view.executeDelayedItemsLayout()
        self.is_on = False
        view.laid_out.emit()
        if before is not None and before.held is not None:
            self._go_on(before.held, keeps_text=self._is_refined(before))

    def _show_found(self, key: InputKey | None) -> None:
        """What was found stays under the hands when its filter goes."""
        if key is not None:
            self._view.go_to(self._view.inputs.index_of(key), take_focus=False)

    def _is_refined(self, before: _Before) -> bool:
        """Whether the same rows are shown, by what is known now of their kinds."""
        state = self._view.inputs.state
        return (
            state.draft is not None
            and state.draft.key == before.draft_key
            and state.draft.workflow is before.workflow
            and state.schema is not before.schema
        )

    def _fold(self, node_ids: frozenset[str]) -> None:
        self._view.fold_at_once(map(self._view.inputs.index_of_node, node_ids))
        self._view.updateGeometries()

    def _go_on(self, held: HeldEditor, *, keeps_text: bool) -> None:
        """Goes on editing where a rebuild interrupted it."""
        index = self._view.inputs.index_of(held.key)
        if not index.isValid():
            return
        bar = self._view.verticalScrollBar()
        at = bar.value()
        self._view.deeds.open_editor(index)
        goes_on = go_on(held, self._view.delegate.session, keeps_text=keeps_text)
        if keeps_text:
            bar.setValue(at)
            if not goes_on:
                hand_in(held, self._view.inputs)
