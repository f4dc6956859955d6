"""Prompts refused by the emulator before it runs anything, compared with a real ComfyUI."""

from __future__ import annotations

import copy
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.emulator import sample_workflows
from runcomfy_desktop.emulator.node_classes import NodeClasses
from runcomfy_desktop.emulator.prompt_validation import validate_prompt
from tests.support.workflow_files import object_info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.emulator.http_messages import JsonObject

CLASSES = NodeClasses(sample_workflows.read_object_info())
# Third-party data that are not part of the project; without them the comparison is left out.
_CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
_TRUTH = _CORPUS / "validation"


def chain(count: int) -> JsonObject:
    """Returns a workflow that loads a picture, inverts it repeatedly and saves it."""
    nodes: JsonObject = {"0": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}}}
    for n in range(1, count):
        nodes[f"{n}"] = {"class_type": "ImageInvert", "inputs": {"image": [f"{n - 1}", 0]}}
    saved: JsonObject = {"images": [f"{count - 1}", 0], "filename_prefix": "x"}
    return {**nodes, "save": {"class_type": "SaveImage", "inputs": saved}}


def kinds(workflow: JsonObject, files: tuple[str, ...] = ("bike.jpg",)) -> list[tuple[str, str]]:
    return [
        (each.node_id, each.kind) for each in validate_prompt(workflow, CLASSES, files).all_errors
    ]


def test_a_class_that_is_gone_is_looked_at_as_the_one_in_its_place() -> None:
    node: JsonObject = {"class_type": "Preview3DAnimation", "inputs": {"model_file": "a.glb"}}
    assert kinds({"1": node}) == [("1", "required_input_missing")]
    del node["inputs"]
    assert kinds({"1": node}) == [("1", "missing_node_type")]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"image": ["0", 0]}, []),
        ({"image": "a literal"}, []),
        ({"image": ["0", 0], "more": 1}, []),
        ({}, [("1", "required_input_missing")]),
        ({"image": ["0", 0, 0]}, [("1", "bad_linked_input")]),
        ({"image": ["0", 1]}, [("1", "return_type_mismatch")]),
        ({"image": ["9", 0]}, [("1", "exception_during_inner_validation")]),
        ({"image": ["0", 7]}, [("1", "exception_during_inner_validation")]),
    ],
)
def test_what_comfyui_would_refuse_is_named(
    inputs: JsonObject, said: list[tuple[str, str]]
) -> None:
    workflow = chain(2)
    workflow["1"] = {"class_type": "ImageInvert", "inputs": inputs}
    assert kinds(workflow) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (20.7, ""),
        (True, ""),
        ("20", ""),
        ({"__value__": 3}, ""),
        ("abc", "invalid_input_type"),
        (None, "invalid_input_type"),
        ({}, "invalid_input_type"),
        (0, "value_smaller_than_min"),
        (10_001, "value_bigger_than_max"),
    ],
)
def test_numbers_are_converted_before_they_are_measured(value: Any, said: str) -> None:
    workflow = sample_workflows.read_workflow("flux-kontext")
    node: Any = workflow["31"]
    node["inputs"]["steps"] = value
    assert [kind for _node, kind in kinds(workflow)] == [said] * bool(said)


def test_a_choice_that_there_is_not() -> None:
    workflow = sample_workflows.read_workflow("flux-kontext")
    node: Any = workflow["31"]
    node["inputs"]["sampler_name"] = "eulr"
    assert kinds(workflow) == [("31", "value_not_in_list")]


def test_a_file_is_known_by_the_container_or_by_the_request() -> None:
    workflow = chain(1)
    workflow["0"] = {"class_type": "LoadImage", "inputs": {"image": "mine.png"}}
    assert kinds(workflow, ()) == [("0", "custom_validation_failed")]
    assert kinds(workflow, ("mine.png",)) == []


def test_what_leads_to_no_output_is_not_looked_at_but_must_exist() -> None:
    aside: JsonObject = {"class_type": "ImageInvert", "inputs": {}}
    assert kinds({**chain(2), "aside": aside}) == []
    unknown: JsonObject = {"class_type": "Nobody", "inputs": {}}
    assert kinds({**chain(2), "aside": unknown}) == [("aside", "missing_node_type")]
    assert kinds({"aside": aside}) == [("", "prompt_no_outputs")]
    assert kinds({}) == [("", "prompt_no_outputs")]


def test_one_wrong_branch_leaves_the_others_to_run() -> None:
    wrong: JsonObject = {"class_type": "PreviewImage", "inputs": {}}
    validation = validate_prompt({**chain(2), "wrong": wrong}, CLASSES, ("bike.jpg",))
    assert validation.outputs == ["save"]
    assert [each.kind for each in validation.node_errors["wrong"]] == ["required_input_missing"]


