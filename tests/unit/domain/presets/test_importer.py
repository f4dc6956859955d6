"""Import of presets, request bodies, commands and records of runs as presets."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import SeedMode, changes_to_json
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.importer import import_presets
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.run_record import RUN_KIND
from runcomfy_desktop.domain.presets.writer import write_preset, write_presets
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.soak import examples

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

TEXT, SEED = InputKey("6", "text"), InputKey("31", "seed")
_SHA = "ab" * 32
_PICTURE = MediaFile("a.png", f"{_SHA}.png", _SHA, "image/png", 5, 2, 2, path="/home/jo/a.png")
_OVERRIDES: Json = {
    "6": {"inputs": {"text": "x", "clip": ["4", 0]}},
    "31": {"inputs": {"seed": 2**64 - 1}},
}
_GRAPH: Json = {
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "y"}, "_meta": {"title": "Prompt"}},
    "31": {"class_type": "KSampler", "inputs": {"seed": 1}},
}
_PRESET = Preset("One", (PresetEntry(TEXT, "A", "", 1),))


def spelt(value: Json) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "value",
    [
        {"overrides": _OVERRIDES},
        _OVERRIDES,
        {"overrides": _OVERRIDES, "webhook": "https://x.example/?token=5ecret"},
        {"id": "d", "payload": {"overrides": _OVERRIDES}},
    ],
)
def test_a_body_becomes_a_preset(value: Json) -> None:
    (found,) = import_presets(spelt(value), "body")
    assert found.name == "body"
    assert {entry.key: (entry.value, entry.seed_mode) for entry in found.entries} == {
        TEXT: ("x", None),
        SEED: (2**64 - 1, SeedMode.KEEP),
    }
    assert b"5ecret" not in write_preset(found)


def test_a_workflow_beside_it_tells_classes_and_titles() -> None:
    (found,) = import_presets(spelt({"overrides": _OVERRIDES, "workflow_api_json": _GRAPH}))
    assert [(entry.class_type, entry.title) for entry in found.entries] == [
        ("CLIPTextEncode", "Prompt"),
        ("KSampler", ""),
    ]


def test_what_is_kept_of_a_run_becomes_a_preset() -> None:
    document: Json = {
        "kind": RUN_KIND,
        "title": "a bike · seed 5",
        "deployment_id": "dep-1",
        "deployment_name": "Flux",
        "workflow_version": "v3",
        "changes": changes_to_json(
            {
                TEXT: "a bike",
                InputKey("2", "image"): _PICTURE,
                InputKey("2", "mask"): MediaFile("inline", f"{_SHA}.data", _SHA, "x", 5, 0, 0),
            }
        ),
    }
    (found,) = import_presets(spelt(document))
    assert (found.name, found.deployment_id, found.deployment_name) == (
        "a bike · seed 5",
        "dep-1",
        "Flux",
    )
    assert [entry.value for entry in found.entries] == ["a bike", _PICTURE]


def test_presets_alone_and_in_lists() -> None:
    assert import_presets(write_preset(_PRESET)) == (_PRESET,)
    two = (_PRESET, Preset("", (PresetEntry(TEXT, "A", "", 2),)))
    assert [each.name for each in import_presets(write_presets(two), "list")] == ["One", "list"]


def test_a_command_is_read_without_its_key() -> None:
    command = (
        "curl https://api.runcomfy.net/prod/v1/deployments/dep-1/inference "
        """-H "Authorization: Bearer 5ecret" -d '{"overrides": {"6": {"inputs": {"text": "x"}}}}'"""
    )
    (found,) = import_presets(command.encode())
    assert (found.deployment_id, found.entries[0].value) == ("dep-1", "x")
    assert "5ecret" not in repr(found)


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (spelt(_GRAPH), "This is a workflow, not a preset."),
        (spelt({"prompt": _GRAPH}), "This is a workflow, not a preset."),
        (spelt({"overrides": {}}), "Nothing in this can be made a preset."),
        (spelt({"overrides": {"6": 1}}), "Nothing in this can be made a preset."),
        (b"[]", "Nothing in this can be made a preset."),
        (b"7", "Nothing in this can be made a preset."),
        (b"", "This preset's file is damaged: it is not JSON."),
        (b"curl a/b -d '{'", "The body of this cURL command is not JSON."),
        (b"curl a/b -d '{\"x\": %s}'" % (b"9" * 5000), "This preset cannot be used."),
    ],
)
def test_what_is_none_of_it_is_named(data: bytes, title: str) -> None:
    with pytest.raises(Problem) as caught:
        import_presets(data)
    assert caught.value.title == title


_FRAGMENTS = st.sampled_from(
    (
        *(
            "curl ",
            "-d ",
            "--data-raw=",
            "'",
            '"',
            "$'",
            "\\",
            "^",
            "`",
            "\n",
            "{",
            "}",
            ":",
            "[",
            "6",
        ),
        *('{"overrides": {"6": {"inputs": {"text": 1}}}}', "a/b ", "@x", '"inputs"', '"overrides"'),
    )
)


@settings(max_examples=examples(100))
@given(st.lists(_FRAGMENTS | st.text(max_size=3), max_size=12))
def test_any_text_is_a_preset_or_a_problem(chunks: list[str]) -> None:
    with suppress(Problem):
        assert import_presets("".join(chunks).encode("utf-8", "surrogatepass"))
