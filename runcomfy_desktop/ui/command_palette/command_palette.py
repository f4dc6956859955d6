"""Palette widget: a search field with a list of matching entries below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAccessible, QColor, QCursor, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from shiboken6 import isValid

from runcomfy_desktop.domain.base.fuzzy import MAX_QUERY_CHARS
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.command_palette.entries import (
    PaletteEntry,
    PaletteTargets,
    accessible_text,
)
from runcomfy_desktop.ui.command_palette.ranking import PaletteRanking
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.highlights import (
    NO_HIGHLIGHTS,
    Highlights,
    draw_highlighted_line,
    elided,
)
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, colours, scaled
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.layouts import column

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QFont

    from runcomfy_desktop.ui.style.theme import Colours

_WIDTH = 160 * STEP
_MAX_ROWS = 12
_MIN_ROWS = 3
_MARGIN = 2 * STEP
_ROW_STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Tab: 1,
    Qt.Key.Key_Backtab: -1,
    Qt.Key.Key_PageDown: _MAX_ROWS - 1,
    Qt.Key.Key_PageUp: 1 - _MAX_ROWS,
}
_ROOT = QModelIndex()
_DETAIL_FONT_SCALE = 0.9
_ICON = 4 * STEP
_LEFT_ALIGNED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class PaletteEntryModel(QAbstractListModel):
    """List model of the matching entries and their highlights."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._entries: list[PaletteEntry] = []
        self.marks = NO_HIGHLIGHTS

    def set_entries(self, entries: list[PaletteEntry], marks: Highlights) -> None:
        self.beginResetModel()
        self._entries, self.marks = entries, marks
        self.endResetModel()

    def entry(self, index: QModelIndex | QPersistentModelIndex) -> PaletteEntry | None:
        return self._entries[index.row()] if index.isValid() else None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        entry = self.entry(index)
        if entry is None:
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return accessible_text(entry)
        return entry.text if role == Qt.ItemDataRole.DisplayRole else None


