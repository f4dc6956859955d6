"""A thin line that says that something goes on, and how far it is where that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar

from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def thin_progress(name: str, accessible_name: str, parent: QWidget) -> QProgressBar:
    """The line, without an end for now; it keeps its place, so that nothing jumps when it comes
    and goes."""
    bar = QProgressBar(parent)
    bar.setObjectName(name)
    bar.setAccessibleName(accessible_name)
    bar.setTextVisible(False)
    bar.setRange(0, 0)
    bar.setFixedHeight(STEP)
    policy = bar.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    bar.setSizePolicy(policy)
    return bar
