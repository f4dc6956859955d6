"""Windows of grids on real grids and real jobs, with no program around them: the desk, the queue,
the history on disk, and the emulator without a socket.

    async with open_room(tmp_path) as room:
        window = await room.begin(room.two_by_two())
        await until(lambda: said(window) == "4 of 4 done")
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMainWindow

from runcomfy_desktop.core.files import WorkflowFiles
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.domain.sweep.spec import ListSpec, ReplaceSpec, SweepSpec
from runcomfy_desktop.emulator.samples import read_object_info
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.ui.sweep.desk import SweepDesk
from runcomfy_desktop.ui.window_state import WindowState
from tests.gui.support.hands import find
from tests.gui.support.house import turn
from tests.support.emulated import AT_ONCE, paint_everything
from tests.support.sweep_bench import open_grids, small
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.core.sweeps import Sweeps
    from runcomfy_desktop.domain.job import Job, JobState
    from runcomfy_desktop.domain.sweep.sweep import Sweep
    from runcomfy_desktop.emulator.lifecycle import Pace
    from runcomfy_desktop.ui.desks import Frame
    from runcomfy_desktop.ui.parts import WindowParts
    from runcomfy_desktop.ui.sweep.grid.window import GridWindow
    from tests.support.sweep_bench import Grids

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


class _Output:
    """The dock that the picture of a cell is brought up in."""

    def bring_up(self) -> None:
        pass


class _Docks(QObject):
    """What the desk asks of the docks; `shown` has the jobs whose outputs it put there."""

    grid_wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.output = _Output()
        self.shown: list[Job] = []

    def show_output(self, job: Job) -> None:
        self.shown.append(job)


@dataclass(frozen=True, slots=True)
class _Frame:
    window: QMainWindow
    docks: _Docks
    state: WindowState


@dataclass(frozen=True, slots=True)
class _Parts:
    sweeps: Sweeps
    notices: Notices
    purse: Purse
    queue: JobQueue
    files: WorkflowFiles
    output_folder: Callable[[], Path]


@dataclass
class GridRoom:
    """`docks.shown` has the jobs whose outputs were put into their dock."""

    grids: Grids
    desk: SweepDesk
    docks: _Docks

    @property
    def sweeps(self) -> Sweeps:
        return self.grids.sweeps

    def two_by_two(self) -> SweepSpec:
        key = self.grids.key
        return SweepSpec((ListSpec(key("steps"), "4, 8"), ReplaceSpec(key("text"), "blue, red")))

    async def begin(self, spec: SweepSpec | None = None) -> GridWindow:
        """Sends a grid as the dialog does; its window, which opens by itself."""
        sweep = await self.grids.begin(spec or self.two_by_two())
        await turn()
        return self.window_of(sweep)

    def window_of(self, sweep: Sweep) -> GridWindow:
        window = self.desk.window_of(sweep.sweep_id)
        assert window is not None
        return window

    def state(self, window: GridWindow, number: int) -> JobState | None:
        job = self.sweeps.job_at(window.sweep.sweep_id, number)
        return None if job is None else job.state

    async def reopened(self, window: GridWindow) -> GridWindow:
        """Closes a window and opens it again."""
        sweep = window.sweep
        window.close()
        await turn()
        assert self.desk.window_of(sweep.sweep_id) is None
        self.desk.open(sweep.sweep_id)
        await turn()
        return self.window_of(sweep)


async def begin_session(grids: Grids) -> None:
    """Opens the deployment that a session begins with."""
    await grids.open_deployment(KONTEXT)
    grids.workbench.set_schema(KONTEXT, _schema())


@cache
def _schema() -> Schema:
    return Schema(read_object_info())


@asynccontextmanager
async def open_room(
    folder: Path, *, cloud: Pace = AT_ONCE, faults: str = "", painted: bool = False
) -> AsyncIterator[GridRoom]:
    """The desk with the workflow that a new session begins with, whose pictures have one pixel;
    or, with `painted`, with one whose pictures are small and painted."""
    async with open_grids(folder, cloud=cloud, billed=True) as grids:
        bench = grids.bench
        bench.strike(faults)
        if painted:
            paint_everything(bench.world)
            small(grids)
        else:
            await begin_session(grids)
        window, docks = QMainWindow(), _Docks()
        frame = _Frame(window, docks, WindowState(folder / "window.ini"))
        drafts = DraftStore(folder / "drafts", grids.notices.failure)
        files = WorkflowFiles(grids.workbench, drafts, bench.preferences, grids.notices)
        purse, queue = bench.queue.purse, bench.queue
        parts = _Parts(grids.sweeps, grids.notices, purse, queue, files, lambda: bench.outputs)
        desk = SweepDesk(cast("Frame", frame))
        desk.attach(cast("WindowParts", parts))
        yield GridRoom(grids, desk, docks)
        desk.detach()
        await files.close()
        window.deleteLater()
        await turn()


def cell(window: GridWindow, column: int, row: int = 0) -> QModelIndex:
    return window.model.index(row, column)


def spoken(window: GridWindow, column: int, row: int = 0) -> str:
    return str(window.model.data(cell(window, column, row), Qt.ItemDataRole.AccessibleTextRole))


def said(window: GridWindow, name: str = "grid_progress") -> str:
    return find(window, QLabel, name).text()


async def until_said(window: GridWindow, text: str) -> None:
    await until(lambda: said(window) == text, saying=lambda: said(window))


async def click(window: GridWindow, column: int, row: int = 0, *, bottom: bool = False) -> None:
    """On a cell, or where its Retry is."""
    area = window.view.visualRect(cell(window, column, row))
    where = QPoint(area.center().x(), area.bottom() - 20) if bottom else area.center()
    QTest.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    await turn()
