"""Every class of ComfyUI 0.33 that checks its own inputs: accepted values and issues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.validation.custom_validation import CUSTOM_VALIDATIONS, is_link
from runcomfy_desktop.domain.validation.draft_checker import DraftChecker
from runcomfy_desktop.domain.validation.input_issue import IssueKind
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from tests.support.expected_validation import expected_validation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.validation.input_issue import InputIssue

K = IssueKind
SIZE: Json = ["INT", {"default": 1024, "min": 1, "max": 4096}]


def a_class(*outputs: Json, optional: JsonObject | None = None, **required: Json) -> JsonObject:
    inputs: JsonObject = {"required": dict(required), "optional": optional or {}}
    return {"input": inputs, "output": list(outputs), "output_node": False}


def file_list(name: str, flag: str) -> Json:
    return ["COMBO", {"options": [name], flag: True}]


CLASSES: JsonObject = {
    "LoadImage": a_class("IMAGE", image=file_list("a.png", "image_upload")),
    "LoadImageMask": a_class(
        "MASK", image=file_list("a.png", "image_upload"), channel=["COMBO", {"options": ["red"]}]
    ),
    "LoadImageOutput": a_class(
        "IMAGE", image=["COMBO", {"image_upload": True, "remote": {"route": "/files/output"}}]
    ),
    "WebcamCapture": a_class("IMAGE", image=["WEBCAM", {}], width=SIZE),
    "LoadLatent": a_class("LATENT", latent=[["a.latent"]]),
    "LoadAudio": a_class("AUDIO", audio=file_list("a.wav", "audio_upload")),
    "LoadVideo": a_class("VIDEO", file=file_list("a.mp4", "video_upload")),
    "Load3D": a_class(
        "IMAGE",
        model_file=file_list("none", "file_upload"),
        image=["LOAD_3D", {}],
        width=SIZE,
    ),
    "Load3DAdvanced": a_class(
        "FILE_3D",
        model_file=file_list("none", "file_upload"),
        viewport_state=["LOAD_3D", {}],
        width=SIZE,
    ),
    "ComfySoftSwitchNode": a_class(
        "*", optional={"on_false": ["*"], "on_true": ["*"]}, switch=["BOOLEAN", {}]
    ),
    "CustomCombo": a_class("STRING", choice=["COMBO", {"options": []}]),
    "SelectModelDevice": a_class("MODEL", device=["COMBO", {"options": ["default", "cpu"]}]),
    "SelectCLIPDevice": a_class("CLIP", device=["COMBO", {"options": ["default", "cpu"]}]),
    "SelectVAEDevice": a_class("VAE", device=["COMBO", {"options": ["default"]}]),
    "ModelAttentionBackend": a_class("MODEL", attention=[["pytorch attention"]]),
    "FluxProUltraImageNode": a_class(
        "IMAGE", aspect_ratio=["STRING", {"default": "16:9"}], seed=["INT", {"min": 0}]
    ),
    "TripoConversionNode": a_class(
        "STRING",
        original_model_task_id=["MODEL_TASK_ID,RIG_TASK_ID,RETARGET_TASK_ID", {}],
        format=["COMBO", {"options": ["GLTF"]}],
        optional={"face_limit": ["INT", {"min": -1}]},
    ),
    "Words": a_class("STRING"),
    "Names": a_class("COMBO"),
    "Any": a_class("*"),
    "Model": a_class("MODEL_TASK_ID"),
    "Rig": a_class("RIG_TASK_ID"),
    "Show": {"input": {"required": {"it": ["*"]}}, "output": [], "output_node": True},
}
SCHEMA = NodeSchema(CLASSES)
HERE: Json = {"camera": 1}
BROKEN = frozenset({("it", K.INNER_EXCEPTION)})
FINE: frozenset[tuple[str, IssueKind]] = frozenset()


def graph(class_type: str, inputs: JsonObject) -> JsonObject:
    nodes: JsonObject = {
        name: {"class_type": name, "inputs": {}}
        for name in ("Words", "Names", "Any", "Model", "Rig")
    }
    nodes["n"] = {"class_type": class_type, "inputs": inputs}
    nodes["show"] = {"class_type": "Show", "inputs": {"it": ["n", 0]}}
    return nodes


def refused(*names: str) -> frozenset[tuple[str, IssueKind]]:
    return frozenset((name, K.CUSTOM_VALIDATION) for name in names)


def issues_of(class_type: str, inputs: JsonObject) -> frozenset[tuple[str, IssueKind]]:
    """Returns the issues that ComfyUI reports for the node."""
    complaints = expected_validation(graph(class_type, inputs), SCHEMA).issues
    assert {each.node_id for each in complaints} <= {"n"}
    return frozenset((each.name, each.kind) for each in complaints)


def faults_of(class_type: str, inputs: JsonObject) -> Mapping[InputKey, InputIssue]:
    """Returns the issues that users see when they run the file."""
    workflow = workflow_from_json(graph(class_type, inputs))
    return DraftChecker().issues(
        Draft(workflow, DraftSource("a", "a.json"), runs_file=True), SCHEMA
    )


FILES = [
    ("LoadImage", "image", "a.png", {}),
    ("LoadImageMask", "image", "a.png", {"channel": "red"}),
    ("WebcamCapture", "image", "a.png", {"width": 5}),
    ("LoadLatent", "latent", "a.latent", {}),
    ("LoadAudio", "audio", "a.wav", {}),
    ("LoadVideo", "file", "a.mp4", {}),
]


@pytest.mark.parametrize(("class_type", "name", "file", "others"), FILES)
def test_a_file_has_to_be_there(class_type: str, name: str, file: str, others: JsonObject) -> None:
    assert issues_of(class_type, {name: f"{file} [input]", **others}) == FINE
    assert issues_of(class_type, {name: "zzz", **others}) == refused(name)
    assert issues_of(class_type, {name: "none", **others}) == refused(name)
    wrong: list[Json] = [5, None, True, ["Words", 0]]
    for value in wrong:
        assert issues_of(class_type, {name: value, **others}) == BROKEN
    assert issues_of(class_type, others) == BROKEN


def test_a_file_among_the_results_has_to_be_there() -> None:
    # `object_info` does not have the names of result files.
    assert issues_of("LoadImageOutput", {"image": "zzz [output]"}) == refused("image")


@pytest.mark.parametrize(
    ("class_type", "state"), [("Load3D", "image"), ("Load3DAdvanced", "viewport_state")]
)
def test_a_3d_model_may_be_left_out_and_no_limit_is_looked_at(class_type: str, state: str) -> None:
    nothing: list[Json] = ["", "none", None, 0, False, {}, {"__value__": []}, ["Names", 0]]
    for value in nothing:
        inputs: JsonObject = {"model_file": value, state: HERE, "width": 99_999}
        assert issues_of(class_type, inputs) == FINE
    others: JsonObject = {state: HERE, "width": 0, "stranger": 1, "linked": ["Words", 0]}
    missing = issues_of(class_type, {"model_file": "gone.glb", **others})
    assert missing == refused("model_file", state, "width", "linked")
    assert issues_of(class_type, {"model_file": 5, **others}) == BROKEN
    assert issues_of(class_type, others) == BROKEN
    wrong = issues_of(class_type, {"model_file": "", state: HERE, "width": "wide"})
    assert wrong == {("width", K.INVALID_INPUT_TYPE)}
    assert issues_of(class_type, {"model_file": [], state: HERE, "width": 1}) == {
        ("model_file", K.BAD_LINKED_INPUT)
    }


@pytest.mark.parametrize("value", ["", "none", "gone.glb", "https://files.example.org/chair.glb"])
def test_a_3d_model_that_is_left_out_is_no_fault(value: str) -> None:
    inputs: JsonObject = {"model_file": value, "image": HERE, "width": 99_999}
    assert not faults_of("Load3D", inputs)


@pytest.mark.parametrize(
    ("class_type", "name"),
    [
        ("SelectModelDevice", "device"),
        ("SelectCLIPDevice", "device"),
        ("SelectVAEDevice", "device"),
        ("ModelAttentionBackend", "attention"),
        ("CustomCombo", "choice"),
    ],
)
def test_every_choice_is_taken_where_the_class_takes_it(class_type: str, name: str) -> None:
    for value in ("gpu:1", "", None, 5):
        assert issues_of(class_type, {name: value}) == FINE
        assert not faults_of(class_type, {name: value})


def test_a_device_that_is_missing_is_named_and_breaks_nothing() -> None:
    for class_type in ("SelectModelDevice", "SelectCLIPDevice", "SelectVAEDevice"):
        assert issues_of(class_type, {}) == {("device", K.REQUIRED_INPUT_MISSING)}
    for class_type in ("ModelAttentionBackend", "CustomCombo"):
        assert issues_of(class_type, {}) == BROKEN


def test_a_switch_needs_one_of_its_inputs() -> None:
    link: Json = ["Words", 0]
    for name, value in (("on_false", link), ("on_true", link), ("on_true", None)):
        assert issues_of("ComfySoftSwitchNode", {"switch": True, name: value}) == FINE
    assert issues_of("ComfySoftSwitchNode", {"switch": True}) == refused("switch")
    assert issues_of("ComfySoftSwitchNode", {"on_true": ["Words", 0]}) == BROKEN
    fault = faults_of("ComfySoftSwitchNode", {"switch": True})[InputKey("n", "switch")]
    assert fault.blocks
    assert fault.text.startswith("Neither “on_false” nor “on_true” is linked")


@pytest.mark.parametrize(
    ("value", "is_ratio"),
    [
        ("16:9", True),
        ("1:4", True),
        ("4:1", True),
        (" 3 : 2 ", True),
        ({"__value__": "1:1"}, True),
        ("1:5", False),
        ("41:10", False),
        ("0:0", False),
        ("-1:-1", False),
        ("16:9:1", False),
        ("16x9", False),
        ("1.5:1", False),
        ("", False),
        (f"1{'0' * 400}:1", False),
        (None, False),
        (1, False),
        ({}, False),
        (["Words", 0], False),
    ],
)
def test_an_aspect_ratio_is_from_1_4_to_4_1(value: Json, is_ratio: bool) -> None:
    inputs: JsonObject = {"aspect_ratio": value, "seed": 1}
    assert issues_of("FluxProUltraImageNode", inputs) == (FINE if is_ratio else BROKEN)
    fault = faults_of("FluxProUltraImageNode", inputs).get(InputKey("n", "aspect_ratio"))
    assert (fault is not None and fault.blocks) is not is_ratio
    assert fault is None or "from 1:4 to 4:1" in fault.text


def test_an_aspect_ratio_is_put_right_by_the_default() -> None:
    inputs: JsonObject = {"aspect_ratio": "9:99", "seed": 1}
    fault = faults_of("FluxProUltraImageNode", inputs)[InputKey("n", "aspect_ratio")]
    assert fault.text == (
        "“9:99” is not a ratio from 1:4 to 4:1. Enter two whole numbers, such as 16:9."
    )
    assert fault.quick_fix is not None
    assert fault.quick_fix.value == "16:9"
    # The node's other inputs are checked as usual.
    assert issues_of("FluxProUltraImageNode", {"aspect_ratio": "1:1", "seed": -1}) == {
        ("seed", K.BELOW_MINIMUM)
    }


def tripo(source: Json, **others: Json) -> JsonObject:
    return {"original_model_task_id": source, "format": "GLTF", **others}


def test_a_task_comes_over_a_link_of_its_own_type() -> None:
    for source in ("Model", "Rig"):
        assert issues_of("TripoConversionNode", tripo([source, 0])) == FINE
        assert not faults_of("TripoConversionNode", tripo([source, 0]))
    # The types of links to other inputs are not checked.
    assert issues_of("TripoConversionNode", tripo(["Model", 0], face_limit=["Words", 0])) == FINE
    assert issues_of("TripoConversionNode", tripo(["Model", 0], face_limit=-2)) == {
        ("face_limit", K.BELOW_MINIMUM)
    }
    for source in ("Words", "Any"):
        # ComfyUI names the argument of the class's check, which is not an input.
        assert issues_of("TripoConversionNode", tripo([source, 0])) == refused("input_types")
    wrong: list[Json] = ["task-1", None, [], ["Words", 9]]
    for value in wrong:
        assert issues_of("TripoConversionNode", tripo(value)) == BROKEN
    assert issues_of("TripoConversionNode", {"format": "GLTF"}) == BROKEN


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["Words", 0], "What is linked here is STRING, and only MODEL_TASK_ID,RIG_TASK_ID"),
        ("task-1", "ComfyUI refuses a value here, where a link belongs. Link MODEL_TASK_ID,"),
        (None, "ComfyUI refuses a value here"),
    ],
)
def test_what_is_no_task_is_named_where_it_stands(value: Json, words: str) -> None:
    (fault,) = faults_of("TripoConversionNode", tripo(value)).values()
    assert fault.blocks
    assert fault.text.startswith(words)
    missing = faults_of("TripoConversionNode", {"format": "GLTF"})
    assert missing[InputKey("n", "original_model_task_id")].text.startswith("Nothing is linked")


def test_a_task_of_an_unknown_class_is_not_judged() -> None:
    nodes = graph("TripoConversionNode", tripo(["x", 0]))
    nodes["x"] = {"class_type": "Unknown", "inputs": {}}
    draft = Draft(workflow_from_json(nodes), DraftSource("a"))
    assert InputKey("n", "original_model_task_id") not in DraftChecker().issues(draft, SCHEMA)


def _otherwise(class_type: str, inputs: JsonObject, **declared: Json) -> set[IssueKind]:
    """Returns the issues of a class that declares these inputs, as in another ComfyUI version."""
    known = CLASSES[class_type]
    assert isinstance(known, dict)
    schema = NodeSchema({**CLASSES, class_type: {**known, "input": {"required": dict(declared)}}})
    workflow = workflow_from_json(graph(class_type, inputs))
    draft = Draft(workflow, DraftSource("a", "a.json"), runs_file=True)
    return {each.kind for each in DraftChecker().issues(draft, schema).values() if each.blocks}


def test_a_later_conversion_takes_more_tasks_and_checks_none_itself() -> None:
    tasks: Json = ["MODEL_TASK_ID,RIG_TASK_ID,RETARGET_TASK_ID,SEGMENT_TASK_ID", {}]
    declared: JsonObject = {"original_model_task_id": tasks}
    for source in ("Any", "Rig"):
        inputs: JsonObject = {"original_model_task_id": [source, 0]}
        assert not _otherwise("TripoConversionNode", inputs, **declared)
    wrong: JsonObject = {"original_model_task_id": ["Words", 0]}
    assert _otherwise("TripoConversionNode", wrong, **declared) == {K.RETURN_TYPE_MISMATCH}


def test_an_earlier_3d_loader_needs_a_file_and_keeps_to_its_limits() -> None:
    declared: JsonObject = {"model_file": file_list("a.glb", "file_upload"), "width": SIZE}
    inputs: JsonObject = {"model_file": "", "width": 99_999}
    assert _otherwise("Load3D", inputs, **declared) == {K.MEDIA, K.ABOVE_MAXIMUM}


def test_every_class_with_a_check_of_its_own_is_known_and_tried_here() -> None:
    """The list has the classes of ComfyUI 0.33, and the webcam, which is a kind of LoadImage."""
    listed = {
        "LoadImage",
        "LoadImageMask",
        "LoadImageOutput",
        "LoadLatent",
        "LoadVideo",
        "LoadAudio",
        "Load3D",
        "Load3DAdvanced",
        "ComfySoftSwitchNode",
        "CustomCombo",
        "SelectModelDevice",
        "SelectCLIPDevice",
        "SelectVAEDevice",
        "ModelAttentionBackend",
        "FluxProUltraImageNode",
        "TripoConversionNode",
    }
    assert CUSTOM_VALIDATIONS.keys() == listed | {"WebcamCapture"}
    assert CUSTOM_VALIDATIONS.keys() <= CLASSES.keys()


def test_links_are_told_from_lists() -> None:
    others: list[Json] = [[], ["1"], [1, 0], ["1", "0"], ["1", 0, 0], "1"]
    assert is_link(["1", 0])
    assert not [each for each in others if is_link(each)]
