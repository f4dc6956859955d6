"""Spending controller: connects the notices about spending limits to the held jobs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.domain.deployments.hardware import sku_of
from runcomfy_desktop.domain.jobs.job import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices


class SpendingController(QObject):
    """Sends held jobs when a notice's button is pressed, and the user agrees to their cost."""

    def __init__(self, scope: SessionScope, services: SessionServices) -> None:
        super().__init__(scope)
        self._services = services
        self._dialog_parent = scope.dialog_parent
        scope.call_on_close(services.queue.deployment_check.cancel)
        scope.subscribe(services.budget.release_requested, self._release_held)

    def machine_skus(self) -> frozenset[str]:
        """Returns the machine types of the user's deployments and jobs."""
        deployments = self._services.catalogue.state.deployments
        jobs = self._services.queue.jobs.values()
        of_jobs = {sku_of(job.hardware) for job in jobs}
        return frozenset({sku for each in deployments for sku in each.hardware} | of_jobs)

    def _release_held(self, job_ids: tuple[str, ...]) -> None:
        """Sends held jobs that now fit within a spending limit.

        Only jobs that are still held are sent, and only within the limit: the user has not agreed
        to more.
        """
        # Imported late: the first frame has no dialogs.
        from runcomfy_desktop.ui.run.job_questions import JobPreflight, JobQuestion, cost_question

        budget, queue = self._services.budget, self._services.queue

        def held() -> list[Job]:
            known = [queue.jobs[each] for each in job_ids if each in queue.jobs]
            return [job for job in known if job.state is JobState.HELD]

        def send(jobs: Sequence[Job]) -> None:
            queue.send_queue.send_now([job.job_id for job in jobs], ignores_limit=False)

        def ask() -> JobQuestion | None:
            jobs = held()
            return cost_question(budget, jobs, partial(send, jobs))

        parent = self._dialog_parent
        JobPreflight(parent, queue, "release", held, lambda: send(held()), ask).start()
