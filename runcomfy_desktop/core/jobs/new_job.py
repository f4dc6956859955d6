"""Creation of a job from a draft or an earlier job: a snapshot of everything that a run needs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_integer
from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.jobs.run_facts import run_facts_of
from runcomfy_desktop.domain.workflow.workflow import SEED_NAMES
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow

_MAX_TITLE_CHARS = 48
_STEPS_NAME = "steps"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Draft to run on a deployment.

    `label` is a short text that distinguishes the run within its batch; `cell` is its cell in the
    grid that the batch fills.
    """

    draft: Draft
    deployment: Deployment
    label: str = ""
    cell: int = -1


@dataclass(frozen=True, slots=True)
class JobOrigin:
    """Facts about a new job that come from its context.

    `order` is its turn among the unsent jobs. `label` distinguishes it within its batch; with "",
    only its inputs do. `cell` is its cell in the grid of its batch, `batch_number` its number among
    the `batch_count` jobs of the batch. `workflow_version` is the version of the workflow to run;
    "" means that of the earlier job.
    """

    service: str
    queue_version: str
    created_s: float
    order: float = 0.0
    batch_id: str = ""
    batch_name: str = ""
    batch_number: int = 0
    batch_count: int = 0
    label: str = ""
    cell: int = -1
    workflow_version: str = ""


def job_from_draft(
    draft: Draft, deployment: Deployment, origin: JobOrigin, *, shrinks: bool = False
) -> Job:
    """Returns a job that waits to be sent to `deployment`.

    `shrinks`: its large pictures are shrunk when they are sent.
    """
    seed = _seed_of(draft)
    name = _prompt_of(draft) or draft.source.name or deployment.name
    name = f"{origin.label} · {name}" if origin.label else name
    return Job(
        job_id=uuid.uuid4().hex,
        service=origin.service,
        deployment_id=deployment.deployment_id,
        deployment_name=deployment.name,
        title=name if seed is None else _("%s · seed %d") % (name, seed),
        state=JobState.WAITING,
        created_s=origin.created_s,
        workflow_version=deployment.workflow_version,
        hardware=", ".join(deployment.hardware),
        min_instances=deployment.min_instances,
        places=request_capacity(deployment),
        keep_warm_s=deployment.keep_warm_s,
        order=origin.order or origin.created_s,
        batch_id=origin.batch_id,
        batch_name=origin.batch_name,
        batch_number=origin.batch_number,
        batch_count=origin.batch_count,
        cell=origin.cell,
        queue_version=origin.queue_version,
        changes=dict(draft.changes),
        smaller=dict.fromkeys(draft.shrinkable_picture_inputs) if shrinks else {},
        is_reshaped=draft.is_reshaped and not draft.runs_file,
        has_partner_nodes=draft.has_partner_nodes,
        seed=seed,
        steps=_steps_of(draft),
        facts=run_facts_of(draft),
    )


def job_from_earlier(job: Job, origin: JobOrigin) -> Job:
    """Returns a new job with the same inputs; the earlier one stays unchanged."""
    return Job(
        job_id=uuid.uuid4().hex,
        service=origin.service,
        deployment_id=job.deployment_id,
        deployment_name=job.deployment_name,
        title=job.title,
        state=JobState.WAITING,
        created_s=origin.created_s,
        workflow_version=origin.workflow_version or job.workflow_version,
        hardware=job.hardware,
        min_instances=job.min_instances,
        places=job.places,
        keep_warm_s=job.keep_warm_s,
        order=origin.order or origin.created_s,
        batch_id=origin.batch_id,
        batch_name=origin.batch_name,
        batch_number=origin.batch_number,
        batch_count=origin.batch_count,
        cell=origin.cell,
        queue_version=origin.queue_version,
        changes=job.changes,
        smaller=job.smaller,
        workflow_file=job.workflow_file,
        is_reshaped=job.is_reshaped,
        has_partner_nodes=job.has_partner_nodes,
        seed=job.seed,
        steps=job.steps,
        facts=job.facts,
    )


def request_capacity(deployment: Deployment) -> int:
    """Returns the number of requests that the deployment accepts at once: running and queued."""
    instances = max(deployment.max_instances, deployment.min_instances, 1)
    return instances * (max(deployment.queue_size, 0) + 1)


def _prompt_of(draft: Draft) -> str:
    """Returns the start of the first text set for this run; "" if there is none.

    In a list, users recognise a run by its prompt, not by the deployment's name.
    """
    for value in draft.changes.values():
        text = " ".join(value.split()) if isinstance(value, str) else ""
        if " " in text and "://" not in text and not text.startswith("data:"):
            return text if len(text) <= _MAX_TITLE_CHARS else text[:_MAX_TITLE_CHARS].rstrip() + "…"
    return ""


def _seed_of(draft: Draft) -> int | None:
    """Returns the seed for the title: one that changes with each run, else the workflow's first."""
    usual = _seed_keys(draft.workflow)
    return _first_integer(draft, (*draft.seed_modes, *usual))


def _steps_of(draft: Draft) -> int | None:
    added = (key for key in draft.changes if key.name == _STEPS_NAME)
    return _first_integer(draft, (*_steps_keys(draft.workflow), *added))


# The runs of a batch have the same workflow.
@cache_last
def _seed_keys(workflow: Workflow) -> tuple[InputKey, ...]:
    return tuple(key for key in workflow.input_keys() if key.name in SEED_NAMES)


@cache_last
def _steps_keys(workflow: Workflow) -> tuple[InputKey, ...]:
    return tuple(key for key in workflow.input_keys() if key.name == _STEPS_NAME)


def _first_integer(draft: Draft, keys: Iterable[InputKey]) -> int | None:
    """Returns the first of the values that is an integer; a linked input has none."""
    return next((value for value in map(draft.value, keys) if is_integer(value)), None)
