"""Panel of the presets dock: filter, list, empty state, and a button to apply a preset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.core.presets.preset_library_state import PresetLibraryState
from runcomfy_desktop.domain.base.fuzzy import MAX_QUERY_CHARS
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.presets.presets_model import PresetsModel
from runcomfy_desktop.ui.presets.presets_view import PresetsView, accept_drag
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import icon_button, text_button
from runcomfy_desktop.ui.widgets.empty_state import ContentStack
from runcomfy_desktop.ui.widgets.filter_field import FilterField
from runcomfy_desktop.ui.widgets.labels import muted_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import column, row
from runcomfy_desktop.ui.widgets.separator_line import SeparatorLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from runcomfy_desktop.ui.presets.presets_model import PresetInUse

_MAX_QUERY_CHARS = 40
# The three tabs above it fit without being cut off.
_MIN_WIDTH = 50 * STEP


class PresetsPanel(QWidget):
    """Panel with the list of presets.

    Emits `save_requested` to save the changes in view, `settings_requested` for the presets folder,
    `apply_requested` with a path, and `menu_requested` with a screen position for the menu of the
    selection. `make_mime_data` creates the data for a drag of the given paths.
    """

    save_requested = Signal()
    settings_requested = Signal()
    apply_requested = Signal(str)
    menu_requested = Signal(QPoint)
    selection_changed = Signal()

    def __init__(
        self, make_mime_data: Callable[[Sequence[str]], QMimeData], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.model = PresetsModel(make_mime_data, self)
        self.save_button = icon_button(
            _("Save the changes here as a preset"), "save_preset_here", self
        )
        self.more_button = icon_button(_("More to do with presets"), "presets_more", self)
        self.view = PresetsView(self.model, self)
        self._filter_field = FilterField(
            "presets_filter", _("Filter presets"), MAX_QUERY_CHARS, self
        )
        self._content = ContentStack(self.view, self)
        self._separator = SeparatorLine(self)
        self._count_label = muted_label("", "presets_selected", self)
        self._apply_button = text_button(_("Apply"), "apply_preset", self)
        self._footer = QWidget(self)
        self._state = PresetLibraryState()
        self._has_draft = False
        self._build()
        self._connect()

    def show_library(self, state: PresetLibraryState) -> None:
        """Shows the library."""
        saved_selection = self.view.save_selection()
        self.model.set_library_state(state)
        saved_selection.restore()
        self._state = state
        self._show_page()

    def show_in_use(self, in_use: PresetInUse, *, has_draft: bool) -> None:
        """Shows which preset is in use; `has_draft` says if a workflow is open."""
        self.model.set_in_use(in_use)
        if has_draft is not self._has_draft:
            self._has_draft = has_draft
            self.save_button.setEnabled(has_draft)
            self._show_page()

    def show_preset(self, path: str) -> None:
        """Scrolls to a preset that was just created, and selects it."""
        if self._filter_field.text() and not self.model.index_of(path).isValid():
            self._filter_field.clear()
        self.model.expand_to(path)
        self.view.select_preset(path)

    def rename(self, path: str) -> bool:
        """Opens the editor for a preset's name in its row; returns False if it is not listed."""
        self.show_preset(path)
        index = self.model.index_of(path)
        if index.isValid():
            self.view.setFocus()
            self.view.edit(index)
        return index.isValid()

    def focus_filter(self) -> None:
        self._filter_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter_field.selectAll()

    def _build(self) -> None:
        self.setObjectName("presets_panel")
        self.setMinimumWidth(_MIN_WIDTH)
        self.setAcceptDrops(True)
        margins = (3 * STEP, 2 * STEP, 2 * STEP, 2 * STEP)
        row((self._count_label, 1), self._apply_button, owner=self._footer, margins=margins)
        column(
            self._filter_field.header,
            (self._content, 1),
            self._separator,
            self._footer,
            owner=self,
            spacing=0,
        )
        self.save_button.setEnabled(False)
        self._show_page()

    def _connect(self) -> None:
        self._filter_field.textChanged.connect(self._on_filter_text_changed)
        self._filter_field.results_requested.connect(self.view.focus_results)
        self._content.pressed.connect(self._on_empty_pressed)
        self.save_button.clicked.connect(self.save_requested)
        self._apply_button.clicked.connect(self._on_apply_clicked)
        self.view.apply_requested.connect(self.apply_requested)
        self.view.menu_requested.connect(self.menu_requested)
        self.view.selection_changed.connect(self._on_view_selection_changed)
        self.more_button.clicked.connect(self._on_more_button_clicked)

    # Display

    def _show_page(self) -> None:
        state = self._state
        has_presets = bool(state.summaries)
        has_rows = self.model.rowCount() > 0 and (has_presets or bool(state.folders))
        self._filter_field.header.setVisible(has_presets)
        for part in (self._separator, self._footer):
            part.setVisible(has_rows)
        if has_rows:
            self._content.show_content()
            self._on_view_selection_changed()
        elif has_presets:
            query = shortened(one_line(self._filter_field.text()), _MAX_QUERY_CHARS)
            text, button = _("No preset fits “%s”.") % query, _("Clear the filter")
            self._content.show_message(text, icon="search", button=button)
        elif state.loading:
            self._content.show_message(_("Loading presets…"))
        else:
            self._show_empty_text(state)

    def _show_empty_text(self, state: PresetLibraryState) -> None:
        if state.problem is not None:
            text, button = state.problem.sentence(), _("Choose another folder")
            self._content.show_message(text, icon="folder", button=button)
            return
        text = _("A preset keeps the changes that are made to a workflow, to be used again.")
        button = _("Save the changes here") if self._has_draft else ""
        self._content.show_message(text, icon="preset", button=button)

    def _on_view_selection_changed(self) -> None:
        selected = self.view.selected_presets()
        count = len(selected)
        text = n_("%d selected", "%d selected", count) % count if count > 1 else ""
        self._count_label.setText(text)
        reason = self._apply_blocker()
        self._apply_button.setEnabled(not reason)
        self._apply_button.setToolTip(tooltip(reason))
        self._apply_button.setAccessibleDescription(reason)
        self.selection_changed.emit()

    def _apply_blocker(self) -> str:
        selected = self.view.selected_presets()
        if len(selected) != 1:
            return _("Select one preset to apply it.")
        if selected[0].problem:
            return one_line(selected[0].problem)
        return "" if self._has_draft else _("Open a workflow first, to apply a preset to it.")

    # Commands

    def _on_filter_text_changed(self, text: str) -> None:
        saved_selection = self.view.save_selection()
        self.model.set_query(text)
        saved_selection.restore()
        self._show_page()
        if text.strip():
            count = self.model.preset_count()
            announce(self._filter_field, n_("%d preset", "%d presets", count) % count)

    def _on_empty_pressed(self) -> None:
        if self._filter_field.text():
            self._filter_field.clear()
            self.focus_filter()
        elif self._state.problem is not None:
            self.settings_requested.emit()
        else:
            self.save_requested.emit()

    def _on_apply_clicked(self) -> None:
        for summary in self.view.selected_presets()[:1]:
            self.apply_requested.emit(summary.path)

    def _on_more_button_clicked(self) -> None:
        button = self.more_button
        self.menu_requested.emit(button.mapToGlobal(button.rect().bottomLeft()))

    # Drops next to the list, or when there is no list yet

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        accept_drag(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if accept_drag(event):
            self.view.dropped.emit(event.mimeData(), "")

    def sizeHint(self) -> QSize:
        return QSize(59 * STEP, 80 * STEP)
