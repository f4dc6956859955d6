"""Dialog in which the user decides about a sent job with an unknown answer."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import clock_time, one_line
from runcomfy_desktop.ui.job_queue.confirmations import label_with_cost
from runcomfy_desktop.ui.job_queue.state_texts import first_line
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import plain_label, set_colour_role
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row
from runcomfy_desktop.ui.widgets.separator_line import SeparatorLine

if TYPE_CHECKING:
    from runcomfy_desktop.domain.jobs.job import Job

_WIDTH = 130 * STEP
# The id becomes part of a URL's path: no character that could change the path is allowed.
_REQUEST_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{5,127}$")


class ResolveJobDialog(Dialog):
    """Dialog about a job with an unknown answer: the risk and three choices; shown by open().

    Emits `adopt_requested` (job_id, request_id), `send_again_requested` (job_id) or
    `discard_requested` (job_id), and closes.
    """

    adopt_requested = Signal(str, str)
    send_again_requested = Signal(str)
    discard_requested = Signal(str)

    def __init__(self, job: Job, cost_text: str, parent: QWidget) -> None:
        """Creates the dialog; `cost_text` is the cost of running the job as text, "" if unknown."""
        super().__init__(parent)
        self._job = job
        self._request_id = QLineEdit(self)
        self._error_label = plain_label("", "resolve_fault", self, wrap=True)
        self._adopt = text_button(_("Follow this request"), "resolve_adopt", self)
        self._send_again = text_button(
            label_with_cost(_("Send again"), cost_text), "resolve_send_again", self
        )
        self._discard = text_button(_("Discard"), "resolve_discard", self)
        self._decide_later = text_button(_("Decide later"), "resolve_leave", self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("resolve_dialog")
        self.setWindowTitle(_("Sent, answer unknown"))
        self.setMinimumWidth(_WIDTH)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._request_id.setObjectName("resolve_request_id")
        self._request_id.setAccessibleName(_("Request ID"))
        self._request_id.setPlaceholderText(_("Request ID"))
        self._request_id.setMaxLength(200)
        self._set_adopt_enabled(False)
        self._error_label.hide()
        set_colour_role(self._error_label, "error")
        self._decide_later.setDefault(True)
        adopt_text = _(
            "If you have its request ID, the program can follow it and fetch its results."
        )
        send_again_text = _(
            "Starts it as a new job and closes this one. If the first was accepted, too, "
            "both run and you pay twice."
        )
        discard_text = _(
            "Closes it here. If it was accepted, it still runs at RunComfy and is billed."
        )
        column(
            plain_label(self._situation_text(), "resolve_what", self, wrap=True),
            plain_label(_risk_text(), "resolve_risk", self, wrap=True),
            SeparatorLine(self),
            plain_label(adopt_text, "resolve_adopt_words", self, wrap=True),
            row((self._request_id, 1), self._adopt),
            self._error_label,
            SeparatorLine(self),
            self._option_row(self._send_again, send_again_text),
            SeparatorLine(self),
            self._option_row(self._discard, discard_text),
            2 * STEP,
            row(STRETCH, self._decide_later),
            owner=self,
            spacing=3 * STEP,
            margins=DIALOG_MARGINS,
        )

    def _option_row(self, button: QPushButton, text: str) -> QHBoxLayout:
        label = plain_label(text, f"{button.objectName()}_words", self, wrap=True)
        return row((label, 1), (button, Qt.AlignmentFlag.AlignVCenter), spacing=4 * STEP)

    def _connect(self) -> None:
        self._request_id.textChanged.connect(self._on_request_id_changed)
        self._adopt.clicked.connect(self._on_adopt_clicked)
        for button, signal in (
            (self._send_again, self.send_again_requested),
            (self._discard, self.discard_requested),
        ):
            button.clicked.connect(partial(signal.emit, self._job.job_id))
            button.clicked.connect(self.accept)
        self._decide_later.clicked.connect(self.reject)

    def _on_request_id_changed(self, text: str) -> None:
        self._set_adopt_enabled(bool(text.strip()))
        self._adopt.setDefault(bool(text.strip()))
        self._decide_later.setDefault(not text.strip())
        self._show_error("")

    def _set_adopt_enabled(self, is_enabled: bool) -> None:
        self._adopt.setEnabled(is_enabled)
        self._adopt.setAccessibleDescription("" if is_enabled else _("Type the request ID first."))

    def _on_adopt_clicked(self) -> None:
        request_id = self._request_id.text().strip()
        if not _REQUEST_ID.match(request_id):
            self._show_error(_("A request ID has only letters, digits and hyphens."))
            return
        self.adopt_requested.emit(self._job.job_id, request_id)
        self.accept()

    def _show_error(self, text: str) -> None:
        self._error_label.setText(text)
        self._error_label.setVisible(bool(text))
        self._request_id.setProperty("fault", bool(text))
        self._request_id.style().unpolish(self._request_id)
        self._request_id.style().polish(self._request_id)

    def _situation_text(self) -> str:
        job = self._job
        sent_text = _("“%s” was sent to %s on %s, and no answer came back.") % (
            one_line(job.title),
            one_line(job.deployment_name),
            clock_time(job.sent_s or job.created_s),
        )
        return "\n".join(filter(None, (sent_text, first_line(job.reason))))


def _risk_text() -> str:
    return _(
        "RunComfy may have accepted it. Then it runs and is billed, although nobody here sees "
        "its result. RunComfy keeps no list of requests that could be asked, and cannot tell a "
        "second sending from a new run. So the program does not send it again by itself."
    )
