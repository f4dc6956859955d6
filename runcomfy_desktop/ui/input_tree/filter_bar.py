"""Bar above the tree: tabs with counts, the filter field and the number of hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from runcomfy_desktop.domain.base.fuzzy import MAX_QUERY_CHARS
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.input_tree.input_filter import FilterTab, InputFilter
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import add_clear_button, icon_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.labels import muted_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QResizeEvent

    from runcomfy_desktop.domain.validation.input_issue import InputIssue

_MAX_FIELD_WIDTH = 54 * STEP
_MIN_FIELD_WIDTH = 36 * STEP
_MIN_NON_TAB_WIDTH = 50 * STEP
"""Minimum width of the field, the button and the margins."""
_KEYPAD = Qt.KeyboardModifier.KeypadModifier


@dataclass(frozen=True, slots=True)
class _TabTexts:
    """Texts of a tab: full, for narrow windows, and for screen readers."""

    text: str
    short_text: str
    accessible_text: str


class FilterBar(QWidget):
    """Tabs, filter field and hit count above the tree.

    Emits `changed` when the criteria change, `tab_chosen` with the tab that the user chose after
    that, `entered` when the field gets the focus,
    `hit_requested(is_forward)` for Enter in the field, `tree_requested` for Down, and `exited` for
    Escape in the empty field.
    """

    changed = Signal()
    tab_chosen = Signal(object)
    entered = Signal()
    hit_requested = Signal(bool)
    tree_requested = Signal()
    exited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tab = FilterTab.ALL
        self._tab_texts: dict[FilterTab, _TabTexts] = {}
        self._build()
        self._connect()
        self._apply_style()

    def _build(self) -> None:
        self.setObjectName("inputs_filter_bar")
        self._tabs = ChipRow(self)
        for tab in FilterTab:
            self._tabs.add(tab.value, f"tab_{tab.value}")
        self.show_tab(self._tab)
        self.show_essentials_count(0)
        self._hits_label = muted_label("", "inputs_hits", self)
        self._hits_label.hide()
        self._filter_field = QLineEdit(self)
        self._filter_field.setObjectName("inputs_filter")
        self._filter_field.setAccessibleName(_("Filter inputs"))
        self._filter_field.setMaxLength(MAX_QUERY_CHARS)
        shortcut = QKeySequence(QKeySequence.StandardKey.Find)
        keys = shortcut.toString(QKeySequence.SequenceFormat.NativeText)
        self._filter_field.setPlaceholderText(_("Filter inputs… %s") % keys)
        self._filter_field.setToolTip(
            _(
                "Finds titles, classes, ids (#31), names and values. Several words all have to be "
                "found; words in quotes are found as they are."
            )
        )
        add_clear_button(self._filter_field, _("Clear the filter"))
        self._filter_field.setAcceptDrops(False)
        self._filter_field.setMaximumWidth(_MAX_FIELD_WIDTH)
        # Its size hint must not take the tabs' space; it grows into what they leave.
        self._filter_field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._filter_field.installEventFilter(self)
        self._search_icon = QAction(_("Filter inputs"), self)
        self._filter_field.addAction(self._search_icon, QLineEdit.ActionPosition.LeadingPosition)
        bar = QHBoxLayout(self)
        bar.setContentsMargins(3 * STEP, 2 * STEP, 4 * STEP, 2 * STEP)
        bar.addWidget(self._tabs)
        bar.addStretch(1)
        bar.addWidget(self._hits_label)
        # The field gets its space first, up to its maximum width.
        bar.addWidget(self._filter_field, 100)
        self.graph_button = icon_button(_("Workflow graph"), "show_graph", self)
        self.graph_button.setCheckable(True)
        bar.addWidget(self.graph_button)

    def _connect(self) -> None:
        self._tabs.chosen.connect(self._on_tabs_chosen)
        self._filter_field.textChanged.connect(lambda _text: self.changed.emit())
        self.graph_button.toggled.connect(self._apply_style)

    # Criteria

    def criteria(self) -> InputFilter:
        return InputFilter(self._filter_field.text().strip(), self._tab)

    def take_focus(self) -> None:
        self._filter_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter_field.selectAll()

    def clear(self) -> None:
        self._filter_field.clear()

    def set_filter(self, tab: FilterTab, text: str) -> None:
        """Sets the tab and the filter text."""
        self.show_tab(tab)
        # Signals are not blocked: they show and hide the field's clear button.
        self._filter_field.setText(text)

    def show_tab(self, tab: FilterTab) -> None:
        self._tab = tab
        self._tabs.set_current(tab.value)

    def _on_tabs_chosen(self, key: str) -> None:
        self._tab = FilterTab(key)
        self.changed.emit()
        self.tab_chosen.emit(self._tab)

    # Display

    def show_essentials_count(self, count: int) -> None:
        spoken = n_("Essentials, %d input", "Essentials, %d inputs", count) % count
        self._tab_texts[FilterTab.ESSENTIALS] = _TabTexts(
            _("Essentials %d") % count, _("Essentials"), spoken
        )
        self._update_tabs()

    def show_counts(self, total: int, changed: int, issues: Iterable[InputIssue]) -> None:
        errors = warnings = 0
        for issue in issues:
            errors, warnings = errors + issue.blocks, warnings + (not issue.blocks)
        self._tab_texts[FilterTab.ALL] = _TabTexts(
            _("All %d") % total, _("All"), n_("All, %d input", "All, %d inputs", total) % total
        )
        self._tab_texts[FilterTab.CHANGED] = _TabTexts(
            _("Changed %d") % changed,
            _("Changed"),
            n_("Changed, %d input", "Changed, %d inputs", changed) % changed,
        )
        self._tab_texts[FilterTab.PROBLEMS] = _TabTexts(
            _("Problems %d") % (errors + warnings),
            # Next to the icon, the number is enough.
            str(errors + warnings) if errors or warnings else _("Problems"),
            _("Problems, %s") % problems_text(errors, warnings),
        )
        name, role = ("error", "error") if errors else ("warning", "warning")
        self._tabs.set_icon(FilterTab.PROBLEMS.value, name if errors or warnings else "", role)
        self._update_tabs()

    def _update_tabs(self) -> None:
        """Updates the text of the tabs, which lose their numbers if space is short."""
        full_width = self._tabs.width_for(
            {tab.value: texts.text for tab, texts in self._tab_texts.items()}
        )
        is_narrow = self.isVisible() and full_width + _MIN_NON_TAB_WIDTH > self.width()
        for tab, texts in self._tab_texts.items():
            text = texts.short_text if is_narrow else texts.text
            self._tabs.set_text(tab.value, text, accessible_name=texts.accessible_text)
            chip = self._tabs.chip(tab.value)
            chip.setToolTip(texts.text if is_narrow else "")
            chip.set_compact(is_compact=is_narrow)

    def show_hit_count(self, count: int, current_hit: int = -1) -> None:
        """Shows the number of hits and the position of the current hit among them.

        Shows nothing if the filter text is empty.
        """
        text = n_("%d hit", "%d hits", count) % count
        if current_hit >= 0:
            text = _("%d of %d") % (current_hit + 1, count)
        has_text = bool(self.criteria().text)
        if text != self._hits_label.text() and has_text:
            announce(self._filter_field, text)
        self._hits_label.setText(text)
        self._fit()

    def _fit(self) -> None:
        """Shows the hit count only if the filter has text and the field enough space."""
        wanted = self._tabs.sizeHint().width() + self._hits_label.sizeHint().width() + 20 * STEP
        has_space = self.width() - wanted >= _MIN_FIELD_WIDTH
        self._hits_label.setVisible(has_space and bool(self.criteria().text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_tabs()
        self._fit()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Handles the keys in the field: Escape clears it, Down and Enter go to the results."""
        if event.type() is QEvent.Type.FocusIn:
            self.entered.emit()
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        modifiers = event.modifiers() & ~_KEYPAD
        is_plain = modifiers == Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_Escape:
            if not self._filter_field.text():
                self.exited.emit()
            self._filter_field.clear()
            return True
        if event.key() == Qt.Key.Key_Down and is_plain:
            self.tree_requested.emit()
            return True
        is_back = modifiers == Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (is_plain or is_back):
            self.hit_requested.emit(not is_back)
            return True
        return False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()

    def _apply_style(self) -> None:
        roles = colours(self.palette())
        self._search_icon.setIcon(icons.icon("search", roles.muted))
        colour = roles.accent if self.graph_button.isChecked() else roles.muted
        self.graph_button.setIcon(icons.icon("graph", colour))


def problems_text(errors: int, warnings: int) -> str:
    """Returns the counts as text, such as `2 errors, 1 warning` or `none`."""
    parts = []
    if errors:
        parts.append(n_("%d error", "%d errors", errors) % errors)
    if warnings:
        parts.append(n_("%d warning", "%d warnings", warnings) % warnings)
    return ", ".join(parts) or _("none")
