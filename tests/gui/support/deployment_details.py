"""Driver for the dialog with the details of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QWidget

from runcomfy_desktop.ui.deployments.details_dialog import DeploymentDetailsDialog
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.deployments import EmulatedDeployment as RemoteDeployment
    from tests.gui.support.deployment_harness import DeploymentHarness
    from tests.gui.support.gui_program import GuiProgram

W = TypeVar("W", bound=QWidget)

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"


class DetailsDialogDriver:
    """Operates the open details dialog of one deployment."""

    def __init__(
        self, program: GuiProgram | DeploymentHarness, dialog: DeploymentDetailsDialog
    ) -> None:
        self.program = program
        self.dialog = dialog

    def find(self, kind: type[W], name: str) -> W:
        return find(self.dialog, kind, name)

    def label(self, name: str) -> str:
        """Returns the text of a label; "" if it is not visible."""
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
        """Replaces the text of a number field by typing."""
        line = self.find(QLineEdit, field)
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        await process_events_async()

    async def press(self, name: str) -> None:
        await self.program.click(self.button(name))

    async def wait_until_idle(self) -> None:
        deployment_manager = self.program.services.deployment_manager
        await wait_until(lambda: not deployment_manager.state.busy)
        await wait_until(lambda: not self.program.services.catalogue.state.loading)
        await process_events_async()


async def open_details(program: GuiProgram, deployment_id: str = "") -> DetailsDialogDriver:
    """Opens the details of a deployment and waits for its readme.

    Without an id, the menu opens the deployment in use.
    """
    if deployment_id:
        program.session.panels.deployments_panel.details_requested.emit(deployment_id)
        await process_events_async()
    else:
        await program.trigger("details")
    return await _read(program)


async def details_in_harness(
    harness: DeploymentHarness, deployment_id: str = KONTEXT
) -> DetailsDialogDriver:
    """Opens the details in a deployment harness, which has no menu."""
    await harness.show_details(deployment_id)
    return await _read(harness)


async def _read(program: GuiProgram | DeploymentHarness) -> DetailsDialogDriver:
    dialogs = program.window.findChildren(DeploymentDetailsDialog)
    details = DetailsDialogDriver(program, next(each for each in dialogs if each.isVisible()))
    await wait_until(lambda: not details.label("readme_note").startswith("Loading"))
    await process_events_async()
    return details


def visible_dialog(program: GuiProgram | DeploymentHarness, name: str) -> QDialog | None:
    """Returns the visible dialog with this name; None if there is none."""
    found = program.window.findChildren(QDialog, name)
    return next((each for each in found if each.isVisible()), None)


def required_dialog(program: GuiProgram | DeploymentHarness, name: str) -> QDialog:
    there = visible_dialog(program, name)
    assert there is not None, f"{name} is not on screen"
    return there


def remote_deployment(
    program: GuiProgram | DeploymentHarness, deployment_id: str = KONTEXT
) -> RemoteDeployment:
    return program.emulator.backend.deployments[deployment_id]
