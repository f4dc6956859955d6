"""Downloads the files of a result and finishes the job with them.

A file that cannot be downloaded does not stop the others, and does not make the job fail: its
output says why the file is missing. Every file can be downloaded again while the service still has
it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from dataclasses import replace
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from runcomfy_desktop.api.inference import ResultReport, ResultState
from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.jobs import job_transitions
from runcomfy_desktop.core.jobs.job_download import JobDownload
from runcomfy_desktop.core.jobs.live_job import Refetch
from runcomfy_desktop.core.jobs.queue_version_fallback import (
    may_be_at_other_version,
    move_if_at_other_version,
)
from runcomfy_desktop.core.results.output_downloader import with_bounded_text
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import Job, JobState, files_expiry_s, missing_files
from runcomfy_desktop.domain.jobs.output_merge import merge_outputs
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence, Set

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.jobs.job_transitions import JobChange
    from runcomfy_desktop.core.jobs.live_job import LiveJobs
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
    from runcomfy_desktop.core.jobs.service_gateway import ServiceGateway
    from runcomfy_desktop.core.results.output_downloader import OutputDownloader

_MAX_TECHNICAL_LINES = 20
# Subject of notices about several jobs.
_MANY_JOBS_SUBJECT = "files of several jobs"
# Problems of the connection or the key, not of the job whose result was requested.
_UNREACHABLE_KINDS = (ProblemKind.OFFLINE, ProblemKind.TIMEOUT, ProblemKind.AUTH, ProblemKind.BUSY)
_PERMANENT_KINDS = (ProblemKind.NOT_FOUND, ProblemKind.FOREIGN, ProblemKind.REJECTED)
_log = logging.getLogger(__name__)


class FetchOutcome(Enum):
    """Outcome of downloading a job's files again."""

    DONE = "done"
    """Nothing is missing, or nothing that is still available."""
    INCOMPLETE = "some"
    """Something is still missing."""
    UNREACHABLE = "unreached"
    """RunComfy could not be reached: no job's files can be downloaded now."""


class FetchRetries:
    """Retries the downloads of missing files without notices, as long as RunComfy has the files.

    Each job is tried a few times while the program runs, and again after the next start. Only one
    job is tried at a time, so that a thousand of them cause no burst of requests. `fetch` downloads
    the files of one job, `expire` is called for a job whose files have expired.
    """

    def __init__(
        self,
        jobs: Mapping[str, Job],
        live: LiveJobs,
        fetch: Callable[[str], Awaitable[FetchOutcome]],
        expire: Callable[[str], Awaitable[object]],
        now: Callable[[], float],
        policy: QueuePolicy,
    ) -> None:
        self._jobs = jobs
        self._live = live
        self._fetch = fetch
        self._expire = expire
        self._now = now
        self._policy = policy
        # Due time, order of arrival, and job id. On a coarse clock many jobs are due at the same
        # time.
        self._queue: list[tuple[float, int, str]] = []
        self._sequence = itertools.count()
        self._wake_event = asyncio.Event()
        self._tasks = Tasks()
        self._worker: asyncio.Task[None] | None = None

    def start(self, jobs: Iterable[Job]) -> None:
        """Queues jobs with missing files from earlier sessions, in the order in which the files
        expire."""
        for job in sorted(jobs, key=files_expiry_s):
            if missing_files(job):
                self.add(job.job_id)

    def add(self, job_id: str) -> None:
        """Queues a job with missing files; one that is already queued keeps its turn."""
        live = self._live[job_id]
        if live.fetch_tries is not None:
            return
        live.fetch_tries = 0
        self._push(job_id, 0)
        if self._worker is None or self._worker.done():
            self._worker = self._tasks.start("fetch files later", self._run())

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self) -> None:
        while self._queue:
            due_s, _number, job_id = self._queue[0]
            wait_s = due_s - asyncio.get_running_loop().time()
            if wait_s > 0:
                await self._wait_for_wake(wait_s)
                continue
            heapq.heappop(self._queue)
            # No wait after jobs whose files have expired: there may be thousands.
            if await self._process(job_id):
                await asyncio.sleep(self._policy.fetch_retry_interval_s)

    async def _wait_for_wake(self, wait_s: float) -> None:
        self._wake_event.clear()
        try:
            async with asyncio.timeout(wait_s):
                await self._wake_event.wait()
        except TimeoutError:
            return

    async def _process(self, job_id: str) -> bool:
        """Handles one due job; returns True if RunComfy was queried."""
        job, live = self._jobs.get(job_id), self._live[job_id]
        tries = live.fetch_tries or 0
        if job is None or not missing_files(job):
            live.fetch_tries = None
            return False
        if self._now() >= files_expiry_s(job):
            await self._expire(job_id)
            live.fetch_tries = None
            return False
        was_fetched = tries < self._policy.max_fetch_retries
        if was_fetched:
            outcome = await self._try_fetch(job_id)
            if outcome is FetchOutcome.DONE:
                live.fetch_tries = None
                return True
            if outcome is FetchOutcome.UNREACHABLE:
                self._postpone_all()
            else:
                tries += 1
        live.fetch_tries = tries
        self._push(job_id, tries)
        return was_fetched

    async def _try_fetch(self, job_id: str) -> FetchOutcome:
        try:
            return await self._fetch(job_id)
        except Exception:
            # A bug: the other jobs are still tried, and the user can retry this one.
            _log.exception("Job %s: its files cannot be asked for", job_id)
            return FetchOutcome.DONE

    def _push(self, job_id: str, tries: int) -> None:
        wait_s = self._policy.fetch_retry_backoff.delay_s(tries + 1)
        if tries >= self._policy.max_fetch_retries:
            # Due only to mark the files as expired; a job that was removed is dropped then.
            job = self._jobs.get(job_id)
            wait_s = max(wait_s, files_expiry_s(job) - self._now()) if job else 0.0
        due_s = asyncio.get_running_loop().time() + wait_s
        heapq.heappush(self._queue, (due_s, next(self._sequence), job_id))
        self._wake_event.set()

    def _postpone_all(self) -> None:
        """Delays all jobs by at least the first wait: without a connection all would fail."""
        min_s = asyncio.get_running_loop().time() + self._policy.fetch_retry_backoff.first_s
        self._queue = [(max(due_s, min_s), number, job_id) for due_s, number, job_id in self._queue]
        heapq.heapify(self._queue)


