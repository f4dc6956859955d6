"""Controller that connects the deployment commands to the Deployment menu and the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QUrl

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.ui.base.throttle import Throttle
from runcomfy_desktop.ui.deployments.deployment_commands import DeploymentCommands

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.actions import MainActions
    from runcomfy_desktop.ui.main_window.docks import Docks


class DeploymentController(QObject):
    """Keeps the Deployment menu in sync with the open deployment.

    `open_deployment` opens a deployment by its id.
    """

    def __init__(
        self,
        window: QMainWindow,
        main_actions: MainActions,
        docks: Docks,
        open_deployment: Callable[[str], object],
        open_page: Callable[[QUrl], object],
    ) -> None:
        super().__init__(window)
        self._main_actions = main_actions
        self._open_deployment = open_deployment
        self._services: SessionServices | None = None
        self._subscriptions = Subscriptions()
        self._commands = DeploymentCommands(window, open_page)
        self._update_throttle = Throttle(self, self._update_menu)
        commands = self._commands
        for action, command in (
            (main_actions.details, commands.show_details),
            (main_actions.toggle_deployment, commands.toggle),
            (main_actions.free_models, lambda each: commands.free_memory(each, clear_cache=False)),
            (main_actions.free_all, lambda each: commands.free_memory(each, clear_cache=True)),
            (main_actions.delete_deployment, commands.ask_delete),
        ):
            action.triggered.connect(
                lambda _checked=False, command=command: self._run_command(command)
            )
        docks.details_requested.connect(commands.show_details)
        docks.menu_requested.connect(self._on_docks_menu_requested)

    def attach(self, services: SessionServices) -> None:
        self._services = services
        self._commands.attach(services)
        self._subscriptions.add(services.draft_editor.changed, self._on_changed)
        self._subscriptions.add(services.catalogue.changed, self._on_changed)
        self._subscriptions.add(services.queue.changed, self._on_job_changed)
        self._subscriptions.add(services.deployment_manager.changed, self._on_changed)
        self._update_menu()

    def detach(self) -> None:
        self._subscriptions.close()
        self._update_throttle.stop()
        self._commands.detach()
        self._services = None
        self._update_menu()

    def enable(self, deployment_id: str) -> None:
        """Enables a deployment that cannot run because it is disabled."""
        self._commands.enable(deployment_id)

    def _current_id(self) -> str:
        deployment = self._services.draft_editor.state.deployment if self._services else None
        return deployment.deployment_id if deployment is not None else ""

    def _run_command(self, command: Callable[[str], object]) -> None:
        deployment_id = self._current_id()
        if deployment_id:
            command(deployment_id)

    def _on_job_changed(self, job: Job) -> None:
        # The menu text depends on the number of the deployment's active jobs.
        if self._services is not None and job.deployment_id == self._current_id():
            self._update_throttle.request(job_count=len(self._services.queue.jobs))

    def _on_changed(self, _what: object) -> None:
        self._update_menu()

    def _update_menu(self) -> None:
        commands, deployment_id = self._commands, self._current_id()
        deployment = commands.deployment(deployment_id) if deployment_id else None
        self._main_actions.update_for_deployment(
            commands.toggle_text(deployment) if deployment is not None else "",
            is_busy=commands.is_busy(deployment_id),
            no_memory_reason=commands.no_memory_reason(deployment_id),
        )

    def _on_docks_menu_requested(self, deployment_id: str, global_pos: QPoint) -> None:
        self._commands.show_menu(deployment_id, global_pos, self._open_deployment)
