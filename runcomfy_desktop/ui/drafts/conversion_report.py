"""Dialog with the conversion report on a workflow.

It lists, node by node, the parts that could not be converted from the editor's own format, or that
were left out of a graph that needed no conversion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport

_WIDTH = 150 * STEP
_MIN_LINES = 8
_NODE_ROLE = Qt.ItemDataRole.UserRole
_StateFlag = QStyle.StateFlag


class ConversionReportDialog(Dialog):
    """Non-modal dialog with the report, opened with show().

    Emits `node_requested` with the id of a node to show.
    """

    node_requested = Signal(str)

    def __init__(self, name: str, report: ConversionReport, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = one_line(name)
        self._report = report
        self._list = _RemarkList(self)
        self._list.setAccessibleName(
            _("Things to check") if report.is_converted else _("What was left out")
        )
        self._copied = muted_label("", "conversion_copied", self)
        self._copy = text_button(_("Copy"), "conversion_copy", self)
        self._node = text_button(_("Show the node"), "conversion_show_node", self)
        self._close = text_button(_("Close"), "conversion_close", self, primary=True)
        self._build()
        self._list.currentItemChanged.connect(lambda _now, _before: self._update_node_button())
        self._list.itemActivated.connect(lambda _item: self._on_node_requested())
        self._copy.clicked.connect(self._on_copy_clicked)
        self._node.clicked.connect(self._on_node_requested)
        self._close.clicked.connect(self.reject)
        self._update_node_button()

    def text(self) -> str:
        """Returns the whole report as plain text, for the clipboard."""
        parts = (self._name, self._counts_text(), self._report.as_text())
        return "\n".join(part for part in parts if part)

    def _build(self) -> None:
        self.setObjectName("conversion_report")
        is_converted = self._report.is_converted
        self.setWindowTitle(_("Conversion report") if is_converted else _("Parts left out"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        remarks = self._report.remarks
        for remark in remarks:
            item = QListWidgetItem(remark.line())
            item.setData(_NODE_ROLE, remark.node_id)
            self._list.addItem(item)
        self._list.setMinimumHeight(_MIN_LINES * self.fontMetrics().lineSpacing())
        self._list.setVisible(bool(remarks))
        self._node.setVisible(any(remark.node_id for remark in remarks))
        self._close.setDefault(True)
        (self._list if remarks else self._close).setFocus()
        column(
            heading_label(self._name, "conversion_name", self, wrap=True),
            plain_label(self._intro(), "conversion_intro", self, wrap=True),
            plain_label(self._counts_text(), "conversion_counts", self, wrap=True),
            (self._list, 1),
            row(self._copy, self._node, self._copied, STRETCH, self._close),
            owner=self,
            spacing=3 * STEP,
            margins=(5 * STEP, 5 * STEP, 5 * STEP, 4 * STEP),
        )

    def _intro(self) -> str:
        if not self._report.is_converted:
            return _left_out_intro(self._report)
        intro = _(
            "This is a preview. The file is in the format of ComfyUI's editor, and was converted "
            "to the one that is run, as the editor's own export does it. Nodes with dynamic inputs "
            "or widgets of their own may come out otherwise there; where it matters, export the "
            "workflow with “Export (API)” and open that file."
        )
        if not self._report.lacks_schema:
            return intro
        again = _(
            "The node classes were not known yet. Choose the deployment to run it on, then open "
            "the file again."
        )
        return f"{intro}\n\n{again}"

    def _counts_text(self) -> str:
        nodes, left_out, remark_count = (
            self._report.node_count,
            self._report.skipped_count,
            len(self._report.remarks),
        )
        if not self._report.is_converted:
            read_text = n_("%d node was read.", "%d nodes were read.", nodes) % nodes
            left_out_text = (
                n_("%d part was left out:", "%d parts were left out:", left_out) % left_out
            )
            return f"{read_text} {left_out_text}"
        parts = [n_("%d node was converted.", "%d nodes were converted.", nodes) % nodes]
        if left_out:
            text = n_(
                "%d was left out: a note, a reroute, or a node that is muted or bypassed.",
                "%d were left out: notes, reroutes, and nodes that are muted or bypassed.",
                left_out,
            )
            parts.append(text % left_out)
        if remark_count:
            text = n_("There is %d thing to check:", "There are %d things to check:", remark_count)
            parts.append(text % remark_count)
        else:
            parts.append(_("Everything in it could be converted."))
        return " ".join(parts)

    def _update_node_button(self) -> None:
        has_node = bool(self._selected_node_id())
        self._node.setEnabled(has_node)
        why = "" if has_node else _("Choose a line that names a node.")
        self._node.setAccessibleDescription(why)

    def _selected_node_id(self) -> str:
        if self._list.currentRow() < 0:
            return ""
        return str(self._list.currentItem().data(_NODE_ROLE))

    def _on_node_requested(self) -> None:
        node_id = self._selected_node_id()
        if node_id:
            self.node_requested.emit(node_id)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
        self._copied.setText(_("Copied."))
        announce(self, self._copied.text())


def _left_out_intro(report: ConversionReport) -> str:
    if not report.is_stored:
        return _(
            "ComfyUI refuses a workflow with parts like these, so the file was opened without "
            "them, and runs are sent without them. Links to a part that was left out are listed as "
            "problems. If it should be a node, export the workflow with “Export (API)” again."
        )
    return _(
        "ComfyUI refuses a workflow with parts like these. They are not shown here, but RunComfy "
        "still stores them with the deployment, and runs that only change values use the stored "
        "workflow. Such a run may fail after the machine has started, and starting is billed. If "
        "it does, remove these parts from the workflow on RunComfy."
    )


class _RemarkDelegate(QStyledItemDelegate):
    """Paints the selection as all lists here do; the style would add a gradient."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        if option.state & _StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colours(option.palette).accent_soft))
        option.state &= ~(
            _StateFlag.State_Selected | _StateFlag.State_MouseOver | _StateFlag.State_HasFocus
        )
        super().paint(painter, option, index)


class _RemarkList(QListWidget):
    """List of the remarks, each with as many lines as it needs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("conversion_remarks")
        self.setItemDelegate(_RemarkDelegate(self))
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSpacing(STEP // 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Shows the node of the current remark on Enter, which would otherwise close the dialog."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self.itemActivated.emit(self.currentItem())
            event.accept()
            return
        super().keyPressEvent(event)
