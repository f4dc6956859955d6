"""Why there is no input to be seen, and what the button below that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs.filter import Filter, Tab

if TYPE_CHECKING:
    from runcomfy_desktop.ui.widgets.empty_state import EmptyState


def say_why_empty(empty: EmptyState, wanted: Filter, *, has_draft: bool) -> None:
    if not has_draft:
        text = _("Choose a deployment at the left, or open a workflow file.")
        empty.tell(text, icon="file", button=_("Open workflow…"))
    elif wanted.text:
        text = _("No input matches “%s”.") % wanted.text[:60]
        empty.tell(text, icon="search", button=_("Clear the filter"))
    elif wanted.tab is Tab.PROBLEMS:
        text = _("No problem was found, as far as can be seen before a run.")
        empty.tell(text, icon="check", button=_("Show all inputs"))
    elif wanted.tab is Tab.CHANGED:
        text = _("Nothing differs from the workflow, so a run uses its own values.")
        empty.tell(text, icon="check", button=_("Show all inputs"))
    elif wanted.tab is Tab.PINNED:
        text = _("Nothing is pinned. Pin what matters: Ctrl+P on an input, or its menu.")
        empty.tell(text, icon="pin", button=_("Show all inputs"))
    else:
        text = _("This workflow has no nodes.")
        empty.tell(text, icon="file", button=_("Open workflow…"))
