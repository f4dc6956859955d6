"""Controller that connects the deployment commands to the Deployment menu and the list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QUrl

from runcomfy_desktop.ui.base.throttle import Throttle
from runcomfy_desktop.ui.deployments.deployment_commands import DeploymentCommands

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.deployments.deployment_actions import DeploymentActions


class DeploymentController(QObject):
    """Keeps the Deployment menu in sync with the open deployment.

    `open_deployment` opens a deployment by its id, `open_page` an address in the browser.
    """

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        actions: DeploymentActions,
        open_deployment: Callable[[str], object],
        open_page: Callable[[QUrl], object],
    ) -> None:
        super().__init__(scope)
        self._services = services
        self._actions = actions
        self._open_deployment = open_deployment
        commands = self._commands = DeploymentCommands(scope, services, open_page)
        self._update_throttle = Throttle(self, self._update_menu)
        for action, command in (
            (actions.details, commands.show_details),
            (actions.toggle, commands.toggle),
            (actions.free_models, partial(commands.free_memory, clear_cache=False)),
            (actions.free_all, partial(commands.free_memory, clear_cache=True)),
            (actions.delete, commands.ask_delete),
        ):
            scope.connect_signal(
                action.triggered,
                lambda _checked=False, command=command: self._run_command(command),
            )
        scope.call_on_close(self._update_throttle.stop)
        scope.subscribe(services.draft_editor.changed, self._on_changed)
        scope.subscribe(services.catalogue.changed, self._on_changed)
        scope.subscribe(services.queue.changed, self._on_job_changed)
        scope.subscribe(services.deployment_manager.changed, self._on_changed)
        self._update_menu()

    def enable(self, deployment_id: str) -> None:
        """Enables a deployment that cannot run because it is disabled."""
        self._commands.enable(deployment_id)

    def show_details(self, deployment_id: str) -> None:
        self._commands.show_details(deployment_id)

    def show_menu(self, deployment_id: str, global_pos: QPoint) -> None:
        """Shows the context menu of a row at a screen position."""
        self._commands.show_menu(deployment_id, global_pos, self._open_deployment)

    def _current_id(self) -> str:
        deployment = self._services.draft_editor.state.deployment
        return deployment.deployment_id if deployment is not None else ""

    def _run_command(self, command: Callable[[str], object]) -> None:
        deployment_id = self._current_id()
        if deployment_id:
            command(deployment_id)

    def _on_job_changed(self, job: Job) -> None:
        # The menu text depends on the number of the deployment's active jobs.
        if job.deployment_id == self._current_id():
            self._update_throttle.request(job_count=len(self._services.queue.jobs))

    def _on_changed(self, _what: object) -> None:
        self._update_menu()

    def _update_menu(self) -> None:
        commands, deployment_id = self._commands, self._current_id()
        deployment = commands.deployment(deployment_id) if deployment_id else None
        self._actions.update_for_deployment(
            commands.toggle_text(deployment) if deployment is not None else "",
            is_busy=commands.is_busy(deployment_id),
            no_memory_reason=commands.no_memory_reason(deployment_id),
        )
