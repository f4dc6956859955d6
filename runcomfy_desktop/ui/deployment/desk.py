"""Ties the deeds about deployments to the menu, the list and the deployment in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QUrl

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.ui.deployment.deeds import DeploymentDeeds
from runcomfy_desktop.ui.seldom import Seldom

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.actions import Actions
    from runcomfy_desktop.ui.docks import Docks
    from runcomfy_desktop.ui.parts import WindowParts


class DeploymentDesk(QObject):
    """Keeps the menu true to the deployment in use. `open_it` opens a deployment by its id."""

    def __init__(
        self,
        window: QMainWindow,
        menu: Actions,
        docks: Docks,
        open_it: Callable[[str], object],
        open_page: Callable[[QUrl], object],
    ) -> None:
        super().__init__(window)
        self._menu = menu
        self._open_it = open_it
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self._deeds = DeploymentDeeds(window, open_page)
        self._looking = Seldom(self, self._follow)
        deeds = self._deeds
        for action, deed in (
            (menu.details, deeds.show_details),
            (menu.toggle_deployment, deeds.toggle),
            (menu.free_models, lambda each: deeds.free(each, clear_cache=False)),
            (menu.free_all, lambda each: deeds.free(each, clear_cache=True)),
            (menu.delete_deployment, deeds.ask_delete),
        ):
            action.triggered.connect(lambda _checked=False, deed=deed: self._do(deed))
        docks.details_requested.connect(deeds.show_details)
        docks.menu_requested.connect(self._on_docks_menu_requested)

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._deeds.attach(parts)
        self._links.add(parts.workbench.changed, self._on_changed)
        self._links.add(parts.catalogue.changed, self._on_changed)
        self._links.add(parts.queue.changed, self._on_job_changed)
        self._links.add(parts.upkeep.changed, self._on_changed)
        self._follow()

    def detach(self) -> None:
        self._links.close()
        self._looking.stop()
        self._deeds.detach()
        self._parts = None
        self._follow()

    def enable(self, deployment_id: str) -> None:
        """Enables a deployment that keeps a run from starting."""
        self._deeds.enable(deployment_id)

    def _in_use(self) -> str:
        deployment = self._parts.workbench.state.deployment if self._parts else None
        return deployment.deployment_id if deployment is not None else ""

    def _do(self, deed: Callable[[str], object]) -> None:
        deployment_id = self._in_use()
        if deployment_id:
            deed(deployment_id)

    def _on_job_changed(self, job: Job) -> None:
        # What the menu says counts the jobs of the deployment in use.
        if self._parts is not None and job.deployment_id == self._in_use():
            self._looking.wish(of=len(self._parts.queue.jobs))

    def _on_changed(self, _what: object) -> None:
        self._follow()

    def _follow(self) -> None:
        deeds, deployment_id = self._deeds, self._in_use()
        record = deeds.record(deployment_id) if deployment_id else None
        self._menu.follow_deployment(
            deeds.toggle_text(record) if record is not None else "",
            is_busy=deeds.is_busy(deployment_id),
            why_no_memory=deeds.why_no_memory(deployment_id),
        )

    def _on_docks_menu_requested(self, deployment_id: str, where: QPoint) -> None:
        self._deeds.show_menu(deployment_id, where, self._open_it)
