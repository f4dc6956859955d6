"""The program's queue as a process without a window, to be killed a hundred times.

`python -m tests.support.windowless DATA_DIR BASE_URL TOKEN [--pace NAME]` opens the real history,
client, downloads and queue on a folder, and executes the commands on its standard input:

    ["submit", key, ...]    runs the sample workflow, once for each key, as one batch; the key is
                            its seed, by which a request is found in the service's log
    ["submit_with", key, {"width": 2048, ...}]   runs it with other inputs
    ["grid", key, ...]      runs a grid with a cell for each key
    ["grids"]               prints the states of the cells of all grids
    ["retry", job_id]       tries the cell of this job again
    ["cancel", job_id]      any other command of the queue, by its name, with its arguments
    ["send_queue.pause_all"]      any command of the send queue
    ["end"]                 closes everything in order

It prints a line of JSON when it is ready, one when it received a command, and one for each notice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
from contextlib import AsyncExitStack
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.deployments import read_deployment
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.jobs.job_queue import JobQueue
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.core.media.media_store import MediaStore
from runcomfy_desktop.core.results.output_downloader import OutputDownloader
from runcomfy_desktop.core.sweeps.sweeps import Sweeps, SweepStorage
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.sweeps.spec import ListSpec, SweepSpec
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.store.history import JobHistory
from runcomfy_desktop.store.sweeps import SweepStore
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.notices import Notice
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.sweeps.sweep import Sweep

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
# Jobs with an unknown outcome count against the limit, and here there are many.
UNLIMITED_SETTINGS = Settings(in_flight=2_000)
PACES = {
    "shipped": QueuePolicy(),
    "quick": QueuePolicy(
        request_interval_s=0.005,
        fast_poll_s=0.05,
        slow_poll_s=0.2,
        unknown_backoff=Backoff(0.4, 0.5),
        failure_backoff=Backoff(0.05, 0.5),
        busy_backoff=Backoff(0.05, 0.5),
        max_pause_s=0.5,
        min_shown_pause_s=0.1,
        cancel_retry_backoff=Backoff(0.2, 1.0),
        rewrite_interval_s=0.2,
        shutdown_timeout_s=2.0,
    ),
}


class WindowlessProgram:
    """One run of the queue, with grids and without a window."""

    def __init__(self, folder: Path, base_url: str, token: str, pace: QueuePolicy) -> None:
        self.notices = Notices()
        self.folder = folder
        self.base_url = base_url
        self._token = token
        self._pace = pace
        self._contexts = AsyncExitStack()
        self.queue: JobQueue
        self._client: Client
        self._deployment: Deployment | None = None

    async def open(self) -> None:
        database = await Database.open(self.folder / "history.sqlite")
        self._contexts.push_async_callback(database.close)
        self._client = await self._contexts.enter_async_context(
            Client(
                self.base_url,
                lambda: self._token,
                queue_version=lambda: "v1",
                user_agent="windowless",
                retry=Retry(tries=1),
            )
        )
        downloads = OutputDownloader(
            self._client,
            lambda: self.folder / "outputs",
            retry_backoff=Backoff(0.05, 0.2),
            max_retries=3,
        )
        self.queue = JobQueue(
            self._client,
            JobHistory(database),
            downloads,
            self.folder / "media",
            self.notices,
            service=self.base_url,
            queue_version=lambda: "v1",
            preferences=Preferences(UNLIMITED_SETTINGS, lambda _settings: None),
            policy=self._pace,
        )
        await self._contexts.enter_async_context(self.queue)
        self._open_grids(JobHistory(database))

    def _open_grids(self, history: JobHistory) -> None:
        self._draft_editor = DraftEditor()
        media_store = MediaStore(self.folder / "media", lambda _path: (1, 1), self.notices)
        self._contexts.push_async_callback(media_store.close)
        records = SweepStorage(
            SweepStore(self.folder / "sweeps"), history, self.base_url, _no_preset
        )
        catalogue = DeploymentCatalogue(
            self._client,
            self._draft_editor,
            DraftStore(self.folder / "drafts", self.notices.post_failure),
            Preferences(UNLIMITED_SETTINGS, lambda _settings: None),
            self.notices,
        )
        self._contexts.push_async_callback(catalogue.close)
        self.sweeps = Sweeps(
            records, self._draft_editor, catalogue, media_store, self.queue, self.notices
        )
        self._contexts.push_async_callback(self.sweeps.close)
        self.sweeps.open()

    async def close(self) -> None:
        await self._contexts.aclose()

    async def execute(self, name: str, arguments: list[Any]) -> None:
        if name == "submit":
            deployment = await self._read()
            drafts = [_draft(deployment, key) for key in arguments]
            self.queue.submit_many([RunRequest(each, deployment) for each in drafts], "a batch")
        elif name == "submit_with":
            deployment = await self._read()
            key, values = arguments
            self.queue.submit_many((RunRequest(_draft(deployment, key, **values), deployment),))
        elif name == "grid":
            await self._begin_grid(arguments)
        elif name == "grids":
            await wait_until(lambda: not self.sweeps.state.loading)
            _print_json(grids=[self._cell_states(sweep) for sweep in self.sweeps.state.sweeps])
        elif name == "retry":
            job = self.queue.jobs.get(arguments[0])
            if job is not None:
                self.sweeps.retry(job.batch_id, job.cell)
        else:
            attrgetter(name)(self.queue)(*arguments)

    async def _begin_grid(self, keys: list[int]) -> None:
        """Starts a grid with one cell for each key, as `submit` starts one job for each."""
        deployment = await self._read()
        self._draft_editor.open_deployment(deployment)
        self._draft_editor.edit(_draft(deployment, 0).changes, "small")
        draft = self._draft_editor.state.draft
        assert draft is not None
        seed = next(each for each in draft.workflow.input_keys() if each.name == "noise_seed")
        spec = SweepSpec((ListSpec(seed, ", ".join(map(str, keys))),))
        self.sweeps.planner.prepare(spec, self.sweeps.start, self.notices.post_failure)

    def _cell_states(self, sweep: Sweep) -> list[str]:
        """Returns the state of each cell."""
        found = (self.sweeps.job_at(sweep.sweep_id, cell) for cell in range(sweep.cell_count))
        return ["none" if job is None else job.state.value for job in found]

    async def _read(self) -> Deployment:
        if self._deployment is None:
            self._deployment = await read_deployment(self._client, FLUX)
        return self._deployment


def _draft(deployment: Deployment, key: int, **more: Value) -> Draft:
    assert deployment.payload is not None
    workflow = workflow_from_json(deployment.payload.workflow)
    draft = Draft(workflow, DraftSource(deployment.name), deployment.deployment_id)
    values: dict[str, Value] = {"width": 64, "height": 64, **more, "noise_seed": key}
    return draft.with_values(
        {each: values[each.name] for each in workflow.input_keys() if each.name in values}
    )


async def _no_preset(path: str) -> Preset:
    raise FileNotFoundError(path)


def _print_json(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def _print_notice(notice: Notice) -> None:
    _print_json(told=notice.title, detail=notice.detail)


async def _main(program: WindowlessProgram) -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, '["end"]')

    threading.Thread(target=read, daemon=True).start()
    program.notices.listen(_print_notice)
    await program.open()
    _print_json(ready=True)
    while True:
        name, *command = json.loads(await lines.get())
        if name == "end":
            break
        await program.execute(name, command)
        _print_json(heard=name)
    await program.close()
    _print_json(closed=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.support.windowless")
    parser.add_argument("folder", type=Path)
    parser.add_argument("base_url")
    parser.add_argument("token")
    parser.add_argument("--pace", choices=PACES, default="quick")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(
        _main(WindowlessProgram(given.folder, given.base_url, given.token, PACES[given.pace]))
    )
