from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.api import wire
from runcomfy_desktop.api.wire import failure_texts, outputs
from runcomfy_desktop.domain.deployments.deployment import Balance, DeploymentPayload
from runcomfy_desktop.domain.jobs.output import Output, OutputKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.base.json_value import Json

RECORD: Json = {
    "id": "4dc6f4be-6a3b-4f0e-8f0c-0d4f0a9b7c11",
    "name": "kite-recolour",
    "workflow_id": "w-1",
    "workflow_version": "v3",
    "hardware": ["ADA_48_PLUS"],
    "min_instances": 1,
    "max_instances": 4,
    "queue_size": 2,
    "keep_warm_duration_in_seconds": 90,
    "status": "standby",
    "is_enabled": True,
    "created_at": "2026-01-10T09:00:00.123456+00:00",
    "updated_at": "2026-01-11T10:30:00.654321+00:00",
    "payload": {
        "workflow_api_json": {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a"}}},
        "overrides": {"6": {"inputs": {"text": "b"}}},
        "object_info_url": "https://files.runcomfy.net/object_info/1.json",
        "later": [1, 2],
    },
    "readme": "# Kite",
    "later": {"unknown": True},
}
HOST = "https://serverless-api-storage.runcomfy.net/deployment_requests/r/output"


def test_a_record_is_read_whole() -> None:
    found = wire.deployment(RECORD)
    assert found is not None
    assert found.deployment_id == "4dc6f4be-6a3b-4f0e-8f0c-0d4f0a9b7c11"
    assert (found.name, found.workflow_version, found.hardware) == (
        "kite-recolour",
        "v3",
        ("ADA_48_PLUS",),
    )
    assert (found.min_instances, found.max_instances, found.queue_size, found.keep_warm_s) == (
        (1, 4, 2, 90)
    )
    assert found.is_enabled
    assert found.updated_at == "2026-01-11T10:30:00.654321+00:00"
    assert found.readme == "# Kite"
    assert found.payload is not None
    assert found.payload.workflow == {
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a"}}
    }
    assert found.payload.overrides == {"6": {"inputs": {"text": "b"}}}
    assert found.payload.object_info_url.endswith("1.json")


@pytest.mark.parametrize(
    "value",
    [
        [RECORD],
        {"deployments": [RECORD]},
        {"data": [RECORD], "next": "page2"},
        {"items": [RECORD, None, 5, {"name": "without id"}]},
        [{"deployment": RECORD}],
    ],
)
def test_the_list_is_read_bare_and_wrapped(value: Json) -> None:
    found = wire.deployments(value)
    assert found is not None
    assert [each.name for each in found] == ["kite-recolour"]


@pytest.mark.parametrize("value", [None, {}, "x", 5, {"deployments": None}])
def test_what_is_no_list_is_none(value: Json) -> None:
    assert wire.deployments(value) is None


def test_the_empty_list_is_a_list() -> None:
    assert wire.deployments([]) == ()


@pytest.mark.parametrize(
    ("value", "more"),
    [
        ([], False),
        ({"deployments": []}, False),
        ({"deployments": [], "next": None}, False),
        ({"deployments": [], "next_cursor": "abc"}, True),
        ({"items": [], "has_more": True}, True),
    ],
)
def test_a_list_in_pages_would_be_noticed(value: Json, more: bool) -> None:
    assert wire.has_more_pages(value) is more


def test_missing_null_and_odd_fields_have_defaults() -> None:
    found = wire.deployment({"id": "d"})
    assert found is not None
    assert (found.name, found.hardware, found.max_instances, found.is_enabled) == (
        ("d", (), 1, True)
    )
    assert found.payload is None
    odd = wire.deployment(
        {
            "id": "d",
            "name": None,
            "hardware": "AMPERE_48",
            "min_instances": "2",
            "max_instances": None,
            "queue_size": [],
            "keep_warm_duration_in_seconds": 1e400,
            "is_enabled": None,
            "payload": "later",
            "readme": {"no": "text"},
            "status": 7,
        }
    )
    assert odd is not None
    assert (odd.name, odd.hardware, odd.min_instances, odd.max_instances, odd.keep_warm_s) == (
        ("d", ("AMPERE_48",), 2, 1, 0)
    )
    assert odd.is_enabled
    assert (odd.payload, odd.readme, odd.status) == (None, "", "")


def test_a_disabled_deployment_is_disabled() -> None:
    found = wire.deployment({"id": "d", "is_enabled": False})
    assert found is not None
    assert not found.is_enabled


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"workflow_api_json": None},
        {"workflow_api_json": {}},
        {"workflow_api_json": []},
        {"workflow_api_json": "later"},
        {"object_info_url": None},
        {"prompt": "a LoRA has flat inputs", "overrides": []},
    ],
)
def test_a_deployment_of_another_kind_has_no_workflow(payload: Json) -> None:
    assert wire.payload(payload) == DeploymentPayload(None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-02-03T04:05:06.789012+00:00", 1770091506.789012),
        ("2026-02-03T04:05:06+00:00", 1770091506.0),
        ("2026-02-03T04:05:06.7+00:00", 1770091506.7),
        ("2026-02-03T04:05:06.789Z", 1770091506.789),
        ("2026-02-03T04:05:06Z", 1770091506.0),
        ("2026-02-03T06:05:06.5+02:00", 1770091506.5),
        ("2026-02-03T04:05:06.5", 1770091506.5),
        (" 2026-02-03 04:05:06Z ", 1770091506.0),
        ("0001-01-01T00:00:00+14:00", 0.0),
        ("yesterday", 0.0),
        ("", 0.0),
        (None, 0.0),
        (1770091506, 0.0),
    ],
)
def test_times_are_read_in_every_form(text: Json, seconds: float) -> None:
    assert wire.timestamp_s(text) == pytest.approx(seconds, abs=1e-5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"balance_usd": 12.34, "balance_microdollars": 12340000, "currency": "USD"},
            Balance(12.34),
        ),
        ({"balance_usd": -0.5}, Balance(-0.5)),
        ({"balance_usd": 0}, Balance(0.0)),
        ({"balance_usd": "3.5", "currency": None}, Balance(3.5)),
        ({"balance_microdollars": 2500000, "currency": "EUR"}, Balance(2.5, "EUR")),
        ({"balance_usd": None}, None),
        ({"balance_usd": float("inf")}, None),
        ({"balance_usd": True}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_balance_is_read(value: Json, expected: Balance | None) -> None:
    assert wire.balance(value) == expected


def test_half_a_character_is_replaced() -> None:
    assert wire.text("a\ud800b") == "a?b"
    wire.text("\ud83d\ude00").encode()


@pytest.mark.parametrize(
    ("value", "expected"), [(3, 3), ("4", 4), (2.0, 2), (None, -1), (True, -1), (10**400, -1)]
)
def test_whole_numbers(value: Json, expected: int) -> None:
    assert wire.integer(value, -1) == expected


def test_names_and_words_are_one_line_of_bounded_length() -> None:
    assert wire.label_field({"status": " in\n_queue\x00 \u202e"}) == "in _queue"
    assert len(wire.label_field({"status": "x" * 10_000})) == 200
    found = wire.deployment({"id": "d", "name": "a\nb\tc"})
    assert found is not None
    assert found.name == "a b c"


def file(name: str, kind: str = "output", **more: Json) -> dict[str, Json]:
    return {"url": f"{HOST}/{name}", "filename": name, "subfolder": "", "type": kind, **more}


def test_every_channel_gives_its_files_in_order() -> None:
    result: Json = {
        "outputs": {
            "136": {"images": [file("Blue_1_.png"), file("Blue_2_.png")]},
            "173": {"images": [file("t.png", "temp")]},
            "52": {"images": [file("clip.webm")], "animated": [True]},
            "60": {"gifs": [file("a.mp4", frame_rate=16.0, format="video/h264-mp4")]},
            "70": {"audio": [file("s.flac")]},
            "80": {"3d": [file("m.glb")], "result": ["m.glb", {"camera": [1, 2]}, None]},
            "90": {"latents": [file("l.latent")], "pano_input_images": [file("p.webp")]},
            "38:42": {"text": ["words"]},
        }
    }
    found = outputs(result)
    assert [(each.node_id, each.channel, each.kind, each.filename) for each in found] == [
        ("136", "images", OutputKind.IMAGE, "Blue_1_.png"),
        ("136", "images", OutputKind.IMAGE, "Blue_2_.png"),
        ("173", "images", OutputKind.IMAGE, "t.png"),
        ("52", "images", OutputKind.VIDEO, "clip.webm"),
        ("60", "gifs", OutputKind.VIDEO, "a.mp4"),
        ("70", "audio", OutputKind.AUDIO, "s.flac"),
        ("80", "3d", OutputKind.MODEL_3D, "m.glb"),
        ("90", "latents", OutputKind.OTHER, "l.latent"),
        ("90", "pano_input_images", OutputKind.ANIMATION, "p.webp"),
        ("38:42", "text", OutputKind.TEXT, ""),
    ]
    assert [each.filename for each in found if each.is_preview] == ["t.png"]
    assert found[-1].text == "words"


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("alone", ["alone"]),
        (["a", "b"], ["a", "b"]),
        ([["a"], [["b", None, 5]], ""], ["a", "b"]),
        ("[['looks like a list']]", ["[['looks like a list']]"]),
        ([None, True, 1.5], []),
        ({"deep": ["c"]}, ["c"]),
    ],
)
def test_texts_are_flattened(value: Json, texts: list[str]) -> None:
    found = outputs({"outputs": {"1": {"text": value}}})
    assert [each.text for each in found] == texts
    assert all(each.kind is OutputKind.TEXT for each in found)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        "text",
        5,
        {"1": None},
        {"1": [None, 1, "x"]},
        {"1": {"animated": [True, False], "count": 3, "note": "https://x/a.png", "none": None}},
        {"1": {"images": [{"url": None}, {"url": 5}, {"url": ""}, {"filename": "x.png"}, [[]]]}},
    ],
)
def test_what_is_no_output_is_passed_over(value: Json) -> None:
    assert outputs({"outputs": value}) == ()


