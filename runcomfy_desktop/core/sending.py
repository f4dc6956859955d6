"""Sends a job: written down as being sent before its first byte, and as accepted at once after.

A body goes out exactly once. Whatever else happens, the row on disk never claims less than what
may have reached the service.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.api import inference
from runcomfy_desktop.api.body import SubmitBody
from runcomfy_desktop.core import answers, inline, intents
from runcomfy_desktop.core.notices import Notice, NoticeLevel, unexpected
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.ledger import Ledger
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.workflow import InputKey

Smaller: TypeAlias = "Callable[[MediaFile, MediaFile | None], Awaitable[MediaFile]]"
"""Gives what goes out in place of a picture that is to be shrunk; it hears what did before."""

# What is never there: no connection came about, in time or at all.
_NO_WAY = (ProblemKind.OFFLINE, ProblemKind.TIMEOUT)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A submit was refused because the service does not know the deployment."""

    deployment_id: str
    problem: Problem


class Sender:
    """Takes jobs from WAITING to QUEUED, or to where the attempt ended.

    Publishes `reached` with whether the service could be reached at all, `refused_key` when a
    submit was refused for its key, and `deployment_unknown` in place of a notice: whoever hears it
    finds out why and says that.
    """

    def __init__(
        self,
        client: Client,
        ledger: Ledger,
        notices: Notices,
        media_folder: Path,
        now: Callable[[], float],
        partner_key: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """`partner_key` gives the key for partner nodes, "" for none, at the moment of sending."""
        self._client = client
        self._ledger = ledger
        self._notices = notices
        self._media_folder = media_folder
        self._now = now
        self._partner_key = partner_key
        # See JobQueue.shrink_by; without it pictures go out as they are.
        self.smaller: Smaller = _same
        self.look: Callable[[str], Awaitable[bool]] = _may_always_go
        """Is the last look at a job, by its id: False keeps it here, and has held it."""
        self.reached: Topic[bool] = Topic()
        self.refused_key: Topic[None] = Topic()
        self.deployment_unknown: Topic[Unknown] = Topic()
        self.stopped: Topic[str] = Topic()
        """With a deployment, or "" for all: what kept one job from being sent keeps them, too."""
        self._closing = False
        self._going_out = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def send(
        self, job_id: str, may_go: Callable[[Job], bool], failed: Callable[[Problem], object]
    ) -> bool:
        """Sends the job, if it still waits and `may_go`; False when nothing went out. `failed`
        hears at once what was said instead of an acceptance: it may ask for a pause.
        """
        job = self._ledger.jobs.get(job_id)
        if job is None or job.state is not JobState.WAITING or self._closing:
            return False
        self._going_out += 1
        self._quiet.clear()
        try:
            body = await self._begun(job, may_go)
            if body is not None:
                await self._send(job, body, failed)
            return body is not None
        finally:
            self._going_out -= 1
            if not self._going_out:
                self._quiet.set()

    async def prepare(self, job_id: str) -> None:
        """Makes the smaller pictures of a job, so that they are there when it is sent."""
        job = self._ledger.jobs.get(job_id)
        if job is not None:
            await self._smaller(job)

    async def finish(self, limit_s: float) -> None:
        """Lets no further body begin, and waits for those going out, at most `limit_s`."""
        self._closing = True
        try:
            async with asyncio.timeout(limit_s):
                await self._quiet.wait()
        except TimeoutError:
            return

    async def _send(self, job: Job, body: SubmitBody, failed: Callable[[Problem], object]) -> None:
        job_id = job.job_id
        try:
            accepted = await inference.submit(
                self._client,
                job.deployment_id,
                body,
                self._progress(job_id),
                on_found=lambda found: self._ledger.keep(job_id, intents.found_id(found)),
            )
        except Problem as problem:
            failed(problem)
            await self._no_acceptance(job_id, problem)
        except Exception:
            # A bug of ours: nobody knows what went out, so the row must not stay at "Sending".
            why = _("This program made a mistake while the job was being sent.")
            await self._ledger.keep(job_id, intents.uncertain(why))
            raise
        else:
            self.reached.publish(True)
            await self._accepted(job_id, accepted)

    async def _begun(self, job: Job, may_go: Callable[[Job], bool]) -> SubmitBody | None:
        """What is to be sent, after it is written down that it is; None when nothing is."""
        try:
            if not may_go(job):
                return None
            job = replace(job, smaller=await self._smaller(job))
            body = await self._ready(job)
            if body is None or not await self.look(job.job_id):
                return None
            if await self._begin(job, body.size_bytes, may_go):
                return body
        except Exception as error:
            # A bug of ours: the job must not be tried for ever, nor wait for nothing.
            await self._ledger.keep(job.job_id, intents.failed(unexpected(error), self._now()))
            raise
        return None

    async def _smaller(self, job: Job) -> Mapping[InputKey, MediaFile | None]:
        """The pictures that go out in place of large ones. Each is made once, so that a job that
        runs again sends the same; anew only if its file was lost."""
        smaller: dict[InputKey, MediaFile | None] = dict(job.smaller)
        for key, made in smaller.items():
            large = job.changes.get(key)
            if isinstance(large, MediaFile):
                smaller[key] = await self.smaller(large, made)
        return smaller

    async def _ready(self, job: Job) -> SubmitBody | None:
        """What is to be sent; None when there is none, which is written down then."""
        try:
            body = await self._body(job)
            await body.check()
        except Problem as problem:
            await self._fail(job.job_id, problem)
            return None
        return body

    async def _body(self, job: Job) -> SubmitBody:
        """Raises Problem when what was to be sent is not there any more."""
        workflow = None
        if job.workflow_file:
            workflow = await inline.load(job.workflow_file, self._media_folder)
        folder = self._media_folder
        key = await self._key_for(job)
        smaller = {key: each for key, each in job.smaller.items() if each is not None}
        values = {**job.changes, **smaller}
        return await asyncio.to_thread(
            SubmitBody, values, folder, workflow=workflow, partner_key=key
        )

    async def _key_for(self, job: Job) -> str:
        """The key for partner nodes, where the job has some; it is in the body and nowhere else."""
        if not job.has_partner_nodes or self._partner_key is None:
            return ""
        return await self._partner_key()

    async def _begin(self, ready: Job, body_bytes: int, may_go: Callable[[Job], bool]) -> bool:
        """Whether the job is written down as being sent, as it was made `ready`. The last look at
        what forbids it is when nobody else can change a job: of two that fit only alone, one goes.
        """

        def step(job: Job) -> Job | None:
            if job.state is not JobState.WAITING or self._closing or not may_go(job):
                return None
            facts = {"body_bytes": body_bytes, "smaller": ready.smaller}
            return job.moved(JobState.SENDING, sent_s=self._now(), **facts)

        try:
            return await self._ledger.commit(ready.job_id, step) is not None
        except Problem as problem:
            self.stopped.publish("")
            await self._fail(ready.job_id, not_written(problem))
            return False

    def _progress(self, job_id: str) -> Callable[[int, int], None]:
        shown = -1

        def on_sent(sent_bytes: int, body_bytes: int) -> None:
            nonlocal shown
            percent = 100 * sent_bytes // max(body_bytes, 1)
            if percent != shown:
                shown = percent
                self._ledger.show(job_id, sent_bytes=sent_bytes)

        return on_sent

    async def _accepted(self, job_id: str, accepted: inference.Accepted) -> None:
        step = answers.accepted(accepted, self._ledger.known.values(), self._now())
        if await self._ledger.keep(job_id, step) is None:
            await self._no_acceptance(job_id, _not_its_own(accepted.request_id))
            return
        if not self._ledger.is_written(job_id):
            self._notices.tell(
                Notice(
                    NoticeLevel.ERROR,
                    _("RunComfy accepted a run, but its id could not be written to this computer."),
                    _(
                        "The job runs and costs money. Note its request ID: %s. "
                        "The program keeps trying to write it; if it ends before, "
                        "this id is the only way to the result."
                    )
                    % accepted.request_id,
                )
            )

    async def _no_acceptance(self, job_id: str, problem: Problem) -> None:
        if problem.unsent and problem.kind in _NO_WAY:
            await self._hold(job_id, problem)
            return
        if problem.kind is ProblemKind.AUTH:
            self.refused_key.publish(None)
        if not problem.uncertain:
            await self._refused(job_id, problem)
            return
        job = await self._ledger.keep(job_id, intents.uncertain(problem.title, problem.technical))
        title = _("A job was sent, but its answer was lost.")
        if job is not None:
            title = _("“%s” was sent, but its answer was lost.") % one_line(job.title)
        self._notices.tell(
            Notice(
                NoticeLevel.WARNING,
                title,
                problem.sentence(),
                problem.technical,
                about=f"lost answer {job_id}",
            )
        )

    async def _hold(self, job_id: str, problem: Problem) -> None:
        """Back to those that wait here; nobody else needs to try before the network is back."""
        self.reached.publish(False)
        job = await self._ledger.keep(job_id, intents.unsent(problem))
        if job is not None and job.cancel_asked:
            await self._ledger.keep(job_id, intents.cancel(self._now()))

    async def _refused(self, job_id: str, problem: Problem) -> None:
        if problem.kind is ProblemKind.FUNDS:
            self.stopped.publish("")
        elif problem.kind in (ProblemKind.DISABLED, ProblemKind.NOT_FOUND):
            job = self._ledger.jobs.get(job_id)
            if job is not None:
                self.stopped.publish(job.deployment_id)
        is_told = problem.kind is ProblemKind.NOT_FOUND and self.deployment_unknown.is_heard
        if not is_told:
            await self._fail(job_id, problem)
            return
        job = await self._ledger.keep(job_id, intents.failed(problem, self._now()))
        if job is not None:
            self.deployment_unknown.publish(Unknown(job.deployment_id, problem))

    async def _fail(self, job_id: str, problem: Problem) -> None:
        if await self._ledger.keep(job_id, intents.failed(problem, self._now())) is not None:
            self._notices.failure(problem)


async def _same(file: MediaFile, made: MediaFile | None) -> MediaFile:
    return made or file


def _not_its_own(request_id: str) -> Problem:
    """The answer to a submit names a request that another job has already."""
    problem = Problem(
        _("The service gave this job the ID of another one."),
        _(
            "The job may have been accepted all the same; then it runs and costs money. "
            "It is not sent again by itself."
        ),
        _("Choose Resolve… at its row in the queue before you run it again."),
        kind=ProblemKind.UNREADABLE,
        technical=f"request_id {request_id}",
    )
    problem.uncertain = True
    return problem


def not_written(problem: Problem) -> Problem:
    """The history refused a job, so it was not sent."""
    return Problem(
        problem.title,
        _("Nothing was sent, and it costs nothing. Your inputs are kept."),
        problem.advice,
        kind=problem.kind,
        technical=problem.technical,
    )


async def _may_always_go(_job_id: str) -> bool:
    return True
