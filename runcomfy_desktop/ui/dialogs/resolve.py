"""What to do with a job that was sent and whose answer is unknown: only a person can decide it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import clock_time, one_line
from runcomfy_desktop.ui.jobs.questions import priced
from runcomfy_desktop.ui.jobs.words import first_line
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import plain_label, tint
from runcomfy_desktop.ui.widgets.line import Line

if TYPE_CHECKING:
    from runcomfy_desktop.domain.job import Job

_WIDTH = 130 * STEP
# It goes into the path of an address: nothing that could change the path is let in.
_REQUEST_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{5,127}$")


class ResolveDialog(Dialog):
    """Explains the risk and offers three ways; shown by open().

    Emits `adopted` (job_id, request_id), `send_again_requested` (job_id) or
    `discard_requested` (job_id), and closes.
    """

    adopted = Signal(str, str)
    send_again_requested = Signal(str)
    discard_requested = Signal(str)

    def __init__(self, job: Job, cost: str, parent: QWidget) -> None:
        """`cost` is what a run of it costs, in words; "" when nobody knows."""
        super().__init__(parent)
        self._job = job
        self._request_id = QLineEdit(self)
        self._fault = plain_label("", "resolve_fault", self, wrap=True)
        self._adopt = text_button(_("Follow this request"), "resolve_adopt", self)
        self._send_again = text_button(priced(_("Send again"), cost), "resolve_send_again", self)
        self._discard = text_button(_("Discard"), "resolve_discard", self)
        self._leave = text_button(_("Decide later"), "resolve_leave", self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("resolve_dialog")
        self.setWindowTitle(_("Sent, answer unknown"))
        self.setMinimumWidth(_WIDTH)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
        layout.setSpacing(3 * STEP)
        for name, text in (("resolve_what", self._what()), ("resolve_risk", _risk())):
            layout.addWidget(plain_label(text, name, self, wrap=True))
        layout.addWidget(Line(self))
        self._add_adopt(layout)
        layout.addWidget(Line(self))
        self._add_way(layout, self._send_again, _send_again_words())
        layout.addWidget(Line(self))
        self._add_way(layout, self._discard, _discard_words())
        layout.addSpacing(2 * STEP)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._leave)
        layout.addLayout(row)
        self._leave.setDefault(True)
        tint(self._fault, "error")

    def _add_adopt(self, layout: QVBoxLayout) -> None:
        text = _("If you have its request ID, the program can follow it and fetch its results.")
        layout.addWidget(plain_label(text, "resolve_adopt_words", self, wrap=True))
        self._request_id.setObjectName("resolve_request_id")
        self._request_id.setAccessibleName(_("Request ID"))
        self._request_id.setPlaceholderText(_("Request ID"))
        self._request_id.setMaxLength(200)
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._request_id, 1)
        row.addWidget(self._adopt)
        layout.addLayout(row)
        layout.addWidget(self._fault)
        self._fault.hide()
        self._allow_adopting(False)

    def _add_way(self, layout: QVBoxLayout, button: QPushButton, text: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(4 * STEP)
        words = plain_label(text, f"{button.objectName()}_words", self, wrap=True)
        row.addWidget(words, 1)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(row)

    def _connect(self) -> None:
        self._request_id.textChanged.connect(self._on_request_id_changed)
        self._adopt.clicked.connect(self._on_adopt_clicked)
        self._send_again.clicked.connect(self._on_send_again_clicked)
        self._discard.clicked.connect(self._on_discard_clicked)
        self._leave.clicked.connect(self.reject)

    def _on_request_id_changed(self, text: str) -> None:
        self._allow_adopting(bool(text.strip()))
        self._adopt.setDefault(bool(text.strip()))
        self._leave.setDefault(not text.strip())
        self._tell_fault("")

    def _allow_adopting(self, may: bool) -> None:
        self._adopt.setEnabled(may)
        self._adopt.setAccessibleDescription("" if may else _("Type the request ID first."))

    def _on_adopt_clicked(self) -> None:
        request_id = self._request_id.text().strip()
        if not _REQUEST_ID.match(request_id):
            self._tell_fault(_("A request ID has only letters, digits and hyphens."))
            return
        self.adopted.emit(self._job.job_id, request_id)
        self.accept()

    def _on_send_again_clicked(self) -> None:
        self.send_again_requested.emit(self._job.job_id)
        self.accept()

    def _on_discard_clicked(self) -> None:
        self.discard_requested.emit(self._job.job_id)
        self.accept()

    def _tell_fault(self, text: str) -> None:
        self._fault.setText(text)
        self._fault.setVisible(bool(text))
        self._request_id.setProperty("fault", bool(text))
        self._request_id.style().unpolish(self._request_id)
        self._request_id.style().polish(self._request_id)

    def _what(self) -> str:
        job = self._job
        what = _("“%s” was sent to %s on %s, and no answer came back.") % (
            one_line(job.title),
            one_line(job.deployment_name),
            clock_time(job.sent_s or job.created_s),
        )
        return "\n".join(part for part in (what, first_line(job.reason)) if part)


def _risk() -> str:
    return _(
        "RunComfy may have accepted it. Then it runs and is billed, although nobody here sees "
        "its result. RunComfy keeps no list of requests that could be asked, and cannot tell a "
        "second sending from a new run. So the program does not send it again by itself."
    )


def _send_again_words() -> str:
    return _(
        "Starts it as a new job and closes this one. If the first was accepted, too, "
        "both run and you pay twice."
    )


def _discard_words() -> str:
    return _("Closes it here. If it was accepted, it still runs at RunComfy and is billed.")
