"""The small form over a big workflow: the pinned inputs, above the tree of all or in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from runcomfy_desktop.ui.inputs.drop_place import DropPlace
from runcomfy_desktop.ui.inputs.drops import Drops
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

    told = Signal(str)
    moved = Signal(object, int)

    def __init__(self, parent: QWidget, tree: InputsView) -> None:
        super().__init__(parent)
        self._tree = tree
        self._is_alone = False
        self._was_here = False
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

    # What others ask of it

    @property
    def has_hands(self) -> bool:
        """Whether what is done to the current row is meant for one of these."""
        return self.isVisible() and (self._was_here or self._is_alone)

    def take_intake(self, intake: Intake | None) -> None:
        self.drops.intake = self.deeds.intake = intake

    def show_pins(self, state: PinsState) -> None:
        self.model.show_pins(state)

    def stand_alone(self, *, is_alone: bool) -> None:
        """Whether the tree of all is hidden, and all room is here."""
        if is_alone != self._is_alone:
            self._is_alone = is_alone
            self._fit()

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

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        edge = self.rect().adjusted(0, self.height() - _EDGE, 0, 0)
        painter.fillRect(edge, QColor(colours(self.palette()).line))
        painter.end()

    def _fit(self) -> None:
        """As high as its rows, but never so high that nothing of the tree is left."""
        place = self.parentWidget()
        if place is None:
            return
        if self._is_alone:
            self.view.setMinimumHeight(0)
            self.view.setMaximumHeight(_ANY)
            return
        most = max(int(place.height() * _MOST_SHARE), _LEAST)
        wanted = min(self.view.content_height(), most)
        if self.view.maximumHeight() != wanted or self.view.minimumHeight() != wanted:
            self.view.setFixedHeight(wanted)

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
