"""The window as it is painted first: in its place, in its size, with its title, and empty.

Imported for the first frame, so it must stay light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

from runcomfy_desktop import APP_NAME
from runcomfy_desktop.ui.main_window.window_state import DEFAULT_SIZE, WindowState, initial_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent


class StartupWindow(QMainWindow):
    """Emits `painted` behind its first frame, `closed` once when closing was asked for, and
    `file_dropped` with the path of a workflow."""

    painted = Signal()
    closed = Signal()
    # The path is emitted as objects: as Qt's text it would lose what is no UTF-8 in a name.
    file_dropped = Signal(object)

    def __init__(self, state_file: Path) -> None:
        super().__init__()
        self._window_state = WindowState(state_file)
        self._is_painted = False
        self._is_built = False
        self._is_closing = False
        # Waits, or asks the person first, where something would be lost.
        self.blocks_closing: Callable[[], bool] = lambda: False
        # Dropped before there was anybody to open it.
        self._pending_file = ""
        # From the first frame on, not by what the platform does of itself.
        self.setAcceptDrops(True)
        self.setObjectName("main_window")
        self.setWindowTitle(APP_NAME)
        size = initial_size(self.screen().availableSize())
        self.resize(size)
        if not self._window_state.restore_geometry(self) and size != DEFAULT_SIZE:
            from PySide6.QtCore import Qt

            self.setWindowState(Qt.WindowState.WindowMaximized)

    @property
    def is_closing(self) -> bool:
        """Whether closing was asked for."""
        return self._is_closing

    def raise_to_front(self) -> None:
        """As far as the desktop allows: else it marks the window in its task bar."""
        from PySide6.QtCore import Qt

        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            # Told behind the frame, so that what waits for it starts with pixels on the screen.
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._is_closing:
            if self.blocks_closing():
                event.ignore()
                return
            self._is_closing = True
            self._window_state.save(self, with_layout=self._is_built)
            # It stays in view while a body goes out: ending now would leave its answer unknown.
            event.setAccepted(self._sending_count() == 0)
            self.closed.emit()
        else:
            event.setAccepted(not self.isVisible())

    def close_now(self) -> None:
        """Closes without a question: the system ends the program, and nobody may be there."""
        self.blocks_closing = lambda: False
        self.close()

    def _sending_count(self) -> int:
        """How many bodies are going out; closing has to wait for them."""
        return 0

    # Files dropped on the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from runcomfy_desktop.ui.base.local_files import dropped_workflow_path

        if dropped_workflow_path(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        from runcomfy_desktop.ui.base.local_files import dropped_workflow_path

        path = dropped_workflow_path(event.mimeData())
        if path:
            event.acceptProposedAction()
            if self._is_built:
                self.file_dropped.emit(path)
            else:
                self._pending_file = path
