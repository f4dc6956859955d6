"""Deployment: a workflow on RunComfy's machines, as the API describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import JsonObject


@dataclass(frozen=True, slots=True)
class Payload:
    """What runs: the saved workflow, example overrides, and where `object_info` is.

    `workflow` is None for deployments which run something else than a ComfyUI workflow (LoRA).
    """

    workflow: JsonObject | None
    overrides: JsonObject = field(default_factory=dict)
    object_info_url: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One record of `GET /prod/v2/deployments`; `payload` and `readme` only when asked for."""

    deployment_id: str
    name: str
    workflow_id: str = ""
    workflow_version: str = ""
    hardware: tuple[str, ...] = ()
    min_instances: int = 0
    max_instances: int = 1
    queue_size: int = 1
    keep_warm_s: int = 0
    status: str = ""
    is_enabled: bool = True
    created_at: str = ""
    updated_at: str = ""
    payload: Payload | None = None
    readme: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """The wallet; `usd` can be zero or negative."""

    usd: float
    currency: str = "USD"
