"""Label for one line of plain text; elided if too long, with the whole text in its tooltip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip

from runcomfy_desktop.ui.style.theme import colours
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class ElidedLabel(QLabel):
    """One line of text in the colour of a role of `theme.Colours`, looked up at each paint."""

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, object_name: str = ""
    ) -> None:
        super().__init__(parent)
        self._role = "text"
        self.setObjectName(object_name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)

    def set_role(self, role: str) -> None:
        """Sets the colour by role: `text`, `muted`, `error` and so on."""
        self._role = role
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip:
            assert isinstance(event, QHelpEvent)
            # The tooltip is shown here instead of set: a screen reader would read its markup.
            if self.fontMetrics().horizontalAdvance(self.text()) > self.width():
                QToolTip.showText(event.globalPos(), tooltip(self.text()), self)
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(getattr(colours(self.palette()), self._role)))
        elided = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        flags = self.alignment() | Qt.TextFlag.TextSingleLine
        painter.drawText(self.rect(), int(flags), elided)
        painter.end()
