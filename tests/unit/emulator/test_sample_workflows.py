"""The bundled deployments match their own description of node classes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.emulator import sample_workflows, workflow_graph
from runcomfy_desktop.emulator.deployments import sample_deployments
from runcomfy_desktop.emulator.node_classes import NodeClasses
from runcomfy_desktop.emulator.prompt_validation import validate_prompt
from runcomfy_desktop.emulator.submit_validation import read_submit_request

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.deployments import EmulatedDeployment
    from runcomfy_desktop.emulator.http_messages import Json

CLASSES = NodeClasses(sample_workflows.read_object_info())
DEPLOYMENTS = sample_deployments()
COMFY = [each for each in DEPLOYMENTS if not each.is_lora]


@pytest.mark.parametrize("deployment", COMFY, ids=lambda each: each.name)
def test_every_workflow_would_run(deployment: EmulatedDeployment) -> None:
    for node_id in deployment.workflow:
        node = workflow_graph.node_of(deployment.workflow, node_id)
        assert workflow_graph.class_of(node) in CLASSES
        rules = CLASSES.rules(workflow_graph.class_of(node), workflow_graph.inputs_of(node))
        assert set(workflow_graph.inputs_of(node)) <= set(rules)
    validation = validate_prompt(deployment.workflow, CLASSES, ())
    assert validation.all_errors == []
    assert validation.outputs


@pytest.mark.parametrize("deployment", COMFY, ids=lambda each: each.name)
def test_every_example_override_is_accepted(deployment: EmulatedDeployment) -> None:
    body: Json = {"overrides": deployment.overrides}
    read_submit_request(body, deployment.workflow, CLASSES, needs_overrides=True)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each.name)
def test_every_record_has_the_fields_of_the_api(deployment: EmulatedDeployment) -> None:
    record = deployment.as_json(frozenset(), "http://x")
    assert str(uuid.UUID(deployment.deployment_id)) == record["id"]
    assert isinstance(record["hardware"], list)
    assert len(record["hardware"]) == 1
    assert {"payload", "readme"}.isdisjoint(record)
    full = deployment.as_json(frozenset(("payload", "readme")), "http://x")
    assert isinstance(full["payload"], dict)
    parts = set() if deployment.is_lora else {"workflow_api_json", "overrides", "object_info_url"}
    assert set(full["payload"]) == parts
    assert str(full["readme"]).startswith("# ")


def test_the_demo_has_what_it_promises() -> None:
    by_name = {each.name: each for each in DEPLOYMENTS}
    assert {"31", "6", "189", "136"} <= set(by_name["flux-kontext"].workflow)
    assert [each.name for each in DEPLOYMENTS if not each.is_enabled] == ["old-upscaler"]
    assert any(":" in node_id for node_id in by_name["two-photos"].workflow)
    assert any(each.min_instances for each in DEPLOYMENTS)
    assert "lighthouse" in by_name["flux-dev"].readme


def test_the_classes_come_in_both_styles() -> None:
    info = CLASSES.object_info
    ksampler, select = info["KSampler"], info["KSamplerSelect"]
    assert isinstance(ksampler, dict)
    assert isinstance(select, dict)
    assert "deprecated" not in ksampler
    assert select["display_name"] is None
    assert select["output_matchtypes"] is None
    for class_type in info:
        node = info[class_type]
        assert isinstance(node, dict)
        assert isinstance(node["input"], dict)
        assert isinstance(node["input_order"], dict)
        assert {name: list(group) for name, group in node["input"].items()} == node["input_order"]  # type: ignore[arg-type]
        assert node["name"] == class_type
