"""Panel of the drafts dock: filter field, list, and a text if there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QWidget

from runcomfy_desktop.core.drafts.draft_rows import MAX_TITLE_CHARS, DraftsState
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.drafts.drafts_model import DraftRole, DraftsModel
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.docked_list import KeyedListView
from runcomfy_desktop.ui.widgets.empty_state import ContentStack
from runcomfy_desktop.ui.widgets.filter_field import FilterField
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.layouts import column
from runcomfy_desktop.ui.widgets.two_line_rows import (
    RenameDelegate,
    paint_row_background,
    paint_text,
    row_lines,
)

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QFont, QHideEvent, QKeyEvent, QPainter, QShowEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from runcomfy_desktop.core.drafts.draft_rows import DraftRow
    from runcomfy_desktop.core.drafts.drafts import Drafts
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.drafts.drafts_model import Index

_MAX_FILTER_CHARS = 200
_AGE_INTERVAL_MS = 30_000
_MIN_LEFT_WIDTH, _NARROW_WIDTH = 22 * STEP, 36 * STEP


class DraftsPanel(QWidget):
    """Panel with the list of drafts; its two buttons are for the title bar of the dock.

    Emits `open_requested`, `delete_requested` and, with a screen position, `menu_requested` for a
    draft's key, and `renamed` with a key and a name.
    """

    open_requested = Signal(str)
    delete_requested = Signal(str)
    menu_requested = Signal(str, QPoint)
    renamed = Signal(str, str)

    def __init__(self, scope: SessionScope, drafts: Drafts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = DraftsModel(self)
        self.view = _DraftsView(self.model, self)
        self.new_button = icon_button(_("New draft (Ctrl+N)"), "new_draft_here", self)
        self.duplicate_button = icon_button(
            _("Duplicate the draft (Ctrl+Shift+N)"), "duplicate_draft_here", self
        )
        self._filter_field = FilterField(
            "drafts_filter", _("Filter drafts"), _MAX_FILTER_CHARS, self
        )
        self._content = ContentStack(self.view, self)
        self._omitted_label = muted_label("", "drafts_left_out", self, wrap=True)
        self._state = DraftsState()
        self._age_timer = QTimer(self)
        self._build()
        self._connect()
        scope.subscribe(drafts.changed, self._show_state)
        self._show_state(drafts.state)

    def rename(self, key: str) -> None:
        if self.model.row_of(key) < 0:
            self._filter_field.clear()
        self.view.rename(key)

    def _restore_current(self, focused_row: DraftRow | None, previous_state: DraftsState) -> None:
        """Restores the current row after a reset; the selection follows the draft in view."""
        if focused_row is not None and not self.view.currentIndex().isValid():
            row = max(self.model.row_of(focused_row.key), 0)
            self.view.setCurrentIndex(self.model.index(row))
        if self._state.current_key != previous_state.current_key or focused_row is None:
            self.view.select_unless_focused(self.model.row_of(self._state.current_key))

    def _show_state(self, state: DraftsState) -> None:
        previous_state, self._state = self._state, state
        focused_row = self.view.current_draft
        self.model.set_state(state)
        self._restore_current(focused_row, previous_state)
        self._omitted_label.setVisible(bool(state.unlisted_count))
        if state.unlisted_count:
            text = n_(
                "%d older draft is not listed.",
                "%d older drafts are not listed.",
                state.unlisted_count,
            )
            self._omitted_label.setText(text % state.unlisted_count)
        has_draft = state.current is not None
        for button in (self.new_button, self.duplicate_button):
            button.setEnabled(has_draft)
            button.setAccessibleDescription("" if has_draft else _("No workflow is open."))
        self._show_page()

    def _build(self) -> None:
        self.setObjectName("drafts_panel")
        self._omitted_label.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        self._omitted_label.hide()
        header = self._filter_field.header
        column(header, (self._content, 1), self._omitted_label, owner=self, spacing=0)

    def _connect(self) -> None:
        self._filter_field.textChanged.connect(self._on_filter_text_changed)
        self._filter_field.results_requested.connect(self.view.focus_results)
        self._content.pressed.connect(self._filter_field.clear)
        self.view.open_requested.connect(self.open_requested)
        self.view.delete_requested.connect(self.delete_requested)
        self.view.menu_requested.connect(self.menu_requested)
        self.model.renamed.connect(self.renamed)
        self._age_timer.setInterval(_AGE_INTERVAL_MS)
        self._age_timer.timeout.connect(self.model.refresh_ages)

    def _on_filter_text_changed(self, text: str) -> None:
        self.model.set_filter(text)
        self.view.select_unless_focused(self.model.row_of(self._state.current_key))
        self._show_page()

    def _show_page(self) -> None:
        self._filter_field.header.setVisible(bool(self._state.rows))
        if self.model.rowCount():
            self._content.show_content()
        elif self._state.rows:
            text = _("No draft matches “%s”.") % self._filter_field.text().strip()[:60]
            self._content.show_message(text, icon="search", button=_("Clear the filter"))
        elif self._state.loading:
            self._content.show_message(_("Looking for your drafts…"))
        else:
            text = _(
                "What you change is stored here by itself, within a second. Open a deployment or a "
                "workflow file to begin."
            )
            self._content.show_message(text, icon="file")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.model.refresh_ages()
        self._age_timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._age_timer.stop()


class _DraftsView(KeyedListView):
    """List of drafts; emits `delete_requested` with a key on Delete."""

    delete_requested = Signal(str)

    def __init__(self, model: DraftsModel, parent: QWidget) -> None:
        super().__init__("drafts", _("Drafts"), DraftRole.KEY, parent)
        self._drafts = model
        self.setItemDelegate(
            _DraftDelegate("draft_name_editor", _("Name of the draft"), MAX_TITLE_CHARS, self)
        )
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setModel(model)

    @property
    def current_draft(self) -> DraftRow | None:
        """Draft of the current row."""
        return self._drafts.draft_row_at(self.currentIndex())

    def rename(self, key: str) -> None:
        """Opens the editor for a draft's name in its row."""
        row = self._drafts.row_of(key)
        if row >= 0:
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.setCurrentIndex(self._drafts.index(row))
            self.edit(self._drafts.index(row))

    def is_own_shortcut(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return not modifiers and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_F2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():
            if self.currentIndex().isValid():
                self.delete_requested.emit(self.currentIndex().data(DraftRole.KEY))
        else:
            super().keyPressEvent(event)


class _DraftDelegate(RenameDelegate):
    """Paints an icon, title and age, and below them the source and the number of changes."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        roles = colours(option.palette)
        is_current = bool(index.data(DraftRole.IS_CURRENT))
        painter.save()
        paint_row_background(painter, option, roles, is_current=is_current)
        lines = row_lines(option, bold=is_current)
        name, colour = ("dot", roles.ok) if is_current else ("ring", roles.muted)
        if index.data(DraftRole.IS_UNREADABLE):
            name, colour = "warning", roles.warning
        icons.icon(name, colour).paint(painter, lines.icon)
        title = (index.data(), lines.name_font, roles.text)
        age = _("Opening…") if index.data(DraftRole.IS_OPENING) else index.data(DraftRole.AGE)
        _paint_line(painter, lines.name, title, (age, lines.details_font, roles.muted))
        source = (index.data(DraftRole.SOURCE), lines.details_font, roles.muted)
        count = (index.data(DraftRole.CHANGES), lines.details_font, roles.muted)
        # In a narrow dock the number of changes is more useful.
        is_narrow = lines.details.width() < _NARROW_WIDTH
        _paint_line(painter, lines.details, *((count, source) if is_narrow else (source, count)))
        painter.restore()


def _paint_line(
    painter: QPainter, rect: QRect, left: tuple[str, QFont, str], right: tuple[str, QFont, str]
) -> None:
    """Paints two texts; the left one is elided in the middle, so that a number at its end stays.

    If there is too little space for the left text, the right one is omitted.
    """
    right_width = QFontMetrics(right[1]).horizontalAdvance(right[0])
    if rect.width() - right_width >= _MIN_LEFT_WIDTH:
        paint_text(painter, rect, *right, align=Qt.AlignmentFlag.AlignRight)
        rect = rect.adjusted(0, 0, -right_width - 2 * STEP, 0)
    paint_text(painter, rect, *left, elide=Qt.TextElideMode.ElideMiddle)
