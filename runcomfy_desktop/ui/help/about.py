"""About dialog: the program, its independence from RunComfy, its components and their licences."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import PySide6
from PySide6.QtCore import QSize, Qt, QUrl, Signal, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QTabWidget, QVBoxLayout, QWidget

from runcomfy_desktop import APP_ID, APP_NAME, __version__
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.background_tasks import run_for_dialog
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import link_button, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.long_text import LongTextView
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.diagnostics import BundledDocument

_LOGO = QSize(16 * STEP, 16 * STEP)
_WIDTH = 170 * STEP
_HEIGHT = 100 * STEP
_DOWNLOADS = "https://download.qt.io/official_releases"


class AboutDialog(Dialog):
    """Dialog with a page about the program and one for each bundled document.

    The documents are read on a worker thread. Emits `page_requested` with the URL of a web page to
    open.
    """

    page_requested = Signal(QUrl)

    def __init__(
        self, documents: Callable[[], tuple[BundledDocument, ...]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._versions = _("%s %s · Python %s · Qt %s · %s") % (
            APP_NAME,
            __version__,
            platform.python_version(),
            qVersion(),
            platform.system(),
        )
        self._pages = QTabWidget(self)
        self._copy = text_button(_("Copy versions"), "copy_versions", self)
        self._close = text_button(_("Close"), "close_about", self, primary=True)
        self._build()
        self._connect()
        run_for_dialog(self, documents, self._on_documents_read)

    def _build(self) -> None:
        self.setObjectName("about_dialog")
        self.setWindowTitle(_("About %s") % APP_NAME)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._pages.setObjectName("about_pages")
        # The tab bar takes the focus; its container need not be a tab stop as well.
        self._pages.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._pages.tabBar().setObjectName("about_tabs")
        self._pages.tabBar().setAccessibleName(_("About and licences"))
        self._pages.tabBar().setDrawBase(False)
        # High enough to read a licence.
        self._pages.setMinimumHeight(_HEIGHT)
        self._pages.addTab(self._build_about_page(), _("About"))
        column(
            (self._pages, 1),
            row(STRETCH, self._copy, self._close),
            owner=self,
            spacing=4 * STEP,
            margins=(5 * STEP, 4 * STEP, 5 * STEP, 5 * STEP),
        )
        self._close.setDefault(True)
        self._close.setFocus()

    def _build_about_page(self) -> QWidget:
        page = QWidget(self._pages)
        logo = QLabel(page)
        logo.setPixmap(icons.icon("app", "#000000").pixmap(_LOGO, self.devicePixelRatioF()))
        row(
            (logo, Qt.AlignmentFlag.AlignTop),
            (self._build_text_column(page), 1),
            owner=page,
            spacing=5 * STEP,
            margins=(STEP, 5 * STEP, STEP, STEP),
        )
        return page

    def _build_text_column(self, page: QWidget) -> QVBoxLayout:
        independent = _(
            "An independent client for RunComfy's Serverless API. It is not made, endorsed or "
            "supported by RunComfy. Under the MIT licence."
        )
        qt = _(
            "Qt %(qt)s and PySide6 %(pyside)s are used under the LGPL version 3. You may replace "
            "these libraries by your own builds of them: they lie as files of their own beside "
            "the program. Their source code is here:"
        ) % {"qt": qVersion(), "pyside": PySide6.__version__}
        links = (self._link(name, address, page) for name, address in source_links())
        return column(
            heading_label(APP_NAME, "about_title", page),
            muted_label(_("Version %s") % __version__, "about_version", page),
            STEP,
            plain_label(independent, "about_independent", page, wrap=True),
            plain_label(qt, "about_qt", page, wrap=True),
            column(*links, spacing=0),
            STEP,
            muted_label(self._versions, "about_versions", page, wrap=True),
            muted_label(APP_ID, "about_id", page),
            STRETCH,
        )

    def _link(self, name: str, address: str, page: QWidget) -> QWidget:
        button = link_button(address.partition("://")[2], f"{name}_source", page)
        TintedIcon(button, "external", "accent")
        button.clicked.connect(lambda: self.page_requested.emit(QUrl(address)))
        return button

    def _connect(self) -> None:
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._versions))
        self._close.clicked.connect(self.accept)

    def _on_documents_read(self, documents: tuple[BundledDocument, ...]) -> None:
        for each in documents:
            page = LongTextView(f"about_{each.key}", each.title, self._pages)
            self._pages.addTab(page, each.title)
            page.show_text(each.text)


def source_links() -> tuple[tuple[str, str], ...]:
    """Returns the names and URLs of the source code of the Qt and PySide versions in use."""
    qt = qVersion()
    minor = ".".join(qt.split(".")[:2])
    pyside = PySide6.__version__
    return (
        ("qt", f"{_DOWNLOADS}/qt/{minor}/{qt}/"),
        ("pyside", f"{_DOWNLOADS}/QtForPython/pyside6/PySide6-{pyside}-src/"),
    )
