"""Lifetime of the program on its event loop, from the complete window until it is closed.

Modules for network, keyring and history are imported on a worker thread while the window is
responsive. Modules with Qt classes are imported on the GUI thread only (`application.py`,
`ui/main_window/dock_panels.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QWindow

from runcomfy_desktop import APP_NAME, __version__
from runcomfy_desktop.app import logs
from runcomfy_desktop.app.garbage_collector import GarbageCollector
from runcomfy_desktop.app.loop import create_loop
from runcomfy_desktop.app.package_channel import package_channel
from runcomfy_desktop.core.account.partner_key import PartnerKey
from runcomfy_desktop.core.base.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.network.connection_test import ConnectionTest
from runcomfy_desktop.core.network.network import Network
from runcomfy_desktop.i18n import _
from runcomfy_desktop.platform.thread_priority import exit_within
from runcomfy_desktop.store.settings import SettingsFile
from runcomfy_desktop.ui.base.session_services import SettingsServices
from runcomfy_desktop.ui.style import theme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from PySide6.QtWidgets import QApplication

    from runcomfy_desktop.app.options import Options
    from runcomfy_desktop.app.session import SessionContext
    from runcomfy_desktop.app.session_manager import SessionManager
    from runcomfy_desktop.app.timeouts import Timeouts
    from runcomfy_desktop.core.account.account import KeyHolder
    from runcomfy_desktop.core.updates import Updates
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.paths import Paths
    from runcomfy_desktop.platform.desktop_controller import DesktopController
    from runcomfy_desktop.platform.single_window import SingleWindow
    from runcomfy_desktop.store.credentials import Credentials
    from runcomfy_desktop.ui.base.session_services import InstallationInfo
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

_log = logging.getLogger(__name__)
_MODULES_WITHOUT_QT = (
    "httpx",
    "runcomfy_desktop.app.session_manager",
    "runcomfy_desktop.store.credentials",
)
_EXIT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class AppContext:
    """Objects that exist before the loop starts and outlive every session."""

    window: MainWindow
    paths: Paths
    notices: Notices
    settings_file: SettingsFile
    preferences: Preferences
    network: Network
    partner_key: PartnerKey

    @classmethod
    def create(
        cls, app: QApplication, window: MainWindow, paths: Paths, settings: Settings
    ) -> AppContext:
        notices = Notices()
        settings_file = SettingsFile(paths.settings, notices.post_failure, settings)
        preferences = Preferences(settings, settings_file.save)
        preferences.changed.subscribe(lambda changed: theme.apply(app, changed.theme))
        network = Network(preferences, notices)
        partner_key = PartnerKey(notices)
        return cls(window, paths, notices, settings_file, preferences, network, partner_key)

    def build_contents(self) -> Iterator[None]:
        offers_updates = not package_channel().is_system_updated
        settings_services = SettingsServices(
            _base_url_error,
            _proxy_error,
            _exceptions_error,
            self.network,
            self._make_connection_test,
            self.partner_key,
            offers_updates,
            str(self.paths.wildcards),
        )
        return self.window.build_contents(
            self.preferences, settings_services, self.create_installation_info
        )

    def _make_connection_test(self) -> ConnectionTest:
        return ConnectionTest(self.network, self.notices)

    def create_installation_info(self) -> InstallationInfo:
        """Creates the information for Help, importing its module late: only Help needs it."""
        from runcomfy_desktop.app.installation_info import create_installation_info

        return create_installation_info(self.paths, lambda: self.preferences.settings)

    def notify_of_crash(self) -> None:
        """Posts a notice that the last run crashed."""
        self.notices.post(
            Notice(
                NoticeLevel.INFO,
                _("The program crashed the last time."),
                _("Your jobs and inputs are kept. Nothing about it was sent anywhere."),
                action_text=_("Show diagnostics"),
                action=self.window.help_controller.open_diagnostics,
            )
        )


def run_until_closed(
    app: QApplication, options: Options, single_window: SingleWindow, context: AppContext
) -> int:
    """Runs until the window is closed and all work is finished; returns the exit code."""
    with asyncio.Runner(loop_factory=lambda: create_loop(app)) as runner:
        return runner.run(_main(options, single_window, context))


async def _main(options: Options, single_window: SingleWindow, context: AppContext) -> int:
    window = context.window
    _install_error_handlers(context.notices)
    _close_on_signals(window)
    _install_url_handler(window)
    garbage = GarbageCollector(window)
    single_window.open_requested.connect(window.raise_to_front)
    single_window.open_requested.connect(window.handle_open_request)
    # While the window closes, a second start has to wait: otherwise it would raise a window that is
    # about to disappear.
    window.closed.connect(single_window.stop_listening)
    QTimer.singleShot(
        0, single_window, lambda: None if window.is_closing else single_window.listen()
    )
    window.handle_open_request(options.open_target)
    try:
        await asyncio.to_thread(_import_all, _MODULES_WITHOUT_QT)
        exit_code = await _run_sessions(options, context, garbage.collect_all)
    finally:
        garbage.stop()
        await context.settings_file.flush()
        window.deleteLater()
    # All data is saved now. A thread still reading from a disk that does not respond would keep the
    # data folder locked for the next start, without a visible window.
    exit_within(_EXIT_TIMEOUT_S, exit_code)
    return exit_code


def _import_all(names: tuple[str, ...]) -> None:
    for name in names:
        import_module(name)


async def _run_sessions(
    options: Options, context: AppContext, collect_garbage: Callable[[], object]
) -> int:
    from runcomfy_desktop.app.session_manager import SessionManager, SessionRequest
    from runcomfy_desktop.core.account.account import KeyHolder
    from runcomfy_desktop.store.atomic_write import clear_leftovers

    key_holder = KeyHolder()
    network, partner_key = context.network, context.partner_key

    def secrets() -> tuple[str, ...]:
        return (*key_holder.secrets(), *network.secrets(), *partner_key.secrets())

    logs.start(context.paths.logs, options.log_level, secrets)
    _log.info("%s %s starts", APP_NAME, __version__)
    # Not awaited: a folder with thousands of files on a slow disk would delay the start.
    asyncio.get_running_loop().run_in_executor(None, clear_leftovers, context.paths.own_folders)
    credentials, proxy_credentials, partner_credentials = _create_credential_stores(options)
    network.start(proxy_credentials)
    partner_key.start(partner_credentials)
    session_context = _create_session_context(context, credentials, key_holder, options.timeouts)
    # The desktop shows no notifications about a tour's jobs.
    desktop_controller = _create_desktop_controller(context) if options.tour is None else None
    session_manager = SessionManager(
        context.window, session_context, options.base_url, collect_garbage, desktop_controller
    )
    updates = _create_updates(context, options.timeouts)
    exit_code = 0
    if options.tour is not None:
        exit_code = await _run_tour(options, context, session_manager)
    else:
        await session_manager.run(SessionRequest.DEMO if options.demo else SessionRequest.ACCOUNT)
    stores = (proxy_credentials, partner_credentials, credentials)
    for part in (updates, desktop_controller, network, partner_key, *stores):
        if part is not None:
            await part.close()
    return exit_code


def _create_credential_stores(options: Options) -> list[Credentials]:
    """Creates the stores of the API key, the proxy's password and the key for partner nodes."""
    from runcomfy_desktop.store.credentials import (
        Credentials,
        create_keyring_lock,
        disabled_keyring,
        system_keyring,
    )

    # The tour shows a first run: it must not find the user's key.
    find = system_keyring if options.tour is None else disabled_keyring
    timeout_s, lock = options.timeouts.keyring_s, create_keyring_lock()
    return [Credentials(timeout_s, find_keyring=find, lock=lock) for _each in range(3)]


