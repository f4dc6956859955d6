"""What puts faults right: the key for it, and all cures at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.i18n import n_
from runcomfy_desktop.ui.formatting import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.domain.checks import Fault
    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.workflow import InputKey

_NAMED = 6
_LONGEST = 60


def is_cure_key(event: QKeyEvent) -> bool:
    """Alt+Enter, as for a quick fix in an editor of programs."""
    keys = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    return is_enter and keys == Qt.KeyboardModifier.AltModifier


def all_cures(faults: Mapping[InputKey, Fault]) -> dict[InputKey, Value]:
    """The values that put right whatever has a cure."""
    return {
        key: fault.cure.value
        for key, fault in faults.items()
        if fault.cure is not None and key.name
    }


def cures_label(count: int) -> str:
    """What the step is called."""
    return n_("Apply %d cure", "Apply all %d cures", count) % count


def cures_text(faults: Mapping[InputKey, Fault]) -> str:
    """What all cures together do, a line for each."""
    lines = [
        f"{one_line(key.name)[:_LONGEST]}: {one_line(fault.cure.label)[:_LONGEST]}"
        for key, fault in faults.items()
        if fault.cure is not None and key.name
    ]
    more = len(lines) - _NAMED
    if more > 0:
        lines[_NAMED:] = [n_("and %d more", "and %d more", more) % more]
    return "\n".join(lines)
