"""Restores the inputs of a past job in a draft, so that a run sends the same values again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.dynamic_prompts import is_plain

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.workflow.workflow import InputKey


def with_job_inputs(job: Job, draft: Draft) -> Draft:
    """Returns `draft` changed to send what `job` sent; expanded prompts are not expanded again."""
    updated = draft.with_values(job_inputs(job, draft))
    plain = frozenset(k for k in updated.dynamic_prompt_inputs if is_plain(updated.value(k)))
    return replace(updated, dynamic_prompt_inputs=plain)


def job_inputs(job: Job, draft: Draft) -> dict[InputKey, Value]:
    """Returns the values that make the draft send what a job sent, as far as it has those inputs.

    Changed inputs that the job did not send get their saved values. An input that is linked now
    stays linked: a value would silently cut the link.
    """
    workflow = draft.workflow
    saved = {key: workflow.value(key) for key in draft.changes}
    sent = {
        key: value
        for key, value in job.changes.items()
        if (not workflow.is_linked(key) if key in workflow else job.is_reshaped)
        and key.node_id in workflow.nodes
    }
    return {**saved, **sent}
