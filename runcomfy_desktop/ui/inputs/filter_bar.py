"""The line above the tree: tabs with counts, the filter's box, and how many rows it hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from runcomfy_desktop.domain.fuzzy import MAX_QUERY
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.inputs.filter import Filter, Tab
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import add_clear_button, icon_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.labels import muted_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QResizeEvent

    from runcomfy_desktop.domain.checks import Fault

_WIDTH = 54 * STEP
_LEAST_BOX = 36 * STEP
_BESIDE_TABS = 50 * STEP
"""The least that box, button and margins take."""
_PLAIN = Qt.KeyboardModifier.KeypadModifier


@dataclass(frozen=True, slots=True)
class _Words:
    """What a tab says: with its number, where there is little room, and to a screen reader."""

    text: str
    short: str
    spoken: str
    is_shown: bool = True


class FilterBar(QWidget):
    """Emits `changed` when something else is asked for, `entered` when the keyboard comes to the
    box, `hit_wished` (forward or not) for Enter in it, `tree_wished` for Down, and `left` for
    Escape in an empty box."""

    changed = Signal()
    entered = Signal()
    hit_wished = Signal(bool)
    tree_wished = Signal()
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tab = Tab.ALL
        self._words: dict[Tab, _Words] = {}
        self._build()
        self._connect()
        self._dress()

    def _build(self) -> None:
        self.setObjectName("inputs_filter_bar")
        self._tabs = ChipRow(self)
        for tab in Tab:
            self._tabs.add(tab.value, f"tab_{tab.value}")
        self.show_pinned(0)
        self._hits = muted_label("", "inputs_hits", self)
        self._hits.hide()
        self._box = QLineEdit(self)
        self._box.setObjectName("inputs_filter")
        self._box.setAccessibleName(_("Filter inputs"))
        self._box.setMaxLength(MAX_QUERY)
        shortcut = QKeySequence(QKeySequence.StandardKey.Find)
        keys = shortcut.toString(QKeySequence.SequenceFormat.NativeText)
        self._box.setPlaceholderText(_("Filter inputs… %s") % keys)
        self._box.setToolTip(
            _(
                "Finds titles, classes, ids (#31), names and values. Several words all have to be "
                "found; words in quotes are found as they are."
            )
        )
        add_clear_button(self._box, _("Clear the filter"))
        self._box.setAcceptDrops(False)
        self._box.setMaximumWidth(_WIDTH)
        self._box.installEventFilter(self)
        self._glass = QAction(_("Filter inputs"), self)
        self._box.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        bar = QHBoxLayout(self)
        bar.setContentsMargins(3 * STEP, 2 * STEP, 4 * STEP, 2 * STEP)
        bar.addWidget(self._tabs)
        bar.addStretch(1)
        bar.addWidget(self._hits)
        # The box first takes what it needs, up to its usual width.
        bar.addWidget(self._box, 100)
        self.graph_button = icon_button(_("Workflow graph"), "show_graph", self)
        self.graph_button.setCheckable(True)
        bar.addWidget(self.graph_button)

    def _connect(self) -> None:
        self._tabs.chosen.connect(self._on_tabs_chosen)
        self._box.textChanged.connect(lambda _text: self.changed.emit())
        self.graph_button.toggled.connect(self._dress)

    # What is asked for

    def wanted(self) -> Filter:
        return Filter(self._box.text().strip(), self._tab)

    def take_keyboard(self) -> None:
        self._box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._box.selectAll()

    def clear(self) -> None:
        self._box.clear()

    def ask_for(self, tab: Tab, text: str) -> None:
        """Asks for something else."""
        self.show_tab(tab)
        # With its signals: by them the field's own button to clear it comes and goes.
        self._box.setText(text)

    def show_tab(self, tab: Tab) -> None:
        self._tab = tab
        self._tabs.choose(tab.value)

    def _on_tabs_chosen(self, key: str) -> None:
        self._tab = Tab(key)
        self.changed.emit()

    # What is shown

    def show_pinned(self, count: int) -> None:
        """How many inputs are pinned; without any there is nothing to choose."""
        spoken = n_("Pinned, %d input", "Pinned, %d inputs", count) % count
        self._words[Tab.PINNED] = _Words(_("Pinned %d") % count, str(count), spoken, count > 0)
        self._say()

    def show_counts(self, total: int, changed: int, faults: Iterable[Fault]) -> None:
        errors = warnings = 0
        for fault in faults:
            errors, warnings = errors + fault.blocks, warnings + (not fault.blocks)
        self._words[Tab.ALL] = _Words(
            _("All %d") % total, _("All"), n_("All, %d input", "All, %d inputs", total) % total
        )
        self._words[Tab.CHANGED] = _Words(
            _("Changed %d") % changed,
            _("Changed"),
            n_("Changed, %d input", "Changed, %d inputs", changed) % changed,
        )
        self._words[Tab.PROBLEMS] = _Words(
            _("Problems %d") % (errors + warnings),
            _("Problems"),
            _("Problems, %s") % problems_text(errors, warnings),
        )
        name, role = ("error", "error") if errors else ("warning", "warning")
        self._tabs.set_mark(Tab.PROBLEMS.value, name if errors or warnings else "", role)
        self._say()

    def _say(self) -> None:
        """Where there is little room the numbers go, and the pins are a sign and their number."""
        shown = {tab: words for tab, words in self._words.items() if words.is_shown}
        whole = self._tabs.width_with({tab.value: words.text for tab, words in shown.items()})
        is_narrow = self.isVisible() and whole + _BESIDE_TABS > self.width()
        self._tabs.set_mark(Tab.PINNED.value, "pin" if is_narrow else "", "muted")
        for tab, words in self._words.items():
            text = words.short if is_narrow else words.text
            self._tabs.set_text(tab.value, text, spoken=words.spoken, visible=words.is_shown)
            self._tabs.chip(tab.value).setToolTip(words.text if is_narrow else "")

    def show_hits(self, count: int, at: int = -1) -> None:
        """How many rows are hit, and the one that the keyboard is on; nothing without a text."""
        text = n_("%d hit", "%d hits", count) % count
        if at >= 0:
            text = _("%d of %d") % (at + 1, count)
        is_asked = bool(self.wanted().text)
        if text != self._hits.text() and is_asked:
            announce(self._box, text)
        self._hits.setText(text)
        self._fit()

    def _fit(self) -> None:
        """In a narrow window the box comes first."""
        wanted = self._tabs.sizeHint().width() + self._hits.sizeHint().width() + 20 * STEP
        has_room = self.width() - wanted >= _LEAST_BOX
        self._hits.setVisible(has_room and bool(self.wanted().text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say()
        self._fit()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Keys in the box: Escape clears it, Down and Enter go to what was found."""
        if event.type() is QEvent.Type.FocusIn:
            self.entered.emit()
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        keys = event.modifiers() & ~_PLAIN
        is_plain = keys == Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_Escape:
            if not self._box.text():
                self.left.emit()
            self._box.clear()
            return True
        if event.key() == Qt.Key.Key_Down and is_plain:
            self.tree_wished.emit()
            return True
        is_back = keys == Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (is_plain or is_back):
            self.hit_wished.emit(not is_back)
            return True
        return False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        roles = colours(self.palette())
        self._glass.setIcon(icons.icon("search", roles.muted))
        colour = roles.accent if self.graph_button.isChecked() else roles.muted
        self.graph_button.setIcon(icons.icon("graph", colour))


def problems_text(errors: int, warnings: int) -> str:
    """`2 errors, 1 warning`, or that there are none."""
    parts = []
    if errors:
        parts.append(n_("%d error", "%d errors", errors) % errors)
    if warnings:
        parts.append(n_("%d warning", "%d warnings", warnings) % warnings)
    return ", ".join(parts) or _("none")
