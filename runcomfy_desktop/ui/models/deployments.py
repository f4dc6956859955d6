"""The deployments as a Qt list, with what each row says."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from runcomfy_desktop.domain.deployment import no_workflow_words
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

    from runcomfy_desktop.domain.deployment import Deployment

_Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class DeploymentRole(IntEnum):
    """What a row can be asked for besides Qt's own roles."""

    DEPLOYMENT_ID = Qt.ItemDataRole.UserRole
    FACTS = Qt.ItemDataRole.UserRole + 1
    IS_USABLE = Qt.ItemDataRole.UserRole + 2
    IS_CURRENT = Qt.ItemDataRole.UserRole + 3
    IS_OPENING = Qt.ItemDataRole.UserRole + 4


class DeploymentsModel(QAbstractListModel):
    """A list that is replaced as a whole; rows keep their identity while the ids stay."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: tuple[Deployment, ...] = ()
        self._current_id = ""
        self._opening_id = ""
        self._others: frozenset[str] = frozenset()
        self._unseen: frozenset[str] = frozenset()

    def show(
        self,
        rows: Sequence[Deployment],
        current_id: str,
        opening_id: str,
        others: frozenset[str] = frozenset(),
        unseen: frozenset[str] = frozenset(),
    ) -> None:
        """Takes over the list; views keep selection and scroll place unless ids changed.

        `others` are the ids of those that run something else than a ComfyUI workflow, `unseen` of
        those whose workflow is another one than the person saw last.
        """
        self._others, self._unseen = others, unseen
        same_rows = [row.deployment_id for row in rows] == [r.deployment_id for r in self._rows]
        if same_rows:
            self._take(rows, current_id, opening_id)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._take(rows, current_id, opening_id)
        self.endResetModel()

    def row_of(self, deployment_id: str) -> int:
        """The row of a deployment, -1 when it is not listed."""
        for row, deployment in enumerate(self._rows):
            if deployment.deployment_id == deployment_id:
                return row
        return -1

    def deployment(self, deployment_id: str) -> Deployment | None:
        row = self.row_of(deployment_id)
        return self._rows[row] if row >= 0 else None

    def rowCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(row.name) or row.deployment_id
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row)
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return self._explanation(row)
            case Qt.ItemDataRole.ToolTipRole:
                lines = (one_line(row.name), self._facts(row), self._explanation(row))
                return tooltip("\n".join(line for line in (*lines, row.deployment_id) if line))
        return self._own(row, role)

    def _own(self, row: Deployment, role: int) -> Any:
        match role:
            case DeploymentRole.DEPLOYMENT_ID:
                return row.deployment_id
            case DeploymentRole.FACTS:
                return self._facts(row)
            case DeploymentRole.IS_USABLE:
                return row.is_enabled and row.deployment_id not in self._others
            case DeploymentRole.IS_CURRENT:
                return row.deployment_id == self._current_id
            case DeploymentRole.IS_OPENING:
                return row.deployment_id == self._opening_id
        return None

    def _take(self, rows: Sequence[Deployment], current_id: str, opening_id: str) -> None:
        self._rows = tuple(rows)
        self._current_id = current_id
        self._opening_id = opening_id

    def _facts(self, row: Deployment) -> str:
        if row.deployment_id == self._opening_id:
            return _("Opening…")
        facts = facts_line(row, is_other=row.deployment_id in self._others)
        return f"{_('changed')} · {facts}" if self._is_unseen(row) else facts

    def _is_unseen(self, row: Deployment) -> bool:
        return row.deployment_id in self._unseen and row.is_enabled

    def _explanation(self, row: Deployment) -> str:
        """Why it cannot be run here, in whole sentences."""
        if row.deployment_id in self._others:
            return " ".join(no_workflow_words(one_line(row.name) or row.deployment_id))
        if not row.is_enabled:
            return _("Every request to it fails at once. It can be enabled in its details.")
        if self._is_unseen(row):
            return _(
                "Its workflow has changed since you opened it. Open it to read what is otherwise."
            )
        return ""

    def _spoken(self, row: Deployment) -> str:
        parts = [one_line(row.name) or row.deployment_id, self._facts(row)]
        if row.deployment_id == self._current_id:
            parts.append(_("in use"))
        return ", ".join(parts)


def facts_line(row: Deployment, *, is_other: bool = False) -> str:
    """`AMPERE_48 · v3 · standby`, or why it cannot run."""
    if is_other:
        return _("no workflow (LoRA)")
    if not row.is_enabled:
        return _("disabled · refuses runs")
    parts = (*row.hardware[:1], row.workflow_version, row.status)
    return " · ".join(one_line(part) for part in parts if part)
