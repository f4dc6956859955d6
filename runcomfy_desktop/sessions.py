"""Sessions follow each other - demo, account, another address - until the window is closed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import AsyncExitStack
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop import demo
from runcomfy_desktop.api.client import check_base_url
from runcomfy_desktop.core.notices import unexpected
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.session import Service, Surroundings, open_session

if TYPE_CHECKING:
    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.demo import DemoService
    from runcomfy_desktop.desktop.desk import Desk
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.ui.main_window import MainWindow
    from runcomfy_desktop.ui.parts import WindowParts


_log = logging.getLogger(__name__)
# Closing waits no longer for who shows messages.
_FAREWELL_S = 1.0


class Wish(Enum):
    """What comes next."""

    DEMO = "demo"
    ACCOUNT = "account"
    RETRY = "retry"
    """The same once more, after it could not begin."""
    CLOSE = "close"


class Sessions:
    """Begins and ends sessions as the window wishes.

    `fixed_url` is the address of the command line; it wins over the settings and is not stored.
    """

    def __init__(
        self,
        window: MainWindow,
        around: Surroundings,
        fixed_url: str,
        desk: Desk | None = None,
    ) -> None:
        self.parts: WindowParts | None = None
        """The parts of the session that began last."""
        self._window = window
        self._around = around
        self._fixed_url = fixed_url
        self._desk = desk
        self._used_url = ""
        self._next: asyncio.Future[Wish] | None = None
        # It may have been closed while its parts were still being imported.
        self._closing = window.is_closing
        self._links = Subscriptions()
        self._links.add(around.preferences.changed, self._on_preferences_changed)
        window.closed.connect(self._on_window_closed)
        window.demo_requested.connect(lambda: self._make(Wish.DEMO))
        window.account_requested.connect(lambda: self._make(Wish.ACCOUNT))
        window.retry_requested.connect(lambda: self._make(Wish.RETRY))

    async def run(self, wish: Wish) -> None:
        """Runs sessions, the first as wished here, until the window is closed."""
        asks_for_key = False
        while wish is not Wish.CLOSE and not self._closing:
            self._next = asyncio.get_running_loop().create_future()
            try:
                next_wish = await self._one(wish, asks_for_key=asks_for_key)
            except Problem as problem:
                _log.warning("No session: %s %s", problem.title, problem.technical)
                # A disk, a file: the person can do something about it.
                can_help = problem.kind is ProblemKind.LOCAL
                self._window.show_stopped(problem.sentence(), can_retry=can_help)
                next_wish = await self._next
            except Exception as error:
                # A bug: it must not take the window away in front of whoever works with it.
                _log.exception("No session")
                self._window.show_stopped(unexpected(error).sentence(), can_retry=True)
                next_wish = await self._next
            asks_for_key = next_wish is not Wish.RETRY
            wish = wish if next_wish is Wish.RETRY else next_wish
        self._links.close()

    async def _one(self, wish: Wish, *, asks_for_key: bool) -> Wish:
        assert self._next is not None
        async with AsyncExitStack() as rooms:
            running = await self._demo(wish)
            service = self._service(running)
            self.parts = await rooms.enter_async_context(open_session(service, self._around))
            if running is not None:
                rooms.push_async_callback(_stop_when_idle, running, self.parts.queue)
            if self._next.done():
                # Something else is wished by now; a window that was closed opens nothing more.
                return self._next.result()
            # Also lets go of what was attached before an error.
            rooms.callback(self._window.detach)
            self._window.attach(self.parts)
            if self._desk is not None:
                rooms.push_async_callback(self._desk.detach)
                self._desk.attach(self.parts.queue)
            if wish is Wish.ACCOUNT and asks_for_key:
                self._window.open_connect()
            next_wish = await self._next
            if next_wish is Wish.CLOSE:
                self._window.show_closing()
                if not service.is_demo:
                    await self._say_farewell()
        return next_wish

    async def _say_farewell(self) -> None:
        if self._desk is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL_S):
                    await self._desk.say_farewell()

    async def _demo(self, wish: Wish) -> DemoService | None:
        if wish is not Wish.DEMO:
            return None
        return await demo.find_or_start(self._around.paths.emulator)

    def _service(self, running: DemoService | None) -> Service:
        if running is not None:
            # Another address in the settings is for later.
            self._used_url = ""
            return Service(running.base_url, is_demo=True, demo_token=running.token)
        self._used_url = self._fixed_url or self._around.preferences.settings.base_url
        return Service(check_base_url(self._used_url))

    def _make(self, wish: Wish) -> None:
        if self._next is not None and not self._next.done():
            self._next.set_result(wish)

    def _on_window_closed(self) -> None:
        self._closing = True
        self._make(Wish.CLOSE)

    def _on_preferences_changed(self, settings: Settings) -> None:
        uses_settings = self._used_url and not self._fixed_url
        if uses_settings and settings.base_url != self._used_url:
            self._make(Wish.ACCOUNT)


async def _stop_when_idle(service: DemoService, queue: JobQueue) -> None:
    """Like the real service, the demo goes on with what it accepted when the window is closed."""
    if queue.active_count == 0:
        await service.stop()
