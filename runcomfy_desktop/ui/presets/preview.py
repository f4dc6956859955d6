"""The preview: what a preset would change, to be looked at and chosen from before it is applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line, shortened
from runcomfy_desktop.ui.presets import preview_words as words
from runcomfy_desktop.ui.presets.missing_files import MissingFiles
from runcomfy_desktop.ui.presets.preview_detail import PreviewDetail
from runcomfy_desktop.ui.presets.preview_model import PreviewModel
from runcomfy_desktop.ui.presets.preview_view import PreviewView
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.widgets.labels import breakable, heading_label, muted_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.media import MediaFile
    from runcomfy_desktop.domain.preset.proposal import Proposal

_WIDTH, _LEAST, _EMPTY = 230 * STEP, 110 * STEP, 40 * STEP
_TITLE_LETTERS = 80


@dataclass(frozen=True, slots=True)
class Shown:
    """What the preview shows: the plan, what could be reset besides, what was not found (while it
    is looked for, not found yet), and how many inputs the preset would pin."""

    draft: Draft
    proposals: Sequence[Proposal]
    resets: Sequence[Proposal]
    missing: Sequence[MediaFile] = ()
    pins: int = 0
    is_looking: bool = False


class PresetPreview(Dialog):
    """Shown by open(). Emits `agreed` with the proposals that were chosen, `goal_chosen` with a
    proposal and the input it is to go to, `cured` with one whose value is to be the offered one,
    `places_chosen` with paths in which to look for files.

    `is_quiet` is whether nothing need be shown next time, where everything fits.
    """

    agreed = Signal(object)
    goal_chosen = Signal(object, object)
    cured = Signal(object)
    places_chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget, *, is_quiet: bool) -> None:
        super().__init__(parent)
        self._name = name
        self._shown: Shown | None = None
        self._is_listing = False
        self._is_outdated = self._is_agreed = False
        self._model = PreviewModel(self)
        self._view = PreviewView(self._model, self)
        self._detail = PreviewDetail(self)
        self._summary = muted_label("", "preview_summary", self, wrap=True)
        self._missing = MissingFiles(self)
        self._empty = EmptyState(_("This preset changes nothing here."), self, icon="check")
        self._reset = QCheckBox(self)
        self._pins = QCheckBox(self)
        self._quiet = QCheckBox(_("Do not show this when everything fits"), self)
        self._all = text_button(_("Select all"), "preview_all", self)
        self._none = text_button(_("Select none"), "preview_none", self)
        self._cancel = text_button(_("Cancel"), "preview_cancel", self)
        self._apply = text_button(words.apply_text(()), "preview_apply", self, primary=True)
        self._quiet.setChecked(is_quiet)
        self._build()
        self._connect()

    @property
    def is_quiet(self) -> bool:
        return self._quiet.isChecked()

    @property
    def takes_pins(self) -> bool:
        """Whether the inputs are to be pinned that the preset pins."""
        return self._shown is not None and bool(self._shown.pins) and self._pins.isChecked()

    def expect_plan(self) -> None:
        """What is shown is out of date, and another plan will come: whoever agrees meanwhile
        agrees to that one."""
        self._is_outdated = True

    def show_plan(self, shown: Shown) -> None:
        """Another plan; the row that the keyboard was on keeps it."""
        first = self._shown is None
        self._shown, self._is_outdated = shown, False
        self._missing.show_files(shown.missing, is_looking=shown.is_looking)
        text = n_(
            "Reset %d input that the preset does not name",
            "Reset %d inputs that the preset does not name",
            len(shown.resets),
        )
        self._reset.setText(text % len(shown.resets))
        self._reset.setVisible(bool(shown.resets))
        text = n_("Pin %d input as the preset does", "Pin %d inputs as the preset does", shown.pins)
        self._pins.setText(text % shown.pins)
        self._pins.setVisible(bool(shown.pins))
        self._list()
        if first:
            self._take_room()
            # With the heading above it.
            self._view.scrollToTop()
            (self._view if self._model.rowCount() else self._cancel).setFocus()
        if self._is_agreed:
            self._is_agreed = False
            self._agree()

    def _take_room(self) -> None:
        """As high as the rows are, as long as there is room for them."""
        rows = self._model.rowCount()
        high = self._view.sizeHintForRow(0) * rows if rows else _EMPTY
        layout = self.layout()
        assert layout is not None
        layout.activate()
        around = self.sizeHint().height() - self._view.sizeHint().height()
        self.resize(self.bounded(_WIDTH, max(_LEAST, around + high + 2 * STEP)))

    def _list(self) -> None:
        shown = self._shown
        if shown is None:
            return
        resets = shown.resets if self._reset.isChecked() else ()
        before = self._model.proposal(self._view.currentIndex())
        # No row is shown in between: what chooses a node there would lose the keyboard.
        self._is_listing = True
        self._model.show((*shown.proposals, *resets), shown.draft)
        index = QModelIndex() if before is None else self._model.index_of(before)
        self._view.choose(index if index.isValid() else self._model.index(1))
        self._is_listing = False
        has_rows = bool(self._model.rowCount())
        self._summary.setText(words.summary(shown.proposals))
        self._summary.setVisible(has_rows)
        self._pages.setCurrentIndex(0 if has_rows else 1)
        can_tick = any(each.is_possible for each in self._model.proposals)
        is_open = shown.pins or shown.resets or any(each.changes for each in shown.proposals)
        leave = _("Cancel") if is_open else _("Close")
        self._cancel.setText(leave)
        self._cancel.setAccessibleName(leave)
        for button in (self._all, self._none):
            button.setEnabled(can_tick)
            button.setAccessibleDescription("" if can_tick else _("Nothing here can be ticked."))
        self._on_current_changed(self._view.currentIndex())

    def _connect(self) -> None:
        self._model.ticked.connect(self._on_ticked)
        self._pins.toggled.connect(self._on_ticked)
        selection = self._view.selectionModel()
        selection.currentChanged.connect(lambda now, _before: self._on_current_changed(now))
        self._detail.goal_chosen.connect(self.goal_chosen)
        self._detail.cured.connect(self._on_detail_cured)
        self._missing.places_chosen.connect(self.places_chosen)
        self._reset.toggled.connect(self._on_reset_toggled)
        self._all.clicked.connect(lambda: self._model.tick_all(is_on=True))
        self._none.clicked.connect(lambda: self._model.tick_all(is_on=False))
        self._cancel.clicked.connect(self.reject)
        self._apply.clicked.connect(self._on_apply_clicked)

    def _on_ticked(self) -> None:
        chosen = self._model.chosen()
        text = words.apply_text(chosen)
        self._apply.setText(literal(text))
        self._apply.setAccessibleName(text)
        does = bool(chosen) or self.takes_pins
        self._apply.setEnabled(does)
        self._apply.setAccessibleDescription("" if does else _("Nothing is ticked."))

    def _on_detail_cured(self, proposal: Proposal) -> None:
        # The button goes with its fault.
        self._view.setFocus()
        self.cured.emit(proposal)

    def _on_current_changed(self, index: QModelIndex) -> None:
        if self._shown is not None and not self._is_listing:
            self._detail.show_proposal(self._model.proposal(index), self._shown.draft)

    def _on_reset_toggled(self, is_on: bool) -> None:
        self._list()
        announce(self, self._apply.text())

    def _on_apply_clicked(self) -> None:
        if self._is_outdated:
            self._is_agreed = True
            self._summary.setText(_("Looking at what it changes by now…"))
        else:
            self._agree()

    def _agree(self) -> None:
        chosen = self._model.chosen()
        if chosen or self.takes_pins:
            self.accept()
            self.agreed.emit(chosen)

    def _build(self) -> None:
        self.setObjectName("preset_preview_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = _("Apply “%s”") % shortened(one_line(self._name), _TITLE_LETTERS)
        self.setWindowTitle(title)
        self._reset.setObjectName("preview_reset")
        self._pins.setObjectName("preview_pins")
        self._pins.setChecked(True)
        self._quiet.setObjectName("preview_quiet")
        self._apply.setDefault(True)
        pages = QWidget(self)
        self._pages = QStackedLayout(pages)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self._filled(pages))
        self._pages.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * STEP, 5 * STEP, 5 * STEP, 4 * STEP)
        layout.setSpacing(2 * STEP)
        layout.addWidget(heading_label(breakable(title), "preview_title", self, wrap=True))
        layout.addWidget(self._summary)
        layout.addWidget(self._missing)
        layout.addWidget(pages, 1)
        layout.addSpacing(STEP)
        layout.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._pins, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._quiet, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addSpacing(STEP)
        layout.addLayout(self._buttons())
        # Not of the dialog itself, which could be narrower than its buttons then.
        self._view.setMinimumWidth(_WIDTH // 2 - 10 * STEP)

    def _filled(self, parent: QWidget) -> QWidget:
        page = QWidget(parent)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * STEP)
        layout.addWidget(self._view, 1)
        layout.addWidget(self._detail)
        return page

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._all)
        row.addWidget(self._none)
        row.addStretch(1)
        row.addWidget(self._cancel)
        row.addWidget(self._apply)
        return row