@pytest.mark.parametrize(
    "value",
    [
        {"1": {"odd": {"deep": [[{"deeper": {"file": file("a.png")}}]]}}},
        {"1": [file("a.png")]},
        {"1": file("a.png")},
        [file("a.png")],
    ],
)
def test_a_file_is_found_at_any_depth(value: Json) -> None:
    assert [each.filename for each in outputs({"outputs": value})] == ["a.png"]


def test_the_singular_is_read_as_well() -> None:
    value: Json = {"1": {"images": [file("a.png")]}}
    assert outputs({"output": value}) == outputs({"outputs": value, "output": None})
    assert len(outputs({"outputs": {}, "output": value})) == 1


def test_an_address_comes_once_and_texts_as_often_as_they_stand_there() -> None:
    result: Json = {
        "outputs": {
            "1": {"images": [file("a.png")], "files": [file("a.png")]},
            "2": {"text": ["same", "same"]},
        }
    }
    assert [each.channel for each in outputs(result)] == ["images", "text", "text"]


def test_the_name_comes_from_the_address_when_nobody_gives_one() -> None:
    result: Json = {"outputs": {"1": {"images": [{"url": f"{HOST}/a%20b.png?sig=1"}]}}}
    assert outputs(result) == (
        Output("1", "images", OutputKind.IMAGE, "a b.png", f"{HOST}/a%20b.png?sig=1"),
    )
    named: Json = {"outputs": {"1": {"x": [{"url": f"{HOST}/a.mp4", "filename": "clip"}]}}}
    assert outputs(named)[0].kind is OutputKind.VIDEO


