"""Update dialog: shows if there is a newer version, and its release notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.core.updates import UpdatePhase
from runcomfy_desktop.domain.release import RELEASES_PAGE
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row

if TYPE_CHECKING:
    from runcomfy_desktop.core.updates import Updates, UpdateState

_WIDTH = 130 * STEP
_MAX_LINES = 14
_MIN_LINES = 3


class UpdateDialog(Dialog):
    """Shows the result of the update check.

    Emits `page_requested` with the URL of the download page: the program itself downloads and
    replaces nothing.
    """

    page_requested = Signal(QUrl)

    def __init__(self, updates: Updates, parent: QWidget) -> None:
        super().__init__(parent)
        self._updates = updates
        self._subscriptions = Subscriptions()
        self._title = heading_label("", "update_title", self, 1.1, wrap=True)
        self._text = plain_label("", "update_text", self, wrap=True)
        self._notes = QPlainTextEdit(self)
        self._skip = text_button(_("Skip this version"), "update_skip", self)
        self._page = text_button(_("Open the release page"), "update_page", self)
        self._close = text_button(_("Close"), "update_close", self, primary=True)
        self._build()
        self._connect()
        self._on_updates_changed(updates.state)

    def _build(self) -> None:
        self.setObjectName("update_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Updates"))
        self.setMinimumWidth(_WIDTH)
        self._notes.setObjectName("update_notes")
        self._notes.setAccessibleName(_("What is new"))
        self._notes.setReadOnly(True)
        self._notes.setProperty("reading", True)
        self._notes.setTabChangesFocus(True)
        self._notes.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._close.setDefault(True)
        column(
            self._title,
            self._text,
            self._notes,
            STRETCH,
            row(self._skip, STRETCH, self._page, self._close),
            owner=self,
            spacing=3 * STEP,
            margins=DIALOG_MARGINS,
        )
        self._close.setFocus()

    def _connect(self) -> None:
        self._skip.clicked.connect(self._on_skip_clicked)
        self._page.clicked.connect(lambda: self.page_requested.emit(QUrl(RELEASES_PAGE)))
        self._close.clicked.connect(self.reject)
        self.finished.connect(self._subscriptions.close)
        self._subscriptions.add(self._updates.changed, self._on_updates_changed)

    def _on_skip_clicked(self) -> None:
        self._updates.skip_version()
        self.accept()

    def _on_updates_changed(self, state: UpdateState) -> None:
        title, text = _update_texts(state, self._updates.version)
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleDescription(f"{title} {text}".strip())
        announce(self, title)
        notes = state.release.notes if state.release is not None else ""
        is_newer = state.phase is UpdatePhase.AVAILABLE
        self._notes.setPlainText(notes)
        self._notes.setFixedHeight(self._height_of(notes))
        self._notes.setVisible(is_newer and bool(notes))
        self._skip.setVisible(is_newer)
        self._page.setVisible(is_newer or state.phase is UpdatePhase.FAILED)
        layout = self.layout()
        if layout is not None and self.isVisible():
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _height_of(self, notes: str) -> int:
        """Returns the height for the notes, which have a scroll bar if they are long."""
        metrics = self._notes.fontMetrics()
        available_width = _WIDTH - 16 * STEP
        lines = notes.split("\n")[:_MAX_LINES]
        count = sum(1 + metrics.horizontalAdvance(line[:1000]) // available_width for line in lines)
        line_count = min(max(count, _MIN_LINES), _MAX_LINES)
        return line_count * metrics.lineSpacing() + 6 * STEP


def _update_texts(state: UpdateState, version: str) -> tuple[str, str]:
    if state.phase is UpdatePhase.AVAILABLE and state.release is not None:
        text = _(
            "You have %s. Get the new one from the release page and install it as you installed "
            "this one. Your jobs, inputs and settings stay."
        )
        return _("Version %s is available.") % state.release.version, text % version
    if state.phase is UpdatePhase.UP_TO_DATE:
        return _("You have the newest version."), _("It is %s.") % version
    if state.phase is UpdatePhase.FAILED and state.problem is not None:
        problem = state.problem
        return problem.title, f"{problem.detail} {problem.advice}".strip()
    return _("Asking for the newest version…"), _("You have %s.") % version
