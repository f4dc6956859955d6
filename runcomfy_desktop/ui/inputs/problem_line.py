"""The lines above the tree: what is wrong beside all of its rows, and all cures at once.

That is a fault of the workflow as a whole, or of a value whose node is not in it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.cures import all_cures, cures_label, cures_text, is_cure_key
from runcomfy_desktop.ui.inputs.fault_look import severity
from runcomfy_desktop.ui.inputs.filter import Tab
from runcomfy_desktop.ui.inputs.filter_bar import problems_text
from runcomfy_desktop.ui.inputs.link_button import LinkButton
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.widgets.labels import plain_label, tooltip

if TYPE_CHECKING:
    from runcomfy_desktop.core.workbench import BenchState
    from runcomfy_desktop.domain.checks import Fault
    from runcomfy_desktop.domain.workflow import InputKey

_LINES = 3
_LONGEST = 600
_LEAST_CURES = 2


class ProblemLine(QWidget):
    """Shows what it is given. `cures_wished` asks for all cures at once, `cure_wished` for that of
    one InputKey."""

    cures_wished = Signal()
    cure_wished = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._build()
        self._button.clicked.connect(self.cures_wished)
        for line in self._lines:
            line.cure_wished.connect(self.cure_wished)

    def _build(self) -> None:
        self.setObjectName("problem_line")
        self._lines = [_FaultLine(f"fault_line_{number}", self) for number in range(_LINES)]
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
        for line in self._lines:
            column.addWidget(line)
        column.addWidget(self._cures)
        self.hide()

    def show_faults(self, state: BenchState, tab: Tab) -> None:
        """What has no row is shown on every tab, all cures on that of the problems."""
        faults = state.faults
        beside = [key for key in faults if stands_beside(key, state)][:_LINES] if faults else []
        for number, line in enumerate(self._lines):
            key = beside[number] if number < len(beside) else None
            line.say(key, None if key is None else faults[key])
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
        self.setVisible(has_cures or bool(beside))

    @property
    def has_keyboard(self) -> bool:
        return any(line.hasFocus() for line in self._lines)

    def take_keyboard(self) -> None:
        """The keyboard goes to the first line."""
        self._lines[0].setFocus(Qt.FocusReason.OtherFocusReason)


def stands_beside(key: InputKey, state: BenchState) -> bool:
    """Whether a fault belongs to no row of the tree."""
    return state.draft is None or key.node_id not in state.draft.workflow.nodes


class _FaultLine(QFrame):
    """One fault in words, which the keyboard can be on, and its cure."""

    cure_wished = Signal(object)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._key: InputKey | None = None
        self._fault: Fault | None = None
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._icon = QLabel(self)
        self._text = plain_label("", f"{name}_text", self, wrap=True)
        self._cure = LinkButton("", f"{name}_cure", self)
        self._cure.clicked.connect(lambda: self.cure_wished.emit(self._key))
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * STEP, STEP, 2 * STEP, STEP)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._cure, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def say(self, key: InputKey | None, fault: Fault | None) -> None:
        self._key, self._fault = key, fault
        self.setVisible(fault is not None)
        if key is None or fault is None:
            return
        name = one_line(key.name[:_LONGEST])
        text = fault.text[:_LONGEST]
        self._text.setText(f"{name}: {text}" if name else text)
        about = name or _("The workflow")
        self.setAccessibleName(f"{about}. {texts.fault_text(fault)}")
        label = "" if fault.cure is None or not key.name else one_line(fault.cure.label)
        self._cure.setText(literal(label))
        self._cure.setAccessibleName(label)
        self._cure.setVisible(bool(label))
        self._dress()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_cure_key(event) and self._cure.text():
            self.cure_wished.emit(self._key)
        else:
            super().keyPressEvent(event)

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
