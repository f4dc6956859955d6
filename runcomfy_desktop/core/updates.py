"""Updates: whether there is a newer version. Nothing is downloaded or replaced by this program.

By itself it asks only where the person allowed it, at most once a day, and tells of each version
once. A press asks at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel, unexpected_problem
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.release import is_newer
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.domain.release import Release
    from runcomfy_desktop.domain.settings import Settings

DAY_S = 24 * 3600
# Behind the start, and now and then for a window that stays open for days.
FIRST_CHECK_S = 20.0
CHECK_INTERVAL_S = 3600.0

_log = logging.getLogger(__name__)


class UpdatePhase(Enum):
    """How far the question has come."""

    IDLE = "idle"
    CHECKING = "asking"
    UP_TO_DATE = "newest"
    AVAILABLE = "newer"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class UpdateState:
    """`release` is there when a NEWER one was found, `problem` when it FAILED."""

    phase: UpdatePhase = UpdatePhase.IDLE
    release: Release | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class UpdateSchedule:
    """When it asks by itself: first so long after the start, then whenever it looks again."""

    first_check_s: float = FIRST_CHECK_S
    check_interval_s: float = CHECK_INTERVAL_S


class Updates:
    """Asks by `read`, and compares with `version`, which is this program's. Publishes `changed`,
    and `details_requested` when the person wants to see what was told of."""

    def __init__(
        self,
        preferences: Preferences,
        notices: Notices,
        read: Callable[[], Awaitable[Release]],
        version: str,
        *,
        schedule: UpdateSchedule | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.state = UpdateState()
        self.version = version
        self.changed: Topic[UpdateState] = Topic()
        self.details_requested: Topic[None] = Topic()
        self._preferences = preferences
        self._notices = notices
        self._read = read
        self._schedule = schedule or UpdateSchedule()
        self._now_s = now_s
        self._tasks = Tasks(notices.post_failure)
        self._check_task: asyncio.Task[Any] | None = None
        self._allowed = asyncio.Event()
        self._unsubscribe = preferences.changed.subscribe(self._on_settings_changed)

    def start(self) -> None:
        """Looks by itself from now on, where that is allowed."""
        self._on_settings_changed(self._preferences.settings)
        self._tasks.start("look for updates", self._check_periodically())

    async def close(self) -> None:
        self._unsubscribe()
        await self._tasks.close()

    # Intents

    def check_now(self) -> None:
        """Asks now, whatever was asked before; an answer that is awaited already is waited for."""
        if self.state.phase is not UpdatePhase.CHECKING:
            self._check_task = self._tasks.start("ask for updates", self._check())

    def skip_version(self) -> None:
        """The version that was found is not told of by itself again."""
        if self.state.release is not None:
            self._preferences.set(skipped_version=self.state.release.version)

    # Inside

    async def _check(self) -> None:
        self._set(UpdateState(UpdatePhase.CHECKING))
        try:
            release, newer = await self._latest()
        except Problem as problem:
            self._set(UpdateState(UpdatePhase.FAILED, problem=problem))
            return
        except BaseException:
            # Cancelled: nobody is to wait for ever.
            self._set(UpdateState())
            raise
        finally:
            self._preferences.set(updates_asked_s=int(self._now_s()))
        if newer:
            # Who has seen it need not be told.
            self._preferences.set(told_version=release.version)
        self._set(UpdateState(UpdatePhase.AVAILABLE if newer else UpdatePhase.UP_TO_DATE, release))

    async def _check_periodically(self) -> None:
        await asyncio.sleep(self._schedule.first_check_s)
        while True:
            await self._allowed.wait()
            is_due = self._is_due()
            _log.debug("Updates are asked for: %s", "now" if is_due else "not yet")
            if is_due:
                # Noted before: whatever becomes of it, today is done with.
                self._preferences.set(updates_asked_s=int(self._now_s()))
                await self._check_quietly()
            await asyncio.sleep(self._schedule.check_interval_s)

    async def _latest(self) -> tuple[Release, bool]:
        """What is published last, and whether it is newer. Raises Problem, for a bug, too: it
        must neither end the looking nor leave somebody waiting."""
        try:
            release = await self._read()
            return release, is_newer(release.version, self.version)
        except Problem:
            raise
        except Exception as error:
            _log.exception("Asking for updates failed")
            raise unexpected_problem(error) from error

    async def _check_quietly(self) -> None:
        try:
            release, newer = await self._latest()
        except Problem as problem:
            # Not its words: they name the proxy, and the log goes to whoever helps.
            _log.info("No answer about updates: %s", problem.kind.value)
            return
        settings = self._preferences.settings
        known = (settings.told_version, settings.skipped_version)
        if not newer or release.version in known:
            return
        self._preferences.set(told_version=release.version)
        if self.state.phase is not UpdatePhase.CHECKING:
            self._set(UpdateState(UpdatePhase.AVAILABLE, release))
        self._notices.post(
            Notice(
                NoticeLevel.INFO,
                _("Version %s of this program is available.") % release.version,
                _("You have %s. Nothing is installed by itself.") % self.version,
                action_text=_("What is new"),
                action=lambda: self.details_requested.publish(None),
            )
        )

    def _is_due(self) -> bool:
        since_s = self._now_s() - self._preferences.settings.updates_asked_s
        # A clock that was put back must not silence it for years.
        return not 0 <= since_s < DAY_S

    def _on_settings_changed(self, settings: Settings) -> None:
        if settings.checks_updates:
            self._allowed.set()
        else:
            self._allowed.clear()

    def _set(self, state: UpdateState) -> None:
        self.state = state
        self.changed.publish(state)
