"""The centre of the window: tabs, filter, banner and the tree of a workflow's inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.ui.inputs.banner import Banner, Offered, take_offer
from runcomfy_desktop.ui.inputs.drop_place import DropPlace
from runcomfy_desktop.ui.inputs.drops import Drops
from runcomfy_desktop.ui.inputs.filter import Filter, Found, Search, Tab
from runcomfy_desktop.ui.inputs.filter_bar import FilterBar
from runcomfy_desktop.ui.inputs.finder import WORKFLOW, Finder
from runcomfy_desktop.ui.inputs.intake import Intake
from runcomfy_desktop.ui.inputs.path_bar import PathBar
from runcomfy_desktop.ui.inputs.pin_desk import PinDesk
from runcomfy_desktop.ui.inputs.pinned_form import PinnedForm
from runcomfy_desktop.ui.inputs.problem_line import ProblemLine, stands_beside
from runcomfy_desktop.ui.inputs.view import InputsView
from runcomfy_desktop.ui.inputs.well_deeds import WellDeeds
from runcomfy_desktop.ui.inputs.well_talks import WellTalks
from runcomfy_desktop.ui.inputs.wells import WellLayer
from runcomfy_desktop.ui.inputs.why_empty import say_why_empty
from runcomfy_desktop.ui.media.desk import MediaDesk
from runcomfy_desktop.ui.models.inputs import Choice, InputsModel
from runcomfy_desktop.ui.pictures import PictureWorkers, Thumbnails
from runcomfy_desktop.ui.slices import Slices
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QKeyEvent,
    )

    from runcomfy_desktop.core.media_shelf import MediaShelf
    from runcomfy_desktop.core.pins import Pins, PinsState
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.workflow import InputKey

_THUMBNAIL = QSize(320, 320)
_LEAST_WIDTH = 110 * STEP


class InputsPanel(DropPlace):
    """Shows the workbench's draft and edits it.

    `told` is a sentence for the person, `workflow_dropped` a workflow file's path,
    `open_requested` the wish to open a workflow when none is open.
    """

    told = Signal(str)
    runs_wished = Signal(object, str, object)  # see WellTalks
    workflow_dropped = Signal(object)  # a path, see Shell
    open_requested = Signal()

    def __init__(
        self, parent: QWidget | None = None, preferences: Preferences | None = None
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._workbench: Workbench | None = None
        self._intake: Intake | None = None
        self._talks: WellTalks | None = None
        self._workers: PictureWorkers | None = None
        self._subscriptions = Subscriptions()
        self._filter = Filter()
        self._shown_key = ""
        self.pin_desk: PinDesk | None = None
        self._build()
        self._connect()
        self._show_state()

    def _build(self) -> None:
        self.setObjectName("inputs_panel")
        self.setMinimumWidth(_LEAST_WIDTH)
        self.model = InputsModel(self)
        model = self.model
        self._search = Search(model.title_of, model.names_of, model.name_of, model.switch_text)
        self._found = Found()
        self._slices = Slices(self)
        self._bar = FilterBar(self)
        self.graph_button = self._bar.graph_button
        self._banner = Banner(self, self._preferences)
        self._problem = ProblemLine(self)
        self._tree_page = QWidget(self)
        self.view = InputsView(self.model, self._tree_page)
        self.form = PinnedForm(self._tree_page, self.view)
        _fill(self._tree_page, self.form, self.view)
        self._finder = Finder(self.view)
        self.wells = WellLayer(self.view)
        self.drops = Drops(self.view, self.wells)
        self._well_deeds = WellDeeds(self, self.wells)
        self.view.drops = self.drops
        self._empty = EmptyState(parent=self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._tree_page)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        holder = QHBoxLayout()
        holder.setContentsMargins(3 * STEP, 0, 3 * STEP, 0)
        holder.addWidget(self._banner)
        column.addLayout(holder)
        column.addWidget(PathBar(self.view.ways, self))
        column.addWidget(self._problem)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.model.choose_by(self._choose)
        self.form.model.choose_by(self._choose_pins)
        self.form.model.rebuilt.connect(self._place_form)
        self.form.told.connect(self.told)
        self.model.draft_changed.connect(self._on_model_draft_changed)
        self.model.rebuilt.connect(self._show_state)
        self.model.rows_changed.connect(self._search.forget)
        self._bar.changed.connect(lambda: self._set_filter(self._bar.wanted()))
        self._bar.entered.connect(self._on_bar_entered)
        self._bar.hit_wished.connect(self.go_to_hit)
        self._bar.tree_wished.connect(lambda: self._upper.go_to_first())
        self._bar.left.connect(lambda: self.hands.setFocus(Qt.FocusReason.OtherFocusReason))
        self._banner.pressed.connect(self._on_banner_pressed)
        self._empty.pressed.connect(self._on_empty_pressed)
        self._problem.cures_wished.connect(self.view.deeds.cure_all)
        self._problem.cure_wished.connect(self.view.deeds.cure)
        for drops in (self.drops, self.form.drops):
            drops.workflow_dropped.connect(self.workflow_dropped)
        self.view.ways.reveal_wished.connect(self._show_all)
        # Over a picture or beside the tree, too, a mouse's buttons go back and forward.
        self.installEventFilter(self.view.ways)
        for view in (self.view, self.form.view):
            view.editing_ended.connect(self._on_view_editing_ended)
        self.view.paste_wished.connect(self._well_deeds.paste)
        self.view.told.connect(self.told)

    # A session comes and goes

    def attach(self, workbench: Workbench, shelf: MediaShelf, pins: Pins | None = None) -> None:
        self._workbench = workbench
        self._workers = PictureWorkers(self)
        self._intake = Intake(workbench, shelf, self._workers, self)
        self._intake.told.connect(self.told)
        self.drops.intake = self._well_deeds.intake = self._intake
        self.form.take_intake(self._intake)
        media = MediaDesk(workbench, self._intake, shelf.folder, self)
        self.view.media = self.form.view.media = media
        thumbnails, layers = Thumbnails(self._workers, _THUMBNAIL), (self.wells, self.form.wells)
        for layer in layers:
            media.serve(layer)
            layer.attach(shelf.folder, thumbnails, shelf.watch)
        self._talks = WellTalks(layers, self._intake, shelf, workbench)
        self._talks.told.connect(self.told)
        self._talks.runs_wished.connect(self.runs_wished)
        self._subscriptions.add(workbench.settling, lambda _nothing: self._settle())
        self.model.attach(workbench)
        self.form.model.attach(workbench)
        if pins is not None:
            self._take_pins(pins)

    def detach(self) -> None:
        """Hands in what is being typed and lets go of the session; waits for picture threads."""
        self._settle()
        self._subscriptions.close()
        self.model.detach()
        self.form.model.detach()
        if self._talks is not None:
            self._talks.close()
        self.wells.detach()
        self.form.wells.detach()
        self.drops.intake = self._well_deeds.intake = None
        self.form.take_intake(None)
        if self.view.media is not None:
            self.view.media.close()
        for part in (self._intake, self._workers, self.view.media, self.pin_desk):
            if part is not None:
                part.deleteLater()
        if self._workers is not None:
            self._workers.close()
        self._intake = self._workers = self._workbench = self._talks = self.pin_desk = None
        for view in (self.view, self.form.view):
            view.media = view.pins = None

    @property
    def _upper(self) -> InputsView:
        """What stands below the filter's box."""
        return self.view if self.form.isHidden() else self.form.view

    def _take_pins(self, pins: Pins) -> None:
        self.pin_desk = self.view.pins = self.form.view.pins = PinDesk(pins, self)
        self.pin_desk.told.connect(self.told)
        self.form.moved.connect(pins.move)
        self._subscriptions.add(pins.changed, self._on_pins_changed)
        self._on_pins_changed(pins.state)

    # What the window's actions ask for

    @property
    def hands(self) -> InputsView:
        """The tree whose current row is meant: of the pinned inputs, or of all."""
        return self.form.view if self.form.has_hands else self.view

    def focus_filter(self) -> None:
        self._bar.take_keyboard()

    def jump_to(self, key: InputKey) -> None:
        """Brings an input into view and puts the keyboard on it, whatever filter is on. It is at
        its node, unless the pinned ones stand alone and it is one of them."""
        if self._filter.tab is not Tab.PINNED or not self.form.go_to(key):
            self.view.ways.jump_to(key)

    def show_tab(self, tab: str) -> None:
        """`all` inputs, those that were `changed`, those with `problems`, or the `pinned` ones."""
        self._bar.show_tab(Tab(tab))
        self._set_filter(self._bar.wanted())

    def go_to_hit(self, forward: bool = True) -> None:
        """Brings the next or the previous row that the filter hits under the keyboard."""
        if not self._found.terms:
            self.focus_filter()
            return
        hits = self._found.hits
        if self._filter.tab is Tab.PINNED:
            key = self.form.next_of(hits, forward=forward)
        else:
            key = self._finder.next_of(hits, forward=forward, here=self._finder.key_here())
        if key is not None:
            if self._filter.tab is not Tab.PINNED or not self.form.go_to(key):
                self.view.go_to(self._finder.index_of(key))
            self._bar.show_hits(len(hits), hits.index(key))

    def go_to_problem(self, forward: bool = True) -> None:
        """Brings the next or the previous fault under the keyboard, whatever filter is on."""
        here = self._finder.key_here()
        if self.form.has_hands:
            here = self.form.model.key_at(self.form.view.currentIndex())
        here = WORKFLOW if self._problem.has_keyboard else here
        key = self._finder.next_of(self.model.state.faults, forward=forward, here=here)
        if key is not None:
            self.show_problem(key)

    def show_problem(self, key: InputKey) -> None:
        """Leads to a fault: of an input, a node, or the whole workflow."""
        if stands_beside(key, self.model.state):
            self._problem.take_keyboard()
        else:
            self.jump_to(key)

    def fold_unchanged(self) -> None:
        """Folds the nodes in which nothing was changed and nothing is wrong, and unfolds others."""
        state = self.model.state
        if state.draft is not None:
            kept = {key.node_id for key in (*state.draft.changes, *state.faults)}
            self.view.fold_others(kept)

    def reset_current(self) -> None:
        """Resets the input that the keyboard is on."""
        self.hands.reset_current()

    def toggle_pin(self) -> None:
        """Pins the input under the keyboard, or lets it go."""
        if self.pin_desk is not None:
            self.pin_desk.toggle(self.hands)

    def unpin_lost(self) -> None:
        if self.pin_desk is not None:
            self.pin_desk.pins.unpin_lost()

    def edit_pin(self) -> None:
        """Opens what the pin of the input under the keyboard says."""
        if self.pin_desk is not None:
            self.pin_desk.edit(self.hands)

    # The filter

    def _choose(self) -> Choice | None:
        found = self._search.find(self._filter, self.model.state)
        self._found = found
        for view in (self.view, self.form.view):
            view.delegate.mark(found.terms, is_loose=found.is_loose)
        return found.choice

    def _choose_pins(self) -> Choice | None:
        """What is looked for elsewhere stands at its node; there it is shown once."""
        return self._found.choice if self._filter.tab is Tab.PINNED else None

    def _choose_again(self) -> None:
        self.model.choose_again()
        self.form.model.choose_again()

    def _set_filter(self, wanted: Filter) -> None:
        if wanted != self._filter:
            # The rows are made anew, which would leave behind what was typed last.
            self._settle()
            self._filter = wanted
            self._choose_again()
            self._place_form()
            self._show_state()
            self._bar.show_hits(self._found.hit_count)

    def _on_bar_entered(self) -> None:
        """The first letter should not have to wait for all texts."""
        self._slices.run(self._search.prepare(self.model.state))

    def _show_all(self) -> None:
        self._bar.ask_for(Tab.ALL, "")
        self._set_filter(Filter())

    def _on_model_draft_changed(self) -> None:
        draft = self.model.draft
        shown, self._shown_key = self._shown_key, "" if draft is None else draft.key
        if shown != self._shown_key and self.model.rowCount() == 0:
            # A filter that was set for another workflow; this one would look empty.
            self._show_all()
        if self._filter.tab is not Tab.ALL:
            # The row under the hands stays, even while it is equal to the deployment's.
            kept = self.hands.delegate.editing_key
            self._filter = replace(self._filter, kept=kept)
            self._choose_again()
        self._show_state()

    def _settle(self) -> None:
        """Takes over what stands in an open editor."""
        self.view.settle()
        self.form.view.settle()

    def _on_pins_changed(self, state: PinsState) -> None:
        words = {pin.key: f"{pin.label} {pin.hint}" for pin in state.pins}
        self.model.pinned = words.keys()
        self._search.pin(words)
        self._bar.show_pinned(len(words))
        if self._filter.tab is Tab.PINNED and not words:
            # While the last one is still there, so that the keyboard finds its way.
            self._show_all()
        self.form.show_pins(state)
        self.view.viewport().update()
        if self._filter.tab is Tab.PINNED:
            self._choose_again()
            self._show_state()

    def _place_form(self) -> None:
        self.form.stand(self._filter)

    def _on_view_editing_ended(self) -> None:
        if self._filter.kept is not None:
            self._on_model_draft_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape in the tree ends what was looked for; the row stays under the keyboard."""
        if event.key() == Qt.Key.Key_Escape and self._filter.text:
            hands = self.hands
            key = hands.inputs.key_at(hands.currentIndex())
            self._bar.clear()
            if key is not None:
                hands.go_to(hands.inputs.index_of(key))
            return
        super().keyPressEvent(event)

    # What is shown

    def _show_state(self) -> None:
        state = self.model.state
        draft = state.draft
        changed = 0 if draft is None else len(draft.changes)
        self._bar.show_counts(self.model.figures.editable_count(), changed, state.faults.values())
        self._bar.setVisible(draft is not None)
        self._banner.show_state(state)
        self._problem.show_faults(state, self._filter.tab)
        is_empty = self.model.rowCount() == 0
        if is_empty:
            say_why_empty(self._empty, self._filter, has_draft=draft is not None)
        self._stack.setCurrentWidget(self._empty if is_empty else self._tree_page)

    def _on_empty_pressed(self) -> None:
        if self._filter.text or self._filter.tab is not Tab.ALL:
            self._show_all()
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.open_requested.emit()

    def _on_banner_pressed(self, offered: Offered) -> None:
        if self._workbench is not None:
            take_offer(offered, self._workbench, self.window())


def _fill(page: QWidget, above: QWidget, below: QWidget) -> None:
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(above)
    column.addWidget(below, 1)
