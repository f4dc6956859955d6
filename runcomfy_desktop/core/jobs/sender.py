"""Sends jobs: each is marked as being sent before its first byte, and as accepted right after.

A body that may have arrived is never sent again. The row on disk never claims less than what may
have reached the service.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.api import inference
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.core.base.notices import Notice, NoticeLevel, unexpected_problem
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.jobs import job_transitions
from runcomfy_desktop.core.jobs.rate_limiter import Priority
from runcomfy_desktop.core.media import inline_workflows
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.jobs.service_gateway import ServiceGateway
    from runcomfy_desktop.domain.workflow.workflow import InputKey

ShrinkPicture: TypeAlias = "Callable[[MediaFile, MediaFile | None], Awaitable[MediaFile]]"
"""Returns the picture to send in place of a large one. The second argument is the picture sent in
its place before, or None."""

# No connection was made, in time or at all, so nothing was sent.
_UNREACHABLE_KINDS = (ProblemKind.OFFLINE, ProblemKind.TIMEOUT)


@dataclass(frozen=True, slots=True)
class UnknownDeployment:
    """Submit refused because the service does not know the deployment."""

    deployment_id: str
    problem: Problem


class Sender:
    """Moves jobs from WAITING to QUEUED, or to the state in which the attempt ended.

    Publishes `reachability_changed` with True when a job has been accepted and with False when no
    connection was made, `key_refused` when a submit was refused for its key, and
    `deployment_unknown` in place of a notice: its subscriber determines the reason and reports it.
    """

    def __init__(  # noqa: PLR0913 - collaborators, created in one place
        self,
        client: Client,
        gateway: ServiceGateway,
        job_store: JobStore,
        notices: Notices,
        media_folder: Path,
        now: Callable[[], float],
        *,
        check_before_send: Callable[[str], Awaitable[bool]],
        partner_key: Callable[[], Awaitable[str]] | None = None,
        shrink_picture: ShrinkPicture | None = None,
    ) -> None:
        """`check_before_send` is the last check before a job is sent, by its id; if it returns
        False, it has held the job. `partner_key` returns the key for partner nodes when a job is
        sent, "" for none. Without `shrink_picture` pictures are sent unchanged."""
        self._client = client
        self._gateway = gateway
        self._job_store = job_store
        self._notices = notices
        self._media_folder = media_folder
        self._now = now
        self._check_before_send = check_before_send
        self._partner_key = partner_key
        self._shrink_picture = shrink_picture or _unchanged_picture
        self.reachability_changed: Topic[bool] = Topic()
        self.key_refused: Topic[None] = Topic()
        self.deployment_unknown: Topic[UnknownDeployment] = Topic()
        self.sending_blocked: Topic[str] = Topic()
        """Published with a deployment id, or "" for all, when the reason that stopped one job stops
        their other jobs, too."""
        self._is_closing = False
        self._sends_in_progress = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def send(self, job_id: str, may_send: Callable[[Job], bool]) -> None:
        """Waits for a turn, and sends the job if it still waits and `may_send` returns True.

        An acceptance is written before the turn ends, and a failure after the gateway has judged
        it: it may request a pause.
        """
        with ExitStack() as progress:
            try:
                async with self._gateway.request(
                    job_id, Priority.SUBMIT, reports_key_refusal=False
                ) as turn:
                    progress.enter_context(self._send_in_progress())
                    started = await self._start_send(job_id, may_send)
                    turn.is_used = started is not None
                    if started is not None:
                        await self._submit(*started)
            except Problem as problem:
                await self._on_not_accepted(job_id, problem)

    async def prepare(self, job_id: str) -> None:
        """Shrinks the pictures of a job that are to be sent smaller, before the job is sent."""
        job = self._job_store.jobs.get(job_id)
        if job is not None:
            await self._shrunk_pictures(job)

    async def finish(self, timeout_s: float) -> None:
        """Starts no more bodies, and waits at most `timeout_s` for those being sent."""
        self._is_closing = True
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            return

    @contextmanager
    def _send_in_progress(self) -> Iterator[None]:
        self._sends_in_progress += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._sends_in_progress -= 1
            if not self._sends_in_progress:
                self._idle.set()

    async def _submit(self, job: Job, body: SubmitBody) -> None:
        """Submits the job once and writes its request id. Raises Problem if it is not accepted."""
        job_id = job.job_id
        try:
            accepted = await inference.submit(
                self._client,
                job.deployment_id,
                body,
                self._progress_callback(job_id),
                on_id_found=lambda found: self._job_store.apply(
                    job_id, job_transitions.record_request_id(found)
                ),
            )
        except Problem:
            raise
        except Exception:
            # A bug in this program: it is unknown what was sent, so "Sending" must not stay.
            why = _("This program made a mistake while the job was being sent.")
            await self._job_store.apply(job_id, job_transitions.mark_uncertain(why))
            raise
        self.reachability_changed.publish(True)
        await self._on_accepted(job_id, accepted)

    async def _start_send(
        self, job_id: str, may_send: Callable[[Job], bool]
    ) -> tuple[Job, SubmitBody] | None:
        """Marks the job as being sent, and returns it with its body; None if it is not sent."""
        job = self._job_store.jobs.get(job_id)
        if job is None or job.state is not JobState.WAITING or self._is_closing:
            return None
        try:
            if not may_send(job):
                return None
            job = replace(job, smaller=await self._shrunk_pictures(job))
            body = await self._build_body(job)
            await body.check()
            if not await self._check_before_send(job_id):
                return None
            if await self._mark_sending(job, body.size_bytes, may_send):
                return job, body
        except Problem as problem:
            await self._fail_job(job_id, problem)
        except Exception as error:
            # A bug in this program: the job must neither be tried for ever nor wait in vain.
            await self._job_store.apply(
                job_id, job_transitions.fail(unexpected_problem(error), self._now())
            )
            raise
        return None

    async def _shrunk_pictures(self, job: Job) -> Mapping[InputKey, MediaFile | None]:
        """Returns the pictures to send in place of large ones.

        Each picture is shrunk once, so that a job that runs again sends the same file. It is shrunk
        again only if the file was lost.
        """
        shrunk: dict[InputKey, MediaFile | None] = dict(job.smaller)
        for key, previous in shrunk.items():
            large = job.changes.get(key)
            if isinstance(large, MediaFile):
                shrunk[key] = await self._shrink_picture(large, previous)
        return shrunk

    async def _build_body(self, job: Job) -> SubmitBody:
        """Builds the body. Raises Problem if a part of it no longer exists."""
        workflow = None
        if job.workflow_file:
            workflow = await inline_workflows.load(job.workflow_file, self._media_folder)
        folder = self._media_folder
        key = await self._partner_key_for(job)
        shrunk = {key: each for key, each in job.smaller.items() if each is not None}
        values = {**job.changes, **shrunk}
        return await asyncio.to_thread(
            SubmitBody, values, folder, workflow=workflow, partner_key=key
        )

    async def _partner_key_for(self, job: Job) -> str:
        """Returns the key for partner nodes, "" if the job has none; only the body contains it."""
        if not job.has_partner_nodes or self._partner_key is None:
            return ""
        return await self._partner_key()

    async def _mark_sending(
        self, prepared: Job, body_bytes: int, may_send: Callable[[Job], bool]
    ) -> bool:
        """Marks the job as being sent, with the pictures of `prepared`; returns True on success."""
        change = job_transitions.start_sending(
            body_bytes,
            prepared.smaller,
            lambda job: not self._is_closing and may_send(job),
            self._now,
        )
        try:
            return await self._job_store.commit(prepared.job_id, change) is not None
        except Problem as problem:
            self.sending_blocked.publish("")
            await self._fail_job(prepared.job_id, not_written_problem(problem))
            return False

    def _progress_callback(self, job_id: str) -> Callable[[int, int], None]:
        shown_percent = -1

        def on_sent(sent_bytes: int, body_bytes: int) -> None:
            nonlocal shown_percent
            percent = 100 * sent_bytes // max(body_bytes, 1)
            if percent != shown_percent:
                shown_percent = percent
                self._job_store.set_transient(job_id, sent_bytes=sent_bytes)

        return on_sent

    async def _on_accepted(self, job_id: str, accepted: inference.AcceptedRequest) -> None:
        change = job_transitions.accept(accepted, self._job_store.has_request_id, self._now())
        if await self._job_store.apply(job_id, change) is None:
            await self._on_not_accepted(job_id, _duplicate_id_problem(accepted.request_id))
            return
        if not self._job_store.is_written(job_id):
            self._notices.post(
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

    async def _on_not_accepted(self, job_id: str, problem: Problem) -> None:
        if problem.is_unsent and problem.kind in _UNREACHABLE_KINDS:
            await self._hold_offline(job_id, problem)
            return
        if problem.kind is ProblemKind.AUTH:
            self.key_refused.publish(None)
        if not problem.is_uncertain:
            await self._on_refused(job_id, problem)
            return
        job = await self._job_store.apply(
            job_id, job_transitions.mark_uncertain(problem.title, problem.technical)
        )
        title = _("A job was sent, but its answer was lost.")
        if job is not None:
            title = _("“%s” was sent, but its answer was lost.") % one_line(job.title)
        self._notices.post(
            Notice(
                NoticeLevel.WARNING,
                title,
                problem.sentence(),
                problem.technical,
                subject=f"lost answer {job_id}",
            )
        )

    async def _hold_offline(self, job_id: str, problem: Problem) -> None:
        """Holds an unsent job and reports the service as unreachable, so no other job tries."""
        self.reachability_changed.publish(False)
        job = await self._job_store.apply(job_id, job_transitions.hold_unsent(problem))
        if job is not None and job.cancel_asked:
            await self._job_store.apply(job_id, job_transitions.cancel(self._now()))

    async def _on_refused(self, job_id: str, problem: Problem) -> None:
        if problem.kind is ProblemKind.FUNDS:
            self.sending_blocked.publish("")
        elif problem.kind in (ProblemKind.DISABLED, ProblemKind.NOT_FOUND):
            job = self._job_store.jobs.get(job_id)
            if job is not None:
                self.sending_blocked.publish(job.deployment_id)
        is_reported = (
            problem.kind is ProblemKind.NOT_FOUND and self.deployment_unknown.has_subscribers
        )
        if not is_reported:
            await self._fail_job(job_id, problem)
            return
        job = await self._job_store.apply(job_id, job_transitions.fail(problem, self._now()))
        if job is not None:
            self.deployment_unknown.publish(UnknownDeployment(job.deployment_id, problem))

    async def _fail_job(self, job_id: str, problem: Problem) -> None:
        if (
            await self._job_store.apply(job_id, job_transitions.fail(problem, self._now()))
            is not None
        ):
            self._notices.post_failure(problem)


async def _unchanged_picture(file: MediaFile, previous: MediaFile | None) -> MediaFile:
    return previous or file


def _duplicate_id_problem(request_id: str) -> Problem:
    """Returns the problem for a response with a request id that another job already has."""
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
    problem.is_uncertain = True
    return problem


def not_written_problem(problem: Problem) -> Problem:
    """Returns the problem for a job that was not sent because the history could not store it."""
    return Problem(
        problem.title,
        _("Nothing was sent, and it costs nothing. Your inputs are kept."),
        problem.advice,
        kind=problem.kind,
        technical=problem.technical,
    )
