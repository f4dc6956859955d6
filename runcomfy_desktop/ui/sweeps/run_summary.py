"""Summary of many runs before they are sent: cost and time, or the reason that blocks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.domain.jobs.estimate import Estimate
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.run.cost_texts import run_time_line
from runcomfy_desktop.ui.run.run_questions import cost_lines, run_button_text
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, literal
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label, tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.deployments.deployment import Deployment


class RunSummary(QWidget):
    """Lines at the bottom of a dialog; each is visible only while it has text."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._time_label = plain_label("", f"{name}_time", self, wrap=True)
        self._cost_label = muted_label("", f"{name}_cost", self, wrap=True)
        self._note_line = _SummaryLine(f"{name}_note", "info", "muted", self)
        self._blocker_line = _SummaryLine(f"{name}_why", "warning", "warning", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * STEP)
        for widget in (self._time_label, self._cost_label, self._note_line, self._blocker_line):
            column.addWidget(widget)
            widget.hide()

    def show_cost(self, deployment: Deployment | None, budget: Budget, runs: int) -> Estimate:
        """Shows the cost of the given number of runs on a deployment; returns the estimate."""
        if deployment is None or runs < 1:
            self.hide_cost()
            return Estimate()
        estimate = budget.estimate(deployment, runs)
        machines = max(deployment.max_instances, deployment.min_instances, 1)
        self.show_estimate(budget, estimate, run_time_line(estimate, machines))
        return estimate

    def show_estimate(self, budget: Budget, estimate: Estimate, time: str) -> None:
        """Shows an estimate, and the expected time as text."""
        self._show_text(self._time_label, time)
        self._show_text(self._cost_label, "\n".join(cost_lines(budget, estimate)))

    def hide_cost(self) -> None:
        self._show_text(self._time_label, "")
        self._show_text(self._cost_label, "")

    def show_note(self, text: str) -> None:
        """Shows information that does not prevent the run."""
        self._note_line.show_text(text)

    def show_blocker(self, text: str) -> None:
        """Shows why the runs cannot be sent."""
        self._blocker_line.show_text(text)

    def update_button(
        self, button: QPushButton, runs: int, estimate: Estimate, blocker: str
    ) -> None:
        """Shows number and price on the button; a disabled button shows the reason."""
        text = run_button_text(runs, estimate) if runs else _("Run")
        button.setText(literal(text))
        button.setAccessibleName(text)
        button.setEnabled(bool(runs) and not blocker)
        button.setAccessibleDescription(blocker)
        button.setToolTip(tooltip(blocker))

    def _show_text(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))


class _SummaryLine(QWidget):
    """Icon followed by a sentence."""

    def __init__(self, name: str, icon: str, colour_role: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon_name, self._colour_role = icon, colour_role
        self._icon = QLabel(self)
        self._text = plain_label("", name, self, wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        self._apply_style()

    def show_text(self, text: str) -> None:
        self._text.setText(text)
        self.setVisible(bool(text))

    def _apply_style(self) -> None:
        image = icons.icon(self._icon_name, getattr(colours(self.palette()), self._colour_role))
        self._icon.setPixmap(image.pixmap(QSize(ICON_SIZE), self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()
