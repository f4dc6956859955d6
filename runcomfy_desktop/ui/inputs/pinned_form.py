"""The small form over a big workflow: the pinned inputs, above the tree of all or in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from runcomfy_desktop.ui.inputs.drop_place import DropPlace
from runcomfy_desktop.ui.inputs.drops import Drops
from runcomfy_desktop.ui.inputs.filter import Filter, Tab
from runcomfy_desktop.ui.inputs.pinned_view import PinnedView
from runcomfy_desktop.ui.inputs.well_deeds import WellDeeds
from runcomfy_desktop.ui.inputs.wells import WellLayer
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.models.pins import PinsModel
from runcomfy_desktop.ui.theme import STEP, colours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from runcomfy_desktop.core.pins import PinsState
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.intake import Intake
    from runcomfy_desktop.ui.inputs.view import InputsView

_EDGE = 1
_MOST_SHARE = 0.6
"""How much of the place above the tree it may take; it scrolls from there on."""
_LEAST = 40 * STEP
_ANY = 16_777_215  # Qt's own word for no limit, which PySide does not have


class PinnedForm(DropPlace):
    """Hidden while nothing is pinned. `told` has a sentence for the person, `moved` wants a pin at
    another place."""

    view: PinnedView
    told = Signal(str)
    moved = Signal(object, int)

    def __init__(self, parent: QWidget, tree: InputsView) -> None:
        super().__init__(parent)
        self._place = parent
        self._tree = tree
        self._is_alone = False
        self._was_here = False
        self._stood_on: dict[InputsView, InputKey | None] = {}
        self.setObjectName("pinned_form")
        self.model = PinsModel(self)
        view = PinnedView(self.model, self, tree.ways)
        view.moved.connect(self.moved)
        self.view = view
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addWidget(self.view)
        # Room for the line that ends the form, above a tree that may be scrolled.
        column.setContentsMargins(0, 0, 0, _EDGE)
        self.wells = WellLayer(self.view)
        self.drops = Drops(self.view, self.wells)
        self.view.drops = self.drops
        self.deeds = WellDeeds(self, self.wells)
        self._connect()
        self.hide()

    def _connect(self) -> None:
        view, tree = self.view, self._tree
        view.laid_out.connect(self._fit)
        self._place.installEventFilter(self)
        view.told.connect(self.told)
        view.paste_wished.connect(self.deeds.paste)
        view.passed.connect(lambda is_below: self._on_passed(is_below=is_below))
        tree.passed.connect(lambda is_below: self._on_tree_passed(is_below=is_below))
        # What is selected in one of them is not changed with what is selected in the other.
        view.chosen.changed.connect(lambda: self._let_go(view, tree))
        tree.chosen.changed.connect(lambda: self._let_go(tree, view))
        view.installEventFilter(tree.ways)
        view.viewport().installEventFilter(tree.ways)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

        for each in (view, tree):
            each.selectionModel().currentChanged.connect(
                lambda now, _before, each=each: self._on_current_changed(each, now)
            )

    # What others ask of it

    @property
    def has_hands(self) -> bool:
        """Whether what is done to the current row is meant for one of these."""
        return self.isVisible() and (self._was_here or self._is_alone)

    def take_intake(self, intake: Intake | None) -> None:
        self.drops.intake = self.deeds.intake = intake

    def show_pins(self, state: PinsState) -> None:
        self.model.show_pins(state)

    def stand(self, wanted: Filter) -> None:
        """Above the tree of all, or alone; what a filter finds elsewhere is not shown twice. Where
        the tree with the keyboard goes, the other one takes it at the same input."""
        was_alone, self._is_alone = self._is_alone, wanted.tab is Tab.PINNED
        is_whole = not wanted.text and wanted.tab is Tab.ALL
        is_shown = self.model.rowCount() > 0 and (self._is_alone or is_whole)
        gone = self._tree if self._is_alone else self.view
        key, had_keyboard = self._stood_on.get(gone), self._has_keyboard(gone)
        self.setVisible(is_shown)
        self._tree.setVisible(not self._is_alone)
        self._fit()
        if self._is_alone and not was_alone:
            if had_keyboard or not self.view.currentIndex().isValid():
                self._take_over(self.view, key, had_keyboard=had_keyboard)
        elif not self._is_alone and (was_alone or not is_shown) and had_keyboard:
            self._take_over(self._tree, key, had_keyboard=True)

    def _has_keyboard(self, view: InputsView) -> bool:
        """Whether the keyboard is in a tree, or in one of its wells beside it."""
        focus, beside = QApplication.focusWidget(), self._tree.parentWidget()
        if focus is None or beside is None or not beside.isAncestorOf(focus):
            return False
        return self.isAncestorOf(focus) is (view is self.view)

    def _take_over(self, view: InputsView, key: InputKey | None, *, had_keyboard: bool) -> None:
        index = QModelIndex() if key is None else view.inputs.index_of(key, Column.NAME)
        if not index.isValid() and view is self.view:
            index = self.model.index(0, Column.NAME, self.model.index(0, Column.NAME))
        if had_keyboard and index.isValid():
            view.go_to(index)
        elif had_keyboard:
            view.setFocus(Qt.FocusReason.OtherFocusReason)
        elif index.isValid():
            view.setCurrentIndex(index)

    def go_to(self, key: InputKey) -> bool:
        """Brings a pinned input under the keyboard; False where it is not shown."""
        index = self.model.index_of(key, Column.NAME)
        if index.isValid():
            self.view.go_to(index)
        return index.isValid()

    def next_of(self, keys: Sequence[InputKey], *, forward: bool) -> InputKey | None:
        """Of those, in the order of the form, the one behind (or before) the current row."""
        order = [key for key in self.model.keys if key in set(keys)]
        if not order:
            return None
        here = self.model.key_at(self.view.currentIndex())
        place = self.model.keys.index(here) if here is not None else -1
        after = [key for key in order if self.model.keys.index(key) > place]
        before = [key for key in order if self.model.keys.index(key) < place]
        if forward:
            return after[0] if after else order[0]
        return before[-1] if before else order[-1]

    # Inside

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, place: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._fit()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_alone:
            return
        painter = QPainter(self)
        edge = self.rect().adjusted(0, self.height() - _EDGE, 0, 0)
        painter.fillRect(edge, QColor(colours(self.palette()).line))
        painter.end()

    def _fit(self) -> None:
        """As high as its rows, but never so high that nothing of the tree is left."""
        most = 0 if self._is_alone else max(int(self._place.height() * _MOST_SHARE), _LEAST)
        if most != self.view.most:
            self.view.most = most
            self.view.fit_editor()
        if self._is_alone:
            self.view.setMinimumHeight(0)
            self.view.setMaximumHeight(_ANY)
            return
        wanted = min(self.view.content_height(), most)
        if self.view.maximumHeight() != wanted:
            # In a window that gets lower it gives way, and then wants less.
            self.view.wanted = wanted
            self.view.setMinimumHeight(min(wanted, _LEAST))
            self.view.setMaximumHeight(wanted)
            self.view.updateGeometry()

    def _on_current_changed(self, view: InputsView, now: QModelIndex) -> None:
        # Rows are made anew, and go, before anybody asks where the keyboard was.
        if now.isValid():
            self._stood_on[view] = view.inputs.key_at(now)

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        beside = self._tree.parentWidget()
        if now is not None and self.isAncestorOf(now):
            self._was_here = True
        elif now is not None and beside is not None and beside.isAncestorOf(now):
            self._was_here = False

    def _on_passed(self, *, is_below: bool) -> None:
        if is_below and self._tree.isVisible():
            self._tree.setCurrentIndex(self._tree.inputs.index(0, Column.NAME))
            self._tree.scrollToTop()
            self._tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_tree_passed(self, *, is_below: bool) -> None:
        if is_below or not self.isVisible():
            return
        header = self.model.index(0, Column.NAME)
        last = self.model.index(self.model.rowCount(header) - 1, Column.NAME, header)
        goal = last if self.view.is_expanded(header) and last.isValid() else header
        self.view.setCurrentIndex(goal)
        self.view.scrollTo(goal)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _let_go(self, here: InputsView, there: InputsView) -> None:
        if here.chosen and there.chosen:
            there.chosen.clear()
