from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.api.wire_outputs import failure_texts, outputs
from runcomfy_desktop.domain.jobs.output import Output, OutputKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.base.json_value import Json

HOST = "https://serverless-api-storage.runcomfy.net/deployment_requests/r/output"


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
    """Each output is a tile in the window; nothing of them is lost all the same."""
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
    # Made when the test runs, not at each collection.
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
