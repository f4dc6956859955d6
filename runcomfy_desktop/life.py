"""The program's life on its loop: from the window that is furnished to the one that is closed.

What it needs of network, keyring and history is imported by a thread while the window answers;
modules with Qt classes are imported on the window's thread only (`start.py`, `ui/docks.py`).
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

from runcomfy_desktop import APP_NAME, __version__, logs
from runcomfy_desktop.channel import channel
from runcomfy_desktop.core.network import Network
from runcomfy_desktop.core.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.core.partner_key import PartnerKey
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.trial import Trial
from runcomfy_desktop.garbage import Garbage
from runcomfy_desktop.i18n import _
from runcomfy_desktop.loop import create_loop
from runcomfy_desktop.store.settings import SettingsFile
from runcomfy_desktop.threads import end_within
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.parts import SettingsAids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from PySide6.QtWidgets import QApplication

    from runcomfy_desktop.core.account import KeyHolder
    from runcomfy_desktop.core.updates import Updates
    from runcomfy_desktop.desktop.desk import Desk
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.options import Options
    from runcomfy_desktop.paths import Paths
    from runcomfy_desktop.patience import Patience
    from runcomfy_desktop.session import Surroundings
    from runcomfy_desktop.sessions import Sessions
    from runcomfy_desktop.single import SingleWindow
    from runcomfy_desktop.store.credentials import Credentials
    from runcomfy_desktop.ui.main_window import MainWindow
    from runcomfy_desktop.ui.parts import Inspection

_log = logging.getLogger(__name__)
_WITHOUT_QT = ("httpx", "runcomfy_desktop.sessions", "runcomfy_desktop.store.credentials")
_END_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What is there before the loop is, and outlives every session."""

    window: MainWindow
    paths: Paths
    notices: Notices
    settings_file: SettingsFile
    preferences: Preferences
    network: Network
    partner: PartnerKey

    @classmethod
    def of(cls, app: QApplication, window: MainWindow, paths: Paths, settings: Settings) -> Ground:
        notices = Notices()
        settings_file = SettingsFile(paths.settings, notices.failure, settings)
        preferences = Preferences(settings, settings_file.save)
        preferences.changed.subscribe(lambda changed: theme.apply(app, changed.theme))
        network = Network(preferences, notices)
        partner = PartnerKey(notices)
        return cls(window, paths, notices, settings_file, preferences, network, partner)

    def furnish(self) -> Iterator[None]:
        offers = not channel().is_updated_by_the_system
        aids = SettingsAids(
            _address_fault,
            _proxy_fault,
            _exceptions_fault,
            self.network,
            self._trial,
            self.partner,
            offers,
            str(self.paths.wildcards),
        )
        return self.window.furnish(self.preferences, aids)

    def _trial(self) -> Trial:
        return Trial(self.network, self.notices)

    def inspect(self) -> Inspection:
        """What Help shows; imported late, because nobody else needs it."""
        from runcomfy_desktop.inspection import inspection

        return inspection(self.paths, lambda: self.preferences.settings)

    def tell_of_crash(self) -> None:
        """Says once, quietly, that the last run ended by a crash."""
        self.notices.tell(
            Notice(
                NoticeLevel.INFO,
                _("The program crashed the last time."),
                _("Your jobs and inputs are kept. Nothing about it was sent anywhere."),
                action_text=_("Show diagnostics"),
                action=self.window.help_desk.open_diagnostics,
            )
        )


def live(app: QApplication, options: Options, single: SingleWindow, ground: Ground) -> int:
    """Runs until the window is closed and all is settled; returns the exit code."""
    with asyncio.Runner(loop_factory=lambda: create_loop(app)) as runner:
        return runner.run(_main(options, single, ground))


async def _main(options: Options, single: SingleWindow, ground: Ground) -> int:
    window = ground.window
    window.help_desk.lend(ground.inspect)
    _catch_the_unexpected(ground.notices)
    _close_on_signals(window)
    _watch_what_is_opened(window)
    garbage = Garbage(window)
    single.called.connect(window.raise_to_front)
    single.called.connect(window.open_arrival)
    # While it closes, a start has to wait: it would bring a window forward that goes away.
    window.closed.connect(single.stop_listening)
    QTimer.singleShot(0, single, lambda: None if window.is_closing else single.listen())
    window.open_arrival(options.opens)
    try:
        await asyncio.to_thread(_import_all, _WITHOUT_QT)
        exit_code = await _live(options, ground)
    finally:
        garbage.stop()
        await ground.settings_file.flush()
        window.deleteLater()
    # All is kept by now; who still reads from a disk that does not answer would keep the data
    # folder from the next start, without a window to be seen. The window that goes waits for them.
    end_within(_END_WITHIN_S, exit_code)
    return exit_code


def _import_all(names: tuple[str, ...]) -> None:
    for name in names:
        import_module(name)


