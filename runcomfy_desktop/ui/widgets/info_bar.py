"""Info bar above the tree: an icon, a sentence, and a link to an action."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import link_button
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.layouts import row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon


class InfoBar(QWidget):
    """Bar that is hidden until it has a message. `name` is the prefix of its object names."""

    def __init__(self, name: str, icon: str, link: str, parent: QWidget) -> None:
        super().__init__(parent)
        icon_label = QLabel(self)
        self._text = muted_label("", f"{name}_text", self, wrap=True)
        self._button = link_button(link, f"{name}_button", self)
        self.setObjectName(f"{name}_line")
        TintedIcon(icon_label, icon)
        centred = Qt.AlignmentFlag.AlignVCenter
        parts = ((icon_label, centred), (self._text, 1), (self._button, centred))
        row(*parts, owner=self, margins=(4 * STEP, 0, 4 * STEP, 2 * STEP))
        self.hide()
