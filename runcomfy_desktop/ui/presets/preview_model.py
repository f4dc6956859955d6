"""The rows of the preview: headings, and below each what would be changed, with its tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from runcomfy_desktop.ui.presets import preview_words as words
from runcomfy_desktop.ui.presets.preview_words import Section, section_of
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.preset.proposal import Proposal
    from runcomfy_desktop.domain.workflow import InputKey

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_Tick = Qt.CheckState


@dataclass(frozen=True, slots=True)
class Heading:
    """Stands above the rows of a section; its tick is that of all of them."""

    section: Section
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal, and what of it is painted."""

    proposal: Proposal
    node: str
    name: str
    about: str
    old: str
    new: str


class PreviewModel(QAbstractListModel):
    """Holds the plan and the ticks. Emits `ticked` when what would be applied is another choice.

    What the person ticked or not stays so when the plan is made anew.
    """

    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Heading | Proposal] = []
        self._lines: dict[int, Line] = {}
        self._draft: Draft | None = None
        self._own: dict[tuple[InputKey, str, bool], bool] = {}
        self._heads: dict[Section, Qt.CheckState | None] = {}

    # What is shown

    def show(self, proposals: Sequence[Proposal], draft: Draft) -> None:
        """Another plan for a draft; its order is kept inside the sections."""
        sections: dict[Section, list[Proposal]] = {each: [] for each in Section}
        for each in proposals:
            sections[section_of(each)].append(each)
        self.beginResetModel()
        self._draft = draft
        self._heads.clear()
        self._lines.clear()
        self._rows = []
        for section, some in sections.items():
            if some:
                self._rows += (Heading(section, len(some)), *some)
        self.endResetModel()
        self.ticked.emit()

    def row(self, index: Index) -> Heading | Line | None:
        """What is painted of it; its words are made when it first comes into view."""
        row = self._entry(index)
        if row is None or isinstance(row, Heading):
            return row
        line = self._lines.get(index.row())
        if line is None:
            assert self._draft is not None
            line = self._lines[index.row()] = _line(row, self._draft)
        return line

    def proposal(self, index: Index) -> Proposal | None:
        row = self._entry(index)
        return None if isinstance(row, Heading) else row

    def _entry(self, index: Index) -> Heading | Proposal | None:
        return self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None

    def index_of(self, proposal: Proposal) -> QModelIndex:
        """The row of the same entry in this plan."""
        wanted = _identity(proposal)
        for at, row in enumerate(self._rows):
            if not isinstance(row, Heading) and _identity(row) == wanted:
                return self.index(at)
        return QModelIndex()

    @property
    def proposals(self) -> list[Proposal]:
        return [row for row in self._rows if not isinstance(row, Heading)]

    # Ticks

    def chosen(self) -> list[Proposal]:
        """What would be applied."""
        return [each for each in self.proposals if self._is_ticked(each)]

    def tick(self, index: Index, *, is_on: bool) -> None:
        """One row, or all below a heading."""
        row = self._entry(index)
        if row is not None:
            self._tick_all(self._below(row) if isinstance(row, Heading) else [row], is_on=is_on)

    def tick_all(self, *, is_on: bool) -> None:
        self._tick_all(self.proposals, is_on=is_on)

    def turn(self, index: Index) -> None:
        """The other way round; of a heading whose rows differ, all."""
        state = self._state(self._entry(index))
        if state is not None:
            self.tick(index, is_on=state is not _Tick.Checked)

    def can_tick(self, index: Index) -> bool:
        return self._state(self._entry(index)) is not None

    def _tick_all(self, proposals: Sequence[Proposal], *, is_on: bool) -> None:
        for each in proposals:
            if each.is_possible:
                self._own[_identity(each)] = is_on
        self._heads.clear()
        if self._rows:
            # The headings, too: their ticks follow.
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))
        self.ticked.emit()

    def _is_ticked(self, proposal: Proposal) -> bool:
        if not proposal.is_possible:
            return False
        return self._own.get(_identity(proposal), proposal.is_ticked)

    def _below(self, heading: Heading) -> list[Proposal]:
        return [each for each in self.proposals if section_of(each) is heading.section]

    def _state(self, row: Heading | Proposal | None) -> Qt.CheckState | None:
        """None for what cannot be ticked at all."""
        if row is None:
            return None
        if not isinstance(row, Heading):
            if not row.is_possible:
                return None
            return _Tick.Checked if self._is_ticked(row) else _Tick.Unchecked
        if row.section not in self._heads:
            # Asked for at each painting, of all that is below it.
            self._heads[row.section] = self._state_below(row)
        return self._heads[row.section]

    def _state_below(self, heading: Heading) -> Qt.CheckState | None:
        ticks = {self._is_ticked(each) for each in self._below(heading) if each.is_possible}
        if len(ticks) > 1:
            return _Tick.PartiallyChecked
        return (_Tick.Checked if ticks.pop() else _Tick.Unchecked) if ticks else None

    # QAbstractListModel

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _title(row)
            case Qt.ItemDataRole.CheckStateRole:
                return self._state(self._entry(index))
            case Qt.ItemDataRole.AccessibleTextRole if isinstance(row, Line):
                assert self._draft is not None
                return words.spoken(row.proposal, self._draft)
            case Qt.ItemDataRole.AccessibleDescriptionRole if isinstance(row, Line):
                return row.about
            case Qt.ItemDataRole.ToolTipRole if isinstance(row, Line):
                assert self._draft is not None
                return tooltip(words.tooltip_text(row.proposal, self._draft))
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not self.can_tick(index):
            return False
        self.tick(index, is_on=Qt.CheckState(value) is _Tick.Checked)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self.can_tick(index):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags


def _line(proposal: Proposal, draft: Draft) -> Line:
    return Line(
        proposal,
        words.node_name(proposal, draft),
        words.input_name(proposal),
        words.about(proposal, draft),
        words.old_text(proposal),
        words.new_text(proposal),
    )


def _title(row: Heading | Line) -> str:
    if isinstance(row, Heading):
        return f"{words.heading(row.section)} ({row.count})"
    return f"{row.node} · {row.name}"


def _identity(proposal: Proposal) -> tuple[InputKey, str, bool]:
    return proposal.entry.key, proposal.entry.class_type, proposal.is_reset