class Fetcher:
    """Takes jobs from FETCHING to DONE, and completes DONE jobs with missing files."""

    def __init__(
        self,
        gateway: ServiceGateway,
        job_store: JobStore,
        notices: Notices,
        downloader: OutputDownloader,
        now: Callable[[], float],
        policy: QueuePolicy,
    ) -> None:
        self._gateway = gateway
        self._job_store = job_store
        self._notices = notices
        self._downloader = downloader
        self._now = now
        self._live = job_store.live
        self._tasks = Tasks()
        self._retries = FetchRetries(
            job_store.jobs, job_store.live, self._fetch_quietly, self._expire, now, policy
        )

    def start(self) -> None:
        """Queues the downloads that earlier sessions left incomplete, and clears partial files.

        Call it once the jobs have been loaded.
        """
        jobs = list(self._job_store.jobs.values())
        self._retries.start(jobs)
        clearing = self._downloader.clear_partial_files(jobs, self._now())
        self._tasks.start("clear halves of files", clearing)

    async def close(self) -> None:
        await self._retries.close()
        await self._tasks.close()

    async def fetch(self, job_id: str, report: ResultReport) -> None:
        """Downloads the files of a successful run and ends the job."""
        # Texts are cut before they are written: one may have megabytes.
        outputs = tuple(map(with_bounded_text, report.outputs))
        change = job_transitions.add_result(report, outputs, self._now())
        job = await self._job_store.apply(job_id, change)
        if job is not None:
            self._report(job, await self._download(job))

    async def fetch_again(self, job_id: str, paths: Set[str] = frozenset()) -> None:
        """Downloads the missing and damaged files of a DONE job, and again the files at `paths`.

        Reads the result of the job again for this.
        """
        subject = _notice_subject(job_id)

        def on_start(job: Job, count: int) -> None:
            if count:
                title = f"{job.title}: {_fetching_text(count)}"
                self._notices.post(_info_notice(title, _kept_text(count), subject))

        try:
            download = await self._fetch_again(job_id, paths, on_start)
        except Problem as problem:
            self._notices.post_failure(problem, subject)
            return
        job = self._job_store.jobs.get(job_id)
        if download is not None and job is not None:
            self._report(job, download)

    async def fetch_many_again(self, paths_by_job: Mapping[str, Set[str]]) -> None:
        """Downloads the files of several jobs in turn, like `fetch_again`, with one notice for
        all."""
        count = len(paths_by_job)
        title = n_(
            "Fetching the files of %d job again…", "Fetching the files of %d jobs again…", count
        )
        self._notices.post(_info_notice(title % count, _kept_text(count), _MANY_JOBS_SUBJECT))
        problems: list[Problem] = []
        for job_id, paths in paths_by_job.items():
            try:
                download = await self._fetch_again(job_id, paths)
            except Problem as problem:
                problems.append(problem)
                continue
            if download is None:
                # The download that is already running reports the outcome.
                count -= 1
            else:
                problems += download.first_problem
        if count:
            self._report_many(count, problems)

    async def _fetch_again(
        self,
        job_id: str,
        paths: Set[str],
        on_start: Callable[[Job, int], object] = lambda _job, _count: None,
    ) -> JobDownload | None:
        """Downloads the files again and returns the download with its outcome.

        Returns None if the same files are already being downloaded or the job is not DONE. Raises
        Problem if the result cannot be read or the files have expired.
        """
        while True:
            job = self._job_store.jobs.get(job_id)
            if job is None or job.state is not JobState.DONE:
                return None
            refetch_paths = paths | {each.path for each in job.outputs if each.is_damaged}
            refetch = self._live[job_id].refetch
            if refetch is None:
                break
            if refetch_paths <= refetch.paths:
                return None
            await refetch.finished.wait()
        if self._now() >= files_expiry_s(job):
            await self._expire(job_id)
            raise _expired_problem()
        on_start(job, len(refetch_paths))
        return await self._complete(job, refetch_paths)

    async def _fetch_quietly(self, job_id: str) -> FetchOutcome:
        """Downloads missing files without a notice: only the job's row shows the outcome."""
        job = self._job_store.jobs.get(job_id)
        if job is None or job.state is not JobState.DONE or self._live[job_id].refetch:
            return FetchOutcome.INCOMPLETE
        try:
            download = await self._complete(job)
        except Problem as problem:
            if problem.kind in _UNREACHABLE_KINDS:
                return FetchOutcome.UNREACHABLE
            return (
                FetchOutcome.DONE if problem.kind in _PERMANENT_KINDS else FetchOutcome.INCOMPLETE
            )
        return (
            FetchOutcome.INCOMPLETE
            if _is_worth_retrying(download.problems.values())
            else FetchOutcome.DONE
        )

    async def _complete(self, job: Job, refetch_paths: Set[str] = frozenset()) -> JobDownload:
        live = self._live[job.job_id]
        live.refetch = refetch = Refetch(refetch_paths)
        try:
            report = await self._result(job)
            if report.state is not ResultState.SUCCEEDED:
                raise _no_result_problem(report)
            outputs = merge_outputs(tuple(map(with_bounded_text, report.outputs)), job.outputs)
            return await self._download(replace(job, outputs=outputs), refetch_paths)
        finally:
            live.refetch = None
            refetch.finished.set()

    async def _result(self, job: Job) -> ResultReport:
        try:
            return await self._gateway.result(job, reports_key_refusal=False)
        except Problem as problem:
            if not may_be_at_other_version(problem):
                raise
            found = await move_if_at_other_version(self._gateway, self._job_store, job)
            if found is None:
                raise
            return await self._gateway.result(found, reports_key_refusal=False)

    async def _download(self, job: Job, refetch_paths: Set[str] = frozenset()) -> JobDownload:
        """Downloads the files and marks the job as DONE; the row says which files failed."""
        download = JobDownload(job, self._downloader, self._job_store, refetch_paths)
        await download.run()
        problems = download.problems.values()
        # Called before the job is DONE: after a crash, a DONE job is not resumed.
        await self._downloader.finish_job(replace(job, outputs=tuple(download.outputs)))
        done = await self._job_store.apply(job.job_id, _finish_download(download))
        if done is not None and _is_worth_retrying(problems):
            self._retries.add(job.job_id)
        return download

    async def _expire(self, job_id: str) -> None:
        fault = _expired_problem().sentence()
        await self._job_store.apply(job_id, job_transitions.expire_missing(fault))

    def _report(self, job: Job, download: JobDownload) -> None:
        """Reports missing and damaged files, and the end of a download that the user requested."""
        count = len(download.outputs)
        if download.problems:
            level, title = NoticeLevel.WARNING, _missing_text(len(download.problems), count)
            detail = next(iter(download.problems.values())).sentence()
        elif download.damaged_count:
            level, title = NoticeLevel.WARNING, _damaged_text(download.damaged_count, count)
            detail = _damaged_detail(download.damaged_count)
        elif download.refetch_problems:
            level, title = NoticeLevel.WARNING, _refused_text(len(download.refetch_problems), count)
            first = next(iter(download.refetch_problems.values()))
            detail = _("%s What is on this computer was kept.") % first.title
        elif download.refetched_count:
            level, title = NoticeLevel.INFO, _renewed_text(download.refetched_count)
            detail = "" if download.has_changed else _("Nothing has changed.")
        else:
            return
        problems = (*download.problems.values(), *download.refetch_problems.values())
        title, technical = f"{job.title}: {title}", _join_technicals(problems)
        self._notices.post(
            Notice(level, title, detail, technical, subject=_notice_subject(job.job_id))
        )

    def _report_many(self, count: int, problems: Sequence[Problem]) -> None:
        if not problems:
            title = n_("The files of %d job are here.", "The files of %d jobs are here.", count)
            self._notices.post(_info_notice(title % count, "", _MANY_JOBS_SUBJECT))
            return
        title = n_(
            "Not all files of %d of %d jobs could be fetched again.",
            "Not all files of %d of %d jobs could be fetched again.",
            len(problems),
        ) % (len(problems), count)
        detail = _("%s What is on this computer was kept.") % problems[0].title
        self._notices.post(
            Notice(
                NoticeLevel.WARNING,
                title,
                detail,
                _join_technicals(problems),
                subject=_MANY_JOBS_SUBJECT,
            )
        )


