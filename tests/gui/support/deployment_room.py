"""A session under a bare window that has nothing but the dialogs about deployments.

What they say and do needs no more; that the real window leads to them is for tests with a house.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from runcomfy_desktop.session import Service, open_session
from runcomfy_desktop.ui.deployment.deeds import DeploymentDeeds
from tests.gui.support.house import put_up, turn
from tests.support.emulated import AT_ONCE, TOKEN, LoopbackEmulator, make_world, paint_nothing
from tests.support.session_house import surroundings
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.core.notices import Notice
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.domain.job import JobState
    from runcomfy_desktop.emulator.lifecycle import Pace
    from runcomfy_desktop.ui.parts import WindowParts

_LEFT, _NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@dataclass(kw_only=True)
class Room:
    """`told` has the notices; nobody shows them here."""

    window: QMainWindow
    deeds: DeploymentDeeds
    parts: WindowParts
    preferences: Preferences
    emulator: LoopbackEmulator
    told: list[Notice] = field(default_factory=list)

    async def until_open(self) -> None:
        """Waits for the first deployment's workflow, for its classes and for the list."""
        await until(lambda: self.parts.workbench.state.schema is not None)
        await until(lambda: self.parts.catalogue.state.deployments)
        await turn()

    def states(self) -> list[JobState]:
        return [job.state for job in self.parts.queue.jobs.values()]

    def asked(self, call: str) -> int:
        """How often the emulator was asked for one kind of thing, for example `balance`."""
        received = self.emulator.world.journal.counts()["received"]
        assert isinstance(received, dict)
        number = received.get(call, 0)
        assert isinstance(number, int)
        return number

    async def show_details(self, deployment_id: str) -> None:
        self.deeds.show_details(deployment_id)
        await turn()

    async def ask_delete(self, deployment_id: str) -> None:
        self.deeds.ask_delete(deployment_id)
        await turn()

    async def click(self, widget: QWidget) -> None:
        assert widget.isVisible(), f"{widget.objectName()} is not on screen"
        assert widget.isEnabled(), f"{widget.objectName()} cannot be pressed"
        QTest.mouseClick(widget, _LEFT, _NO_KEYS, widget.rect().center())
        await turn()

    async def key(self, which: Qt.Key) -> None:
        """One key, to the widget in focus, else to the window."""
        QTest.keyClick(QApplication.focusWidget() or self.window, which)
        await turn()


@asynccontextmanager
async def open_room(
    folder: Path, *, demo: bool = False, pace: Pace = AT_ONCE
) -> AsyncIterator[Room]:
    """A bare window with a session on an emulator of its own."""
    world = make_world(pace=pace)
    paint_nothing(world)
    with LoopbackEmulator(world) as emulator:
        around = surroundings(folder, emulator.base_url)
        window = QMainWindow()
        await put_up(window)
        deeds = DeploymentDeeds(window, lambda _address: None)
        service = Service(emulator.base_url, is_demo=demo, demo_token=TOKEN if demo else "")
        async with open_session(service, around) as parts:
            deeds.attach(parts)
            room = Room(
                window=window,
                deeds=deeds,
                parts=parts,
                preferences=around.preferences,
                emulator=emulator,
            )
            leave = parts.notices.listen(room.told.append)
            yield room
            leave()
            deeds.detach()
        await around.network.close()
        await around.partner.close()
        await around.credentials.close()
        window.hide()
        window.deleteLater()
        await turn()
