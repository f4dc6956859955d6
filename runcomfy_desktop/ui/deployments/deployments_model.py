"""List model of the deployments, with the texts of each row."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from runcomfy_desktop.domain.deployments.deployment import no_workflow_texts
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

    from runcomfy_desktop.domain.deployments.deployment import Deployment

_Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class DeploymentRole(IntEnum):
    """Roles of a row in addition to Qt's own."""

    DEPLOYMENT_ID = Qt.ItemDataRole.UserRole
    SUMMARY = Qt.ItemDataRole.UserRole + 1
    IS_USABLE = Qt.ItemDataRole.UserRole + 2
    IS_CURRENT = Qt.ItemDataRole.UserRole + 3
    IS_OPENING = Qt.ItemDataRole.UserRole + 4


class DeploymentsModel(QAbstractListModel):
    """List that is replaced as a whole; rows keep their identity while the ids stay the same."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: tuple[Deployment, ...] = ()
        self._current_id = ""
        self._opening_id = ""
        self._ids_without_workflow: frozenset[str] = frozenset()
        self._unseen_ids: frozenset[str] = frozenset()

    def set_deployments(
        self,
        deployments: Sequence[Deployment],
        current_id: str,
        opening_id: str,
        ids_without_workflow: frozenset[str] = frozenset(),
        unseen_ids: frozenset[str] = frozenset(),
    ) -> None:
        """Replaces the list; views keep selection and scroll position unless the ids changed.

        `ids_without_workflow` are the ids of deployments that do not run a ComfyUI workflow;
        `unseen_ids` are the ids of deployments whose workflow has changed since the user last saw
        it.
        """
        self._ids_without_workflow, self._unseen_ids = ids_without_workflow, unseen_ids
        has_same_ids = [row.deployment_id for row in deployments] == [
            r.deployment_id for r in self._rows
        ]
        if has_same_ids:
            self._set_rows(deployments, current_id, opening_id)
            if deployments:
                self.dataChanged.emit(self.index(0), self.index(len(deployments) - 1))
            return
        self.beginResetModel()
        self._set_rows(deployments, current_id, opening_id)
        self.endResetModel()

    def row_of(self, deployment_id: str) -> int:
        """Returns the row of a deployment; -1 if it is not listed."""
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
                return self._accessible_text(row)
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return self._explanation(row)
            case Qt.ItemDataRole.ToolTipRole:
                lines = (one_line(row.name), self._summary(row), self._explanation(row))
                return tooltip("\n".join(line for line in (*lines, row.deployment_id) if line))
        return self._custom_data(row, role)

    def _custom_data(self, row: Deployment, role: int) -> Any:
        match role:
            case DeploymentRole.DEPLOYMENT_ID:
                return row.deployment_id
            case DeploymentRole.SUMMARY:
                return self._summary(row)
            case DeploymentRole.IS_USABLE:
                return row.is_enabled and row.deployment_id not in self._ids_without_workflow
            case DeploymentRole.IS_CURRENT:
                return row.deployment_id == self._current_id
            case DeploymentRole.IS_OPENING:
                return row.deployment_id == self._opening_id
        return None

    def _set_rows(self, rows: Sequence[Deployment], current_id: str, opening_id: str) -> None:
        self._rows = tuple(rows)
        self._current_id = current_id
        self._opening_id = opening_id

    def _summary(self, row: Deployment) -> str:
        if row.deployment_id == self._opening_id:
            return _("Opening…")
        summary = summary_line(row, has_no_workflow=row.deployment_id in self._ids_without_workflow)
        return f"{_('changed')} · {summary}" if self._is_unseen(row) else summary

    def _is_unseen(self, row: Deployment) -> bool:
        return row.deployment_id in self._unseen_ids and row.is_enabled

    def _explanation(self, row: Deployment) -> str:
        """Returns full sentences on a deployment's problem or its changed workflow, else ""."""
        if row.deployment_id in self._ids_without_workflow:
            return " ".join(no_workflow_texts(one_line(row.name) or row.deployment_id))
        if not row.is_enabled:
            return _("Every request to it fails at once. It can be enabled in its details.")
        if self._is_unseen(row):
            return _(
                "Its workflow has changed since you opened it. Open it to read what is otherwise."
            )
        return ""

    def _accessible_text(self, row: Deployment) -> str:
        parts = [one_line(row.name) or row.deployment_id, self._summary(row)]
        if row.deployment_id == self._current_id:
            parts.append(_("in use"))
        return ", ".join(parts)


def summary_line(row: Deployment, *, has_no_workflow: bool = False) -> str:
    """Returns a text like `AMPERE_48 · v3 · standby`, or why the deployment cannot run."""
    if has_no_workflow:
        return _("no workflow (LoRA)")
    if not row.is_enabled:
        return _("disabled · refuses runs")
    parts = (*row.hardware[:1], row.workflow_version, row.status)
    return " · ".join(one_line(part) for part in parts if part)
