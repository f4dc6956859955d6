"""A line that says what is going on with a deployment, or what came of the last wish."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, link_button
from runcomfy_desktop.ui.widgets.labels import plain_label

_LOOKS = {
    NoticeLevel.INFO: ("info", "muted"),
    NoticeLevel.WARNING: ("warning", "warning"),
    NoticeLevel.ERROR: ("error", "error"),
}


class StatusLine(QWidget):
    """An icon and a sentence; errors have the service's own words to copy. Emits `retried`."""

    retried = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = ("", "muted")
        self._technical = ""
        self._icon = QLabel(self)
        self._text = plain_label("", "details_status", self, wrap=True)
        self._again = link_button(_("Try again"), "details_retry", self)
        self._copy = link_button(_("Copy the server's words"), "details_copy_technical", self)
        self._build()

    @property
    def text(self) -> str:
        return self._text.text()

    def tell(self, notice: Notice, *, retry: bool = False) -> None:
        """Shows a notice; with `retry` there is a button for it."""
        text = " ".join(part for part in (notice.title, notice.detail) if part)
        self._show(*_LOOKS[notice.level], text, notice.technical)
        self._again.setVisible(retry)
        announce(self, text, urgent=notice.level is NoticeLevel.ERROR)

    def wait(self, text: str) -> None:
        """Says what is being done."""
        self._show("clock", "muted", text)
        announce(self, text)

    def clear(self) -> None:
        self._show("", "muted", "")

    def _build(self) -> None:
        self._again.clicked.connect(self.retried)
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._technical))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * STEP)
        top = Qt.AlignmentFlag.AlignTop
        layout.addWidget(self._icon, 0, top)
        layout.addWidget(self._text, 1, top)
        layout.addWidget(self._copy)
        layout.addWidget(self._again)
        self.clear()

    def _show(self, icon: str, tone: str, text: str, technical: str = "") -> None:
        self._look = (icon, tone)
        self._technical = technical
        self._text.setText(text)
        self._icon.setVisible(bool(icon))
        self._copy.setVisible(bool(technical))
        self._again.hide()
        self.setVisible(bool(text))
        self._dress()

    def _dress(self) -> None:
        icon, tone = self._look
        if icon:
            image = icons.icon(icon, getattr(colours(self.palette()), tone))
            self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