def test_a_broken_address_breaks_nothing() -> None:
    found = outputs({"outputs": {"1": {"images": [{"url": "https://[bad"}]}}})
    assert found[0].url == "https://[bad"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            [{"errorCode": 11011, "error": "KSampler: sizes differ", "debugInfo": "node 31"}],
            "KSampler: sizes differ",
        ),
        ([{"message": "Out of memory", "details": "GPU 0"}], "Out of memory"),
        ([{"details": "Value not in list"}], "Value not in list"),
        ([{"message": "", "error": "second"}], "second"),
        ([{"x": 1}], '{"x": 1}'),
        ([None, {}, {"error": "third"}], "third"),
        ({"type": "ExecutionError", "message": "tensors do not match"}, "tensors do not match"),
        ({"error": {"type": "prompt_no_outputs", "message": "No outputs"}}, "No outputs"),
        ({"exception_message": "bad image\n", "node_type": "LoadImage"}, "bad image"),
        ("plain words\nand more", "plain words"),
        (["plain words"], "plain words"),
        ([["nested"]], "nested"),
        (None, "The service gave no reason."),
        ([], "The service gave no reason."),
        (5, "The service gave no reason."),
    ],
)
def test_the_reason_of_a_failure_in_every_shape(error: Json, reason: str) -> None:
    assert failure_texts({"status": "failed", "error": error})[0] == reason


