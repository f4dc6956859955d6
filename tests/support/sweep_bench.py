"""A bench of jobs with grids on it: workbench, catalogue's list, shelf and files all real.

async with open_grids(tmp_path) as grids:
    sweep = await grids.begin(SweepSpec((ListSpec(grids.key("cfg"), "1, 2"),)))
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.core.deployment_check import DeploymentCheck
from runcomfy_desktop.core.media_shelf import MediaShelf
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.sweeps import Records, Sweeps
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.sweep.cells import points_of
from runcomfy_desktop.store.history import History
from runcomfy_desktop.store.sweeps import SweepStore
from tests.support.emulated import AT_ONCE
from tests.support.job_bench import QUICK, SERVICE, Bench
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.sweep_plan import SweepPlan
    from runcomfy_desktop.core.sweep_planner import Prepared
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.job import Job, JobState
    from runcomfy_desktop.domain.preset.preset import Preset
    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.domain.sweep.spec import SweepSpec
    from runcomfy_desktop.domain.sweep.sweep import Sweep
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace


class Listed:
    """The catalogue as grids need it: the account's list, and single records."""

    def __init__(self, client: Client, deployments: tuple[Deployment, ...]) -> None:
        self.state = _ListState(deployments)
        """`hear` of Grids puts another in its place."""
        self.changed: Topic[_ListState] = Topic()
        self._client = client

    def newest(self, deployment_id: str) -> Deployment | None:
        listed = self.state.deployments
        return next((each for each in listed if each.deployment_id == deployment_id), None)

    def confirm(self, then: Callable[[], object]) -> None:
        then()

    def confirm_list(self, then: Callable[[], object]) -> None:
        then()

    async def read(self, deployment_id: str) -> Deployment:
        return await read_deployment(self._client, deployment_id)


class _ListState:
    def __init__(self, deployments: tuple[Deployment, ...]) -> None:
        self.deployments = deployments


class Grids:
    """One program life with grids. `problems` has why grids could not be prepared."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.notices = Notices()
        self.notices.listen(bench.told.append)
        self.workbench: Workbench
        self.sweeps: Sweeps
        # Makes one over the same files and jobs.
        self.another: Callable[[], Sweeps]
        self.shelf: MediaShelf
        self._listed: Listed
        self.problems: list[Problem] = []
        self.begun: list[Sweep] = []
        self.changed_cells: list[tuple[str, int]] = []
        self.presets: dict[str, Preset] = {}
        self.new_seed: Callable[[], int] = lambda: 4711

    async def read_preset(self, path: str) -> Preset:
        return self.presets[path]

    async def open_deployment(self, deployment_id: str) -> None:
        """Puts another one's workflow in view."""
        self.workbench.open_deployment(await self._listed.read(deployment_id))

    def hear(self, *deployments: Deployment) -> None:
        """The account's list is another one now."""
        self._listed.state = _ListState(deployments)
        self._listed.changed.publish(self._listed.state)

    @property
    def folder(self) -> Path:
        return self.bench.folder / "sweeps"

    @asynccontextmanager
    async def life(self) -> AsyncIterator[Grids]:
        """The program from start to a proper end."""
        async with self.bench.program() as queue, self.bench.client() as client:
            self.workbench = Workbench(lambda: self.new_seed())
            self.workbench.open_deployment(self.bench.deployment)
            self.shelf = MediaShelf(self.bench.media, lambda _path: (8, 8), self.notices)

            self._listed = listed = Listed(client, await list_deployments(client))
            queue.check = DeploymentCheck(
                listed,  # type: ignore[arg-type] # no more of it is asked
                self.workbench,
            )
            store, history = SweepStore(self.folder), History(self.bench.database)
            self.another = lambda: Sweeps(
                Records(store, history, SERVICE, self.read_preset, self.bench.clock),
                self.workbench,
                listed,  # type: ignore[arg-type] # no more of it is asked
                self.shelf,
                queue,
                self.notices,
            )
            self.sweeps = self.another()
            self.sweeps.begun.subscribe(self.begun.append)
            self.sweeps.cell_changed.subscribe(self.changed_cells.append)
            self.sweeps.open()
            await until(lambda: not self.sweeps.state.loading)
            try:
                yield self
            finally:
                await self.sweeps.close()
                await self.shelf.close()

    def key(self, name: str) -> InputKey:
        """The first input of this name in the workflow in view."""
        draft = self.workbench.state.draft
        assert draft is not None
        return next(key for key in draft.workflow.input_keys() if key.name == name)

    async def plan(self, spec: SweepSpec) -> SweepPlan:
        plans: list[SweepPlan] = []
        self.sweeps.plan(spec, plans.append)
        await until(lambda: bool(plans))
        return plans[0]

    async def prepare(self, spec: SweepSpec) -> Prepared | None:
        found: list[Prepared | None] = []

        def failed(problem: Problem) -> None:
            self.problems.append(problem)
            found.append(None)

        self.sweeps.prepare(spec, found.append, failed)
        await until(lambda: bool(found))
        return found[0]

    async def begin(self, spec: SweepSpec) -> Sweep:
        """Prepares and starts a grid; all its jobs are entered when this returns."""
        prepared = await self.prepare(spec)
        assert prepared is not None, [each.title for each in self.problems]
        count = len(self.begun)
        self.sweeps.start(prepared)
        await until(lambda: len(self.begun) > count)
        return self.begun[-1]

    def job(self, sweep: Sweep, cell: int) -> Job:
        job = self.sweeps.job_at(sweep.sweep_id, cell)
        assert job is not None
        return job

    async def cell_reaches(self, sweep: Sweep, cell: int, *states: JobState) -> Job:
        await until(lambda: self.job(sweep, cell).state in states)
        return self.job(sweep, cell)

    async def all_reach(self, sweep: Sweep, *states: JobState) -> None:
        for cell in range(sweep.count):
            await self.cell_reaches(sweep, cell, *states)

    def states(self, sweep: Sweep) -> list[str]:
        found = (self.sweeps.job_at(sweep.sweep_id, cell) for cell in range(sweep.count))
        return ["none" if job is None else job.state.value for job in found]

    def heads(self, sweep: Sweep, cell: int) -> list[str]:
        return [point.label for point in points_of(sweep, cell)]


def make_grids(folder: Path, *, cloud: CloudPace = AT_ONCE, billed: bool = False) -> Grids:
    """Grids that no program has been started for."""
    bench = Bench(folder, pace=QUICK, cloud=cloud)
    bench.is_billed = billed
    return Grids(bench)


@asynccontextmanager
async def open_grids(
    folder: Path, *, cloud: CloudPace = AT_ONCE, billed: bool = False
) -> AsyncIterator[Grids]:
    """Grids in their only life; `billed` runs have prices."""
    grids = make_grids(folder, cloud=cloud, billed=billed)
    async with grids.life():
        yield grids


def small(grids: Grids) -> None:
    """Small pictures: they are painted quickly."""
    values = {grids.key("width"): 64, grids.key("height"): 64}
    grids.workbench.edit(values, "small")