def _notice_subject(job_id: str) -> str:
    return f"files of {job_id}"


def _info_notice(title: str, detail: str, subject: str) -> Notice:
    return Notice(NoticeLevel.INFO, title, detail, subject=subject)


def _finish_download(download: JobDownload) -> JobChange:
    outputs, problems = tuple(download.outputs), download.problems.values()
    damaged, reason = sum(each.is_damaged for each in outputs), ""
    if problems:
        reason = _missing_text(len(problems), len(outputs))
    elif damaged:
        reason = _damaged_text(damaged, len(outputs))
    return job_transitions.finish_download(outputs, reason, _join_technicals(problems))


def _join_technicals(problems: Collection[Problem]) -> str:
    different = dict.fromkeys(each.technical for each in problems)
    return "\n".join(islice(different, _MAX_TECHNICAL_LINES))


def _is_worth_retrying(problems: Collection[Problem]) -> bool:
    """Returns True if any of the problems may be temporary."""
    return any(each.kind is not ProblemKind.REJECTED for each in problems)


def _missing_text(missing: int, count: int) -> str:
    return n_(
        "%d of %d files could not be downloaded", "%d of %d files could not be downloaded", missing
    ) % (missing, count)


def _damaged_text(damaged: int, count: int) -> str:
    return n_("%d of %d files came damaged", "%d of %d files came damaged", damaged) % (
        damaged,
        count,
    )


