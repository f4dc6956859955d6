"""Delegate that paints the tree's rows and opens one editor at a time.

Mouse events are handled by `mouse_handler`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    QRectF,
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

from runcomfy_desktop.domain.drafts.draft import SeedMode, Value, same_value
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.debounce_timer import DebounceTimer
from runcomfy_desktop.ui.input_tree.edit_session import EditSession, editor_rect
from runcomfy_desktop.ui.input_tree.editors import (
    CurveEditor,
    Editor,
    FieldsEditor,
    MultilineTextEditor,
    TallEditor,
    create_editor,
)
from runcomfy_desktop.ui.input_tree.inputs_model import Index, InputColumn, InputRow, InputsModel
from runcomfy_desktop.ui.input_tree.quick_fixes import is_quick_fix_key
from runcomfy_desktop.ui.input_tree.row_geometry import is_same_row
from runcomfy_desktop.ui.input_tree.rows import input_row_painter, row_layout, texts
from runcomfy_desktop.ui.input_tree.rows.curve_painter import draw_curve
from runcomfy_desktop.ui.input_tree.rows.input_row_painter import (
    FieldFrame,
    InputRowPainter,
    frame_of,
)
from runcomfy_desktop.ui.input_tree.rows.issue_layout import draw_issue_layout, worst_severity
from runcomfy_desktop.ui.input_tree.rows.number_values import fraction_of
from runcomfy_desktop.ui.input_tree.rows.row_layout import ARROW_WIDTH, PADDING, RowMetrics, RowPart
from runcomfy_desktop.ui.style.highlights import NO_HIGHLIGHTS, Highlights, excerpt
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.labels import tooltip as tip

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.fuzzy import SearchTerm
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.row_geometry import RowGeometry

_COMMIT_DELAY_MS = 200
"""Pause in typing after which the editor's content is committed."""
# No colour name is longer.
_MAX_COLOUR_CHARS = 40
_MULTI_FIELD_KINDS = (InputKind.BOX, InputKind.RANGE)


def _draw_row_part(
    row_painter: InputRowPainter, part: RowPart, rect: QRect, row: InputRow, *, is_edited: bool
) -> None:
    """Draws one part of a value at rest, according to its kind.

    While the value is edited, at most the field's frame is drawn.
    """
    if part is RowPart.QUICK_FIX:
        # The quick fix is part of the issue's text and is drawn with it.
        return
    if part in (RowPart.MODE, RowPart.LINK):
        row_painter = row_painter.without_highlights()
    if part in _PART_PAINTERS:
        _PART_PAINTERS[part](row_painter, rect, row)
    elif part is RowPart.CHECK:
        if not is_edited:
            text = texts.value_text(row.value, row.spec)
            row_painter.draw_check(rect, text, row.value is True, frame_of(row, is_edited=False))
    elif row.spec.kind in _MULTI_FIELD_KINDS:
        if not is_edited:
            _draw_fields(row_painter, rect, row)
    elif row.spec.kind is InputKind.OTHER:
        text = texts.value_text(row.value, row.spec)
        row_painter.draw_text(rect, text, row_painter.colours.muted, row_painter.metrics.font)
    elif is_edited:
        row_painter.draw_field(rect, FieldFrame.EDITED)
    else:
        _draw_field(row_painter, rect, row)


