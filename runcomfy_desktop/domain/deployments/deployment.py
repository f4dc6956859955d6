"""Deployment: a workflow on RunComfy's machines, as the API describes it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject


class DeploymentKind(Enum):
    """What a deployment runs, as far as this program is concerned."""

    COMFYUI = "comfyui"
    OTHER = "other"
    """Something without a ComfyUI workflow, such as a LoRA: not for this program."""


@dataclass(frozen=True, slots=True)
class DeploymentPayload:
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
    payload: DeploymentPayload | None = None
    readme: str = ""

    @property
    def has_workflow(self) -> bool:
        """Whether its workflow is at hand; without its payload nobody can tell."""
        return self.payload is not None and self.payload.workflow is not None


@dataclass(frozen=True, slots=True)
class Balance:
    """The wallet; `usd` can be zero or negative."""

    usd: float
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class DeploymentChanges:
    """What shall be different about a deployment; None leaves a thing as it is."""

    min_instances: int | None = None
    max_instances: int | None = None
    queue_size: int | None = None
    keep_warm_s: int | None = None
    is_enabled: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to change."""
        return all(getattr(self, each.name) is None for each in fields(self))

    def applied_to(self, deployment: Deployment) -> Deployment:
        """The record as it will be, as far as the changes tell."""
        wanted: dict[str, Any] = {
            each.name: value
            for each in fields(self)
            if (value := getattr(self, each.name)) is not None
        }
        return replace(deployment, **wanted)


def deployment_problem(wanted: Deployment) -> Problem | None:
    """Why such a deployment cannot be; None as far as one can know without the service.

    The upper bounds are the service's: its documents disagree about them.
    """
    counts = (
        wanted.min_instances,
        wanted.max_instances,
        wanted.queue_size,
        wanted.keep_warm_s,
    )
    if min(counts) < 0:
        return _problem(_("A number is below zero."), _("Use zero or more."))
    if wanted.max_instances < 1:
        return _problem(
            _("With no instance at all, nothing can run."),
            _("Allow one instance or more. To stop all runs, disable the deployment."),
        )
    if wanted.min_instances > wanted.max_instances:
        return _problem(
            _("More instances would always be on than are allowed at most."),
            _("Lower the least number of instances, or raise the greatest."),
        )
    return None


def _problem(title: str, advice: str) -> Problem:
    detail = _("Nothing was changed, and it costs nothing.")
    return Problem(title, detail, advice, kind=ProblemKind.REJECTED)


def no_workflow_texts(name: str) -> tuple[str, str]:
    """What a deployment of another kind is told with: what it is, and what to do instead."""
    return (
        _("%s has no ComfyUI workflow; most likely it runs a LoRA.") % name,
        _(
            "There is nothing that could be edited or run here. Run it on runcomfy.com, or choose "
            "a deployment that was made from a workflow."
        ),
    )


def changes_runs(now: Deployment, before: Deployment) -> bool:
    """Returns whether a run could have another result or price than when `before` was read. What
    either of them does not say counts as the same."""
    pairs = (
        (now.workflow_id, before.workflow_id),
        (now.workflow_version, before.workflow_version),
        (now.hardware, before.hardware),
    )
    is_other = any(new and old and new != old for new, old in pairs)
    return is_other or now.is_enabled != before.is_enabled
