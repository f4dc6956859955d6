"""What is done with drafts that are open as a whole: they are shown, added, named, assigned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.drafts.open_draft import OpenDraft
from runcomfy_desktop.domain.drafts.draft import is_worth_keeping

if TYPE_CHECKING:
    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport


class OpenDraftCommands:
    """Works on the pages of a workbench. What is not open is told by False."""

    def __init__(self, draft_editor: DraftEditor) -> None:
        self._draft_editor = draft_editor

    def is_unused(self, key: str) -> bool:
        """Whether it was opened and left without a change: that is none."""
        open_draft = self._draft_editor.open_drafts.get(key)
        return open_draft is not None and not is_worth_keeping(open_draft.draft)

    def drop_unused(self, key: str) -> None:
        """Has such a one read anew when it is opened next."""
        if self.is_unused(key):
            self._draft_editor.open_drafts.pop(key)

    def show(self, key: str) -> bool:
        """Brings a draft into view, as it was left."""
        open_draft = self._draft_editor.open_drafts.get(key)
        if open_draft is None:
            return False
        self._draft_editor.commit_requested.publish(None)
        workflow = self._draft_editor.workflow_of(open_draft.draft.deployment_id)
        if workflow is not None:
            open_draft = self._draft_editor.open_drafts.with_workflow(open_draft, workflow)
        self._draft_editor.bring_into_view(open_draft)
        return True

    def add(self, draft: Draft, conversion_report: ConversionReport | None = None) -> None:
        """Shows a draft that is not open yet, and has it stored."""
        self._draft_editor.commit_requested.publish(None)
        open_draft = self._draft_editor.open_drafts[draft.key] = OpenDraft(
            draft, conversion_report=conversion_report
        )
        self._draft_editor.edited.publish(draft)
        self._draft_editor.bring_into_view(open_draft)

    def set_fields(self, key: str, **fields: Any) -> bool:
        """Changes what is no edit: no undo takes a title back, nor where a draft runs."""
        open_draft = self._draft_editor.open_drafts.get(key)
        if open_draft is None:
            return False
        open_draft.set_fields(**fields)
        self._draft_editor.publish_edit(open_draft)
        return True


def without_changes(draft: Draft) -> Draft:
    """The same with nothing changed in it."""
    bare = replace(draft, changes={}, seed_modes={}, dynamic_prompt_inputs=frozenset(), orphaned=())
    return replace(bare, runs_file=False, preset="")
