"""Quick fixes for issues: the key that applies one, and applying all of them at once."""

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
    """Returns True for Alt+Enter, the usual key for quick fixes in code editors."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    return is_enter and modifiers == Qt.KeyboardModifier.AltModifier


def all_quick_fixes(issues: Mapping[InputKey, InputIssue]) -> dict[InputKey, Value]:
    """Returns the new value of each input that has a quick fix."""
    return {
        key: issue.quick_fix.value
        for key, issue in issues.items()
        if issue.quick_fix is not None and key.name
    }


def quick_fixes_label(count: int) -> str:
    """Returns the label of the undo step for all quick fixes."""
    return n_("Apply %d cure", "Apply all %d cures", count) % count


def quick_fixes_text(issues: Mapping[InputKey, InputIssue]) -> str:
    """Returns the descriptions of all quick fixes, one per line."""
    lines = [
        f"{one_line(key.name)[:_MAX_CHARS]}: {one_line(issue.quick_fix.label)[:_MAX_CHARS]}"
        for key, issue in issues.items()
        if issue.quick_fix is not None and key.name
    ]
    more = len(lines) - _MAX_LISTED
    if more > 0:
        lines[_MAX_LISTED:] = [n_("and %d more", "and %d more", more) % more]
    return "\n".join(lines)
