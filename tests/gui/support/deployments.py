"""What a person sees and does of one deployment: its dialog, found on the house's window."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QWidget

from runcomfy_desktop.ui.deployment.details import DetailsDialog
from tests.gui.support.hands import find
from tests.gui.support.house import turn
from tests.support.until import until

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.deployments import Deployment as RemoteDeployment
    from tests.gui.support.deployment_room import Room
    from tests.gui.support.house import House

W = TypeVar("W", bound=QWidget)

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"


class Details:
    """The open details of one deployment."""

    def __init__(self, house: House | Room, dialog: DetailsDialog) -> None:
        self.house = house
        self.dialog = dialog

    def find(self, kind: type[W], name: str) -> W:
        return find(self.dialog, kind, name)

    def label(self, name: str) -> str:
        """What a label says; "" while it is not on screen."""
        label = self.find(QLabel, name)
        return label.text() if label.isVisible() else ""

    def button(self, name: str) -> QPushButton:
        return self.find(QPushButton, f"details_{name}")

    @property
    def costs(self) -> str:
        return " ".join(self.label(f"cost_{name}") for name in ("always", "most", "wake"))

    @property
    def status(self) -> str:
        return self.label("details_status")

    async def type(self, field: str, text: str) -> None:
        """Types a number in place of what is there."""
        line = self.find(QLineEdit, field)
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        await turn()

    async def press(self, name: str) -> None:
        await self.house.click(self.button(name))

    async def is_quiet(self) -> None:
        upkeep = self.house.parts.upkeep
        await until(lambda: not upkeep.state.busy)
        await until(lambda: not self.house.parts.catalogue.state.loading)
        await turn()


async def open_details(house: House, deployment_id: str = "") -> Details:
    """The details of a deployment, else of the one in use by the menu, with the readme read."""
    if deployment_id:
        house.window.docks.details_requested.emit(deployment_id)
        await turn()
    else:
        await house.trigger("details")
    return await _read(house)


async def details_in(room: Room, deployment_id: str = KONTEXT) -> Details:
    """The same in a room, where no menu leads to them."""
    await room.show_details(deployment_id)
    return await _read(room)


async def _read(house: House | Room) -> Details:
    dialogs = house.window.findChildren(DetailsDialog)
    details = Details(house, next(each for each in dialogs if each.isVisible()))
    await until(lambda: not details.label("readme_note").startswith("Loading"))
    await turn()
    return details


def dialog(house: House | Room, name: str) -> QDialog | None:
    """The dialog of this name on screen."""
    found = house.window.findChildren(QDialog, name)
    return next((each for each in found if each.isVisible()), None)


def the_dialog(house: House | Room, name: str) -> QDialog:
    there = dialog(house, name)
    assert there is not None, f"{name} is not on screen"
    return there


def remote(house: House | Room, deployment_id: str = KONTEXT) -> RemoteDeployment:
    return house.emulator.world.deployments[deployment_id]
