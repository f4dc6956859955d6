"""JobQueue: what a person can wish of jobs, and what becomes of them over a program's life.

Every intent returns at once; what came of it is told by the topics. Changes go through the
ledger, which writes before it tells.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from runcomfy_desktop.core import intents, telling, wakefulness
from runcomfy_desktop.core.answers import FOLLOWED
from runcomfy_desktop.core.cancelling import Canceller
from runcomfy_desktop.core.deployment_check import DeploymentCheck
from runcomfy_desktop.core.entering import Entry, Surroundings
from runcomfy_desktop.core.fetching import Fetcher
from runcomfy_desktop.core.following import Follower
from runcomfy_desktop.core.grid_jobs import refilled
from runcomfy_desktop.core.ledger import Ledger, breathe
from runcomfy_desktop.core.line import Line
from runcomfy_desktop.core.pauses import Pauses
from runcomfy_desktop.core.polling import Pace
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.purse import unbilled
from runcomfy_desktop.core.questions import Questions
from runcomfy_desktop.core.runner import Runner
from runcomfy_desktop.core.sending import Sender
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.core.versions import at_other_version, found_elsewhere, may_be_elsewhere
from runcomfy_desktop.core.workflow_watch import outdated_text
from runcomfy_desktop.domain.job import Hold, Job, JobState
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.downloads import Downloads
    from runcomfy_desktop.core.ledger import Step
    from runcomfy_desktop.core.new_job import Birth, Run
    from runcomfy_desktop.core.notices import Notice, Notices
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.core.run_plan import RunPlan
    from runcomfy_desktop.core.sending import Smaller
    from runcomfy_desktop.store.history import History

RECENT_JOBS = 500


class JobQueue:
    """Owns the jobs of one service and their tasks.

    `jobs` has the newest last, `entry` makes new ones, `line` says which of the unsent ones goes
    next, `pauses` whether the service asks for a long pause, `check` whether a job's deployment is
    another by now. Publishes `changed` with a job, `removed` with a job_id, `loaded` when `jobs`
    was filled from the history, `key_refused` when the service begins to refuse the key,
    `key_accepted` when an answer shows that it is good, `unreachable` when there was no way to it
    for a job, and `deployment_unknown` when it does not know the deployment of a run (see Sender).
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
        preferences: Preferences | None = None,
        now: Callable[[], float] = time.time,
        pace: Pace | None = None,
        purse: Purse | None = None,
        check: DeploymentCheck | None = None,
        partner_key: Callable[[], Awaitable[str]] | None = None,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without a `purse` nothing has a price; `partner_key` gives the key for partner nodes.
        `steady_s` is a clock that nobody sets: when it leaps ahead, the computer slept."""
        self._history = history
        self._notices = notices
        self._service = service
        self._now, self._steady_s = now, steady_s
        self._media_folder = media_folder
        self._pace = pace or Pace()
        self.purse = purse = purse or unbilled(history, notices)
        self.check = check or DeploymentCheck()
        self._ledger = Ledger(history, notices, self._pace.rewrite_s, self.purse.settle)
        self.jobs: Mapping[str, Job] = MappingProxyType(self._ledger.jobs)
        self.changed: Topic[Job] = self._ledger.changed
        self.removed: Topic[str] = self._ledger.removed
        self._tasks = Tasks(notices.failure)
        # What writes rows because the person said so: it is never cut off.
        self._deeds = Tasks(notices.failure)
        kept = preferences or Preferences(Settings(), lambda _settings: None)
        self.line = Line(self._ledger, kept, notices, self._deeds, self._run, now, purse.objection)
        around = Surroundings(service, queue_version, now, self.line.new_order)
        self.entry = Entry(self._ledger, notices, media_folder, around)
        self._build(client, downloads, partner_key)

    def _build(
        self,
        client: Client,
        downloads: Downloads,
        partner_key: Callable[[], Awaitable[str]] | None,
    ) -> None:
        """Those who do the work on single jobs, and what comes of it."""
        self.loaded: Topic[None] = Topic()
        self.key_refused: Topic[None] = Topic()
        self.unreachable: Topic[None] = Topic()
        ledger, notices, pace, now = self._ledger, self._notices, self._pace, self._now
        self.purse.follow(self.jobs, self.loaded, self.changed, self.removed)
        self.line.wish = self.purse.release_wanted.publish
        self.line.prepare = self._prepare
        self._links = Subscriptions()
        # Sends were refused for the key since the last that was accepted; and the account found it
        # good all the same.
        self._refused_sends = self._refused_anyway = False
        # The last notice of a removal while it can be seen, and the jobs that its Undo puts back.
        self._removal: tuple[Notice, dict[str, Job]] | None = None
        self._links.add(notices.left, self._on_notice_left)
        self._adoptions = Tasks(notices.failure)
        self._plans = asyncio.Lock()
        # Jobs that run again in their cells, and are not written down yet.
        self._refilling: set[str] = set()
        self._sender = Sender(client, ledger, notices, self._media_folder, now, partner_key)
        self.deployment_unknown = self._sender.deployment_unknown
        self._questions = Questions(client, pace)
        self.key_accepted = self._questions.key_accepted
        self._sender.look = self._look_before_send
        self._sender.reached.subscribe(self._on_reached)
        self._sender.refused_key.subscribe(self._on_refused_key)
        self._sender.stopped.subscribe(self.line.stop)
        self.pauses = Pauses(self._questions, ledger, notices, pace, now, self.key_refused)
        self._canceller = Canceller(self._questions, ledger, notices, pace, self._tasks)
        self._follower = Follower(self._questions, ledger, notices, self._canceller, pace, now)
        self._fetcher = Fetcher(self._questions, ledger, notices, downloads, now, pace)
        self._runner = Runner(
            ledger, self._questions, self._sender, self._follower, self._fetcher, self.line
        )

    def shrink_by(self, smaller: Smaller) -> None:
        """`smaller` tells what goes out in place of a picture that is to be shrunk."""
        self._sender.smaller = smaller

    @property
    def active_count(self) -> int:
        """How many jobs the program still works on by itself."""
        return sum(job.state.is_active for job in self.jobs.values())

    # Intents

    def submit_plan(self, plan: RunPlan, *, shrinks: bool = False) -> None:
        """Makes the runs of a plan that was agreed to, and runs them as `submit_many` does."""
        births = self.entry.births(plan.count, plan.name)
        work = self._enter_plan(plan, births, shrinks=shrinks)
        self._deeds.start(f"enter {plan.count}", work)

    def submit_many(
        self, runs: Sequence[Run], name: str = "", batch_id: str = "", *, shrinks: bool = False
    ) -> asyncio.Task[bool]:
        """Runs drafts in their order, as one batch: nothing is sent before all of them are written
        down, or none. The task tells which, for whom has to know; a batch may bring the id of its
        grid. `shrinks`: large pictures go out smaller."""
        births = self.entry.births(len(runs), name, batch_id)
        work = self.entry.enter(runs, births, shrinks=shrinks)
        return self._deeds.start(f"enter {len(runs)}", work)

    def run_again(self, job_id: str) -> None:
        """Runs a job's inputs once more as a new job; the old one stays as it is."""
        self.run_again_many((job_id,))

    def run_again_many(self, job_ids: Sequence[str], name: str = "") -> None:
        """The same for many, in this order and as one batch. What came to no good end in a grid
        fills its cell, as if it were tried again there; a cell that is done stays as it is."""
        jobs = [self.jobs[each] for each in job_ids if each in self.jobs]
        if jobs:
            cells = refilled(jobs, self.jobs.values()) - self._refilling
            births = self._of_now(jobs, self.entry.births_again(jobs, name, cells))
            self._enter_again(jobs, births, cells)

    def run_in_place(self, jobs: Sequence[Job]) -> asyncio.Task[bool]:
        """Runs the inputs of ended jobs once more, in their places in batch and grid."""
        births = self._of_now(jobs, self.entry.births_in_place(jobs))
        return self._enter_again(jobs, births, {job.job_id for job in jobs})

    def is_refilling(self, job_id: str) -> bool:
        """Whether this job is about to run again in its cell: no other may fill that meanwhile."""
        return job_id in self._refilling

    def send_again(self, job_id: str) -> None:
        """A job whose answer is unknown is sent again, knowingly: a new job takes its place."""
        job = self.jobs.get(job_id)
        if job is None or job.state is not JobState.UNCERTAIN:
            return
        [birth] = self._of_now([job], self.entry.births_in_place([job]))
        step = intents.sent_again(self._now())
        self._deeds.start(f"send {job_id} again", self.entry.enter_instead(job, step, birth))

    def agree(self, jobs: Iterable[Job]) -> None:
        """The user wants jobs to run the workflows that their deployments have now. That is written
        down for those that are not sent yet."""
        versions = {job.job_id: self.check.version_of(job) for job in jobs}
        self.check.agree(versions)
        for version in set(versions.values()):
            job_ids = [job_id for job_id, each in versions.items() if each == version]
            work = self._ledger.keep_all(job_ids, intents.run_version(version))
            self._deeds.start("note a workflow", work)

    def cancel(self, job_id: str) -> None:
        """Takes back what was not sent yet; asks the service to cancel what was. A wish that could
        not be brought so far is brought now."""
        self.cancel_many((job_id,))

    def cancel_many(self, job_ids: Iterable[str]) -> None:
        """The same for many; a job that is being sent is cancelled as soon as its id is known."""
        self._deeds.start("cancel", self._cancel(list(job_ids)))

    def cancel_batch(self, batch_id: str) -> None:
        """The same for all jobs that were begun together."""
        if batch_id:
            self.cancel_many(job.job_id for job in self.jobs.values() if job.batch_id == batch_id)

    def discard(self, job_id: str) -> None:
        """Closes a job whose answer is unknown."""
        self._change(job_id, intents.discard(self._now()))

    def adopt(self, job_id: str, request_id: str) -> None:
        """Follows a job whose answer is unknown by a request id that was found elsewhere."""
        self._adoptions.start(f"adopt {job_id}", self._adopt(job_id, request_id.strip()))

    def ask_again(self, job_id: str) -> None:
        """Asks the service about a job at once."""
        self._follower.ask_again(job_id)

    def fetch_again(self, job_id: str, paths: Iterable[str] = ()) -> None:
        """Downloads the files that a DONE job lacks, and those at `paths` once more."""
        work = self._fetcher.fetch_again(job_id, frozenset(paths))
        self._tasks.start(f"fetch {job_id}", work)

    def fetch_many_again(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """The same for many jobs, by their ids, each with its paths."""
        paths = {job_id: frozenset(paths) for job_id, paths in wanted.items()}
        work = self._fetcher.fetch_many_again(paths)
        self._tasks.start(f"fetch {len(wanted)} again", work)

    def take_up(self, job: Job) -> None:
        """Takes a job of the history into the list that ended too long ago to be there."""
        self._ledger.take_up(job)

    def remove_many(self, job_ids: Iterable[str]) -> None:
        """Takes jobs out of the list that are at their end, or were not sent; files stay. Until
        the program ends they can be put back, which the notice offers."""
        wished = [each for each in job_ids if each in self.jobs]
        if wished:
            self._deeds.start("remove", self._remove(wished))

    def put_back(self, job_ids: Iterable[str]) -> None:
        """Puts removed jobs back into the list, as they were."""
        ids = list(job_ids)
        self._removal = None
        wished = [each for each in ids if self._ledger.is_removed(each)]
        if wished:
            self._deeds.start("put back", self._put_back(wished))
        elif not any(each in self.jobs for each in ids):
            # The notice has outlived the session.
            self._notices.tell(telling.forgotten(len(ids)))

    def is_removed(self, job_id: str) -> bool:
        """Returns whether the history still has the row of a job that was taken out of the list."""
        return self._ledger.is_removed(job_id)

    def wake(self) -> None:
        """Asks about all jobs at once: the key, the network or the settings changed."""
        self._refused_sends = self._refused_anyway = False
        self._follower.wake()

    def try_now(self) -> None:
        """Tries once whether the service still wants a pause."""
        self._questions.try_now()
        self._canceller.wake()

    def judge_key(self, *, is_good: bool | None) -> None:
        """The account asked what the key is worth that jobs are refused for, or may be. None:
        nobody can say, so the jobs find out; the next refusal holds them back again."""
        if is_good is None:
            self._questions.gate.let_in()
        else:
            self._refused_anyway = is_good and self._refused_sends
            self._questions.gate.judge(is_good=is_good)

    def set_seen(self, seen: bool) -> None:
        """Whether anybody sees the window; jobs are asked about more rarely while nobody does."""
        self._follower.set_seen(seen)

    # Life

    async def __aenter__(self) -> Self:
        """Loads the jobs and takes up those which have not ended. Raises Problem."""
        recent = await self._history.load_recent(RECENT_JOBS, self._service)
        unfinished = await self._history.load_unfinished(self._service)
        # As they were entered: jobs of a batch have one time, and no sort would keep their order.
        newest = {job.job_id for job in recent}
        older = (job for job in unfinished if job.job_id not in newest)
        self._ledger.fill((*older, *recent))
        await self._settle_interrupted()
        if self._history.broken_copy is not None:
            self._tell_of_damage(telling.broken_history(self._history.broken_copy))
        if self._history.is_full:
            self._notices.tell(telling.full_disk(self._history.folder))
        if self._history.unreadable:
            self._notices.tell(telling.unreadable_rows(len(self._history.unreadable)))
        self.line.open(self.jobs.values())
        woke_up = self._follower.woke_up
        watch = wakefulness.watch(self._pace, woke_up, steady_s=self._steady_s)
        self._tasks.start("watch the clocks", watch)
        self.loaded.publish(None)
        self._fetcher.begin()
        for job in list(self.jobs.values()):
            if job.state in FOLLOWED:
                self._tasks.start(f"resume {job.job_id}", self._runner.resume(job.job_id))
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Ends the program's work on the jobs, not the jobs: they are taken up at the next start.

        What the person wished is written down before. Bodies going out get some time; one that is
        cut off may have been accepted all the same.
        """
        self.line.close()
        self._links.close()
        await self._deeds.finish()
        await self._sender.finish(self._pace.closing_s)
        await self._adoptions.finish(self._pace.closing_s)
        await self._tasks.close()
        await self.pauses.close()
        self._questions.close()
        await self._fetcher.close()
        await self._deeds.finish()
        cut_off = intents.uncertain(_("The program was closed while this job was being sent."))
        await self._ledger.keep_all(self._in_state(JobState.SENDING), cut_off)
        await self._ledger.close()

    async def _settle_interrupted(self) -> None:
        """Jobs which an earlier program left between Run and acceptance.

        Neither is sent by itself: that the person wanted it then does not mean now.
        """
        waiting = self._in_state(JobState.WAITING)
        if self._history.broken_copy is not None:
            # What a damaged history says of a job may be older than the job.
            waiting += self._in_state(JobState.HELD)
        await self._ledger.keep_all(waiting, intents.hold(Hold.RESTART))
        cut = intents.uncertain(_("The program ended while this job was being sent."))
        cut_off = await self._ledger.keep_all(self._in_state(JobState.SENDING), cut)
        # Back from a send that found no way, with the wish to cancel it not carried out yet.
        wished = [each for each in self._in_state(JobState.HELD) if self.jobs[each].cancel_asked]
        await self._ledger.keep_all(wished, intents.cancel(self._now()))
        held = [job.job_id for job in self.jobs.values() if job.hold is Hold.RESTART]
        if waiting:
            self._notices.tell(telling.held(tuple(held), self.line.wish))
        if cut_off:
            self._notices.tell(telling.cut_off(len(cut_off)))

    def _tell_of_damage(self, notice: Notice) -> None:
        """Told is what was shown: who ends before that is told at the next start."""

        def on_told(told: Notice) -> None:
            if told is notice:
                self._deeds.start("note that damage was told", self._history.broken_was_told())

        self._links.add(self._notices.told, on_told)
        self._notices.tell(notice)

    # Inside

    def _in_state(self, state: JobState) -> list[str]:
        return [job.job_id for job in self.jobs.values() if job.state is state]

    def _run(self, job_id: str) -> None:
        self._tasks.start(f"run {job_id}", self._runner.run(job_id))

    async def _look_before_send(self, job_id: str) -> bool:
        """Returns whether the job may go: it may have waited for hours, in line or in a pause that
        the service asked for. One that may not is held."""
        await self.check.wait_until_read()
        job = self.jobs.get(job_id)
        if job is None or not self.check.has_changed(job):
            return True
        await self._ledger.keep(job_id, intents.hold(Hold.PAUSED, outdated_text()))
        return False

    def _prepare(self, job_id: str) -> None:
        self._tasks.start(f"prepare {job_id}", self._runner.prepare(job_id))

    def _on_reached(self, reached: bool) -> None:
        self.line.note_sent(reached)
        if reached:
            self._refused_sends = self._refused_anyway = False
        else:
            self.unreachable.publish(None)

    def _on_refused_key(self, _nothing: None) -> None:
        # The others wait for a better key, or for the user, rather than fail one by one.
        if self._refused_anyway:
            self._stop_for_key()
        self._refused_sends = True
        self.line.note_key(False)
        self.key_refused.publish(None)

    def _stop_for_key(self) -> None:
        waiting = self._in_state(JobState.WAITING)
        self.line.stop("")
        if waiting:
            self._notices.tell(telling.sends_refused(len(waiting)))

    def _change(self, job_id: str, step: Step) -> None:
        self._deeds.start(f"change {job_id}", self._ledger.commit(job_id, step))

    async def _enter_plan(self, plan: RunPlan, births: Sequence[Birth], *, shrinks: bool) -> None:
        # One after the other: seeds that count go on from where the plan before left them.
        async with self._plans:
            made = plan.make()
            if await self.entry.enter(made.runs, births, shrinks=shrinks):
                made.written()

    def _of_now(self, jobs: Sequence[Job], births: Sequence[Birth]) -> list[Birth]:
        """Writes the workflows down that will run; one that changed unasked stays the earlier one,
        so that the new job is held."""
        return [
            birth
            if self.check.has_changed(job)
            else replace(birth, workflow_version=self.check.version_of(job))
            for job, birth in zip(jobs, births, strict=True)
        ]

    def _enter_again(
        self, jobs: Sequence[Job], births: Sequence[Birth], cells: Set[str]
    ) -> asyncio.Task[bool]:
        self._refilling |= cells
        work = self.entry.enter_again(jobs, births)
        entering = self._deeds.start(f"run {len(jobs)} again", work)
        entering.add_done_callback(lambda _ended: self._refilling.difference_update(cells))
        return entering

    async def _remove(self, job_ids: Sequence[str]) -> None:
        gone = await self._ledger.remove_all(job_ids, _may_go)
        if not gone:
            return
        # One notice takes the other's place, so its Undo has to do for both.
        before = self._removal[1] if self._removal is not None else {}
        jobs = {job_id: job for job_id, job in before.items() if self.is_removed(job_id)}
        jobs |= {job.job_id: job for job in gone}
        notice = telling.removed(jobs.values(), lambda: self.put_back(jobs))
        self._removal = notice, jobs
        self._notices.tell(notice)

    async def _put_back(self, job_ids: Sequence[str]) -> None:
        # The workflow that a cell was made for may have changed while it was away.
        await self._ledger.restore_all(job_ids, self.entry.looked_at)
        self.entry.entered.publish(None)

    def _on_notice_left(self, notice: Notice) -> None:
        if self._removal is not None and self._removal[0] is notice:
            self._removal = None

    async def _cancel(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            self._canceller.expect(job_id)
        await self._ledger.keep_all(job_ids, intents.cancel(self._now()))
        for count, job_id in enumerate(job_ids):
            await breathe(count)
            self._canceller.begin(job_id)
            self._canceller.hurry(job_id)

    async def _adopt(self, job_id: str, request_id: str) -> None:
        job = self.jobs.get(job_id)
        if job is None or job.state is not JobState.UNCERTAIN:
            return
        step = intents.adopt(request_id, self._ledger.known.values(), self._now())
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
            self._tasks.start(f"resume {job_id}", self._runner.resume(job_id))


def _may_go(job: Job) -> bool:
    return job.state.is_finished or job.state in (JobState.WAITING, JobState.HELD)


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
