"""What changed in a deployment's workflow, input by input, to be read and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from runcomfy_desktop.domain.workflow_change_text import change_text, summary
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label
from runcomfy_desktop.ui.widgets.reading import ReadingDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.workflow_change import WorkflowChange

_WIDTH, _HEIGHT = 150 * STEP, 120 * STEP


class ChangedDialog(ReadingDialog):
    """What the desk was told of; `change` is what it shows."""

    def __init__(self, change: WorkflowChange, parent: QWidget) -> None:
        text = change_text(change)
        super().__init__("changed", _("What changed"), text, parent)
        self.setObjectName("changed_dialog")
        self.change = change
        head, _line, rest = text.partition("\n")
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.view.show_text(rest.strip())
        self.lay_out(
            (
                heading_label(one_line(change.name), "changed_name", self, wrap=True),
                plain_label(head, "changed_head", self, wrap=True),
                plain_label(_own_words(change), "changed_own", self, wrap=True),
            )
        )
        self.view.setFocus()
        self.resize(_WIDTH, _HEIGHT)


def _own_words(change: WorkflowChange) -> str:
    """How much it is, and what became of the person's own values."""
    found = summary(change)
    parts = [_("Changed: %s.") % found] if found else []
    kept = sum(each.own for each in change.values)
    if kept:
        text = n_(
            "%d of these inputs you had changed yourself: your value stays and is sent.",
            "%d of these inputs you had changed yourself: your values stay and are sent.",
            kept,
        )
        parts.append(text % kept)
    if change.lost:
        lost = len(change.lost)
        text = n_(
            "%d value of yours does not fit any more; it stays with the draft, to be copied.",
            "%d values of yours do not fit any more; they stay with the draft, to be copied.",
            lost,
        )
        parts.append(text % lost)
    return " ".join(parts) or _("Your own values are all still in place.")