def test_the_details_keep_code_and_debug_words() -> None:
    error: Json = [
        {"errorCode": 11011, "error": "broken", "debugInfo": "node 31\x00"},
        {"errorCode": 11004, "error": "also"},
    ]
    _reason, technical = failure_texts({"error": error})
    assert "11011" in technical
    assert "node 31" in technical
    assert "11004" in technical
    assert "\x00" not in technical


def test_a_failure_without_an_error_tells_its_code() -> None:
    reason, technical = failure_texts(
        {"status": "failed", "error_code": 11011, "error_message": "oom"}
    )
    assert reason == "oom"
    assert "11011" in technical


def test_of_many_texts_the_last_ones_are_put_together() -> None:
    """Each output is a tile in the window; joining the last texts loses none of them."""
    lines: list[Json] = [f"line {number}" for number in range(2000)]
    found = outputs({"outputs": {"9": {"text": lines}, "10": {"text": ["end"]}}})
    assert len(found) == 501
    assert [each.text for each in found[:500]] == lines[:500]
    assert (found[500].node_id, found[500].kind) == ("9", OutputKind.TEXT)
    assert found[500].text.split("\n") == [*lines[500:], "end"]


@pytest.mark.parametrize(
    "error",
    [
        lambda: "first\n" + "x\n" * 2_000_000,
        lambda: [{"error": "first", "errorCode": 11011}] * 200_000,
        lambda: [{"error": "first", "current_outputs": {str(n): ["y"] for n in range(200_000)}}],
        lambda: {"message": "first", "traceback": ["line " * 1_000] * 2_000},
    ],
    ids=["lines", "entries", "members", "traceback"],
)
def test_of_a_long_failure_only_what_is_shown_is_looked_at(error: Callable[[], Json]) -> None:
    # The error is created when the test runs, not at each collection.
    reason, technical = failure_texts({"status": "failed", "error": error()})
    assert reason == "first"
    assert "first" in technical
    assert len(technical) <= 6000


def test_the_key_is_blotted_out_where_words_are_cut_off() -> None:
    for blanks in range(5_900, 6_010):
        error: Json = {"error": " " * blanks + "hush-hush " + "x" * 9_000}
        assert "hus" not in "".join(failure_texts({"error": error}, ("hush-hush",)))


def test_long_words_and_the_key_are_cut() -> None:
    reason, technical = failure_texts({"error": json.dumps(["hush"] * 10_000)}, ("hush",))
    assert len(reason) <= 300
    assert len(technical) <= 6000
    assert "hush" not in reason + technical


def test_ten_thousand_files_are_all_taken_in_and_far_more_are_counted() -> None:
    many: Json = {"1": {"images": [file(f"{number}.png") for number in range(10_000)]}}
    assert len(outputs({"outputs": many})) == 10_000
    far: Json = {"1": {"images": [file(f"{number}.png") for number in range(20_007)]}}
    *files, last = outputs({"outputs": far})
    assert len(files) == 20_000
    assert (last.url, last.path) == ("", "")
    assert last.fault.startswith("7 more files are in this result")


def test_names_and_addresses_of_megabytes_are_not_kept() -> None:
    long = "x" * 5_000_000
    result: Json = {
        "outputs": {
            long: {
                long: [
                    {"url": f"{HOST}/a.png", "filename": f"{long}.png"},
                    {"url": f"{HOST}/{long}.png"},
                ]
            }
        }
    }
    short, unreachable = outputs(result)
    for each in (short, unreachable):
        assert len(each.node_id) + len(each.channel) + len(each.filename) + len(each.url) < 2000
        assert each.kind is OutputKind.IMAGE
        assert each.filename.endswith("x.png")
    assert short.url == f"{HOST}/a.png"
    assert (unreachable.url, "too long" in unreachable.fault) == ("", True)


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(
            st.sampled_from(["url", "filename", "type", "text", "images", "1", "outputs"]),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=40,
)


@given(_JSON)
def test_a_result_of_whatever_types_breaks_nothing(value: Json) -> None:
    for found in (outputs(value), outputs({"outputs": value}), outputs({"output": value})):
        assert all(each.url or each.text for each in found)
        assert len({each.url for each in found if each.url}) == sum(bool(e.url) for e in found)
