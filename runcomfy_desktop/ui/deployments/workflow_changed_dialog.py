"""Dialog with the changes to a deployment's workflow, input by input, to read and copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from runcomfy_desktop.domain.deployments.workflow_change import change_text, summary
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label
from runcomfy_desktop.ui.widgets.text_dialog import TextDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.deployments.workflow_change import WorkflowChange

_WIDTH, _HEIGHT = 150 * STEP, 120 * STEP


class WorkflowChangedDialog(TextDialog):
    """Shows `change`, the changes to one deployment's workflow."""

    def __init__(self, change: WorkflowChange, parent: QWidget) -> None:
        text = change_text(change)
        super().__init__("changed", _("What changed"), text, parent)
        self.setObjectName("changed_dialog")
        self.change = change
        heading, _line, rest = text.partition("\n")
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.view.show_text(rest.strip())
        self.build_layout(
            (
                heading_label(one_line(change.name), "changed_name", self, wrap=True),
                plain_label(heading, "changed_head", self, wrap=True),
                plain_label(_own_values_text(change), "changed_own", self, wrap=True),
            )
        )
        self.view.setFocus()
        self.resize(_WIDTH, _HEIGHT)


def _own_values_text(change: WorkflowChange) -> str:
    """Returns the extent of the change and its effect on the user's own values."""
    summary_text = summary(change)
    parts = [_("Changed: %s.") % summary_text] if summary_text else []
    kept_count = sum(each.is_overridden for each in change.values)
    if kept_count:
        text = n_(
            "%d of these inputs you had changed yourself: your value stays and is sent.",
            "%d of these inputs you had changed yourself: your values stay and are sent.",
            kept_count,
        )
        parts.append(text % kept_count)
    if change.lost:
        lost_count = len(change.lost)
        text = n_(
            "%d value of yours does not fit any more; it stays with the draft, to be copied.",
            "%d values of yours do not fit any more; they stay with the draft, to be copied.",
            lost_count,
        )
        parts.append(text % lost_count)
    return " ".join(parts) or _("Your own values are all still in place.")
