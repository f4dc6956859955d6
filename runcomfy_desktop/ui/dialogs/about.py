"""About: what this program is, whose it is not, and what it is built on."""

from __future__ import annotations

import platform

from PySide6.QtCore import QSize, Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop import APP_ID, APP_NAME, __version__
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label

_LOGO = QSize(16 * STEP, 16 * STEP)
_WIDTH = 112 * STEP


class AboutDialog(Dialog):
    """Version, independence, licences, application id; copies the versions for a report."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._versions = _("%s %s · Python %s · Qt %s · %s") % (
            APP_NAME,
            __version__,
            platform.python_version(),
            qVersion(),
            platform.system(),
        )
        self._copy = text_button(_("Copy versions"), "copy_versions", self)
        self._close = text_button(_("Close"), "close_about", self, primary=True)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("about_dialog")
        self.setWindowTitle(_("About %s") % APP_NAME)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        logo = QLabel(self)
        logo.setPixmap(icons.icon("app", "#000000").pixmap(_LOGO, self.devicePixelRatioF()))
        row = QHBoxLayout()
        row.setSpacing(5 * STEP)
        row.addWidget(logo, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._texts(), 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * STEP)
        buttons.addStretch(1)
        buttons.addWidget(self._copy)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
        layout.setSpacing(5 * STEP)
        layout.addLayout(row)
        layout.addLayout(buttons)
        self._close.setDefault(True)

    def _texts(self) -> QVBoxLayout:
        independent = _(
            "An independent client for RunComfy's Serverless API. It is not made, endorsed or "
            "supported by RunComfy."
        )
        licences = _(
            "Under the MIT licence. Built on Qt and PySide6, used under the LGPL version 3, and "
            "on qasync, httpx, keyring and Pillow under their own free licences."
        )
        texts = QVBoxLayout()
        texts.setSpacing(2 * STEP)
        texts.addWidget(heading_label(APP_NAME, "about_title", self))
        texts.addWidget(muted_label(_("Version %s") % __version__, "about_version", self))
        texts.addSpacing(STEP)
        texts.addWidget(plain_label(independent, "about_independent", self, wrap=True))
        texts.addWidget(plain_label(licences, "about_licences", self, wrap=True))
        texts.addSpacing(STEP)
        texts.addWidget(muted_label(self._versions, "about_versions", self, wrap=True))
        texts.addWidget(muted_label(APP_ID, "about_id", self))
        return texts

    def _connect(self) -> None:
        self._copy.clicked.connect(self._on_copy_clicked)
        self._close.clicked.connect(self.accept)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._versions)
