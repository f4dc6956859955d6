"""Placeholder of an empty view: one sentence, and a button if there is something to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.labels import plain_label

_ICON = 8 * STEP


class EmptyState(QWidget):
    """Muted icon, sentence and optional button; emits `pressed`."""

    pressed = Signal()

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, icon: str = "", button: str = ""
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._icon = QLabel()
        self._text = plain_label("", "empty_state_text", self, wrap=True)
        self._button = QPushButton()
        self._build()
        self._connect()
        self.show_message(text, icon=icon, button=button)

    def _build(self) -> None:
        self.setObjectName("empty_state")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._button.setObjectName("empty_state_button")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * STEP, 2 * STEP, 4 * STEP, 2 * STEP)
        layout.setSpacing(2 * STEP)
        layout.addStretch()
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._text)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch()

    def _connect(self) -> None:
        self._button.clicked.connect(self.pressed)

    def show_message(self, text: str, *, icon: str = "", button: str = "") -> None:
        """Shows another sentence; the button is visible only if it has a text."""
        self._icon_name = icon
        self._text.setText(text)
        self._button.setText(button)
        self._button.setAccessibleName(button)
        self._button.setVisible(bool(button))
        self._apply_style()

    def text(self) -> str:
        return self._text.text()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_style()

    def _apply_style(self) -> None:
        muted = colours(self.palette()).muted
        self._icon.setVisible(bool(self._icon_name))
        if self._icon_name:
            dpr = self.devicePixelRatioF()
            image = icons.icon(self._icon_name, muted)
            self._icon.setPixmap(image.pixmap(QSize(_ICON, _ICON), dpr))
        sheet = f"color: {muted}"
        if self._text.styleSheet() != sheet:
            self._text.setStyleSheet(sheet)
