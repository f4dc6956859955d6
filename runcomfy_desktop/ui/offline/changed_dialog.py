"""What changed in a deployment's workflow, input by input, to be read and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout

from runcomfy_desktop.domain.workflow_change_text import change_text, summary
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label
from runcomfy_desktop.ui.widgets.long_text import LongText

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.workflow_change import WorkflowChange

_WIDTH, _HEIGHT = 150 * STEP, 120 * STEP


class ChangedDialog(Dialog):
    """Shown beside the window by show()."""

    def __init__(self, change: WorkflowChange, parent: QWidget) -> None:
        super().__init__(parent)
        self.change = change
        self._text = change_text(change)
        self._list = LongText("changed_text", _("What changed"), self)
        self._copied = muted_label("", "changed_copied", self)
        self._copy = text_button(_("Copy"), "changed_copy", self)
        self._close = text_button(_("Close"), "changed_close", self, primary=True)
        self._build()
        self._copy.clicked.connect(self._on_copy_clicked)
        self._close.clicked.connect(self.reject)

    def _build(self) -> None:
        self.setObjectName("changed_dialog")
        self.setWindowTitle(_("What changed"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._close.setDefault(True)
        head, _line, rest = self._text.partition("\n")
        self._list.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self._list.show_text(rest.strip())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * STEP, 5 * STEP, 5 * STEP, 4 * STEP)
        layout.setSpacing(3 * STEP)
        name = one_line(self.change.name)
        layout.addWidget(heading_label(name, "changed_name", self, wrap=True))
        layout.addWidget(plain_label(head, "changed_head", self, wrap=True))
        layout.addWidget(plain_label(_own_words(self.change), "changed_own", self, wrap=True))
        layout.addWidget(self._list, 1)
        foot = QHBoxLayout()
        foot.setSpacing(2 * STEP)
        foot.addWidget(self._copy)
        foot.addWidget(self._copied)
        foot.addStretch(1)
        foot.addWidget(self._close)
        layout.addLayout(foot)
        self._list.setFocus()
        self.resize(_WIDTH, _HEIGHT)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self._copied.setText(_("Copied."))
        announce(self, self._copied.text())


def _own_words(change: WorkflowChange) -> str:
    """How much it is, and what became of the person's own values."""
    found = summary(change)
    parts = [_("Changed: %s.") % found] if found else []
    kept = sum(each.own for each in change.values)
    if kept:
        text = n_(
            "%d of these inputs you had changed yourself: your value stays and is sent.",
            "%d of these inputs you had changed yourself: your values stay and are sent.",
            kept,
        )
        parts.append(text % kept)
    if change.lost:
        lost = len(change.lost)
        text = n_(
            "%d value of yours does not fit any more; it is in the list, to be copied.",
            "%d values of yours do not fit any more; they are in the list, to be copied.",
            lost,
        )
        parts.append(text % lost)
    return " ".join(parts) or _("Your own values are all still in place.")
