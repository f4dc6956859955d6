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


def test_a_restored_layout_grows_from_its_own_size() -> None:
    window, docks = window_with_docks(1440, 900)
    window.resizeDocks([docks.output], [600], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    docks.keep_sizes()
    resize(window, 1800, 900)
    assert docks.output.width() == 600 + (1800 - 1440) * 4 // 10
    docks.reset()
    QApplication.processEvents()
    assert docks.output.width() == 416 + (1800 - 1440) * 4 // 10
    window.close()


def test_a_dragged_edge_stays_where_the_user_put_it() -> None:
    window, docks = window_with_docks(1440, 900)
    drag_edge(window, QPoint(docks.output.x() - 2, docks.output.y() + 100), -160)
    dragged_width = docks.output.width()
    assert dragged_width > 500
    resize(window, 1800, 900)
    assert docks.output.width() == dragged_width + (1800 - 1440) * 4 // 10
    resize(window, 1440, 900)
    assert docks.output.width() == dragged_width
    window.close()


@pytest.mark.parametrize("name", ["deployments", "presets", "drafts"])
def test_the_left_docks_get_their_width_back_after_a_narrow_window(name: str) -> None:
    window, docks = window_with_docks(1440, 900)
    centre = window.centralWidget()
    assert centre is not None
    centre.setMinimumWidth(400)
    front: QDockWidget = getattr(docks, name)
    front.raise_()
    QApplication.processEvents()
    assert front.width() == 236
    drag_edge(window, QPoint(front.geometry().right() + 3, front.y() + 100), 60)
    dragged_width = front.width()
    assert dragged_width > 280
    resize(window, 820, 900)
    assert front.width() < 200, "the centre and the output take their space"
    resize(window, 1440, 900)
    assert front.width() == dragged_width
    resize(window, 2560, 900)
    assert front.width() == dragged_width
    window.close()


def drag_edge(window: QMainWindow, edge: QPoint, by: int) -> None:
    """Drags the edge between two docks sideways."""
    QTest.mousePress(window, Qt.MouseButton.LeftButton, pos=edge)
    QTest.mouseMove(window, edge + QPoint(by, 0))
    QApplication.processEvents()
    QTest.mouseRelease(window, Qt.MouseButton.LeftButton, pos=edge + QPoint(by, 0))
    QApplication.processEvents()
