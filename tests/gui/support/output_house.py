"""A house in which a person has run a workflow of their own, whatever its output nodes are."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListView

from runcomfy_desktop.emulator.deployments import Deployment
from runcomfy_desktop.ui.outputs.panel import OutputPanel
from tests.gui.support.house import House, open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.output import Output
    from runcomfy_desktop.emulator.wire import JsonObject

_NAME = "my-own"
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole


@dataclass
class Results:
    """What came of the run: the job, and the panel that shows it."""

    house: House
    job: Job
    panel: OutputPanel

    def names(self) -> list[str]:
        """The film frames as a screen reader names them."""
        return [self.panel.model.index(row).data(_SPOKEN) for row in range(self.count)]

    @property
    def count(self) -> int:
        return self.panel.model.rowCount()

    def hint(self, row: int) -> str:
        """What stands at the mouse over the film frame in this row."""
        return str(self.panel.model.index(row).data(Qt.ItemDataRole.ToolTipRole))

    def output(self, row: int) -> Output:
        found = self.panel.model.output(row)
        assert found is not None
        return found

    async def look_at(self, row: int) -> None:
        """Clicks the film frame in this row."""
        strip = self.panel.filmstrip
        index = strip.model().index(row, 0)
        await self.house.click(strip.viewport(), strip.visualRect(index).center())
        await until(lambda: self.panel.stage.output == self.output(row))
        await turn()

    async def until_picture(self) -> None:
        """Waits for the picture of the current row."""
        stage = self.panel.stage

        def shows() -> bool:
            picture, output = stage.view.picture, stage.output
            there = picture is not None and output is not None and picture.path == output.path
            return there and stage.currentWidget() is stage.view

        await until(shows)
        await turn()


@asynccontextmanager
async def ran(
    folder: Path, workflow: JsonObject, *, painted: bool = True
) -> AsyncIterator[Results]:
    """Deploys `workflow`, opens it in the window, presses Run and waits for the end; for
    `painted` see `open_house`."""
    async with open_house(folder, painted=painted) as house:
        await house.until_open()
        add_deployment(house, workflow)
        await house.press("refresh_deployments")
        await until(lambda: _row(house) is not None)
        await turn()
        row = _row(house)
        assert row is not None
        listed = house.find(QListView, "deployments")
        place = listed.visualRect(listed.model().index(row, 0)).center()
        await house.click(listed.viewport(), place)
        await until(lambda: _is_open(house))
        await turn()
        await house.press("run")
        await until(lambda: house.states() and not house.states()[0].is_active)
        await house.until_shown()
        (job,) = house.parts.queue.jobs.values()
        yield Results(house, job, house.find(OutputPanel, "output_panel"))


def add_deployment(house: House, workflow: JsonObject) -> None:
    world = house.emulator.world
    deployment_id = "77777777-0000-4000-8000-000000000001"
    world.deployments[deployment_id] = Deployment(
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


def _is_open(house: House) -> bool:
    state = house.parts.workbench.state
    is_mine = state.deployment is not None and state.deployment.name == _NAME
    return is_mine and state.schema is not None


def _row(house: House) -> int | None:
    listed = house.parts.catalogue.state.deployments
    return next((row for row, each in enumerate(listed) if each.name == _NAME), None)
