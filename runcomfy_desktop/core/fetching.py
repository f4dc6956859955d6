"""Fetches the files of a result and finishes the job with them.

A file that cannot be had does not stop the others, and does not make a failed job of a good one:
the output says why it is missing. Every file can be fetched again while the service still has it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from runcomfy_desktop.api.inference import ResultReport, Verdict
from runcomfy_desktop.core.answers import carry_over, finished_s
from runcomfy_desktop.core.bringing import HAS_RESULT, Bringing
from runcomfy_desktop.core.downloads import bounded
from runcomfy_desktop.core.later_fetches import Found, LaterFetches
from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.versions import may_be_elsewhere, move_if_elsewhere
from runcomfy_desktop.domain.job import Job, JobState, files_until_s, missing_files
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence, Set

    from runcomfy_desktop.core.downloads import Downloads
    from runcomfy_desktop.core.ledger import Ledger, Step
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.polling import Pace
    from runcomfy_desktop.core.questions import Questions
    from runcomfy_desktop.domain.output import Output

_TECHNICALS = 20
# What the notices about several jobs are about.
_MANY = "files of several jobs"
# Of the line or the key, not of the job whose result was asked for.
_UNREACHED = (ProblemKind.OFFLINE, ProblemKind.TIMEOUT, ProblemKind.AUTH, ProblemKind.BUSY)
_FOR_GOOD = (ProblemKind.NOT_FOUND, ProblemKind.FOREIGN, ProblemKind.REJECTED)


@dataclass(frozen=True, slots=True)
class _Round:
    """A job's files are being fetched again, those at `paths` even though they are here."""

    paths: Set[str]
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Fetcher:
    """Takes jobs from FETCHING to DONE, and completes DONE ones which lack files."""

    def __init__(
        self,
        questions: Questions,
        ledger: Ledger,
        notices: Notices,
        downloads: Downloads,
        now: Callable[[], float],
        pace: Pace,
    ) -> None:
        self._questions = questions
        self._ledger = ledger
        self._notices = notices
        self._downloads = downloads
        self._now = now
        self._rounds: dict[str, _Round] = {}
        self._tasks = Tasks()
        self._later = LaterFetches(ledger.jobs, self._fetch_quietly, self._expire, now, pace)

    def begin(self) -> None:
        """The jobs are known: takes up what an earlier program left without all files."""
        jobs = list(self._ledger.jobs.values())
        self._later.begin(jobs)
        clearing = self._downloads.clear_leftovers(jobs, self._now())
        self._tasks.start("clear halves of files", clearing)

    async def close(self) -> None:
        await self._later.close()
        await self._tasks.close()

    async def fetch(self, job_id: str, report: ResultReport) -> None:
        """The run succeeded: brings its files here and ends the job."""

        # Before they are written down: a text may have megabytes.
        outputs = tuple(map(bounded, report.outputs))

        def has_result(job: Job) -> Job | None:
            if job.state is not JobState.FETCHING:
                return None
            return job.moved(
                JobState.FETCHING,
                outputs=carry_over(outputs, job.outputs),
                finished_s=finished_s(job, report, self._now()),
                instance_id=report.instance_id or job.instance_id,
                server_word="",
                trouble="",
            )

        job = await self._ledger.keep(job_id, has_result)
        if job is not None:
            self._tell(job, await self._bring(job))

    async def fetch_again(self, job_id: str, paths: Set[str] = frozenset()) -> None:
        """Reads the result of a DONE job once more and downloads what is missing or damaged, and
        the files at `paths` even though they are here."""
        about = _about(job_id)

        def begun(job: Job, count: int) -> None:
            if count:
                title = f"{job.title}: {_fetching_text(count)}"
                self._notices.tell(_info(title, _kept_meanwhile(count), about))

        try:
            bringing = await self._fetch_again(job_id, paths, begun)
        except Problem as problem:
            self._notices.failure(problem, about)
            return
        job = self._ledger.jobs.get(job_id)
        if bringing is not None and job is not None:
            self._tell(job, bringing)

    async def fetch_many_again(self, wanted: Mapping[str, Set[str]]) -> None:
        """The same for many jobs, one after the other; told is what came of all."""
        count = len(wanted)
        title = n_(
            "Fetching the files of %d job again…", "Fetching the files of %d jobs again…", count
        )
        self._notices.tell(_info(title % count, _kept_meanwhile(count), _MANY))
        problems: list[Problem] = []
        for job_id, paths in wanted.items():
            try:
                bringing = await self._fetch_again(job_id, paths)
            except Problem as problem:
                problems.append(problem)
                continue
            if bringing is None:
                # Whoever fetches the same tells what comes of it.
                count -= 1
            else:
                problems += bringing.first_problem
        if count:
            self._tell_many(count, problems)

    async def _fetch_again(
        self,
        job_id: str,
        paths: Set[str],
        begun: Callable[[Job, int], object] = lambda _job, _count: None,
    ) -> Bringing | None:
        """None when another round fetches the same, or the job is not DONE. Raises Problem."""
        while True:
            job = self._ledger.jobs.get(job_id)
            if job is None or job.state is not JobState.DONE:
                return None
            again = paths | {each.path for each in job.outputs if each.is_damaged}
            running = self._rounds.get(job_id)
            if running is None:
                break
            if again <= running.paths:
                return None
            await running.over.wait()
        if self._now() >= files_until_s(job):
            await self._expire(job_id)
            raise _gone()
        begun(job, len(again))
        return await self._complete(job, again)

    async def _fetch_quietly(self, job_id: str) -> Found:
        """The same by itself: the row says what came of it, nobody is told."""
        job = self._ledger.jobs.get(job_id)
        if job is None or job.state is not JobState.DONE or job_id in self._rounds:
            return Found.SOME
        try:
            bringing = await self._complete(job)
        except Problem as problem:
            if problem.kind in _UNREACHED:
                return Found.UNREACHED
            return Found.DONE if problem.kind in _FOR_GOOD else Found.SOME
        return Found.SOME if _is_worth_asking(bringing.problems.values()) else Found.DONE

    async def _complete(self, job: Job, again: Set[str] = frozenset()) -> Bringing:
        running = self._rounds[job.job_id] = _Round(again)
        try:
            report = await self._result(job)
            if report.verdict is not Verdict.SUCCEEDED:
                raise _no_result(report)
            outputs = carry_over(tuple(map(bounded, report.outputs)), job.outputs)
            return await self._bring(replace(job, outputs=outputs), again)
        finally:
            del self._rounds[job.job_id]
            running.over.set()

    async def _result(self, job: Job) -> ResultReport:
        try:
            return await self._questions.result(job, tells_of_key=False)
        except Problem as problem:
            if not may_be_elsewhere(problem):
                raise
            found = await move_if_elsewhere(self._questions, self._ledger, job)
            if found is None:
                raise
            return await self._questions.result(found, tells_of_key=False)

    async def _bring(self, job: Job, again: Set[str] = frozenset()) -> Bringing:
        """Brings the files; what could not be had is in the row."""
        bringing = Bringing(job, self._downloads, self._ledger, again)
        await bringing.bring()
        problems = bringing.problems.values()
        # First: a job that is done is not taken up again after a crash.
        await self._downloads.conclude(replace(job, outputs=tuple(bringing.outputs)))
        done = await self._ledger.keep(job.job_id, _done(tuple(bringing.outputs), problems))
        if done is not None and _is_worth_asking(problems):
            self._later.put(job.job_id)
        return bringing

    async def _expire(self, job_id: str) -> None:
        await self._ledger.keep(job_id, expired)

    def _tell(self, job: Job, bringing: Bringing) -> None:
        """Tells what the user would not expect, and the end of what they asked for."""
        count = len(bringing.outputs)
        if bringing.problems:
            level, title = NoticeLevel.WARNING, _missing_text(len(bringing.problems), count)
            detail = next(iter(bringing.problems.values())).sentence()
        elif bringing.damaged:
            level, title = NoticeLevel.WARNING, _damaged_text(bringing.damaged, count)
            detail = _damaged_detail(bringing.damaged)
        elif bringing.refused:
            level, title = NoticeLevel.WARNING, _refused_text(len(bringing.refused), count)
            first = next(iter(bringing.refused.values()))
            detail = _("%s What is on this computer was kept.") % first.title
        elif bringing.renewed:
            level, title = NoticeLevel.INFO, _renewed_text(bringing.renewed)
            detail = "" if bringing.changed else _("Nothing has changed.")
        else:
            return
        problems = (*bringing.problems.values(), *bringing.refused.values())
        title, technical = f"{job.title}: {title}", _technical(problems)
        self._notices.tell(Notice(level, title, detail, technical, about=_about(job.job_id)))

    def _tell_many(self, count: int, problems: Sequence[Problem]) -> None:
        if not problems:
            title = n_("The files of %d job are here.", "The files of %d jobs are here.", count)
            self._notices.tell(_info(title % count, "", _MANY))
            return
        title = n_(
            "Not all files of %d of %d jobs could be fetched again.",
            "Not all files of %d of %d jobs could be fetched again.",
            len(problems),
        ) % (len(problems), count)
        detail = _("%s What is on this computer was kept.") % problems[0].title
        self._notices.tell(
            Notice(NoticeLevel.WARNING, title, detail, _technical(problems), about=_MANY)
        )


