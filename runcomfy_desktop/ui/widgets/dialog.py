"""Dialog: one in which Tab goes as one reads, in whatever order its parts were made, and which is
as high as its words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from runcomfy_desktop.ui.focus_order import go_on


class Dialog(QDialog):
    """What every dialog of the program is."""

    def focusNextPrevChild(self, next_: bool) -> bool:
        return go_on((self,), forward=next_)

    def setVisible(self, visible: bool) -> None:
        layout = self.layout()
        if visible and layout is not None and not self.testAttribute(Qt.WidgetAttribute.WA_Resized):
            # Qt takes the height for the width the texts would like, not for the one they get.
            width = max(self.sizeHint().width(), self.minimumWidth())
            self.resize(width, layout.totalHeightForWidth(width))
        super().setVisible(visible)
