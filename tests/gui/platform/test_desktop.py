"""Desktop integration over a real D-Bus with fake services, on the program's loop."""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from PySide6.QtCore import QObject, Signal

from runcomfy_desktop import APP_ID, APP_NAME
from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.jobs.job_notifier import JobNotification, QueueProgress
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.platform import tray
from runcomfy_desktop.platform.desktop_controller import DesktopController
from runcomfy_desktop.platform.job_reporter import JobReporter
from runcomfy_desktop.platform.notifications import Notifications
from runcomfy_desktop.platform.progress_indicators import (
    BadgeProgressIndicator,
    LinuxProgressIndicator,
    WindowsProgressIndicator,
)
from runcomfy_desktop.platform.session_bus import TIMEOUT_S
from runcomfy_desktop.platform.sleep_inhibitor import SleepInhibitor
from runcomfy_desktop.ui.style import icons
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from PySide6.QtGui import QIcon

    from tests.support.queue_harness import QueueHarness

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there is D-Bus")
if sys.platform == "linux":
    from tests.support.session_bus import LauncherListener, NotificationServer, session_bus

DONE = JobNotification("Done: a <b>bike</b>", "bikes & <i>more</i>", "job-1")


async def test_a_message_is_shown_and_pressing_it_leads_to_its_job() -> None:
    wanted: list[str] = []
    with session_bus(), NotificationServer() as server:
        notifications = Notifications(wanted.append)
        assert await notifications.show(DONE)
        shown = server.shown[0]
        assert (shown.title, shown.replaces) == ("Done: a <b>bike</b>", 0)
        # A notification server with markup interprets the body as markup.
        assert shown.body == "bikes &amp; &lt;i&gt;more&lt;/i&gt;"
        assert shown.actions == ["default", "Show", "show", "Show"]
        assert shown.hints["desktop-entry"] == ("s", APP_ID)
        server.press(1)
        await wait_until(lambda: wanted == ["job-1"])
        # The next one replaces it, and a press on the replaced one has no effect.
        assert await notifications.show(JobNotification("Failed: x", "why", "job-2"))
        assert server.shown[1].replaces == 1
        server.press(1)
        server.press(2, "show")
        await wait_until(lambda: wanted == ["job-1", "job-2"])
        await notifications.withdraw()
        assert server.closed == [2]
        await notifications.close()


async def test_messages_at_one_moment_do_not_pile_up() -> None:
    wanted: list[str] = []
    with session_bus(), NotificationServer() as server:
        notifications = Notifications(wanted.append)
        await asyncio.gather(
            notifications.show(DONE), notifications.show(JobNotification("Failed: x", "", "job-2"))
        )
        assert [shown.replaces for shown in server.shown] == [0, 1]
        await notifications.close()


async def test_the_numbers_of_a_server_that_went_are_forgotten() -> None:
    wanted: list[str] = []
    with session_bus():
        notifications = Notifications(wanted.append)
        with NotificationServer():
            assert await notifications.show(DONE)
        with NotificationServer() as server:
            # This notification 1 belongs to another program.
            server.press(1)
            assert await notifications.show(JobNotification("Failed: x", "", "job-2"))
            assert server.shown[0].replaces == 0
            server.press(1)
            await wait_until(lambda: wanted)
            assert wanted == ["job-2"]
        await notifications.close()


async def test_a_server_without_markup_and_buttons_gets_plain_words() -> None:
    with session_bus(), NotificationServer(capabilities=("body",)) as server:
        notifications = Notifications(lambda _job_id: None)
        assert await notifications.show(DONE)
        assert (server.shown[0].body, server.shown[0].actions) == ("bikes & <i>more</i>", [])
        await notifications.close()


async def test_without_a_bus_or_a_server_nothing_is_shown_and_nothing_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    notifications = Notifications(lambda _job_id: None)
    assert not await notifications.show(DONE)
    with session_bus():
        assert not await notifications.show(DONE)
    assert not await notifications.show(DONE)
    await notifications.close()


async def test_a_server_that_hangs_holds_nothing_up_and_one_that_comes_back_is_used() -> None:
    with session_bus():
        with NotificationServer() as server:
            notifications = Notifications(lambda _job_id: None, timeout_s=0.2)
            server.is_hanging = True
            assert not await notifications.show(DONE)
        notifications._bus._timeout_s = TIMEOUT_S
        assert not await notifications.show(DONE)
        with NotificationServer() as server:
            assert await notifications.show(DONE)
            assert len(server.shown) == 1
        await notifications.close()


