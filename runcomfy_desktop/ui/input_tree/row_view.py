"""View of the tree's rows: their geometry, folding, scrolling and painting.

Qt's tree view queries its Python delegate for the height of every row, twice, whenever it opens and
again when a single height changes; CONTRIBUTING has the figures. Names follow QTreeView.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPalette, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStyleOptionViewItem, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.delegate import InputsDelegate
from runcomfy_desktop.ui.input_tree.editors import MultilineTextEditor
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn, InputsModel
from runcomfy_desktop.ui.input_tree.row_geometry import RowGeometry, header_row_of, is_same_row
from runcomfy_desktop.ui.input_tree.row_measurer import RowMeasurer
from runcomfy_desktop.ui.input_tree.row_selection import RowSelection
from runcomfy_desktop.ui.input_tree.rows.input_row_painter import NAME_INDENT
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
_CARET_MARGIN = 2 * STEP
"""Margin kept visible above and below the caret of an open prompt."""
_CursorAction = QAbstractItemView.CursorAction
_ScrollHint = QAbstractItemView.ScrollHint


class RowView(QAbstractItemView):
    """Shows an InputsModel: headers over the whole width, inputs in columns below them.

    `row_geometry` computes the positions of rows, and the delegate paints them. `row_selection`
    manages the selected inputs.

    `expanded` and `collapsed` carry the header of a node that was unfolded or folded. `scrolled`
    and `laid_out` follow every change of positions, except those in the middle of a rebuild.
    The other signals are emitted by the parts of InputsView, which describes them.
    """

    max_name_width = 72 * STEP
    expanded = Signal(QModelIndex)
    collapsed = Signal(QModelIndex)
    laid_out = Signal()
    scrolled = Signal()
    media_field_requested = Signal(object, bool)
    paste_requested = Signal(object)
    jump_requested = Signal(object)
    value_entries_requested = Signal(object, object)
    row_entries_requested = Signal(object, object)
    sweep_requested = Signal(object)
    message_sent = Signal(str)

    def __init__(self, scope: SessionScope, model: InputsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.dialog_parent = scope.dialog_parent
        self.inputs = model
        self.is_rebuilding = False
        """True while the model's rows are replaced, until the user's place is restored."""
        self.row_geometry = RowGeometry(model)
        model.rowsRemoved.connect(lambda *_where: self.relayout())
        self.delegate = InputsDelegate(self, model, self.row_geometry)
        self._row_measurer = self._create_row_measurer()
        self.row_selection = RowSelection(self, model, self.row_geometry)
        self._build()
        self.delegate.caret_moved.connect(self._ensure_caret_visible)
        self.row_selection.changed.connect(self.viewport().update)
        self.row_selection.message_sent.connect(self.message_sent)
        model.many_rows_changed.connect(self._on_model_many_rows_changed)

    def _create_row_measurer(self) -> RowMeasurer:
        return RowMeasurer(self.inputs, self.delegate, self.max_row_height)

    def _build(self) -> None:
        self.setObjectName("inputs_tree")
        self.setAccessibleName(_("Nodes and inputs of the workflow"))
        self.setItemDelegate(self.delegate)
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

    # Current row

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

    def scroll_near_edge(self, at: QPoint) -> None:
        """Scrolls if a drag is near the upper or lower edge of the viewport."""
        edge, bar = 6 * STEP, self.verticalScrollBar()
        if at.y() < edge:
            bar.setValue(bar.value() - 3 * STEP)
        elif at.y() > self.viewport().height() - edge:
            bar.setValue(bar.value() + 3 * STEP)

    # Moving between rows

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
            isinstance(self.delegate.editor, MultilineTextEditor)
            and self.delegate.editing_key is not None
        ):
            self.inputs.refresh_row(self.delegate.editing_key)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.delegate.forget_metrics()
            self.fit_columns()
            self.relayout()

    def updateGeometries(self) -> None:
        if self.isVisible() or not self.row_geometry.is_stale:
            bar, view_height = self.verticalScrollBar(), self.viewport().height()
            bar.setSingleStep(max(6 * STEP, 1))
            bar.setPageStep(view_height)
            bar.setRange(0, max(0, self.row_geometry.content_height - view_height))
            super().updateGeometries()
        if not self.is_rebuilding:
            self._ensure_caret_visible()
            self.laid_out.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)
        if not self.is_rebuilding:
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
        editor, key = self.delegate.editor, self.delegate.editing_key
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
        names = min(names, self.max_name_width, int(width * _NAME_WIDTH_SHARE))
        values = max(width - names - _RESET_WIDTH, 1)
        if self.row_geometry.set_column_widths((names, values, _RESET_WIDTH)):
            self.viewport().update()
        if values != self.delegate.cell_width or width != self._row_measurer.width:
            self._row_measurer.width = width
            self.delegate.cell_width = values
            self.relayout()

    def _on_model_many_rows_changed(self, keys: Collection[InputKey]) -> None:
        self.relayout()
        editing = self.delegate.editing_key
        if editing is not None and editing in keys:
            self.inputs.refresh_row(editing)
