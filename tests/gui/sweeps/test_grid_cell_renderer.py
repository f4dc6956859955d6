"""Texts of a cell without a picture: everything fits, and Retry has its space below."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFont, QImage, QPainter, QPalette

from runcomfy_desktop.ui.sweeps.cell_delegate import CellRenderer, CellState

WORDS = CellState("Failed", "state-failed", "error", "KSampler: out of memory", can_retry=True)


def painted(face: CellState, side: int) -> QImage:
    faces = CellRenderer()
    faces.configure(QSize(side, side), QFont(), QPalette(), 1.0)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    faces.draw(painter, QRect(0, 0, side, side), face)
    painter.end()
    return image


@pytest.mark.parametrize("side", [104, 176, 508])
def test_every_rendering_can_be_told_from_the_others(side: int) -> None:
    faces = [
        WORDS,
        CellState("Failed", "state-failed", "error", "KSampler: out of memory"),
        CellState("Failed", "state-failed", "error", can_retry=True),
        CellState("Running", "state-running", "accent"),
        CellState("", "", "muted"),
        CellState("", "", "muted", is_selected=True),
    ]
    images = [painted(face, side) for face in faces]
    for number, image in enumerate(images):
        assert all(image != other for other in images[number + 1 :])


@pytest.mark.parametrize("side", [20, 104, 508])
def test_retry_is_within_its_cell(side: int) -> None:
    faces = CellRenderer()
    faces.configure(QSize(side, side), QFont(), QPalette(), 1.0)
    assert faces.retry_rect.isEmpty() or QRect(0, -side, side, 2 * side).contains(faces.retry_rect)
