"""Runs an arbitrary workflow in the whole program and gives access to its results."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListView

from runcomfy_desktop.emulator.deployments import EmulatedDeployment
from runcomfy_desktop.ui.results.panel import OutputPanel
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.emulator.http_messages import JsonObject

_NAME = "my-own"
_ACCESSIBLE_TEXT = Qt.ItemDataRole.AccessibleTextRole


@dataclass
class RunResults:
    """Result of the run: the job, and the panel that shows it."""

    program: GuiProgram
    job: Job
    panel: OutputPanel

    def names(self) -> list[str]:
        """Returns the results in the strip as named by a screen reader, without the job's title."""
        names = [self.panel.model.index(row).data(_ACCESSIBLE_TEXT) for row in range(self.count)]
        return [name.removesuffix(f", {self.job.title}") for name in names]

    @property
    def count(self) -> int:
        return self.panel.model.rowCount()

    def hint(self, row: int) -> str:
        """Returns the tooltip of the filmstrip frame in this row."""
        return str(self.panel.model.index(row).data(Qt.ItemDataRole.ToolTipRole))

    def output(self, row: int) -> Output:
        found = self.panel.model.output(row)
        assert found is not None
        return found

    async def select_row(self, row: int) -> None:
        """Clicks the filmstrip frame in this row."""
        strip = self.panel.filmstrip
        index = strip.model().index(row, 0)
        await self.program.click(strip.viewport(), strip.visualRect(index).center())
        await wait_until(lambda: self.panel.result_view.output == self.output(row))
        await process_events_async()

    async def wait_until_picture(self) -> None:
        """Waits for the picture of the current row."""
        result_view = self.panel.result_view

        def shows() -> bool:
            picture, output = result_view.picture_view.picture, result_view.output
            if picture is None or output is None or picture.is_thumbnail:
                return False
            is_shown = result_view.currentWidget() is result_view.picture_view
            return is_shown and picture.path == output.path

        await wait_until(shows)
        await process_events_async()


@asynccontextmanager
async def run_workflow(
    folder: Path, workflow: JsonObject, *, painted: bool = True
) -> AsyncIterator[RunResults]:
    """Deploys `workflow`, opens it in the window, presses Run and waits for the end.

    For `painted` see `open_program`.
    """
    async with open_program(folder, painted=painted) as program:
        await program.wait_until_open()
        add_deployment(program, workflow)
        await program.press("refresh_deployments")
        await wait_until(lambda: _row(program) is not None)
        await process_events_async()
        row = _row(program)
        assert row is not None
        listed = program.find(QListView, "deployments")
        rect = listed.visualRect(listed.model().index(row, 0)).center()
        await program.click(listed.viewport(), rect)
        await wait_until(lambda: _is_open(program))
        await process_events_async()
        await program.press("run")
        await wait_until(lambda: program.states() and not program.states()[0].is_active)
        await program.wait_until_jobs_shown()
        (job,) = program.services.queue.jobs.values()
        yield RunResults(program, job, program.find(OutputPanel, "output_panel"))


def add_deployment(program: GuiProgram, workflow: JsonObject) -> None:
    backend = program.emulator.backend
    deployment_id = "77777777-0000-4000-8000-000000000001"
    backend.deployments[deployment_id] = EmulatedDeployment(
        deployment_id=deployment_id,
        name=_NAME,
        workflow_id="77777777-0000-4000-8000-000000000002",
        workflow_version="v1",
        hardware="AMPERE_24",
        min_instances=1,
        max_instances=1,
        queue_size=1,
        keep_warm_s=60,
        created_at="2026-01-10T09:00:00.123456+00:00",
        updated_at="2026-01-10T09:00:00.123456+00:00",
        workflow=workflow,
    )


def _is_open(program: GuiProgram) -> bool:
    state = program.services.draft_editor.state
    is_own = state.deployment is not None and state.deployment.name == _NAME
    return is_own and state.schema is not None


def _row(program: GuiProgram) -> int | None:
    listed = program.services.catalogue.state.deployments
    return next((row for row, each in enumerate(listed) if each.name == _NAME), None)
