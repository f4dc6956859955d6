"""The dock of the drafts: a field that filters, the list, and a sentence where it is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from runcomfy_desktop.core.draft_rows import DraftsState
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.drafts.view import DraftsView
from runcomfy_desktop.ui.models.drafts import DraftsModel
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.widgets.filter_field import FilterField
from runcomfy_desktop.ui.widgets.labels import muted_label

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from runcomfy_desktop.core.draft_rows import DraftRow

_MOST_LETTERS = 200
_AGES_MS = 30_000


class DraftsPanel(QWidget):
    """Emits `chosen`, `delete_wished` and, with a place on the screen, `menu_wished` for a draft's
    key; `renamed` with a key and a name; `current_changed` when the keyboard goes to another."""

    chosen = Signal(str)
    delete_wished = Signal(str)
    menu_wished = Signal(str, QPoint)
    renamed = Signal(str, str)
    current_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = DraftsModel(self)
        self.view = DraftsView(self.model, self)
        self.new_button = icon_button(_("New draft (Ctrl+N)"), "new_draft_here", self)
        self.duplicate_button = icon_button(
            _("Duplicate the draft (Ctrl+Shift+N)"), "duplicate_draft_here", self
        )
        self._box = FilterField("drafts_filter", _("Filter drafts"), _MOST_LETTERS, self)
        self._empty = EmptyState(parent=self)
        self._more = muted_label("", "drafts_left_out", self, wrap=True)
        self._state = DraftsState()
        self._ages = QTimer(self)
        self._build()
        self._connect()

    def show_state(self, state: DraftsState | None) -> None:
        """None without a session."""
        before, self._state = self._state, state or DraftsState()
        keyboard_on = self.view.draft
        self.model.take(self._state)
        self._keep_place(keyboard_on, before)
        self._more.setVisible(bool(self._state.left_out))
        if self._state.left_out:
            text = n_(
                "%d older draft is not listed.",
                "%d older drafts are not listed.",
                self._state.left_out,
            )
            self._more.setText(text % self._state.left_out)
        self._show_page()

    def rename(self, key: str) -> None:
        if self.model.row_of(key) < 0:
            self._box.clear()
        self.view.rename(key)

    def _keep_place(self, keyboard_on: DraftRow | None, before: DraftsState) -> None:
        """A list that changed forgets its place; the selection follows the draft in view."""
        if keyboard_on is not None and not self.view.currentIndex().isValid():
            row = max(self.model.row_of(keyboard_on.key), 0)
            self.view.setCurrentIndex(self.model.index(row))
        if self._state.current_key != before.current_key or keyboard_on is None:
            self.view.mark(self._state.current_key)

    def _build(self) -> None:
        self.setObjectName("drafts_panel")
        self._head = QWidget(self)
        head = QHBoxLayout(self._head)
        head.setContentsMargins(2 * STEP, STEP, 2 * STEP, 2 * STEP)
        head.addWidget(self._box)
        pages = QWidget(self)
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._empty)
        self._more.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        self._more.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(pages, 1)
        layout.addWidget(self._more)
        self._show_page()

    def _connect(self) -> None:
        self._box.textChanged.connect(self._on_box_text_changed)
        self._box.left.connect(self._on_box_left)
        self._empty.pressed.connect(self._box.clear)
        self.view.chosen.connect(self.chosen)
        self.view.delete_wished.connect(self.delete_wished)
        self.view.menu_wished.connect(self.menu_wished)
        self.model.renamed.connect(self.renamed)
        self.view.selectionModel().currentChanged.connect(lambda *_: self.current_changed.emit())
        self._ages.setInterval(_AGES_MS)
        self._ages.timeout.connect(self.model.refresh_ages)

    def _on_box_text_changed(self, text: str) -> None:
        self.model.filter(text)
        self.view.mark(self._state.current_key)
        self._show_page()

    def _show_page(self) -> None:
        self._head.setVisible(bool(self._state.rows))
        if self.model.rowCount():
            self._pages.setCurrentWidget(self.view)
            return
        if self._state.rows:
            text = _("No draft matches “%s”.") % self._box.text().strip()[:60]
            self._empty.tell(text, icon="search", button=_("Clear the filter"))
        elif self._state.loading:
            self._empty.tell(_("Looking for your drafts…"))
        else:
            text = _(
                "What you change is stored here by itself, within a second. Open a deployment or a "
                "workflow file to begin."
            )
            self._empty.tell(text, icon="file")
        self._pages.setCurrentWidget(self._empty)

    def _on_box_left(self) -> None:
        if self.model.rowCount():
            if not self.view.currentIndex().isValid():
                self.view.setCurrentIndex(self.model.index(0))
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.model.refresh_ages()
        self._ages.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ages.stop()
