"""Test harness for grids: adds the editor, media store and grids to a queue harness.

    async with open_grid_harness(tmp_path) as grids:
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("cfg"), "1, 2"),)))

These parts are real; only the catalogue is reduced to the list of deployments.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.deployments.deployment_check import DeploymentCheck
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.dynamic_prompts import DynamicPrompts
from runcomfy_desktop.core.media.media_store import MediaStore
from runcomfy_desktop.core.sweeps.sweeps import Sweeps, SweepStorage
from runcomfy_desktop.domain.sweeps.cells import points_of
from runcomfy_desktop.store.history import JobHistory
from runcomfy_desktop.store.sweeps import SweepStore
from tests.support.async_wait import wait_until
from tests.support.emulators import INSTANT
from tests.support.queue_harness import SERVICE, make_queue_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.sweeps.sweep_plan import SweepPlan
    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.jobs.job import Job, JobState
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.sweeps.spec import SweepSpec
    from runcomfy_desktop.domain.sweeps.sweep import Sweep
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
    from tests.support.queue_harness import QueueHarness


class ListedDeployments:
    """Reduced catalogue with what grids need: the account's list, and single records."""

    def __init__(self, client: Client, deployments: tuple[Deployment, ...]) -> None:
        self.state = _CatalogueState(deployments)
        """Replaced by `GridHarness.set_listed`."""
        self.changed: Topic[_CatalogueState] = Topic()
        self._client = client

    def newest(self, deployment_id: str) -> Deployment | None:
        listed = self.state.deployments
        return next((each for each in listed if each.deployment_id == deployment_id), None)

    @property
    def is_fresh(self) -> bool:
        return True

    async def wait_until_fresh(self) -> None:
        """Returns at once: the list is always fresh."""

    async def wait_until_list_fresh(self) -> None:
        """Returns at once: the list is always fresh."""

    async def read(self, deployment_id: str) -> Deployment:
        return await read_deployment(self._client, deployment_id)


class _CatalogueState:
    def __init__(self, deployments: tuple[Deployment, ...]) -> None:
        self.deployments = deployments