def _create_session_context(
    context: AppContext, credentials: Credentials, key_holder: KeyHolder, timeouts: Timeouts
) -> SessionContext:
    from runcomfy_desktop.app.session import SessionContext
    from runcomfy_desktop.ui.image_tools.small_version import shrunk_bytes
    from runcomfy_desktop.ui.images.picture_loader import measure_picture

    return SessionContext(
        context.paths,
        context.preferences,
        context.notices,
        credentials,
        key_holder,
        context.network,
        context.partner_key,
        measure_picture,
        shrunk_bytes,
        queue_policy=timeouts.queue_policy,
    )


def _create_desktop_controller(context: AppContext) -> DesktopController:
    """Creates the controller that reports jobs to the desktop.

    A click on a notification raises the window.
    """
    from runcomfy_desktop.platform.desktop_controller import DesktopController
    from runcomfy_desktop.platform.progress_indicators import create_progress_indicator

    window = context.window
    controller = DesktopController(
        context.preferences,
        context.notices,
        create_progress_indicator(window.winId()),
        window.windowIcon(),
    )

    def show_window(_job_id: str) -> None:
        if not window.is_closing:
            window.raise_to_front()

    controller.job_requested.subscribe(show_window)
    app = cast("QGuiApplication", QGuiApplication.instance())
    app.focusWindowChanged.connect(
        lambda focused: controller.set_window_active(focused is not None)
    )
    controller.set_window_active(QGuiApplication.focusWindow() is not None)
    hidden_states = (QWindow.Visibility.Hidden, QWindow.Visibility.Minimized)
    handle = window.windowHandle()
    handle.visibilityChanged.connect(
        lambda visibility: controller.set_window_visible(visibility not in hidden_states)
    )
    return controller