def _about(job_id: str) -> str:
    return f"files of {job_id}"


def _info(title: str, detail: str, about: str) -> Notice:
    return Notice(NoticeLevel.INFO, title, detail, about=about)


def expired(job: Job) -> Job | None:
    """A step: the files that are missing will never come any more."""
    missing = set(missing_files(job))
    if not missing:
        return None
    fault = _gone().sentence()
    outputs = tuple(replace(each, fault=fault) if each in missing else each for each in job.outputs)
    return replace(job, outputs=outputs)


def _done(outputs: tuple[Output, ...], problems: Collection[Problem]) -> Step:
    def step(job: Job) -> Job | None:
        if job.state not in HAS_RESULT:
            return None
        damaged = sum(each.is_damaged for each in outputs)
        reason = _damaged_text(damaged, len(outputs)) if damaged else ""
        return job.moved(
            JobState.DONE,
            outputs=outputs,
            reason=_missing_text(len(problems), len(outputs)) if problems else reason,
            technical=_technical(problems),
            trouble="",
        )

    return step


def _technical(problems: Collection[Problem]) -> str:
    different = dict.fromkeys(each.technical for each in problems)
    return "\n".join(islice(different, _TECHNICALS))


def _is_worth_asking(problems: Collection[Problem]) -> bool:
    """Whether some of them may go away by themselves."""
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


def _kept_meanwhile(count: int) -> str:
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


def _gone() -> Problem:
    return Problem(
        _("RunComfy keeps files for 7 days after a run, and that time is over."),
        _("What was not fetched is gone; what was downloaded stays on this computer."),
        _("Run the job again if you need it; that costs what a run costs."),
        kind=ProblemKind.NOT_FOUND,
    )


def _no_result(report: ResultReport) -> Problem:
    return Problem(
        _("RunComfy does not give this result any more."),
        _("Its status is “%s” now. Files that were downloaded stay on this computer.")
        % report.word,
        technical=report.technical,
    )
