"""Explains why no input is shown, with a matching button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.input_filter import FilterTab, InputFilter

if TYPE_CHECKING:
    from runcomfy_desktop.ui.widgets.empty_state import EmptyState


def show_empty_state(empty_state: EmptyState, criteria: InputFilter, *, has_draft: bool) -> None:
    if not has_draft:
        text = _("Choose a deployment at the left, or open a workflow file.")
        empty_state.show_message(text, icon="file", button=_("Open workflow…"))
    elif criteria.text and criteria.tab is FilterTab.ESSENTIALS:
        text = _("No input of this tab matches “%s”.") % criteria.text[:60]
        empty_state.show_message(text, icon="search", button=_("Search all inputs"))
    elif criteria.text:
        text = _("No input matches “%s”.") % criteria.text[:60]
        empty_state.show_message(text, icon="search", button=_("Clear the filter"))
    elif criteria.tab is FilterTab.PROBLEMS:
        text = _("No problem was found, as far as can be seen before a run.")
        empty_state.show_message(text, icon="check", button=_("Show all inputs"))
    elif criteria.tab is FilterTab.CHANGED:
        text = _("Nothing differs from the workflow, so a run uses its own values.")
        empty_state.show_message(text, icon="check", button=_("Show all inputs"))
    elif criteria.tab is FilterTab.ESSENTIALS:
        text = _("No input is chosen for this tab. All inputs are one tab further.")
        empty_state.show_message(text, icon="list", button=_("Choose inputs…"))
    else:
        text = _("This workflow has no nodes.")
        empty_state.show_message(text, icon="file", button=_("Open workflow…"))
