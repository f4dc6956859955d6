"""Classes that no longer exist, and the classes that ComfyUI runs in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_names, active_spec
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.validation.draft_checker import DraftChecker
from runcomfy_desktop.domain.validation.input_issue import IssueKind
from runcomfy_desktop.domain.validation.run_blockers import unknown_classes
from runcomfy_desktop.domain.workflow.node_replacement import REPLACEMENTS, replacement
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json, workflow_to_json
from tests.support.expected_validation import expected_validation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.validation.input_issue import InputIssue

K = IssueKind
IMAGE: Json = ["IMAGE"]
CLASSES: JsonObject = {
    "ControlNetLoader": {
        "input": {"required": {"control_net_name": [["canny.safetensors", "depth.safetensors"]]}},
        "output": ["CONTROL_NET"],
        "output_node": False,
    },
    "ConditioningAverage": {
        "input": {
            "required": {"conditioning_to": ["CONDITIONING"], "strength": ["FLOAT", {}]},
            "optional": {"note": ["STRING", {}]},
        },
        "output": ["CONDITIONING"],
        "output_node": False,
    },
    "Preview3D": {
        "input": {"required": {"model_file": ["STRING", {}]}},
        "output": [],
        "output_node": True,
    },
    "Load3D": {
        "input": {"required": {"model_file": ["COMBO", {"options": [], "file_upload": True}]}},
        "output": ["STRING"],
        "output_node": False,
    },
    "SVD_img2vid_Conditioning": {
        "input": {"required": {"width": ["INT", {}]}},
        "output": ["LATENT"],
        "output_node": False,
    },
    "ImageScaleToMaxDimension": {
        "input": {
            "required": {
                "image": IMAGE,
                "upscale_method": [["area", "lanczos"]],
                "largest_size": ["INT", {"max": 9}],
            }
        },
        "output": ["IMAGE"],
        "output_node": False,
    },
    "BatchImagesNode": {
        "input": {
            "required": {
                "images": [
                    "COMFY_AUTOGROW_V3",
                    {
                        "template": {
                            "input": {"required": {"image": IMAGE}},
                            "prefix": "image",
                            "min": 2,
                            "max": 9,
                        }
                    },
                ]
            }
        },
        "output": ["IMAGE"],
        "output_node": False,
    },
    "ResizeImageMaskNode": {
        "input": {
            "required": {
                "input": IMAGE,
                "resize_type": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {
                                "key": "scale by multiplier",
                                "inputs": {"required": {"multiplier": ["FLOAT", {"max": 8.0}]}},
                            }
                        ]
                    },
                ],
                "scale_method": [["area", "lanczos"]],
            }
        },
        "output": ["IMAGE"],
        "output_node": False,
    },
    "Picture": {"input": {}, "output": ["IMAGE"], "output_node": False},
    "Show": {"input": {"required": {"it": ["*"]}}, "output": [], "output_node": True},
}
SCHEMA = NodeSchema(CLASSES)
PICTURE: Json = ["p", 0]


def graph(class_type: str, inputs: Json, **more: Json) -> JsonObject:
    return {
        "p": {"class_type": "Picture", "inputs": {}},
        "n": {"class_type": class_type, "inputs": inputs, "_meta": {"title": ""}, **more},
        "show": {"class_type": "Show", "inputs": {"it": ["n", 0]}},
    }


def issues_of(class_type: str, inputs: JsonObject) -> set[tuple[str, IssueKind]]:
    """Returns the issues that ComfyUI reports for the node."""
    complaints = expected_validation(graph(class_type, inputs), SCHEMA).issues
    assert {each.node_id for each in complaints} <= {"n"}
    return {(each.name, each.kind) for each in complaints}


def draft_of(class_type: str, inputs: JsonObject, *, runs_file: bool = True) -> Draft:
    workflow = workflow_from_json(graph(class_type, inputs))
    return Draft(workflow, DraftSource("a", "a.json"), runs_file=runs_file)


def faults_of(class_type: str, inputs: JsonObject) -> Mapping[InputKey, InputIssue]:
    """Returns the issues that users see when they run the file."""
    return DraftChecker().issues(draft_of(class_type, inputs), SCHEMA)


CARRIED: list[tuple[str, JsonObject, str, Json, tuple[str, IssueKind]]] = [
    (
        "T2IAdapterLoader",
        {"t2i_adapter_name": "depth.safetensors"},
        "t2i_adapter_name",
        "gone.safetensors",
        ("control_net_name", K.NOT_IN_LIST),
    ),
    (
        "ResizeImagesByLongerEdge",
        {"images": PICTURE, "longer_edge": 5},
        "longer_edge",
        10,
        ("largest_size", K.ABOVE_MAXIMUM),
    ),
    (
        "ImageBatch",
        {"image1": PICTURE, "image2": PICTURE},
        "image2",
        [],
        ("images.image1", K.BAD_LINKED_INPUT),
    ),
    (
        "ImageScaleBy",
        {"image": PICTURE, "scale_by": 2.0, "upscale_method": "area"},
        "scale_by",
        9.0,
        ("resize_type.multiplier", K.ABOVE_MAXIMUM),
    ),
]


@pytest.mark.parametrize(("class_type", "inputs", "name", "wrong", "complaint"), CARRIED)
def test_what_is_carried_over_is_checked_as_the_new_class_does(
    class_type: str,
    inputs: JsonObject,
    name: str,
    wrong: Json,
    complaint: tuple[str, IssueKind],
) -> None:
    assert expected_validation(graph(class_type, inputs), SCHEMA).status == 200
    assert not issues_of(class_type, inputs)
    # An older ComfyUI would refuse the node; the version of the deployment's ComfyUI is unknown.
    (told,) = faults_of(class_type, inputs).items()
    assert (told[0], told[1].blocks) == (InputKey("n", ""), False)
    assert told[1].text.startswith(f"This deployment has no {class_type}. A recent ComfyUI runs ")
    spoilt = {**inputs, name: wrong}
    assert issues_of(class_type, spoilt) == {complaint}
    fault = faults_of(class_type, spoilt)[InputKey("n", name)]
    assert (fault.kind, fault.blocks) == (complaint[1], True)
    # Nothing else blocks a run of the file itself.
    assert unknown_classes(draft_of(class_type, inputs).workflow, SCHEMA) == ()


@pytest.mark.parametrize(("class_type", "inputs", "name"), [each[:3] for each in CARRIED])
def test_without_an_old_name_nothing_is_run(class_type: str, inputs: JsonObject, name: str) -> None:
    left = {each: value for each, value in inputs.items() if each != name}
    assert expected_validation(graph(class_type, left), SCHEMA).status == 500
    fault = faults_of(class_type, left)[InputKey("n", "")]
    assert fault.blocks
    assert f"needs “{name}” but does not get it" in fault.text
    # This holds wherever the node is in the graph: the other nodes are not run, either.
    apart = graph(class_type, left)
    apart["show"] = {"class_type": "Show", "inputs": {"it": PICTURE}}
    draft = Draft(workflow_from_json(apart), DraftSource("a", "a.json"), runs_file=True)
    assert DraftChecker().issues(draft, SCHEMA)[InputKey("n", "")].blocks


@pytest.mark.parametrize("meta", [{}, {"_meta": None}, {"_meta": "x"}])
def test_a_node_without_meta_is_not_replaced_but_breaks_the_check(meta: JsonObject) -> None:
    nodes = graph("T2IAdapterLoader", {"t2i_adapter_name": "depth.safetensors"})
    node = nodes["n"]
    assert isinstance(node, dict)
    del node["_meta"]
    node |= meta
    assert expected_validation(nodes, SCHEMA).status == 500
    # For this reason the node is sent with `_meta`.
    sent = workflow_to_json(workflow_from_json(nodes))
    assert expected_validation(sent, SCHEMA).status == 200
    assert sent["n"] == {
        "class_type": "T2IAdapterLoader",
        "inputs": {"t2i_adapter_name": "depth.safetensors"},
        "_meta": {"title": ""},
    }


@pytest.mark.parametrize(
    ("class_type", "inputs", "needed"),
    [
        (
            "ConditioningAverage ",
            {"conditioning_to": PICTURE, "strength": 1.0},
            ["conditioning_to", "strength"],
        ),
        ("SDV_img2vid_Conditioning", {"width": 512}, ["width"]),
    ],
)
def test_what_is_lost_is_missing(class_type: str, inputs: JsonObject, needed: list[str]) -> None:
    assert issues_of(class_type, inputs) == {(name, K.REQUIRED_INPUT_MISSING) for name in needed}
    faults = faults_of(class_type, inputs)
    assert list(faults) == [InputKey("n", name) for name in needed]
    for name in needed:
        fault = faults[InputKey("n", name)]
        assert fault.blocks
        assert fault.kind is K.REQUIRED_INPUT_MISSING
        assert fault.text == (
            f"ComfyUI runs {class_type.strip().replace('SDV', 'SVD')} in place of this node, and "
            f"that needs “{name}” but does not get it. Replace the node in ComfyUI."
        )
        assert fault.quick_fix is None


def test_what_is_lost_and_not_needed_is_a_warning() -> None:
    faults = faults_of("ConditioningAverage ", {"note": "soft", "more": 1})
    for name in ("note", "more"):
        fault = faults[InputKey("n", name)]
        assert not fault.blocks
        assert fault.text == (
            "ComfyUI runs ConditioningAverage in place of this node, and leaves this input out. "
            "Replace the node in ComfyUI."
        )
    # A required input that is missing is reported at the node.
    assert faults[InputKey("n", "")].blocks


@pytest.mark.parametrize("value", ["", "chair.glb", "https://"])
def test_a_3d_model_that_is_lost_is_not_looked_at(value: str) -> None:
    fault = faults_of("Load3DAnimation", {"model_file": value})[InputKey("n", "model_file")]
    assert fault.kind is K.REQUIRED_INPUT_MISSING


def test_a_replaced_class_makes_results_as_the_new_one_does() -> None:
    nodes: JsonObject = {
        "n": {
            "class_type": "Preview3DAnimation",
            "inputs": {"model_file": "a.glb"},
            "_meta": {"title": "x"},
        }
    }
    validation = expected_validation(nodes, SCHEMA)
    assert [(each.name, each.kind) for each in validation.issues] == [
        ("model_file", K.REQUIRED_INPUT_MISSING)
    ]
    faults = DraftChecker().issues(Draft(workflow_from_json(nodes), DraftSource("a")), SCHEMA)
    assert [(key.name, fault.blocks) for key, fault in faults.items()] == [("model_file", False)]


def test_what_the_user_enters_is_checked_and_sent_by_the_old_name() -> None:
    key = InputKey("n", "t2i_adapter_name")
    draft = draft_of("T2IAdapterLoader", {key.name: "depth.safetensors"}, runs_file=False)
    assert not [fault for fault in DraftChecker().issues(draft, SCHEMA).values() if fault.blocks]
    assert active_names(draft.workflow.nodes["n"], draft, SCHEMA) == (key.name,)
    spec = active_spec(key, draft, SCHEMA)
    assert (spec.kind, spec.choices) == (
        InputKind.COMBO,
        ("canny.safetensors", "depth.safetensors"),
    )
    fault = DraftChecker().issues(draft.with_values({key: "gone"}), SCHEMA)[key]
    assert fault.blocks


def test_a_class_that_is_lost_has_editors_by_its_values() -> None:
    draft = draft_of("ConditioningAverage ", {"strength": 1.0, "": "x"})
    assert active_spec(InputKey("n", "strength"), draft, SCHEMA).kind is InputKind.FLOAT
    assert active_spec(InputKey("n", ""), draft, SCHEMA).kind is InputKind.STRING


def test_nothing_is_replaced_that_is_there_or_that_nothing_replaces() -> None:
    for old, found in REPLACEMENTS.items():
        assert replacement(old, {found.class_type}) is found
        assert replacement(old, {old, found.class_type}) is None
        assert replacement(old, set()) is None
    assert replacement("Anything", {"Anything"}) is None
    unknown = DraftChecker().issues(draft_of("T2IAdapterLoader", {}), NodeSchema({}))
    assert unknown[InputKey("n", "")].kind is K.MISSING_NODE_TYPE
    assert (
        expected_validation(graph("T2IAdapterLoader", {}), NodeSchema({})).error
        == K.MISSING_NODE_TYPE.value
    )


def test_a_node_without_inputs_is_not_replaced() -> None:
    nodes = graph("T2IAdapterLoader", {})
    node = nodes["n"]
    assert isinstance(node, dict)
    del node["inputs"]
    assert expected_validation(nodes, SCHEMA).error == K.MISSING_NODE_TYPE.value
