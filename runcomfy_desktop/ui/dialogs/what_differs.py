"""What differs between two workflows, input by input, to be read and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from runcomfy_desktop.domain.difference_text import compared_text
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label
from runcomfy_desktop.ui.widgets.long_text import LongText

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.difference_text import Compared

_WIDTH, _HEIGHT = 150 * STEP, 110 * STEP
_LEAST_LINES = 12


class WhatDiffersDialog(Dialog):
    """Shown beside the window by show(); it says how things stood when it was opened."""

    def __init__(self, compared: Compared, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = compared_text(compared)
        self._text = LongText("what_differs_text", _("What differs, input by input"), self)
        self._copied = muted_label("", "what_differs_copied", self)
        self._copy = text_button(_("Copy"), "what_differs_copy", self)
        self._close = text_button(_("Close"), "what_differs_close", self, primary=True)
        self._build(compared)
        self._copy.clicked.connect(self._on_copy_clicked)
        self._close.clicked.connect(self.reject)

    def _build(self, compared: Compared) -> None:
        self.setObjectName("what_differs")
        self.setWindowTitle(_("What differs"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = one_line(compared.before_name), one_line(compared.after_name)
        intro = _("In each line stands what %s has, and behind the arrow what %s has.") % names
        self._text.setMinimumHeight(_LEAST_LINES * self._text.fontMetrics().lineSpacing())
        self._text.show_text(self._shown)
        self._close.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * STEP, 5 * STEP, 5 * STEP, 4 * STEP)
        layout.setSpacing(3 * STEP)
        heading = _("What differs, input by input")
        layout.addWidget(heading_label(heading, "what_differs_heading", self, wrap=True))
        layout.addWidget(plain_label(intro, "what_differs_intro", self, wrap=True))
        layout.addWidget(self._text, 1)
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._copy)
        row.addWidget(self._copied)
        row.addStretch(1)
        row.addWidget(self._close)
        layout.addLayout(row)
        self.take_room(_WIDTH, _HEIGHT)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._shown)
        self._copied.setText(_("Copied."))
        announce(self, self._copied.text())
