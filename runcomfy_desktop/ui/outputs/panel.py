"""The output panel: what a job made, with filmstrip, facts and what can be done with it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.job import JobState, can_fetch_again, files_until_s
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.jobs.deeds import JobDeeds
from runcomfy_desktop.ui.jobs.lineup import Lineup
from runcomfy_desktop.ui.models.outputs import OutputsModel
from runcomfy_desktop.ui.outputs.actions import OutputActions
from runcomfy_desktop.ui.outputs.background import Background
from runcomfy_desktop.ui.outputs.facts import OutputFacts
from runcomfy_desktop.ui.outputs.files import Saver, drag_file, open_file, show_in_folder
from runcomfy_desktop.ui.outputs.filmstrip import Filmstrip
from runcomfy_desktop.ui.outputs.playback import PlayBar
from runcomfy_desktop.ui.outputs.stage import Stage
from runcomfy_desktop.ui.outputs.thumbnails import Thumbnails
from runcomfy_desktop.ui.seldom import Seldom
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPixmap

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.output import Output
    from runcomfy_desktop.ui.jobs.words import Deed, StateWords
    from runcomfy_desktop.ui.outputs.decoding import Picture

_SECOND_MS = 1000


class OutputPanel(QWidget):
    """Shows one job's outputs. Emits `inputs_requested` with the job whose inputs a person
    wants to have in the tree again."""

    inputs_requested = Signal(str)

    def __init__(
        self, parent: QWidget | None = None, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._queue: JobQueue | None = None
        self._deeds: JobDeeds | None = None
        self._older: Job | None = None
        self._links = Subscriptions()
        self._lineup = Lineup()
        self._job_id = ""
        self._background = Background(self)
        self.thumbnails = Thumbnails(self, background=self._background)
        self.model = OutputsModel(self)
        self.stage = Stage(self._background, self, now)
        self.play_bar = PlayBar(self.stage.view, self)
        self.filmstrip = Filmstrip(self.model, self.thumbnails, self)
        self.facts = OutputFacts(self)
        self.actions_row = OutputActions(self, now)
        self._saver = Saver(self, self._background)
        self._second = QTimer(self)
        self._moving_up = Seldom(self, self._refresh)
        self._build()
        self._connect()

    # The core

    def attach(self, queue: JobQueue, purse: Purse | None = None) -> None:
        self.detach()
        self._queue = queue
        self._deeds = JobDeeds(self, queue, self._words, purse, self._now)
        self._on_queue_loaded()
        self._links.add(queue.pauses.sending_changed, self._on_sending_changed)
        self._links.add(queue.changed, self._on_job_changed)
        self._links.add(queue.removed, self._on_job_removed)
        self._links.add(queue.loaded, lambda _nothing: self._on_queue_loaded())
        self._refresh()

    def detach(self) -> None:
        self._links.close()
        self._moving_up.stop()
        self._queue = self._deeds = self._older = None
        self._lineup = Lineup()
        self.show_job("")

    def show_job(self, job_id: str) -> None:
        """Looks at another job; "" for none."""
        self._job_id = job_id
        self.actions_row.say("")
        self._refresh()
        self._check_thumbnails()

    def show_older(self, job: Job) -> None:
        """Looks at a job that ended long ago and is not in the queue's list any more."""
        self._older = job
        self.show_job(job.job_id)

    @property
    def job_id(self) -> str:
        return self._job_id

    # Making

    def _build(self) -> None:
        self.setObjectName("output_panel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * STEP, 0, 3 * STEP, 2 * STEP)
        layout.setSpacing(2 * STEP)
        layout.addWidget(self.stage, 1)
        layout.addWidget(self.play_bar)
        layout.addWidget(self.filmstrip)
        layout.addWidget(self.facts)
        layout.addSpacing(STEP)
        layout.addWidget(self.actions_row)
        self._second.setInterval(_SECOND_MS)
        self._refresh()

    def _connect(self) -> None:
        self._second.timeout.connect(self._on_second_timeout)
        self.filmstrip.row_chosen.connect(self._on_filmstrip_row_chosen)
        self.filmstrip.doubleClicked.connect(lambda _index: self._on_open_pressed())
        self.stage.shown.connect(self._on_stage_shown)
        self.stage.currentChanged.connect(lambda _page: self._offer())
        self.stage.view.drag_wished.connect(self._on_view_drag_wished)
        self.stage.view.menu_wished.connect(self._on_view_menu_wished)
        self.stage.job_card.deed_pressed.connect(self._on_job_card_deed_pressed)
        for opener in (self.stage.card.open_pressed, self.actions_row.open_pressed):
            opener.connect(self._on_open_pressed)
        for shower in (self.stage.card.folder_pressed, self.actions_row.folder_pressed):
            shower.connect(self._on_folder_pressed)
        for fetcher in (self.stage.card.fetch_pressed, self.actions_row.fetch_pressed):
            fetcher.connect(self._on_fetch_pressed)
        self.actions_row.save_pressed.connect(self._on_save_pressed)
        self.actions_row.inputs_pressed.connect(lambda: self.inputs_requested.emit(self._job_id))
        self._saver.ended.connect(self._on_saver_ended)

    # Showing

    def _refresh(self) -> None:
        job = self._job()
        self.model.show(job.outputs if job is not None else ())
        if self.model.rowCount() and not self.filmstrip.currentIndex().isValid():
            self.filmstrip.setCurrentIndex(self.model.index(0))
        self._show_stage(job)
        self.filmstrip.setVisible(self.model.rowCount() > 1)
        self.facts.setVisible(job is not None)
        self.actions_row.setVisible(job is not None)
        if job is not None:
            self.facts.show_job(job)
        ticks = job is not None and job.state.is_active
        if ticks != self._second.isActive():
            self._second.start() if ticks else self._second.stop()

    def _show_stage(self, job: Job | None) -> None:
        output = self._output()
        if job is None:
            self.stage.show_empty(
                _("The results of a run appear here. Choose inputs and press Run.")
            )
        elif output is None:
            self.stage.show_job(job, self._words(job), time.time())
        else:
            can_fetch, is_over = _can_fetch(job, output), time.time() >= files_until_s(job)
            self.stage.show_output(output, can_fetch=can_fetch, is_over=is_over)
        shown = self.stage.view.picture if output is not None else None
        if shown is None or output is None or shown.path != output.path:
            self.facts.show_output(output, None, 0)
        self._offer()

    def _offer(self) -> None:
        job, output, card = self._job(), self._output(), self.stage.card
        in_card = self.stage.currentWidget() is card
        can_fetch = job is not None and output is not None and _can_fetch(job, output)
        can_fetch = can_fetch and not (in_card and card.offers_fetch)
        self.actions_row.offer(self._job_id, output, in_card=in_card, can_fetch=can_fetch)
        self.play_bar.follow()

    def _check_thumbnails(self) -> None:
        for row in range(self.model.rowCount()):
            output = self.model.output(row)
            if output is not None and output.path:
                self.thumbnails.check(output.path)

    def _job(self) -> Job | None:
        older = self._older if self._older and self._older.job_id == self._job_id else None
        return self._lineup.jobs.get(self._job_id) or older

    def _output(self) -> Output | None:
        return self.model.output(self.filmstrip.currentIndex().row())

    def _words(self, job: Job) -> StateWords:
        return self._lineup.words(job, time.time())

    # Topics

    def _on_job_changed(self, job: Job) -> None:
        shifts = self._lineup.put(job)
        if job.job_id == self._job_id:
            self._refresh()
            if job.state is JobState.DONE:
                # A file may have been fetched again.
                self._check_thumbnails()
        elif shifts and self._output() is None:
            # What is shown says how many go before it.
            self._moving_up.wish(of=len(self._lineup.jobs))

    def _on_job_removed(self, job_id: str) -> None:
        if job_id in self._lineup:
            self._lineup.remove(job_id)
        if job_id == self._job_id:
            self.show_job("")

    def _on_queue_loaded(self) -> None:
        if self._queue is not None:
            self._lineup = Lineup(self._queue.jobs.values())
            self._lineup.sends_at_s = self._queue.pauses.sending_until_s
            self._refresh()

    def _on_sending_changed(self, until_s: float) -> None:
        self._lineup.sends_at_s = until_s
        self._refresh()

    # Widgets

    def _on_second_timeout(self) -> None:
        job = self._job()
        if job is not None and self._output() is None and self.isVisible():
            self.stage.show_job(job, self._words(job), time.time())

    def _on_filmstrip_row_chosen(self, _row: int) -> None:
        self.actions_row.say("")
        self._show_stage(self._job())

    def _on_stage_shown(self, picture: Picture) -> None:
        size_bytes = picture.stamp.size_bytes if picture.stamp is not None else 0
        self.facts.show_output(self._output(), picture.size, size_bytes)
        self.play_bar.follow()

    def _on_view_drag_wished(self, pixmap: QPixmap) -> None:
        output = self._output()
        if output is not None and output.path:
            drag_file(self.stage.view, output.path, pixmap)

    def _on_view_menu_wished(self, event: QContextMenuEvent) -> None:
        self.actions_row.menu(self.stage.view).popup(event.globalPos())

    def _on_job_card_deed_pressed(self, deed: Deed) -> None:
        if self._deeds is not None:
            self._deeds.do(self._job_id, deed)

    def _on_open_pressed(self) -> None:
        output = self._output()
        if output is not None and output.path and not open_file(output.path):
            self._say(_("The desktop has no program for this file."))

    def _on_folder_pressed(self) -> None:
        output = self._output()
        if output is not None and output.path and not show_in_folder(output.path):
            self._say(_("The desktop could not open the folder."))

    def _on_fetch_pressed(self) -> None:
        job, output = self._job(), self._output()
        if self._deeds is not None and job is not None and output is not None:
            self._deeds.fetch_file_again(job, output)

    def _on_save_pressed(self) -> None:
        output = self._output()
        if output is not None:
            self._saver.ask(output)

    def _on_saver_ended(self, words: str, _went_well: bool) -> None:
        self._say(words)

    def _say(self, words: str) -> None:
        self.actions_row.say(words)
        announce(self, words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self.filmstrip.step(step):
            super().keyPressEvent(event)


def _can_fetch(job: Job, output: Output) -> bool:
    return bool(output.url) and can_fetch_again(job, time.time())
