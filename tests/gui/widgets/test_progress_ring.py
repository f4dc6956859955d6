"""The ring around the icon of a job's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.ui.style.theme import LIGHT
from runcomfy_desktop.ui.widgets.progress_ring import ProgressRing, paint_progress_ring
from tests.gui.support.pixel_colours import count_pixels
from tests.gui.support.user_input import show

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

SIDE = 96


def painted(share: float | None) -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(LIGHT.window)
    painter = QPainter(image)
    paint_progress_ring(painter, QRectF(0, 0, SIDE, SIDE), share, LIGHT)
    painter.end()
    return image


def accent_pixels(image: QImage, left: int, right: int) -> int:
    return count_pixels(image.copy(left, 0, right - left, SIDE), LIGHT.accent)


@pytest.mark.parametrize("share", [None, 0.25, 0.5, 0.95])
def test_the_share_is_painted_clockwise_from_the_top(
    qapp: QApplication, share: float | None
) -> None:
    image = painted(share)
    right, left = accent_pixels(image, SIDE // 2 + 8, SIDE), accent_pixels(image, 0, SIDE // 2 - 8)
    assert (right > 0) is (share is not None)
    assert (left > 0) is (share is not None and share > 0.5)
    assert count_pixels(image, LIGHT.line, tolerance=2) > 0


def test_the_icon_of_the_state_is_in_the_ring(qapp: QApplication) -> None:
    window = QWidget()
    ring = ProgressRing("ring", window)
    show(window)
    ring.show_progress(None, "state-starting", "warning")
    assert count_pixels(ring.grab().toImage(), LIGHT.warning) > 0
    ring.show_progress(0.5, "state-running", "ok")
    image = ring.grab().toImage()
    assert count_pixels(image, LIGHT.warning) == 0
    assert count_pixels(image, LIGHT.ok) > 0