class PaletteEntryDelegate(QStyledItemDelegate):
    """Draws an entry with its icon, name, context, and a detail at the right."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(0, max(8 * STEP, option.fontMetrics.height() + 3 * STEP))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        model = index.model()
        assert isinstance(model, PaletteEntryModel)
        entry = model.entry(index)
        if entry is None:
            return
        roles = colours(option.palette)
        painter.save()
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(QColor(roles.accent_soft))
            painter.setPen(QPen(QColor(roles.accent)))
            painter.drawRoundedRect(rect.adjusted(1, 1, -2, -2), RADIUS, RADIUS)
        _EntryPainter(painter, roles, option.font, model.marks).draw(entry, rect)
        painter.restore()


class _EntryPainter:
    """Draws one entry."""

    def __init__(self, painter: QPainter, roles: Colours, font: QFont, marks: Highlights) -> None:
        self._painter = painter
        self._roles = roles
        self._font = font
        self._detail_font = scaled(font, _DETAIL_FONT_SCALE)
        self._marks = marks

    def draw(self, entry: PaletteEntry, rect: QRect) -> None:
        free_rect = rect.adjusted(3 * STEP, 0, -3 * STEP, 0)
        icon_rect = QRect(free_rect.left(), rect.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        icons.icon(entry.kind.value, self._roles.muted).paint(self._painter, icon_rect)
        free_rect.setLeft(icon_rect.right() + 2 * STEP)
        text_width = min(_advance(self._detail_font, entry.detail) + 1, free_rect.width() // 3)
        detail_rect = QRect(
            free_rect.right() - text_width + 1, rect.top(), text_width, rect.height()
        )
        # A shortcut or a number is matched exactly, never with gaps between the characters.
        exact = Highlights(self._marks.terms)
        self._text(detail_rect, entry.detail, self._detail_font, self._roles.muted, exact)
        free_rect.setRight(detail_rect.left() - 3 * STEP)
        text_width = min(_advance(self._font, entry.text) + 1, free_rect.width())
        name_rect = QRect(free_rect.left(), rect.top(), text_width, rect.height())
        self._text(name_rect, entry.text, self._font, self._roles.text)
        free_rect.setLeft(name_rect.right() + 2 * STEP)
        if free_rect.width() > 6 * STEP:
            self._text(free_rect, entry.context, self._detail_font, self._roles.muted)

    def _text(
        self, rect: QRect, text: str, font: QFont, colour: str, exact: Highlights | None = None
    ) -> None:
        shown, own = elided(text, font, rect.width())
        found = (exact or self._marks).spans_in(text)
        marks = tuple((a, min(b, own)) for a, b in found if a < own)
        if marks:
            draw_highlighted_line(self._painter, rect, shown, font, marks, self._roles)
            colour = self._roles.text
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(rect, int(_LEFT_ALIGNED | Qt.TextFlag.TextSingleLine), shown)


def _advance(font: QFont, text: str) -> int:
    return QFontMetrics(font).horizontalAdvance(text)


class CommandPalette(QFrame):
    """Overlay on `window`, shown until an entry is chosen, Escape is pressed, or the focus leaves.

    Emits `dismissed` when it is hidden, after the focus has been restored, and then `chosen` with
    the entry if one was chosen.
    """

    chosen = Signal(object)
    dismissed = Signal()

    def __init__(self, window: QWidget, title: str = "", placeholder: str = "") -> None:
        """Creates the palette.

        `title` and `placeholder` describe its purpose; by default it finds anything.
        """
        super().__init__(window)
        self._window = window
        self._title = title or _("Jump to anything")
        self._placeholder = placeholder or _("Deployment, node, input or action…")
        self._ranking = PaletteRanking(PaletteTargets())
        self._previous_focus: QWidget | None = None
        self._pointer_position = QPoint()
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("palette")
        self.setAccessibleName(self._title)
        set_accessible_role(self, QAccessible.Role.Dialog)
        self._search_field = QLineEdit(self)
        self._search_field.setObjectName("palette_box")
        self._search_field.setAccessibleName(self._title)
        self._search_field.setPlaceholderText(self._placeholder)
        self._search_field.setMaxLength(MAX_QUERY_CHARS)
        self._search_field.installEventFilter(self)
        self._entries_model = PaletteEntryModel(self)
        self._list = QListView(self)
        self._list.setObjectName("palette_list")
        self._list.setAccessibleName(_("What fits"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setItemDelegate(PaletteEntryDelegate(self._list))
        self._list.setModel(self._entries_model)
        self._no_results = muted_label(_("Nothing fits."), "palette_nothing", self)
        self._no_results.setAlignment(Qt.AlignmentFlag.AlignCenter)
        parts = (self._search_field, (self._list, 1), (self._no_results, 1))
        column(*parts, owner=self, spacing=_MARGIN, margins=_MARGIN)
        self.hide()

    def _connect(self) -> None:
        self._search_field.textChanged.connect(self._on_search_text_changed)
        self._list.clicked.connect(self._choose)
        self._list.entered.connect(self._on_list_entered)
        self._list.selectionModel().currentChanged.connect(self._on_list_current_changed)
        self._window.installEventFilter(self)

    # Opening and closing

    def open_with(self, targets: PaletteTargets) -> None:
        """Shows the palette for `targets`, with an empty search field."""
        self._ranking = PaletteRanking(targets)
        self._previous_focus = self._window.focusWidget()
        self._search_field.blockSignals(True)
        self._search_field.clear()
        self._search_field.blockSignals(False)
        self._update_results()
        self._update_geometry()
        self._pointer_position = QCursor.pos()
        self.show()
        self.raise_()
        self._search_field.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Hides the palette and restores the focus."""
        previous_focus, self._previous_focus = self._previous_focus, None
        had_focus = self._search_field.hasFocus()
        self.hide()
        self._entries_model.set_entries([], NO_HIGHLIGHTS)
        self._ranking = PaletteRanking(PaletteTargets())
        # The widget may have been deleted meanwhile, such as a button of a row.
        is_there = previous_focus is not None and isValid(previous_focus)
        if had_focus and previous_focus is not None and is_there and previous_focus.isVisible():
            previous_focus.setFocus(Qt.FocusReason.PopupFocusReason)
        self.dismissed.emit()

    def _update_geometry(self) -> None:
        window = self._window
        width = min(_WIDTH, window.width() - 8 * STEP)
        rows = min(max(self._entries_model.rowCount(), _MIN_ROWS), _MAX_ROWS)
        row_height = self._list.sizeHintForRow(0) if self._entries_model.rowCount() else 8 * STEP
        height = self._search_field.sizeHint().height() + rows * row_height + 4 * _MARGIN
        top = max(4 * STEP, window.height() // 10)
        height = min(height, window.height() - top - 4 * STEP)
        self.resize(width, height)
        self.move(QPoint((window.width() - width) // 2, top))

    # Search

    def _on_search_text_changed(self, _text: str) -> None:
        self._update_results()
        self._update_geometry()
        count = self._entries_model.rowCount()
        if QAccessible.isActive():
            announce(self._search_field, n_("%d result", "%d results", count) % count)
            self._announce_current()

    def _update_results(self) -> None:
        entries, terms, is_fuzzy = self._ranking.best(self._search_field.text())
        self._entries_model.set_entries(
            entries, Highlights(terms, is_fuzzy) if terms else NO_HIGHLIGHTS
        )
        self._list.setVisible(bool(entries))
        self._no_results.setVisible(not entries)
        self._list.setCurrentIndex(self._entries_model.index(0))
        self._list.scrollToTop()

    def _on_list_entered(self, index: QModelIndex) -> None:
        """Selects the row under a moving pointer; rows that scroll beneath it are not selected."""
        old_position, self._pointer_position = self._pointer_position, QCursor.pos()
        if old_position != self._pointer_position:
            self._list.setCurrentIndex(index)

    def _on_list_current_changed(self, _now: QModelIndex, previous: QModelIndex) -> None:
        if previous.isValid() and QAccessible.isActive():
            self._announce_current()

    def _announce_current(self) -> None:
        entry = self._entries_model.entry(self._list.currentIndex())
        if entry is not None:
            announce(self._search_field, accessible_text(entry))

    def _move_selection(self, step: int) -> None:
        count = self._entries_model.rowCount()
        self._pointer_position = QCursor.pos()
        if count:
            at = self._list.currentIndex().row() + step
            # A single step wraps around at the end, a page step stops there.
            at = at % count if abs(step) == 1 else min(max(at, 0), count - 1)
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self._list.selectionModel().setCurrentIndex(self._entries_model.index(at), flag)

    def _choose(self, index: QModelIndex) -> None:
        entry = self._entries_model.entry(index)
        if entry is not None:
            self.dismiss()
            self.chosen.emit(entry)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self._window:
            if event.type() is QEvent.Type.Resize and self.isVisible():
                self._update_geometry()
            return False
        if event.type() is QEvent.Type.FocusOut and self.isVisible():
            if self._window.isActiveWindow():
                self.dismiss()
            return False
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in _ROW_STEPS:
            self._move_selection(_ROW_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            return False
        return True