def _refused_text(refused: int, count: int) -> str:
    return n_(
        "%d of %d files could not be fetched again",
        "%d of %d files could not be fetched again",
        refused,
    ) % (refused, count)


def _fetching_text(count: int) -> str:
    return n_("Fetching %d file again…", "Fetching %d files again…", count) % count


def _kept_text(count: int) -> str:
    return n_(
        "It costs nothing. What is on this computer stays until the new file is complete.",
        "It costs nothing. What is on this computer stays until the new files are complete.",
        count,
    )


def _damaged_detail(damaged: int) -> str:
    sent = n_(
        "RunComfy sent it without its end each time.",
        "RunComfy sent them without their ends each time.",
        damaged,
    )
    advice = _(
        "The job is finished and costs nothing more. Choose Fetch again later: RunComfy keeps "
        "files for 7 days."
    )
    return f"{sent} {advice}"


def _renewed_text(renewed: int) -> str:
    return n_("%d file was fetched again", "%d files were fetched again", renewed) % renewed


def _expired_problem() -> Problem:
    return Problem(
        _("RunComfy keeps files for 7 days after a run, and that time is over."),
        _("What was not fetched is gone; what was downloaded stays on this computer."),
        _("Run the job again if you need it; that costs what a run costs."),
        kind=ProblemKind.NOT_FOUND,
    )


def _no_result_problem(report: ResultReport) -> Problem:
    return Problem(
        _("RunComfy does not give this result any more."),
        _("Its status is “%s” now. Files that were downloaded stay on this computer.")
        % report.raw_status,
        technical=report.technical,
    )
