"""The desk of grids: opens their windows, and carries out what is wished there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.sweep.menu import GridsMenu

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.sweep.sweep import Sweep
    from runcomfy_desktop.ui.desks import Frame
    from runcomfy_desktop.ui.parts import WindowParts
    from runcomfy_desktop.ui.sweep.grid.export import GridExport
    from runcomfy_desktop.ui.sweep.grid.window import GridWindow

_PLACE = "grid"
_CELLS = "grid_cells"


class SweepDesk(QObject):
    """A grid's window opens by itself when the grid is begun, and from the queue and the menu."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame.window)
        self._frame = frame
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self._windows: dict[str, GridWindow] = {}
        self._export: GridExport | None = None
        self.menu = GridsMenu(frame.window)
        self.menu.chosen.connect(self.open)
        self._put_into_menu()
        frame.docks.grid_wished.connect(self.open)

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._links.add(parts.sweeps.begun, lambda sweep: self.open(sweep.sweep_id))
        self._links.add(parts.sweeps.changed, self._on_sweeps_changed)
        self.menu.attach(parts.sweeps)

    def detach(self) -> None:
        self._links.close()
        self.menu.detach()
        for window in list(self._windows.values()):
            window.close()
        self._parts = None

    # Windows

    def open(self, sweep_id: str) -> None:
        """Opens a grid's window, or brings it forward; says so when the grid was forgotten."""
        if self._parts is None:
            return
        sweep = self._parts.sweeps.sweep(sweep_id)
        if sweep is None:
            self._parts.notices.info(
                _("This grid was forgotten."), _("Its runs are in the queue as before.")
            )
            return
        window = self._windows.get(sweep_id) or self._made(sweep)
        self._parts.sweeps.bring(sweep_id)
        window.show()
        window.raise_()
        window.activateWindow()

    def window_of(self, sweep_id: str) -> GridWindow | None:
        return self._windows.get(sweep_id)

    def _made(self, sweep: Sweep) -> GridWindow:
        # Late: the first frame has no grids.
        from runcomfy_desktop.ui.sweep.grid.export import GridExport
        from runcomfy_desktop.ui.sweep.grid.window import GridWindow

        assert self._parts is not None
        window = GridWindow(sweep, self._parts.sweeps, self._frame.window)
        self._windows[sweep.sweep_id] = window
        place = self._frame.state.value(_PLACE)
        if not place.isEmpty() and len(self._windows) == 1:
            window.restoreGeometry(place)
        kept = bytes(self._frame.state.value(_CELLS).data())
        if kept.isdigit():
            window.set_cell_size(int(kept))
        else:
            window.fit_cells()
        if self._export is None:
            self._export = GridExport(self._frame.window)
        self._export.offer(window, self._parts)
        window.looked_at.connect(self._frame.docks.show_output)
        window.opened.connect(self._on_opened)
        window.retry_wished.connect(lambda cell: self._retry(window, cell))
        window.retry_failed_wished.connect(lambda: self._retry_failed(window))
        window.cancel_wished.connect(lambda: self._cancel(window))
        window.forget_wished.connect(lambda: self._forget(window))
        window.closed.connect(lambda: self._on_closed(window))
        return window

    def _on_closed(self, window: GridWindow) -> None:
        state = self._frame.state
        state.set_value(_PLACE, window.saveGeometry())
        if not window.is_fitted:
            state.set_value(_CELLS, QByteArray(str(window.cell_size).encode()))
        self._windows.pop(window.sweep.sweep_id, None)

    def _on_sweeps_changed(self, _state: object) -> None:
        if self._parts is None:
            return
        for sweep_id, window in list(self._windows.items()):
            if self._parts.sweeps.sweep(sweep_id) is None:
                window.close()

    def _on_opened(self, job: Job) -> None:
        self._frame.docks.output.bring_up()
        self._frame.docks.show_output(job)
        self._frame.window.activateWindow()

    # Wishes

    def _retry(self, window: GridWindow, cell: int) -> None:
        parts, sweep_id = self._parts, window.sweep.sweep_id
        job = parts.sweeps.retried(sweep_id, cell) if parts is not None else None
        if parts is not None and job is not None:
            self._ask(window, [job], lambda: parts.sweeps.retry(sweep_id, cell))

    def _retry_failed(self, window: GridWindow) -> None:
        parts, sweep_id = self._parts, window.sweep.sweep_id
        jobs = parts.sweeps.failed(sweep_id) if parts is not None else []
        if parts is not None and jobs:
            # These were counted and priced; others may fail while the question stands.
            cells = [job.cell for job in jobs]
            self._ask(window, jobs, lambda: parts.sweeps.retry_many(sweep_id, cells))

    def _ask(self, window: GridWindow, jobs: list[Job], on_yes: Callable[[], object]) -> None:
        from runcomfy_desktop.ui.dialogs.run_question import ask_before_running
        from runcomfy_desktop.ui.dialogs.workflow_question import run_if_agreed

        assert self._parts is not None
        purse, queue = self._parts.purse, self._parts.queue

        def ask() -> None:
            ask_before_running(window, purse, jobs, len(jobs), on_yes)

        run_if_agreed(window, queue, "retry", lambda: jobs, ask)

    def _cancel(self, window: GridWindow) -> None:
        from runcomfy_desktop.ui.jobs.questions import ask_cancel

        if self._parts is None:
            return
        parts, sweep_id = self._parts, window.sweep.sweep_id
        tally = parts.sweeps.tally(sweep_id)
        count = sum(n for state, n in tally.items() if not state.is_finished)
        if count:
            is_billed = parts.purse.is_billed
            ask_cancel(window, count, lambda: parts.sweeps.cancel(sweep_id), is_billed=is_billed)

    def _forget(self, window: GridWindow) -> None:
        from runcomfy_desktop.ui.dialogs.confirm import ask

        if self._parts is None:
            return
        parts, sweep_id = self._parts, window.sweep.sweep_id
        text = n_(
            "Its run, and the file that it made, stay as they are, and what has not ended goes on.",
            "Its %d runs, and the files that they made, stay as they are, and what has not ended "
            "goes on.",
            window.sweep.count,
        )
        ask(
            window,
            "forget_grid",
            title=_("Forget the grid “%s”?") % one_line(window.sweep.name),
            text=text % window.sweep.count if "%d" in text else text,
            deed=_("Forget grid"),
            on_yes=lambda: parts.sweeps.remove(sweep_id),
        )

    def _put_into_menu(self) -> None:
        run_menu = self._frame.window.findChild(QMenu, "run_menu")
        if run_menu is None:
            return
        actions = run_menu.actions()
        above = next((each for each in actions if each.objectName() == "pause_all_action"), None)
        if above is None:
            run_menu.addMenu(self.menu)
        else:
            run_menu.insertMenu(above, self.menu)
