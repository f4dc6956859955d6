"""The context menu of the selected jobs; it only repeats what buttons and keys do."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.core.line import Where
from runcomfy_desktop.domain.job import JobState, can_fetch_again
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.jobs.deeds import can_ask, can_pause, can_remove, is_unsent, lacks_files
from runcomfy_desktop.ui.jobs.words import Deed, can_cancel, deed_text, missing_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.jobs.deeds import JobDeeds
    from runcomfy_desktop.ui.jobs.words import StateWords


def jobs_menu(
    owner: QWidget,
    jobs: Sequence[Job],
    deeds: JobDeeds,
    words: Callable[[Job], StateWords],
    do: Callable[[str, Deed], object],
) -> QMenu:
    """A menu for `jobs` which deletes itself after use; `do` does a deed on one job."""
    return _JobsMenu(owner, jobs, deeds, words, do)


class _JobsMenu(QMenu):
    """Built anew each time: what can be done depends on the jobs as they are."""

    def __init__(
        self,
        owner: QWidget,
        jobs: Sequence[Job],
        deeds: JobDeeds,
        words: Callable[[Job], StateWords],
        do: Callable[[str, Deed], object],
    ) -> None:
        super().__init__(owner)
        self._jobs = jobs
        self._deeds = deeds
        self._words = words
        self._do = do
        self.setObjectName("jobs_menu")
        self.aboutToHide.connect(self.deleteLater)
        count = len(jobs)
        self.setAccessibleName(
            one_line(jobs[0].title) if count == 1 else n_("%d job", "%d jobs", count) % count
        )
        if count == 1:
            self._add_one(jobs[0])
        self._add_unsent()
        self._add_ends()
        self._add_again()
        self._add_copy()
        self._add_remove()

    def _add_one(self, job: Job) -> None:
        self._entry(Deed.OPEN.value, _("Show outputs"), lambda: self._do(job.job_id, Deed.OPEN))
        details = deed_text(Deed.DETAILS)
        self._entry(Deed.DETAILS.value, details, lambda: self._do(job.job_id, Deed.DETAILS))
        if job.state is JobState.UNCERTAIN:
            resolve = deed_text(Deed.RESOLVE)
            self._entry(Deed.RESOLVE.value, resolve, lambda: self._do(job.job_id, Deed.RESOLVE))

    def _add_unsent(self) -> None:
        unsent = [job for job in self._jobs if is_unsent(job)]
        if not unsent:
            return
        self.addSeparator()
        held = [job for job in unsent if job.state is JobState.HELD]
        if held:
            deeds = {self._words(job).deed for job in held}
            text = deed_text(deeds.pop()) if len(deeds) == 1 else deed_text(Deed.SEND_NOW)
            self._entry("send_now", _with_count(text, held), lambda: self._deeds.send_now(held))
        going = [job for job in unsent if can_pause(job)]
        if going:
            pause = _with_count(_("Pause"), going)
            self._entry("pause", pause, lambda: self._deeds.pause(going))
        for name, text, where, keys in (
            ("first", _("Move to the front"), Where.FIRST, ""),
            ("up", _("Move up"), Where.UP, "Alt+Up"),
            ("down", _("Move down"), Where.DOWN, "Alt+Down"),
            ("last", _("Move to the end"), Where.LAST, ""),
        ):
            move = partial(self._deeds.move, unsent, where)
            action = self._entry(f"move_{name}", text, move)
            # Said here, done by the table, which has the keyboard.
            action.setShortcut(QKeySequence(keys))

    def _add_ends(self) -> None:
        open_ones = [job for job in self._jobs if can_cancel(job)]
        batches = {job.batch_id for job in self._jobs if job.batch_id}
        asked = [job for job in self._jobs if can_ask(job)]
        self.addSeparator()
        if open_ones:
            text = deed_text(Deed.CANCEL)
            if len(self._jobs) > 1:
                text = n_("Cancel %d job", "Cancel %d jobs", len(open_ones)) % len(open_ones)
            self._entry("cancel", text, lambda: self._deeds.cancel(open_ones))
        batch_id = batches.pop() if len(batches) == 1 else ""
        if batch_id and self._deeds.is_open(batch_id):
            batch = _("Cancel the batch…")
            self._entry("cancel_batch", batch, lambda: self._deeds.cancel_batch(batch_id))
        if asked:
            ask = _("Ask RunComfy now")
            self._entry("ask_again", ask, lambda: self._deeds.ask_again(asked))

    def _add_again(self) -> None:
        self.addSeparator()
        self._add_fetch()
        over = [job for job in self._jobs if job.state.is_finished]
        failed = [job for job in over if job.state is JobState.FAILED]
        if failed:
            retry = _with_count(_("Retry"), failed)
            self._entry("retry", retry, lambda: self._deeds.run_again(failed))
        if len(over) > len(failed) or (not over and len(self._jobs) == 1):
            again = over or [job for job in self._jobs if job.state is not JobState.UNCERTAIN]
            again = [job for job in again if not is_unsent(job)]
            if again:
                text = _with_count(deed_text(Deed.RUN_AGAIN), again)
                self._entry("run_again", text, lambda: self._deeds.run_again(again))

    def _add_fetch(self) -> None:
        now_s = time.time()
        there = [job for job in self._jobs if can_fetch_again(job, now_s)]
        lacking = [job for job in there if lacks_files(job)]
        text = _("Fetch the files again")
        if any(map(missing_files, lacking)):
            text = _("Fetch the missing files again")
        elif lacking:
            text = _("Fetch the damaged files again")
        wanted = lacking or there
        if wanted:
            text = _with_count(text, wanted)
            self._entry("fetch_again", text, lambda: self._deeds.fetch_again(wanted))

    def _add_copy(self) -> None:
        ids = [job.request_id for job in self._jobs if job.request_id]
        text = n_("Copy the request ID", "Copy the request IDs", max(1, len(ids)))
        copy = self._entry(
            "copy_ids", text, lambda: QGuiApplication.clipboard().setText("\n".join(ids))
        )
        copy.setEnabled(bool(ids))

    def _add_remove(self) -> None:
        if any(can_remove(job) for job in self._jobs):
            self.addSeparator()
            remove = _("Remove from the list")
            self._entry("remove", remove, lambda: self._deeds.remove(self._jobs))

    def _entry(self, name: str, text: str, deed: Callable[[], object]) -> QAction:
        action = self.addAction(text)
        action.setObjectName(f"menu_{name}")
        action.triggered.connect(lambda _checked=False: deed())
        return action


def _with_count(text: str, jobs: Sequence[Job]) -> str:
    """`Run again`, or of several `Run again (3)`."""
    return text if len(jobs) == 1 else _("%s (%d)") % (text, len(jobs))
