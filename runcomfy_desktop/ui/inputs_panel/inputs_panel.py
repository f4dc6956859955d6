"""Panel of a workflow's inputs: tabs, filter, banner, the essentials or the tree of all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from runcomfy_desktop.core.editor.pin_sets import owner_of
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.base.chunked_work import ChunkedWork
from runcomfy_desktop.ui.drafts.draft_banner import BannerOffer, InputsBanner, accept_offer
from runcomfy_desktop.ui.image_tools.image_tools_controller import ImageToolsController
from runcomfy_desktop.ui.images.picture_decoder import ThumbnailShape
from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
from runcomfy_desktop.ui.input_tree.filter_bar import FilterBar
from runcomfy_desktop.ui.input_tree.input_filter import (
    FilterResult,
    FilterTab,
    InputFilter,
    InputSearch,
)
from runcomfy_desktop.ui.input_tree.inputs_empty_state import show_empty_state
from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel, VisibleInputs
from runcomfy_desktop.ui.input_tree.path_bar import PathBar
from runcomfy_desktop.ui.input_tree.problem_bar import ProblemBar, is_outside_tree
from runcomfy_desktop.ui.input_tree.row_finder import WORKFLOW, RowFinder
from runcomfy_desktop.ui.input_tree.view import InputsView
from runcomfy_desktop.ui.media_fields.drag_handler import DragHandler, DropArea
from runcomfy_desktop.ui.media_fields.media_drop import MediaDrop
from runcomfy_desktop.ui.media_fields.media_field_commands import MediaFieldCommands
from runcomfy_desktop.ui.media_fields.media_field_layer import MediaFieldLayer, MediaServices
from runcomfy_desktop.ui.media_fields.media_prompts import MediaPrompts
from runcomfy_desktop.ui.pins.pin_controller import PinController
from runcomfy_desktop.ui.pins.pinned_form import PinnedForm
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.widgets.layouts import column, row

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.editor.pins import Pins, PinsState
    from runcomfy_desktop.core.media.media_store import MediaStore
    from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope

_THUMBNAIL_SHAPE = ThumbnailShape(320, covers=False)
_MAX_THUMBNAIL_BYTES = 48 * 1024 * 1024
_MIN_WIDTH = 110 * STEP


class InputsPanel(DropArea):
    """Shows the draft of the draft editor and edits it; connects the parts that this takes.

    Emits `message_sent` with a message for the user, `workflow_dropped` with the path of a workflow
    file, and `open_requested` if the user wants to open a workflow while none is open.
    """

    message_sent = Signal(str)
    runs_requested = Signal(object, str, object)  # see MediaPrompts
    workflow_dropped = Signal(object)  # a path, see PendingRequests
    open_requested = Signal()

    def __init__(  # noqa: PLR0913 - parts of a session
        self,
        scope: SessionScope,
        draft_editor: DraftEditor,
        media_store: MediaStore,
        pins: Pins,
        preferences: Preferences | None,
        parent: QWidget | None = None,
        *,
        thumbnail_files: ThumbnailFiles | None = None,
    ) -> None:
        super().__init__(parent)
        self._scope = scope
        self._draft_editor = draft_editor
        self._filter = InputFilter()
        self._filter_result = FilterResult()
        self._shown_draft_key = self._shown_owner = ""
        self._pins = pins
        self._preferences = preferences
        self._chunked_work = ChunkedWork(self)
        media_services = self._create_media_services(media_store, thumbnail_files)
        self._build(media_services, preferences)
        self._search = InputSearch(
            self.model.title_of, self.model.names_of, self.model.name_of, self.model.boolean_text
        )
        layers = (self.media_fields, self.form.media_fields)
        self._media_prompts = MediaPrompts(
            scope, layers, media_services.media_drop, media_store, draft_editor
        )
        self._pin_controller = PinController(scope, pins, self._views)
        self._connect()
        self.form.move_requested.connect(pins.move)
        scope.subscribe(
            draft_editor.commit_requested, lambda _nothing: self._commit_pending_edits()
        )
        scope.subscribe(pins.changed, self._on_pins_changed)
        self._on_pins_changed(pins.state)
        self._on_model_draft_changed()

    def _create_media_services(
        self, media_store: MediaStore, thumbnail_files: ThumbnailFiles | None
    ) -> MediaServices:
        tasks = BackgroundTasks(self)
        # What was dropped must not reach a session that has ended.
        self._scope.call_on_close(tasks.discard_all)
        media_drop = MediaDrop(self._scope, self._draft_editor, media_store, tasks)
        media_drop.message_sent.connect(self.message_sent)
        self._image_tools = ImageToolsController(
            self._scope, self._draft_editor, media_drop, media_store.folder
        )
        thumbnails = ThumbnailCache(
            self,
            shape=_THUMBNAIL_SHAPE,
            max_bytes=_MAX_THUMBNAIL_BYTES,
            files=thumbnail_files,
            tasks=tasks,
        )
        return MediaServices(media_store, media_drop, thumbnails, self._image_tools)

    def _build(self, media_services: MediaServices, preferences: Preferences | None) -> None:
        self.setObjectName("inputs_panel")
        self.setMinimumWidth(_MIN_WIDTH)
        self._filter_bar = FilterBar(self)
        self.graph_button = self._filter_bar.graph_button
        self._banner = InputsBanner(self, preferences)
        self._problem_bar = ProblemBar(self)
        self._tree_page = QWidget(self)
        self._build_trees(media_services)
        self._empty_state = EmptyState(self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._tree_page)
        self._stack.addWidget(self._empty_state)
        self._column = column(
            self._filter_bar,
            row(self._banner, margins=(3 * STEP, 0, 3 * STEP, 0)),
            PathBar(self.view.navigation, self),
            self._problem_bar,
            (self._stack, 1),
            owner=self,
            spacing=0,
        )

    def _build_trees(self, media_services: MediaServices) -> None:
        scope, page, media_drop = self._scope, self._tree_page, media_services.media_drop
        self.model = InputsModel(scope, self._draft_editor, self)
        self.view = InputsView(scope, self.model, page)
        self.form = PinnedForm(scope, self._draft_editor, self.view, media_services, page)
        column(self.form, (self.view, 1), owner=page, spacing=0)
        self._row_finder = RowFinder(self.view)
        self.media_fields = MediaFieldLayer(scope, self.view, media_services)
        self.drag_handler = DragHandler(self.view, self.media_fields, media_drop)
        self._field_commands = MediaFieldCommands(scope, media_drop, self.media_fields)

    def _connect(self) -> None:
        self.model.set_filter_function(self._filter_inputs)
        self.form.model.set_filter_function(self._filter_pins)
        self.form.model.rebuilt.connect(self._show_state)
        self.form.footer.choice_requested.connect(self.choose_essentials)
        self.form.footer.all_requested.connect(lambda: self.show_tab(FilterTab.ALL.value))
        self.model.draft_changed.connect(self._on_model_draft_changed)
        self.model.rebuilt.connect(self._show_state)
        self.model.node_rows_changed.connect(self._search.invalidate)
        self._filter_bar.changed.connect(lambda: self._set_filter(self._filter_bar.criteria()))
        self._filter_bar.tab_chosen.connect(self._remember_tab)
        self._filter_bar.entered.connect(self._on_filter_bar_entered)
        self._filter_bar.hit_requested.connect(self.go_to_hit)
        self._filter_bar.tree_requested.connect(lambda: self.active_view.go_to_first())
        self._filter_bar.exited.connect(
            lambda: self.active_view.setFocus(Qt.FocusReason.OtherFocusReason)
        )
        self._banner.pressed.connect(self._on_banner_pressed)
        self._empty_state.pressed.connect(self._on_empty_state_pressed)
        self._problem_bar.quick_fixes_requested.connect(self.view.commands.apply_all_quick_fixes)
        self._problem_bar.quick_fix_requested.connect(self.view.commands.apply_quick_fix)
        for drag_handler in (self.drag_handler, self.form.drag_handler):
            drag_handler.workflow_dropped.connect(self.workflow_dropped)
        self.view.navigation.reveal_requested.connect(self._clear_filter)
        # The mouse's back and forward buttons also work over a picture or next to the tree.
        self.installEventFilter(self.view.navigation)
        for view in self._views:
            view.editing_ended.connect(self._on_view_editing_ended)
            view.value_entries_requested.connect(self._image_tools.add_to_menu)
        self.view.paste_requested.connect(self._field_commands.paste)
        for sender in (self.view, self.form, self._pin_controller, self._media_prompts):
            sender.message_sent.connect(self.message_sent)
        self._media_prompts.runs_requested.connect(self.runs_requested)

    def add_bar(self, bar: QWidget) -> None:
        """Shows a bar directly below the filter bar."""
        self._column.insertWidget(1, bar)

    @property
    def _views(self) -> tuple[InputsView, InputsView]:
        return self.view, self.form.view

    # Commands of the window's actions

    @property
    def active_view(self) -> InputsView:
        """View that commands act on: the essentials if they are shown, else the tree."""
        return self.form.view if self.form.is_active else self.view

    def focus_filter(self) -> None:
        self._filter_bar.take_focus()

    def jump_to(self, key: InputKey) -> None:
        """Shows an input and focuses it, regardless of the filter.

        The input is shown at its node, unless the essentials are shown and the input is among them.
        """
        if self._filter.tab is not FilterTab.ESSENTIALS or not self.form.go_to(key):
            self.view.navigation.jump_to(key)

    def show_tab(self, tab: str) -> None:
        """Shows the tab that the user chose: `essentials`, `all`, `changed` or `problems`."""
        self._show_tab(FilterTab(tab))
        self._remember_tab(FilterTab(tab))

    def _show_tab(self, tab: FilterTab) -> None:
        self._filter_bar.show_tab(tab)
        self._set_filter(self._filter_bar.criteria())

    def _remember_tab(self, tab: FilterTab) -> None:
        """Remembers whether this deployment or file opens with all inputs, or the essentials."""
        if self._preferences is not None and tab in (FilterTab.ESSENTIALS, FilterTab.ALL):
            is_all = tab is FilterTab.ALL
            self._preferences.remember_all_inputs(self._shown_owner, shown=is_all)

    def go_to_hit(self, forward: bool = True) -> None:
        """Moves the focus to the next or previous row that matches the filter."""
        if not self._filter_result.terms:
            self.focus_filter()
            return
        hits = self._filter_result.hits
        if self._filter.tab is FilterTab.ESSENTIALS:
            key = self.form.next_key(hits, forward=forward)
        else:
            key = self._row_finder.next_key(
                hits, forward=forward, here=self._row_finder.current_key()
            )
        if key is not None:
            if self._filter.tab is not FilterTab.ESSENTIALS or not self.form.go_to(key):
                self.view.go_to(self._row_finder.index_of(key))
            self._filter_bar.show_hit_count(len(hits), hits.index(key))

    def go_to_problem(self, forward: bool = True) -> None:
        """Moves the focus to the next or previous problem, regardless of the filter."""
        here = self._row_finder.current_key()
        if self.form.is_active:
            here = self.form.model.key_at(self.form.view.currentIndex())
        here = WORKFLOW if self._problem_bar.has_focus_inside else here
        key = self._row_finder.next_key(self.model.state.issues, forward=forward, here=here)
        if key is not None:
            self.show_problem(key)

    def show_problem(self, key: InputKey) -> None:
        """Shows the problem of an input, a node, or the whole workflow."""
        if is_outside_tree(key, self.model.state):
            self._problem_bar.take_focus()
        else:
            self.jump_to(key)

    def collapse_all(self) -> None:
        self._show_tree()
        self.view.collapse_all()

    def expand_all(self) -> None:
        self._show_tree()
        self.view.expand_all()

    def _show_tree(self) -> None:
        """Shows all inputs if the essentials are shown: only nodes can be folded."""
        if self._filter.tab is FilterTab.ESSENTIALS:
            self._show_tab(FilterTab.ALL)

    def collapse_unchanged(self) -> None:
        """Folds the nodes without changes or problems, and unfolds the others."""
        self._show_tree()
        state = self.model.state
        if state.draft is not None:
            expanded_ids = {key.node_id for key in (*state.draft.changes, *state.issues)}
            self.view.collapse_others(expanded_ids)

    def reset_current(self) -> None:
        """Resets the focused input."""
        self.active_view.reset_current()

    def toggle_pin(self) -> None:
        """Adds the focused input to the essentials, or removes it."""
        self._pin_controller.toggle(self.active_view)

    def unpin_unmatched(self) -> None:
        self._pin_controller.unpin_unmatched()

    def edit_pin(self) -> None:
        """Opens the editor for the label and limits of the focused input."""
        self._pin_controller.edit(self.active_view)

    def choose_essentials(self) -> None:
        """Opens the list in which the user ticks the essentials."""
        self._pin_controller.choose(self.view)

    # The filter

    def _filter_inputs(self) -> VisibleInputs | None:
        result = self._search.find(self._filter, self.model.state)
        self._filter_result = result
        for view in self._views:
            view.delegate.set_highlights(result.terms, is_fuzzy=result.is_fuzzy)
        return result.visible_inputs

    def _filter_pins(self) -> VisibleInputs | None:
        """Returns the filter of the essentials; None while all of them match."""
        is_searched = self._filter.tab is FilterTab.ESSENTIALS and self._filter.text
        return self._filter_result.visible_inputs if is_searched else None

    def _apply_filter(self) -> None:
        self.model.refilter()
        self.form.model.refilter()

    def _set_filter(self, criteria: InputFilter) -> None:
        if criteria != self._filter:
            # The rows are rebuilt, which would lose the text typed last.
            self._commit_pending_edits()
            self._filter = criteria
            self._apply_filter()
            self._show_state()
            self._filter_bar.show_hit_count(self._filter_result.hit_count)

    def _on_filter_bar_entered(self) -> None:
        """Prepares the search, so that the first typed character does not wait for all texts."""
        self._chunked_work.run(self._search.prepare(self.model.state))

    def _clear_filter(self) -> None:
        self._filter_bar.set_filter(FilterTab.ALL, "")
        self._set_filter(InputFilter())

    def _on_model_draft_changed(self) -> None:
        draft = self.model.draft
        owner, draft_key = ("", "") if draft is None else (owner_of(draft), draft.key)
        is_other_owner, self._shown_owner = owner != self._shown_owner, owner
        is_other_draft, self._shown_draft_key = draft_key != self._shown_draft_key, draft_key
        if is_other_owner:
            self._show_tab(self._first_tab())
        if is_other_draft and self.model.rowCount() == 0:
            # The filter was set for another workflow; with it, this workflow would look empty.
            self._filter_bar.set_filter(self._first_tab(), "")
            self._set_filter(self._filter_bar.criteria())
        if self._filter.tab is not FilterTab.ALL:
            # The row being edited stays, even while its value equals the deployment's value.
            editing_key = self.active_view.delegate.editing_key
            self._filter = replace(self._filter, editing_key=editing_key)
            self._apply_filter()
        self._show_state()

    def _first_tab(self) -> FilterTab:
        """Returns the tab with which the open deployment or file is shown first."""
        settings = None if self._preferences is None else self._preferences.settings
        is_all = settings is not None and self._shown_owner in settings.all_inputs_shown
        return FilterTab.ALL if is_all or not self._pins.state.pins else FilterTab.ESSENTIALS

    def _commit_pending_edits(self) -> None:
        """Commits the text of an open editor."""
        self.view.commit_pending_edits()
        self.form.view.commit_pending_edits()

    def _on_pins_changed(self, state: PinsState) -> None:
        names = state.names
        self._search.set_pin_texts(
            {pin.key: f"{pin.label} {pin.hint} {names.get(pin.key, '')}" for pin in state.pins}
        )
        self._filter_bar.show_essentials_count(len(state.pins))
        self.form.show_pins(state)
        if self._filter.tab is FilterTab.ESSENTIALS:
            self._apply_filter()
        self._show_state()

    def _on_view_editing_ended(self) -> None:
        if self._filter.editing_key is not None:
            self._on_model_draft_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ends the search with Escape; the current row keeps the focus."""
        if event.key() == Qt.Key.Key_Escape and self._filter.text:
            view = self.active_view
            key = view.inputs.key_at(view.currentIndex())
            self._filter_bar.clear()
            if key is not None:
                view.go_to(view.inputs.index_of(key))
            return
        super().keyPressEvent(event)

    # Display

    def _show_state(self) -> None:
        state = self.model.state
        draft = state.draft
        changed = 0 if draft is None else len(draft.changes)
        total, pins = self.model.stats.editable_count(), self._pins.state
        self._filter_bar.show_counts(total, changed, state.issues.values())
        self.form.footer.show_counts(total - len(pins.pins), len(pins.unmatched))
        self._filter_bar.setVisible(draft is not None)
        self._banner.show_state(state)
        self._problem_bar.show_issues(state, self._filter.tab)
        is_essentials = self._filter.tab is FilterTab.ESSENTIALS
        self.form.set_visible(is_visible=is_essentials)
        is_empty = not self.form.model.keys if is_essentials else self.model.rowCount() == 0
        if is_empty:
            show_empty_state(self._empty_state, self._filter, has_draft=draft is not None)
        focus = QApplication.focusWidget()
        had_focus = focus is not None and self._tree_page.isAncestorOf(focus)
        self._stack.setCurrentWidget(self._empty_state if is_empty else self._tree_page)
        if is_empty and had_focus:
            self._empty_state.take_focus()

    def _on_empty_state_pressed(self) -> None:
        is_essentials = self._filter.tab is FilterTab.ESSENTIALS
        if self.model.draft is None:
            self.open_requested.emit()
        elif is_essentials and self._filter.text:
            self._show_tab(FilterTab.ALL)
            self.active_view.go_to_first()
        elif is_essentials:
            self.choose_essentials()
        elif self._filter.text or self._filter.tab is not FilterTab.ALL:
            self._clear_filter()
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.open_requested.emit()

    def _on_banner_pressed(self, offer: BannerOffer) -> None:
        accept_offer(offer, self._draft_editor, self._scope.dialog_parent)
