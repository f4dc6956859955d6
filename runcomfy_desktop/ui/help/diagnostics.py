"""Diagnostics dialog: shows exactly the text to copy for support; nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QWidget

from runcomfy_desktop.domain.diagnostics import diagnostics_text
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.background_tasks import run_for_dialog
from runcomfy_desktop.ui.base.formatters import pixel_size
from runcomfy_desktop.ui.help.folder_size import folder_size_text
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.long_text import LongTextView

if TYPE_CHECKING:
    from runcomfy_desktop.domain.diagnostics import Diagnostics
    from runcomfy_desktop.ui.base.session_services import InstallationInfo

_WIDTH = 170 * STEP
_MIN_LINES = 18


class DiagnosticsDialog(Dialog):
    """Shows the diagnostics, which are collected on a worker thread; shown by open()."""

    def __init__(self, info: InstallationInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self._home_paths = info.home_paths
        self._diagnostics: Diagnostics | None = None
        self._report = ""
        self._text = LongTextView("diagnostics_text", _("What will be copied"), self)
        self._include_log_box = QCheckBox(literal(_("Include the last log lines")), self)
        self._copied = muted_label("", "diagnostics_copied", self)
        self._copy = text_button(_("Copy"), "copy_diagnostics", self, primary=True)
        self._close = text_button(_("Close"), "close_diagnostics", self)
        self._build()
        self._include_log_box.toggled.connect(self._show_text)
        self._copy.clicked.connect(self._on_copy_clicked)
        self._close.clicked.connect(self.reject)
        run_for_dialog(self, info.diagnostics, self._on_diagnostics_read)

    def _build(self) -> None:
        self.setObjectName("diagnostics_dialog")
        self.setWindowTitle(_("Copy diagnostics"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        intro = _(
            "This is what will be copied, for a report or for somebody who helps you. There is no "
            "key in it, no prompt and no value of an input. Nothing is sent anywhere."
        )
        self._text.setMinimumHeight(_MIN_LINES * self._text.fontMetrics().lineSpacing())
        self._text.setPlainText(_("Looking…"))
        self._include_log_box.setObjectName("include_log")
        self._include_log_box.setAccessibleName(_("Include the last log lines"))
        self._include_log_box.setChecked(True)
        self._copy.setDefault(True)
        self._set_ready(is_ready=False)
        column(
            plain_label(intro, "diagnostics_intro", self, wrap=True),
            (self._text, 1),
            self._include_log_box,
            row(self._copied, STRETCH, self._close, self._copy),
            owner=self,
            spacing=3 * STEP,
            margins=(5 * STEP, 5 * STEP, 5 * STEP, 4 * STEP),
        )

    def _set_ready(self, *, is_ready: bool) -> None:
        why = "" if is_ready else _("The program is still looking.")
        for each in (self._copy, self._include_log_box):
            each.setEnabled(is_ready)
            each.setAccessibleDescription(why)

    def _on_diagnostics_read(self, diagnostics: Diagnostics) -> None:
        self._diagnostics = diagnostics
        self._set_ready(is_ready=True)
        self._include_log_box.setVisible(bool(diagnostics.log or diagnostics.crash))
        if diagnostics.crash:
            text = _("Include the last log lines, and where the program last crashed")
            self._include_log_box.setText(literal(text))
            self._include_log_box.setAccessibleName(text)
        self._show_text()
        self._copy.setFocus()

    def _show_text(self) -> None:
        diagnostics = self._diagnostics
        if diagnostics is None:
            return
        if not self._include_log_box.isChecked():
            diagnostics = replace(diagnostics, log=(), crash=())
        self._report = diagnostics_text(
            diagnostics, display_info(), folder_size_text, self._home_paths
        )
        self._text.show_text(self._report)
        self._copied.setText("")

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self._copied.setText(_("Copied."))
        announce(self, self._copied.text())


def display_info() -> list[tuple[str, str]]:
    """Returns facts about the display, which only the window's thread may read."""
    screens = [
        f"{pixel_size(each.size().width(), each.size().height())} at {each.devicePixelRatio():g}"
        for each in QGuiApplication.screens()
    ]
    return [("Platform", QGuiApplication.platformName()), ("Screens", "; ".join(screens))]
