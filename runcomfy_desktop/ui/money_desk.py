"""The money desk: asks before much is spent, and leads from notices to limits and held jobs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.hardware import sku_of
from runcomfy_desktop.domain.job import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.parts import WindowParts

QUESTION, WORKFLOW_QUESTION = "confirm_run", "workflow_question"


class MoneyDesk(QObject):
    """Emits `limits_wanted` when the person wishes to see prices and limits."""

    limits_wanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._parts: WindowParts | None = None
        self._links = Subscriptions()

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._links.add(parts.purse.settings_wanted, lambda _nothing: self.limits_wanted.emit())
        self._links.add(parts.purse.release_wanted, self._release)

    def detach(self) -> None:
        self._links.close()
        if self._parts is not None:
            self._parts.queue.check.end()
        self._parts = None
        # What it asks about belongs to a queue that is gone.
        for name in (QUESTION, WORKFLOW_QUESTION):
            question = self._window.findChild(QDialog, name)
            if question is not None:
                question.reject()

    def ask(
        self, what: Deployment | Sequence[Job], count: int, on_yes: Callable[[], object]
    ) -> None:
        """Calls `on_yes` at once, or when the person agrees to so much."""
        # Late: the first frame has no questions.
        from runcomfy_desktop.ui.dialogs.run_question import ask_before_running

        if self._parts is not None:
            ask_before_running(self._window, self._parts.purse, what, count, on_yes)

    def machines(self) -> set[str]:
        """Those of the person's deployments and jobs."""
        if self._parts is None:
            return set()
        deployments = self._parts.catalogue.state.deployments
        jobs = self._parts.queue.jobs.values()
        of_jobs = {sku_of(job.hardware) for job in jobs}
        return {sku for each in deployments for sku in each.hardware} | of_jobs

    def _release(self, job_ids: tuple[str, ...]) -> None:
        """Held jobs for which a limit has room again are to go, those that are still held and
        as far as there is still room: nobody was asked about more."""
        if self._parts is None:
            return
        # Late: the first frame has no questions.
        from runcomfy_desktop.ui.dialogs.workflow_question import run_if_agreed

        queue = self._parts.queue

        def held() -> list[Job]:
            known = [queue.jobs[each] for each in job_ids if each in queue.jobs]
            return [job for job in known if job.state is JobState.HELD]

        def ask_about_sum() -> None:
            jobs = held()
            ids = [job.job_id for job in jobs]
            send = partial(queue.line.send_now, ids, beyond=False)
            # The question may stand for long.
            go = partial(run_if_agreed, self._window, queue, "send", held, send)
            self.ask(jobs, len(jobs), go)

        run_if_agreed(self._window, queue, "release", held, ask_about_sum)
