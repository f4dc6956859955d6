"""The values of a draft that have no place in its workflow, to be read, copied and let go of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from runcomfy_desktop.domain.left_text import left_text
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.drafts.left_line import left_words
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label
from runcomfy_desktop.ui.widgets.reading import ReadingDialog

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.left_values import LeftValue

_WIDTH, _HEIGHT = 150 * STEP, 100 * STEP
_LEAST_LINES = 6
_ALL = 2**62


class LeftDialog(ReadingDialog):
    """Shows what the draft has left; emits `discard_wished`."""

    discard_wished = Signal()

    def __init__(self, draft: Draft, parent: QWidget) -> None:
        # Whole on the clipboard; nobody reads megabytes of one value.
        super().__init__("left", _("Values without a place"), left_text(draft.left, _ALL), parent)
        self.setObjectName("left_dialog")
        self._shown = draft.key, draft.left
        self._discard = text_button(_("Discard"), "left_discard", self)
        self._discard.clicked.connect(self.discard_wished)
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.view.setMinimumHeight(_LEAST_LINES * self.view.fontMetrics().lineSpacing())
        self.view.show_text(left_text(draft.left))
        self.lay_out(
            (
                heading_label(_("Values without a place"), "left_heading", self, wrap=True),
                plain_label(left_words(len(draft.left)), "left_count", self, wrap=True),
                plain_label(_becomes_of(draft.left), "left_why", self, wrap=True),
            ),
            (self._discard,),
        )
        self.view.setFocus()
        self.resize(self.bounded(_WIDTH, _HEIGHT))

    def is_of(self, draft: Draft | None) -> bool:
        """Whether that is what it shows."""
        return draft is not None and self._shown == (draft.key, draft.left)


def _becomes_of(left: Collection[LeftValue]) -> str:
    text = n_(
        "Its input is gone, linked, or of another kind of node by now. Once that is back, the "
        "value is put back by itself, and is sent.",
        "Their inputs are gone, linked, or of another kind of node by now. Where such an input is "
        "back, its value is put back by itself, and is sent.",
        len(left),
    )
    if all(each.class_type for each in left):
        return text
    unknown = _("Where no kind of node is named below, nobody knows it: copy the value.")
    return f"{text} {unknown}"
