"""The line above the tree that says how many values of the draft have no place in its workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, link_button
from runcomfy_desktop.ui.widgets.labels import muted_label

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent


class LeftLine(QWidget):
    """Hidden while all values have their place. Emits `wished` when they are to be shown."""

    wished = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self._text = muted_label("", "left_text", self, wrap=True)
        self._button = link_button(_("Show them"), "left_show", self)
        self._build()
        self._button.clicked.connect(self.wished)

    def show_count(self, count: int) -> None:
        if count:
            self._text.setText(left_words(count))
        self.setVisible(bool(count))

    def _build(self) -> None:
        self.setObjectName("left_line")
        row = QHBoxLayout(self)
        row.setContentsMargins(4 * STEP, 0, 4 * STEP, 2 * STEP)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._dress()
        self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        announce(self, self._text.text())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        image = icons.icon("info", colours(self.palette()).muted)
        self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))


def left_words(count: int) -> str:
    """How many there are, and what becomes of them."""
    text = n_(
        "%d value of yours has no place in this workflow: it is kept here, and not sent.",
        "%d values of yours have no place in this workflow: they are kept here, and not sent.",
        count,
    )
    return text % count