def _draw_seed_mode(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    frame = FieldFrame.PLAIN if row.seed_mode is SeedMode.KEEP else FieldFrame.CHANGED
    row_painter.draw_choice(rect, texts.seed_mode_text(row.seed_mode), frame)


def _draw_dice(row_painter: InputRowPainter, rect: QRect, _row: InputRow) -> None:
    row_painter.draw_icon(rect, "dice", row_painter.colours.muted, 4 * STEP + 2)


def _draw_slider(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    row_painter.draw_slider(rect, fraction_of(row.value, row.spec), frame_of(row, is_edited=False))


def _draw_swatch(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    colour = row.value[:_MAX_COLOUR_CHARS] if isinstance(row.value, str) else ""
    row_painter.draw_swatch(rect, colour, frame_of(row, is_edited=False))


def _draw_link(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    muted = row_painter.colours.muted
    icon = "chevron-right" if row.folded_links else "arrow-left"
    row_painter.draw_icon(rect.adjusted(0, 0, 4 * STEP - rect.width(), 0), icon, muted)
    text = texts.link_text(row)
    row_painter.draw_text(
        rect.adjusted(ARROW_WIDTH, 0, 0, 0), text, muted, row_painter.metrics.font
    )


_PART_PAINTERS = {
    RowPart.MODE: _draw_seed_mode,
    RowPart.DICE: _draw_dice,
    RowPart.SLIDER: _draw_slider,
    RowPart.SWATCH: _draw_swatch,
    RowPart.LINK: _draw_link,
}


def _draw_issue(row_painter: InputRowPainter, cell: QRect, field: QRect, row: InputRow) -> None:
    """Draws the row's issue and its quick-fix link under the field."""
    issue_layout = row_layout.row_issue_layout(row, row_painter.metrics, cell.width())
    if issue_layout is not None and row.issue is not None:
        draw_issue_layout(
            row_painter, (cell.left(), field.bottom() + STEP), row.issue, issue_layout
        )


def _draw_hint(row_painter: InputRowPainter, cell: QRect, row: InputRow) -> None:
    """Draws the hint that the user wrote for the pin, at the foot of the row."""
    hint = row_layout.hint_block(row, row_painter.metrics, cell.width())
    if hint is not None:
        top = cell.bottom() - hint.height - STEP // 2
        hint.draw(row_painter.painter, cell.left(), top, row_painter.colours.muted)


def _draw_field(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    colours, metrics = row_painter.colours, row_painter.metrics
    frame = frame_of(row, is_edited=False)
    text, muted = texts.value_text(row.value, row.spec), colours.muted
    colour = colours.text if text else muted
    inside = rect.adjusted(PADDING, 0, -PADDING, 0)
    if row.spec.kind in (InputKind.COMBO, InputKind.MULTI):
        row_painter.draw_choice(rect, text, frame)
        return
    row_painter.draw_field(rect, frame)
    if row.spec.kind is InputKind.CURVE and not isinstance(row.value, MediaFile):
        draw_curve(
            row_painter.painter,
            QRectF(rect).adjusted(PADDING, PADDING, -PADDING, -PADDING),
            row.value,
            muted,
        )
        return
    if row.spec.kind is InputKind.TEXT:
        top = rect.top() + (metrics.field_height - metrics.line_height) // 2
        block = row_layout.value_block(row, metrics, inside.width())
        if row_painter.highlights.terms and block.is_truncated and isinstance(row.value, str):
            part = excerpt(row.value, row_painter.highlights, block.shown_chars)
            block = row_layout.field_text_block(part, metrics, inside.width()) if part else block
        highlights = row_painter.highlights.spans_in(block.text)
        block.draw_highlights(row_painter.painter, (inside.left(), top), highlights, colours)
        block.draw(row_painter.painter, inside.left(), top, colour)
    else:
        row_painter.draw_text(
            inside, text or texts.placeholder_text(row.spec), colour, metrics.font
        )


def _draw_fields(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    """Draws several numbers, each in its own field."""
    frame, kind = frame_of(row, is_edited=False), row.spec.kind
    cells = row_layout.field_cells(rect, kind, row_painter.metrics)
    for name, (caption, cell) in zip(texts.field_names(kind), cells, strict=True):
        row_painter.draw_text(
            caption,
            texts.field_label(name),
            row_painter.colours.muted,
            row_painter.metrics.small_font,
        )
        row_painter.draw_field(cell, frame)
        text, inside = texts.field_text(row.value, name), cell.adjusted(PADDING, 0, -PADDING, 0)
        row_painter.draw_text(inside, text, row_painter.colours.text, row_painter.metrics.font)


class InputsDelegate(QStyledItemDelegate):
    """Draws, measures and edits inputs.

    `cell_width` is the width of the value column, set by the view.

    Emits `quick_fix_requested` when the user requests an input's quick fix while its editor is
    open, and `caret_moved` when the caret of multiline text has moved, within the text or together
    with its row.
    """

    quick_fix_requested = Signal(object)
    caret_moved = Signal()

    def __init__(
        self, view: QAbstractItemView, model: InputsModel, row_geometry: RowGeometry
    ) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._row_geometry = row_geometry
        self._session: EditSession | None = None
        self._commit_timer = DebounceTimer(_COMMIT_DELAY_MS, self)
        self._commit_timer.timeout.connect(self.commit_editor)
        self.closeEditor.connect(self._on_close_editor)
        self._metrics: RowMetrics | None = None
        self.cell_width = 0
        self.highlighted_node = ""
        self._highlights = NO_HIGHLIGHTS
        self.path_node_ids: frozenset[str] | None = None
        """Ids of the chosen node and all nodes that lead to it; None while no path is shown."""

    @property
    def metrics(self) -> RowMetrics:
        # Cached, because every row needs them: building the font's key alone takes longer than the
        # rest of some calls.
        if self._metrics is None:
            self._metrics = row_layout.metrics_for(self._view.font().toString())
        return self._metrics

    def forget_metrics(self) -> None:
        """Discards the cached metrics after a font change."""
        self._metrics = None

    def set_highlights(self, terms: tuple[SearchTerm, ...], *, is_fuzzy: bool) -> None:
        """Highlights these terms wherever they occur."""
        highlights = Highlights(terms, is_fuzzy) if terms else NO_HIGHLIGHTS
        if highlights != self._highlights:
            self._highlights = highlights
            self._view.viewport().update()

    @property
    def session(self) -> EditSession | None:
        """Current editing session; None if no editor is open."""
        return self._session

    @property
    def editing_key(self) -> InputKey | None:
        """Input whose editor is open."""
        return None if self._session is None else self._session.key

    @property
    def editor(self) -> Editor | None:
        return None if self._session is None else self._session.editor

    # Painting

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect
        palette = self._view.palette()
        row_painter = InputRowPainter(painter, colours(palette), self.metrics, self._highlights)
        painter.save()
        if index.internalId() == 0:
            self._paint_header(row_painter, rect, index)
        else:
            self._paint_input(row_painter, rect, index)
        painter.restore()

    def _paint_header(self, row_painter: InputRowPainter, rect: QRect, index: Index) -> None:
        node = self._model.node_row_at(index)
        if node is None or index.column() != InputColumn.NAME:
            return
        is_expanded = self._row_geometry.is_expanded(index)
        header_state = input_row_painter.HeaderState(
            is_expanded=is_expanded,
            hidden_severity="" if is_expanded else self.worst_severity_inside(index),
            has_inputs=self._model.rowCount(index) > 0,
            is_drop_target=bool(self.highlighted_node) and node.node_id == self.highlighted_node,
            has_focus=self._has_focus(index),
            is_dimmed=self.path_node_ids is not None and node.node_id not in self.path_node_ids,
            is_on_path=self.path_node_ids is not None and node.node_id in self.path_node_ids,
        )
        input_row_painter.draw_header(row_painter, rect, node, header_state)

    def worst_severity_inside(self, index: Index) -> str:
        """Returns the worst severity among the issues of a header's inputs; "" for none."""
        node = self._model.node_at(index)
        keys = () if node is None else self._model.keys_of_node(node)
        return worst_severity(self._model.state.issues, keys)

    def _paint_input(self, row_painter: InputRowPainter, rect: QRect, index: Index) -> None:
        row = self._model.input_row_at(index)
        if row is None:
            return
        is_selected = row.key in self._model.selected_keys
        if is_selected or self._has_focus(index):
            row_painter.fill(rect, row_painter.colours.accent_soft)
        if index.column() == InputColumn.NAME:
            if is_selected:
                row_painter.fill(
                    QRect(rect.left(), rect.top(), STEP, rect.height()), row_painter.colours.accent
                )
            input_row_painter.draw_name(row_painter, rect, row)
        elif index.column() == InputColumn.VALUE:
            self._paint_value(row_painter, rect, row)
        elif row.is_changed:
            row_painter.draw_icon(
                row_layout.reset_rect(row_painter.metrics, rect),
                "reset",
                row_painter.colours.accent,
            )

    def _paint_value(self, row_painter: InputRowPainter, cell: QRect, row: InputRow) -> None:
        if row.spec.kind.is_media:
            # The media field is a widget on top of the tree.
            _draw_hint(row_painter, cell, row)
            return
        parts = self._parts(row, cell)
        for part, rect in parts.items():
            _draw_row_part(row_painter, part, rect, row, is_edited=row.key == self.editing_key)
        _draw_issue(row_painter, cell, next(iter(parts.values())), row)
        _draw_hint(row_painter, cell, row)

    def _has_focus(self, index: Index) -> bool:
        return self._view.hasFocus() and is_same_row(self._view.currentIndex(), index)

    # Geometry

    def _parts(self, row: InputRow, cell: QRect) -> dict[RowPart, QRect]:
        parts = row_layout.value_parts(row, self.metrics, cell)
        if row.key == self.editing_key and isinstance(self.editor, TallEditor):
            # The row has grown with the edited text, and the field with the row.
            layout = row_layout.row_issue_layout(row, self.metrics, cell.width())
            below = (self.metrics.row_height - self.metrics.field_height) // 2
            below += 0 if layout is None else layout.height + STEP
            below += row_layout.hint_height(row, self.metrics, cell.width())
            parts[RowPart.FIELD].setBottom(cell.bottom() - below)
            if isinstance(self.editor, CurveEditor):
                parts[RowPart.FIELD].setWidth(row_layout.open_curve_width(cell.width()))
        if row.issue is not None and row.issue.quick_fix is not None:
            issue_layout = row_layout.row_issue_layout(row, self.metrics, cell.width())
            top = next(iter(parts.values())).bottom() + STEP
            if issue_layout is not None:
                parts[RowPart.QUICK_FIX] = issue_layout.fix_rect.translated(cell.left(), top)
        return parts

    def part_at(self, index: Index, cell: QRect, at: QPoint) -> RowPart | None:
        """Returns the part of a row at a point; None if there is none."""
        row = self._model.input_row_at(index)
        if row is None or row.spec.kind.is_media:
            is_on_reset = row is not None and row.is_changed and index.column() == InputColumn.RESET
            return RowPart.RESET if is_on_reset else None
        if index.column() == InputColumn.RESET:
            inside = row_layout.reset_rect(self.metrics, cell).contains(at)
            return RowPart.RESET if row.is_changed and inside else None
        if index.column() != InputColumn.VALUE:
            return None
        parts = self._parts(row, cell)
        return next((part for part, rect in parts.items() if rect.contains(at)), None)

    def part_rect(self, index: Index, cell: QRect, part: RowPart) -> QRect:
        row = self._model.input_row_at(index)
        return QRect() if row is None else self._parts(row, cell).get(part, QRect())

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        row = self._model.input_row_at(index)
        if event.type() is not QEvent.Type.ToolTip or row is None:
            return False
        text = texts.tooltip_text(row)
        if index.column() == InputColumn.RESET:
            text = _("Reset %s") % row.name if row.is_changed else ""
        else:
            part = self.part_at(index, view.visualRect(_as_model_index(index)), event.pos())
            text = _part_tooltip(part) or text
        QToolTip.showText(event.globalPos(), tip(text), view)
        return True

    # Editing

    def commit_editor(self) -> None:
        """Commits the content of the open editor if it is a valid value."""
        session = self._session
        self._commit_timer.stop()
        if session is None or not session.is_pending:
            return
        session.is_pending = False
        value = session.editor.value()
        draft = self._model.draft
        if value is None or draft is None or same_value(value, draft.value(session.key)):
            return
        self._commit(session, value)

    def commit_pending_edits(self) -> None:
        """Commits the open editor; invalid content is replaced by the current value."""
        self.commit_editor()
        session, draft = self._session, self._model.draft
        if session is not None and draft is not None and session.editor.value() is None:
            session.editor.set_value(draft.value(session.key))
            session.is_dirty = False

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        row = self._model.input_row_at(index)
        assert row is not None
        editor = create_editor(row.spec, row.name, parent)
        self._session = EditSession(row.key, editor)
        editor.edited.connect(self._on_editor_edited)
        editor.value_chosen.connect(self._on_editor_value_chosen)
        if isinstance(editor, TallEditor):
            editor.height_changed.connect(self._on_editor_height_changed)
        if isinstance(editor, MultilineTextEditor):
            editor.cursorPositionChanged.connect(self.caret_moved)
        if isinstance(editor, FieldsEditor):
            editor.exited.connect(self._on_editor_exited)
        return editor

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        if self._session is not None and self._session.editor is editor:
            self._session = None
            self._commit_timer.stop()
        super().destroyEditor(editor, index)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        session, row = self._session, self._model.input_row_at(index)
        if session is None or session.editor is not editor or row is None or session.is_pending:
            return
        value = session.editor.value()
        if not session.is_filled or value is None or not same_value(value, row.value):
            session.editor.set_value(row.value)
            session.is_dirty = False
        if not session.is_filled:
            session.is_filled = True
            # Typing replaces the value; in a multiline text it continues at the end.
            session.editor.begin()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        self.commit_editor()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        cell = option.rect
        row = self._model.input_row_at(index)
        if row is not None:
            field_rect = next(iter(self._parts(row, cell).values()))
            editor.setGeometry(editor_rect(editor, field_rect, self.metrics))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                # Qt closes the editor without reading its content.
                self.commit_editor()
            elif is_quick_fix_key(event) and self._session is not None:
                self.quick_fix_requested.emit(self._session.key)
                return True
            elif event.key() in _TAB_HINTS and isinstance(editor, MultilineTextEditor):
                # Qt does not handle Tab in multiline editors; the focus would leave the tree.
                self.commit_editor()
                self.closeEditor.emit(editor, _TAB_HINTS[Qt.Key(event.key())])
                return True
            elif event.key() in _ENTER_KEYS and not isinstance(editor, MultilineTextEditor):
                # Qt commits a little later, and something else could happen first.
                self.commit_editor()
        return super().eventFilter(editor, event)

    def _commit(self, session: EditSession, value: Value) -> None:
        label = _("Change %s") % self._model.name_of(session.key)
        self._model.edit(session.key, value, label, merge=session.merge)

    def _on_editor_edited(self) -> None:
        if self._session is not None:
            self._session.is_pending = self._session.is_dirty = True
            if self._session.editor.commits_while_typing:
                self._commit_timer.trigger()

    def _on_editor_value_chosen(self) -> None:
        if self._session is not None:
            self._session.is_pending = True
            self.commit_editor()

    def _on_editor_exited(
        self, editor: FieldsEditor, hint: QStyledItemDelegate.EndEditHint
    ) -> None:
        session = self._session
        # A closing editor loses the focus to the next one.
        if session is not None and session.editor is editor and not session.is_closing:
            self.commit_editor()
            self.closeEditor.emit(editor, hint)

    def _on_close_editor(self, editor: QWidget) -> None:
        if self._session is not None and self._session.editor is editor:
            self._session.is_closing = True

    def _on_editor_height_changed(self) -> None:
        if self._session is not None:
            self._model.refresh_row(self._session.key)
            self._view.updateEditorGeometries()
            self.caret_moved.emit()


_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


_TAB_HINTS = {
    Qt.Key.Key_Tab: QStyledItemDelegate.EndEditHint.EditNextItem,
    Qt.Key.Key_Backtab: QStyledItemDelegate.EndEditHint.EditPreviousItem,
}


def _as_model_index(index: Index) -> QModelIndex:
    """Narrows the type: Qt's views pass plain indexes to their delegates."""
    assert isinstance(index, QModelIndex)
    return index


def _part_tooltip(part: RowPart | None) -> str:
    if part is RowPart.SLIDER:
        return _("Drag to change the number, finely with Shift. Press twice to type it.")
    if part is RowPart.SWATCH:
        return _("Choose a colour")
    return _("New random seed") if part is RowPart.DICE else ""
