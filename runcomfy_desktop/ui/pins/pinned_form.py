"""Small form of the pinned inputs, above the tree of all inputs or in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.ui.input_tree.input_filter import FilterTab, InputFilter
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.media_fields.drag_handler import DragHandler, DropArea
from runcomfy_desktop.ui.media_fields.media_field_commands import MediaFieldCommands
from runcomfy_desktop.ui.media_fields.media_field_layer import MediaFieldLayer
from runcomfy_desktop.ui.pins.pinned_view import PinnedView
from runcomfy_desktop.ui.pins.pins_model import PinsModel
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.layouts import column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.editor.pins import PinsState
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.input_tree.view import InputsView
    from runcomfy_desktop.ui.media_fields.media_field_layer import MediaServices

_BORDER = 1
_MAX_HEIGHT_SHARE = 0.6
"""Maximum share of the container's height; the form scrolls beyond it."""
_MIN_HEIGHT = 40 * STEP
_NO_MAX_HEIGHT = 16_777_215  # Qt's QWIDGETSIZE_MAX, which PySide does not have


class PinnedForm(DropArea):
    """Form of the pinned inputs above the `tree` of all; hidden while nothing is pinned.

    Emits `message_sent` with a sentence for the user, and `move_requested` with an input and its
    new place among the visible pins.
    """

    view: PinnedView
    message_sent = Signal(str)
    move_requested = Signal(object, int)

    def __init__(
        self,
        scope: SessionScope,
        draft_editor: DraftEditor,
        tree: InputsView,
        media_services: MediaServices,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._container = parent
        self._tree = tree
        self._is_only_view = False
        self._had_focus_last = False
        self._last_keys: dict[InputsView, InputKey | None] = {}
        self.setObjectName("pinned_form")
        self.model = PinsModel(scope, draft_editor, self)
        view = PinnedView(scope, self.model, self, tree.navigation)
        view.move_requested.connect(self.move_requested)
        self.view = view
        # Space for the dividing line between the form and the tree, which may be scrolled.
        column(view, owner=self, margins=(0, 0, 0, _BORDER))
        self.media_fields = MediaFieldLayer(scope, self.view, media_services)
        media_drop = media_services.media_drop
        self.drag_handler = DragHandler(self.view, self.media_fields, media_drop)
        self._field_commands = MediaFieldCommands(scope, media_drop, self.media_fields)
        self._connect()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        scope.connect_signal(application.focusChanged, self._on_focus_changed)
        self.hide()

    def _connect(self) -> None:
        view, tree = self.view, self._tree
        view.laid_out.connect(self._fit)
        self._container.installEventFilter(self)
        view.message_sent.connect(self.message_sent)
        view.paste_requested.connect(self._field_commands.paste)
        view.edge_passed.connect(lambda is_below: self._on_edge_passed(is_below=is_below))
        tree.edge_passed.connect(lambda is_below: self._on_tree_edge_passed(is_below=is_below))
        # Selections in the two views must not be edited together.
        view.row_selection.changed.connect(lambda: self._clear_other_selection(view, tree))
        tree.row_selection.changed.connect(lambda: self._clear_other_selection(tree, view))
        view.installEventFilter(tree.navigation)
        view.viewport().installEventFilter(tree.navigation)
        for each in (view, tree):
            each.selectionModel().currentChanged.connect(
                lambda now, _before, each=each: self._on_current_changed(each, now)
            )

    # Public interface

    @property
    def is_active(self) -> bool:
        """True if commands for the current row apply to the form instead of the tree."""
        return self.isVisible() and (self._had_focus_last or self._is_only_view)

    def show_pins(self, state: PinsState) -> None:
        self.model.show_pins(state)

    def apply_filter(self, criteria: InputFilter) -> None:
        """Shows the form above the tree or alone, or hides it.

        While a filter is on, the form is not shown above the tree, so that no hit appears twice. If
        the view with the focus is hidden, the other view gets the focus at the same input.
        """
        was_only_view, self._is_only_view = self._is_only_view, criteria.tab is FilterTab.PINNED
        is_unfiltered = not criteria.text and criteria.tab is FilterTab.ALL
        is_shown = self.model.rowCount() > 0 and (self._is_only_view or is_unfiltered)
        hidden_view = self._tree if self._is_only_view else self.view
        key, had_focus = self._last_keys.get(hidden_view), self._has_focus(hidden_view)
        self.setVisible(is_shown)
        self._tree.setVisible(not self._is_only_view)
        self._fit()
        if self._is_only_view and not was_only_view:
            if had_focus or not self.view.currentIndex().isValid():
                self._restore_current(self.view, key, had_focus=had_focus)
        elif not self._is_only_view and (was_only_view or not is_shown) and had_focus:
            self._restore_current(self._tree, key, had_focus=True)

    def _has_focus(self, view: InputsView) -> bool:
        """Reports whether the focus is in the given view or in one of its media fields."""
        focus, tree_parent = QApplication.focusWidget(), self._tree.parentWidget()
        if focus is None or tree_parent is None or not tree_parent.isAncestorOf(focus):
            return False
        return self.isAncestorOf(focus) is (view is self.view)

    def _restore_current(self, view: InputsView, key: InputKey | None, *, had_focus: bool) -> None:
        index = QModelIndex() if key is None else view.inputs.index_of(key, InputColumn.NAME)
        if not index.isValid() and view is self.view:
            index = self.model.index(0, InputColumn.NAME, self.model.index(0, InputColumn.NAME))
        if had_focus and index.isValid():
            view.go_to(index)
        elif had_focus:
            view.setFocus(Qt.FocusReason.OtherFocusReason)
        elif index.isValid():
            view.setCurrentIndex(index)

    def go_to(self, key: InputKey) -> bool:
        """Makes a pinned input current; returns False if the input is not shown."""
        index = self.model.index_of(key, InputColumn.NAME)
        if index.isValid():
            self.view.go_to(index)
        return index.isValid()

    def next_key(self, keys: Sequence[InputKey], *, forward: bool) -> InputKey | None:
        """Returns the next (or previous) of `keys` from the current row, in the form's order.

        Wraps around; returns None if none of them is shown.
        """
        order = [key for key in self.model.keys if key in set(keys)]
        if not order:
            return None
        here = self.model.key_at(self.view.currentIndex())
        current_row = self.model.keys.index(here) if here is not None else -1
        after = [key for key in order if self.model.keys.index(key) > current_row]
        before = [key for key in order if self.model.keys.index(key) < current_row]
        if forward:
            return after[0] if after else order[0]
        return before[-1] if before else order[-1]

    # Private

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._fit()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_only_view:
            return
        painter = QPainter(self)
        edge = self.rect().adjusted(0, self.height() - _BORDER, 0, 0)
        painter.fillRect(edge, QColor(colours(self.palette()).line))
        painter.end()

    def _fit(self) -> None:
        """Fits the form's height to its rows, but leaves space for the tree."""
        max_height = (
            0
            if self._is_only_view
            else max(int(self._container.height() * _MAX_HEIGHT_SHARE), _MIN_HEIGHT)
        )
        if max_height != self.view.max_height:
            self.view.max_height = max_height
            self.view.fit_editor()
        if self._is_only_view:
            self.view.setMinimumHeight(0)
            self.view.setMaximumHeight(_NO_MAX_HEIGHT)
            return
        height = min(self.view.row_geometry.content_height, max_height)
        if self.view.maximumHeight() != height:
            # The form shrinks in a lower window and then needs less space.
            self.view.preferred_height = height
            self.view.setMinimumHeight(min(height, _MIN_HEIGHT))
            self.view.setMaximumHeight(height)
            self.view.updateGeometry()

    def _on_current_changed(self, view: InputsView, now: QModelIndex) -> None:
        # Remembered because rows are rebuilt and removed before the previous current row is needed.
        if now.isValid():
            self._last_keys[view] = view.inputs.key_at(now)

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        tree_parent = self._tree.parentWidget()
        if now is not None and self.isAncestorOf(now):
            self._had_focus_last = True
        elif now is not None and tree_parent is not None and tree_parent.isAncestorOf(now):
            self._had_focus_last = False

    def _on_edge_passed(self, *, is_below: bool) -> None:
        if is_below and self._tree.isVisible():
            self._tree.setCurrentIndex(self._tree.inputs.index(0, InputColumn.NAME))
            self._tree.scrollToTop()
            self._tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_tree_edge_passed(self, *, is_below: bool) -> None:
        if is_below or not self.isVisible():
            return
        header = self.model.index(0, InputColumn.NAME)
        last = self.model.index(self.model.rowCount(header) - 1, InputColumn.NAME, header)
        target = last if self.view.is_expanded(header) and last.isValid() else header
        self.view.setCurrentIndex(target)
        self.view.scrollTo(target)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clear_other_selection(self, here: InputsView, there: InputsView) -> None:
        if here.row_selection and there.row_selection:
            there.row_selection.clear()
