"""Info bar above the tree: an icon, a sentence, and a link to an action."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, link_button
from runcomfy_desktop.ui.widgets.labels import muted_label


class InfoBar(QWidget):
    """Bar that is hidden until it has a message. `name` is the prefix of its object names."""

    def __init__(self, name: str, icon: str, link: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._icon = QLabel(self)
        self._text = muted_label("", f"{name}_text", self, wrap=True)
        self._button = link_button(link, f"{name}_button", self)
        self.setObjectName(f"{name}_line")
        row = QHBoxLayout(self)
        row.setContentsMargins(4 * STEP, 0, 4 * STEP, 2 * STEP)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._apply_style()
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()

    def _apply_style(self) -> None:
        image = icons.icon(self._icon_name, colours(self.palette()).muted)
        self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))
