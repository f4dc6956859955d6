"""Undo action of a notice about the draft in view: it undoes exactly one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.drafts.draft import same_draft
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.ui.base.session_services import SessionServices


def commit_pending_edits(draft_editor: DraftEditor) -> Draft | None:
    """Commits the text being typed and returns the draft in view."""
    draft_editor.commit_requested.publish(None)
    return draft_editor.state.draft


def undo_step(services: SessionServices, expected: Draft) -> bool:
    """Undoes the step that led to `expected` if nothing has been done since, and returns True.

    Otherwise it posts a notice that Edit > Undo goes back step by step, and returns False. It also
    returns False, without a notice, if there is no draft.
    """
    draft = commit_pending_edits(services.draft_editor)
    if draft is None:
        return False
    if draft.key == expected.key and same_draft(draft, expected):
        services.draft_editor.undo()
        return True
    if draft.key == expected.key:
        title = _("The inputs were changed since, so this was not undone.")
        detail = _("Edit > Undo goes back step by step.")
    else:
        title = _("Another draft is in view, so this was not undone.")
        detail = _("Open that draft again; there, Edit > Undo goes back step by step.")
    services.notices.post(Notice(NoticeLevel.INFO, title, detail))
    return False
