"""Controller of grids: opens their windows, lists them in a menu, and runs their commands."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.sweeps.sweeps import SweepsState
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.sweeps.sweep import Sweep
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.base.window_state import WindowState
    from runcomfy_desktop.ui.sweeps.grid_export import GridExportController
    from runcomfy_desktop.ui.sweeps.grid_window import GridWindow
    from runcomfy_desktop.ui.sweeps.grids_menu import GridsMenu

_GEOMETRY_KEY = "grid"
_CELL_SIZE_KEY = "grid_cells"


class SweepController(QObject):
    """Opens a grid's window when the grid is started, and from the queue and the menu.

    `show_output` shows a job's outputs in their dock, `open_output` also brings the dock to the
    front.
    """

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        menu: GridsMenu,
        window_state: WindowState,
        show_output: Callable[[Job], object],
        open_output: Callable[[Job], object],
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._menu = menu
        self._window_state = window_state
        self._show_output = show_output
        self._open_output = open_output
        self._windows: dict[str, GridWindow] = {}
        scope.connect_signal(menu.grid_chosen, self.open)
        scope.subscribe(services.sweeps.started, lambda sweep: self.open(sweep.sweep_id))
        scope.subscribe(services.sweeps.changed, self._on_sweeps_changed)
        scope.call_on_close(self._close_windows)
        menu.show_sweeps(services.sweeps.state)

    # Windows

    def open(self, sweep_id: str) -> None:
        """Opens or raises a grid's window, or reports that the grid was forgotten."""
        sweep = self._services.sweeps.sweep(sweep_id)
        if sweep is None:
            self._services.notices.post_info(
                _("This grid was forgotten."), _("Its runs are in the queue as before.")
            )
            return
        window = self._windows.get(sweep_id) or self._make_window(sweep)
        self._services.sweeps.load_jobs(sweep_id)
        window.show()
        window.raise_()
        window.activateWindow()

    def window_of(self, sweep_id: str) -> GridWindow | None:
        return self._windows.get(sweep_id)

    def _make_window(self, sweep: Sweep) -> GridWindow:
        # Imported late: the first frame has no grids.
        from runcomfy_desktop.ui.sweeps.grid_window import GridWindow

        services = self._services
        window = GridWindow(
            sweep,
            services.sweeps,
            services.queue,
            self._scope.dialog_parent,
            services.thumbnail_files,
        )
        self._windows[sweep.sweep_id] = window
        geometry = self._window_state.value(_GEOMETRY_KEY)
        if not geometry.isEmpty() and len(self._windows) == 1:
            window.restoreGeometry(geometry)
        saved_cell_size = bytes(self._window_state.value(_CELL_SIZE_KEY).data())
        if saved_cell_size.isdigit():
            window.set_cell_size(int(saved_cell_size))
        else:
            window.fit_cells()
        self._export_controller.add_button(window)
        window.job_selected.connect(self._show_output)
        window.job_opened.connect(self._on_job_opened)
        window.retry_requested.connect(lambda cell: self._retry_cell(window, cell))
        window.retry_failed_requested.connect(
            lambda: self._retry(window, services.sweeps.failed_jobs(sweep.sweep_id))
        )
        window.cancel_requested.connect(lambda: self._cancel(window))
        window.forget_requested.connect(lambda: self._forget(window))
        window.closed.connect(lambda: self._on_closed(window))
        return window

    @cached_property
    def _export_controller(self) -> GridExportController:
        from runcomfy_desktop.ui.sweeps.grid_export import GridExportController

        return GridExportController(self._scope, self._services)

    def _close_windows(self) -> None:
        for window in list(self._windows.values()):
            window.close()

    def _on_closed(self, window: GridWindow) -> None:
        state = self._window_state
        state.set_value(_GEOMETRY_KEY, window.saveGeometry())
        if not window.is_fitted:
            state.set_value(_CELL_SIZE_KEY, QByteArray(str(window.cell_size).encode()))
        self._windows.pop(window.sweep.sweep_id, None)

    def _on_sweeps_changed(self, state: SweepsState) -> None:
        self._menu.show_sweeps(state)
        for sweep_id, window in list(self._windows.items()):
            if self._services.sweeps.sweep(sweep_id) is None:
                window.close()

    def _on_job_opened(self, job: Job) -> None:
        self._open_output(job)
        self._scope.dialog_parent.window().activateWindow()

    # Commands

    def _retry_cell(self, window: GridWindow, cell: int) -> None:
        job = self._services.sweeps.retryable_job(window.sweep.sweep_id, cell)
        self._retry(window, [] if job is None else [job])

    def _retry(self, window: GridWindow, jobs: list[Job]) -> None:
        from runcomfy_desktop.ui.run.job_questions import JobPreflight, cost_question

        if not jobs:
            return
        services, sweep_id = self._services, window.sweep.sweep_id
        # Only these jobs are counted and priced; others may fail while the dialog is open.
        on_yes = partial(services.sweeps.retry, sweep_id, *(job.cell for job in jobs))
        ask = partial(cost_question, services.budget, jobs, on_yes)
        JobPreflight(window, services.queue, "retry", lambda: jobs, on_yes, ask).start()

    def _cancel(self, window: GridWindow) -> None:
        from runcomfy_desktop.ui.job_queue.confirmations import confirm_cancel

        queue, sweep_id = self._services.queue, window.sweep.sweep_id
        state_counts = self._services.sweeps.state_counts(sweep_id)
        count = sum(n for state, n in state_counts.items() if not state.is_finished)
        if count:
            is_billed = self._services.budget.is_billed
            confirm_cancel(window, count, lambda: queue.cancel_batch(sweep_id), is_billed=is_billed)

    def _forget(self, window: GridWindow) -> None:
        from runcomfy_desktop.ui.widgets.confirm import ask_confirmation

        services, sweep_id = self._services, window.sweep.sweep_id
        text = n_(
            "Its run, and the file that it made, stay as they are, and what has not ended goes on.",
            "Its %d runs, and the files that they made, stay as they are, and what has not ended "
            "goes on.",
            window.sweep.cell_count,
        )
        ask_confirmation(
            window,
            "forget_grid",
            title=_("Forget the grid “%s”?") % one_line(window.sweep.name),
            text=text % window.sweep.cell_count if "%d" in text else text,
            button_text=_("Forget grid"),
            on_yes=lambda: services.sweeps.remove(sweep_id),
        )