def _create_updates(context: AppContext, timeouts: Timeouts) -> Updates | None:
    """Starts the check for updates; returns None if the package manager updates the program."""
    if package_channel().is_system_updated:
        return None
    from runcomfy_desktop.api.releases import read_latest
    from runcomfy_desktop.core.updates import Updates

    route, schedule = context.network.route, timeouts.update_schedule
    updates = Updates(
        context.preferences,
        context.notices,
        lambda: read_latest(route),
        __version__,
        schedule=schedule,
    )
    updates.start()
    context.window.help_controller.provide_updates(updates)
    return updates


async def _run_tour(options: Options, context: AppContext, session_manager: SessionManager) -> int:
    """Drives the window from the first-run page on, while sessions run as in normal use."""
    from runcomfy_desktop.app.options import DRAG_SOURCE_FLAG
    from runcomfy_desktop.app.session_manager import SessionRequest
    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.tour.steps import run_tour

    assert options.tour is not None
    tasks = Tasks()
    running = tasks.start("sessions", session_manager.run(SessionRequest.ACCOUNT))
    exit_code = await run_tour(
        context.window,
        lambda: session_manager.services,
        context.preferences,
        options.tour,
        DRAG_SOURCE_FLAG,
    )
    context.window.close()
    await running
    return exit_code


def _base_url_error(text: str) -> str:
    """Returns the error in an API address typed in Settings; imports the network code late."""
    from runcomfy_desktop.api.address import base_url_error

    return base_url_error(text)


def _proxy_error(address: str, user: str, password: str) -> str:
    """Returns the error in a proxy typed in Settings; imports the network code late."""
    from runcomfy_desktop.api.proxies import proxy_error

    return proxy_error(address, user, password)


def _exceptions_error(exceptions: str) -> str:
    """Returns the error in a list of hosts without a proxy; imports the network code late."""
    from runcomfy_desktop.api.proxies import exceptions_error

    return exceptions_error(exceptions)


def _close_on_signals(window: MainWindow) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # asyncio on Windows has no signal handlers; closing the console ends the program there.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, window.close_now)


def _install_url_handler(window: MainWindow) -> None:
    from runcomfy_desktop.platform.url_handler import UrlHandler, is_needed

    if is_needed():
        handler = UrlHandler(window)
        handler.failed.connect(window.notify_not_opened)
        handler.install()


def _install_error_handlers(notices: Notices) -> None:
    """Logs every unhandled error and posts a notice about it; the program continues."""

    def on_slot(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        _log.error("Unexpected", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            notices.post_failure(error)

    def on_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        _log.error("Unexpected in the loop: %s", context.get("message"), exc_info=error)
        if isinstance(error, Exception):
            notices.post_failure(error)

    sys.excepthook = on_slot
    asyncio.get_running_loop().set_exception_handler(on_loop)
