"""Open drafts with their undo history, a list of earlier drafts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.drafts.draft import is_edited, same_draft
from runcomfy_desktop.domain.drafts.draft_rebase import rebase_draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
    from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport
    from runcomfy_desktop.domain.workflow.workflow import Workflow

MAX_UNDO = 500


@dataclass(slots=True)
class OpenDraft:
    """Draft with its history, kept while the program runs.

    `current_file` is a draft of the file's current content if the file has changed since the draft
    was made.
    """

    draft: Draft
    past: list[tuple[str, Draft]] = field(default_factory=list)
    future: list[tuple[str, Draft]] = field(default_factory=list)
    merge_key: object = None
    conversion_report: ConversionReport | None = None
    current_file: Draft | None = None

    @property
    def newer_file(self) -> Draft | None:
        """Current content of the file if the draft is based on an earlier one, else None."""
        current_file = self.current_file
        if current_file is None or current_file.source.content == self.draft.source.content:
            return None
        return current_file

    @property
    def undo_text(self) -> str:
        return self.past[-1][0] if self.past else ""

    @property
    def redo_text(self) -> str:
        return self.future[-1][0] if self.future else ""

    def advance(self, draft: Draft, label: str, merge_key: object) -> bool:
        """Replaces the draft as one undoable step; returns True if anything changed.

        Consecutive steps with the same `merge_key` (anything but None) become one.
        """
        if same_draft(draft, self.draft):
            return False
        if merge_key is None or merge_key != self.merge_key or not self.past:
            self.past.append((label, self.draft))
            del self.past[:-MAX_UNDO]
        elif same_draft(draft, self.past[-1][1]):
            # Typing has restored the previous draft: the step is removed.
            self.past.pop()
            merge_key = None
        self.future.clear()
        self.merge_key = merge_key
        self.draft = draft
        return True

    def undo(self) -> bool:
        return self._step(self.past, self.future)

    def redo(self) -> bool:
        return self._step(self.future, self.past)

    def refresh_workflow(self, fresh: Draft) -> None:
        """Applies a workflow that was read again and runs the same as before.

        Only the report on what was left out may differ.
        """
        before = self.draft.workflow
        is_same = fresh.workflow.conversion_report == before.conversion_report
        workflow = before if is_same else fresh.workflow

        def refreshed(draft: Draft) -> Draft:
            if draft.workflow is not before:
                return draft
            return replace(draft, source=fresh.source, workflow=workflow)

        self.change_all(refreshed)

    def set_fields(self, **fields: Any) -> None:
        """Sets fields that are not subject to undo, also in the history."""
        self.change_all(lambda draft: replace(draft, **fields))

    def change_all(self, change: Callable[[Draft], Draft]) -> None:
        """Replaces the draft and each one in its history by `change` of it."""
        self.draft = change(self.draft)
        self.past = [(text, change(draft)) for text, draft in self.past]
        self.future = [(text, change(draft)) for text, draft in self.future]

    def _step(self, source: list[tuple[str, Draft]], target: list[tuple[str, Draft]]) -> bool:
        if not source:
            return False
        label, draft = source.pop()
        target.append((label, self.draft))
        # The deployment of a run is not subject to undo.
        self.draft = replace(draft, deployment_id=self.draft.deployment_id)
        self.merge_key = None
        return True


def updated_open_draft(
    open_draft: OpenDraft | None, stored: Draft | None, fresh: Draft
) -> OpenDraft:
    """Returns the open draft of a file that was just read as `fresh`, with earlier changes.

    Changes stay on the workflow in which they were made: if the file's content is different now, it
    becomes `current_file`, which is offered to the user.
    """
    if open_draft is not None and open_draft.draft.workflow == fresh.workflow:
        open_draft.current_file = None
        open_draft.refresh_workflow(fresh)
        return open_draft
    earlier = more_complete_draft(open_draft, stored)
    if earlier is None or not _is_replaced_file(earlier, fresh):
        return OpenDraft(rebase_draft(earlier, fresh))
    if open_draft is None or open_draft.draft is not earlier:
        open_draft = OpenDraft(
            replace(earlier, deployment_id=fresh.deployment_id or earlier.deployment_id)
        )
    open_draft.current_file = fresh
    return open_draft


def _is_replaced_file(earlier: Draft, fresh: Draft) -> bool:
    before, now = earlier.source.content, fresh.source.content
    is_other = bool(before and now and before != now and earlier.workflow.nodes)
    return is_other and is_edited(earlier) and earlier.workflow != fresh.workflow


def more_complete_draft(open_draft: OpenDraft | None, stored: Draft | None) -> Draft | None:
    """Returns the draft in memory, or the stored one if it has changes missing in memory.

    Changes are missing after a conversion without the node classes, which finds only some inputs.
    """
    if open_draft is None:
        return stored
    is_whole = (
        stored is None
        or bool(open_draft.past)
        or stored.changes.keys() <= open_draft.draft.changes.keys()
    )
    return open_draft.draft if is_whole else stored


class OpenDrafts(dict[str, OpenDraft]):
    """All drafts that were in view since the start, by key."""

    def drafts(self) -> tuple[Draft, ...]:
        return tuple(open_draft.draft for open_draft in self.values())

    def has_deployment_draft(self, deployment_id: str) -> bool:
        """Returns True if a draft of a deployment's own workflow is open."""
        return any(
            draft.deployment_id == deployment_id and not draft.source.is_file
            for draft in self.drafts()
        )

    def with_workflow(self, open_draft: OpenDraft, workflow: Workflow) -> OpenDraft:
        """Returns the open draft moved to the deployment's current workflow.

        The workflow may have changed while the draft was out of view.
        """
        draft = open_draft.draft
        if draft.source.is_file or draft.workflow == workflow:
            return open_draft
        fresh = OpenDraft(rebase_draft(draft, replace(draft, workflow=workflow, changes={})))
        self[draft.key] = fresh
        return fresh

    def remove_deployment(self, deployment_id: str, source: DraftSource) -> tuple[Draft, ...]:
        """Removes a deployment from all its drafts, and returns the changed drafts.

        Drafts of the deployment's own workflow become drafts of the file `source`.
        """
        released = []
        for key, open_draft in list(self.items()):
            if open_draft.draft.deployment_id != deployment_id:
                continue
            if not open_draft.draft.source.is_file:
                open_draft.set_fields(source=source)
            open_draft.draft = replace(open_draft.draft, deployment_id="")
            del self[key]
            self[open_draft.draft.key] = open_draft
            released.append(open_draft.draft)
        return tuple(released)
