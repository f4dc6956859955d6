"""Grid windows on real grids and real jobs, without the rest of the program.

The harness has the controller, the queue, the history on disk, and the emulator without a socket.

    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin(harness.two_by_two())
        await wait_until_label(window, "4 of 4 done")
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget

from runcomfy_desktop.core.drafts.workflow_files import WorkflowFiles
from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.sweeps.spec import ListSpec, ReplaceSpec, SweepSpec
from runcomfy_desktop.emulator.sample_workflows import read_object_info
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.base.window_state import WindowState
from runcomfy_desktop.ui.sweeps.grids_menu import GridsMenu
from runcomfy_desktop.ui.sweeps.sweep_controller import SweepController
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until
from tests.support.emulators import INSTANT, use_painted_outputs
from tests.support.grid_harness import open_grid_harness, use_small_pictures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.core.sweeps.sweeps import Sweeps
    from runcomfy_desktop.domain.jobs.job import Job, JobState
    from runcomfy_desktop.domain.sweeps.sweep import Sweep
    from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.sweeps.grid_window import GridWindow
    from tests.support.grid_harness import GridHarness

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


@dataclass(frozen=True, slots=True)
class _SessionServicesStub:
    sweeps: Sweeps
    notices: Notices
    budget: Budget
    queue: JobQueue
    workflow_files: WorkflowFiles
    output_folder: Callable[[], Path]
    thumbnail_files: ThumbnailFiles


@dataclass
class GridWindowHarness:
    """Real controller of grids with stubs around it.

    `shown_jobs` are the jobs whose outputs were shown, `opened_jobs` those whose outputs were also
    brought to the front.
    """

    grid_harness: GridHarness
    scope: SessionScope
    menu: GridsMenu
    window_state: WindowState
    controller: SweepController
    shown_jobs: list[Job]
    opened_jobs: list[Job]

    @property
    def sweeps(self) -> Sweeps:
        return self.grid_harness.sweeps

    def two_by_two(self) -> SweepSpec:
        key = self.grid_harness.key
        return SweepSpec((ListSpec(key("steps"), "4, 8"), ReplaceSpec(key("text"), "blue, red")))

    async def begin(self, spec: SweepSpec | None = None) -> GridWindow:
        """Sends a grid as the dialog does and returns its window, which opens by itself."""
        sweep = await self.grid_harness.begin(spec or self.two_by_two())
        await process_events_async()
        return self.window_of(sweep)

    def window_of(self, sweep: Sweep) -> GridWindow:
        window = self.controller.window_of(sweep.sweep_id)
        assert window is not None
        return window

    def state(self, window: GridWindow, number: int) -> JobState | None:
        job = self.sweeps.job_at(window.sweep.sweep_id, number)
        return None if job is None else job.state

    async def reopened(self, window: GridWindow) -> GridWindow:
        """Closes a window, opens it again and returns the new one."""
        sweep = window.sweep
        window.close()
        await process_events_async()
        assert self.controller.window_of(sweep.sweep_id) is None
        self.controller.open(sweep.sweep_id)
        await process_events_async()
        return self.window_of(sweep)


async def begin_session(grid_harness: GridHarness) -> None:
    """Opens the deployment with which a session begins."""
    await grid_harness.open_deployment(KONTEXT)
    grid_harness.draft_editor.set_schema(KONTEXT, _schema())


@cache
def _schema() -> NodeSchema:
    return NodeSchema(read_object_info())


@asynccontextmanager
async def open_grid_window_harness(
    folder: Path, *, timing: EmulatorTiming = INSTANT, faults: str = "", painted: bool = False
) -> AsyncIterator[GridWindowHarness]:
    """Opens the controller with a new session's workflow, whose pictures have one pixel.

    With `painted`, the workflow's pictures are small and painted.
    """
    async with open_grid_harness(folder, timing=timing, billed=True) as grid_harness:
        queue_harness = grid_harness.queue_harness
        queue_harness.set_faults(faults)
        if painted:
            use_painted_outputs(queue_harness.backend)
            use_small_pictures(grid_harness)
        else:
            await begin_session(grid_harness)
        drafts = DraftStore(folder / "drafts", grid_harness.notices.post_failure)
        files = WorkflowFiles(
            grid_harness.draft_editor, drafts, queue_harness.preferences, grid_harness.notices
        )
        budget, queue = queue_harness.queue.budget, queue_harness.queue
        services = _SessionServicesStub(
            grid_harness.sweeps,
            grid_harness.notices,
            budget,
            queue,
            files,
            lambda: queue_harness.outputs,
            ThumbnailFiles(folder / "thumbnails"),
        )
        window = QMainWindow()
        menu = GridsMenu(window)
        window_state = WindowState(folder / "window.ini")
        scope = SessionScope(QWidget(window))
        shown_jobs: list[Job] = []
        opened_jobs: list[Job] = []
        controller = SweepController(
            scope,
            cast("SessionServices", services),
            menu,
            window_state,
            shown_jobs.append,
            opened_jobs.append,
        )
        yield GridWindowHarness(
            grid_harness, scope, menu, window_state, controller, shown_jobs, opened_jobs
        )
        scope.close()
        await files.close()
        window.deleteLater()
        await process_events_async()


def cell(window: GridWindow, column: int, row: int = 0) -> QModelIndex:
    return window.model.index(row, column)


def accessible_text(window: GridWindow, column: int, row: int = 0) -> str:
    return str(window.model.data(cell(window, column, row), Qt.ItemDataRole.AccessibleTextRole))


def label_text(window: GridWindow, name: str = "grid_progress") -> str:
    return find(window, QLabel, name).text()


async def wait_until_label(window: GridWindow, text: str) -> None:
    await wait_until(lambda: label_text(window) == text, describe=lambda: label_text(window))


async def click(window: GridWindow, column: int, row: int = 0, *, bottom: bool = False) -> None:
    """Clicks on a cell, or with `bottom` on its Retry button."""
    area = window.view.visualRect(cell(window, column, row))
    position = QPoint(area.center().x(), area.bottom() - 20) if bottom else area.center()
    QTest.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, pos=position)
    await process_events_async()
