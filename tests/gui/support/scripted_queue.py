"""Queue scripted by a test, with matching pictures, for the queue and output panels."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from PIL import Image, ImageDraw

from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.deployments.deployment_check import DeploymentCheck
from runcomfy_desktop.core.jobs.job_estimates import JobEstimates
from runcomfy_desktop.core.jobs.job_store import JobStore
from runcomfy_desktop.core.jobs.send_queue import SendQueue, SendQueueState
from runcomfy_desktop.core.spending.timings import Timings
from runcomfy_desktop.domain.jobs.estimate import Estimate
from runcomfy_desktop.domain.jobs.job import Job, JobState, StateChange
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.domain.settings import Settings
from tests.support.job_factory import make_job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.store.history import JobHistory


class ScriptedSendQueue:
    """Send queue whose state is set by the test; requests are appended to `calls`.

    A real send queue, which is never opened, says why jobs wait.
    """

    def __init__(self, job_store: JobStore, calls: list[tuple[Any, ...]]) -> None:
        self.state = SendQueueState()
        self.changed: Topic[SendQueueState] = Topic()
        self._calls = calls
        self._preferences = Preferences(Settings(), lambda _settings: None)
        self._real = SendQueue(
            job_store,
            self._preferences,
            Notices(),
            Tasks(),
            time.time,
            dispatch=lambda _job_id: None,
            prepare=lambda _job_id: None,
            send_check=lambda _job: None,
            request_send=lambda _job_ids: None,
        )
        self.wait_reason = self._real.wait_reason

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: self._calls.append((name, *arguments))

    def set_state(self, **fields: Any) -> None:
        self.state = state = SendQueueState(**fields)
        self._preferences.set(is_paused=state.is_paused)
        self._real.set_online(state.is_online)
        self._real.set_has_key(state.has_key, is_refused=state.is_key_refused)
        self._real.on_submit_pause_changed(state.resumes_s)
        self.changed.publish(state)


class ScriptedQueue:
    """Queue with the topics and the index of the real one; records the requests it gets."""

    def __init__(self, *jobs: Job) -> None:
        # Nothing is written, so there is no history.
        self._job_store = JobStore(cast("JobHistory", None), Notices(), 1.0)
        self._job_store.fill(jobs)
        self.index, self.jobs = self._job_store.index, self._job_store.jobs
        self.timings = Timings()
        self.estimates = JobEstimates(self.index, self.timings)
        self.changed, self.removed = self._job_store.changed, self._job_store.removed
        self.state_changed = self._job_store.state_changed
        self.loaded: Topic[None] = Topic()
        self.calls: list[tuple[Any, ...]] = []
        self.send_queue = ScriptedSendQueue(self._job_store, self.calls)
        self.deployment_check = DeploymentCheck()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: self.calls.append((name, *arguments))

    def load(self, *jobs: Job) -> None:
        """Adds jobs as from the history, which was not loaded before."""
        self._job_store.fill(jobs)
        self.loaded.publish(None)

    def put(self, *jobs: Job) -> None:
        for job in jobs:
            before = self.index.put(job)
            self.changed.publish(job)
            if before is None or before.state is not job.state:
                self.state_changed.publish(StateChange(job, before.state if before else None))

    def remove_job(self, job_id: str) -> None:
        self.index.remove(job_id)
        self.removed.publish(job_id)

    def as_queue(self) -> JobQueue:
        return cast("JobQueue", self)


class ScriptedBudget:
    """Budget whose costs are set by the test."""

    def __init__(
        self,
        usd: float | None = None,
        *,
        hold_reasons: str = "",
        billed: bool = True,
        question_from: int = 0,
        batch_usd: float = 0.0,
    ) -> None:
        self.usd = usd
        self.is_billed = billed
        self.changed: Topic[None] = Topic()
        self._hold_reasons = hold_reasons
        self._question_from = question_from
        self._batch_usd = batch_usd

    def estimate_jobs(self, jobs: Sequence[Job]) -> Estimate:
        usd = None if self.usd is None else self.usd * len(jobs)
        return Estimate(usd=usd, job_count=len(jobs))

    def needs_confirmation(self, count: int, _estimate: Estimate) -> bool:
        return 0 < self._question_from <= count

    def hold_reason(self, _job: Job) -> str:
        return self._hold_reasons

    def batch_usd(self, _batch_id: str) -> float:
        return self._batch_usd

    def budget(self) -> Budget:
        return cast("Budget", self)


def job(job_id: str, state: JobState = JobState.QUEUED, ago_s: float = 60.0, **fields: Any) -> Job:
    """Returns a job that began `ago_s` seconds ago; its default title is its id."""
    started_s = time.time() - ago_s
    defaults = {"title": job_id, "created_s": started_s, "queued_s": started_s, **fields}
    return make_job(state, job_id=job_id, **defaults)


def done_job(job_id: str, *outputs: Output, **fields: Any) -> Job:
    """Returns a job that waited 21 seconds, ran for 68, and has `outputs`."""
    started_s = time.time() - 600
    times = {"running_s": started_s + 21, "finished_s": started_s + 89, "queued_s": started_s}
    return job(job_id, JobState.DONE, 600.0, outputs=outputs, **{**times, **fields})


def picture(
    folder: Path, name: str, size: tuple[int, int] = (96, 64), colour: str = "#3366cc"
) -> str:
    """Writes a PNG, JPEG or BMP with a disc in its centre; returns its path."""
    image = Image.new("RGB", size, colour)
    width, height = size
    disc = (width // 4, height // 4, width * 3 // 4, height * 3 // 4)
    ImageDraw.Draw(image).ellipse(disc, "#ffffff")
    path = folder / name
    image.save(path)
    return str(path)


def animation(folder: Path, name: str, colours: tuple[str, ...] = ("#f00", "#0f0", "#00f")) -> str:
    """Writes a GIF or WebP with one frame per colour; returns its path."""
    frames = [Image.new("RGB", (48, 32), colour) for colour in colours]
    path = folder / name
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=40, loop=0)
    return str(path)


def output(path: str, kind: OutputKind = OutputKind.IMAGE, **fields: Any) -> Output:
    name = path.replace("\\", "/").rpartition("/")[2]
    defaults = {"filename": name, "url": f"https://example.runcomfy.net/{name}", "path": path}
    return Output("9", "images", kind, **{**defaults, **fields})
