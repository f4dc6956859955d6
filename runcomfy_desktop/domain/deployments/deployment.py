"""Deployment: a workflow on RunComfy's machines, as the API describes it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject


class DeploymentKind(Enum):
    """Kind of a deployment's workload, as far as this program distinguishes it."""

    COMFYUI = "comfyui"
    OTHER = "other"
    """Without a ComfyUI workflow, such as a LoRA; not usable in this program."""


@dataclass(frozen=True, slots=True)
class DeploymentPayload:
    """Content of a deployment: the saved workflow, example overrides, and the URL of `object_info`.

    `workflow` is None for deployments that do not run a ComfyUI workflow (LoRA).
    """

    workflow: JsonObject | None
    overrides: JsonObject = field(default_factory=dict)
    object_info_url: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Record of `GET /prod/v2/deployments`; `payload` and `readme` are set only if requested."""

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
        """True if the record includes a workflow; also False if the payload was not requested."""
        return self.payload is not None and self.payload.workflow is not None


@dataclass(frozen=True, slots=True)
class Balance:
    """Balance of the wallet; `usd` can be zero or negative."""

    usd: float
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class DeploymentChanges:
    """Requested changes to a deployment; None leaves a value unchanged."""

    min_instances: int | None = None
    max_instances: int | None = None
    queue_size: int | None = None
    keep_warm_s: int | None = None
    is_enabled: bool | None = None

    @property
    def is_empty(self) -> bool:
        """True if no value is to change."""
        return self == DeploymentChanges()

    def applied_to(self, deployment: Deployment) -> Deployment:
        """Returns the deployment with the requested values in place of its own."""
        wanted: dict[str, Any] = asdict(self)
        return replace(deployment, **{n: v for n, v in wanted.items() if v is not None})


def deployment_problem(wanted: Deployment) -> Problem | None:
    """Returns the reason why a deployment is invalid; None if none is known without the service.

    Upper bounds are left to the service, because its documents disagree about them.
    """
    least, most = wanted.min_instances, wanted.max_instances
    if min(least, most, wanted.queue_size, wanted.keep_warm_s) < 0:
        return _problem(_("A number is below zero."), _("Use zero or more."))
    if most < 1:
        return _problem(
            _("With no instance at all, nothing can run."),
            _("Allow one instance or more. To stop all runs, disable the deployment."),
        )
    if least > most:
        return _problem(
            _("More instances would always be on than are allowed at most."),
            _("Lower the least number of instances, or raise the greatest."),
        )
    return None


def _problem(title: str, advice: str) -> Problem:
    detail = _("Nothing was changed, and it costs nothing.")
    return Problem(title, detail, advice, kind=ProblemKind.REJECTED)


def no_workflow_texts(name: str) -> tuple[str, str]:
    """Returns the description of a deployment of another kind, and advice on what to do instead."""
    return (
        _("%s has no ComfyUI workflow; most likely it runs a LoRA.") % name,
        _(
            "There is nothing that could be edited or run here. Run it on runcomfy.com, or choose "
            "a deployment that was made from a workflow."
        ),
    )


def changes_runs(now: Deployment, before: Deployment) -> bool:
    """Reports whether a run may have another result or price than when `before` was read.

    Enabling or disabling the deployment counts as well. A value missing on either side counts as
    unchanged.
    """
    facts = attrgetter("workflow_id", "workflow_version", "hardware")
    pairs = zip(facts(now), facts(before), strict=True)
    is_other = any(new and old and new != old for new, old in pairs)
    return is_other or now.is_enabled != before.is_enabled
