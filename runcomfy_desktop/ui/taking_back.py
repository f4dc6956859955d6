"""The Undo of a notice about the draft in view: it takes back that one step, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.draft import same_draft
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.ui.parts import WindowParts


def settled(bench: Workbench) -> Draft | None:
    """The draft in view, with what is being typed."""
    bench.settling.publish(None)
    return bench.state.draft


def take_back(parts: WindowParts, after: Draft) -> bool:
    """Undoes the step that led to `after` and returns True, as long as nothing was done since;
    later, undo goes back step by step."""
    draft = settled(parts.workbench)
    if draft is None:
        return False
    if draft.key == after.key and same_draft(draft, after):
        parts.workbench.undo()
        return True
    if draft.key == after.key:
        title = _("The inputs were changed since, so this was not undone.")
        detail = _("Edit > Undo goes back step by step.")
    else:
        title = _("Another draft is in view, so this was not undone.")
        detail = _("Open that draft again; there, Edit > Undo goes back step by step.")
    parts.notices.tell(Notice(NoticeLevel.INFO, title, detail))
    return False
