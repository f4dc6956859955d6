"""A line that says what is going on with a deployment, or what came of the last wish."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, link_button
from runcomfy_desktop.ui.widgets.labels import plain_label

_LEVEL_ICONS = {
    NoticeLevel.INFO: ("info", "muted"),
    NoticeLevel.WARNING: ("warning", "warning"),
    NoticeLevel.ERROR: ("error", "error"),
}


class DeploymentStatusLine(QWidget):
    """An icon and a sentence; errors have the service's own words to copy. Emits
    `retry_requested`."""

    retry_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon_style = ("", "muted")
        self._technical_text = ""
        self._icon_label = QLabel(self)
        self._text_label = plain_label("", "details_status", self, wrap=True)
        self._retry_button = link_button(_("Try again"), "details_retry", self)
        self._copy_button = link_button(
            _("Copy the server's words"), "details_copy_technical", self
        )
        self._build()

    @property
    def text(self) -> str:
        return self._text_label.text()

    def show_notice(self, notice: Notice, *, retry: bool = False) -> None:
        """Shows a notice; with `retry` there is a button for it."""
        text = " ".join(part for part in (notice.title, notice.detail) if part)
        self._show(*_LEVEL_ICONS[notice.level], text, notice.technical)
        self._retry_button.setVisible(retry)
        announce(self, text, urgent=notice.level is NoticeLevel.ERROR)

    def show_progress(self, text: str) -> None:
        """Says what is being done."""
        self._show("clock", "muted", text)
        announce(self, text)

    def clear(self) -> None:
        self._show("", "muted", "")

    def _build(self) -> None:
        self._retry_button.clicked.connect(self.retry_requested)
        self._copy_button.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self._technical_text)
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * STEP)
        top = Qt.AlignmentFlag.AlignTop
        layout.addWidget(self._icon_label, 0, top)
        layout.addWidget(self._text_label, 1, top)
        layout.addWidget(self._copy_button)
        layout.addWidget(self._retry_button)
        self.clear()

    def _show(self, icon: str, colour_role: str, text: str, technical: str = "") -> None:
        self._icon_style = (icon, colour_role)
        self._technical_text = technical
        self._text_label.setText(text)
        self._icon_label.setVisible(bool(icon))
        self._copy_button.setVisible(bool(technical))
        self._retry_button.hide()
        self.setVisible(bool(text))
        self._apply_style()

    def _apply_style(self) -> None:
        icon, colour_role = self._icon_style
        if icon:
            image = icons.icon(icon, getattr(colours(self.palette()), colour_role))
            self._icon_label.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()
