"""Controller of grids: opens their windows, lists them in a menu, and runs their commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, Signal
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import shortened
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.sweeps.sweeps import Sweeps, SweepsState
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.sweeps.sweep import Sweep
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.controllers import WindowContext
    from runcomfy_desktop.ui.sweeps.grid_export import GridExportController
    from runcomfy_desktop.ui.sweeps.grid_window import GridWindow

_GEOMETRY_KEY = "grid"
_CELL_SIZE_KEY = "grid_cells"
_MAX_GRIDS = 20
_MAX_NAME_CHARS = 48


class GridsMenu(QMenu):
    """Menu of the newest grids; disabled while there are none.

    Emits `grid_chosen` with the id of a grid.
    """

    grid_chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("&Grids"), parent)
        self._subscriptions = Subscriptions()
        self.setObjectName("grids_menu")
        self.setAccessibleName(_("Grids"))
        self.setToolTipsVisible(True)
        self.menuAction().setObjectName("grids_action")
        self.setEnabled(False)

    def attach(self, sweeps: Sweeps) -> None:
        self._subscriptions.add(sweeps.changed, self._fill)
        self._fill(sweeps.state)

    def detach(self) -> None:
        self._subscriptions.close()
        self.clear()
        self.setEnabled(False)

    def _fill(self, state: SweepsState) -> None:
        self.clear()
        for sweep in state.sweeps[:_MAX_GRIDS]:
            name = one_line(sweep.name)
            action = self.addAction(literal(shortened(name, _MAX_NAME_CHARS)))
            action.setToolTip(tooltip(name))
            action.triggered.connect(
                lambda _checked=False, sweep_id=sweep.sweep_id: self.grid_chosen.emit(sweep_id)
            )
        self.setEnabled(bool(state.sweeps))


class SweepController(QObject):
    """Opens a grid's window when the grid is started, and from the queue and the menu."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._services: SessionServices | None = None
        self._subscriptions = Subscriptions()
        self._windows: dict[str, GridWindow] = {}
        self._export: GridExportController | None = None
        self.menu = GridsMenu(context.window)
        self.menu.grid_chosen.connect(self.open)
        self._insert_into_run_menu()
        context.docks.grid_requested.connect(self.open)

    def attach(self, services: SessionServices) -> None:
        self._services = services
        self._subscriptions.add(services.sweeps.started, lambda sweep: self.open(sweep.sweep_id))
        self._subscriptions.add(services.sweeps.changed, self._on_sweeps_changed)
        self.menu.attach(services.sweeps)

    def detach(self) -> None:
        self._subscriptions.close()
        self.menu.detach()
        for window in list(self._windows.values()):
            window.close()
        self._services = None

    # Windows

    def open(self, sweep_id: str) -> None:
        """Opens or raises a grid's window, or reports that the grid was forgotten."""
        if self._services is None:
            return
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
        from runcomfy_desktop.ui.sweeps.grid_export import GridExportController
        from runcomfy_desktop.ui.sweeps.grid_window import GridWindow

        assert self._services is not None
        window = GridWindow(sweep, self._services.sweeps, self._context.window)
        self._windows[sweep.sweep_id] = window
        geometry = self._context.window_state.value(_GEOMETRY_KEY)
        if not geometry.isEmpty() and len(self._windows) == 1:
            window.restoreGeometry(geometry)
        saved_cell_size = bytes(self._context.window_state.value(_CELL_SIZE_KEY).data())
        if saved_cell_size.isdigit():
            window.set_cell_size(int(saved_cell_size))
        else:
            window.fit_cells()
        if self._export is None:
            self._export = GridExportController(self._context.window)
        self._export.add_button(window, self._services)
        window.job_selected.connect(self._context.docks.show_output)
        window.job_opened.connect(self._on_job_opened)
        window.retry_requested.connect(lambda cell: self._retry(window, cell))
        window.retry_failed_requested.connect(lambda: self._retry_failed(window))
        window.cancel_requested.connect(lambda: self._cancel(window))
        window.forget_requested.connect(lambda: self._forget(window))
        window.closed.connect(lambda: self._on_closed(window))
        return window

    def _on_closed(self, window: GridWindow) -> None:
        state = self._context.window_state
        state.set_value(_GEOMETRY_KEY, window.saveGeometry())
        if not window.is_fitted:
            state.set_value(_CELL_SIZE_KEY, QByteArray(str(window.cell_size).encode()))
        self._windows.pop(window.sweep.sweep_id, None)

    def _on_sweeps_changed(self, _state: object) -> None:
        if self._services is None:
            return
        for sweep_id, window in list(self._windows.items()):
            if self._services.sweeps.sweep(sweep_id) is None:
                window.close()

    def _on_job_opened(self, job: Job) -> None:
        self._context.docks.output.bring_to_front()
        self._context.docks.show_output(job)
        self._context.window.activateWindow()

    # Commands

    def _retry(self, window: GridWindow, cell: int) -> None:
        services, sweep_id = self._services, window.sweep.sweep_id
        job = services.sweeps.retryable_job(sweep_id, cell) if services is not None else None
        if services is not None and job is not None:
            self._ask_to_run(window, [job], lambda: services.sweeps.retry(sweep_id, cell))

    def _retry_failed(self, window: GridWindow) -> None:
        services, sweep_id = self._services, window.sweep.sweep_id
        jobs = services.sweeps.failed_jobs(sweep_id) if services is not None else []
        if services is not None and jobs:
            # Only these jobs were counted and priced; others may fail while the dialog is open.
            cells = [job.cell for job in jobs]
            self._ask_to_run(window, jobs, lambda: services.sweeps.retry_many(sweep_id, cells))

    def _ask_to_run(
        self, window: GridWindow, jobs: list[Job], on_yes: Callable[[], object]
    ) -> None:
        from runcomfy_desktop.ui.run.run_questions import (
            ask_before_running,
            confirm_if_workflow_changed,
        )

        assert self._services is not None
        budget, queue = self._services.budget, self._services.queue

        def ask() -> None:
            ask_before_running(window, budget, jobs, len(jobs), on_yes)

        confirm_if_workflow_changed(window, queue, "retry", lambda: jobs, ask)

    def _cancel(self, window: GridWindow) -> None:
        from runcomfy_desktop.ui.job_queue.confirmations import confirm_cancel

        if self._services is None:
            return
        services, sweep_id = self._services, window.sweep.sweep_id
        state_counts = services.sweeps.state_counts(sweep_id)
        count = sum(n for state, n in state_counts.items() if not state.is_finished)
        if count:
            is_billed = services.budget.is_billed
            confirm_cancel(
                window, count, lambda: services.sweeps.cancel(sweep_id), is_billed=is_billed
            )

    def _forget(self, window: GridWindow) -> None:
        from runcomfy_desktop.ui.widgets.confirm import ask_confirmation

        if self._services is None:
            return
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

    def _insert_into_run_menu(self) -> None:
        run_menu = self._context.window.findChild(QMenu, "run_menu")
        if run_menu is None:
            return
        actions = run_menu.actions()
        pause_action = next(
            (each for each in actions if each.objectName() == "pause_all_action"), None
        )
        if pause_action is None:
            run_menu.addMenu(self.menu)
        else:
            run_menu.insertMenu(pause_action, self.menu)
