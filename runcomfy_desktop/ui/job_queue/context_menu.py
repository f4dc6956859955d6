"""Context menu of the selected jobs."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.core.jobs.send_queue import QueueMove
from runcomfy_desktop.domain.jobs.job import JobState, can_fetch_again
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.job_queue.job_commands import (
    can_pause,
    can_poll,
    can_remove,
    is_unsent,
    lacks_files,
)
from runcomfy_desktop.ui.job_queue.state_texts import JobAction, action_text, missing_file_count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.job_queue.job_commands import JobCommands
    from runcomfy_desktop.ui.job_queue.state_texts import StateText


class JobsMenu(QMenu):
    """Context menu of some jobs, rebuilt each time because its entries depend on their states.

    `perform` runs an action on one job. The menu deletes itself after use.
    """

    def __init__(
        self,
        owner: QWidget,
        jobs: Sequence[Job],
        commands: JobCommands,
        get_state_text: Callable[[Job], StateText],
        perform: Callable[[str, JobAction], object],
    ) -> None:
        super().__init__(owner)
        self._jobs = jobs
        self._commands = commands
        self._get_state_text = get_state_text
        self._perform = perform
        self.setObjectName("jobs_menu")
        self.aboutToHide.connect(self.deleteLater)
        count = len(jobs)
        self.setAccessibleName(
            one_line(jobs[0].title) if count == 1 else n_("%d job", "%d jobs", count) % count
        )
        if count == 1:
            self._add_single_job(jobs[0])
        self._add_unsent()
        self._add_cancel()
        self._add_rerun()
        self._add_copy()
        self._add_remove()

    def _add_single_job(self, job: Job) -> None:
        actions = [JobAction.OPEN, JobAction.DETAILS]
        if job.state is JobState.UNCERTAIN:
            actions.append(JobAction.RESOLVE)
        for action in actions:
            text = _("Show outputs") if action is JobAction.OPEN else action_text(action)
            self._add_entry(action.value, text, partial(self._perform, job.job_id, action))

    def _add_unsent(self) -> None:
        unsent = [job for job in self._jobs if is_unsent(job)]
        if not unsent:
            return
        self.addSeparator()
        held = [job for job in unsent if job.state is JobState.HELD]
        if held:
            job_actions = {self._get_state_text(job).action for job in held}
            job_action = job_actions.pop() if len(job_actions) == 1 else JobAction.SEND_NOW
            text = _with_count(action_text(job_action), held)
            self._add_entry("send_now", text, lambda: self._commands.send_now(held))
        pausable = [job for job in unsent if can_pause(job)]
        if pausable:
            pause_text = _with_count(_("Pause"), pausable)
            self._add_entry("pause", pause_text, lambda: self._commands.pause(pausable))
        for name, text, where, keys in (
            ("first", _("Move to the front"), QueueMove.FIRST, ""),
            ("up", _("Move up"), QueueMove.UP, "Alt+Up"),
            ("down", _("Move down"), QueueMove.DOWN, "Alt+Down"),
            ("last", _("Move to the end"), QueueMove.LAST, ""),
        ):
            move = partial(self._commands.move, unsent, where)
            action = self._add_entry(f"move_{name}", text, move)
            # Only displayed here; the table, which has the focus, handles the keys.
            action.setShortcut(QKeySequence(keys))

    def _add_cancel(self) -> None:
        cancellable = [job for job in self._jobs if job.can_cancel]
        batches = {job.batch_id for job in self._jobs if job.batch_id}
        pollable = [job for job in self._jobs if can_poll(job)]
        self.addSeparator()
        if cancellable:
            text = action_text(JobAction.CANCEL)
            if len(self._jobs) > 1:
                text = n_("Cancel %d job", "Cancel %d jobs", len(cancellable)) % len(cancellable)
            self._add_entry("cancel", text, lambda: self._commands.cancel(cancellable))
        batch_id = batches.pop() if len(batches) == 1 else ""
        if batch_id and self._commands.is_batch_open(batch_id):
            cancel_batch = partial(self._commands.cancel_batch, batch_id)
            self._add_entry("cancel_batch", _("Cancel the batch…"), cancel_batch)
        if pollable:
            poll = partial(self._commands.poll_now, pollable)
            self._add_entry("ask_again", _("Ask RunComfy now"), poll)

    def _add_rerun(self) -> None:
        self.addSeparator()
        self._add_fetch()
        finished = [job for job in self._jobs if job.state.is_finished]
        failed = [job for job in finished if job.state is JobState.FAILED]
        if failed:
            retry_text = _with_count(_("Retry"), failed)
            self._add_entry("retry", retry_text, lambda: self._commands.run_again(failed))
        if len(finished) > len(failed) or (not finished and len(self._jobs) == 1):
            rerunnable = finished or [job for job in self._jobs if _is_sent_for_certain(job)]
            if rerunnable:
                text = _with_count(action_text(JobAction.RUN_AGAIN), rerunnable)
                self._add_entry("run_again", text, lambda: self._commands.run_again(rerunnable))

    def _add_fetch(self) -> None:
        now_s = time.time()
        fetchable = [job for job in self._jobs if can_fetch_again(job, now_s)]
        incomplete = [job for job in fetchable if lacks_files(job)]
        text = _("Fetch the files again")
        if any(map(missing_file_count, incomplete)):
            text = _("Fetch the missing files again")
        elif incomplete:
            text = _("Fetch the damaged files again")
        jobs = incomplete or fetchable
        if jobs:
            text = _with_count(text, jobs)
            self._add_entry("fetch_again", text, lambda: self._commands.fetch_again(jobs))

    def _add_copy(self) -> None:
        ids = [job.request_id for job in self._jobs if job.request_id]
        text = n_("Copy the request ID", "Copy the request IDs", max(1, len(ids)))
        copy = partial(QGuiApplication.clipboard().setText, "\n".join(ids))
        self._add_entry("copy_ids", text, copy).setEnabled(bool(ids))

    def _add_remove(self) -> None:
        if any(can_remove(job) for job in self._jobs):
            self.addSeparator()
            remove = partial(self._commands.remove, self._jobs)
            self._add_entry("remove", _("Remove from the list"), remove)

    def _add_entry(self, name: str, text: str, handler: Callable[[], object]) -> QAction:
        action = self.addAction(text)
        action.setObjectName(f"menu_{name}")
        action.triggered.connect(lambda: handler())
        return action


def _is_sent_for_certain(job: Job) -> bool:
    return job.state is not JobState.UNCERTAIN and not is_unsent(job)


def _with_count(text: str, jobs: Sequence[Job]) -> str:
    """Returns `Run again`, or `Run again (3)` for several jobs."""
    return text if len(jobs) == 1 else _("%s (%d)") % (text, len(jobs))
