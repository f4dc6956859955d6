"""Brings the queue to the window beside its panel: to the actions of the Run menu, and to the
status bar; keeps the order of the rows from one start to the next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.ui.seldom import Seldom

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.ui.actions import Actions
    from runcomfy_desktop.ui.docks import Docks
    from runcomfy_desktop.ui.jobs.panel import JobsPanel
    from runcomfy_desktop.ui.status_bar import StatusBar
    from runcomfy_desktop.ui.window_state import WindowState

_ORDER = "jobs_order"


class QueueDesk(QObject):
    """Keeps menu and status bar true to the queue, and brings wishes to the queue's panel."""

    def __init__(
        self, window: QWidget, menu: Actions, docks: Docks, status: StatusBar, state: WindowState
    ) -> None:
        super().__init__(window)
        self._menu = menu
        self._docks = docks
        self._status = status
        self._state = state
        self._links = Subscriptions()
        self._queue: JobQueue | None = None
        self._counting = Seldom(self, self._count)
        docks.jobs_order = bytes(state.value(_ORDER).data()).decode("ascii", "replace")
        self._connect()

    def attach(self, queue: JobQueue) -> None:
        self._queue = queue
        self._links.add(queue.changed, self._on_queue_changed)
        self._links.add(queue.removed, self._on_queue_changed)
        self._links.add(queue.loaded, self._on_queue_changed)
        self._links.add(queue.line.changed, self._on_queue_changed)
        self._links.add(queue.pauses.long_changed, self._status.show_pause)
        self._status.show_pause(queue.pauses.long_until_s)
        self._count()

    def detach(self) -> None:
        self._links.close()
        self._counting.stop()
        self._queue = None
        self._status.show_pause(0.0)
        self._count()

    def keep(self) -> None:
        """Hands over what is to be there at the next start; the window's state writes it."""
        self._state.set_value(_ORDER, QByteArray(self._docks.jobs_order.encode()))

    def _connect(self) -> None:
        menu = self._menu
        for action, deed in (
            (menu.cancel_selected, lambda panel: panel.cancel_selected()),
            (menu.cancel_all, lambda panel: panel.cancel_all()),
            (menu.cancel_batch, lambda panel: panel.cancel_batch()),
            (menu.retry_failed, lambda panel: panel.retry_failed()),
            (menu.pause_all, lambda panel: panel.pause_all()),
            (menu.resume_all, lambda panel: panel.resume_all()),
        ):
            action.triggered.connect(lambda _checked=False, deed=deed: self._do(deed))
        self._docks.may_cancel.connect(menu.follow_selection)
        self._status.try_now_requested.connect(self._try_now)

    def _do(self, deed: Callable[[JobsPanel], object]) -> None:
        panel = self._docks.made_jobs_panel()
        if panel is not None:
            deed(panel)

    def _try_now(self) -> None:
        if self._queue is not None:
            self._queue.try_now()

    def _on_queue_changed(self, _what: object) -> None:
        if self._queue is not None:
            self._counting.wish(of=len(self._queue.jobs))

    def _count(self) -> None:
        queue = self._queue
        states = Counter(job.state for job in queue.jobs.values()) if queue is not None else None
        line = queue.line.state if queue is not None else None
        self._menu.follow_queue(states, line)
        active = sum(n for state, n in states.items() if state.is_active) if states else 0
        self._status.show_jobs(active)