async def _live(options: Options, ground: Ground) -> int:
    from runcomfy_desktop.core.account import KeyHolder
    from runcomfy_desktop.sessions import Sessions, Wish
    from runcomfy_desktop.store.atomic import clear_leftovers

    key = KeyHolder()
    network, partner = ground.network, ground.partner

    def secrets() -> tuple[str, ...]:
        return (*key.secrets(), *network.secrets(), *partner.secrets())

    logs.start(ground.paths.logs, options.log_level, secrets)
    _log.info("%s %s starts", APP_NAME, __version__)
    # Nobody waits for it: a folder with thousands of files on a slow disk would hold up the start.
    asyncio.get_running_loop().run_in_executor(None, clear_leftovers, ground.paths.folders)
    credentials, passwords, partners = _places_for_keys(options)
    network.begin(passwords)
    partner.begin(partners)
    around = _surroundings(ground, credentials, key, options.patience)
    # The tour is nobody's work: whoever takes it is not told of its jobs.
    desk = _desk(ground) if options.tour is None else None
    sessions = Sessions(ground.window, around, options.base_url, desk)
    updates = _updates(ground, options.patience)
    exit_code = 0
    if options.tour is not None:
        exit_code = await _tour(options, ground, sessions)
    else:
        await sessions.run(Wish.DEMO if options.demo else Wish.ACCOUNT)
    for part in (updates, desk, network, partner, passwords, partners, credentials):
        if part is not None:
            await part.close()
    return exit_code


def _places_for_keys(options: Options) -> list[Credentials]:
    """Makes three: for the key, the proxy's password and the key for partner nodes."""
    from runcomfy_desktop.store.credentials import (
        Credentials,
        system_keyring,
        system_turn,
        without_keyring,
    )

    # The tour shows a first run: it must not find the key of whoever takes it.
    find = system_keyring if options.tour is None else without_keyring
    limit_s, turn = options.patience.keyring_s, system_turn()
    return [Credentials(limit_s, find=find, turn=turn) for _each in range(3)]


def _surroundings(
    ground: Ground, credentials: Credentials, key: KeyHolder, patience: Patience
) -> Surroundings:
    from runcomfy_desktop.session import Surroundings
    from runcomfy_desktop.ui.media.small_version import small_version
    from runcomfy_desktop.ui.pictures import measure

    return Surroundings(
        ground.paths,
        ground.preferences,
        ground.notices,
        credentials,
        key,
        ground.network,
        ground.partner,
        measure,
        small_version,
        pace=patience.queue,
    )


def _desk(ground: Ground) -> Desk:
    """What the desktop is told of the jobs; it shows a job in the window when that is pressed."""
    from runcomfy_desktop.desktop.desk import Desk
    from runcomfy_desktop.desktop.launcher import launcher_of

    window = ground.window
    desk = Desk(
        ground.preferences, ground.notices, launcher_of(window.winId()), window.windowIcon()
    )

    def show(job_id: str) -> None:
        if not window.is_closing:
            window.raise_to_front()
            window.docks.show_job(job_id)

    desk.wanted.subscribe(show)
    app = cast("QGuiApplication", QGuiApplication.instance())
    app.focusWindowChanged.connect(lambda focused: desk.set_watched(focused is not None))
    desk.set_watched(QGuiApplication.focusWindow() is not None)
    unseen = (QWindow.Visibility.Hidden, QWindow.Visibility.Minimized)
    handle = window.windowHandle()
    handle.visibilityChanged.connect(lambda how: desk.set_seen(how not in unseen))
    return desk


def _updates(ground: Ground, patience: Patience) -> Updates | None:
    """None where the system brings newer versions."""
    if channel().is_updated_by_the_system:
        return None
    from runcomfy_desktop.api.releases import read_latest
    from runcomfy_desktop.core.updates import Updates

    route, pace = ground.network.route, patience.updates
    updates = Updates(
        ground.preferences, ground.notices, lambda: read_latest(route), __version__, pace=pace
    )
    updates.begin()
    ground.window.help_desk.lend_updates(updates)
    return updates


async def _tour(options: Options, ground: Ground, sessions: Sessions) -> int:
    """Drives the window from the first-run page on, while the sessions run as for a person."""
    from runcomfy_desktop.core.tasks import Tasks
    from runcomfy_desktop.sessions import Wish
    from runcomfy_desktop.tour.drive import take_tour

    assert options.tour is not None
    tasks = Tasks()
    running = tasks.start("sessions", sessions.run(Wish.ACCOUNT))
    exit_code = await take_tour(
        ground.window, lambda: sessions.parts, ground.preferences, options.tour
    )
    ground.window.close()
    await running
    return exit_code


def _address_fault(text: str) -> str:
    """Lent to the settings dialog; imported late, because it brings the network with it."""
    from runcomfy_desktop.api.address import base_url_fault

    return base_url_fault(text)


def _proxy_fault(address: str, user: str, password: str) -> str:
    """The same, for the address of a proxy."""
    from runcomfy_desktop.api.proxies import proxy_fault

    return proxy_fault(address, user, password)


def _exceptions_fault(exceptions: str) -> str:
    """The same, for the hosts that are reached without a proxy."""
    from runcomfy_desktop.api.proxies import exceptions_fault

    return exceptions_fault(exceptions)


def _close_on_signals(window: MainWindow) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no signal handlers on the loop; closing the console ends it there.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, window.end)


def _watch_what_is_opened(window: MainWindow) -> None:
    from runcomfy_desktop.ui.url_handler import UrlHandler, is_needed

    if is_needed():
        handler = UrlHandler(window)
        handler.failed.connect(window.tell_not_opened)
        handler.install()


def _catch_the_unexpected(notices: Notices) -> None:
    """Every error that nobody handled is logged and told once, calmly, and the program goes on."""

    def on_slot(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        _log.error("Unexpected", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            notices.failure(error)

    def on_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        _log.error("Unexpected in the loop: %s", context.get("message"), exc_info=error)
        if isinstance(error, Exception):
            notices.failure(error)

    sys.excepthook = on_slot
    asyncio.get_running_loop().set_exception_handler(on_loop)
