"""Bodies accepted for a submit, and the location reported for each mistake."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.emulator import sample_workflows
from runcomfy_desktop.emulator.http_messages import ApiError
from runcomfy_desktop.emulator.input_values import check_value
from runcomfy_desktop.emulator.node_classes import NodeClasses
from runcomfy_desktop.emulator.submit_validation import SubmitRequest, read_submit_request

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import Json

CLASSES = NodeClasses(sample_workflows.read_object_info())
KONTEXT = sample_workflows.read_workflow("flux-kontext")


def order(body: Any, **options: bool) -> SubmitRequest:
    return read_submit_request(body, KONTEXT, CLASSES, needs_overrides=options.get("needs", True))


def refused(body: Any, **options: bool) -> list[dict[str, Any]]:
    """Returns the `detail` of the 422001 response to `body`."""
    with pytest.raises(ApiError) as caught:
        order(body, **options)
    assert (caught.value.status, caught.value.code) == (422, 422001)
    assert caught.value.detail
    detail: list[dict[str, Any]] = json.loads(json.dumps(caught.value.detail))
    assert all(set(each) == {"loc", "msg", "type"} for each in detail)
    return detail


def override(node_id: str, name: str, value: Json) -> dict[str, Any]:
    return {"overrides": {node_id: {"inputs": {name: value}}}}


def test_no_overrides_run_the_saved_workflow() -> None:
    assert order({"overrides": {}}).workflow == KONTEXT


def test_overrides_change_a_copy() -> None:
    changed = order(override("31", "seed", 5)).workflow
    assert changed["31"]["inputs"]["seed"] == 5  # type: ignore[index,call-overload]
    assert KONTEXT["31"]["inputs"]["seed"] == 20260203  # type: ignore[index,call-overload]


@pytest.mark.parametrize("body", [None, [], "text", 3, True])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    assert refused(body)[0]["loc"] == ["body"]


def test_a_body_without_overrides_is_refused_where_the_dialect_wants_them() -> None:
    assert refused({})[0]["loc"] == ["body", "overrides"]
    assert order({}, needs=False).workflow == KONTEXT


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"overrides": {}, "input": {}}, ["body", "input"]),
        ({"overrides": []}, ["body", "overrides"]),
        ({"overrides": {"31": 5}}, ["body", "overrides", "31"]),
        ({"overrides": {"31": {}}}, ["body", "overrides", "31", "inputs"]),
        ({"overrides": {"31": {"inputs": []}}}, ["body", "overrides", "31", "inputs"]),
        ({"overrides": {"31": {"inputs": {}, "x": 1}}}, ["body", "overrides", "31", "x"]),
        ({"overrides": {}, "workflow_api_json": []}, ["body", "workflow_api_json"]),
        ({"overrides": {}, "extra_data": "x"}, ["body", "extra_data"]),
        ({"overrides": {}, "webhook": 1}, ["body", "webhook"]),
        (
            {"overrides": {}, "webhook_intermediate_status": "true"},
            ["body", "webhook_intermediate_status"],
        ),
    ],
)
def test_a_malformed_body_names_the_place(body: Any, loc: list[str]) -> None:
    assert [each["loc"] for each in refused(body)] == [loc]


@pytest.mark.parametrize(
    ("node_id", "name", "value", "kind"),
    [
        ("999", "seed", 1, "value_error.node_id"),
        ("31", "sede", 1, "value_error.input_name"),
        ("31", "steps", "20", "type_error.integer"),
        ("31", "steps", 20.5, "type_error.integer"),
        ("31", "steps", True, "type_error.integer"),
        ("31", "steps", None, "type_error.integer"),
        ("31", "steps", 0, "value_error.number.not_ge"),
        ("31", "steps", 10001, "value_error.number.not_le"),
        ("31", "seed", -1, "value_error.number.not_ge"),
        ("31", "seed", 2**64, "value_error.number.not_le"),
        ("31", "cfg", "much", "type_error.float"),
        ("31", "cfg", 10**400, "value_error.number.not_le"),
        ("31", "denoise", 1.01, "value_error.number.not_le"),
        ("31", "sampler_name", "eulr", "type_error.enum"),
        ("31", "sampler_name", 3, "type_error.enum"),
        ("31", "model", "a name", "type_error.link"),
        ("31", "model", ["37"], "value_error.link"),
        ("31", "model", ["999", 0], "value_error.link"),
        ("6", "text", 5, "type_error.str"),
        ("189", "image", "missing.jpg", "type_error.enum"),
        ("189", "image", 5, "type_error.enum"),
        ("189", "image", "data:image/png;base64,@@@@", "value_error.media"),
        ("189", "image", "data:image/png;base64,AAAAA", "value_error.media"),
        ("189", "image", "data:image/png;base64,", "value_error.media"),
        ("189", "image", "data:image/png,plain", "value_error.media"),
        ("189", "image", "https://", "value_error.media"),
        ("189", "image", "https://a b/c.png", "value_error.media"),
    ],
)
def test_a_wrong_override_is_refused(node_id: str, name: str, value: Json, kind: str) -> None:
    (fault,) = refused(override(node_id, name, value))
    assert fault["type"] == kind
    expected = ["body", "overrides", node_id]
    assert fault["loc"] == (expected if node_id == "999" else [*expected, "inputs", name])


@pytest.mark.parametrize(
    ("node_id", "name", "value"),
    [
        ("31", "seed", 2**64 - 1),
        ("31", "steps", 20.0),
        ("31", "cfg", 3),
        ("31", "denoise", 0),
        ("31", "sampler_name", "dpmpp_2m"),
        ("31", "latent_image", ["124", 0]),
        ("6", "text", "two\nlines"),
        ("189", "image", "meadow.png"),
        ("38", "device", "cpu"),
    ],
)
def test_a_right_override_is_taken(node_id: str, name: str, value: Json) -> None:
    changed: Any = order(override(node_id, name, value)).workflow
    assert changed[node_id]["inputs"][name] == value


def test_all_mistakes_are_named_at_once() -> None:
    body = {
        "overrides": {
            "31": {"inputs": {"steps": 0, "cfg": "x"}},
            "6": {"inputs": {"txt": "a"}},
            "7": {"inputs": {}},
        }
    }
    assert len(refused(body)) == 4


def test_an_inline_picture_becomes_a_file_of_the_container() -> None:
    data = b"\x89PNG not really"
    uri = "data:image/png;base64," + base64.b64encode(data).decode()
    taken = order(override("189", "image", uri))
    (name,) = taken.media
    assert name.endswith(".png")
    assert taken.media[name].data == data
    assert taken.workflow["189"]["inputs"]["image"] == name  # type: ignore[index,call-overload]


def test_two_addresses_with_the_same_ending_stay_apart() -> None:
    addresses = ["https://a.example/bike.jpg", "https://b.example/bike.jpg"]
    names = [next(iter(order(override("189", "image", each)).media)) for each in addresses]
    assert names[0] != names[1]
    assert all(name.endswith("bike.jpg") for name in names)


def test_a_workflow_that_comes_along_replaces_the_saved_one() -> None:
    inline = {"1": {"class_type": "LoadImage", "inputs": {"image": "https://a.example/x.png"}}}
    taken = order({"workflow_api_json": inline, "extra_data": {"api_key_comfy_org": "k"}})
    assert taken.is_inline
    assert list(taken.workflow) == ["1"]
    assert len(taken.media) == 1


@pytest.mark.parametrize(
    "inline", [{"1": 5}, {"1": {"inputs": {}}}, {"1": {"class_type": "LoadImage", "inputs": 1}}]
)
def test_a_malformed_workflow_that_comes_along_is_refused(inline: Any) -> None:
    assert refused({"workflow_api_json": inline})[0]["loc"][:3] == [
        "body",
        "workflow_api_json",
        "1",
    ]


def test_choices_are_checked_in_both_styles_and_with_their_type() -> None:
    for class_type in ("KSampler", "KSamplerSelect"):
        rule = CLASSES.rules(class_type)["sampler_name"]
        assert rule.kind == "COMBO"
        assert check_value("euler", rule) is None
        assert check_value("no such", rule) is not None


def test_booleans_are_no_numbers_and_no_texts() -> None:
    rule = CLASSES.rules("StyleGuide")["keep_colours"]
    assert check_value(True, rule) is None
    for wrong in (1, 0, "true", None):
        assert check_value(wrong, rule) == (
            "value could not be parsed to a boolean",
            "type_error.bool",
        )
