"""Node and input tree: a custom item view with rows of different heights.

Qt's tree view queries its Python delegate for the height of every row, twice, whenever it opens and
again when a single height changes; CONTRIBUTING has the figures. Names follow QTreeView.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QApplication,
    QFrame,
    QStyleOptionViewItem,
    QWidget,
)

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree import clipboard, row_menu
from runcomfy_desktop.ui.input_tree.delegate import InputsDelegate
from runcomfy_desktop.ui.input_tree.editors import MultilineTextEditor
from runcomfy_desktop.ui.input_tree.graph_navigation import GraphNavigation
from runcomfy_desktop.ui.input_tree.input_commands import InputCommands
from runcomfy_desktop.ui.input_tree.input_row_painter import NAME_INDENT
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn, InputsModel
from runcomfy_desktop.ui.input_tree.mouse_handler import MouseHandler
from runcomfy_desktop.ui.input_tree.rebuild_restorer import RebuildRestorer
from runcomfy_desktop.ui.input_tree.row_geometry import RowGeometry, header_row_of, is_same_row
from runcomfy_desktop.ui.input_tree.row_measurer import RowMeasurer
from runcomfy_desktop.ui.input_tree.row_selection import RowSelection
from runcomfy_desktop.ui.input_tree.tree_accessibility import TreeAccessibility
from runcomfy_desktop.ui.input_tree.tree_states import TreeStates
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from PySide6.QtCore import QItemSelection
    from PySide6.QtGui import QPaintEvent, QShowEvent

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.input_tree.inputs_model import Index

_RESET_WIDTH = 10 * STEP
_NAME_WIDTH_SHARE = 0.32
_MIN_NAME_WIDTH = 40 * STEP
_MAX_NAME_WIDTH = 72 * STEP
_CARET_MARGIN = 2 * STEP
"""Margin kept visible above and below the caret of an open prompt."""
_NO_MODIFIERS = Qt.KeyboardModifier.NoModifier
_UP_DOWN_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down)
_CursorAction = QAbstractItemView.CursorAction
_ScrollHint = QAbstractItemView.ScrollHint
_EndEditHint = QAbstractItemDelegate.EndEditHint


class InputsView(QAbstractItemView):
    """Shows an InputsModel: headers over the whole width, inputs in columns below them.

    `row_geometry` computes the positions of rows, and the delegate paints them. The view emits
    signals for what it cannot do itself. Drags are accepted by the widget around it.

    `expanded` and `collapsed` carry the header of a node that was unfolded or folded.
    `value_entries_requested` and `row_entries_requested` carry the context menu of an input while
    it is filled, and the input's InputRow: slots add their entries after those that change the
    value, or at the end.
    `media_field_requested(key, last)` requests the focus for a media field, `paste_requested(key)`
    the clipboard's picture, `message_sent` carries a sentence for the user. `scrolled` and
    `laid_out` follow every change of positions, except those in the middle of a rebuild.
    `edge_passed(is_below)` reports that an arrow key leads beyond the last or the first row.
    """

    expanded = Signal(QModelIndex)
    collapsed = Signal(QModelIndex)
    media_field_requested = Signal(object, bool)
    paste_requested = Signal(object)
    value_entries_requested = Signal(object, object)
    row_entries_requested = Signal(object, object)
    sweep_requested = Signal(object)
    message_sent = Signal(str)
    laid_out = Signal()
    scrolled = Signal()
    editing_ended = Signal()
    edge_passed = Signal(bool)

    def __init__(
        self,
        scope: SessionScope,
        model: InputsModel,
        parent: QWidget,
        navigation: GraphNavigation | None = None,
    ) -> None:
        super().__init__(parent)
        self.dialog_parent = scope.dialog_parent
        self.inputs = model
        self.row_geometry = RowGeometry(model)
        model.rowsRemoved.connect(lambda *_where: self.relayout())
        self._delegate = InputsDelegate(self, model, self.row_geometry)
        self._row_measurer = self._create_row_measurer()
        self._tree_states = TreeStates(self, model, self.row_geometry)
        self._rebuild_restorer = RebuildRestorer(self, self._tree_states)
        self.commands = InputCommands(self)
        self._mouse_handler = MouseHandler(self, self._tree_states)
        self.row_selection = RowSelection(self, model, self.row_geometry)
        self._build()
        self.accessibility = TreeAccessibility(self)
        self._connect()
        # A view of only some inputs shares the whole tree's navigation, which leads to all others.
        self.navigation = GraphNavigation(self) if navigation is None else navigation
        # The model may have rows already.
        self._rebuild_restorer.restore()

    def _create_row_measurer(self) -> RowMeasurer:
        return RowMeasurer(self.inputs, self._delegate, self.max_row_height)

    def _build(self) -> None:
        self.setObjectName("inputs_tree")
        self.setAccessibleName(_("Nodes and inputs of the workflow"))
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        # Tab leaves the tree; from an open editor it goes to the next input.
        self.setTabKeyNavigation(False)
        # A click sets the focus too, but only after its target is determined.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.row_geometry.height_source = self._row_measurer
        # Last: with rows, some of the calls above would measure all of them.
        self.setModel(self.inputs)

    def _connect(self) -> None:
        self._delegate.quick_fix_requested.connect(self.commands.apply_quick_fix)
        self._delegate.caret_moved.connect(self._ensure_caret_visible)
        self.row_selection.changed.connect(self.viewport().update)
        self.row_selection.message_sent.connect(self.message_sent)
        self.inputs.many_rows_changed.connect(self._on_model_many_rows_changed)
        self.expanded.connect(lambda index: self._on_collapsed_changed(index, is_collapsed=False))
        self.collapsed.connect(lambda index: self._on_collapsed_changed(index, is_collapsed=True))

    # Public interface

    @property
    def delegate(self) -> InputsDelegate:
        return self._delegate

    def commit_pending_edits(self) -> None:
        """Commits the contents of open editors."""
        self._delegate.commit_pending_edits()
        self.commands.commit_pending_edits()

    def go_to(self, index: QModelIndex, *, take_focus: bool = True) -> None:
        """Makes a row current and scrolls to it, unfolding its node."""
        if not index.isValid():
            return
        if index.parent().isValid():
            self.expand(index.parent())
        self.setCurrentIndex(index.siblingAtColumn(InputColumn.NAME))
        self.scrollTo(index.siblingAtColumn(InputColumn.NAME), _ScrollHint.PositionAtCenter)
        if take_focus:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_to_node(self, node_id: str, *, take_focus: bool = True) -> None:
        index = self.inputs.index_of_node(node_id)
        if index.isValid():
            self.expand(index)
            self.setCurrentIndex(index)
            self.scrollTo(index, _ScrollHint.PositionAtTop)
            if take_focus:
                self.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_to_first(self) -> None:
        """Moves the focus to the first visible input."""
        first = self.inputs.index(0, InputColumn.NAME)
        below = self.row_geometry.index_below(first)
        if first.isValid():
            self.go_to(below if below.isValid() else first)

    def reset_current(self) -> None:
        key = self.inputs.key_at(self.currentIndex())
        if key is None:
            # If a header is current, the selected inputs are reset.
            key = next(iter(self.row_selection.keys_in_order()), None)
        if key is not None:
            self.inputs.reset_input(key)

    # Folding

    def is_expanded(self, index: QModelIndex) -> bool:
        return self.row_geometry.is_expanded(index)

    def set_expanded(self, index: QModelIndex, is_expanded: bool) -> None:
        header_row = header_row_of(index)
        if header_row >= 0 and self.is_expanded(index) != is_expanded:
            self._set_each_collapsed([header_row], is_collapsed=not is_expanded)

    def expand(self, index: QModelIndex) -> None:
        self.set_expanded(index, True)

    def collapse(self, index: QModelIndex) -> None:
        self.set_expanded(index, False)

    def expand_all(self) -> None:
        self._set_each_collapsed(range(self.inputs.rowCount()), is_collapsed=False)

    def collapse_all(self) -> None:
        self._set_each_collapsed(range(self.inputs.rowCount()), is_collapsed=True)

    def collapse_others(self, expanded_ids: Collection[str]) -> None:
        """Folds all nodes except the given ones, which are unfolded."""
        expanded: list[int] = []
        others: list[int] = []
        for header_row in range(self.inputs.rowCount()):
            is_expanded = self.inputs.node_id_at(header_row) in expanded_ids
            (expanded if is_expanded else others).append(header_row)
        self._set_each_collapsed(expanded, is_collapsed=False)
        self._set_each_collapsed(others, is_collapsed=True)

    def collapse_silently(self, indexes: Iterable[QModelIndex]) -> None:
        """Folds nodes without emitting a signal for each."""
        header_rows = [row for row in map(header_row_of, indexes) if row >= 0]
        if self.row_geometry.is_stale:
            self.row_geometry.collapse_when_measured(header_rows)
        elif header_rows:
            self._set_collapsed(header_rows, is_collapsed=True)

    def _set_each_collapsed(self, candidates: Iterable[int], *, is_collapsed: bool) -> None:
        header_rows = [
            header_row
            for header_row in candidates
            if self.row_geometry.is_collapsed(header_row) != is_collapsed
        ]
        self._set_collapsed(header_rows, is_collapsed=is_collapsed)
        signal = self.collapsed if is_collapsed else self.expanded
        for header_row in header_rows:
            signal.emit(self.inputs.index(header_row, 0))

    def _set_collapsed(self, header_rows: list[int], *, is_collapsed: bool) -> None:
        header = self.currentIndex().parent()
        self.row_geometry.set_collapsed(header_rows, is_collapsed=is_collapsed)
        if is_collapsed and header.isValid() and header.row() in header_rows:
            # The current row is never a hidden one.
            selection = self.selectionModel()
            selection.setCurrentIndex(header, selection.SelectionFlag.NoUpdate)
        self.updateGeometries()
        self.viewport().update()

    # Rows in the viewport

    def visualRect(self, index: Index) -> QRect:
        return self._in_viewport(self.row_geometry.cell_rect(index, self.viewport().width()))

    def row_rect(self, index: Index) -> QRect:
        """Returns the rectangle of a row in the viewport; a null one if its node is folded."""
        return self._in_viewport(self.row_geometry.row_rect(index, self.viewport().width()))

    def _in_viewport(self, rect: QRect) -> QRect:
        return rect if rect.isNull() else rect.translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        if not 0 <= point.x() < self.viewport().width():
            return QModelIndex()
        return self.row_geometry.index_at(point + QPoint(0, self.verticalOffset()))

    def is_current_row(self, index: Index) -> bool:
        """Reports whether the index is in the current row, with or without focus."""
        return is_same_row(self.currentIndex(), index)

    def isIndexHidden(self, index: Index) -> bool:
        return self.row_geometry.line_of(index) < 0

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion()

    def setSelection(self, rect: QRect, command: object) -> None:
        """Does nothing: `row_selection` manages the selection."""

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        offset, width = self.verticalOffset(), self.viewport().width()
        cells = self.row_geometry.cells_in(event.rect().translated(0, offset), width)
        painter, option = QPainter(self.viewport()), QStyleOptionViewItem()
        self.initViewItemOption(option)
        delegate = self.itemDelegate()
        for index, rect in cells:
            option.rect = rect.translated(0, -offset)
            delegate.paint(painter, option, index)
        painter.end()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse_handler.press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Two quick clicks count as two clicks.
        self.mousePressEvent(event)
        self._mouse_handler.mark_double_click()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._mouse_handler.release(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._mouse_handler.move(event):
            super().mouseMoveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_by_keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_by_keyboard else self.indexAt(event.pos())
        if not index.isValid():
            return
        if is_by_keyboard:
            position = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        else:
            position = event.globalPos()
        row_menu.popup_row_menu(self, index, position)

    def scroll_near_edge(self, at: QPoint) -> None:
        """Scrolls if a drag is near the upper or lower edge of the viewport."""
        edge, bar = 6 * STEP, self.verticalScrollBar()
        if at.y() < edge:
            bar.setValue(bar.value() - 3 * STEP)
        elif at.y() > self.viewport().height() - edge:
            bar.setValue(bar.value() + 3 * STEP)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Escape and self._mouse_handler.cancel_drag():
            return
        is_taken = self.row_selection.handle_key(event, index) or clipboard.handle_key(self, event)
        if is_taken or self.commands.handle_key(event, index):
            return
        super().keyPressEvent(event)
        is_plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == _NO_MODIFIERS
        if is_plain and event.key() in _UP_DOWN_KEYS and self.currentIndex() == index:
            self.edge_passed.emit(event.key() == Qt.Key.Key_Down)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        for index in (current, previous):
            # Qt repaints only one cell; the focus is shown on the whole row.
            self.viewport().update(self.row_rect(index))

    def moveCursor(self, action: _CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        if self.row_geometry.line_count == 0:
            return QModelIndex()
        current = self.currentIndex()
        line = self.row_geometry.line_of(current)
        if line < 0:
            return self.row_geometry.index_of_line(0, 0)
        if action is _CursorAction.MoveLeft:
            return self._collapse_or_parent(current)
        if action is _CursorAction.MoveRight:
            return self._expand_or_child(current)
        wanted = self.row_geometry.target_line(action, line, self.viewport().height())
        return self.row_geometry.index_of_line(wanted, current.column())

    def _collapse_or_parent(self, current: QModelIndex) -> QModelIndex:
        header = current.parent()
        if header.isValid():
            return header
        self.collapse(current)
        return current

    def _expand_or_child(self, current: QModelIndex) -> QModelIndex:
        if current.parent().isValid():
            return current
        if self.is_expanded(current) and self.inputs.rowCount(current) > 0:
            return self.inputs.index(0, 0, current)
        self.expand(current)
        return current

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        key = self._delegate.editing_key
        is_moving_on = hint in (_EndEditHint.EditNextItem, _EndEditHint.EditPreviousItem)
        focus = QApplication.focusWidget()
        was_inside = focus is not None and editor.isAncestorOf(focus)
        super().closeEditor(editor, _EndEditHint.NoHint if is_moving_on else hint)
        if was_inside:
            # Qt returns the focus from the editor itself, but not from a field inside it.
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        if key is not None:
            # Long text is taller while it is edited.
            self.inputs.refresh_row(key)
        self.editing_ended.emit()
        start = QModelIndex() if key is None else self.inputs.index_of(key)
        if is_moving_on and start.isValid():
            self.commands.open_next(start, forward=hint is _EndEditHint.EditNextItem)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.accessibility.notify_focus(self.currentIndex())

    # Layout

    def reset(self) -> None:
        self.row_geometry.reset()
        super().reset()

    def relayout(self) -> None:
        """Measures every row again; folded nodes stay folded."""
        self.row_geometry.invalidate()
        self.updateGeometries()
        self.viewport().update()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        self.relayout()

    def dataChanged(self, top_left: Index, bottom_right: Index, roles: object = ()) -> None:
        row = self.inputs.index(top_left.row(), 0, top_left.parent())
        if self.row_geometry.remeasure(row):
            self.updateGeometries()
            # Qt repaints the row, but not those below it, which have moved.
            self.viewport().update()
        super().dataChanged(top_left, bottom_right, [])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.updateGeometries()

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Only on screen: otherwise the rows would be measured too early.
        row = self.row_rect(self.currentIndex()) if self.isVisible() else QRect()
        super().resizeEvent(event)
        self.fit_columns()
        height, before = event.size().height(), event.oldSize().height()
        # For a prompt taller than the remaining space, any visible part is enough.
        edge = row.bottom() if row.height() <= height else row.top()
        if height != before:
            self.fit_editor()
        if row.top() >= 0 and height <= edge < before:
            # Another part of the window has covered the current row.
            self.scrollTo(self.currentIndex())
        self._ensure_caret_visible()

    def max_row_height(self) -> int:
        """Returns the greatest height at which a row is still fully visible."""
        return self.viewport().height()

    def fit_editor(self) -> None:
        """Measures the row of an open prompt again after the tree's height has changed."""
        if (
            isinstance(self._delegate.editor, MultilineTextEditor)
            and self._delegate.editing_key is not None
        ):
            self.inputs.refresh_row(self._delegate.editing_key)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._delegate.forget_metrics()
            self.fit_columns()
            self.relayout()

    def updateGeometries(self) -> None:
        if self.isVisible() or not self.row_geometry.is_stale:
            bar, view_height = self.verticalScrollBar(), self.viewport().height()
            bar.setSingleStep(max(6 * STEP, 1))
            bar.setPageStep(view_height)
            bar.setRange(0, max(0, self.row_geometry.content_height - view_height))
            super().updateGeometries()
        if not self._rebuild_restorer.is_active:
            self._ensure_caret_visible()
            self.laid_out.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)
        if not self._rebuild_restorer.is_active:
            self.scrolled.emit()

    def scrollTo(self, index: Index, hint: _ScrollHint = _ScrollHint.EnsureVisible) -> None:
        if self.isIndexHidden(index) and index.parent().isValid():
            self.expand(index.parent())
        if self.isIndexHidden(index):
            return
        bar, view_height = self.verticalScrollBar(), self.viewport().height()
        self.executeDelayedItemsLayout()
        line = self.row_geometry.line_of(index)
        bar.setValue(self.row_geometry.scroll_value(line, hint, bar.value(), view_height))

    def _ensure_caret_visible(self) -> None:
        """Scrolls the text of an open prompt to its caret, and the tree as little as possible.

        The whole row is made visible or, if it is too tall, the caret alone.
        """
        editor, key = self._delegate.editor, self._delegate.editing_key
        if not isinstance(editor, MultilineTextEditor) or key is None or not editor.isVisible():
            return
        editor.ensureCursorVisible()
        bar, view_height = self.verticalScrollBar(), self.viewport().height()
        wanted = self.row_rect(self.inputs.index_of(key))
        if wanted.height() > view_height:
            caret = editor.cursorRect()
            wanted = QRect(editor.viewport().mapTo(self.viewport(), caret.topLeft()), caret.size())
            wanted.adjust(0, -_CARET_MARGIN, 0, _CARET_MARGIN)
        if wanted.bottom() >= view_height:
            bar.setValue(bar.value() + wanted.bottom() + 1 - view_height)
        elif wanted.top() < 0:
            bar.setValue(bar.value() + wanted.top())

    def fit_columns(self) -> None:
        """Fits the names column to the longest name, within limits; values get the rest."""
        # The scroll bar's width is always reserved: values must not move sideways.
        width = self.width() - self.verticalScrollBar().sizeHint().width()
        longest = QFontMetrics(self.font()).horizontalAdvance(self.inputs.longest_name())
        names = max(longest + NAME_INDENT + 4 * STEP, _MIN_NAME_WIDTH)
        names = min(names, _MAX_NAME_WIDTH, int(width * _NAME_WIDTH_SHARE))
        values = max(width - names - _RESET_WIDTH, 1)
        if self.row_geometry.set_column_widths((names, values, _RESET_WIDTH)):
            self.viewport().update()
        if values != self._delegate.cell_width or width != self._row_measurer.width:
            self._row_measurer.width = width
            self._delegate.cell_width = values
            self.relayout()

    def _on_model_many_rows_changed(self, keys: Collection[InputKey]) -> None:
        self.relayout()
        editing = self._delegate.editing_key
        if editing is not None and editing in keys:
            self.inputs.refresh_row(editing)

    def _on_collapsed_changed(self, index: QModelIndex, *, is_collapsed: bool) -> None:
        draft, node = self.inputs.draft, self.inputs.node_at(index)
        self.laid_out.emit()
        is_by_hand = not self._rebuild_restorer.is_active and not self.inputs.is_filtered
        if draft is not None and node is not None and is_by_hand:
            self._tree_states.set_collapsed(draft.key, node.node_id, is_collapsed=is_collapsed)
