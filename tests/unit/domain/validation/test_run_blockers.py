"""Reasons why a run is impossible, in one line."""

from __future__ import annotations

from runcomfy_desktop.domain.drafts.overrides import WorkflowDifference, compare_workflows
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.validation.input_issue import InputIssue
from runcomfy_desktop.domain.validation.run_blockers import (
    blocking_text,
    mismatch_text,
    not_installed_text,
    unknown_classes,
)
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

GRAPH = workflow_from_json(
    {
        "3": {"class_type": "KSampler", "inputs": {"steps": 20, "model": ["99", 0]}},
        "4": {"class_type": "Other", "inputs": {"steps": -5}},
    }
)
STEPS, MODEL = InputKey("3", "steps"), InputKey("3", "model")


def test_what_blocks_is_said_in_one_line() -> None:
    assert blocking_text({}) == ""
    wire = InputIssue("Cut.", blocks=False)
    assert blocking_text({MODEL: wire}) == ""
    assert blocking_text({MODEL: wire, STEPS: InputIssue("Too low.")}) == "steps: Too low."
    assert blocking_text({InputKey("3", ""): InputIssue("A circle.")}) == "A circle."
    two = {STEPS: InputIssue("Too low."), InputKey("4", "steps"): InputIssue("b")}
    assert blocking_text(two) == "steps: Too low. And 1 more problem."
    whole = {InputKey("", ""): InputIssue("Nothing is an output."), **two}
    assert blocking_text(whole) == "Nothing is an output. And 2 more problems."


def test_classes_that_are_not_there_are_named_once() -> None:
    assert unknown_classes(GRAPH, None) == ()
    assert unknown_classes(GRAPH, NodeSchema({"KSampler": {}})) == ("Other",)
    assert not_installed_text(("A", "B", "C", "D"), "flux").endswith("these nodes: A, B, C, …")


def test_a_file_that_is_another_workflow_is_named() -> None:
    deployed = workflow_from_json({"3": {"class_type": "KSampler", "inputs": {"seed": 1}}})
    sentence = mismatch_text(compare_workflows(GRAPH, deployed), "flux")
    assert sentence == "This file is another workflow than that of flux: choose which one to run"


def test_values_that_would_not_run_are_counted() -> None:
    values = {STEPS: 5}
    assert mismatch_text(WorkflowDifference(values, (), ()), "flux").startswith(
        "1 value of the file differs"
    )
