"""Lets open drafts follow the presets that they go back to: saved anew, renamed, moved.

None of that is an edit, so no undo takes it back: the earlier steps follow as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.core.drafts.open_draft import OpenDraft
    from runcomfy_desktop.domain.drafts.draft import Draft


def set_preset(draft_editor: DraftEditor, key: str, path: str) -> None:
    """The open draft `key` was saved as the preset at `path`, and goes back to that from now on."""
    open_draft = draft_editor.open_drafts.get(key)
    if open_draft is not None and open_draft.draft.preset != path:
        _replace_preset(open_draft, open_draft.draft.preset, path)
        draft_editor.edited.publish(open_draft.draft)
        draft_editor.revalidate()


def update_preset_path(
    draft_editor: DraftEditor, old_path: str, new_path: str, keys: Collection[str] | None = None
) -> None:
    """The preset at `old_path` lies at `new_path`; all open drafts that go back to it know, or
    those of `keys`."""
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

    open_draft.draft = replaced(open_draft.draft)
    open_draft.past = [(text, replaced(draft)) for text, draft in open_draft.past]
    open_draft.future = [(text, replaced(draft)) for text, draft in open_draft.future]
