"""A job's inputs in a draft: a run sends exactly what the job sent."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.dynamic_prompts import NO_WILDCARDS, expanded_draft
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.jobs.job_inputs import with_job_inputs
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject

TEXT, NOTE, IMAGE = InputKey("6", "text"), InputKey("6", "note"), InputKey("9", "images")


GRAPH: JsonObject = {
    "6": {"class_type": "Text", "inputs": {"text": "a bike", "note": "plain"}},
    "9": {"class_type": "Save", "inputs": {"images": ["6", 0]}},
}


def draft_with(**facts: object) -> Draft:
    return Draft(workflow_from_json(GRAPH), DraftSource("Blue"), "blue", **facts)  # type: ignore[arg-type]


def job_with(changes: dict[InputKey, object]) -> Job:
    return Job("j", "demo", "blue", "Blue", "Blue", JobState.DONE, 1.0, changes=changes)  # type: ignore[arg-type]


def test_the_draft_has_what_the_job_sent_and_nothing_else() -> None:
    draft = draft_with(changes={NOTE: "mine"})
    taken = with_job_inputs(job_with({TEXT: "a boat", IMAGE: "cut", InputKey("77", "x"): 1}), draft)
    assert taken.changes == {TEXT: "a boat"}


def test_braces_that_were_sent_are_not_chosen_from_again() -> None:
    draft = draft_with(changes={TEXT: "{a|b}"}, dynamic_prompt_inputs=frozenset({TEXT, NOTE}))
    taken = with_job_inputs(job_with({TEXT: r"json {x|y} and \\{"}), draft)
    assert taken.dynamic_prompt_inputs == {NOTE}
    spoken = expanded_draft(taken, NO_WILDCARDS, random.Random(1))
    assert spoken.value(TEXT) == r"json {x|y} and \\{"
