"""Item model of the outputs of one job, for display in the filmstrip and for dragging."""

from __future__ import annotations

from enum import IntEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
)

from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()


class OutputRole(IntEnum):
    """Item data roles in addition to the texts."""

    OUTPUT = Qt.ItemDataRole.UserRole


class OutputsModel(QAbstractListModel):
    """List model of outputs: results first, then previews, both in the order of the response."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outputs: list[Output] = []

    def set_outputs(self, outputs: Sequence[Output]) -> None:
        """Replaces the outputs.

        If only the states of the same outputs have changed, rows and selection are kept.
        """
        ordered = sorted(outputs, key=lambda each: each.is_preview)
        if ordered == self._outputs:
            return
        if [_identity(each) for each in ordered] == [_identity(each) for each in self._outputs]:
            self._outputs = ordered
            self.dataChanged.emit(self.index(0), self.index(len(ordered) - 1))
            return
        self.beginResetModel()
        self._outputs = ordered
        self.endResetModel()

    def output(self, row: int) -> Output | None:
        return self._outputs[row] if 0 <= row < len(self._outputs) else None

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._outputs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        output = self.output(index.row()) if index.isValid() else None
        if output is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return output_name(output)
            case Qt.ItemDataRole.AccessibleTextRole:
                return accessible_text(output)
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return origin_text(output)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(f"{output_name(output)}\n{origin_text(output)}")
            case OutputRole.OUTPUT:
                return output
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        output = self.output(index.row()) if index.isValid() else None
        if output is not None and output.path:
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags

    def supportedDragActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        outputs = [self.output(index.row()) for index in indexes]
        return file_mime_data([each.path for each in outputs if each is not None and each.path])


def file_mime_data(paths: Sequence[str]) -> QMimeData:
    """Returns the mime data of a drag: the files themselves, for any program that accepts files."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def kind_text(kind: OutputKind) -> str:
    return {
        OutputKind.IMAGE: _("Picture"),
        OutputKind.ANIMATION: _("Animation"),
        OutputKind.VIDEO: _("Video"),
        OutputKind.AUDIO: _("Sound"),
        OutputKind.MODEL_3D: _("3D model"),
        OutputKind.ARCHIVE: _("Archive"),
        OutputKind.TEXT: _("Text"),
        OutputKind.OTHER: _("File"),
    }[kind]


def output_name(output: Output) -> str:
    """Returns the displayed name: from the server, else from the local file, else the kind."""
    name = output.filename or PurePath(output.path).name
    return one_line(name) or kind_text(output.kind)


def origin_text(output: Output) -> str:
    """Returns kind, node and channel, which distinguish two outputs with the same name."""
    parts = [kind_text(output.kind)]
    if output.node_id:
        parts.append(_("node #%s") % one_line(output.node_id))
    if output.channel:
        parts.append(one_line(output.channel))
    return " · ".join(parts)


def accessible_text(output: Output) -> str:
    """Returns the screen reader text of an output."""
    parts = [output_name(output), kind_text(output.kind)]
    if output.is_preview:
        parts.append(_("Preview"))
    if output.fault:
        parts.append(_("not fetched"))
    elif output.is_damaged:
        parts.append(_("damaged"))
    return ", ".join(parts)


def _identity(output: Output) -> tuple[str, str, str, str]:
    # RunComfy may sign the URL of a file differently each time.
    return (output.node_id, output.channel, output.filename or output.url, output.text)
