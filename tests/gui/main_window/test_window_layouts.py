"""A damaged layout file results in the usual layout, whatever it contains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow

from runcomfy_desktop.ui.base.window_state import WindowState

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
