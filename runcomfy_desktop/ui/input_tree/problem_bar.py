"""Bar above the tree: issues that belong to no row, and a button for all quick fixes.

Such an issue concerns the workflow as a whole, or a value whose node is no longer in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.filter_bar import problems_text
from runcomfy_desktop.ui.input_tree.input_filter import FilterTab
from runcomfy_desktop.ui.input_tree.quick_fixes import (
    all_quick_fixes,
    is_quick_fix_key,
    quick_fixes_label,
    quick_fixes_text,
)
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.issue_layout import severity
from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.labels import plain_label, set_colour_role, tooltip
from runcomfy_desktop.ui.widgets.layouts import column, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon
from runcomfy_desktop.ui.widgets.underlined_button import UnderlinedButton

if TYPE_CHECKING:
    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import InputKey

_MAX_ROWS = 3
_MAX_CHARS = 600
_MIN_QUICK_FIXES = 2


class ProblemBar(QWidget):
    """Shows issues that belong to no row, and a button for all quick fixes.

    Emits `quick_fixes_requested` for all quick fixes, and `quick_fix_requested` with an InputKey
    for a single one.
    """

    quick_fixes_requested = Signal()
    quick_fix_requested = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._build()
        self._fix_all_button.clicked.connect(self.quick_fixes_requested)
        for issue_row in self._rows:
            issue_row.quick_fix_requested.connect(self.quick_fix_requested)

    def _build(self) -> None:
        self.setObjectName("problem_line")
        self._rows = [_IssueRow(f"fault_line_{number}", self) for number in range(_MAX_ROWS)]
        self._fix_bar = QWidget(self)
        self._count = plain_label("", "problems_count", self._fix_bar)
        self._fix_all_button = text_button("", "apply_cures", self._fix_bar)
        gap = STEP + STEP // 2
        row((self._count, 1), self._fix_all_button, owner=self._fix_bar, spacing=gap)
        column(*self._rows, self._fix_bar, owner=self, margins=(3 * STEP, 0, 4 * STEP, 2 * STEP))
        self.hide()

    def show_issues(self, state: EditorState, tab: FilterTab) -> None:
        """Shows the issues without a row on every tab.

        The button for all quick fixes is shown on the Problems tab only.
        """
        issues = state.issues
        outside_tree = (
            [key for key in issues if is_outside_tree(key, state)][:_MAX_ROWS] if issues else []
        )
        for number, issue_row in enumerate(self._rows):
            key = outside_tree[number] if number < len(outside_tree) else None
            issue_row.show_issue(key, None if key is None else issues[key])
        count = len(all_quick_fixes(issues))
        has_quick_fixes = tab is FilterTab.PROBLEMS and count >= _MIN_QUICK_FIXES
        if has_quick_fixes:
            errors = sum(issue.blocks for issue in issues.values())
            self._count.setText(problems_text(errors, len(issues) - errors))
            label, description = quick_fixes_label(count), quick_fixes_text(issues)
            self._fix_all_button.setText(label)
            self._fix_all_button.setAccessibleName(label)
            self._fix_all_button.setAccessibleDescription(description)
            self._fix_all_button.setToolTip(tooltip(description))
        self._fix_bar.setVisible(has_quick_fixes)
        self.setVisible(has_quick_fixes or bool(outside_tree))

    @property
    def has_focus_inside(self) -> bool:
        return any(issue_row.hasFocus() for issue_row in self._rows)

    def take_focus(self) -> None:
        """Moves the focus to the first issue."""
        self._rows[0].setFocus(Qt.FocusReason.OtherFocusReason)


def is_outside_tree(key: InputKey, state: EditorState) -> bool:
    """Returns True if an issue belongs to no row of the tree."""
    return state.draft is None or key.node_id not in state.draft.workflow.nodes


class _IssueRow(QFrame):
    """Row with one issue's text and quick fix; it can receive the focus."""

    quick_fix_requested = Signal(object)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._key: InputKey | None = None
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        icon_label = QLabel(self)
        self._icon = TintedIcon(icon_label)
        self._text = plain_label("", f"{name}_text", self, wrap=True)
        self._fix_button = UnderlinedButton("", f"{name}_cure", self)
        self._fix_button.clicked.connect(lambda: self.quick_fix_requested.emit(self._key))
        row(
            (icon_label, Qt.AlignmentFlag.AlignTop),
            (self._text, 1),
            (self._fix_button, Qt.AlignmentFlag.AlignTop),
            owner=self,
            margins=(2 * STEP, STEP, 2 * STEP, STEP),
        )
        self.hide()

    def show_issue(self, key: InputKey | None, issue: InputIssue | None) -> None:
        self._key = key
        self.setVisible(issue is not None)
        if key is None or issue is None:
            return
        name = one_line(key.name[:_MAX_CHARS])
        text = issue.text[:_MAX_CHARS]
        self._text.setText(f"{name}: {text}" if name else text)
        subject = name or _("The workflow")
        self.setAccessibleName(f"{subject}. {texts.issue_text(issue)}")
        label = "" if issue.quick_fix is None or not key.name else one_line(issue.quick_fix.label)
        self._fix_button.setText(literal(label))
        self._fix_button.setAccessibleName(label)
        self._fix_button.setVisible(bool(label))
        role = severity(issue)
        self._icon.show(role, role)
        set_colour_role(self._text, role)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_quick_fix_key(event) and self._fix_button.text():
            self.quick_fix_requested.emit(self._key)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            draw_focus_ring(painter, self.rect(), colours(self.palette()).accent)
            painter.end()
