"""The two lines around the queue's rows, kept true: what is held back, and the batch in view."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import about, one_line
from runcomfy_desktop.ui.jobs.strip import BatchLine, HeldStrip, StripWords, Way, strip_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.jobs.deeds import JobDeeds
    from runcomfy_desktop.ui.models.jobs import JobsModel


class QueueLines(QObject):
    """Owns `strip` (what is held) and `batch` (the batch of what is selected)."""

    def __init__(
        self,
        model: JobsModel,
        table: QWidget,
        panel: QWidget,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(panel)
        self._model = model
        self._table = table
        self._links = Subscriptions()
        self._queue: JobQueue | None = None
        self._deeds: JobDeeds | None = None
        self._purse: Purse | None = None
        self._words: StripWords | None = None
        # Whether sums have changed since it was told.
        self._is_stale = False
        self._batch_name = ""
        self.keeps_still: Callable[[], bool] = lambda: False
        """True while nothing may come or go above the rows; `refresh` follows when it is over."""
        self.batch_id = ""
        self.strip = HeldStrip(panel, now)
        self.batch = BatchLine(panel, now)
        self.strip.pressed.connect(self._on_strip_pressed)
        self.batch.cancel_requested.connect(self._on_batch_cancel_requested)
        self._is_grid = False

    def attach(self, queue: JobQueue, deeds: JobDeeds, purse: Purse | None) -> None:
        self._queue, self._deeds, self._purse = queue, deeds, purse
        self._links.add(queue.line.changed, lambda _state: self._show_strip())
        if purse is not None:
            self._links.add(purse.changed, lambda _nothing: self._show_sums())
        self._show_sums()

    def detach(self) -> None:
        self._links.close()
        self._queue = self._deeds = self._purse = None
        self.batch_id = ""
        self._show_sums()

    def refresh(self) -> None:
        """What is counted of the jobs has changed."""
        self._show_strip()
        self._show_batch()

    def show_batch_of(self, jobs: Sequence[Job]) -> None:
        """These are selected now."""
        ids = {job.batch_id for job in jobs}
        self.batch_id = ids.pop() if len(ids) == 1 else ""
        self._batch_name = one_line(jobs[0].batch_name) if self.batch_id else ""
        self._is_grid = bool(self.batch_id) and jobs[0].cell >= 0
        self._show_batch()

    @property
    def is_batch_open(self) -> bool:
        """Whether anything of the batch in view can be cancelled."""
        return self._model.lineup.batch(self.batch_id).open > 0

    def _show_strip(self) -> None:
        held = self._model.lineup.held
        words = strip_words(self._queue.line.state, held) if self._queue is not None else None
        if words == self._words and not self._is_stale:
            return
        if self.strip.isHidden() is (words is not None) and self.keeps_still():
            self._is_stale = True
            return
        self._words, self._is_stale = words, False
        # What goes beyond a limit is asked with its sum.
        sends = words is not None and words.way is Way.SEND and not words.warns
        cost = self._deeds.cost(self._held_by(words)) if sends and self._deeds is not None else ""
        with self._keeping_focus(self.strip.button):
            self.strip.show_words(words, cost)

    def _show_batch(self) -> None:
        count = self._model.lineup.batch(self.batch_id)
        with self._keeping_focus(self.batch.button):
            if count.jobs < 2:
                self.batch.hide()
                return
            usd = self._purse.batch_usd(self.batch_id) if self._purse is not None else 0.0
            cost = about(usd) if usd else ""
            if cost and count.finished < count.jobs:
                cost = _("%s so far") % cost
            self.batch.show_batch(self.batch_id, self._batch_name, count, cost)
            self.batch.grid_button.setVisible(self._is_grid)

    @contextmanager
    def _keeping_focus(self, button: QWidget) -> Iterator[None]:
        """Of a button that goes the keyboard comes to the rows, not wherever Qt finds a place."""
        had_focus = button.hasFocus()
        yield
        if had_focus and not button.isVisible():
            self._table.setFocus()

    def _show_sums(self) -> None:
        """The prices have changed, or who knows them."""
        self._is_stale = True
        self.refresh()

    def _held_by(self, words: StripWords | None) -> list[Job]:
        hold = words.hold if words is not None else None
        return [job for job in self._model.jobs() if hold is not None and job.hold is hold]

    def _on_strip_pressed(self, words: StripWords) -> None:
        if self._deeds is None:
            return
        if words.way is Way.RESUME_ALL:
            self._deeds.resume_all()
        else:
            self._deeds.send_now(self._held_by(words))

    def _on_batch_cancel_requested(self, batch_id: str) -> None:
        if self._deeds is not None:
            self._deeds.cancel_batch(batch_id)
