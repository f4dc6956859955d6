"""Summary of many runs before they are sent: cost and time, or the reason that blocks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QWidget

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.jobs.estimate import Estimate
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.run.cost_texts import run_time_line
from runcomfy_desktop.ui.run.run_questions import cost_lines, run_button_text
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import column
from runcomfy_desktop.ui.widgets.tinted_icon import IconLine

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.core.editor.editor_state import EditorState
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.deployments.deployment import Deployment


def about_text(editor_state: EditorState) -> str:
    """Returns the name of the draft, with that of its deployment unless it has the same."""
    draft, deployment = editor_state.draft, editor_state.deployment
    name = one_line(draft.title or draft.source.name) if draft is not None else ""
    deployment_name = one_line(deployment.name) if deployment is not None else ""
    if deployment_name in ("", name):
        return name
    return _("%s on %s") % (name, deployment_name)


class RunSummary(QWidget):
    """Lines at the bottom of a dialog; each is visible only while it has text."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._time_label = plain_label("", f"{name}_time", self, wrap=True)
        self._cost_label = muted_label("", f"{name}_cost", self, wrap=True)
        self._note_line = IconLine(f"{name}_note", self)
        self._blocker_line = IconLine(f"{name}_why", self)
        lines = (self._time_label, self._cost_label, self._note_line, self._blocker_line)
        column(*lines, owner=self)
        for line in lines:
            line.hide()

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
        self._note_line.show_text(text, "info")
        self._note_line.setVisible(bool(text))

    def show_blocker(self, text: str) -> None:
        """Shows why the runs cannot be sent."""
        self._blocker_line.show_text(text, "warning", "warning")
        self._blocker_line.setVisible(bool(text))

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
