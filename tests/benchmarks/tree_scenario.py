"""Process measured by `tree`; arguments: `bare`, or `DATA_DIR WORKFLOW`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QMainWindow,
    QTreeView,
)

from tests.benchmarks.instrumented_program import play
from tests.benchmarks.json_output import print_result
from tests.benchmarks.process_memory import resident_mb

if TYPE_CHECKING:
    from collections.abc import Callable

_TREE = "inputs_tree"
_PER_ITEM = QAbstractItemView.ScrollMode.ScrollPerItem
# Minimum height of a tree with all of its 13,000 rows open, in rows and in pixels.
_ROWS, _PIXELS = 12_000, 150_000
_IDLE_S = 3.0
_LIMIT_S = 20.0


class FrameWaiter(QObject):
    """Waits for a frame in which the view named `name` was painted while `ready` was true."""

    def __init__(self, name: str, ready: Callable[[QAbstractScrollArea], bool]) -> None:
        super().__init__()
        self._name = name
        self._ready = ready
        self._started_s = time.perf_counter()
        self._done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._app = QApplication.instance()
        assert self._app is not None
        self._app.installEventFilter(self)

    async def ms(self) -> float:
        """Returns the time from the creation of this object to the end of the frame."""
        try:
            return await asyncio.wait_for(self._done, _LIMIT_S)
        finally:
            assert self._app is not None
            self._app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            view = watched.parent()
            if isinstance(view, QAbstractScrollArea) and view.objectName() == self._name:
                # The frame has ended at the next iteration of the event loop.
                QTimer.singleShot(0, lambda: self._check_painted(view))
        return False

    def _check_painted(self, view: QAbstractScrollArea) -> None:
        if not self._done.done() and self._ready(view):
            self._done.set_result((time.perf_counter() - self._started_s) * 1000)


def _is_whole(view: QAbstractScrollArea) -> bool:
    by_row = isinstance(view, QAbstractItemView) and view.verticalScrollMode() is _PER_ITEM
    return view.verticalScrollBar().maximum() > (_ROWS if by_row else _PIXELS)


async def _scrolled_ms(view: QAbstractScrollArea) -> float:
    frame = FrameWaiter(_TREE, lambda _view: True)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    return await frame.ms()


async def _floor_ms(data: bytes) -> float:
    """Measures `json.loads` of the file, and an empty tree painted as a window's central widget."""
    window = QMainWindow()
    window.resize(1440, 900)
    window.show()
    await asyncio.sleep(0.5)
    frame = FrameWaiter("floor", lambda _view: True)
    json.loads(data)
    tree = QTreeView()
    tree.setObjectName("floor")
    window.setCentralWidget(tree)
    ms = await frame.ms()
    window.close()
    window.deleteLater()
    return ms


async def _scenario(workflow: Path, data: bytes) -> None:
    from runcomfy_desktop.core.editor.pin_sets import file_owner
    from tests.benchmarks import scenario_steps

    window = await scenario_steps.open_window()
    services = await scenario_steps.session_services(window)
    # Without essentials, the tree of all inputs is shown.
    services.draft_editor.pin_sets[file_owner(str(workflow))] = ()
    await asyncio.sleep(_IDLE_S)
    empty_mb = resident_mb()

    frame = FrameWaiter(_TREE, _is_whole)
    window.handle_open_request(str(workflow))
    open_ms = await frame.ms()
    scroll_ms = await _scrolled_ms(scenario_steps.find(window, QAbstractScrollArea, _TREE))
    await asyncio.sleep(_IDLE_S)
    full_mb = resident_mb()
    floor_ms = await _floor_ms(data)
    print_result(
        {
            "open_ms": open_ms,
            "scroll_ms": scroll_ms,
            "floor_ms": floor_ms,
            "empty_mb": empty_mb,
            "full_mb": full_mb,
        }
    )


def _bare() -> None:
    app = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.resize(1440, 900)
    window.show()

    def tell() -> None:
        print_result({"resident_mb": resident_mb()})
        app.exit()

    QTimer.singleShot(1000, tell)
    app.exec()


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        _bare()
    else:
        data_dir, file = sys.argv[1:]
        play(lambda: _scenario(Path(file), Path(file).read_bytes()), ["--data-dir", data_dir])
