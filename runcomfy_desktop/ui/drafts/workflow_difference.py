"""Dialog with the differences between two workflows, input by input, to read and copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.difference_text import comparison_text
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label
from runcomfy_desktop.ui.widgets.text_dialog import TextDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.drafts.difference_text import WorkflowComparison

_WIDTH, _HEIGHT = 150 * STEP, 110 * STEP
_MIN_LINES = 12


class WorkflowDifferenceDialog(TextDialog):
    """Shows a comparison as of the time the dialog was opened."""

    def __init__(self, comparison: WorkflowComparison, parent: QWidget) -> None:
        text = comparison_text(comparison)
        super().__init__("what_differs", _("What differs"), text, parent)
        self.setObjectName("what_differs")
        self.view.setMinimumHeight(_MIN_LINES * self.view.fontMetrics().lineSpacing())
        self.view.show_text(text)
        names = one_line(comparison.before_name), one_line(comparison.after_name)
        intro = _("In each line stands what %s has, and behind the arrow what %s has.") % names
        heading = _("What differs, input by input")
        self.build_layout(
            (
                heading_label(heading, "what_differs_heading", self, wrap=True),
                plain_label(intro, "what_differs_intro", self, wrap=True),
            )
        )
        self.expand_to(_WIDTH, _HEIGHT)
