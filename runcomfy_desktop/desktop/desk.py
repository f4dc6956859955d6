"""Tells the desktop what the jobs do: messages, progress, and not to sleep meanwhile; and the jobs
whether the window is seen.

Lives as long as the window; `attach` gives it the queue of a session. What it does waits for
services of other programs, so all of it is done by tasks, each of them bounded.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core.attention import Attention, Message, Progress, farewell_to
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.desktop.awake import Awake
from runcomfy_desktop.desktop.notifications import Notifications
from runcomfy_desktop.desktop.tray import Tray

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.desktop.launcher import Launcher
    from runcomfy_desktop.domain.settings import Settings

# Progress is for the eye: no launcher is told more often.
PROGRESS_S = 0.5


class Desk:
    """Owns what is told to the desktop. Publishes `wanted` with the job_id of a pressed message."""

    def __init__(
        self,
        preferences: Preferences,
        notices: Notices,
        launcher: Launcher | None,
        icon: QIcon,
        *,
        awake: Awake | None = None,
    ) -> None:
        self.wanted: Topic[str] = Topic()
        self._preferences = preferences
        self._launcher = launcher
        self._awake = awake or Awake(lambda why: notices.info(why))
        self._notifications = Notifications(self.wanted.publish)
        self._tray = Tray(self.wanted.publish, icon)
        self._tasks = Tasks()
        self._links = Subscriptions()
        self._session = Subscriptions()
        self._attention: Attention | None = None
        self._queue: JobQueue | None = None
        self._watched = True
        self._seen = True
        self._shown = Progress()
        self._showing = False
        self._is_closed = False
        self._links.add(preferences.changed, self._on_preferences_changed)

    # Sessions

    def attach(self, queue: JobQueue) -> None:
        self._queue = queue
        queue.set_seen(self._seen)
        self._attention = Attention()
        self._attention.set_watched(self._watched)
        self._session.add(self._attention.told, self._on_told)
        self._session.add(self._attention.progressed, lambda _progress: self._on_progressed())
        self._attention.follow(queue)

    async def detach(self) -> None:
        attention, self._attention = self._attention, None
        self._session.close()
        self._queue = None
        if attention is not None:
            await attention.close()
        self._on_progressed()

    def set_watched(self, watched: bool) -> None:
        """Whether the window is in front of somebody: then there is nothing to tell."""
        if watched == self._watched or self._is_closed:
            return
        self._watched = watched
        if self._attention is not None:
            self._attention.set_watched(watched)
        if watched:
            self._tray.withdraw()
            self._tasks.start("withdraw a message", self._notifications.withdraw())

    def set_seen(self, seen: bool) -> None:
        """Whether the window is on screen at all: what nobody sees need not be asked quickly."""
        self._seen = seen
        if self._queue is not None:
            self._queue.set_seen(seen)

    async def say_farewell(self) -> None:
        """Says what becomes of the jobs now that the window is closed."""
        jobs = self._queue.jobs.values() if self._queue is not None else ()
        message = farewell_to(jobs)
        if message is not None and self._preferences.settings.notifies:
            await self._tell(message)

    async def close(self) -> None:
        """The last message stays: it says what goes on without the program."""
        self._is_closed = True
        self._links.close()
        await self.detach()
        await self._tasks.close()
        await self._awake.hold(wanted=False)
        if self._launcher is not None:
            await self._launcher.close()
        await self._notifications.close()
        self._tray.close()

    # Following

    def _on_told(self, message: Message) -> None:
        if self._preferences.settings.notifies:
            self._tasks.start("tell the desktop", self._tell(message))

    async def _tell(self, message: Message) -> None:
        if not await self._notifications.show(message):
            self._tray.show(message)

    def _on_preferences_changed(self, _settings: Settings) -> None:
        self._tasks.start("keep awake", self._keep_awake())

    def _on_progressed(self) -> None:
        self._tasks.start("keep awake", self._keep_awake())
        if not self._showing and self._launcher is not None:
            self._showing = True
            self._tasks.start("show progress", self._show(self._launcher))

    async def _show(self, launcher: Launcher) -> None:
        try:
            while self._progress() != self._shown:
                self._shown = self._progress()
                await launcher.show(self._shown)
                await asyncio.sleep(PROGRESS_S)
        finally:
            self._showing = False

    async def _keep_awake(self) -> None:
        is_busy = self._progress().total > 0
        await self._awake.hold(wanted=is_busy and self._preferences.settings.keeps_awake)

    def _progress(self) -> Progress:
        return self._attention.progress if self._attention is not None else Progress()
