"""One line of the settings: a button that tests the connection, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.core.trial import TrialPhase, TrialState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, text_button
from runcomfy_desktop.ui.widgets.labels import plain_label

if TYPE_CHECKING:
    from runcomfy_desktop.core.trial import Trial


class TrialLine(QWidget):
    """Shows one Trial. Emits `run_requested`; the same button gives a test up."""

    run_requested = Signal()

    def __init__(self, trial: Trial, parent: QWidget) -> None:
        super().__init__(parent)
        self._trial = trial
        self._links = Subscriptions()
        self._button = text_button("", "test_connection", self)
        self._icon = QLabel(self)
        self._status = plain_label("", "trial_status", self, wrap=True)
        self._look = ("", "muted")
        self._build()
        self._button.clicked.connect(self._on_button_clicked)
        self._links.add(trial.changed, self._on_trial_changed)
        self._on_trial_changed(trial.state)

    def allow(self, why_not: str) -> None:
        """Whether a test makes sense: "" when it does."""
        self._button.setEnabled(not why_not)
        self._button.setAccessibleDescription(why_not)

    def forget(self) -> None:
        """What was tested is not what is chosen any more."""
        self._trial.cancel()

    def close_trial(self) -> None:
        self._links.close()

    def _build(self) -> None:
        said = QHBoxLayout()
        said.setSpacing(2 * STEP)
        said.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self._status, 1)
        # Room for a sentence, so that the dialog does not jump when one arrives. It is no least
        # height of the label: a longer sentence would be held to it.
        said.addStrut(3 * self.fontMetrics().lineSpacing())
        self._status.setAlignment(Qt.AlignmentFlag.AlignTop)
        button = QHBoxLayout()
        button.addWidget(self._button)
        button.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * STEP)
        layout.addLayout(button)
        layout.addLayout(said)

    def _on_button_clicked(self) -> None:
        if self._trial.state.phase is TrialPhase.ASKING:
            self._trial.cancel()
        else:
            self.run_requested.emit()

    def _on_trial_changed(self, state: TrialState) -> None:
        is_asking = state.phase is TrialPhase.ASKING
        text = _("Stop the test") if is_asking else _("Test connection")
        self._button.setText(text)
        self._button.setAccessibleName(text)
        said = trial_text(state)
        if said and said != self._status.text():
            announce(self, said, urgent=state.phase is TrialPhase.FAILED)
        self._status.setText(said)
        self._look = {
            TrialPhase.IDLE: ("", "muted"),
            TrialPhase.ASKING: ("clock", "muted"),
            TrialPhase.REACHED: ("check", "ok"),
            TrialPhase.FAILED: ("error", "error"),
        }[state.phase]
        self._dress()

    def _dress(self) -> None:
        name, tone = self._look
        self._icon.setVisible(bool(name))
        if name:
            image = icons.icon(name, getattr(colours(self.palette()), tone))
            self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()


def trial_text(state: TrialState) -> str:
    """What a trial shows, in a sentence."""
    if state.phase is TrialPhase.ASKING:
        return _("Asking the service…")
    if state.phase is TrialPhase.REACHED:
        return _("The service answers. It was asked without your key.")
    if state.problem is not None:
        # What it means for a job is nothing here: none was to be sent.
        return f"{state.problem.title} {state.problem.advice}"
    return ""
