"""Deployment menu: its actions follow the deployment in use until the session ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from runcomfy_desktop.ui.deployments.deployment_actions import DeploymentActions
from runcomfy_desktop.ui.deployments.deployment_controller import DeploymentController
from tests.gui.support.deployment_details import (
    KONTEXT,
    details_in_harness,
    remote_deployment,
    visible_dialog,
)
from tests.gui.support.deployment_harness import open_deployment_harness
from tests.gui.support.gui_program import process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_actions_follow_the_deployment_in_use(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        actions = DeploymentActions(harness.window)
        assert not any(each.isEnabled() for each in actions.findChildren(QAction))
        await harness.wait_until_open()
        services = harness.services
        DeploymentController(harness.scope, services, actions, lambda _id: None, lambda _url: None)
        assert (actions.toggle.text(), actions.toggle.isEnabled()) == ("Disable", True)
        assert not actions.free_models.isEnabled()
        assert "No instance of it is known" in actions.free_models.toolTip()
        remote_deployment(harness, KONTEXT).is_enabled = False
        services.catalogue.refresh()
        await wait_until(lambda: actions.toggle.text() == "Enable")
        actions.details.trigger()
        assert visible_dialog(harness, "deployment_details") is not None
        harness.scope.close()
        assert visible_dialog(harness, "deployment_details") is None
        actions.reset()
        services.catalogue.refresh()
        await wait_until(lambda: not services.catalogue.state.loading)
        for action in (actions.details, actions.toggle, actions.delete):
            assert not action.isEnabled()
            action.setEnabled(True)
            action.trigger()
        assert visible_dialog(harness, "deployment_details") is None
        assert visible_dialog(harness, "delete_dialog") is None
        assert not services.deployment_manager.state.busy


async def test_details_with_typed_numbers_end_with_the_session_without_asking(
    tmp_path: Path,
) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        await details.type("max_instances", "3")
        details.dialog.close()
        await process_events_async()
        assert visible_dialog(harness, "confirm_discard") is not None
        harness.scope.close()
        assert visible_dialog(harness, "confirm_discard") is None
        assert not details.dialog.isVisible()
        assert not harness.services.deployment_manager.changed.has_subscribers
