from __future__ import annotations

from dataclasses import replace

import pytest

from runcomfy_desktop.core.jobs.new_job import JobOrigin, job_from_draft, job_from_earlier
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.jobs.run_facts import RunFacts
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from tests.support.job_factory import make_job

WORKFLOW = workflow_from_json(
    {
        "1": {"class_type": "A", "inputs": {"noise_seed": 3, "text": "x"}},
        "2": {"class_type": "B", "inputs": {"seed": 5, "turn": 9}},
    }
)
DEPLOYMENT = Deployment("d-1", "flux", workflow_version="v3", hardware=("A", "B"), min_instances=1)
ORIGIN = JobOrigin("demo", "v2", 77.0)


def draft(**facts: object) -> Draft:
    plain = Draft(WORKFLOW, DraftSource("Blue bicycle"), "d-1")
    return replace(plain, **facts)  # type: ignore[arg-type] # the names are checked by replace


def test_a_job_holds_what_will_be_sent_and_where() -> None:
    changes = {InputKey("1", "text"): "y"}
    job = job_from_draft(draft(changes=changes), DEPLOYMENT, ORIGIN)
    assert job.state is JobState.WAITING
    assert (job.service, job.queue_version, job.created_s) == ("demo", "v2", 77.0)
    assert (job.deployment_id, job.deployment_name, job.workflow_version) == ("d-1", "flux", "v3")
    assert (job.hardware, job.min_instances) == ("A, B", 1)
    assert job.changes == changes
    assert job.request_id == ""


def test_every_job_has_an_id_of_its_own() -> None:
    jobs = [job_from_draft(draft(), DEPLOYMENT, ORIGIN) for _each in range(3)]
    assert len({job.job_id for job in jobs}) == 3


def test_the_seed_that_runs_is_in_the_title() -> None:
    job = job_from_draft(draft(), DEPLOYMENT, ORIGIN)
    assert (job.seed, job.title) == (3, "Blue bicycle · seed 3")
    changed = draft(changes={InputKey("1", "noise_seed"): 4})
    assert job_from_draft(changed, DEPLOYMENT, ORIGIN).seed == 4
    moved_on = draft(seed_modes={InputKey("2", "turn"): SeedMode.RANDOM})
    assert job_from_draft(moved_on, DEPLOYMENT, ORIGIN).seed == 9


def test_what_was_written_for_the_run_names_it() -> None:
    prompt = InputKey("1", "text")
    job = job_from_draft(draft(changes={prompt: "a lighthouse\n at  dusk"}), DEPLOYMENT, ORIGIN)
    assert job.title == "a lighthouse at dusk · seed 3"
    long = job_from_draft(draft(changes={prompt: "very " * 40}), DEPLOYMENT, ORIGIN)
    assert len(long.title) < 70
    assert long.title.startswith("very very")
    assert "… · seed 3" in long.title


@pytest.mark.parametrize(
    "value", ["euler", "https://example.org/a b.png", "data:image/png;base64,iVBO Rw0K", ""]
)
def test_values_that_are_no_prose_do_not_name_a_run(value: str) -> None:
    job = job_from_draft(draft(changes={InputKey("1", "text"): value}), DEPLOYMENT, ORIGIN)
    assert job.title == "Blue bicycle · seed 3"


def test_a_workflow_without_a_seed_has_its_name_for_a_title() -> None:
    bare = workflow_from_json({"1": {"class_type": "A", "inputs": {"seed": ["2", 0]}}})
    job = job_from_draft(draft(workflow=bare), DEPLOYMENT, ORIGIN)
    assert (job.seed, job.title) == (None, "Blue bicycle")


def test_the_number_of_steps_is_that_of_the_first_node_that_has_one() -> None:
    graph = workflow_from_json(
        {
            "1": {"class_type": "A", "inputs": {"steps": ["9", 0]}},
            "2": {"class_type": "B", "inputs": {"steps": 20}},
            "3": {"class_type": "B", "inputs": {"steps": 30}},
        }
    )
    assert job_from_draft(draft(workflow=graph), DEPLOYMENT, ORIGIN).steps == 20
    changed = draft(workflow=graph, changes={InputKey("2", "steps"): 8})
    assert job_from_draft(changed, DEPLOYMENT, ORIGIN).steps == 8
    # The class's default was replaced, although the workflow does not save the input.
    added = draft(changes={InputKey("2", "steps"): 4})
    assert job_from_draft(added, DEPLOYMENT, ORIGIN).steps == 4
    assert job_from_draft(draft(), DEPLOYMENT, ORIGIN).steps is None


def test_running_again_takes_the_inputs_and_nothing_of_what_became_of_them() -> None:
    old = make_job(
        JobState.FAILED,
        changes={InputKey("1", "text"): "y"},
        seed=3,
        steps=20,
        facts=RunFacts(earlier={InputKey("1", "text"): "x"}),
        reason="no",
        cancel_asked=True,
    )
    new = job_from_earlier(old, ORIGIN)
    assert new.job_id != old.job_id
    assert (new.changes, new.seed, new.title) == (old.changes, 3, old.title)
    assert (new.steps, new.facts) == (20, old.facts)
    assert (new.state, new.created_s, new.queue_version) == (JobState.WAITING, 77.0, "v2")
    assert (new.request_id, new.reason, new.cancel_asked, new.queued_s) == ("", "", False, 0.0)
