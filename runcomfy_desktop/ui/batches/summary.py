"""What many runs cost and how long they take, before anything is sent; or why they cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.domain.estimate import Estimate
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.dialogs.run_question import cost_lines, deed_text
from runcomfy_desktop.ui.price_words import time_line
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, literal
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label, tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.domain.deployment import Deployment


class Summary(QWidget):
    """Lines at the foot of a dialog; each is there only while it has something to say."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._time = plain_label("", f"{name}_time", self, wrap=True)
        self._cost = muted_label("", f"{name}_cost", self, wrap=True)
        self._note = _Line(f"{name}_note", "info", "muted", self)
        self._why = _Line(f"{name}_why", "warning", "warning", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * STEP)
        for widget in (self._time, self._cost, self._note, self._why):
            column.addWidget(widget)
            widget.hide()

    def show_cost(self, deployment: Deployment | None, purse: Purse, runs: int) -> Estimate:
        """For so many runs on a deployment; returns the estimate."""
        if deployment is None or runs < 1:
            self.show_nothing()
            return Estimate()
        estimate = purse.estimate(deployment, runs)
        machines = max(deployment.max_instances, deployment.min_instances, 1)
        self.show_estimate(purse, estimate, time_line(estimate, machines))
        return estimate

    def show_estimate(self, purse: Purse, estimate: Estimate, time: str) -> None:
        """What was estimated, and how long it takes in words."""
        self._show(self._time, time)
        self._show(self._cost, "\n".join(cost_lines(purse, estimate)))

    def show_nothing(self) -> None:
        self._show(self._time, "")
        self._show(self._cost, "")

    def show_note(self, text: str) -> None:
        """What is worth knowing, and keeps nobody from it."""
        self._note.tell(text)

    def show_why(self, text: str) -> None:
        """Why it cannot be sent."""
        self._why.tell(text)

    def dress_button(
        self, button: QPushButton, runs: int, estimate: Estimate, why_not: str
    ) -> None:
        """Number and price on the button; one that cannot be pressed says why."""
        text = deed_text(runs, estimate) if runs else _("Run")
        button.setText(literal(text))
        button.setAccessibleName(text)
        button.setEnabled(bool(runs) and not why_not)
        button.setAccessibleDescription(why_not)
        button.setToolTip(tooltip(why_not))

    def _show(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))


class _Line(QWidget):
    """A sentence behind an icon."""

    def __init__(self, name: str, icon: str, role: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon_name, self._role = icon, role
        self._icon = QLabel(self)
        self._text = plain_label("", name, self, wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        self._dress()

    def tell(self, text: str) -> None:
        self._text.setText(text)
        self.setVisible(bool(text))

    def _dress(self) -> None:
        image = icons.icon(self._icon_name, getattr(colours(self.palette()), self._role))
        self._icon.setPixmap(image.pixmap(QSize(ICON_SIZE), self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