def test_a_circle_is_told_at_each_of_its_nodes() -> None:
    workflow = chain(3)
    workflow["1"] = {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}}
    assert sorted(kinds(workflow)) == [("1", "dependency_cycle"), ("2", "dependency_cycle")]


def test_a_chain_of_thousands_of_nodes_is_no_trouble() -> None:
    assert kinds(chain(5_000)) == []


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"resize_type": "scale by multiplier", "resize_type.multiplier": 0.5}, []),
        ({"resize_type": "scale by multiplier"}, ["required_input_missing"]),
        (
            {"resize_type": "scale by multiplier", "resize_type.multiplier": 9},
            ["value_bigger_than_max"],
        ),
        ({"resize_type": "no such"}, []),
        ({}, []),
    ],
)
def test_the_choice_of_a_dynamic_input_decides_which_others_are_needed(
    inputs: JsonObject, said: list[str]
) -> None:
    workflow = chain(2)
    fixed: JsonObject = {"input": ["0", 0], "scale_method": "area"}
    workflow["1"] = {"class_type": "ResizeImageMaskNode", "inputs": {**fixed, **inputs}}
    assert [kind for _node, kind in kinds(workflow)] == said


def test_every_verdict_of_a_real_comfyui() -> None:
    differ: list[object] = []
    for name, prompt, said in validations():
        found = found_in(prompt, real_classes())
        if found != said:
            differ.append((name, {"too much": found - said, "missed": said - found}))
    assert differ == []


def validations() -> Iterator[tuple[str, JsonObject, Counter[object]]]:
    """Yields name, prompt and ComfyUI's errors for all recorded cases."""
    for path in sorted(_TRUTH.glob("*.json")):
        case = json.loads(path.read_bytes())
        prompt, body = _prompt_in(case), case["response"]["body"]
        if prompt is not None and isinstance(body, dict):
            yield path.stem, prompt, _error_messages(body)
    bulk = _TRUTH / "bulk.jsonl.gz"
    for line in gzip.decompress(bulk.read_bytes()).splitlines() if bulk.exists() else ():
        case = json.loads(line)
        prompt = json.loads((_CORPUS / case["file"]).read_bytes())
        for step in case["at"]:
            prompt = prompt[step]
        changed = _mutated(prompt, case["mutation"])
        if changed is not None:
            yield f"{case['file']} {case['mutation']}", changed, _error_messages(case["response"])


def _prompt_in(case: Any) -> JsonObject | None:
    body = case["request"].get("body")
    prompt = body.get("prompt") if isinstance(body, dict) else None
    if case["case"] == "bad_prompt_id":
        return None
    is_prompt = isinstance(prompt, dict) and all(isinstance(each, dict) for each in prompt.values())
    return prompt if is_prompt else None


def _mutated(prompt: Any, mutation: Any) -> JsonObject | None:
    changed: JsonObject = copy.deepcopy(prompt)
    if mutation is None:
        return changed
    node: Any = changed[mutation["node"]]
    if mutation["kind"].startswith("delete"):
        del node["inputs"][mutation["input"]]
    else:
        node["inputs"][mutation["input"]] = mutation["new"]
    return changed


def _error_messages(body: Any) -> Counter[object]:
    """Counts the errors by node, kind and input; for a prompt refused as a whole, its kind.

    If several nodes link to a broken node, ComfyUI chooses at random which of them is named,
    because it iterates over sets.
    """
    said: Counter[object] = Counter()
    whole = (body.get("error") or {}).get("type", "")
    if whole not in ("", "prompt_outputs_failed_validation"):
        said[whole] += 1
    for node_id, told in (body.get("node_errors") or {}).items():
        for each in told["errors"]:
            extra = each.get("extra_info") or each
            said[_key(node_id, each["type"], extra.get("input_name") or "")] += 1
    return said


def found_in(prompt: JsonObject, classes: NodeClasses) -> Counter[object]:
    validation = validate_prompt(copy.deepcopy(prompt), classes, ())
    if validation.error is not None:
        return Counter([validation.error.kind])
    return Counter(_key(each.node_id, each.kind, each.name) for each in validation.all_errors)


def _key(node_id: str, kind: str, name: str) -> object:
    return (node_id, "exception", "") if kind.startswith("exception") else (node_id, kind, name)


_REAL: list[NodeClasses] = []


def real_classes() -> NodeClasses:
    if not _REAL:
        _REAL.append(NodeClasses(object_info(_TRUTH / "object_info_with_models.json.gz")))
    return _REAL[0]
