"""The lines above the tree: what is wrong with the workflow as a whole, and all cures at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.cures import all_cures, cures_label, cures_text
from runcomfy_desktop.ui.inputs.fault_look import severity
from runcomfy_desktop.ui.inputs.filter import Tab
from runcomfy_desktop.ui.inputs.filter_bar import problems_text
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.widgets.labels import plain_label, tooltip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.checks import Fault

WORKFLOW = InputKey("", "")
_LONGEST = 600
_LEAST_CURES = 2


class ProblemLine(QWidget):
    """Shows what it is given. `cures_wished` asks for all cures at once."""

    cures_wished = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._fault: Fault | None = None
        self._build()
        self._button.clicked.connect(self.cures_wished)

    def _build(self) -> None:
        self.setObjectName("problem_line")
        self._whole = _FaultLine(self)
        self._cures = QWidget(self)
        self._count = plain_label("", "problems_count", self._cures)
        self._button = text_button("", "apply_cures", self._cures)
        row = QHBoxLayout(self._cures)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._count, 1)
        row.addWidget(self._button)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 0, 4 * STEP, 2 * STEP)
        column.setSpacing(2 * STEP)
        column.addWidget(self._whole)
        column.addWidget(self._cures)
        self.hide()

    def show_faults(self, faults: Mapping[InputKey, Fault], tab: Tab) -> None:
        """The workflow's own fault is shown on every tab, the cures on that of the problems."""
        whole = faults.get(WORKFLOW)
        self._whole.say(whole)
        count = len(all_cures(faults))
        has_cures = tab is Tab.PROBLEMS and count >= _LEAST_CURES
        if has_cures:
            errors = sum(fault.blocks for fault in faults.values())
            self._count.setText(problems_text(errors, len(faults) - errors))
            label, what = cures_label(count), cures_text(faults)
            self._button.setText(label)
            self._button.setAccessibleName(label)
            self._button.setAccessibleDescription(what)
            self._button.setToolTip(tooltip(what))
        self._cures.setVisible(has_cures)
        self.setVisible(has_cures or whole is not None)

    def take_keyboard(self) -> None:
        """The keyboard goes to what is wrong with the whole."""
        self._whole.setFocus(Qt.FocusReason.OtherFocusReason)


class _FaultLine(QFrame):
    """One fault in words, which the keyboard can be on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._fault: Fault | None = None
        self.setObjectName("workflow_fault")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._icon = QLabel(self)
        self._text = plain_label("", "workflow_fault_text", self, wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * STEP, STEP, 2 * STEP, STEP)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)

    def say(self, fault: Fault | None) -> None:
        self._fault = fault
        self.setVisible(fault is not None)
        if fault is not None:
            self._text.setText(fault.text[:_LONGEST])
            self.setAccessibleName(_("The workflow. %s") % texts.fault_text(fault))
            self._dress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._fault is not None:
            self._dress()

    def _dress(self) -> None:
        assert self._fault is not None
        name = severity(self._fault)
        colour = getattr(colours(self.palette()), name)
        size = QSize(4 * STEP, 4 * STEP)
        self._icon.setPixmap(icons.icon(name, colour).pixmap(size, self.devicePixelRatioF()))
        palette = self._text.palette()
        palette.setColor(QPalette.ColorRole.WindowText, colour)
        self._text.setPalette(palette)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            draw_focus_ring(painter, self.rect(), colours(self.palette()).accent)
            painter.end()
