"""Notices about spending limits: jobs begin to be held by a limit, or are within it again.

Nothing here sends jobs: jobs that are within the limits again are offered to the user, who can send
them.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.deployments.cost import usd_text
from runcomfy_desktop.domain.jobs.job import HoldReason, Job
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.tasks import Tasks

LIMIT_HOLDS = (HoldReason.BATCH_LIMIT, HoldReason.DAY_LIMIT)
# Jobs of a batch are held one at a time; after this delay the notice can count all of them.
NOTICE_DELAY_S = 0.5


class LimitNotices:
    """Posts the notices about jobs that limits hold.

    `held_jobs` returns those held now, `show_limits` opens the settings, and `release` gets the ids
    of jobs that the user wants to send.
    """

    def __init__(
        self,
        notices: Notices,
        tasks: Tasks,
        held_jobs: Callable[[], Iterable[Job]],
        show_limits: Callable[[], object],
        release: Callable[[tuple[str, ...]], object],
    ) -> None:
        self._notices = notices
        self._tasks = tasks
        self._held_jobs = held_jobs
        self._show_limits = show_limits
        self._release = release
        self._reported: set[tuple[HoldReason, str, float]] = set()

    def report(self, job: Job, day: str, limit_usd: float, reason: str = "") -> None:
        """Posts a notice that a limit holds jobs, once per limit and batch or day. `reason` says
        why the limit could not be checked, for example without a price; "" if it would be
        exceeded."""
        assert job.hold is not None
        subject = reason or (job.batch_id if job.hold is HoldReason.BATCH_LIMIT else day)
        if (job.hold, subject, limit_usd) in self._reported:
            return
        self._reported.add((job.hold, subject, limit_usd))
        self._tasks.start("tell of a limit", self._report_later(job, limit_usd, reason))

    async def _report_later(self, job: Job, limit_usd: float, reason: str) -> None:
        await asyncio.sleep(NOTICE_DELAY_S)
        count = sum(_has_same_limit(job, each) for each in self._held_jobs())
        if not count:
            return
        exceeded_text = _("The day's limit of %s would be passed.")
        if job.hold is HoldReason.BATCH_LIMIT:
            exceeded_text = _("The batch's limit of %s would be passed.")
        count_text = n_("%d job is held.", "%d jobs are held.", count) % count
        title = f"{reason or exceeded_text % usd_text(limit_usd)} {count_text}"
        detail = _("Running jobs go on. Held jobs cost nothing until you send them.")
        button, action = _("Limits…"), self._show_limits
        self._notices.post(Notice(NoticeLevel.WARNING, title, detail, "", button, action))

    def offer_release(self, fitting: Iterable[Job]) -> None:
        """Posts a notice that offers to send these jobs, because they are within the limits
        again."""
        ids = tuple(job.job_id for job in fitting)
        if not ids:
            return
        text = n_(
            "The limit on spending has room for %d held job.",
            "The limit on spending has room for %d held jobs.",
            len(ids),
        )
        detail = _("They are not sent by themselves.")
        button, release = _("Send them…"), partial(self._release, ids)
        self._notices.post(Notice(NoticeLevel.INFO, text % len(ids), detail, "", button, release))


def unpriced_reason(sku: str) -> str:
    """Returns the reason why a limit holds a job of unknown cost."""
    if not sku:
        return _("It is not known which machine this runs on, so no limit could be kept.")
    return _("%s has no price here, so no limit could be kept.") % sku


def exceeded_reason(hold: HoldReason, sum_usd: float, limit_usd: float) -> str:
    """Returns the reason why a limit holds a job, with the sums."""
    if hold is HoldReason.BATCH_LIMIT:
        text = _("With this job, its batch would cost about %s; the limit is %s.")
    else:
        text = _("With this job, today would cost about %s; the day's limit is %s.")
    return text % (usd_text(sum_usd), usd_text(limit_usd))


def _has_same_limit(job: Job, other: Job) -> bool:
    same_batch = job.hold is not HoldReason.BATCH_LIMIT or other.batch_id == job.batch_id
    return other.hold is job.hold and same_batch
