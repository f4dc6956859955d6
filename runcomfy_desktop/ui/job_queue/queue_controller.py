"""Connection of the queue to the Run menu and the status bar.

It also stores the sort order of the rows for the next start.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.ui.base.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.ui.job_queue.panel import JobsPanel
    from runcomfy_desktop.ui.main_window.actions import MainActions
    from runcomfy_desktop.ui.main_window.docks import Docks
    from runcomfy_desktop.ui.main_window.status_bar import StatusBar
    from runcomfy_desktop.ui.base.window_state import WindowState

_ORDER_KEY = "jobs_order"


class QueueController(QObject):
    """Updates menu and status bar when the queue changes, and forwards commands to its panel."""

    def __init__(
        self,
        window: QWidget,
        main_actions: MainActions,
        docks: Docks,
        status_bar: StatusBar,
        window_state: WindowState,
    ) -> None:
        super().__init__(window)
        self._main_actions = main_actions
        self._docks = docks
        self._status_bar = status_bar
        self._window_state = window_state
        self._subscriptions = Subscriptions()
        self._queue: JobQueue | None = None
        self._count_throttle = Throttle(self, self._update_counts)
        docks.stored_jobs_order = bytes(window_state.value(_ORDER_KEY).data()).decode(
            "ascii", "replace"
        )
        self._connect()

    def attach(self, queue: JobQueue) -> None:
        self._queue = queue
        self._subscriptions.add(queue.changed, self._on_queue_changed)
        self._subscriptions.add(queue.removed, self._on_queue_changed)
        self._subscriptions.add(queue.loaded, self._on_queue_changed)
        self._subscriptions.add(queue.send_queue.changed, self._on_queue_changed)
        self._subscriptions.add(
            queue.backoff_status.long_backoff_changed, self._status_bar.show_backoff
        )
        self._status_bar.show_backoff(queue.backoff_status.long_backoff_until_s)
        self._update_counts()

    def detach(self) -> None:
        self._subscriptions.close()
        self._count_throttle.stop()
        self._queue = None
        self._status_bar.show_backoff(0.0)
        self._update_counts()

    def save_state(self) -> None:
        """Passes the sort order to the window's state, which stores it for the next start."""
        self._window_state.set_value(_ORDER_KEY, QByteArray(self._docks.stored_jobs_order.encode()))

    def _connect(self) -> None:
        main_actions = self._main_actions
        for action, command in (
            (main_actions.cancel_selected, lambda panel: panel.cancel_selected()),
            (main_actions.cancel_all, lambda panel: panel.cancel_all()),
            (main_actions.cancel_batch, lambda panel: panel.cancel_batch()),
            (main_actions.retry_failed, lambda panel: panel.retry_failed()),
            (main_actions.pause_all, lambda panel: panel.pause_all()),
            (main_actions.resume_all, lambda panel: panel.resume_all()),
        ):
            action.triggered.connect(
                lambda _checked=False, command=command: self._run_on_panel(command)
            )
        self._docks.cancellable_changed.connect(main_actions.update_for_selection)
        self._status_bar.try_now_requested.connect(self._try_now)

    def _run_on_panel(self, command: Callable[[JobsPanel], object]) -> None:
        panel = self._docks.ensure_jobs_panel()
        if panel is not None:
            command(panel)

    def _try_now(self) -> None:
        if self._queue is not None:
            self._queue.allow_probes()

    def _on_queue_changed(self, _what: object) -> None:
        if self._queue is not None:
            self._count_throttle.request(job_count=len(self._queue.jobs))

    def _update_counts(self) -> None:
        queue = self._queue
        states = Counter(job.state for job in queue.jobs.values()) if queue is not None else None
        queue_state = queue.send_queue.state if queue is not None else None
        self._main_actions.update_for_queue(states, queue_state)
        active = sum(n for state, n in states.items() if state.is_active) if states else 0
        self._status_bar.show_jobs(active)
