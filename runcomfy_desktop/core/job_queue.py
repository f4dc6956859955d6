"""JobQueue: what a person can wish of jobs, and what becomes of them over a program's life.

Every intent returns at once; what came of it is told by the topics. Changes go through the
ledger, which writes before it tells.
"""

from __future__ import annotations

import time
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from runcomfy_desktop.core import inline, intents, wakefulness
from runcomfy_desktop.core.answers import FOLLOWED
from runcomfy_desktop.core.cancelling import Canceller
from runcomfy_desktop.core.fetching import Fetcher
from runcomfy_desktop.core.following import Follower
from runcomfy_desktop.core.ledger import Ledger
from runcomfy_desktop.core.new_job import Birth, job_again, job_from_draft
from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.pauses import Pauses
from runcomfy_desktop.core.polling import Pace
from runcomfy_desktop.core.purse import unbilled
from runcomfy_desktop.core.questions import Questions
from runcomfy_desktop.core.runner import Runner
from runcomfy_desktop.core.sending import Sender, not_written
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.core.versions import at_other_version, found_elsewhere, may_be_elsewhere
from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.downloads import Downloads
    from runcomfy_desktop.core.ledger import Step
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.core.rest import Rest
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.workflow import Workflow
    from runcomfy_desktop.store.history import History

RECENT_JOBS = 500


