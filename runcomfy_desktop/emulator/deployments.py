"""Emulated deployment: its API record, and the earlier scalings recorded when it is edited.

`FOREIGN_ID` is the id of a deployment of another account, which this account may not use.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.emulator.resource_files import resource_folder
from runcomfy_desktop.emulator.sample_workflows import read_workflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.http_messages import JsonObject

FOREIGN_ID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"


class InstanceScaling(NamedTuple):
    """Number of instances, and the seconds for which an idle instance is kept."""

    min_instances: int
    max_instances: int
    keep_warm_s: int


@dataclass(slots=True)
class EmulatedDeployment:
    """Mutable record of one emulated deployment.

    `earlier_scalings` has each earlier scaling with the time at which it ended. `is_out_of_funds`
    is True if the deployment was stopped because the account ran out of funds. `is_lora` is True
    for a deployment that takes flat inputs and has no workflow to show.
    """

    deployment_id: str
    name: str
    workflow_id: str
    workflow_version: str
    hardware: str
    min_instances: int
    max_instances: int
    queue_size: int
    keep_warm_s: int
    created_at: str
    updated_at: str
    workflow: JsonObject
    overrides: JsonObject = field(default_factory=dict)
    readme: str = ""
    is_enabled: bool = True
    status: str = "standby"
    is_lora: bool = False
    is_out_of_funds: bool = False
    created_at_s: float | None = None
    earlier_scalings: list[tuple[float, InstanceScaling]] = field(default_factory=list)

    @property
    def scaling(self) -> InstanceScaling:
        return InstanceScaling(self.min_instances, self.max_instances, self.keep_warm_s)

    def as_json(
        self,
        includes: frozenset[str],
        object_info_url: str,
        format_time: Callable[[float], str] | None = None,
    ) -> JsonObject:
        """Returns the API's record; `payload` and `readme` are included if in `includes`."""
        content: JsonObject = {
            "id": self.deployment_id,
            "name": self.name,
            "workflow_id": self.workflow_id,
            "workflow_version": self.workflow_version,
            "hardware": [self.hardware],
            "min_instances": self.min_instances,
            "max_instances": self.max_instances,
            "queue_size": self.queue_size,
            "keep_warm_duration_in_seconds": self.keep_warm_s,
            "status": self.status,
            "is_enabled": self.is_enabled,
            "created_at": _format_timestamp(self.created_at, format_time),
            "updated_at": _format_timestamp(self.updated_at, format_time),
        }
        if "payload" in includes:
            content["payload"] = self._payload(object_info_url)
        if "readme" in includes:
            content["readme"] = self.readme
        return content

    def _payload(self, object_info_url: str) -> JsonObject:
        if self.is_lora:
            return {}
        return {
            "workflow_api_json": self.workflow,
            "overrides": self.overrides,
            "object_info_url": object_info_url,
        }


def _format_timestamp(time: str, format_time: Callable[[float], str] | None) -> str:
    return time if format_time is None else format_time(datetime.fromisoformat(time).timestamp())


def sample_deployments() -> list[EmulatedDeployment]:
    """Returns the deployments of the demo's account, each made to show a certain feature."""
    folder = resource_folder("deployments")
    deployments = []
    for fields in json.loads((folder / "deployments.json").read_bytes()):
        name = fields["name"]
        workflow = {} if fields.get("is_lora") else read_workflow(name)
        readme = (folder / f"{name}.md").read_text(encoding="utf-8")
        deployments.append(EmulatedDeployment(**fields, workflow=workflow, readme=readme))
    return deployments
