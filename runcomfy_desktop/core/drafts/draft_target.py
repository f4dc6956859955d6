"""DraftTarget: the draft that was in view when something began; what comes of it later goes
there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.domain.drafts.draft import Changes, Draft
    from runcomfy_desktop.domain.schema.schema import NodeSchema


class DraftTarget:
    """Made when a dialog opens, or when a file is let go. Another draft may come into view before
    that is done, opened from outside or by an answer that was waited for."""

    def __init__(self, draft_editor: DraftEditor) -> None:
        self._draft_editor = draft_editor
        draft = draft_editor.state.draft
        self._key = "" if draft is None else draft.key

    @property
    def draft(self) -> Draft | None:
        """The draft as it is by now; None when it is open no more."""
        open_draft = self._draft_editor.open_drafts.get(self._key)
        return None if open_draft is None else open_draft.draft

    @property
    def schema(self) -> NodeSchema | None:
        draft = self.draft
        return None if draft is None else self._draft_editor.schemas.get(draft.deployment_id)

    @property
    def is_in_view(self) -> bool:
        draft = self._draft_editor.state.draft
        return draft is not None and draft.key == self._key

    def edit(self, values: Changes, label: str, *, merge_key: object = None) -> None:
        """Changes inputs that it has as one undoable step, see Workbench.edit."""
        open_draft = self._draft_editor.open_drafts.get(self._key)
        if open_draft is None:
            return
        nodes = open_draft.draft.workflow.nodes
        applicable = {key: value for key, value in values.items() if key.node_id in nodes}
        if open_draft.advance(open_draft.draft.with_values(applicable), label, merge_key):
            self._draft_editor.publish_edit(open_draft)
