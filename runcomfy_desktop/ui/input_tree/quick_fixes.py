"""What puts faults right: the key for it, and all cures at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.i18n import n_
from runcomfy_desktop.ui.base.formatters import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import InputKey

_MAX_LISTED = 6
_MAX_CHARS = 60


def is_quick_fix_key(event: QKeyEvent) -> bool:
    """Alt+Enter, as for a quick fix in an editor of programs."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    return is_enter and modifiers == Qt.KeyboardModifier.AltModifier


def all_quick_fixes(issues: Mapping[InputKey, InputIssue]) -> dict[InputKey, Value]:
    """The values that put right whatever has a cure."""
    return {
        key: issue.quick_fix.value
        for key, issue in issues.items()
        if issue.quick_fix is not None and key.name
    }


def quick_fixes_label(count: int) -> str:
    """What the step is called."""
    return n_("Apply %d cure", "Apply all %d cures", count) % count


def quick_fixes_text(issues: Mapping[InputKey, InputIssue]) -> str:
    """What all cures together do, a line for each."""
    lines = [
        f"{one_line(key.name)[:_MAX_CHARS]}: {one_line(issue.quick_fix.label)[:_MAX_CHARS]}"
        for key, issue in issues.items()
        if issue.quick_fix is not None and key.name
    ]
    more = len(lines) - _MAX_LISTED
    if more > 0:
        lines[_MAX_LISTED:] = [n_("and %d more", "and %d more", more) % more]
    return "\n".join(lines)
