"""Bar with the number of values without a place in the draft's workflow, and their dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from runcomfy_desktop.domain.drafts.orphaned_text import orphaned_text
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.info_bar import InfoBar
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label
from runcomfy_desktop.ui.widgets.text_dialog import TextDialog

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QShowEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue

_WIDTH, _HEIGHT = 150 * STEP, 100 * STEP
_MIN_LINES = 6
_NO_LIMIT_CHARS = 2**62


class OrphanedValuesDialog(TextDialog):
    """Lists the orphaned values of a draft; emits `discard_requested`."""

    discard_requested = Signal()

    def __init__(self, draft: Draft, parent: QWidget) -> None:
        # The clipboard gets the full values. The dialog shortens them: a single value can be
        # megabytes long.
        super().__init__(
            "left",
            _("Values without a place"),
            orphaned_text(draft.orphaned, _NO_LIMIT_CHARS),
            parent,
        )
        self.setObjectName("left_dialog")
        self._shown_values = draft.key, draft.orphaned
        self._discard_button = text_button(_("Discard"), "left_discard", self)
        self._discard_button.clicked.connect(self.discard_requested)
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.view.setMinimumHeight(_MIN_LINES * self.view.fontMetrics().lineSpacing())
        self.view.show_text(orphaned_text(draft.orphaned))
        self.build_layout(
            (
                heading_label(_("Values without a place"), "left_heading", self, wrap=True),
                plain_label(
                    _orphaned_count_text(len(draft.orphaned)), "left_count", self, wrap=True
                ),
                plain_label(_explanation(draft.orphaned), "left_why", self, wrap=True),
            ),
            (self._discard_button,),
        )
        self.view.setFocus()
        self.resize(self.bounded_size(_WIDTH, _HEIGHT))

    def shows_values_of(self, draft: Draft | None) -> bool:
        """Returns True if the dialog shows exactly the orphaned values of `draft`."""
        return draft is not None and self._shown_values == (draft.key, draft.orphaned)


def _explanation(orphaned: Collection[OrphanedValue]) -> str:
    text = n_(
        "Its input is gone, linked, or of another kind of node by now. Once that is back, the "
        "value is put back by itself, and is sent.",
        "Their inputs are gone, linked, or of another kind of node by now. Where such an input is "
        "back, its value is put back by itself, and is sent.",
        len(orphaned),
    )
    if all(each.class_type for each in orphaned):
        return text
    unknown = _("Where no kind of node is named below, nobody knows it: copy the value.")
    return f"{text} {unknown}"


class OrphanedValuesBar(InfoBar):
    """Bar above the tree with the number of values that have no place in the draft's workflow.

    Hidden if there are none. Emits `show_requested` to list them.
    """

    show_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("left", "info", _("Show them"), parent)
        self._button.clicked.connect(self.show_requested)

    def show_count(self, count: int) -> None:
        if count:
            self._text.setText(_orphaned_count_text(count))
        self.setVisible(bool(count))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        announce(self, self._text.text())


def _orphaned_count_text(count: int) -> str:
    """Returns the text with the number of orphaned values, which are kept but not sent."""
    text = n_(
        "%d value of yours has no place in this workflow: it is kept here, and not sent.",
        "%d values of yours have no place in this workflow: they are kept here, and not sent.",
        count,
    )
    return text % count
