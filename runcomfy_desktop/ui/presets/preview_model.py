"""List model of the preview: headings, and below each the proposed changes with check boxes."""

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

from runcomfy_desktop.ui.presets import preview_texts as texts
from runcomfy_desktop.ui.presets.preview_texts import PreviewSection, section_of
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.presets.proposal import PresetProposal
    from runcomfy_desktop.domain.workflow.workflow import InputKey

PreviewIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_CheckState = Qt.CheckState


@dataclass(frozen=True, slots=True)
class PreviewHeading:
    """Heading of a section; its check box stands for all rows of the section."""

    section: PreviewSection
    count: int


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One proposal with its painted texts."""

    proposal: PresetProposal
    node_name: str
    name: str
    node_text: str
    old: str
    new: str


class PreviewModel(QAbstractListModel):
    """Holds the plan and the ticks; emits `ticks_changed` when the choice changes.

    The user's ticks are kept when the plan is replaced.
    """

    ticks_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[PreviewHeading | PresetProposal] = []
        self._row_cache: dict[int, PreviewRow] = {}
        self._draft: Draft | None = None
        self._user_ticks: dict[tuple[InputKey, str, bool], bool] = {}
        self._heading_states: dict[PreviewSection, Qt.CheckState | None] = {}

    # Content

    def set_proposals(self, proposals: Sequence[PresetProposal], draft: Draft) -> None:
        """Replaces the plan; within the sections its order is kept."""
        sections: dict[PreviewSection, list[PresetProposal]] = {each: [] for each in PreviewSection}
        for each in proposals:
            sections[section_of(each)].append(each)
        self.beginResetModel()
        self._draft = draft
        self._heading_states.clear()
        self._row_cache.clear()
        self._rows = []
        for section, section_proposals in sections.items():
            if section_proposals:
                self._rows += (PreviewHeading(section, len(section_proposals)), *section_proposals)
        self.endResetModel()
        self.ticks_changed.emit()

    def row(self, index: PreviewIndex) -> PreviewHeading | PreviewRow | None:
        """Returns a row with its texts, which are built when it first comes into view."""
        row = self._heading_or_proposal(index)
        if row is None or isinstance(row, PreviewHeading):
            return row
        cached_row = self._row_cache.get(index.row())
        if cached_row is None:
            assert self._draft is not None
            cached_row = self._row_cache[index.row()] = _preview_row(row, self._draft)
        return cached_row

    def proposal(self, index: PreviewIndex) -> PresetProposal | None:
        row = self._heading_or_proposal(index)
        return None if isinstance(row, PreviewHeading) else row

    def _heading_or_proposal(self, index: PreviewIndex) -> PreviewHeading | PresetProposal | None:
        return self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None

    def index_of(self, proposal: PresetProposal) -> QModelIndex:
        """Returns the index of the row for the same entry; an invalid index if there is none."""
        wanted = _identity(proposal)
        for row_number, row in enumerate(self._rows):
            if not isinstance(row, PreviewHeading) and _identity(row) == wanted:
                return self.index(row_number)
        return QModelIndex()

    @property
    def proposals(self) -> list[PresetProposal]:
        return [row for row in self._rows if not isinstance(row, PreviewHeading)]

    # Ticks

    def chosen(self) -> list[PresetProposal]:
        """Returns the proposals that would be applied."""
        return [each for each in self.proposals if self._is_ticked(each)]

    def tick(self, index: PreviewIndex, *, is_on: bool) -> None:
        """Ticks or unticks a row, or all rows below a heading."""
        row = self._heading_or_proposal(index)
        if row is not None:
            self._set_ticks(
                self._proposals_below(row) if isinstance(row, PreviewHeading) else [row],
                is_on=is_on,
            )

    def tick_all(self, *, is_on: bool) -> None:
        self._set_ticks(self.proposals, is_on=is_on)

    def toggle(self, index: PreviewIndex) -> None:
        """Toggles a row; a heading with mixed rows ticks them all."""
        state = self._check_state(self._heading_or_proposal(index))
        if state is not None:
            self.tick(index, is_on=state is not _CheckState.Checked)

    def can_tick(self, index: PreviewIndex) -> bool:
        return self._check_state(self._heading_or_proposal(index)) is not None

    def _set_ticks(self, proposals: Sequence[PresetProposal], *, is_on: bool) -> None:
        for each in proposals:
            if each.is_possible:
                self._user_ticks[_identity(each)] = is_on
        self._heading_states.clear()
        if self._rows:
            # Headings are included, because their check state depends on the rows.
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))
        self.ticks_changed.emit()

    def _is_ticked(self, proposal: PresetProposal) -> bool:
        if not proposal.is_possible:
            return False
        return self._user_ticks.get(_identity(proposal), proposal.is_ticked)

    def _proposals_below(self, heading: PreviewHeading) -> list[PresetProposal]:
        return [each for each in self.proposals if section_of(each) is heading.section]

    def _check_state(self, row: PreviewHeading | PresetProposal | None) -> Qt.CheckState | None:
        """Returns the state of a check box; None if the row cannot be ticked."""
        if row is None:
            return None
        if not isinstance(row, PreviewHeading):
            if not row.is_possible:
                return None
            return _CheckState.Checked if self._is_ticked(row) else _CheckState.Unchecked
        if row.section not in self._heading_states:
            # Cached: each painting needs the heading's state, which depends on all rows below.
            self._heading_states[row.section] = self._heading_check_state(row)
        return self._heading_states[row.section]

    def _heading_check_state(self, heading: PreviewHeading) -> Qt.CheckState | None:
        ticks = {
            self._is_ticked(each) for each in self._proposals_below(heading) if each.is_possible
        }
        if len(ticks) > 1:
            return _CheckState.PartiallyChecked
        return (_CheckState.Checked if ticks.pop() else _CheckState.Unchecked) if ticks else None

    # QAbstractListModel

    def rowCount(self, parent: PreviewIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: PreviewIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _title(row)
            case Qt.ItemDataRole.CheckStateRole:
                return self._check_state(self._heading_or_proposal(index))
            case Qt.ItemDataRole.AccessibleTextRole if isinstance(row, PreviewRow):
                assert self._draft is not None
                return texts.accessible_text(row.proposal, self._draft)
            case Qt.ItemDataRole.AccessibleDescriptionRole if isinstance(row, PreviewRow):
                return row.node_text
            case Qt.ItemDataRole.ToolTipRole if isinstance(row, PreviewRow):
                assert self._draft is not None
                return tooltip(texts.tooltip_text(row.proposal, self._draft))
        return None

    def setData(
        self, index: PreviewIndex, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not self.can_tick(index):
            return False
        self.tick(index, is_on=Qt.CheckState(value) is _CheckState.Checked)
        return True

    def flags(self, index: PreviewIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self.can_tick(index):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags


def _preview_row(proposal: PresetProposal, draft: Draft) -> PreviewRow:
    return PreviewRow(
        proposal,
        texts.node_name(proposal, draft),
        texts.input_name(proposal),
        texts.node_text(proposal, draft),
        texts.old_text(proposal),
        texts.new_text(proposal),
    )


def _title(row: PreviewHeading | PreviewRow) -> str:
    if isinstance(row, PreviewHeading):
        return f"{texts.section_title(row.section)} ({row.count})"
    return f"{row.node_name} · {row.name}"


def _identity(proposal: PresetProposal) -> tuple[InputKey, str, bool]:
    return proposal.entry.key, proposal.entry.class_type, proposal.is_reset
