"""Form of the essentials, in place of the tree of all inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QWidget

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.input_row_painter import NAME_INDENT
from runcomfy_desktop.ui.media_fields.drag_handler import DragHandler, DropArea
from runcomfy_desktop.ui.media_fields.media_field_commands import MediaFieldCommands
from runcomfy_desktop.ui.media_fields.media_field_layer import MediaFieldLayer
from runcomfy_desktop.ui.pins.pinned_view import PinnedView
from runcomfy_desktop.ui.pins.pins_model import PinsModel
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column
from runcomfy_desktop.ui.widgets.underlined_button import UnderlinedButton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.editor.pins import PinsState
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.input_tree.view import InputsView
    from runcomfy_desktop.ui.media_fields.media_field_layer import MediaServices

_MARGIN = 2 * STEP


class FormFooter(QWidget):
    """Links below the essentials; emits `choice_requested` and `all_requested`."""

    choice_requested = Signal()
    all_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("essentials_footer")
        choose = UnderlinedButton(_("Choose what stands here…"), "choose_essentials_link", self)
        choose.clicked.connect(self.choice_requested)
        self._dot = muted_label("·", "essentials_dot", self)
        self._all_link = UnderlinedButton("", "more_inputs", self)
        self._all_link.clicked.connect(self.all_requested)
        self._unmatched_label = muted_label("", "essentials_unmatched", self)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(STEP)
        self._parts = (choose, self._dot, self._all_link, self._unmatched_label)
        for widget in self._parts:
            self._row.addWidget(widget)
        # The links never widen the panel.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._row.addStretch()

    def show_counts(self, more_count: int, unmatched_count: int) -> None:
        """Shows how many other inputs the workflow has, and how many essentials have no input."""
        text = n_("%d more input under All", "%d more inputs under All", more_count) % more_count
        self._all_link.setText(text)
        for widget in (self._dot, self._all_link):
            widget.setVisible(more_count > 0)
        text = n_("%d has no input here", "%d have no input here", unmatched_count)
        self._unmatched_label.setText(f"· {text % unmatched_count}")
        self._unmatched_label.setVisible(unmatched_count > 0)

    def align(self, left: int) -> None:
        """Begins the links at a distance from the left edge, or before it if space is short."""
        hints = [
            widget.sizeHint().width() + STEP for widget in self._parts if not widget.isHidden()
        ]
        left = min(left, max(self.width() - sum(hints) - _MARGIN, NAME_INDENT))
        # The links have a margin of their own.
        self._row.setContentsMargins(max(left - STEP, 0), _MARGIN, _MARGIN, _MARGIN)


class PinnedForm(DropArea):
    """Form of the essentials; shown in place of the `tree` of all inputs.

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
        self._tree = tree
        self._last_keys: dict[InputsView, InputKey | None] = {}
        self.setObjectName("pinned_form")
        self.model = PinsModel(scope, draft_editor, self)
        view = PinnedView(scope, self.model, self, tree.navigation)
        view.move_requested.connect(self.move_requested)
        self.view = view
        self.footer = FormFooter(self)
        column(view, self.footer, STRETCH, owner=self, spacing=0, margins=(0, _MARGIN, 0, 0))
        self.media_fields = MediaFieldLayer(scope, self.view, media_services)
        media_drop = media_services.media_drop
        self.drag_handler = DragHandler(self.view, self.media_fields, media_drop)
        self._field_commands = MediaFieldCommands(scope, media_drop, self.media_fields)
        self._connect()
        self.hide()

    def _connect(self) -> None:
        view, tree = self.view, self._tree
        view.laid_out.connect(self._align_footer)
        view.message_sent.connect(self.message_sent)
        view.paste_requested.connect(self._field_commands.paste)
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
        return self.isVisible()

    def show_pins(self, state: PinsState) -> None:
        self.model.show_pins(state)

    def set_visible(self, *, is_visible: bool) -> None:
        """Shows the form or the tree.

        If the view with the focus is hidden, the other view gets the focus at the same input.
        """
        if is_visible is not self.isHidden():
            return
        shown_view, hidden_view = (self.view, self._tree) if is_visible else (self._tree, self.view)
        key, had_focus = self._last_keys.get(hidden_view), self._has_focus(hidden_view)
        self.setVisible(is_visible)
        self._tree.setVisible(not is_visible)
        if had_focus or (is_visible and not self.view.currentIndex().isValid()):
            self._restore_current(shown_view, key, had_focus=had_focus)

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
        self.view.max_height = self.height() - self.footer.sizeHint().height() - _MARGIN
        self.view.fit_editor()

    def _align_footer(self) -> None:
        first = self.model.index(0, InputColumn.VALUE, self.model.index(0, 0))
        if first.isValid():
            self.footer.align(self.view.visualRect(first).left())

    def _on_current_changed(self, view: InputsView, now: QModelIndex) -> None:
        # Remembered because rows are rebuilt and removed before the previous current row is needed.
        if now.isValid():
            self._last_keys[view] = view.inputs.key_at(now)
