"""Rows and columns of widgets, written in the order in which they are seen."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from runcomfy_desktop.ui.style.theme import STEP

_Item: TypeAlias = QWidget | QLayout
Part: TypeAlias = _Item | tuple[_Item, int | Qt.AlignmentFlag] | int | None
"""Widget or layout, alone or with its stretch or alignment; pixels of space; or STRETCH."""
STRETCH = None
"""Part that takes the space that the others leave."""
DIALOG_MARGINS = (6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
"""Left, top, right and bottom margins of most dialogs."""
_Box = TypeVar("_Box", bound=QBoxLayout)


def row(
    *parts: Part,
    owner: QWidget | None = None,
    spacing: int = 2 * STEP,
    margins: int | tuple[int, int, int, int] = 0,
) -> QHBoxLayout:
    """Returns a row of the parts from left to right; it is the layout of `owner`, if given."""
    layout = QHBoxLayout() if owner is None else QHBoxLayout(owner)
    return _filled(layout, parts, spacing, margins)


def column(
    *parts: Part,
    owner: QWidget | None = None,
    spacing: int = 2 * STEP,
    margins: int | tuple[int, int, int, int] = 0,
) -> QVBoxLayout:
    """Returns a column of the parts from top to bottom; it is the layout of `owner`, if given."""
    layout = QVBoxLayout() if owner is None else QVBoxLayout(owner)
    return _filled(layout, parts, spacing, margins)


def _filled(
    layout: _Box,
    parts: tuple[Part, ...],
    spacing: int,
    margins: int | tuple[int, int, int, int],
) -> _Box:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*((margins,) * 4 if isinstance(margins, int) else margins))
    for part in parts:
        item, option = part if isinstance(part, tuple) else (part, 0)
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            _add(layout, item, option)
    return layout


def _add(layout: QBoxLayout, item: _Item, option: int | Qt.AlignmentFlag) -> None:
    # An alignment is an int, too.
    alignment = option if isinstance(option, Qt.AlignmentFlag) else None
    stretch = 0 if alignment else int(option)
    if isinstance(item, QLayout):
        layout.addLayout(item, stretch)
    else:
        layout.addWidget(item, stretch)
    if alignment:
        layout.setAlignment(item, alignment)
