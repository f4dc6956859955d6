"""Commands that change open drafts as a whole: showing, adding, naming, and updating presets.

These are not edits, so undo does not revert them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.editor.open_draft import OpenDraft
from runcomfy_desktop.domain.drafts.draft import is_worth_keeping

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport


class OpenDraftCommands:
    """Commands on an editor's open drafts.

    `show` and `set_fields` return False if the draft is not open.
    """

    def __init__(self, draft_editor: DraftEditor) -> None:
        self._draft_editor = draft_editor

    def is_unused(self, key: str) -> bool:
        """Returns True if an open draft has nothing to store; it is only listed while in view."""
        open_draft = self._draft_editor.open_drafts.get(key)
        return open_draft is not None and not is_worth_keeping(open_draft.draft)

    def drop_unused(self, key: str) -> None:
        """Closes an unused draft, so that it is read again when it is opened next."""
        if self.is_unused(key):
            self._draft_editor.open_drafts.pop(key)

    def show(self, key: str) -> bool:
        """Shows a draft as it was left."""
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
        """Shows a draft that is not open yet, and publishes it for storing."""
        self._draft_editor.commit_requested.publish(None)
        open_draft = self._draft_editor.open_drafts[draft.key] = OpenDraft(
            draft, conversion_report=conversion_report
        )
        self._draft_editor.edited.publish(draft)
        self._draft_editor.bring_into_view(open_draft)

    def set_fields(self, key: str, **fields: Any) -> bool:
        """Sets fields that are not subject to undo, such as the title or the deployment."""
        open_draft = self._draft_editor.open_drafts.get(key)
        if open_draft is None:
            return False
        open_draft.set_fields(**fields)
        self._draft_editor.publish_edit(open_draft)
        return True


def without_changes(draft: Draft) -> Draft:
    """Returns the draft without any changes."""
    bare = replace(draft, changes={}, seed_modes={}, dynamic_prompt_inputs=frozenset(), orphaned=())
    return replace(bare, runs_file=False, preset="")


def set_preset(draft_editor: DraftEditor, key: str, path: str) -> None:
    """Records that the open draft `key` was saved as the preset at `path`."""
    open_draft = draft_editor.open_drafts.get(key)
    if open_draft is not None and open_draft.draft.preset != path:
        _replace_preset(open_draft, open_draft.draft.preset, path)
        draft_editor.edited.publish(open_draft.draft)
        draft_editor.revalidate()


def update_preset_path(
    draft_editor: DraftEditor, old_path: str, new_path: str, keys: Collection[str] | None = None
) -> None:
    """Updates the preset path of open drafts after a preset has been moved to `new_path`.

    This applies to all drafts based on `old_path`, or only to the drafts in `keys`.
    """
    for key, open_draft in draft_editor.open_drafts.items():
        if keys is not None and key not in keys:
            continue
        draft_before = open_draft.draft
        _replace_preset(open_draft, old_path, new_path)
        if open_draft.draft.preset != draft_before.preset:
            draft_editor.edited.publish(open_draft.draft)
    draft_editor.revalidate()


def _replace_preset(open_draft: OpenDraft, old_path: str, new_path: str) -> None:
    def replaced(draft: Draft) -> Draft:
        return replace(draft, preset=new_path) if draft.preset == old_path else draft

    open_draft.change_all(replaced)
