"""The inputs of a job that ran, brought back into a draft, so that a run sends the same again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.prompt_words import is_plain
from runcomfy_desktop.domain.workflow import link_of

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Draft, Value
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.workflow import InputKey


def as_sent_by(job: Job, draft: Draft) -> Draft:
    """`draft` as it sends what `job` sent: its words were chosen then, and are not once more."""
    taken = draft.with_values(inputs_of(job, draft))
    return replace(taken, expands=frozenset(k for k in taken.expands if is_plain(taken.value(k))))


def inputs_of(job: Job, draft: Draft) -> dict[InputKey, Value]:
    """The values, as far as the draft has those inputs.

    What is a wire by now stays one: a value would cut it, unseen.
    """
    workflow = draft.workflow
    back = {key: workflow.value(key) for key in draft.changes}
    there = {
        key: value
        for key, value in job.changes.items()
        if (link_of(workflow.value(key)) is None if key in workflow else job.is_reshaped)
        and key.node_id in workflow.nodes
    }
    return {**back, **there}
