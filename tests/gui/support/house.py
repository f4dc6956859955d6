"""The house: the real window on a real session, wired as the program does it, on the emulator.

    async with open_house(tmp_path) as house:
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])

The key is in a keyring of the test's own; pages and folders "open" into `house.opened`. The
hands here await: `hands.py` turns Qt's loop by itself, which loses tasks inside a coroutine.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from runcomfy_desktop.api.client import check_base_url
from runcomfy_desktop.api.proxies import exceptions_fault, proxy_fault
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.core import polling
from runcomfy_desktop.core.account import FIRST_PAUSE_S, KeyHolder
from runcomfy_desktop.core.network import Network
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.partner_key import PartnerKey
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.trial import Trial
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.inspection import inspection
from runcomfy_desktop.paths import Paths
from runcomfy_desktop.session import Service, Surroundings, open_session
from runcomfy_desktop.store.credentials import Credentials
from runcomfy_desktop.ui.main_window import MainWindow
from runcomfy_desktop.ui.media.small_version import small_version
from runcomfy_desktop.ui.parts import SettingsAids
from runcomfy_desktop.ui.pictures import measure
from runcomfy_desktop.ui.run_desk import RunDesk
from runcomfy_desktop.ui.widgets.press_guard import PressGuard
from tests.gui.support.hands import find
from tests.support.emulated import AT_ONCE, TOKEN, LoopbackEmulator, make_world, paint_nothing
from tests.support.tampered import TamperedEmulator
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from PySide6.QtCore import QMimeData, QUrl

    from runcomfy_desktop.domain.job import JobState
    from runcomfy_desktop.emulator.lifecycle import Pace
    from runcomfy_desktop.emulator.world import World
    from runcomfy_desktop.ui.parts import WindowParts
    from tests.support.tampered import Tamper

W = TypeVar("W", bound=QWidget)

_LEFT = Qt.MouseButton.LeftButton
_NO_KEYS = Qt.KeyboardModifier.NoModifier
# As often as the program asks, and without the pauses in between.
_RETRY = Retry(sleep=lambda _pause_s: asyncio.sleep(0))
# Longer than a busy machine takes for an answer.
_LONG_S = 60.0
# A job that is well is asked about again at the next turn but a few.
_OFTEN = polling.Pace(apart_s=0.0, quick_s=0.02, slow_s=0.05)


class MemoryKeyring:
    """A keyring that a test can look into."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.refuses: Exception | None = None
        """What it says to every question, when that is not None."""

    def get_password(self, service: str, username: str) -> str | None:
        self._refuse()
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._refuse()
        self.secrets[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        self._refuse()
        self.secrets.pop((service, username), None)

    def _refuse(self) -> None:
        if self.refuses is not None:
            raise self.refuses


@dataclass
class House:
    """A window with a session; what it asked the desktop to open is in `opened`."""

    window: MainWindow
    parts: WindowParts
    preferences: Preferences
    emulator: LoopbackEmulator
    keyring: MemoryKeyring
    opened: list[str] = field(default_factory=list)

    def find(self, kind: type[W], name: str) -> W:
        return find(self.window, kind, name)

    def there(self, kind: type[W], name: str) -> bool:
        """Whether such a widget is on screen."""
        return any(each.isVisible() for each in self.window.findChildren(kind, name))

    async def press(self, name: str) -> None:
        """A left click on the button with this name."""
        await self.click(self.find(QAbstractButton, name))

    async def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        assert widget.isVisible(), f"{widget.objectName()} is not on screen"
        assert widget.isEnabled(), f"{widget.objectName()} cannot be pressed"
        where = widget.rect().center() if at is None else at
        _read(widget)
        QTest.mouseClick(widget, _LEFT, _NO_KEYS, where)
        await turn()

    async def key(self, which: Qt.Key, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        """One key, to the widget in focus, else to the window."""
        if which in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            _read(self.window)
        QTest.keyClick(QApplication.focusWidget() or self.window, which, keys)
        await turn()

    async def drop(self, data: QMimeData) -> None:
        """Drags `data` over the window's menu bar and lets go."""
        at, copy = QPoint(600, 8), Qt.DropAction.CopyAction
        entered = QDragEnterEvent(at, copy, data, _LEFT, _NO_KEYS)
        QApplication.sendEvent(self.window, entered)
        assert entered.isAccepted(), "it would not be taken"
        QApplication.sendEvent(self.window, QDropEvent(QPointF(at), copy, data, _LEFT, _NO_KEYS))
        await turn()

    async def trigger(self, name: str) -> None:
        """Chooses an action of the menus by its name."""
        action = next(
            each
            for each in self.window.findChildren(QAction)
            if each.objectName() == f"{name}_action"
        )
        assert action.isEnabled(), f"{name} cannot be chosen"
        action.trigger()
        await turn()

    def notices(self) -> list[str]:
        """The titles of the notices, the one in view last."""
        return [each.title for each in self.window.notice_line.notices]

    async def answer(self, title: str, button: str = "action") -> None:
        """Brings the notice with this title into view and presses one of its buttons."""
        while self.notices()[-1] != title:
            await self.press("notice_next")
        await self.press(f"notice_{button}")

    def states(self) -> list[JobState]:
        return [job.state for job in self.parts.queue.jobs.values()]

    def asked(self, call: str) -> int:
        """How often the emulator was asked for one kind of thing, for example `balance`."""
        received = self.emulator.world.journal.counts()["received"]
        assert isinstance(received, dict)
        number = received.get(call, 0)
        assert isinstance(number, int)
        return number

    async def until_open(self) -> None:
        """Waits for the first deployment's workflow and what its inputs may hold."""
        await until(lambda: self.parts.workbench.state.schema is not None)
        await turn()

    async def until_shown(self) -> None:
        """Waits until the window's queue shows every job as it is: that comes a moment later."""
        panel = self.window.docks.made_jobs_panel()
        assert panel is not None
        jobs = self.parts.queue.jobs
        await until(lambda: all(panel.model.job(job_id) == job for job_id, job in jobs.items()))
        await turn()

    async def until_kinds_known(self) -> None:
        """Waits for the last questions of a start: which deployments have no workflow."""
        await self.until_open()
        catalogue = self.parts.catalogue
        await until(lambda: len(catalogue.state.kinds) == len(catalogue.state.deployments))


@asynccontextmanager
async def open_house(
    folder: Path,
    *,
    demo: bool = False,
    key: str = TOKEN,
    pace: Pace = AT_ONCE,
    faults: str = "",
    tamper: Tamper | None = None,
    keyring: MemoryKeyring | None = None,
    emulator: LoopbackEmulator | None = None,
    painted: bool = False,
    first_pause_s: float = FIRST_PAUSE_S,
    keyring_limit_s: float | None = None,
) -> AsyncIterator[House]:
    """A window with a session on an emulator of its own, or on one that is there already, on or
    off; `key` "" begins without one.

    `tamper` changes the emulator's answers on their way. Results are pictures of one pixel
    unless they are to be `painted`, which takes most of the time of a run. After `first_pause_s` a
    service that nobody could reach is asked again.
    """
    world = emulator.world if emulator else make_world(pace=pace, faults=faults)
    if emulator is None and not painted:
        paint_nothing(world)
    keyring = keyring or MemoryKeyring()
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toString())
        return True

    with _served(world, emulator, tamper) as emulator:
        keyring.secrets[("runcomfy-desktop", emulator.base_url)] = key
        preferences = Preferences(Settings(base_url=emulator.base_url), lambda _settings: None)
        paths = Paths(folder / "data", folder / "outputs")
        credentials = Credentials(keyring_limit_s, find=lambda: keyring)
        notices = Notices()
        network = Network(preferences, notices)
        passwords = Credentials(find=lambda: keyring)
        network.begin(passwords)
        partner = PartnerKey(notices)
        partners = Credentials(keyring_limit_s, find=lambda: keyring)
        partner.begin(partners)
        around = Surroundings(
            paths,
            preferences,
            notices,
            credentials,
            KeyHolder(),
            network,
            partner,
            measure,
            small_version,
            retry=_RETRY,
            first_pause_s=first_pause_s,
            run_wait_s=_LONG_S,
            pace=_OFTEN,
        )
        aids = settings_aids(preferences, network, partner)
        window = furnished(paths.window_state, preferences, aids, open_url)
        window.help_desk.lend(lambda: inspection(paths, lambda: preferences.settings))
        await put_up(window)
        service = Service(emulator.base_url, is_demo=demo, demo_token=TOKEN if demo else "")
        async with open_session(service, around) as parts:
            window.attach(parts)
            await turn()
            yield House(window, parts, preferences, emulator, keyring, opened)
            window.detach()
        await network.close()
        await partner.close()
        await passwords.close()
        await partners.close()
        await credentials.close()
        window.hide()
        window.deleteLater()
        await turn()


def _served(
    world: World, emulator: LoopbackEmulator | None, tamper: Tamper | None
) -> AbstractContextManager[LoopbackEmulator]:
    if emulator is not None:
        return nullcontext(emulator)
    return TamperedEmulator(world, tamper) if tamper else LoopbackEmulator(world)


def furnished(
    state_file: Path,
    preferences: Preferences,
    aids: SettingsAids,
    open_url: Callable[[QUrl], bool] | None = None,
) -> MainWindow:
    """A window with all that is in it, built in one go."""
    window = MainWindow(state_file)
    for _step in window.furnish(preferences, aids, open_url):
        pass
    return window


async def put_up(window: QWidget, width: int = 1440, height: int = 900) -> None:
    """Shows a window, active and laid out."""
    # On a screen as small as that of a test the first window would fill it.
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(width, height)
    window.show()
    window.activateWindow()
    await turn()


async def turn() -> None:
    """Lets Qt do what it has put off, by the one loop there is."""
    for _round in range(4):
        QCoreApplication.sendPostedEvents()
        await asyncio.sleep(0)


def settings_aids(
    preferences: Preferences, network: Network | None = None, partner: PartnerKey | None = None
) -> SettingsAids:
    """As the program lends them to the settings dialog; without a network, one of nobody."""
    notices = Notices()
    lent = network or Network(preferences, notices)
    return SettingsAids(
        address_fault,
        proxy_fault,
        exceptions_fault,
        lent,
        lambda: Trial(lent, notices),
        partner or PartnerKey(notices),
    )


def address_fault(text: str) -> str:
    """As the program lends it to the settings dialog."""
    try:
        check_base_url(text)
    except Problem as problem:
        return problem.sentence()
    return ""


def _read(widget: QWidget) -> None:
    """As somebody who has read what is to be pressed, and for whom no button changes just now."""
    for guard in widget.findChildren(PressGuard):
        guard.forget()
    for desk in widget.window().findChildren(RunDesk):
        desk.settle.forget()
