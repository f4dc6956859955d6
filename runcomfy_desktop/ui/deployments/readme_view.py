"""View of a deployment's readme: text to read, and links that ask before they open."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QPalette, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextBrowser, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.deployments.readme_document import (
    MAX_README_CHARS,
    ReadmeDocument,
    sanitize_readme,
    web_address,
)
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row

README_INDENT = 2 * STEP
"""Space for the focus frame around the text."""
_LINK_WIDTH = 110 * STEP
_LINK_LINES = 3


class ReadmeView(QWidget):
    """Shows one readme; emits `link_chosen` with the web address that would be opened."""

    link_chosen = Signal(QUrl)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ""
        self._browser = _ReadmeBrowser(self)
        self._note_label = muted_label("", "readme_note", self, wrap=True)
        self._document: ReadmeDocument | None = None
        self._build()
        self._browser.anchorClicked.connect(self._on_browser_anchor_clicked)
        self._browser.highlighted.connect(self._on_browser_highlighted)

    def show_text(self, text: str, placeholder: str) -> None:
        """Shows a readme, or `placeholder` if it is empty."""
        self._text = text.strip()
        self._browser.setVisible(bool(self._text))
        if not self._text:
            self._show_note(placeholder)
            return
        self._render()

    def _build(self) -> None:
        self.setObjectName("readme")
        column((self._browser, 1), (self._note_label, Qt.AlignmentFlag.AlignTop), owner=self)
        self._note_label.setContentsMargins(README_INDENT, 0, 0, 0)

    def _render(self) -> None:
        readme = sanitize_readme(self._text)
        previous = self._document
        line_colour = QColor(colours(self.palette()).line)
        self._document = ReadmeDocument(readme.text, line_colour, self)
        self._document.setDocumentMargin(0)
        self._document.setDefaultFont(self.font())
        self._browser.setDocument(self._document)
        if previous is not None:
            previous.deleteLater()
        self._show_note(
            _("Only the first %s letters are shown; the whole readme is on runcomfy.com.")
            % f"{MAX_README_CHARS:,}"
            if readme.is_cut
            else ""
        )

    def _show_note(self, text: str) -> None:
        self._note_label.setText(text)
        self._note_label.setVisible(bool(text))

    def _on_browser_anchor_clicked(self, url: QUrl) -> None:
        address = web_address(url.toString())
        if address is not None:
            self.link_chosen.emit(address)

    def _on_browser_highlighted(self, url: QUrl) -> None:
        # The target of a link is visible before it is clicked, whatever its text claims.
        self._browser.setToolTip(tooltip(display_address(url)) if not url.isEmpty() else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # Qt writes the link colour into the document when it parses it.
        if event.type() is QEvent.Type.PaletteChange and self._text:
            self._render()


class _ReadmeBrowser(QTextBrowser):
    """Text to read and copy; it neither navigates nor loads anything."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("readme_text")
        self.setAccessibleName(_("Readme"))
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        return None


class ReadmeLinkDialog(Dialog):
    """Asks the user before a page is opened, showing its whole address and its host."""

    def __init__(self, url: QUrl, parent: QWidget) -> None:
        super().__init__(parent)
        host = url.host(QUrl.ComponentFormattingOption.FullyEncoded)
        self._title_text = _("Open a page of %s?") % host
        self._address_field = QPlainTextEdit(display_address(url), self)
        self._open_button = text_button(_("Open in the browser"), "link_open", self)
        self._cancel_button = text_button(_("Leave it"), "link_leave", self, primary=True)
        self._build()
        self._open_button.clicked.connect(self.accept)
        self._cancel_button.clicked.connect(self.reject)

    def _build(self) -> None:
        self.setObjectName("link_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self._title_text)
        self.setMinimumWidth(_LINK_WIDTH)
        about = _("The readme leads to this address. It was written by the deployment's author.")
        self.setAccessibleDescription(about)
        self._address_field.setObjectName("link_address")
        self._address_field.setAccessibleName(_("Address"))
        self._address_field.setReadOnly(True)
        self._address_field.setTabChangesFocus(True)
        self._address_field.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        lines = self.fontMetrics().lineSpacing() * _LINK_LINES
        self._address_field.setFixedHeight(lines + 5 * STEP)
        self._cancel_button.setDefault(True)
        column(
            heading_label(self._title_text, "link_title", self, 1.1, wrap=True),
            plain_label(about, "link_text", self, wrap=True),
            self._address_field,
            2 * STEP,
            row(STRETCH, self._open_button, self._cancel_button),
            owner=self,
            spacing=3 * STEP,
            margins=DIALOG_MARGINS,
        )
        self._cancel_button.setFocus()


def display_address(url: QUrl) -> str:
    """Returns the address as the browser gets it: no look-alikes from other alphabets."""
    return bytes(url.toEncoded().data()).decode("ascii", "replace")
