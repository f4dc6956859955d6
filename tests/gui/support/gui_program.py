"""The whole program for tests: the real window on a real session, connected to the emulator.

    async with open_program(tmp_path) as program:
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])

The key is in the test's own keyring; URLs and folders are not opened but recorded in
`program.opened_urls`. User input here is awaited and so runs in the program's event loop, while
`user_input.py` processes Qt's events itself.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import ExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from runcomfy_desktop.api.client import check_base_url
from runcomfy_desktop.api.proxies import exceptions_error, proxy_error
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.app.installation_info import create_installation_info
from runcomfy_desktop.app.session import Service, SessionContext, open_session
from runcomfy_desktop.core.account.account import RETRY_BACKOFF, KeyHolder
from runcomfy_desktop.core.account.partner_key import PartnerKey
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.jobs import queue_policy
from runcomfy_desktop.core.network.connection_test import ConnectionTest
from runcomfy_desktop.core.network.network import Network
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.diagnostics import Diagnostics
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.paths import Paths
from runcomfy_desktop.store.credentials import Credentials
from runcomfy_desktop.ui.base.session_services import InstallationInfo, SettingsServices
from runcomfy_desktop.ui.image_tools.small_version import shrunk_bytes
from runcomfy_desktop.ui.images.picture_loader import measure_picture
from runcomfy_desktop.ui.main_window.main_window import MainWindow
from runcomfy_desktop.ui.run.run_controller import RunController
from runcomfy_desktop.ui.widgets.press_guard import PressGuard
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until
from tests.support.emulators import INSTANT, TOKEN, LoopbackEmulator, make_backend, use_tiny_outputs
from tests.support.tampered_emulator import TamperedEmulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from PySide6.QtCore import QMimeData, QUrl

    from runcomfy_desktop.domain.jobs.job import JobState
    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.session_view import SessionView
    from tests.support.tampered_emulator import Tamper

W = TypeVar("W", bound=QWidget)

_LEFT = Qt.MouseButton.LeftButton
_NO_KEYS = Qt.KeyboardModifier.NoModifier
# Retries as often as the program does, but without pauses.
_RETRY = Retry(sleep=lambda _pause_s: asyncio.sleep(0))
# Longer than a response takes on a busy machine.
_RUN_TIMEOUT_S = 60.0
# A job without problems is polled again after a few turns of the event loop.
_FAST_POLLING = queue_policy.QueuePolicy(
    request_interval_s=0.0,
    fast_poll_s=0.02,
    slow_poll_s=0.05,
    unknown_backoff=Backoff(0.1, 300.0),
)


class MemoryKeyring:
    """Keyring in memory, readable by tests."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.error: Exception | None = None
        """Exception raised by every call, if set."""

    def get_password(self, service: str, username: str) -> str | None:
        self._raise_error()
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._raise_error()
        self.secrets[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        self._raise_error()
        self.secrets.pop((service, username), None)

    def _raise_error(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class GuiProgram:
    """Window with a session; `opened_urls` are the URLs that it asked the desktop to open."""

    window: MainWindow
    services: SessionServices
    preferences: Preferences
    emulator: LoopbackEmulator
    keyring: MemoryKeyring
    opened_urls: list[str]
    context: SessionContext
    session: SessionView = field(init=False)
    _shown_session: ExitStack = field(default_factory=ExitStack)

    def begin_session(self) -> None:
        """Shows the session in the window."""
        self.session = self._shown_session.enter_context(self.window.session(self.services))

    def end_session(self) -> None:
        """Ends the session in the window, while its services stay open."""
        self._shown_session.close()

    def find(self, kind: type[W], name: str) -> W:
        return find(self.window, kind, name)

    def is_visible(self, kind: type[W], name: str) -> bool:
        """Reports whether a widget with this type and name is visible."""
        return any(each.isVisible() for each in self.window.findChildren(kind, name))

    async def press(self, name: str) -> None:
        """Clicks the button with this name."""
        await self.click(self.find(QAbstractButton, name))

    async def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        assert widget.isVisible(), f"{widget.objectName()} is not on screen"
        assert widget.isEnabled(), f"{widget.objectName()} cannot be pressed"
        position = widget.rect().center() if at is None else at
        _allow_presses(widget)
        QTest.mouseClick(widget, _LEFT, _NO_KEYS, position)
        await process_events_async()

    async def key(self, which: Qt.Key, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        """Presses a key in the focused widget, or else in the window."""
        if which in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            _allow_presses(self.window)
        QTest.keyClick(QApplication.focusWidget() or self.window, which, keys)
        await process_events_async()

    async def drop(self, data: QMimeData) -> None:
        """Drops `data` on the window's menu bar."""
        at, copy = QPoint(600, 8), Qt.DropAction.CopyAction
        entered = QDragEnterEvent(at, copy, data, _LEFT, _NO_KEYS)
        QApplication.sendEvent(self.window, entered)
        assert entered.isAccepted(), "it would not be taken"
        QApplication.sendEvent(self.window, QDropEvent(QPointF(at), copy, data, _LEFT, _NO_KEYS))
        await process_events_async()

    async def trigger(self, name: str) -> None:
        """Triggers a menu action by its name."""
        action = next(
            each
            for each in self.window.findChildren(QAction)
            if each.objectName() == f"{name}_action"
        )
        assert action.isEnabled(), f"{name} cannot be chosen"
        action.trigger()
        await process_events_async()

    def notices(self) -> list[str]:
        """Returns the titles of the notices; the visible one is last."""
        return [each.title for each in self.window.notice_line.notices]

    async def answer(self, title: str, button: str = "action") -> None:
        """Shows the notice with this title and presses one of its buttons."""
        while self.notices()[-1] != title:
            await self.press("notice_next")
        await self.press(f"notice_{button}")

    def states(self) -> list[JobState]:
        return [job.state for job in self.services.queue.jobs.values()]

    def call_count(self, call: str) -> int:
        """Returns the number of calls of one kind to the emulator, for example `balance`."""
        received = self.emulator.backend.journal.counts()["received"]
        assert isinstance(received, dict)
        number = received.get(call, 0)
        assert isinstance(number, int)
        return number

    async def wait_until_open(self, *, tab: str = "all") -> None:
        """Waits for the first deployment's workflow and its schema, then shows a tab of inputs.

        With "", the tab stays that with which the program opens the deployment.
        """
        await wait_until(lambda: self.services.draft_editor.state.schema is not None)
        await process_events_async()
        if tab:
            self.session.inputs.show_tab(tab)

    async def wait_until_jobs_shown(self) -> None:
        """Waits until the queue panel shows the current state of every job."""
        panel = self.session.panels.jobs_panel
        jobs = self.services.queue.jobs
        await wait_until(
            lambda: all(panel.model.job(job_id) == job for job_id, job in jobs.items())
        )
        await process_events_async()

    async def wait_until_kinds_known(self) -> None:
        """Waits for the last requests of a start, which find deployments without a workflow."""
        await self.wait_until_open()
        catalogue = self.services.catalogue
        await wait_until(lambda: len(catalogue.state.kinds) == len(catalogue.state.deployments))


@asynccontextmanager
async def open_program(
    folder: Path,
    *,
    demo: bool = False,
    key: str = TOKEN,
    timing: EmulatorTiming = INSTANT,
    faults: str = "",
    tamper: Tamper | None = None,
    keyring: MemoryKeyring | None = None,
    emulator: LoopbackEmulator | None = None,
    painted: bool = False,
    account_backoff: Backoff = RETRY_BACKOFF,
    keyring_limit_s: float | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[GuiProgram]:
    """Opens a window with a session on its own emulator, or on a given one, which may be stopped.

    With an empty `key`, the program starts without a key. `tamper` changes the emulator's
    responses. Results are pictures of one pixel unless they are `painted`, which takes most of the
    time of a run. An unreachable service is tried again after `account_backoff`. `settings` are
    those of an earlier start.
    """
    backend = emulator.backend if emulator else make_backend(timing=timing, faults=faults)
    if emulator is None and not painted:
        use_tiny_outputs(backend)
    keyring = keyring or MemoryKeyring()
    opened_urls: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened_urls.append(url.toString())
        return True

    with _serving_emulator(backend, emulator, tamper) as emulator:
        keyring.secrets[("runcomfy-desktop", emulator.base_url)] = key
        settings = replace(settings or Settings(), base_url=emulator.base_url)
        preferences = Preferences(settings, lambda _settings: None)
        paths = Paths(folder / "data", folder / "outputs")
        credentials = Credentials(keyring_limit_s, find_keyring=lambda: keyring)
        notices = Notices()
        # The system's proxies do not change during a test.
        network = Network(preferences, notices, system_proxy_ttl_s=math.inf)
        proxy_credentials = Credentials(find_keyring=lambda: keyring)
        network.start(proxy_credentials)
        partner_key = PartnerKey(notices)
        partner_credentials = Credentials(keyring_limit_s, find_keyring=lambda: keyring)
        partner_key.start(partner_credentials)
        session_context = SessionContext(
            paths,
            preferences,
            notices,
            credentials,
            KeyHolder(),
            network,
            partner_key,
            measure_picture,
            shrunk_bytes,
            retry=_RETRY,
            account_backoff=account_backoff,
            run_wait_s=_RUN_TIMEOUT_S,
            queue_policy=_FAST_POLLING,
        )
        settings_services = create_settings_services(preferences, network, partner_key)
        window = build_window(
            paths.window_state,
            preferences,
            settings_services,
            open_url,
            lambda: create_installation_info(paths, lambda: preferences.settings),
        )
        await show_window(window)
        service = Service(emulator.base_url, is_demo=demo, demo_token=TOKEN if demo else "")
        async with open_session(service, session_context) as services:
            program = GuiProgram(
                window, services, preferences, emulator, keyring, opened_urls, session_context
            )
            program.begin_session()
            await process_events_async()
            try:
                yield program
            finally:
                program.end_session()
        await network.close()
        await partner_key.close()
        await proxy_credentials.close()
        await partner_credentials.close()
        await credentials.close()
        window.hide()
        window.deleteLater()
        await process_events_async()


def _serving_emulator(
    backend: EmulatedBackend, emulator: LoopbackEmulator | None, tamper: Tamper | None
) -> AbstractContextManager[LoopbackEmulator]:
    if emulator is not None:
        return nullcontext(emulator)
    return TamperedEmulator(backend, tamper) if tamper else LoopbackEmulator(backend)


def no_installation_info() -> InstallationInfo:
    """Returns data of the Help menu for tests that do not open it."""
    return InstallationInfo(lambda: Diagnostics((), (), (), ()), tuple, tuple, ())


def build_window(
    state_file: Path,
    preferences: Preferences,
    settings_services: SettingsServices,
    open_url: Callable[[QUrl], bool] | None = None,
    get_info: Callable[[], InstallationInfo] = no_installation_info,
) -> MainWindow:
    """Builds a window with all its contents in one go."""
    window = MainWindow(state_file)
    for _step in window.build_contents(preferences, settings_services, get_info, open_url):
        pass
    return window


async def show_window(window: QWidget, width: int = 1440, height: int = 900) -> None:
    """Shows a window, activates it and lets it lay itself out."""
    # On a screen as small as a test's, the first window would fill it.
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(width, height)
    window.show()
    window.activateWindow()
    await process_events_async()


async def process_events_async() -> None:
    """Processes Qt's pending events in the event loop that Qt and asyncio share."""
    for _round in range(4):
        QCoreApplication.sendPostedEvents()
        await asyncio.sleep(0)


def create_settings_services(
    preferences: Preferences, network: Network | None = None, partner_key: PartnerKey | None = None
) -> SettingsServices:
    """Returns the services that the program gives to the settings dialog.

    Without `network`, an unused one is created.
    """
    notices = Notices()
    lent_network = network or Network(preferences, notices)
    return SettingsServices(
        address_error,
        proxy_error,
        exceptions_error,
        lent_network,
        lambda: ConnectionTest(lent_network, notices),
        partner_key or PartnerKey(notices),
    )


def address_error(text: str) -> str:
    """Returns the error in a service address, as in the program; "" if it is valid."""
    try:
        check_base_url(text)
    except Problem as problem:
        return problem.sentence()
    return ""


def _allow_presses(widget: QWidget) -> None:
    """Skips the guards against accidental presses, which block freshly changed buttons."""
    for guard in widget.findChildren(PressGuard):
        guard.reset()
    for controller in widget.window().findChildren(RunController):
        controller.quiet_period.reset()
