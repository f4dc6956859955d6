"""One line of the settings: a button that tests the connection, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.core.network.connection_test import ConnectionTestPhase, ConnectionTestState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, text_button
from runcomfy_desktop.ui.widgets.labels import plain_label

if TYPE_CHECKING:
    from runcomfy_desktop.core.network.connection_test import ConnectionTest


class ConnectionTestLine(QWidget):
    """Shows one Trial. Emits `run_requested`; the same button gives a test up."""

    run_requested = Signal()

    def __init__(self, connection_test: ConnectionTest, parent: QWidget) -> None:
        super().__init__(parent)
        self._connection_test = connection_test
        self._subscriptions = Subscriptions()
        self._button = text_button("", "test_connection", self)
        self._icon = QLabel(self)
        self._status = plain_label("", "trial_status", self, wrap=True)
        self._icon_and_role = ("", "muted")
        self._build()
        self._button.clicked.connect(self._on_button_clicked)
        self._subscriptions.add(connection_test.changed, self._on_test_changed)
        self._on_test_changed(connection_test.state)

    def set_blocked(self, reason: str) -> None:
        """Whether a test makes sense: "" when it does."""
        self._button.setEnabled(not reason)
        self._button.setAccessibleDescription(reason)

    def reset(self) -> None:
        """What was tested is not what is chosen any more."""
        self._connection_test.cancel()

    def detach(self) -> None:
        self._subscriptions.close()

    def _build(self) -> None:
        status_row = QHBoxLayout()
        status_row.setSpacing(2 * STEP)
        status_row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        status_row.addWidget(self._status, 1)
        # Room for a sentence, so that the dialog does not jump when one arrives. It is no least
        # height of the label: a longer sentence would be held to it.
        status_row.addStrut(3 * self.fontMetrics().lineSpacing())
        self._status.setAlignment(Qt.AlignmentFlag.AlignTop)
        button = QHBoxLayout()
        button.addWidget(self._button)
        button.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * STEP)
        layout.addLayout(button)
        layout.addLayout(status_row)

    def _on_button_clicked(self) -> None:
        if self._connection_test.state.phase is ConnectionTestPhase.RUNNING:
            self._connection_test.cancel()
        else:
            self.run_requested.emit()

    def _on_test_changed(self, state: ConnectionTestState) -> None:
        is_asking = state.phase is ConnectionTestPhase.RUNNING
        text = _("Stop the test") if is_asking else _("Test connection")
        self._button.setText(text)
        self._button.setAccessibleName(text)
        status_text = connection_test_text(state)
        if status_text and status_text != self._status.text():
            announce(self, status_text, urgent=state.phase is ConnectionTestPhase.FAILED)
        self._status.setText(status_text)
        self._icon_and_role = {
            ConnectionTestPhase.IDLE: ("", "muted"),
            ConnectionTestPhase.RUNNING: ("clock", "muted"),
            ConnectionTestPhase.REACHED: ("check", "ok"),
            ConnectionTestPhase.FAILED: ("error", "error"),
        }[state.phase]
        self._apply_style()

    def _apply_style(self) -> None:
        name, role = self._icon_and_role
        self._icon.setVisible(bool(name))
        if name:
            image = icons.icon(name, getattr(colours(self.palette()), role))
            self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()


def connection_test_text(state: ConnectionTestState) -> str:
    """What a trial shows, in a sentence."""
    if state.phase is ConnectionTestPhase.RUNNING:
        return _("Asking the service…")
    if state.phase is ConnectionTestPhase.REACHED:
        return _("The service answers. It was asked without your key.")
    if state.problem is not None:
        # What it means for a job is nothing here: none was to be sent.
        return f"{state.problem.title} {state.problem.advice}"
    return ""
