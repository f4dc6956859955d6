"""Paints the rows of the tree at rest and opens the one editor; knows nothing of the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from runcomfy_desktop.domain.draft import Value, same_value
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs import layout, painting, texts
from runcomfy_desktop.ui.inputs.cures import is_cure_key
from runcomfy_desktop.ui.inputs.editors import (
    CurveEditor,
    Editor,
    FieldsEditor,
    TallEditor,
    TextEditor,
    create_editor,
)
from runcomfy_desktop.ui.inputs.fault_look import worst_of
from runcomfy_desktop.ui.inputs.layout import Metrics, Part
from runcomfy_desktop.ui.inputs.marks import NO_MARKS, Marks
from runcomfy_desktop.ui.inputs.painting import Brush
from runcomfy_desktop.ui.inputs.session import Session, place_in_field
from runcomfy_desktop.ui.inputs.typing_pause import TypingPause
from runcomfy_desktop.ui.inputs.value_painting import draw_fault, draw_hint, draw_part
from runcomfy_desktop.ui.models.inputs import Column, Index, InputRow, InputsModel
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.labels import tooltip as tip

if TYPE_CHECKING:
    from collections.abc import Container

    from runcomfy_desktop.domain.fuzzy import Term
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.row_tree import RowTree

_PAUSE_MS = 200
"""A pause in typing after which what stands there is taken over."""


class InputsDelegate(QStyledItemDelegate):
    """Draws, measures and edits inputs. `cell_width` is the value column's, set by the view.

    `cure_wished` wants an input's fault put right while its editor is open, `caret_moved` says
    that the caret of a text of many lines is elsewhere, in the text or in the tree.
    """

    cure_wished = Signal(object)
    caret_moved = Signal()

    def __init__(self, view: RowTree, model: InputsModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._session: Session | None = None
        self._pause = TypingPause(_PAUSE_MS, self)
        self._pause.timeout.connect(self.hand_in)
        self.closeEditor.connect(self._on_closing)
        self._metrics: Metrics | None = None
        self.selected: Container[InputKey] = ()
        self.cell_width = 0
        self.lit_node = ""
        self._marks = NO_MARKS
        self.path: frozenset[str] | None = None
        """The nodes that lead to a chosen one; None while all nodes look alike."""

    @property
    def metrics(self) -> Metrics:
        # Asked for each row; the font's name alone takes longer than the rest of some answers.
        if self._metrics is None:
            self._metrics = layout.metrics_for(self._view.font().toString())
        return self._metrics

    def forget_metrics(self) -> None:
        """The font has changed."""
        self._metrics = None

    def mark(self, terms: tuple[Term, ...], *, is_loose: bool) -> None:
        """Marks these words wherever they stand, from now on."""
        marks = Marks(terms, is_loose) if terms else NO_MARKS
        if marks != self._marks:
            self._marks = marks
            self._view.viewport().update()

    @property
    def session(self) -> Session | None:
        """The editing that is going on."""
        return self._session

    @property
    def editing_key(self) -> InputKey | None:
        """The input whose editor is open."""
        return None if self._session is None else self._session.key

    @property
    def editor(self) -> Editor | None:
        return None if self._session is None else self._session.editor

    # Painting

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect
        palette = self._view.palette()
        brush = Brush(painter, colours(palette), self.metrics, self._marks)
        painter.save()
        if index.internalId() == 0:
            self._paint_header(brush, rect, index)
        else:
            self._paint_input(brush, rect, index)
        painter.restore()

    def _paint_header(self, brush: Brush, rect: QRect, index: Index) -> None:
        node = self._model.node_row(index)
        if node is None or index.column() != Column.NAME:
            return
        is_open = self._view.is_expanded(_plain(index))
        look = painting.HeaderLook(
            is_open=is_open,
            inside="" if is_open else self.worst_inside(index),
            has_inputs=self._model.rowCount(index) > 0,
            is_lit=bool(self.lit_node) and node.node_id == self.lit_node,
            has_focus=self._has_focus(index),
            is_aside=self.path is not None and node.node_id not in self.path,
            leads_on=self.path is not None and node.node_id in self.path,
        )
        painting.draw_header(brush, rect, node, look)

    def worst_inside(self, index: Index) -> str:
        """How bad the worst fault of the inputs of a header's node is, "" for none."""
        node = self._model.node_at(index)
        keys = () if node is None else self._model.keys_inside(node)
        return worst_of(self._model.state.faults, keys)

    def _paint_input(self, brush: Brush, rect: QRect, index: Index) -> None:
        row = self._model.input_row(index)
        if row is None:
            return
        is_selected = row.key in self.selected
        if is_selected or self._has_focus(index):
            brush.fill(rect, brush.colours.accent_soft)
        if index.column() == Column.NAME:
            if is_selected:
                brush.fill(
                    QRect(rect.left(), rect.top(), STEP, rect.height()), brush.colours.accent
                )
            painting.draw_name(brush, rect, row)
        elif index.column() == Column.VALUE:
            self._paint_value(brush, rect, row)
        elif row.is_changed:
            brush.icon(layout.reset_rect(brush.metrics, rect), "reset", brush.colours.accent)

    def _paint_value(self, brush: Brush, cell: QRect, row: InputRow) -> None:
        if row.spec.kind.is_media:
            # The well is a widget that lies over the tree.
            draw_hint(brush, cell, row)
            return
        parts = self._parts(row, cell)
        for part, rect in parts.items():
            draw_part(brush, part, rect, row, is_edited=row.key == self.editing_key)
        draw_fault(brush, cell, next(iter(parts.values())), row)
        draw_hint(brush, cell, row)

    def _has_focus(self, index: Index) -> bool:
        return self._view.hasFocus() and self._view.is_current_row(index)

    # What is where

    def _parts(self, row: InputRow, cell: QRect) -> dict[Part, QRect]:
        parts = layout.value_parts(row, self.metrics, cell)
        if row.key == self.editing_key and isinstance(self.editor, TallEditor):
            # The row has grown with what is edited, and the field with the row.
            fault = layout.fault_block(row, self.metrics, cell.width())
            below = (self.metrics.row - self.metrics.field) // 2
            below += 0 if fault is None else fault.height + STEP
            below += layout.hint_room(row, self.metrics, cell.width())
            parts[Part.FIELD].setBottom(cell.bottom() - below)
            if isinstance(self.editor, CurveEditor):
                parts[Part.FIELD].setWidth(layout.open_curve_width(cell.width()))
        if row.fault is not None and row.fault.cure is not None:
            look = layout.fault_block(row, self.metrics, cell.width())
            top = next(iter(parts.values())).bottom() + STEP
            if look is not None:
                parts[Part.CURE] = look.cure.translated(cell.left(), top)
        return parts

    def part_at(self, index: Index, cell: QRect, at: QPoint) -> Part | None:
        """The part of a row under a point; None beside all of them."""
        row = self._model.input_row(index)
        if row is None or row.spec.kind.is_media:
            is_reset = row is not None and row.is_changed and index.column() == Column.RESET
            return Part.RESET if is_reset else None
        if index.column() == Column.RESET:
            inside = layout.reset_rect(self.metrics, cell).contains(at)
            return Part.RESET if row.is_changed and inside else None
        if index.column() != Column.VALUE:
            return None
        parts = self._parts(row, cell)
        return next((part for part, rect in parts.items() if rect.contains(at)), None)

    def part_rect(self, index: Index, cell: QRect, part: Part) -> QRect:
        row = self._model.input_row(index)
        return QRect() if row is None else self._parts(row, cell).get(part, QRect())

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        row = self._model.input_row(index)
        if event.type() is not QEvent.Type.ToolTip or row is None:
            return False
        text = texts.tooltip(row)
        if index.column() == Column.RESET:
            text = _("Reset %s") % row.name if row.is_changed else ""
        else:
            part = self.part_at(index, view.visualRect(_plain(index)), event.pos())
            text = _part_help(part) or text
        QToolTip.showText(event.globalPos(), tip(text), view)
        return True

    # Editing

    def hand_in(self) -> None:
        """Takes over what stands in the open editor, if it is a value at all."""
        session = self._session
        self._pause.stop()
        if session is None or not session.is_pending:
            return
        session.is_pending = False
        value = session.editor.value()
        draft = self._model.draft
        if value is None or draft is None or same_value(value, draft.value(session.key)):
            return
        self._commit(session, value)

    def settle(self) -> None:
        """Takes over what stands in the open editor, or shows the value that stays in its place."""
        self.hand_in()
        session, draft = self._session, self._model.draft
        if session is not None and draft is not None and session.editor.value() is None:
            session.editor.set_value(draft.value(session.key))
            session.is_dirty = False

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        row = self._model.input_row(index)
        assert row is not None
        editor = create_editor(row.spec, row.name, parent)
        self._session = Session(row.key, editor)
        editor.touched.connect(self._on_editor_touched)
        editor.chosen.connect(self._on_editor_chosen)
        if isinstance(editor, TallEditor):
            editor.grown.connect(self._on_editor_grown)
        if isinstance(editor, TextEditor):
            editor.cursorPositionChanged.connect(self.caret_moved)
        if isinstance(editor, FieldsEditor):
            editor.left.connect(self._on_editor_left)
        return editor

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        if self._session is not None and self._session.editor is editor:
            self._session = None
            self._pause.stop()
        super().destroyEditor(editor, index)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        session, row = self._session, self._model.input_row(index)
        if session is None or session.editor is not editor or row is None or session.is_pending:
            return
        value = session.editor.value()
        if not session.is_filled or value is None or not same_value(value, row.value):
            session.editor.set_value(row.value)
            session.is_dirty = False
        if not session.is_filled:
            session.is_filled = True
            # What is typed next replaces the value; in a long text it goes on at the end.
            session.editor.begin()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        self.hand_in()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        cell = option.rect
        row = self._model.input_row(index)
        if row is not None:
            place = next(iter(self._parts(row, cell).values()))
            editor.setGeometry(place_in_field(editor, place, self.metrics))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                # Qt closes the editor without a look at what stands in it.
                self.hand_in()
            elif is_cure_key(event) and self._session is not None:
                self.cure_wished.emit(self._session.key)
                return True
            elif event.key() in _TABS and isinstance(editor, TextEditor):
                # Qt leaves the Tab key to texts of many lines, and so to the window.
                self.hand_in()
                self.closeEditor.emit(editor, _TABS[Qt.Key(event.key())])
                return True
            elif event.key() in _ENTER and not isinstance(editor, TextEditor):
                # Qt takes it over a little later, which something else could overtake.
                self.hand_in()
        return super().eventFilter(editor, event)

    def _commit(self, session: Session, value: Value) -> None:
        label = _("Change %s") % self._model.name_of(session.key)
        self._model.edit(session.key, value, label, merge=session.merge)

    def _on_editor_touched(self) -> None:
        if self._session is not None:
            self._session.is_pending = self._session.is_dirty = True
            if self._session.editor.commits_while_typing:
                self._pause.touch()

    def _on_editor_chosen(self) -> None:
        if self._session is not None:
            self._session.is_pending = True
            self.hand_in()

    def _on_editor_left(self, editor: FieldsEditor, hint: QStyledItemDelegate.EndEditHint) -> None:
        session = self._session
        # One that is on its way out loses the keyboard to the next.
        if session is not None and session.editor is editor and not session.is_closing:
            self.hand_in()
            self.closeEditor.emit(editor, hint)

    def _on_closing(self, editor: QWidget) -> None:
        if self._session is not None and self._session.editor is editor:
            self._session.is_closing = True

    def _on_editor_grown(self) -> None:
        if self._session is not None:
            self._model.touch(self._session.key)
            self._view.updateEditorGeometries()
            self.caret_moved.emit()


_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TABS = {
    Qt.Key.Key_Tab: QStyledItemDelegate.EndEditHint.EditNextItem,
    Qt.Key.Key_Backtab: QStyledItemDelegate.EndEditHint.EditPreviousItem,
}


def _plain(index: Index) -> QModelIndex:
    """Qt's views take plain indexes, and that is what they hand to a delegate."""
    assert isinstance(index, QModelIndex)
    return index


def _part_help(part: Part | None) -> str:
    if part is Part.SLIDER:
        return _("Drag to change the number, finely with Shift. Press twice to type it.")
    if part is Part.SWATCH:
        return _("Choose a colour")
    return _("New random seed") if part is Part.DICE else ""
