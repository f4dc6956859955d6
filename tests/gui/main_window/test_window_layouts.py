"""Sizes of the docks in larger and smaller windows; a damaged layout file changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from runcomfy_desktop.ui.base.window_state import WindowState
from runcomfy_desktop.ui.main_window.docks import Docks

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "layout",
    [
        b"",
        b"\xff\xfe\x00garbage",
        b"[window]\ngeometry=@ByteArray(\\x1\\xd9\\xd0\\xcb\\0\\x3)\nlayout=@ByteArray(\\0)\n",
        b"[window]\n" + b"x=" + b"y" * 5_000_000,
    ],
    ids=lambda layout: f"{layout[:30]!r}",
)
def test_a_damaged_layout_leaves_the_docks_as_they_are(tmp_path: Path, layout: bytes) -> None:
    """A file at which Qt itself complains is tested in tests/e2e/test_disk.py."""
    file = tmp_path / "window.ini"
    file.write_bytes(layout)
    window, docks = some_window()
    state = WindowState(file)
    state.restore_geometry(window)
    assert not state.restore_layout(window)
    window.show()
    QApplication.processEvents()
    assert all(dock.isVisible() for dock in docks)
    docks[0].close()
    state.save(window)
    window.close()

    again, others = some_window()
    stored = WindowState(file)
    assert stored.restore_geometry(again)
    assert stored.restore_layout(again)
    again.show()
    QApplication.processEvents()
    assert [dock.isVisible() for dock in others] == [False, True]
    again.close()


def some_window() -> tuple[QMainWindow, list[QDockWidget]]:
    window = QMainWindow()
    window.resize(900, 600)
    docks = [QDockWidget(name, window) for name in ("one", "two")]
    for dock in docks:
        dock.setObjectName(dock.windowTitle())
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    return window, docks


def window_with_docks(width: int, height: int) -> tuple[QMainWindow, Docks]:
    window = QMainWindow()
    window.setCentralWidget(QWidget())
    window.resize(width, height)
    window.show()
    docks = Docks(window)
    QApplication.processEvents()
    return window, docks


def resize(window: QMainWindow, width: int, height: int) -> None:
    window.resize(width, height)
    QApplication.processEvents()


@pytest.mark.parametrize(
    ("size", "output_width", "queue_height"),
    [((1440, 900), 416, 248), ((2560, 1440), 864, 410), ((1024, 640), 320, 170)],
)
def test_the_output_and_the_queue_get_a_share_of_a_larger_window(
    size: tuple[int, int], output_width: int, queue_height: int
) -> None:
    window, docks = window_with_docks(*size)
    assert (docks.output.width(), docks.queue.height()) == (output_width, queue_height)
    resize(window, 1300, 800)
    resize(window, *size)
    assert (docks.output.width(), docks.queue.height()) == (output_width, queue_height)
    window.close()


def test_a_restored_layout_keeps_its_share_of_the_window() -> None:
    window, docks = window_with_docks(1440, 900)
    window.resizeDocks([docks.output], [720], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    docks.keep_sizes()
    resize(window, 1800, 900)
    assert docks.output.width() == pytest.approx(900, abs=2)
    docks.reset()
    QApplication.processEvents()
    assert docks.output.width() == 416 + (1800 - 1440) * 4 // 10
    window.close()


def test_a_dragged_edge_keeps_its_share_of_the_window() -> None:
    window, docks = window_with_docks(1440, 900)
    edge = QPoint(docks.output.x() - 2, docks.output.y() + 100)
    QTest.mousePress(window, Qt.MouseButton.LeftButton, pos=edge)
    QTest.mouseMove(window, edge - QPoint(160, 0))
    QApplication.processEvents()
    QTest.mouseRelease(window, Qt.MouseButton.LeftButton, pos=edge - QPoint(160, 0))
    QApplication.processEvents()
    dragged_width = docks.output.width()
    assert dragged_width > 500
    resize(window, 2880, 900)
    assert docks.output.width() == pytest.approx(2 * dragged_width, abs=4)
    window.close()
