"""Dialog: one in which Tab goes as one reads, in whatever order its parts were made, and which is
as high as its words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QDialog

from runcomfy_desktop.ui.focus_order import go_on


class Dialog(QDialog):
    """What every dialog of the program is."""

    def focusNextPrevChild(self, next_: bool) -> bool:
        return go_on((self,), forward=next_)

    def setVisible(self, visible: bool) -> None:
        fits = visible and not self.testAttribute(Qt.WidgetAttribute.WA_Resized)
        if fits:
            self._fit(max(self.sizeHint().width(), self.minimumWidth()))
        super().setVisible(visible)
        if fits:
            # Once more, before it is painted: only now the texts know how few lines they need.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            self._fit(self.width())

    def _fit(self, width: int) -> None:
        """Qt takes the height for the width the texts would like, not for the one they get."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(width, layout.totalHeightForWidth(width))
