"""Runs sessions one after another (demo, account, another address) until the window is closed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import AsyncExitStack
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.api.client import check_base_url
from runcomfy_desktop.app import demo_service
from runcomfy_desktop.app.session import Service, SessionContext, open_session
from runcomfy_desktop.core.base.notices import unexpected_problem
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.platform.job_reporter import JobReporter

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.app.demo_service import DemoService
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.platform.desktop_controller import DesktopController
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.main_window import MainWindow
    from runcomfy_desktop.ui.main_window.session_view import SessionView


_log = logging.getLogger(__name__)
# Maximum time that closing waits for the notification service.
_NOTIFY_TIMEOUT_S = 1.0


class SessionRequest(Enum):
    """Request for the next session."""

    DEMO = "demo"
    ACCOUNT = "account"
    RETRY = "retry"
    """Repeats the last request, after its session could not start."""
    CLOSE = "close"


class SessionManager:
    """Starts and ends sessions as requested by the window.

    `base_url_override` is the address from the command line; it takes precedence over the settings
    and is not stored. `collect_garbage` is called between two sessions.
    """

    def __init__(
        self,
        window: MainWindow,
        context: SessionContext,
        base_url_override: str,
        collect_garbage: Callable[[], object],
        desktop_controller: DesktopController | None = None,
    ) -> None:
        self.services: SessionServices | None = None
        """Objects of the open session; None between two sessions."""
        self._window = window
        self._context = context
        self._base_url_override = base_url_override
        self._desktop_controller = desktop_controller
        self._collect_garbage = collect_garbage
        self._used_url = ""
        self._next_request: asyncio.Future[SessionRequest] | None = None
        # The window may have been closed during the imports.
        self._is_closing = window.is_closing
        self._subscriptions = Subscriptions()
        self._subscriptions.add(context.preferences.changed, self._on_preferences_changed)
        window.closed.connect(self._on_window_closed)
        window.demo_requested.connect(lambda: self._request(SessionRequest.DEMO))
        window.account_requested.connect(lambda: self._request(SessionRequest.ACCOUNT))
        window.retry_requested.connect(lambda: self._request(SessionRequest.RETRY))

    async def run(self, request: SessionRequest) -> None:
        """Runs sessions, beginning with `request`, until the window is closed."""
        asks_for_key = False
        while request is not SessionRequest.CLOSE and not self._is_closing:
            self._next_request = asyncio.get_running_loop().create_future()
            try:
                next_request = await self._run_session(request, asks_for_key=asks_for_key)
            except Problem as problem:
                _log.warning("No session: %s %s", problem.title, problem.technical)
                # A problem with a disk or a file: the user can fix it.
                can_retry = problem.kind is ProblemKind.LOCAL
                self._window.show_stopped(problem.sentence(), can_retry=can_retry)
                next_request = await self._next_request
            except Exception as error:
                # A bug: it must not close the window while the user works in it.
                _log.exception("No session")
                self._window.show_stopped(unexpected_problem(error).sentence(), can_retry=True)
                next_request = await self._next_request
            if next_request is not SessionRequest.CLOSE:
                # An ended session is megabytes of objects that refer to each other.
                self._collect_garbage()
            asks_for_key = next_request is not SessionRequest.RETRY
            request = request if next_request is SessionRequest.RETRY else next_request
        self._subscriptions.close()

    async def _run_session(self, request: SessionRequest, *, asks_for_key: bool) -> SessionRequest:
        assert self._next_request is not None
        async with AsyncExitStack() as stack:
            running = await self._start_demo(request)
            service = self._service(running)
            services = await stack.enter_async_context(open_session(service, self._context))
            self.services = services
            stack.callback(self._forget_services)
            if running is not None:
                stack.push_async_callback(_stop_when_idle, running, services.queue)
            if self._next_request.done():
                # Another request has arrived meanwhile; after closing, nothing more is started.
                return self._next_request.result()
            view = stack.enter_context(self._window.session(services))
            reporter = self._start_reporter(stack, view, services.queue)
            if request is SessionRequest.ACCOUNT and asks_for_key:
                view.commands.open_connect()
            next_request = await self._next_request
            if next_request is SessionRequest.CLOSE:
                self._window.show_closing()
                if reporter is not None and not service.is_demo:
                    await _notify_remaining_jobs(reporter)
        return next_request

    def _forget_services(self) -> None:
        self.services = None

    def _start_reporter(
        self, stack: AsyncExitStack, view: SessionView, queue: JobQueue
    ) -> JobReporter | None:
        """Reports the session's jobs to the desktop, and shows a job whose report is clicked."""
        if self._desktop_controller is None:
            return None
        reporter = JobReporter(self._desktop_controller, queue)
        stack.push_async_callback(reporter.close)

        def show_job(job_id: str) -> None:
            if not self._window.is_closing:
                view.panels.show_job(job_id)

        stack.callback(self._desktop_controller.job_requested.subscribe(show_job))
        return reporter

    async def _start_demo(self, request: SessionRequest) -> DemoService | None:
        if request is not SessionRequest.DEMO:
            return None
        return await demo_service.find_or_start(self._context.paths.demo_service)

    def _service(self, running: DemoService | None) -> Service:
        if running is not None:
            # A change to the address in the settings has no effect on the demo.
            self._used_url = ""
            return Service(running.base_url, is_demo=True, demo_token=running.token)
        self._used_url = self._base_url_override or self._context.preferences.settings.base_url
        return Service(check_base_url(self._used_url))

    def _request(self, request: SessionRequest) -> None:
        if self._next_request is not None and not self._next_request.done():
            self._next_request.set_result(request)

    def _on_window_closed(self) -> None:
        self._is_closing = True
        self._request(SessionRequest.CLOSE)

    def _on_preferences_changed(self, settings: Settings) -> None:
        uses_settings = self._used_url and not self._base_url_override
        if uses_settings and settings.base_url != self._used_url:
            self._request(SessionRequest.ACCOUNT)


async def _notify_remaining_jobs(reporter: JobReporter) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_NOTIFY_TIMEOUT_S):
            await reporter.notify_remaining_jobs()


async def _stop_when_idle(service: DemoService, queue: JobQueue) -> None:
    """Stops the demo if no job is active.

    Otherwise it continues accepted jobs after the window is closed, like the real service.
    """
    if queue.active_count == 0:
        await service.stop()
