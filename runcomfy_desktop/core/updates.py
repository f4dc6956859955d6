"""Check for a newer version of this program. Nothing is downloaded or replaced.

Automatic checks need the user's permission, run at most once a day, and report each version once.
The user can also check at once, with a button.
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
# First some time after the start, then hourly, for windows that stay open for days.
FIRST_CHECK_S = 20.0
CHECK_INTERVAL_S = 3600.0

_log = logging.getLogger(__name__)


class UpdatePhase(Enum):
    """State of an update check."""

    IDLE = "idle"
    CHECKING = "asking"
    UP_TO_DATE = "newest"
    AVAILABLE = "newer"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class UpdateState:
    """Result of an update check: `release` is set if AVAILABLE, `problem` if FAILED."""

    phase: UpdatePhase = UpdatePhase.IDLE
    release: Release | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class UpdateSchedule:
    """Time of the first automatic check after the start, and the interval of later ones."""

    first_check_s: float = FIRST_CHECK_S
    check_interval_s: float = CHECK_INTERVAL_S


class Updates:
    """Checks for updates: compares the release returned by `read` with this program's `version`.

    Publishes `changed`, and `details_requested` when the user wants to see a reported release.
    """

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
        """Starts automatic checks, if they are allowed."""
        self._on_settings_changed(self._preferences.settings)
        self._tasks.start("look for updates", self._check_periodically())

    async def close(self) -> None:
        self._unsubscribe()
        await self._tasks.close()

    # Intents

    def check_now(self) -> None:
        """Checks now, whatever the time of the last check, unless a check is already running."""
        if self.state.phase is not UpdatePhase.CHECKING:
            self._check_task = self._tasks.start("ask for updates", self._check())

    def skip_version(self) -> None:
        """Stops reporting the found version automatically."""
        if self.state.release is not None:
            self._preferences.set(skipped_version=self.state.release.version)

    async def _check(self) -> None:
        self._set(UpdateState(UpdatePhase.CHECKING))
        try:
            release, newer = await self._latest()
        except Problem as problem:
            self._set(UpdateState(UpdatePhase.FAILED, problem=problem))
            return
        except BaseException:
            # Cancelled: the state must not stay at CHECKING.
            self._set(UpdateState())
            raise
        finally:
            self._preferences.set(updates_asked_s=int(self._now_s()))
        if newer:
            # The user sees it now, so no notice is needed.
            self._preferences.set(told_version=release.version)
        self._set(UpdateState(UpdatePhase.AVAILABLE if newer else UpdatePhase.UP_TO_DATE, release))

    async def _check_periodically(self) -> None:
        await asyncio.sleep(self._schedule.first_check_s)
        while True:
            await self._allowed.wait()
            is_due = self._is_due()
            _log.debug("Updates are asked for: %s", "now" if is_due else "not yet")
            if is_due:
                # Recorded before the check: whatever its outcome, there is no second one today.
                self._preferences.set(updates_asked_s=int(self._now_s()))
                await self._check_quietly()
            await asyncio.sleep(self._schedule.check_interval_s)

    async def _latest(self) -> tuple[Release, bool]:
        """Returns the latest release, and True if it is newer.

        Raises Problem, also in place of an unexpected exception: a bug must neither end the checks
        nor leave the state at CHECKING.
        """
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
            # The problem's text is not logged: it names the proxy, and users send the log to others
            # for help.
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
        # A clock that was set back must not stop the checks for years.
        return not 0 <= since_s < DAY_S

    def _on_settings_changed(self, settings: Settings) -> None:
        if settings.checks_updates:
            self._allowed.set()
        else:
            self._allowed.clear()

    def _set(self, state: UpdateState) -> None:
        self.state = state
        self.changed.publish(state)
