"""Thin progress bar, indeterminate until the progress is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar

from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def thin_progress(name: str, accessible_name: str, parent: QWidget) -> QProgressBar:
    """Creates the bar in its indeterminate state.

    It keeps its space while it is hidden, so that nothing jumps when it appears and disappears.
    """
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