@pytest.mark.parametrize(
    "address", ["disabled:", "tcp:host=localhost,port=1", "unix:path=/no", "?"]
)
async def test_an_address_of_no_use_is_as_good_as_none(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    notifications = Notifications(lambda _job_id: None)
    assert not await notifications.show(DONE)
    await notifications.close()


async def test_a_bus_that_does_not_answer_leaves_no_connection_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[asyncio.StreamWriter] = []
    ended: list[bytes] = []

    async def on_caller(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        ended.append(await reader.read())
        writer.close()

    # A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="rcd-", dir="/tmp") as folder:
        async with await asyncio.start_unix_server(on_caller, f"{folder}/bus"):
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={folder}/bus")
            notifications = Notifications(lambda _job_id: None, timeout_s=0.2)
            assert not await notifications.show(DONE)
            await wait_until(lambda: ended)
            assert len(lines) == 1
            await notifications.close()


async def test_a_bus_that_hangs_up_at_the_greeting_leaves_no_connection_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[bytes] = []

    async def on_caller(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n")
        writer.write(b"OK 0123456789abcdef0123456789abcdef\r\n")
        await reader.readuntil(b"BEGIN\r\n")
        await reader.read(1)
        writer.write_eof()
        ended.append(await reader.read())
        writer.close()

    with tempfile.TemporaryDirectory(prefix="rcd-", dir="/tmp") as folder:
        async with await asyncio.start_unix_server(on_caller, f"{folder}/bus"):
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={folder}/bus")
            notifications = Notifications(lambda _job_id: None)
            assert not await notifications.show(DONE)
            await wait_until(lambda: ended)
            await notifications.close()


async def test_a_bus_that_dies_is_found_anew() -> None:
    notifications = Notifications(lambda _job_id: None)
    with session_bus() as bus, NotificationServer():
        assert await notifications.show(DONE)
        bus.kill()
        await wait_until(lambda: bus.poll() is not None)
        assert not await notifications.show(DONE)
    with session_bus(), NotificationServer() as server:
        assert await notifications.show(DONE)
        server.press(1)
        await notifications.close()


async def test_a_message_that_cannot_be_written_leaves_no_second_ear_behind() -> None:
    wanted: list[str] = []
    with session_bus(), NotificationServer() as server:
        notifications = Notifications(wanted.append)
        assert await notifications.show(DONE)
        assert not await notifications.show(JobNotification("half a letter: \ud800", "", "job-2"))
        assert await notifications.show(JobNotification("Failed: x", "why", "job-3"))
        server.press(2)
        await wait_until(lambda: wanted)
        assert await wait_until_stable(lambda: len(wanted)) == 1
        await notifications.close()


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_what_is_closed_holds_no_connection_any_more() -> None:
    with session_bus(), NotificationServer():
        gc.collect()
        before = _open_files()
        notifications, launcher = Notifications(lambda _job_id: None), LinuxProgressIndicator()
        assert await notifications.show(DONE)
        await launcher.show(QueueProgress(1, 4))
        await launcher.close()
        await notifications.close()
        assert _open_files() == before


async def test_launchers_are_told_how_far_it_is() -> None:
    with session_bus(), LauncherListener() as listener:
        launcher = LinuxProgressIndicator()
        await launcher.show(QueueProgress(1, 4))
        await wait_until(lambda: len(listener.updates) == 1)
        address, facts = listener.updates[0]
        assert address == f"application://{APP_ID}.desktop"
        assert (facts["progress"], facts["progress-visible"], facts["count"]) == (0.25, True, 3)
        await launcher.close()
        await wait_until(lambda: len(listener.updates) == 2)
        assert listener.updates[1][1]["progress-visible"] is False


async def test_other_systems_get_a_number_or_a_bar() -> None:
    numbers: list[int] = []
    badge = BadgeProgressIndicator(numbers.append)
    await badge.show(QueueProgress(1, 4))
    await badge.close()
    assert numbers == [3, 0]

    class Taskbar:
        def __init__(self) -> None:
            self.said: list[object] = []

        def set_value(self, done: int, total: int) -> None:
            self.said.append((done, total))

        def clear(self) -> None:
            self.said.append("clear")

    taskbar = Taskbar()
    bar = WindowsProgressIndicator(taskbar)
    await bar.show(QueueProgress(1, 4))
    await bar.show(QueueProgress())
    await bar.close()
    assert taskbar.said == [(1, 4), "clear", "clear"]


def _write_inhibitor(folder: Path, *lines: str) -> list[str]:
    """Writes a program that replaces the system's own sleep inhibitor."""
    script = folder / "keeper"
    script.write_text("\n".join(("#!/bin/sh", *lines)))
    script.chmod(0o755)
    return [str(script)]


async def test_the_computer_is_held_awake_and_let_go(tmp_path: Path) -> None:
    log = tmp_path / "log"
    awake = SleepInhibitor(
        pytest.fail, _write_inhibitor(tmp_path, f"echo on >>{log}", "cat", f"echo off >>{log}")
    )
    await awake.set_active(is_active=True)
    await awake.set_active(is_active=True)
    assert log.read_text() == "on\n"
    await awake.set_active(is_active=False)
    assert log.read_text() == "on\noff\n"


async def test_what_cannot_be_held_awake_is_said_once(tmp_path: Path) -> None:
    received: list[str] = []
    for command in (["/nowhere/at-all"], _write_inhibitor(tmp_path, "exit 1")):
        awake = SleepInhibitor(received.append, command)
        await awake.set_active(is_active=True)
        await awake.set_active(is_active=False)
        await awake.set_active(is_active=True)
    assert len(received) == 2


class DesktopHarness:
    """A desktop controller with a reporter on a queue, and a record of their calls."""

    def __init__(self, harness: QueueHarness, folder: Path, **settings: bool) -> None:
        self.queue_harness = harness
        self.log = folder / "awake"
        self.notices: list[Notice] = []
        notices = Notices()
        notices.listen(self.notices.append)
        self.preferences = Preferences(Settings(**settings), lambda _settings: None)  # type: ignore[arg-type]  # flags only
        awake = SleepInhibitor(
            pytest.fail,
            _write_inhibitor(folder, f"echo on >>{self.log}", "cat", f"echo off >>{self.log}"),
        )
        icon = icons.icon("app", "#000000")
        self.controller = DesktopController(
            self.preferences, notices, LinuxProgressIndicator(), icon, sleep_inhibitor=awake
        )
        self.wanted: list[str] = []
        self.controller.job_requested.subscribe(self.wanted.append)
        self.reporter = JobReporter(self.controller, harness.queue)
        self.controller.set_window_active(is_active=False)
        self._closing = AsyncExitStack()
        self._closing.push_async_callback(self.controller.close)
        self._closing.push_async_callback(self.reporter.close)

    async def close(self) -> None:
        """Ends the session and the program; a second call has no effect."""
        await self._closing.aclose()


@asynccontextmanager
async def _open_desktop_harness(folder: Path, **settings: bool) -> AsyncIterator[DesktopHarness]:
    async with open_queue_harness(folder) as harness:
        told = DesktopHarness(harness, folder, **settings)
        try:
            yield told
        finally:
            await told.close()


async def test_the_end_of_a_run_is_told_while_nobody_watches(tmp_path: Path) -> None:
    with session_bus(), NotificationServer() as server:
        async with _open_desktop_harness(tmp_path) as told:
            job_id = await told.queue_harness.submit()
            await wait_until(lambda: len(server.shown) == 1)
            assert server.shown[0].title.startswith("Done: ")
            server.press(1)
            await wait_until(lambda: told.wanted == [job_id])
            # A user who returns to the window has seen it.
            told.controller.set_window_active(is_active=True)
            await wait_until(lambda: server.closed == [1])
            await told.queue_harness.wait_until_state(
                await told.queue_harness.submit(), JobState.DONE
            )
        assert len(server.shown) == 1


class TrayIconStub(QObject):
    """Replaces Qt's icon, which depends on the display and on a bus connection of Qt's own."""

    messageClicked = Signal()  # noqa: N815 - Qt's name
    activated = Signal(object)
    made: ClassVar[list[TrayIconStub]] = []

    def __init__(self, picture: QIcon) -> None:
        super().__init__()
        self.picture = picture
        self._is_shown = False
        self.titles: list[str] = []
        self.made.append(self)

    def is_shown(self) -> bool:
        return self._is_shown

    @staticmethod
    def isSystemTrayAvailable() -> bool:  # noqa: N802 - Qt's name
        return True

    def setToolTip(self, text: str) -> None:  # noqa: N802 - Qt's name
        assert text == APP_NAME

    def show(self) -> None:
        self._is_shown = True

    def hide(self) -> None:
        self._is_shown = False

    def showMessage(self, title: str, _detail: str) -> None:  # noqa: N802 - Qt's name
        assert self._is_shown
        self.titles.append(title)


async def test_without_the_service_an_icon_beside_the_clock_tells_of_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[TrayIconStub] = []
    monkeypatch.setattr(TrayIconStub, "made", made)
    monkeypatch.setattr(tray, "QSystemTrayIcon", TrayIconStub)
    with session_bus():
        async with _open_desktop_harness(tmp_path) as told:
            job_id = await told.queue_harness.submit()
            await wait_until(lambda: made and made[0].titles)
            (icon,) = made
            assert icon.titles[0].startswith("Done: ")
            assert not icon.picture.isNull()
            icon.messageClicked.emit()
            assert told.wanted == [job_id]
            assert not icon.is_shown()
            await told.queue_harness.submit()
            await wait_until(lambda: len(icon.titles) == 2)
            assert icon.is_shown()
            told.controller.set_window_active(is_active=True)
            assert not icon.is_shown()
            assert made == [icon]


async def test_the_queue_hears_whether_the_window_is_seen(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        received: list[bool] = []

        class Hearing(type(harness.queue)):  # type: ignore[misc]  # real class, also records
            def set_window_visible(self, is_visible: bool) -> None:
                received.append(is_visible)
                super().set_window_visible(is_visible)

        harness.queue.__class__ = Hearing
        told = DesktopHarness(harness, tmp_path)
        told.controller.set_window_visible(False)
        told.controller.set_window_visible(True)
        assert received == [True, False, True]
        await told.reporter.close()
        told.controller.set_window_visible(False)
        assert received == [True, False, True]
        await told.close()


async def test_nothing_is_told_when_it_is_not_wished(tmp_path: Path) -> None:
    with session_bus(), NotificationServer() as server, LauncherListener() as listener:
        async with _open_desktop_harness(tmp_path, notifies=False) as told:
            held = told.queue_harness.transport.hold("status")
            job_id = await told.queue_harness.submit()
            await wait_until(lambda: any(facts["count"] for _name, facts in listener.updates))
            held.set()
            await told.queue_harness.wait_until_state(job_id, JobState.DONE)
            await wait_until(
                lambda: any(not facts["count"] for _name, facts in listener.updates[1:])
            )
            await told.reporter.notify_remaining_jobs()
        assert server.shown == []


async def test_awake_while_jobs_run_and_only_if_it_is_wished(tmp_path: Path) -> None:
    with session_bus():
        async with _open_desktop_harness(tmp_path) as told:
            held = told.queue_harness.transport.hold("inference")
            job_id = await told.queue_harness.submit()
            await wait_until(lambda: told.queue_harness.transport.waiting == 1)
            told.preferences.set(keeps_awake=True)
            await wait_until(lambda: told.log.exists() and told.log.read_text() == "on\n")
            held.set()
            await told.queue_harness.wait_until_state(job_id, JobState.DONE)
            await wait_until(lambda: told.log.read_text() == "on\noff\n")


async def test_the_last_words_say_what_goes_on(tmp_path: Path) -> None:
    with session_bus(), NotificationServer() as server:
        async with _open_desktop_harness(tmp_path) as told:
            held = told.queue_harness.transport.hold("status")
            await told.queue_harness.wait_until_state(
                await told.queue_harness.submit(), JobState.QUEUED
            )
            await told.reporter.notify_remaining_jobs()
            assert server.shown[0].title == "1 job goes on at RunComfy."
            assert server.shown[0].body == "The next start picks it up."
            held.set()


async def test_a_session_that_ends_leaves_no_progress_and_lets_the_computer_sleep(
    tmp_path: Path,
) -> None:
    with session_bus(), LauncherListener() as listener:
        async with _open_desktop_harness(tmp_path, keeps_awake=True) as told:
            held = told.queue_harness.transport.hold("status")
            await told.queue_harness.wait_until_state(
                await told.queue_harness.submit(), JobState.QUEUED
            )
            await wait_until(lambda: told.log.exists() and told.log.read_text() == "on\n")
            await wait_until(
                lambda: any(facts["progress-visible"] for _name, facts in listener.updates)
            )
            await told.reporter.close()
            await wait_until(lambda: told.log.read_text() == "on\noff\n")
            await wait_until(lambda: not listener.updates[-1][1]["progress-visible"])
            held.set()


async def test_the_last_words_stay_when_the_window_comes_forward_once_more(tmp_path: Path) -> None:
    with session_bus(), NotificationServer() as server:
        async with _open_desktop_harness(tmp_path) as told:
            held = told.queue_harness.transport.hold("status")
            await told.queue_harness.wait_until_state(
                await told.queue_harness.submit(), JobState.QUEUED
            )
            await told.reporter.notify_remaining_jobs()
            await told.close()
            told.controller.set_window_active(is_active=True)
            assert await wait_until_stable(lambda: len(server.closed)) == 0
            held.set()
