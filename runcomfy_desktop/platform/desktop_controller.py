"""Reports jobs to the desktop: notifications, progress, and preventing sleep.

It also notifies the job queue whether the window is visible. The controller exists as long as the
window; `attach` connects it to a session's queue. All its work depends on services of other
programs, so it is done in tasks with time limits.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.jobs.job_notifier import (
    JobNotification,
    JobNotifier,
    QueueProgress,
    exit_notification_for,
)
from runcomfy_desktop.platform.notifications import Notifications
from runcomfy_desktop.platform.sleep_inhibitor import SleepInhibitor
from runcomfy_desktop.platform.tray import TrayMessages

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.platform.progress_indicators import ProgressIndicator

# Progress is only for display, so launchers are not updated more often than this.
PROGRESS_INTERVAL_S = 0.5


class DesktopController:
    """Owns the notifications, the progress indicator and the sleep inhibitor.

    Publishes `job_requested` with the job_id of a clicked notification.
    """

    def __init__(
        self,
        preferences: Preferences,
        notices: Notices,
        progress_indicator: ProgressIndicator | None,
        icon: QIcon,
        *,
        sleep_inhibitor: SleepInhibitor | None = None,
    ) -> None:
        self.job_requested: Topic[str] = Topic()
        self._preferences = preferences
        self._progress_indicator = progress_indicator
        self._sleep_inhibitor = sleep_inhibitor or SleepInhibitor(
            lambda reason: notices.post_info(reason)
        )
        self._notifications = Notifications(self.job_requested.publish)
        self._tray_messages = TrayMessages(self.job_requested.publish, icon)
        self._tasks = Tasks()
        self._subscriptions = Subscriptions()
        self._session_subscriptions = Subscriptions()
        self._job_notifier: JobNotifier | None = None
        self._queue: JobQueue | None = None
        self._is_window_active = True
        self._is_window_visible = True
        self._shown_progress = QueueProgress()
        self._is_showing = False
        self._is_closed = False
        self._subscriptions.add(preferences.changed, self._on_preferences_changed)

    # Sessions

    def attach(self, queue: JobQueue) -> None:
        self._queue = queue
        queue.set_window_visible(self._is_window_visible)
        self._job_notifier = JobNotifier()
        self._job_notifier.set_window_active(self._is_window_active)
        self._session_subscriptions.add(self._job_notifier.notified, self._on_notification)
        self._session_subscriptions.add(
            self._job_notifier.progress_changed, lambda _progress: self._on_progressed()
        )
        self._job_notifier.watch_queue(queue)

    async def detach(self) -> None:
        job_notifier, self._job_notifier = self._job_notifier, None
        self._session_subscriptions.close()
        self._queue = None
        if job_notifier is not None:
            await job_notifier.close()
        self._on_progressed()

    def set_window_active(self, is_active: bool) -> None:
        """Sets whether the window is active; an active window needs no notifications."""
        if is_active == self._is_window_active or self._is_closed:
            return
        self._is_window_active = is_active
        if self._job_notifier is not None:
            self._job_notifier.set_window_active(is_active)
        if is_active:
            self._tray_messages.withdraw()
            self._tasks.start("withdraw a message", self._notifications.withdraw())

    def set_window_visible(self, is_visible: bool) -> None:
        """Sets whether the window is visible; jobs are polled more slowly while it is not."""
        self._is_window_visible = is_visible
        if self._queue is not None:
            self._queue.set_window_visible(is_visible)

    async def notify_remaining_jobs(self) -> None:
        """Shows a notification about unfinished and unsent jobs when the program ends."""
        jobs = self._queue.jobs.values() if self._queue is not None else ()
        message = exit_notification_for(jobs)
        if message is not None and self._preferences.settings.notifies:
            await self._notify(message)

    async def close(self) -> None:
        """Closes all connections.

        The last notification stays: it lists the jobs that continue without the program.
        """
        self._is_closed = True
        self._subscriptions.close()
        await self.detach()
        await self._tasks.close()
        await self._sleep_inhibitor.set_active(is_active=False)
        if self._progress_indicator is not None:
            await self._progress_indicator.close()
        await self._notifications.close()
        self._tray_messages.close()

    # Following jobs

    def _on_notification(self, notification: JobNotification) -> None:
        if self._preferences.settings.notifies:
            self._tasks.start("tell the desktop", self._notify(notification))

    async def _notify(self, notification: JobNotification) -> None:
        if not await self._notifications.show(notification):
            self._tray_messages.show(notification)

    def _on_preferences_changed(self, _settings: Settings) -> None:
        self._tasks.start("keep awake", self._update_sleep_inhibitor())

    def _on_progressed(self) -> None:
        self._tasks.start("keep awake", self._update_sleep_inhibitor())
        if not self._is_showing and self._progress_indicator is not None:
            self._is_showing = True
            self._tasks.start("show progress", self._show_progress(self._progress_indicator))

    async def _show_progress(self, progress_indicator: ProgressIndicator) -> None:
        try:
            while self._current_progress() != self._shown_progress:
                self._shown_progress = self._current_progress()
                await progress_indicator.show(self._shown_progress)
                await asyncio.sleep(PROGRESS_INTERVAL_S)
        finally:
            self._is_showing = False

    async def _update_sleep_inhibitor(self) -> None:
        is_busy = self._current_progress().total > 0
        await self._sleep_inhibitor.set_active(
            is_active=is_busy and self._preferences.settings.keeps_awake
        )

    def _current_progress(self) -> QueueProgress:
        return self._job_notifier.progress if self._job_notifier is not None else QueueProgress()
