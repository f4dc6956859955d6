"""One job from Run to its files: sent, followed, fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.core.fetching import Fetcher
    from runcomfy_desktop.core.following import Follower
    from runcomfy_desktop.core.ledger import Ledger
    from runcomfy_desktop.core.line import Line
    from runcomfy_desktop.core.questions import Questions
    from runcomfy_desktop.core.sending import Sender


class Runner:
    """Carries jobs through their life; `run` and `resume` are the work of one task each."""

    def __init__(
        self,
        ledger: Ledger,
        questions: Questions,
        sender: Sender,
        follower: Follower,
        fetcher: Fetcher,
        line: Line,
    ) -> None:
        """`line` says whether a job may go when its turn has come, and hears when it is not being
        sent any more, whatever came of it."""
        self._ledger = ledger
        self._questions = questions
        self._sender = sender
        self._follower = follower
        self._fetcher = fetcher
        self._line = line

    async def prepare(self, job_id: str) -> None:
        """A job whose turn comes soon: makes smaller copies of its pictures."""
        try:
            await self._sender.prepare(job_id)
        finally:
            self._line.prepared(job_id)

    async def run(self, job_id: str) -> None:
        """A new job: sends it, and goes on as `resume` when it was accepted."""
        try:
            asked = await self._questions.send_turn(job_id)
            heard = self._questions.heard
            may_go = self._line.may_go
            if not await self._sender.send(job_id, may_go, lambda problem: heard(problem, asked)):
                self._questions.not_asked(asked)
        finally:
            self._line.left(job_id)
        job = self._ledger.jobs.get(job_id)
        if job is not None and job.state is JobState.QUEUED:
            self._questions.sent(asked)
        await self.resume(job_id)

    async def resume(self, job_id: str) -> None:
        """An accepted job: follows it to its end. Does nothing for any other."""
        try:
            report = await self._follower.follow(job_id)
            if report is not None:
                await self._fetcher.fetch(job_id, report)
        except Exception:
            # A bug of ours, which is logged and told by the task; the row must not look healthy.
            trouble = _("This program made a mistake and stopped asking about this job.")
            self._ledger.show(job_id, trouble=trouble)
            raise
