"""Diagnostics: exactly what will be copied for whoever helps; nothing goes anywhere by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from runcomfy_desktop.domain.diagnostics import report
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import pixels
from runcomfy_desktop.ui.outputs.background import look_for
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.long_text import LongText
from runcomfy_desktop.ui.widgets.places import size_words

if TYPE_CHECKING:
    from runcomfy_desktop.domain.diagnostics import Findings
    from runcomfy_desktop.ui.parts import Inspection

_WIDTH = 170 * STEP
_LEAST_LINES = 18


class DiagnosticsDialog(Dialog):
    """Shown by open(); what it shows is found on a thread."""

    def __init__(self, inspection: Inspection, parent: QWidget) -> None:
        super().__init__(parent)
        self._homes = inspection.homes
        self._findings: Findings | None = None
        self._report = ""
        self._text = LongText("diagnostics_text", _("What will be copied"), self)
        self._with_log = QCheckBox(literal(_("Include the last log lines")), self)
        self._copied = muted_label("", "diagnostics_copied", self)
        self._copy = text_button(_("Copy"), "copy_diagnostics", self, primary=True)
        self._close = text_button(_("Close"), "close_diagnostics", self)
        self._build()
        self._with_log.toggled.connect(self._show_text)
        self._copy.clicked.connect(self._on_copy_clicked)
        self._close.clicked.connect(self.reject)
        look_for(self, inspection.findings, self._on_found)

    def _build(self) -> None:
        self.setObjectName("diagnostics_dialog")
        self.setWindowTitle(_("Copy diagnostics"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        intro = _(
            "This is what will be copied, for a report or for somebody who helps you. There is no "
            "key in it, no prompt and no value of an input. Nothing is sent anywhere."
        )
        self._text.setMinimumHeight(_LEAST_LINES * self._text.fontMetrics().lineSpacing())
        self._text.setPlainText(_("Looking…"))
        self._with_log.setObjectName("include_log")
        self._with_log.setAccessibleName(_("Include the last log lines"))
        self._with_log.setChecked(True)
        self._copy.setDefault(True)
        self._set_ready(is_ready=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * STEP, 5 * STEP, 5 * STEP, 4 * STEP)
        layout.setSpacing(3 * STEP)
        layout.addWidget(plain_label(intro, "diagnostics_intro", self, wrap=True))
        layout.addWidget(self._text, 1)
        layout.addWidget(self._with_log)
        layout.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._copied)
        row.addStretch(1)
        row.addWidget(self._close)
        row.addWidget(self._copy)
        return row

    def _set_ready(self, *, is_ready: bool) -> None:
        why = "" if is_ready else _("The program is still looking.")
        for each in (self._copy, self._with_log):
            each.setEnabled(is_ready)
            each.setAccessibleDescription(why)

    def _on_found(self, findings: Findings) -> None:
        self._findings = findings
        self._set_ready(is_ready=True)
        self._with_log.setVisible(bool(findings.log or findings.crash))
        if findings.crash:
            words = _("Include the last log lines, and where the program last crashed")
            self._with_log.setText(literal(words))
            self._with_log.setAccessibleName(words)
        self._show_text()
        self._copy.setFocus()

    def _show_text(self) -> None:
        findings = self._findings
        if findings is None:
            return
        if not self._with_log.isChecked():
            findings = replace(findings, log=(), crash=())
        self._report = report(findings, display_facts(), size_words, self._homes)
        self._text.show_text(self._report)
        self._copied.setText("")

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self._copied.setText(_("Copied."))
        announce(self, self._copied.text())


def display_facts() -> list[tuple[str, str]]:
    """What only the window's thread may ask: how and on what it is shown."""
    screens = [
        f"{pixels(each.size().width(), each.size().height())} at {each.devicePixelRatio():g}"
        for each in QGuiApplication.screens()
    ]
    return [("Platform", QGuiApplication.platformName()), ("Screens", "; ".join(screens))]
