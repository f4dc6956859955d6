"""Connection to the desktop: notifications, progress of jobs, and preventing sleep.

It lives as long as the program; `job_reporter` reports the jobs of one session through it. All its
work depends on services of other programs, so it is done in tasks with time limits.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.jobs.job_notifier import QueueProgress
from runcomfy_desktop.platform.notifications import Notifications
from runcomfy_desktop.platform.sleep_inhibitor import SleepInhibitor
from runcomfy_desktop.platform.tray import TrayMessages

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.jobs.job_notifier import JobNotification
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.platform.progress_indicators import ProgressIndicator

# Progress is only for display, so launchers are not updated more often than this.
PROGRESS_INTERVAL_S = 0.5


class DesktopController:
    """Owns the notifications, the progress indicator and the sleep inhibitor.

    Publishes `job_requested` with the job_id of a clicked notification. `is_window_active` and
    `is_window_visible` are published by `window_active_changed` and `window_visible_changed`.
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
        self.window_active_changed: Topic[bool] = Topic()
        self.window_visible_changed: Topic[bool] = Topic()
        self.is_window_active = True
        self.is_window_visible = True
        self._preferences = preferences
        self._progress_indicator = progress_indicator
        self._sleep_inhibitor = sleep_inhibitor or SleepInhibitor(
            lambda reason: notices.post_info(reason)
        )
        self._notifications = Notifications(self.job_requested.publish)
        self._tray_messages = TrayMessages(self.job_requested.publish, icon)
        self._tasks = Tasks()
        self._subscriptions = Subscriptions()
        self._progress = self._shown_progress = QueueProgress()
        self._is_showing = False
        self._is_closed = False
        self._subscriptions.add(preferences.changed, self._on_preferences_changed)

    async def close(self) -> None:
        """Closes all connections.

        The last notification stays: it lists the jobs that continue without the program.
        """
        self._is_closed = True
        self._subscriptions.close()
        await self._tasks.close()
        await self._sleep_inhibitor.set_active(is_active=False)
        if self._progress_indicator is not None:
            await self._progress_indicator.close()
        await self._notifications.close()
        self._tray_messages.close()

    # The window

    def set_window_active(self, is_active: bool) -> None:
        """Sets whether the window is active; an active window needs no notifications."""
        if is_active == self.is_window_active or self._is_closed:
            return
        self.is_window_active = is_active
        self.window_active_changed.publish(is_active)
        if is_active:
            self._tray_messages.withdraw()
            self._tasks.start("withdraw a message", self._notifications.withdraw())

    def set_window_visible(self, is_visible: bool) -> None:
        """Sets whether the window is visible; jobs are polled more slowly while it is not."""
        if is_visible != self.is_window_visible:
            self.is_window_visible = is_visible
            self.window_visible_changed.publish(is_visible)

    # Jobs

    def notify(self, notification: JobNotification) -> None:
        """Shows a notification, unless the user has disabled them; returns at once."""
        if self._preferences.settings.notifies:
            self._tasks.start("tell the desktop", self._show_notification(notification))

    async def notify_and_wait(self, notification: JobNotification) -> None:
        """Shows a notification like `notify`; returns when it is shown or cannot be shown."""
        if self._preferences.settings.notifies:
            await self._show_notification(notification)

    def show_progress(self, progress: QueueProgress) -> None:
        """Shows the progress of all jobs, and keeps the computer awake while there are any."""
        self._progress = progress
        self._tasks.start("keep awake", self._update_sleep_inhibitor())
        if not self._is_showing and self._progress_indicator is not None:
            self._is_showing = True
            self._tasks.start("show progress", self._show_progress(self._progress_indicator))

    async def _show_notification(self, notification: JobNotification) -> None:
        if not await self._notifications.show(notification):
            self._tray_messages.show(notification)

    def _on_preferences_changed(self, _settings: Settings) -> None:
        self._tasks.start("keep awake", self._update_sleep_inhibitor())

    async def _show_progress(self, progress_indicator: ProgressIndicator) -> None:
        try:
            while self._progress != self._shown_progress:
                self._shown_progress = self._progress
                await progress_indicator.show(self._shown_progress)
                await asyncio.sleep(PROGRESS_INTERVAL_S)
        finally:
            self._is_showing = False

    async def _update_sleep_inhibitor(self) -> None:
        await self._sleep_inhibitor.set_active(
            is_active=self._progress.total > 0 and self._preferences.settings.keeps_awake
        )
