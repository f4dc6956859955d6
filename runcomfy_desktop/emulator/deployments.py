"""A deployment: its record as the API gives it, and what an edit leaves of what was before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.wire import JsonObject


class Scale(NamedTuple):
    """How many instances, and how long an idle one stays."""

    min_instances: int
    max_instances: int
    keep_warm_s: int


@dataclass(slots=True)
class Deployment:
    """One deployment; what can be edited later is not frozen.

    `earlier` keeps each scale that was in force before, with the moment of its end.
    `stopped` says that the account's funds ran out: it is off, and by that reason.
    `is_lora` marks one that takes flat inputs and has no workflow to show.
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
    stopped: bool = False
    exists_since_s: float | None = None
    earlier: list[tuple[float, Scale]] = field(default_factory=list)

    @property
    def scale(self) -> Scale:
        return Scale(self.min_instances, self.max_instances, self.keep_warm_s)

    def record(
        self,
        includes: frozenset[str],
        object_info_url: str,
        moment: Callable[[float], str] | None = None,
    ) -> JsonObject:
        """The API's record; `payload` and `readme` only where they were asked for."""
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
            "created_at": _retold(self.created_at, moment),
            "updated_at": _retold(self.updated_at, moment),
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


def _retold(time: str, moment: Callable[[float], str] | None) -> str:
    return time if moment is None else moment(datetime.fromisoformat(time).timestamp())
