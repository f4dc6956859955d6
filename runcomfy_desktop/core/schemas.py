"""Reads what a deployment's inputs may hold, once for each state of the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.api.deployments import read_object_info
from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.tasks import Tasks
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.deployment import Deployment


class Schemas:
    """Brings `object_info` to the workbench."""

    def __init__(
        self, client: Client, workbench: Workbench, tasks: Tasks, notices: Notices
    ) -> None:
        self._client = client
        self._workbench = workbench
        self._tasks = tasks
        self._notices = notices
        # The state of each deployment whose schema the workbench has, or will have soon.
        self._state_of: dict[str, tuple[str, str]] = {}

    def want(self, deployment: Deployment) -> None:
        """Has it read, if it was not read for this state of the deployment; returns at once."""
        deployment_id, state = deployment.deployment_id, _state(deployment)
        url = deployment.payload.object_info_url if deployment.payload is not None else ""
        if not url or self._state_of.get(deployment_id) == state:
            return
        self._state_of[deployment_id] = state
        self._tasks.start(f"read schema {deployment_id}", self._read(deployment, url))

    async def _read(self, deployment: Deployment, url: str) -> None:
        deployment_id = deployment.deployment_id
        try:
            schema = Schema(await read_object_info(self._client, url))
        except Problem as problem:
            # The next opening tries again.
            self._state_of.pop(deployment_id, None)
            self._notices.tell(
                Notice(
                    NoticeLevel.WARNING,
                    _("The kinds of inputs of %s could not be loaded.") % deployment.name,
                    _(
                        "Each input is edited by the value that it has; limits and choices are "
                        "not known. Open the deployment again to try once more."
                    ),
                    problem.technical or problem.sentence(),
                )
            )
            return
        if self._state_of.get(deployment_id) == _state(deployment):
            self._workbench.set_schema(deployment_id, schema)


def _state(deployment: Deployment) -> tuple[str, str]:
    return deployment.workflow_version, deployment.updated_at
