"""Output panel: a result in its viewer, with properties and actions below."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.domain.jobs.job import (
    UNSENT_STATES,
    JobState,
    can_fetch_again,
    files_expiry_s,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.base.throttle import Throttle
from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
from runcomfy_desktop.ui.job_queue.job_commands import JobCommands
from runcomfy_desktop.ui.job_queue.progress_texts import describe_progress
from runcomfy_desktop.ui.job_queue.state_texts import describe_in_queue
from runcomfy_desktop.ui.results.actions import OutputActions
from runcomfy_desktop.ui.results.file_actions import (
    OutputSaver,
    drag_file,
    open_file,
    show_in_folder,
)
from runcomfy_desktop.ui.results.output_properties import OutputProperties
from runcomfy_desktop.ui.results.outputs_model import OutputsModel
from runcomfy_desktop.ui.results.result_pager import ResultPager
from runcomfy_desktop.ui.results.viewer import Viewer
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.layouts import column

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QContextMenuEvent, QPixmap

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.images.picture_decoder import DecodedPicture
    from runcomfy_desktop.ui.job_queue.state_texts import JobAction, StateText

_SECOND_MS = 1000
# An unsent job says why it waits, and a queued one whether a machine is being started.
_STATES_SEEING_OTHERS = UNSENT_STATES | {JobState.QUEUED}


class OutputPanel(QWidget):
    """Shows one output of a job, or the job's state, and the way to the other results.

    Emits `job_chosen` with the job of a result that the user has chosen here, and
    `inputs_requested` with the job whose inputs the user wants to restore in the tree.
    """

    job_chosen = Signal(str)
    inputs_requested = Signal(str)

    def __init__(
        self,
        scope: SessionScope,
        queue: JobQueue,
        budget: Budget | None = None,
        parent: QWidget | None = None,
        *,
        thumbnail_files: ThumbnailFiles | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._queue = queue
        self._commands = JobCommands(scope, queue, self._state_text, budget, now=now)
        self._job_id = ""
        self._past_job: Job | None = None
        self._tasks = BackgroundTasks(self)
        self.thumbnails = ThumbnailCache(self, files=thumbnail_files, tasks=self._tasks)
        self.model = OutputsModel(self)
        self.viewer = Viewer(self._tasks, self.model, self.thumbnails, queue, self, now)
        self.result_view, self.filmstrip = self.viewer.result_view, self.viewer.filmstrip
        self.pager = ResultPager(self)
        """Position among all results; a dock may put this widget into its title."""
        self.properties = OutputProperties(self.result_view, self)
        self.actions_row = OutputActions(self.result_view.picture_view, self, now)
        self._saver = OutputSaver(scope)
        self._tick_timer = QTimer(self)
        self._refresh_throttle = Throttle(self, self._refresh)
        self._strip_throttle = Throttle(self, self._refresh_strip)
        self._build()
        self._connect()
        self._subscribe(scope)

    def show_job(self, job_id: str) -> None:
        """Shows another job with its first output, "" for none; the shown job is only updated."""
        if job_id != self._job_id:
            self._job_id = job_id
            self.viewer.filmstrip.set_row(-1)
        self.actions_row.show_message("")
        self._refresh()
        self._check_thumbnails()

    def show_past_job(self, job: Job) -> None:
        """Shows a job that ended long ago and is no longer in the queue's list."""
        self._past_job = job
        self.show_job(job.job_id)

    @property
    def job_id(self) -> str:
        return self._job_id

    def put_viewer_back(self) -> None:
        """Takes the viewer back that the full view has shown."""
        self._layout.insertWidget(1, self.viewer, 1)
        # Otherwise Qt shows it later, and it cannot have the focus yet.
        self.viewer.show()
        self._layout.activate()
        self.properties.updateGeometry()

    def step(self, by: int) -> None:
        """Shows the newer (-1) or older (1) output next to the shown one, if there is one."""
        row = self._stepped_row(by)
        if row >= 0:
            self.filmstrip.setCurrentIndex(self.model.index(row))

    def _stepped_row(self, by: int) -> int:
        """Returns the row of the output next to the shown one, -1 if there is none."""
        first, end = self.model.accepted_count, self.model.rowCount()
        current = self.filmstrip.currentIndex().row()
        row = first if current < first else current + by
        is_forward = current >= first or by > 0
        return row if is_forward and first <= row < end else -1

    # Building

    def _build(self) -> None:
        self.setObjectName("output_panel")
        margins = (3 * STEP, 0, 3 * STEP, 0)
        below = column(self.properties, self.actions_row, spacing=0, margins=margins)
        self._layout = column(self.pager, (self.viewer, 1), below, owner=self, spacing=0)
        self._tick_timer.setInterval(_SECOND_MS)
        self._refresh()

    def _connect(self) -> None:
        self._tick_timer.timeout.connect(self._on_tick_timeout)
        for stepper in (self.viewer.step_requested, self.pager.step_requested):
            stepper.connect(self.step)
        self.filmstrip.row_chosen.connect(self._on_filmstrip_row_chosen)
        self.result_view.picture_shown.connect(self._on_picture_shown)
        self.result_view.currentChanged.connect(lambda _page: self._update_actions())
        self.result_view.picture_view.drag_requested.connect(self._on_view_drag_requested)
        self.result_view.picture_view.menu_requested.connect(self._on_view_menu_requested)
        self.result_view.job_card.action_pressed.connect(self._on_job_card_action_pressed)
        for opener in (self.result_view.file_card.open_pressed, self.actions_row.open_pressed):
            opener.connect(self._on_open_pressed)
        for shower in (self.result_view.file_card.folder_pressed, self.actions_row.folder_pressed):
            shower.connect(self._on_folder_pressed)
        for fetcher in (self.result_view.file_card.fetch_pressed, self.actions_row.fetch_pressed):
            fetcher.connect(self._on_fetch_pressed)
        self.actions_row.save_pressed.connect(self._on_save_pressed)
        self.actions_row.inputs_pressed.connect(lambda: self.inputs_requested.emit(self._job_id))
        self._saver.finished.connect(self._on_saver_finished)

    def _subscribe(self, scope: SessionScope) -> None:
        queue = self._queue
        scope.subscribe(queue.send_queue.changed, lambda _state: self._on_others_changed())
        scope.subscribe(queue.changed, self._on_job_changed)
        scope.subscribe(queue.removed, self._on_job_removed)
        scope.subscribe(queue.loaded, lambda _nothing: self._refresh())
        scope.call_on_close(self._refresh_throttle.stop)
        scope.call_on_close(self._strip_throttle.stop)
        scope.call_on_close(self._tick_timer.stop)

    # Display

    def _refresh(self) -> None:
        job = self._job()
        self._refresh_strip()
        self._show_result(job)
        self.properties.setVisible(job is not None)
        self.actions_row.setVisible(job is not None)
        if job is not None:
            self.properties.show_job(job)

    def _refresh_strip(self) -> None:
        """Updates the strip; what is shown stays, or else the next output of the job follows."""
        shown = self.model.result(self.filmstrip.currentIndex().row())
        with self.filmstrip.moving():
            self.model.show_jobs(self._queue.jobs, self._job())
            row = -1
            if shown is not None and shown.job.job_id == self._job_id:
                row = self.model.row_of(shown)
            self.filmstrip.set_row(row if row >= 0 else self.model.first_row(self._job_id))
        self.filmstrip.setVisible(self.model.rowCount() > 0)
        self._update_pager()
        self._update_ticks()

    def _update_pager(self) -> None:
        row = self.filmstrip.currentIndex().row()
        self.pager.show_position(
            max(0, row - self.model.accepted_count + 1),
            self.model.output_count,
            has_newer=self._stepped_row(-1) >= 0,
            has_older=self._stepped_row(1) >= 0,
        )

    def _update_ticks(self) -> None:
        job = self._job()
        needs_ticks = self.model.accepted_count > 0 or (job is not None and job.state.is_active)
        if needs_ticks != self._tick_timer.isActive():
            self._tick_timer.start() if needs_ticks else self._tick_timer.stop()

    def _show_result(self, job: Job | None) -> None:
        output = self._output()
        if job is None:
            self.result_view.show_empty(
                _("The results of a run appear here. Choose inputs and press Run.")
            )
        elif output is None:
            self._show_job_card(job)
        else:
            can_fetch, is_expired = _can_fetch(job, output), time.time() >= files_expiry_s(job)
            self.result_view.show_output(output, can_fetch=can_fetch, is_expired=is_expired)
        shown_picture = self.result_view.picture_view.picture if output is not None else None
        if shown_picture is None or output is None or shown_picture.path != output.path:
            self.properties.show_output(output, None)
        self._update_actions()

    def _show_job_card(self, job: Job) -> None:
        now_s = time.time()
        progress = describe_progress(self._queue, job, now_s)
        self.result_view.show_job(job, self._state_text(job), progress, now_s)

    def _update_actions(self) -> None:
        job, output = self._job(), self._output()
        can_fetch = job is not None and output is not None and _can_fetch(job, output)
        self.actions_row.update_for(self._job_id, output, can_fetch=can_fetch)
        self.viewer.view_bar.refresh()

    def _check_thumbnails(self) -> None:
        job = self._job()
        for output in job.outputs if job is not None else ():
            if output.path:
                self.thumbnails.check(output.path)

    def _job(self) -> Job | None:
        past_job = (
            self._past_job if self._past_job and self._past_job.job_id == self._job_id else None
        )
        return self._queue.jobs.get(self._job_id) or past_job

    def _output(self) -> Output | None:
        return self.model.output(self.filmstrip.currentIndex().row())

    def _state_text(self, job: Job) -> StateText:
        return describe_in_queue(self._queue, job, time.time())

    # Topics

    def _on_job_changed(self, job: Job) -> None:
        if job.job_id == self._job_id:
            self._refresh()
            if job.state is JobState.DONE:
                # A file may have been fetched again.
                self._check_thumbnails()
        else:
            self._on_others_changed()
            self._strip_throttle.request()

    def _on_others_changed(self) -> None:
        """Updates a text that may follow from other jobs or the state of the send queue."""
        job = self._job()
        if job is not None and job.state in _STATES_SEEING_OTHERS:
            self._refresh_throttle.request(job_count=len(self._queue.jobs))

    def _on_job_removed(self, job_id: str) -> None:
        if job_id == self._job_id:
            self.show_job("")
        else:
            self._on_others_changed()
            self._strip_throttle.request()

    # Widgets

    def _on_tick_timeout(self) -> None:
        if not self.viewer.isVisible():
            return
        if self.model.accepted_count:
            self.filmstrip.viewport().update()
        job = self._job()
        if job is not None and self._output() is None:
            self._show_job_card(job)

    def _on_filmstrip_row_chosen(self, row: int) -> None:
        self.actions_row.show_message("")
        result = self.model.result(row)
        if result is None or result.job.job_id == self._job_id:
            self._show_result(self._job())
            self._update_pager()
        else:
            self._job_id = result.job.job_id
            self._refresh()
            self._check_thumbnails()
            self.job_chosen.emit(self._job_id)

    def _on_picture_shown(self, picture: DecodedPicture) -> None:
        self.properties.show_output(self._output(), picture)
        self.viewer.view_bar.refresh()

    def _on_view_drag_requested(self, pixmap: QPixmap) -> None:
        output = self._output()
        if output is not None and output.path:
            drag_file(self.result_view.picture_view, output.path, pixmap)

    def _on_view_menu_requested(self, event: QContextMenuEvent) -> None:
        self.actions_row.menu().popup(event.globalPos())

    def _on_job_card_action_pressed(self, action: JobAction) -> None:
        self._commands.perform(self._job_id, action)

    def _on_open_pressed(self) -> None:
        output = self._output()
        if output is not None and output.path and not open_file(output.path):
            self._show_message(_("The desktop has no program for this file."))

    def _on_folder_pressed(self) -> None:
        output = self._output()
        if output is not None and output.path and not show_in_folder(output.path):
            self._show_message(_("The desktop could not open the folder."))

    def _on_fetch_pressed(self) -> None:
        job, output = self._job(), self._output()
        if job is not None and output is not None:
            self._commands.fetch_file_again(job, output)

    def _on_save_pressed(self) -> None:
        output = self._output()
        if output is not None:
            self._saver.ask_target(output)

    def _on_saver_finished(self, message: str, _went_well: bool) -> None:
        self._show_message(message)

    def _show_message(self, message: str) -> None:
        self.actions_row.show_message(message)
        announce(self, message)


def _can_fetch(job: Job, output: Output) -> bool:
    return bool(output.url) and can_fetch_again(job, time.time())