class JobQueue:
    """Owns the jobs of one service and their tasks.

    `jobs` has the newest last. Publishes `changed` with a job, `removed` with a job_id, `loaded`
    when `jobs` was filled from the history, `key_refused` when the service begins to refuse the
    key, and `deployment_unknown` when it does not know the deployment of a run (see Sender).
    """

    def __init__(  # noqa: PLR0913 - the composition root names each of them
        self,
        client: Client,
        history: History,
        downloads: Downloads,
        media_folder: Path,
        notices: Notices,
        *,
        service: str,
        queue_version: Callable[[], str],
        now: Callable[[], float] = time.time,
        pace: Pace | None = None,
        purse: Purse | None = None,
    ) -> None:
        """Without a `purse` nothing has a price."""
        self._history = history
        self._notices = notices
        self._service = service
        self._queue_version = queue_version
        self._now = now
        self._media_folder = media_folder
        self._pace = pace or Pace()
        self.purse = purse or unbilled(history, notices)
        self._ledger = Ledger(history, notices, self._pace.rewrite_s, self.purse.settle)
        self._tasks = Tasks(notices.failure)
        self.key_refused: Topic[None] = Topic()
        self.jobs: Mapping[str, Job] = MappingProxyType(self._ledger.jobs)
        self.changed: Topic[Job] = self._ledger.changed
        self.removed: Topic[str] = self._ledger.removed
        self.loaded: Topic[None] = Topic()
        self.purse.follow(self.jobs, self.loaded, self.changed, self.removed)
        self._build(client, downloads)

    def _build(self, client: Client, downloads: Downloads) -> None:
        """Those who do the work on single jobs."""
        ledger, notices, pace, now = self._ledger, self._notices, self._pace, self._now
        refused = self.key_refused
        self._sender = Sender(client, ledger, notices, self._media_folder, now, refused)
        self.deployment_unknown = self._sender.deployment_unknown
        self._questions = Questions(client, pace)
        self._pauses = Pauses(self._questions, ledger, notices, pace, now, refused)
        self._canceller = Canceller(self._questions, ledger, notices, pace)
        self._follower = Follower(self._questions, ledger, notices, self._canceller, pace, now)
        self._fetcher = Fetcher(self._questions, ledger, notices, downloads, now, pace)
        self._runner = Runner(ledger, self._sender, self._follower, self._fetcher)

    @property
    def active_count(self) -> int:
        """How many jobs the program still works on by itself."""
        return sum(job.state.is_active for job in self.jobs.values())

    # Intents

    def submit(self, draft: Draft, deployment: Deployment) -> None:
        """Runs a draft; nothing is sent before the job is safely in the history."""
        job = job_from_draft(draft, deployment, self._birth())
        self._begin(job, draft.workflow if draft.runs_file else None)

    def run_again(self, job_id: str) -> None:
        """Runs a job's inputs once more as a new job; the old one stays as it is."""
        job = self.jobs.get(job_id)
        if job is not None:
            self._begin(job_again(job, self._birth()))

    def cancel(self, job_id: str) -> None:
        """Takes back what was not sent yet; asks the service to cancel what was."""
        self._tasks.start(f"cancel {job_id}", self._cancel(job_id))

    def discard(self, job_id: str) -> None:
        """Closes a job whose answer is unknown."""
        self._change(job_id, intents.discard(self._now()))

    def adopt(self, job_id: str, request_id: str) -> None:
        """Follows a job whose answer is unknown by a request id that was found elsewhere."""
        self._tasks.start(f"adopt {job_id}", self._adopt(job_id, request_id.strip()))

    def ask_again(self, job_id: str) -> None:
        """Asks the service about a job at once."""
        self._follower.ask_again(job_id)

    def fetch_again(self, job_id: str) -> None:
        """Downloads the files that a DONE job lacks."""
        self._tasks.start(f"fetch {job_id}", self._fetcher.fetch_again(job_id))

    def remove(self, job_id: str) -> None:
        """Takes a finished job out of the history; its files stay."""
        job = self.jobs.get(job_id)
        if job is not None and job.state.is_finished:
            self._tasks.start(f"remove {job_id}", self._ledger.remove(job_id))

    def wake(self) -> None:
        """The key, the network or the settings changed: asks about all jobs at once."""
        self._follower.wake()

    def set_seen(self, seen: bool) -> None:
        """Whether anybody sees the window; jobs are asked about more rarely while nobody does."""
        self._follower.set_seen(seen)

    @property
    def rest(self) -> Rest:
        """Whether RunComfy is to be left alone for a while."""
        return self._questions.rest

    # Life

    async def __aenter__(self) -> Self:
        """Loads the jobs and takes up those which have not ended. Raises Problem."""
        recent = await self._history.load_recent(RECENT_JOBS, self._service)
        unfinished = await self._history.load_unfinished(self._service)
        jobs = {job.job_id: job for job in (*unfinished, *recent)}
        self._ledger.fill(sorted(jobs.values(), key=lambda job: job.created_s))
        await self._settle_interrupted()
        self._tell_broken_history()
        self._tell_unreadable()
        watch = wakefulness.watch(self._pace, self._follower.woke_up)
        self._tasks.start("watch the clocks", watch)
        self.loaded.publish(None)
        self._fetcher.begin()
        for job in list(self.jobs.values()):
            if job.state in FOLLOWED:
                self._tasks.start(f"resume {job.job_id}", self._runner.resume(job.job_id))
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Ends the program's work on the jobs, not the jobs: they are taken up at the next start.

        Bodies going out get some time; one that is cut off may have been accepted all the same.
        """
        await self._sender.finish(self._pace.closing_s)
        await self._tasks.close()
        await self._pauses.close()
        self._questions.close()
        await self._fetcher.close()
        cut_off = intents.uncertain(_("The program was closed while this job was being sent."))
        for job in list(self.jobs.values()):
            if job.state is JobState.SENDING:
                await self._ledger.keep(job.job_id, cut_off)
        await self._ledger.close()

    async def _settle_interrupted(self) -> None:
        """Jobs which an earlier program left between Run and acceptance.

        Neither is sent by itself: that the person wanted it then does not mean now.
        """
        unsent, cut_off = 0, 0
        cut = intents.uncertain(_("The program ended while this job was being sent."))
        for job in list(self.jobs.values()):
            if job.state is JobState.WAITING:
                unsent += 1
                await self._ledger.keep(job.job_id, intents.never_sent(self._now()))
            elif job.state is JobState.SENDING:
                cut_off += 1
                await self._ledger.keep(job.job_id, cut)
        self._tell_interrupted(unsent, cut_off)

    # Inside

    def _birth(self) -> Birth:
        return Birth(self._service, self._queue_version(), self._now())

    def _begin(self, job: Job, workflow: Workflow | None = None) -> None:
        self._tasks.start(f"run {job.job_id}", self._enter_and_run(job, workflow))

    async def _enter_and_run(self, job: Job, workflow: Workflow | None) -> None:
        try:
            if workflow is not None:
                name = await inline.keep(workflow, self._media_folder)
                job = replace(job, workflow_file=name)
            await self._ledger.add(job)
        except Problem as problem:
            self._notices.failure(not_written(problem))
            return
        await self._runner.run(job.job_id)

    def _change(self, job_id: str, step: Step) -> None:
        self._tasks.start(f"change {job_id}", self._ledger.commit(job_id, step))

    async def _cancel(self, job_id: str) -> None:
        job = await self._ledger.keep(job_id, intents.cancel(self._now()))
        if job is not None:
            await self._canceller.wish(job_id)

    async def _adopt(self, job_id: str, request_id: str) -> None:
        job = self.jobs.get(job_id)
        if job is None or job.state is not JobState.UNCERTAIN:
            return
        step = intents.adopt(request_id, self.jobs.values(), self._now())
        known = step(job)
        assert known is not None
        try:
            # A wrong id must not end the job as "no longer known": so it is tried before.
            await self._questions.status(known, tells_of_key=False)
        except Problem as problem:
            if not may_be_elsewhere(problem) or not await found_elsewhere(self._questions, known):
                raise _not_adopted(problem) from problem
            step = at_other_version(step)
        if await self._ledger.commit(job_id, step) is not None:
            await self._runner.resume(job_id)

    def _tell_interrupted(self, unsent: int, cut_off: int) -> None:
        if unsent:
            text = n_(
                "%d job was not sent before the program ended.",
                "%d jobs were not sent before the program ended.",
                unsent,
            )
            self._notices.info(text % unsent, _("They cost nothing; run them again if you like."))
        if cut_off:
            text = n_(
                "%d job was being sent when the program ended.",
                "%d jobs were being sent when the program ended.",
                cut_off,
            )
            meaning = _(
                "It may have been accepted, and then costs money; it is not sent again by itself. "
                "Choose Resolve… in the queue."
            )
            self._notices.tell(Notice(NoticeLevel.WARNING, text % cut_off, meaning))

    def _tell_broken_history(self) -> None:
        copy = self._history.broken_copy
        if copy is None:
            return
        self._notices.tell(
            Notice(
                NoticeLevel.ERROR,
                _("The history of jobs was damaged, and a new one was begun."),
                _(
                    "The damaged file is kept as %s. Jobs that were running go on at RunComfy "
                    "and cost money, but this program no longer knows them; files that were "
                    "downloaded are still in the output folder."
                )
                % copy,
            )
        )

    def _tell_unreadable(self) -> None:
        count = len(self._history.unreadable)
        if not count:
            return
        text = n_(
            "%d job in the history is damaged and is not shown.",
            "%d jobs in the history are damaged and are not shown.",
            count,
        )
        meaning = _(
            "What runs at RunComfy goes on there and costs money. Nothing was removed from the "
            "history; the log names what could not be read."
        )
        self._notices.tell(Notice(NoticeLevel.WARNING, text % count, meaning))


def _not_adopted(problem: Problem) -> Problem:
    if problem.kind is ProblemKind.NOT_FOUND:
        title = _("RunComfy knows no such request of this deployment.")
    else:
        title = _("It could not be checked whether RunComfy knows this request.")
    return Problem(
        title,
        _("Nothing was changed: what became of the job is still unknown."),
        "" if problem.kind is ProblemKind.NOT_FOUND else problem.advice,
        kind=problem.kind,
        technical=problem.technical,
    )