class GridHarness:
    """One run of the program with grids; `problems` has the reasons why grids were not prepared."""

    def __init__(self, queue_harness: QueueHarness) -> None:
        self.queue_harness = queue_harness
        self.notices = Notices()
        self.notices.listen(queue_harness.shown_notices.append)
        self.dynamic_prompts: DynamicPrompts
        self.draft_editor: DraftEditor
        self.sweeps: Sweeps
        # Creates another `Sweeps` on the same files and jobs.
        self.make_sweeps: Callable[[], Sweeps]
        self.media_store: MediaStore
        self._listed: ListedDeployments
        self.problems: list[Problem] = []
        self.begun_sweeps: list[Sweep] = []
        self.changed_cells: list[tuple[str, int]] = []
        self.presets: dict[str, Preset] = {}
        self.new_seed: Callable[[], int] = lambda: 4711

    async def read_preset(self, path: str) -> Preset:
        return self.presets[path]

    async def open_deployment(self, deployment_id: str) -> None:
        """Shows the workflow of another deployment."""
        self.draft_editor.open_deployment(await self._listed.read(deployment_id))

    def set_listed(self, *deployments: Deployment) -> None:
        """Replaces the account's list."""
        self._listed.state = _CatalogueState(deployments)
        self._listed.changed.publish(self._listed.state)

    @property
    def folder(self) -> Path:
        return self.queue_harness.folder / "sweeps"

    @asynccontextmanager
    async def program(self) -> AsyncIterator[GridHarness]:
        """Runs the program from start to a regular end."""
        async with self.queue_harness.client() as client, AsyncExitStack() as stack:
            self.dynamic_prompts = DynamicPrompts()
            self.draft_editor = DraftEditor(lambda: self.new_seed(), self.dynamic_prompts)
            self._listed = listed = ListedDeployments(client, await list_deployments(client))
            self.queue_harness.deployment_check = DeploymentCheck(
                listed,  # type: ignore[arg-type] # nothing else of it is used
                self.draft_editor,
            )
            queue = await stack.enter_async_context(self.queue_harness.program())
            self.draft_editor.open_deployment(self.queue_harness.deployment)
            self.media_store = MediaStore(
                self.queue_harness.media, lambda _path: (8, 8), self.notices
            )
            store, history = SweepStore(self.folder), JobHistory(self.queue_harness.database)
            self.make_sweeps = lambda: Sweeps(
                SweepStorage(store, history, SERVICE, self.read_preset, self.queue_harness.clock),
                self.draft_editor,
                listed,  # type: ignore[arg-type] # nothing else of it is used
                self.media_store,
                queue,
                self.notices,
            )
            self.sweeps = self.make_sweeps()
            self.sweeps.started.subscribe(self.begun_sweeps.append)
            self.sweeps.cell_changed.subscribe(self.changed_cells.append)
            self.sweeps.open()
            await wait_until(lambda: not self.sweeps.state.loading)
            try:
                yield self
            finally:
                await self.sweeps.close()
                await self.media_store.close()

    def key(self, name: str) -> InputKey:
        """Returns the first input with this name in the workflow in view."""
        draft = self.draft_editor.state.draft
        assert draft is not None
        return next(key for key in draft.workflow.input_keys() if key.name == name)

    async def plan(self, spec: SweepSpec) -> SweepPlan:
        plans: list[SweepPlan] = []
        self.sweeps.planner.plan(spec, plans.append)
        await wait_until(lambda: bool(plans))
        return plans[0]

    async def prepare(self, spec: SweepSpec) -> PreparedSweep | None:
        found: list[PreparedSweep | None] = []

        def failed(problem: Problem) -> None:
            self.problems.append(problem)
            found.append(None)

        self.sweeps.planner.prepare(spec, found.append, failed)
        await wait_until(lambda: bool(found))
        return found[0]

    async def begin(self, spec: SweepSpec) -> Sweep:
        """Prepares and starts a grid; returns once all its jobs are in the queue."""
        prepared = await self.prepare(spec)
        assert prepared is not None, [each.title for each in self.problems]
        count = len(self.begun_sweeps)
        self.sweeps.start(prepared)
        await wait_until(lambda: len(self.begun_sweeps) > count)
        return self.begun_sweeps[-1]

    def job(self, sweep: Sweep, cell: int) -> Job:
        job = self.sweeps.job_at(sweep.sweep_id, cell)
        assert job is not None
        return job

    async def wait_until_cell_state(self, sweep: Sweep, cell: int, *states: JobState) -> Job:
        await wait_until(lambda: self.job(sweep, cell).state in states)
        return self.job(sweep, cell)

    async def wait_until_all_cells(self, sweep: Sweep, *states: JobState) -> None:
        for cell in range(sweep.cell_count):
            await self.wait_until_cell_state(sweep, cell, *states)

    def states(self, sweep: Sweep) -> list[str]:
        found = (self.sweeps.job_at(sweep.sweep_id, cell) for cell in range(sweep.cell_count))
        return ["none" if job is None else job.state.value for job in found]

    def axis_labels(self, sweep: Sweep, cell: int) -> list[str]:
        return [point.label for point in points_of(sweep, cell)]


def make_grid_harness(
    folder: Path, *, timing: CloudPace = INSTANT, billed: bool = False
) -> GridHarness:
    """Returns a harness for which no program has been started."""
    queue_harness = make_queue_harness(folder, timing=timing)
    queue_harness.is_billed = billed
    return GridHarness(queue_harness)


@asynccontextmanager
async def open_grid_harness(
    folder: Path, *, timing: CloudPace = INSTANT, billed: bool = False
) -> AsyncIterator[GridHarness]:
    """Opens a harness with a single run of the program; `billed` runs have prices."""
    harness = make_grid_harness(folder, timing=timing, billed=billed)
    async with harness.program():
        yield harness


def use_small_pictures(harness: GridHarness) -> None:
    """Makes pictures small, so that they are painted quickly."""
    values = {harness.key("width"): 64, harness.key("height"): 64}
    harness.draft_editor.edit(values, "small")
