"""Aim: the draft that was in view when something began; what comes of it later goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.draft import Changes, Draft
    from runcomfy_desktop.domain.schema import Schema


class Aim:
    """Made when a dialog opens, or when a file is let go. Another draft may come into view before
    that is done, opened from outside or by an answer that was waited for."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        draft = workbench.state.draft
        self._key = "" if draft is None else draft.key

    @property
    def draft(self) -> Draft | None:
        """The draft as it is by now; None when it is open no more."""
        page = self._workbench.pages.get(self._key)
        return None if page is None else page.draft

    @property
    def schema(self) -> Schema | None:
        draft = self.draft
        return None if draft is None else self._workbench.schemas.get(draft.deployment_id)

    @property
    def is_in_view(self) -> bool:
        draft = self._workbench.state.draft
        return draft is not None and draft.key == self._key

    def edit(self, values: Changes, label: str, *, merge: object = None) -> None:
        """Changes inputs that it has as one undoable step, see Workbench.edit."""
        page = self._workbench.pages.get(self._key)
        if page is None:
            return
        nodes = page.draft.workflow.nodes
        there = {key: value for key, value in values.items() if key.node_id in nodes}
        if page.advance(page.draft.with_values(there), label, merge):
            self._workbench.note_edit(page)
