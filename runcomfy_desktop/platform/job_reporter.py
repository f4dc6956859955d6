"""Reports the jobs of one session to the desktop, and the state of the window to the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.core.jobs.job_notifier import (
    JobNotifier,
    QueueProgress,
    exit_notification_for,
)

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.platform.desktop_controller import DesktopController


class JobReporter:
    """Passes notifications and progress of a session's queue to the desktop until `close`.

    The queue is notified whether the window is visible.
    """

    def __init__(self, desktop_controller: DesktopController, queue: JobQueue) -> None:
        self._desktop_controller = desktop_controller
        self._queue = queue
        self._job_notifier = JobNotifier(
            queue, is_window_active=desktop_controller.is_window_active
        )
        self._subscriptions = Subscriptions()
        self._subscriptions.add(
            desktop_controller.window_active_changed, self._job_notifier.set_window_active
        )
        self._subscriptions.add(desktop_controller.window_visible_changed, queue.set_window_visible)
        self._subscriptions.add(self._job_notifier.notified, desktop_controller.notify)
        self._subscriptions.add(
            self._job_notifier.progress_changed, desktop_controller.show_progress
        )
        queue.set_window_visible(desktop_controller.is_window_visible)

    async def notify_remaining_jobs(self) -> None:
        """Shows a notification about unfinished and unsent jobs when the program ends."""
        notification = exit_notification_for(self._queue.jobs.values())
        if notification is not None:
            await self._desktop_controller.notify_and_wait(notification)

    async def close(self) -> None:
        """Shows no progress any more, and lets the computer sleep."""
        self._subscriptions.close()
        self._desktop_controller.show_progress(QueueProgress())
        await self._job_notifier.close()
