"""Queue of all jobs of a session, with every action that the user can take on them.

Every action returns at once; the topics publish its outcome. Changes go through the `JobStore`,
which writes before it publishes.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Self

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.deployments.deployment_check import DeploymentCheck
from runcomfy_desktop.core.jobs import job_notices, job_transitions, sleep_detector
from runcomfy_desktop.core.jobs.canceller import Canceller
from runcomfy_desktop.core.jobs.cell_retries import retryable_ids
from runcomfy_desktop.core.jobs.fetcher import Fetcher
from runcomfy_desktop.core.jobs.job_creator import JobContext, JobCreator
from runcomfy_desktop.core.jobs.job_estimates import JobEstimates
from runcomfy_desktop.core.jobs.job_poller import JobPoller
from runcomfy_desktop.core.jobs.job_runner import JobRunner
from runcomfy_desktop.core.jobs.job_store import JobStore, yield_to_loop
from runcomfy_desktop.core.jobs.job_transitions import POLLED_STATES
from runcomfy_desktop.core.jobs.outdated_job_guard import outdated_text
from runcomfy_desktop.core.jobs.pause_status import PauseStatus
from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.core.jobs.queue_version_fallback import (
    is_at_other_version,
    may_be_at_other_version,
)
from runcomfy_desktop.core.jobs.send_queue import SendQueue
from runcomfy_desktop.core.jobs.sender import Sender
from runcomfy_desktop.core.jobs.service_gateway import ServiceGateway
from runcomfy_desktop.core.spending.budget import unbilled_budget
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import ACTIVE_STATES, HoldReason, Job, JobState
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.base.notices import Notice, Notices
    from runcomfy_desktop.core.jobs.job_transitions import JobChange
    from runcomfy_desktop.core.jobs.new_job import JobOrigin, RunRequest
    from runcomfy_desktop.core.jobs.run_plan import RunPlan
    from runcomfy_desktop.core.jobs.sender import ShrinkPicture
    from runcomfy_desktop.core.results.output_downloader import OutputDownloader
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.store.history import JobHistory

RECENT_JOBS = 500


class JobQueue:
    """Owns the jobs of one service and their tasks.

    The last of `jobs` is the newest, and `index` finds jobs by state or batch. `estimates` knows
    how long jobs still take, `job_creator` creates jobs, `send_queue` decides which unsent job is
    sent next, `pause_status` shows whether the service requests a long pause, and
    `deployment_check` whether a job's deployment has changed. Without a `budget` nothing has a
    price. `partner_key` returns the key for partner nodes, `shrink_picture` the picture to send in
    place of a large one. `monotonic_s` is a clock that cannot be set: a leap in it means that the
    computer slept.

    Publishes `changed` with a job, then `state_changed` if it is in another state, `removed` with a
    job_id, `loaded` when `jobs` has been filled from the history, `key_refused` when the service
    begins to refuse the key, `key_accepted` when a response shows that the key is good,
    `unreachable` when a job could not be sent for lack of a connection, and `deployment_unknown`
    when the service does not know the deployment of a run (see Sender).
    """

    def __init__(  # noqa: PLR0913 - collaborators, created in one place
        self,
        client: Client,
        history: JobHistory,
        downloader: OutputDownloader,
        media_folder: Path,
        notices: Notices,
        *,
        service: str,
        queue_version: Callable[[], str],
        preferences: Preferences | None = None,
        now: Callable[[], float] = time.time,
        policy: QueuePolicy | None = None,
        budget: Budget | None = None,
        deployment_check: DeploymentCheck | None = None,
        partner_key: Callable[[], Awaitable[str]] | None = None,
        shrink_picture: ShrinkPicture | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._history, self._notices, self._service = history, notices, service
        self._now, self._monotonic_s = now, monotonic_s
        self._media_folder = media_folder
        policy = self._policy = policy or QueuePolicy()
        self.budget = budget = budget or unbilled_budget(history, notices)
        self.deployment_check = deployment_check or DeploymentCheck()
        self._job_store = JobStore(history, notices, policy.rewrite_interval_s, budget.with_cost)
        self.index, self.live = self._job_store.index, self._job_store.live
        self.jobs: Mapping[str, Job] = self.index.jobs
        self.estimates = JobEstimates(self.index, budget.timings)
        self.changed: Topic[Job] = self._job_store.changed
        self.state_changed = self._job_store.state_changed
        self.removed: Topic[str] = self._job_store.removed
        self._tasks = Tasks(notices.post_failure)
        # Writes requested by the user, which are never cancelled.
        self._durable_tasks = Tasks(notices.post_failure)
        self.send_queue = self._create_send_queue(preferences, budget)
        self.job_creator = self._create_job_creator(queue_version)
        self._gateway = ServiceGateway(client, policy, self.live)
        self._sender = self._create_sender(client, partner_key, shrink_picture)
        self._build(downloader)

    def _create_send_queue(self, preferences: Preferences | None, budget: Budget) -> SendQueue:
        return SendQueue(
            self._job_store,
            preferences or Preferences(Settings(), lambda _settings: None),
            self._notices,
            self._durable_tasks,
            self._now,
            dispatch=self._start_run,
            prepare=self._prepare,
            send_check=budget.blocking_limit,
            request_send=budget.release_requested.publish,
        )

    def _create_job_creator(self, queue_version: Callable[[], str]) -> JobCreator:
        context = JobContext(self._service, queue_version, self._now, self.send_queue.next_order)
        must_hold = self.deployment_check.has_changed
        return JobCreator(self._job_store, self._notices, self._media_folder, context, must_hold)

    def _create_sender(
        self,
        client: Client,
        partner_key: Callable[[], Awaitable[str]] | None,
        shrink_picture: ShrinkPicture | None,
    ) -> Sender:
        return Sender(
            client,
            self._gateway,
            self._job_store,
            self._notices,
            self._media_folder,
            self._now,
            check_before_send=self._check_before_send,
            partner_key=partner_key,
            shrink_picture=shrink_picture,
        )

    def _build(self, downloader: OutputDownloader) -> None:
        self.loaded: Topic[None] = Topic()
        self.key_refused: Topic[None] = Topic()
        self.unreachable: Topic[None] = Topic()
        job_store, notices, policy, now = self._job_store, self._notices, self._policy, self._now
        self.budget.track_jobs(self)
        self._subscriptions = Subscriptions()
        # `_were_sends_refused`: submits were refused for the key since the last accepted one.
        # `_is_good_key_refused`: the account found the key good all the same.
        self._were_sends_refused = self._is_good_key_refused = False
        # Last notice of a removal while it is shown, and the jobs that its Undo restores.
        self._removal: tuple[Notice, dict[str, Job]] | None = None
        self._subscriptions.add(notices.dismissed, self._on_notice_dismissed)
        self._adoption_tasks = Tasks(notices.post_failure)
        self._plan_lock = asyncio.Lock()
        # Ids of jobs that are being run again in their cells, until the new jobs are written. Jobs
        # of a grid that are too old for the list are run again, too.
        self._retrying: set[str] = set()
        self.deployment_unknown = self._sender.deployment_unknown
        self.key_accepted = self._gateway.key_accepted
        self._sender.reachability_changed.subscribe(self._on_reachability_changed)
        self._sender.key_refused.subscribe(self._on_key_refused)
        self._sender.sending_blocked.subscribe(self.send_queue.hold_deployment)
        self.pause_status = PauseStatus(
            self._gateway, job_store, notices, policy, now, self.key_refused
        )
        self.pause_status.submit_pause_changed.subscribe(self.send_queue.on_submit_pause_changed)
        self._runner = self._create_runner(downloader)

    def _create_runner(self, downloader: OutputDownloader) -> JobRunner:
        gateway, job_store, notices = self._gateway, self._job_store, self._notices
        policy, now = self._policy, self._now
        self._canceller = Canceller(gateway, job_store, notices, policy, self._tasks)
        self._poller = JobPoller(gateway, job_store, notices, self._canceller, policy, now)
        self._fetcher = Fetcher(gateway, job_store, notices, downloader, now, policy)
        return JobRunner(job_store, self._sender, self._poller, self._fetcher, self.send_queue)

    @property
    def active_count(self) -> int:
        """Number of jobs that the program is still working on."""
        return self.index.count(*ACTIVE_STATES)

    # Intents

    def submit_plan(self, plan: RunPlan, *, shrinks: bool = False) -> None:
        """Creates the runs of a plan that the user agreed to, and runs them like `submit_many`."""
        origins = self.job_creator.origins(plan.count, plan.name)
        work = self._create_from_plan(plan, origins, shrinks=shrinks)
        self._durable_tasks.start(f"enter {plan.count}", work)

    def submit_many(
        self,
        runs: Sequence[RunRequest],
        name: str = "",
        batch_id: str = "",
        *,
        shrinks: bool = False,
    ) -> asyncio.Task[bool]:
        """Runs drafts in their order as one batch; all jobs are written, or none, before any is
        sent. The task returns True if they were written. `batch_id` can be the id of their grid;
        with `shrinks`, large pictures are shrunk when they are sent."""
        origins = self.job_creator.origins(len(runs), name, batch_id)
        work = self.job_creator.create(runs, origins, shrinks=shrinks)
        return self._durable_tasks.start(f"enter {len(runs)}", work)

    def run_again(self, job_id: str) -> None:
        """Runs a job's inputs again as a new job; the old one stays unchanged."""
        self.run_again_many((job_id,))

    def run_again_many(self, job_ids: Sequence[str], name: str = "") -> None:
        """Runs the inputs of several jobs again, in this order and as one batch. A grid job that
        did not succeed fills its cell again; a cell that is done stays unchanged."""
        jobs = [self.jobs[each] for each in job_ids if each in self.jobs]
        if jobs:
            in_batches = map(self.index.batch_jobs, {job.batch_id for job in jobs})
            retried_ids = retryable_ids(jobs, chain.from_iterable(in_batches)) - self._retrying
            origins = self._with_current_versions(
                jobs, self.job_creator.origins_for_rerun(jobs, name, retried_ids)
            )
            self._create_again(jobs, origins, retried_ids)

    def run_in_place(self, jobs: Sequence[Job]) -> asyncio.Task[bool]:
        """Runs the inputs of ended jobs again, in their places in batch and grid. The task returns
        True if the new jobs were written."""
        origins = self._with_current_versions(jobs, self.job_creator.origins_in_place(jobs))
        return self._create_again(jobs, origins, {job.job_id for job in jobs})

    def is_retrying(self, job_id: str) -> bool:
        """Returns True while this job is about to run again, and so occupies its grid cell."""
        return job_id in self._retrying

    def send_again(self, job_id: str) -> None:
        """Sends a job whose answer is unknown again, knowingly: a new job takes its place."""
        job = self.jobs.get(job_id)
        if job is None or job.state is not JobState.UNCERTAIN:
            return
        [origin] = self._with_current_versions([job], self.job_creator.origins_in_place([job]))
        change = job_transitions.close_as_resent(self._now())
        self._durable_tasks.start(
            f"send {job_id} again", self.job_creator.create_replacement(job, change, origin)
        )

    def accept_current_workflows(self, jobs: Iterable[Job]) -> None:
        """Records that the user accepts the current workflows of the jobs' deployments. For unsent
        jobs this is written to disk."""
        versions = {job.job_id: self.deployment_check.version_of(job) for job in jobs}
        self.deployment_check.accept_versions(versions)
        for version in set(versions.values()):
            job_ids = [job_id for job_id, each in versions.items() if each == version]
            work = self._job_store.apply_all(job_ids, job_transitions.set_workflow_version(version))
            self._durable_tasks.start("note a workflow", work)

    def cancel(self, job_id: str) -> None:
        """Cancels a job: at once if unsent, else by a cancel request. A deferred request is sent
        now."""
        self.cancel_many((job_id,))

    def cancel_many(self, job_ids: Iterable[str]) -> None:
        """Cancels several jobs; one that is being sent is cancelled as soon as its id is known."""
        self._durable_tasks.start("cancel", self._cancel(list(job_ids)))

    def cancel_batch(self, batch_id: str) -> None:
        """Cancels all jobs of a batch."""
        self.cancel_many(job.job_id for job in self.index.batch_jobs(batch_id))

    def discard(self, job_id: str) -> None:
        """Closes a job whose answer is unknown."""
        self._change(job_id, job_transitions.discard(self._now()))

    def adopt(self, job_id: str, request_id: str) -> None:
        """Follows a job whose answer is unknown, under a request id that the user has found."""
        self._adoption_tasks.start(f"adopt {job_id}", self._adopt(job_id, request_id.strip()))

    def poll_now(self, job_id: str) -> None:
        """Polls a job at once."""
        self._poller.poll_now(job_id)

    def fetch_again(self, job_id: str, paths: Iterable[str] = ()) -> None:
        """Downloads the missing files of a DONE job, and again the files at `paths`."""
        work = self._fetcher.fetch_again(job_id, frozenset(paths))
        self._tasks.start(f"fetch {job_id}", work)

    def fetch_many_again(self, paths_by_job: Mapping[str, Iterable[str]]) -> None:
        """Downloads the files of several jobs like `fetch_again`; the mapping is from job ids to
        paths."""
        paths = {job_id: frozenset(paths) for job_id, paths in paths_by_job.items()}
        work = self._fetcher.fetch_many_again(paths)
        self._tasks.start(f"fetch {len(paths_by_job)} again", work)

    def add_from_history(self, job: Job) -> None:
        """Adds a job from the history that is too old to have been loaded into the list."""
        self._job_store.add_from_history(job)

    def remove_many(self, job_ids: Iterable[str]) -> None:
        """Removes ended and unsent jobs from the list; files stay. The notice offers to restore
        them until the program ends."""
        requested = [each for each in job_ids if each in self.jobs]
        if requested:
            self._durable_tasks.start("remove", self._remove(requested))

    def restore_removed(self, job_ids: Iterable[str]) -> None:
        """Restores removed jobs to the list, unchanged."""
        ids = list(job_ids)
        self._removal = None
        requested = [each for each in ids if self._job_store.is_removed(each)]
        if requested:
            self._durable_tasks.start("put back", self._restore(requested))
        elif not any(each in self.jobs for each in ids):
            # The notice has outlived the session.
            self._notices.post(job_notices.cannot_restore(len(ids)))

    def is_removed(self, job_id: str) -> bool:
        """Returns True if a job was removed from the list and can still be restored."""
        return self._job_store.is_removed(job_id)

    def wake(self) -> None:
        """Polls all jobs at once, because the key, the network or the settings changed."""
        self._were_sends_refused = self._is_good_key_refused = False
        self._poller.wake()

    def allow_probes(self) -> None:
        """Lets one request of each kind through, to check whether the pause is still required."""
        self._gateway.allow_probes()
        self._canceller.wake()

    def set_key_validity(self, *, is_good: bool | None) -> None:
        """Applies the account's check of a key for which jobs are or may be refused. None means
        unknown: requests are let through, and the next refusal holds them back again."""
        if is_good is None:
            self._gateway.key_gate.allow_probes()
        else:
            self._is_good_key_refused = is_good and self._were_sends_refused
            self._gateway.key_gate.set_key_validity(is_good=is_good)

    def set_window_visible(self, is_visible: bool) -> None:
        """Sets whether the window is visible; jobs are polled more rarely while it is not."""
        self._poller.set_window_visible(is_visible)

    async def __aenter__(self) -> Self:
        """Loads the jobs and resumes the unfinished ones. Raises Problem."""
        recent = await self._history.load_recent(RECENT_JOBS, self._service)
        unfinished = await self._history.load_unfinished(self._service)
        # In the order of creation. The jobs of a batch have the same time, so sorting by it would
        # lose this order.
        newest = {job.job_id for job in recent}
        older = (job for job in unfinished if job.job_id not in newest)
        self._job_store.fill((*older, *recent))
        await self._hold_interrupted()
        if self._history.damaged_copy is not None:
            self._report_damage(job_notices.broken_history(self._history.damaged_copy))
        if self._history.was_disk_full:
            self._notices.post(job_notices.full_disk(self._history.folder))
        if self._history.unreadable_rows:
            self._notices.post(job_notices.unreadable_rows(len(self._history.unreadable_rows)))
        self.send_queue.open()
        on_woken = self._poller.on_computer_woke
        watch = sleep_detector.watch_for_sleep(
            self._policy, on_woken, monotonic_s=self._monotonic_s
        )
        self._tasks.start("watch the clocks", watch)
        self.loaded.publish(None)
        self._fetcher.start()
        for job in list(self.jobs.values()):
            if job.state in POLLED_STATES:
                self._tasks.start(f"resume {job.job_id}", self._runner.resume(job.job_id))
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Ends the program's work on the jobs, not the jobs: they are resumed at the next start.

        The user's changes are written first. Bodies being sent get some time; a job cut off after
        that time may still have been accepted.
        """
        self.send_queue.close()
        self._subscriptions.close()
        await self._durable_tasks.finish()
        await self._sender.finish(self._policy.shutdown_timeout_s)
        await self._adoption_tasks.finish(self._policy.shutdown_timeout_s)
        await self._tasks.close()
        await self.pause_status.close()
        self._gateway.close()
        await self._fetcher.close()
        await self._durable_tasks.finish()
        mark_uncertain = job_transitions.mark_uncertain(
            _("The program was closed while this job was being sent.")
        )
        await self._job_store.apply_all(self._ids_in_state(JobState.SENDING), mark_uncertain)
        await self._job_store.close()

    async def _hold_interrupted(self) -> None:
        """Holds jobs that an earlier session left between Run and acceptance.

        No job is sent automatically: the user wanted it then, not necessarily now.
        """
        waiting = self._ids_in_state(JobState.WAITING)
        if self._history.damaged_copy is not None:
            # A damaged history may contain an outdated state of a job.
            waiting += self._ids_in_state(JobState.HELD)
        await self._job_store.apply_all(waiting, job_transitions.hold(HoldReason.RESTART))
        mark_uncertain = job_transitions.mark_uncertain(
            _("The program ended while this job was being sent.")
        )
        interrupted = await self._job_store.apply_all(
            self._ids_in_state(JobState.SENDING), mark_uncertain
        )
        # Jobs held after a failed connection, with a cancel request that was not applied yet.
        requested = [
            each for each in self._ids_in_state(JobState.HELD) if self.jobs[each].cancel_asked
        ]
        await self._job_store.apply_all(requested, job_transitions.cancel(self._now()))
        if waiting:
            held = tuple(self.index.held_by(HoldReason.RESTART))
            self._notices.post(job_notices.held_at_restart(held, self.send_queue.request_send))
        if interrupted:
            self._notices.post(job_notices.interrupted_sends(len(interrupted)))

    def _report_damage(self, notice: Notice) -> None:
        """Posts the notice, and records the damage as reported only when it is shown. Otherwise it
        is reported at the next start."""

        def on_posted(posted: Notice) -> None:
            if posted is notice:
                self._durable_tasks.start(
                    "note that damage was told", self._history.acknowledge_damage()
                )

        self._subscriptions.add(self._notices.posted, on_posted)
        self._notices.post(notice)

    def _ids_in_state(self, state: JobState) -> list[str]:
        return [job.job_id for job in self.index.in_state(state)]

    def _start_run(self, job_id: str) -> None:
        self._tasks.start(f"run {job_id}", self._runner.run(job_id))

    async def _check_before_send(self, job_id: str) -> bool:
        """Returns True if the job may be sent; holds it otherwise.

        The job may have waited for hours, in the queue or in a pause requested by the service.
        """
        await self.deployment_check.wait_until_fresh()
        job = self.jobs.get(job_id)
        if job is None or not self.deployment_check.has_changed(job):
            return True
        await self._job_store.apply(
            job_id, job_transitions.hold(HoldReason.PAUSED, outdated_text())
        )
        return False

    def _prepare(self, job_id: str) -> None:
        self._tasks.start(f"prepare {job_id}", self._runner.prepare(job_id))

    def _on_reachability_changed(self, is_reachable: bool) -> None:
        self.send_queue.on_reachability_changed(is_reachable)
        if is_reachable:
            self._were_sends_refused = self._is_good_key_refused = False
        else:
            self.unreachable.publish(None)

    def _on_key_refused(self, _nothing: None) -> None:
        # The other jobs wait for a better key or for the user, rather than fail one by one.
        if self._is_good_key_refused:
            self._hold_for_key()
        self._were_sends_refused = True
        self.send_queue.set_has_key(False, is_refused=True)
        self.key_refused.publish(None)

    def _hold_for_key(self) -> None:
        waiting = self._ids_in_state(JobState.WAITING)
        self.send_queue.hold_deployment("")
        if waiting:
            self._notices.post(job_notices.submits_refused(len(waiting)))

    def _change(self, job_id: str, change: JobChange) -> None:
        self._durable_tasks.start(f"change {job_id}", self._job_store.commit(job_id, change))

    async def _create_from_plan(
        self, plan: RunPlan, origins: Sequence[JobOrigin], *, shrinks: bool
    ) -> None:
        # One plan at a time: counting seeds continue from the previous plan.
        async with self._plan_lock:
            planned = plan.make_runs()
            if await self.job_creator.create(planned.runs, origins, shrinks=shrinks):
                planned.on_written()

    def _with_current_versions(
        self, jobs: Sequence[Job], origins: Sequence[JobOrigin]
    ) -> list[JobOrigin]:
        """Returns the origins with the workflow versions to run. A version that changed without the
        user's consent is left out, so that the new job is held."""
        return [
            origin
            if self.deployment_check.has_changed(job)
            else replace(origin, workflow_version=self.deployment_check.version_of(job))
            for job, origin in zip(jobs, origins, strict=True)
        ]

    def _create_again(
        self, jobs: Sequence[Job], origins: Sequence[JobOrigin], retried_ids: Set[str]
    ) -> asyncio.Task[bool]:
        self._retrying |= retried_ids
        work = self.job_creator.create_again(jobs, origins)
        task = self._durable_tasks.start(f"run {len(jobs)} again", work)
        task.add_done_callback(lambda _ended: self._retrying.difference_update(retried_ids))
        return task

    async def _remove(self, job_ids: Sequence[str]) -> None:
        gone = await self._job_store.remove_all(job_ids, _is_removable)
        if not gone:
            return
        # The new notice replaces the previous one, so its Undo must restore the jobs of both.
        before = self._removal[1] if self._removal is not None else {}
        jobs = {job_id: job for job_id, job in before.items() if self.is_removed(job_id)}
        jobs |= {job.job_id: job for job in gone}
        notice = job_notices.jobs_removed(jobs.values(), lambda: self.restore_removed(jobs))
        self._removal = notice, jobs
        self._notices.post(notice)

    async def _restore(self, job_ids: Sequence[str]) -> None:
        # The workflow of a grid cell may have changed while its job was removed.
        await self._job_store.restore_all(job_ids, self.job_creator.held_if_outdated)
        self.job_creator.created.publish(None)

    def _on_notice_dismissed(self, notice: Notice) -> None:
        if self._removal is not None and self._removal[0] is notice:
            self._removal = None

    async def _cancel(self, job_ids: Sequence[str]) -> None:
        # Determined before the write: during it, a poll may start a cancel request and defer it.
        deferred_ids = {job_id for job_id in job_ids if self._canceller.is_deferred(job_id)}
        for job_id in job_ids:
            self._canceller.expect(job_id)
        await self._job_store.apply_all(job_ids, job_transitions.cancel(self._now()))
        for count, job_id in enumerate(job_ids):
            await yield_to_loop(count)
            self._canceller.start(job_id)
            if job_id in deferred_ids:
                self._canceller.retry_now(job_id)

    async def _adopt(self, job_id: str, request_id: str) -> None:
        job = self.jobs.get(job_id)
        if job is None or job.state is not JobState.UNCERTAIN:
            return
        change = job_transitions.adopt(request_id, self._job_store.has_request_id, self._now())
        known = change(job)
        assert known is not None
        try:
            # Checked first: a wrong id must not end the job as "no longer known".
            await self._gateway.status(known, reports_key_refusal=False)
        except Problem as problem:
            if not may_be_at_other_version(problem) or not await is_at_other_version(
                self._gateway, known
            ):
                raise _not_adopted_problem(problem) from problem
            change = job_transitions.change_and_move(change)
        if await self._job_store.commit(job_id, change) is not None:
            self._tasks.start(f"resume {job_id}", self._runner.resume(job_id))


def _is_removable(job: Job) -> bool:
    return job.state.is_finished or job.state in (JobState.WAITING, JobState.HELD)


def _not_adopted_problem(problem: Problem) -> Problem:
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
