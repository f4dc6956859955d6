"""Asks the service to cancel a job. Its answer is only a promise: the status decides."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.api import inference
from runcomfy_desktop.core.answers import FOLLOWED, request_ref
from runcomfy_desktop.core.versions import may_be_elsewhere, move_if_elsewhere
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.inference import CancelReport
    from runcomfy_desktop.core.ledger import Ledger
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.job import Job

_log = logging.getLogger(__name__)


class Canceller:
    """Carries the wish to cancel to the service."""

    def __init__(self, client: Client, ledger: Ledger, notices: Notices) -> None:
        self._client = client
        self._ledger = ledger
        self._notices = notices
        self._asking: set[str] = set()

    async def ask(self, job_id: str, *, quietly: bool = False) -> None:
        """Asks; when it is refused the job can be cancelled again, and the person is told.

        `quietly`: it was asked before, and a refusal may only mean that.
        """
        job = self._ledger.jobs.get(job_id)
        if job is None or job.state not in FOLLOWED or job_id in self._asking:
            return
        self._asking.add(job_id)
        try:
            report = await self._cancel(job)
            if not report.accepted:
                _log.info("Job %s: cancel refused with %.80r", job_id, report.word)
                await self._refused(job, quietly=quietly)
        except Problem as problem:
            if await self._ledger.keep(job_id, _not_asked) is not None:
                self._notices.failure(problem)
        finally:
            self._asking.discard(job_id)

    async def _cancel(self, job: Job) -> CancelReport:
        try:
            return await inference.cancel(self._client, request_ref(job))
        except Problem as problem:
            if not may_be_elsewhere(problem):
                raise
            found = await move_if_elsewhere(self._client, self._ledger, job)
            if found is None:
                raise
            return await inference.cancel(self._client, request_ref(found))

    async def _refused(self, job: Job, *, quietly: bool) -> None:
        goes_on = await self._ledger.keep(job.job_id, _not_asked) is not None
        if goes_on and not quietly:
            self._notices.info(
                _("“%s” cannot be cancelled any more.") % job.title,
                _("RunComfy says that it is at its end. Its result is shown when it is there."),
            )


def _not_asked(job: Job) -> Job | None:
    if job.state not in FOLLOWED:
        return None
    return replace(job, cancel_asked=False)
