"""Fetches the files of a result and finishes the job with them.

A file that cannot be had does not stop the others, and does not make a failed job of a good one:
the output says why it is missing, and can be fetched again while the service still has it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.api.inference import ResultReport, Verdict
from runcomfy_desktop.core.answers import carry_over, finished_s
from runcomfy_desktop.core.downloads import bounded
from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.versions import may_be_elsewhere, move_if_elsewhere
from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.downloads import Downloads
    from runcomfy_desktop.core.ledger import Ledger, Step
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.questions import Questions
    from runcomfy_desktop.domain.output import Output

# A run can have thousands of files, and each row holds all of them: it is not written for each.
_ROWS_PER_FETCH = 50
_HAS_RESULT = (JobState.FETCHING, JobState.DONE)


class Fetcher:
    """Takes jobs from FETCHING to DONE, and completes DONE ones which lack files."""

    def __init__(
        self,
        questions: Questions,
        ledger: Ledger,
        notices: Notices,
        downloads: Downloads,
        now: Callable[[], float],
    ) -> None:
        self._questions = questions
        self._ledger = ledger
        self._notices = notices
        self._downloads = downloads
        self._now = now
        self._again: set[str] = set()

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
            await self._bring(job)

    async def fetch_again(self, job_id: str) -> None:
        """Reads the result of a DONE job once more and downloads what is missing."""
        job = self._ledger.jobs.get(job_id)
        if job is None or job.state is not JobState.DONE or job_id in self._again:
            return
        self._again.add(job_id)
        try:
            report = await self._result(job)
            if report.verdict is not Verdict.SUCCEEDED:
                raise _no_result(report)
            outputs = carry_over(tuple(map(bounded, report.outputs)), job.outputs)
            await self._bring(replace(job, outputs=outputs))
        except Problem as problem:
            self._notices.failure(problem)
        finally:
            self._again.discard(job_id)

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

    async def _bring(self, job: Job) -> None:
        """Downloads one after the other and shows each as soon as it is here."""
        outputs = list(job.outputs)
        problems: list[Problem] = []
        every = max(1, len(outputs) // _ROWS_PER_FETCH)
        for index, output in enumerate(outputs):
            try:
                outputs[index] = await self._downloads.fetch(job, output)
            except Problem as problem:
                problems.append(problem)
                outputs[index] = replace(output, fault=problem.sentence())
            if index % every == 0 and outputs[index] != output:
                await self._ledger.keep(job.job_id, _with_outputs(tuple(outputs)))
        await self._ledger.keep(job.job_id, _done(tuple(outputs), problems))
        if problems:
            self._tell(job, problems)

    def _tell(self, job: Job, problems: list[Problem]) -> None:
        first = problems[0]
        self._notices.tell(
            Notice(
                NoticeLevel.WARNING,
                f"{job.title}: {_missing_text(len(problems), len(job.outputs))}",
                first.sentence(),
                "\n".join(dict.fromkeys(each.technical for each in problems)),
            )
        )


def _with_outputs(outputs: tuple[Output, ...]) -> Step:
    def step(job: Job) -> Job | None:
        if job.state not in _HAS_RESULT:
            return None
        return replace(job, outputs=outputs)

    return step


def _done(outputs: tuple[Output, ...], problems: list[Problem]) -> Step:
    def step(job: Job) -> Job | None:
        if job.state not in _HAS_RESULT:
            return None
        missing = len(problems)
        return job.moved(
            JobState.DONE,
            outputs=outputs,
            reason=_missing_text(missing, len(outputs)) if missing else "",
            technical="\n".join(dict.fromkeys(each.technical for each in problems)),
            trouble="",
        )

    return step


def _missing_text(missing: int, count: int) -> str:
    return n_(
        "%d of %d files could not be downloaded", "%d of %d files could not be downloaded", missing
    ) % (missing, count)


def _no_result(report: ResultReport) -> Problem:
    return Problem(
        _("RunComfy does not give this result any more."),
        _("Its status is “%s” now. Files that were downloaded stay on this computer.")
        % report.word,
        technical=report.technical,
    )
