"""The dock of presets: a filter, the list, what an empty list says, and a button that applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from runcomfy_desktop.domain.fuzzy import MAX_QUERY
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line, shortened
from runcomfy_desktop.ui.presets.model import PresetsModel
from runcomfy_desktop.ui.presets.view import PresetsView, answer
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import icon_button, text_button
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.widgets.filter_field import FilterField
from runcomfy_desktop.ui.widgets.labels import muted_label, tooltip
from runcomfy_desktop.ui.widgets.line import Line

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from runcomfy_desktop.core.library_state import LibraryState
    from runcomfy_desktop.ui.presets.model import Use

_QUERY_LETTERS = 40
# The three tabs above it stand whole.
_LEAST = 50 * STEP


class PresetsPanel(QWidget):
    """Emits `save_wished` for the changes in view, `settings_wished` for the folder, `applied` with
    a path, and `menu_wished` with a place on the screen, for what is selected."""

    save_wished = Signal()
    settings_wished = Signal()
    applied = Signal(str)
    menu_wished = Signal(QPoint)
    chosen_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PresetsModel(self)
        self.save_button = icon_button(
            _("Save the changes here as a preset"), "save_preset_here", self
        )
        self.more_button = icon_button(_("More to do with presets"), "presets_more", self)
        self.view = PresetsView(self.model, self)
        self._box = FilterField("presets_filter", _("Filter presets"), MAX_QUERY, self)
        self._empty = EmptyState(parent=self)
        self._line = Line(self)
        self._count = muted_label("", "presets_selected", self)
        self._apply = text_button(_("Apply"), "apply_preset", self)
        self._foot = QWidget(self)
        self._state: LibraryState | None = None
        self._has_draft = False
        self._build()
        self._connect()

    def show_library(self, state: LibraryState | None) -> None:
        """None without a session."""
        if state is not None:
            kept = self.view.keep()
            self.model.take(state)
            kept.give_back()
        self._state = state
        self._show_page()

    def show_use(self, use: Use, *, has_draft: bool) -> None:
        """What is in use of them, and whether a workflow is open."""
        self.model.set_use(use)
        if has_draft is not self._has_draft:
            self._has_draft = has_draft
            self.save_button.setEnabled(has_draft)
            self._show_page()

    def show_preset(self, path: str) -> None:
        """Brings a preset into view that has just been made."""
        if self._box.text() and not self.model.index_of(path).isValid():
            self._box.clear()
        self.model.unfold(path)
        self.view.choose(path)

    def rename(self, path: str) -> bool:
        """Opens the field for its name in its row."""
        self.show_preset(path)
        index = self.model.index_of(path)
        if index.isValid():
            self.view.setFocus()
            self.view.edit(index)
        return index.isValid()

    def take_keyboard(self) -> None:
        self._box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._box.selectAll()

    def _build(self) -> None:
        self.setObjectName("presets_panel")
        self.setMinimumWidth(_LEAST)
        self.setAcceptDrops(True)
        self._head = QWidget(self)
        head = QHBoxLayout(self._head)
        head.setContentsMargins(2 * STEP, STEP, 2 * STEP, 2 * STEP)
        head.addWidget(self._box)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(3 * STEP, 2 * STEP, 2 * STEP, 2 * STEP)
        foot.addWidget(self._count, 1)
        foot.addWidget(self._apply)
        pages = QWidget(self)
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part, stretch in ((self._head, 0), (pages, 1), (self._line, 0), (self._foot, 0)):
            layout.addWidget(part, stretch)
        self.save_button.setEnabled(False)
        self._show_page()

    def _connect(self) -> None:
        self._box.textChanged.connect(self._on_box_text_changed)
        self._box.left.connect(self._on_box_left)
        self._empty.pressed.connect(self._on_empty_pressed)
        self.save_button.clicked.connect(self.save_wished)
        self._apply.clicked.connect(self._on_apply_clicked)
        self.view.applied.connect(self.applied)
        self.view.menu_wished.connect(self.menu_wished)
        self.view.chosen_changed.connect(self._on_view_chosen_changed)
        self.more_button.clicked.connect(self._on_more_button_clicked)

    # What is shown

    def _show_page(self) -> None:
        state = self._state
        has_heads = state is not None and bool(state.heads)
        has_rows = self.model.rowCount() > 0 and (has_heads or bool(state and state.folders))
        self._head.setVisible(has_heads)
        for part in (self._line, self._foot):
            part.setVisible(has_rows)
        if has_rows:
            self._pages.setCurrentWidget(self.view)
            self._on_view_chosen_changed()
            return
        self._pages.setCurrentWidget(self._empty)
        if state is None:
            self._empty.tell(_("Your presets appear here once a workflow can be opened."))
        elif has_heads:
            what = shortened(one_line(self._box.text()), _QUERY_LETTERS)
            button = _("Clear the filter")
            self._empty.tell(_("No preset fits “%s”.") % what, icon="search", button=button)
        elif state.loading:
            self._empty.tell(_("Loading presets…"))
        else:
            self._say_empty(state)

    def _say_empty(self, state: LibraryState) -> None:
        if state.problem is not None:
            words, button = state.problem.sentence(), _("Choose another folder")
            self._empty.tell(words, icon="folder", button=button)
            return
        words = _("A preset keeps the changes that are made to a workflow, to be used again.")
        button = _("Save the changes here") if self._has_draft else ""
        self._empty.tell(words, icon="preset", button=button)

    def _on_view_chosen_changed(self) -> None:
        chosen = self.view.chosen()
        count = len(chosen)
        text = n_("%d selected", "%d selected", count) % count if count > 1 else ""
        self._count.setText(text)
        why = self._why_not_apply()
        self._apply.setEnabled(not why)
        self._apply.setToolTip(tooltip(why))
        self._apply.setAccessibleDescription(why)
        self.chosen_changed.emit()

    def _why_not_apply(self) -> str:
        chosen = self.view.chosen()
        if len(chosen) != 1:
            return _("Select one preset to apply it.")
        if chosen[0].problem:
            return one_line(chosen[0].problem)
        return "" if self._has_draft else _("Open a workflow first, to apply a preset to it.")

    # What is done

    def _on_box_text_changed(self, text: str) -> None:
        kept = self.view.keep()
        self.model.look_for(text)
        kept.give_back()
        self._show_page()
        if text.strip():
            count = self.model.preset_count()
            announce(self._box, n_("%d preset", "%d presets", count) % count)

    def _on_empty_pressed(self) -> None:
        if self._box.text():
            self._box.clear()
            self.take_keyboard()
        elif self._state is not None and self._state.problem is not None:
            self.settings_wished.emit()
        else:
            self.save_wished.emit()

    def _on_apply_clicked(self) -> None:
        for head in self.view.chosen()[:1]:
            self.applied.emit(head.path)

    def _on_more_button_clicked(self) -> None:
        button = self.more_button
        self.menu_wished.emit(button.mapToGlobal(button.rect().bottomLeft()))

    def _on_box_left(self) -> None:
        first = self.model.first_preset()
        if first.isValid():
            if not self.view.chosen():
                self.view.setCurrentIndex(first)
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # What is let go beside the list, or where there is none yet

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        answer(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if answer(event):
            self.view.dropped.emit(event.mimeData(), "")

    def sizeHint(self) -> QSize:
        return QSize(59 * STEP, 80 * STEP)
