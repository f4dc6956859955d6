"""Connection of the queue to the actions of the Run menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.job_queue.panel import JobsPanel
    from runcomfy_desktop.ui.job_queue.queue_actions import QueueActions


class QueueController(QObject):
    """Updates the actions when the queue changes, and connects them to their commands.

    `get_panel` returns the panel, built if necessary. What depends on the panel's selection is
    updated by the panel's owner.
    """

    def __init__(
        self,
        scope: SessionScope,
        queue: JobQueue,
        actions: QueueActions,
        get_panel: Callable[[], JobsPanel],
    ) -> None:
        super().__init__(scope)
        self._queue = queue
        self._actions = actions
        self._get_panel = get_panel
        scope.subscribe(queue.changed, self._update_actions)
        scope.subscribe(queue.removed, self._update_actions)
        scope.subscribe(queue.loaded, self._update_actions)
        scope.subscribe(queue.send_queue.changed, self._update_actions)
        self._connect(scope)
        self._update_actions()

    def _connect(self, scope: SessionScope) -> None:
        actions, panel = self._actions, self._get_panel
        for action, command in (
            (actions.cancel_selected, lambda: panel().cancel_selected()),
            (actions.cancel_all, lambda: panel().commands.cancel_all()),
            (actions.cancel_batch, lambda: panel().cancel_batch()),
            (actions.retry_failed, lambda: panel().commands.retry_failed()),
            (actions.pause_all, self._queue.send_queue.pause_all),
            (actions.resume_all, lambda: panel().commands.resume_all()),
        ):
            scope.connect_signal(action.triggered, command)

    def _update_actions(self, _change: object = None) -> None:
        self._actions.update_for_queue(self._queue.index, self._queue.send_queue.state.is_paused)
