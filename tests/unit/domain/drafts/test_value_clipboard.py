"""Values on the clipboard: copied values are restored completely, other data is rejected."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.value_clipboard import (
    MAX_BYTES,
    CopiedValue,
    copied_values,
    decode_values,
    encode_values,
    locate_values,
)
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value

_SHA = "ab" * 32
_PICTURE = MediaFile("bike.png", f"{_SHA}.png", _SHA, "image/png", 1000, 20, 10)
_SEED = CopiedValue("31", "KSampler", "Sampler", "seed", 2**64 - 1)


def test_values_of_every_kind_come_back_whole() -> None:
    clips = [
        _SEED,
        CopiedValue("6", "Text", "", "text", "line\nline «ü» \U0001f600"),
        CopiedValue("7", "Load", "", "image", _PICTURE),
        CopiedValue("8", "Odd", "", "styles", {"__value__": ["ink", "oil"]}),
        CopiedValue("8", "Odd", "", "none", None),
        CopiedValue("8", "Odd", "", "on", True),
    ]
    assert list(decode_values(encode_values(clips))) == clips


def test_a_link_is_not_copied() -> None:
    node = Node("31", "KSampler", "", {"seed": 1, "model": ["4", 0]})
    workflow = Workflow({"31": node})
    clips = copied_values(node, node.inputs, workflow.value)
    assert [clip.name for clip in clips] == ["seed"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"format": 2, "values": [{"value": 1}]}',
        b'{"format": 1, "values": {"value": 1}}',
        b'{"format": 1, "values": ["x", null, {}, {"node": "1"}]}',
        b"[" * 5000,
        b'{"format": 1, "values": [{"value": ["4", 0]}]}',
        b" " * (MAX_BYTES + 1),
    ],
)
def test_what_was_not_copied_here_is_nothing(data: bytes) -> None:
    assert decode_values(data) == ()


@pytest.mark.parametrize("stored", ["../../etc/passwd", "/etc/passwd", "", f"{'cd' * 32}.png"])
def test_a_file_outside_the_media_folder_is_not_believed(stored: str) -> None:
    media = replace(_PICTURE, stored_name=stored)
    assert decode_values(encode_values([CopiedValue("7", "Load", "", "image", media)])) == ()


@pytest.mark.parametrize(
    "path", ["//host/a.png", r"\\host\a.png", r"\/host/a.png", r"/\host\a.png"]
)
def test_no_stranger_computer_is_asked_about_an_original(path: str) -> None:
    media = replace(_PICTURE, path=path)
    found = decode_values(encode_values([CopiedValue("7", "Load", "", "image", media)]))
    assert [clip.value for clip in found] == [replace(media, path="")]


def test_strange_texts_are_read_as_empty() -> None:
    entry: JsonObject = {"node": 5, "class": None, "title": [], "input": {}, "value": 3}
    data = json.dumps({"format": 1, "values": [entry]}).encode()
    assert decode_values(data) == (CopiedValue("", "", "", "", 3),)


def _place(clips: list[CopiedValue], workflow: Workflow) -> tuple[dict[InputKey, Value], int]:
    return locate_values(clips, workflow, lambda node: node.inputs)


def _workflow(*nodes: Node) -> Workflow:
    return Workflow({node.node_id: node for node in nodes})


def test_a_value_goes_to_the_node_of_its_id_and_class() -> None:
    one = Node("31", "KSampler", "Other", {"seed": 1})
    two = Node("32", "KSampler", "Sampler", {"seed": 2})
    assert _place([_SEED], _workflow(one, two)) == ({InputKey("31", "seed"): 2**64 - 1}, 0)


def test_else_to_the_only_node_of_its_title_else_to_the_only_one_of_its_class() -> None:
    titled = Node("9", "KSampler", "Sampler", {"seed": 1})
    other = Node("10", "KSampler", "Upscale", {"seed": 2})
    stranger = Node("31", "VAEDecode", "Sampler", {"seed": 3})
    placed, left = _place([_SEED], _workflow(titled, other, stranger))
    assert (list(placed), left) == ([InputKey("9", "seed")], 0)
    placed, left = _place([_SEED], _workflow(other, stranger))
    assert (list(placed), left) == ([InputKey("10", "seed")], 0)
    same_titled_node = Node("11", "KSampler", "Refine", {"seed": 2})
    assert _place([_SEED], _workflow(other, same_titled_node)) == ({}, 1)


def test_a_link_or_a_missing_input_takes_no_value() -> None:
    linked = Node("31", "KSampler", "", {"seed": ["4", 0]})
    assert _place([_SEED], _workflow(linked)) == ({}, 1)
    assert _place([_SEED], _workflow(Node("31", "KSampler", "", {}))) == ({}, 1)


def test_who_is_there_himself_gets_no_other_s_values() -> None:
    copied = [replace(_SEED, node_id="8", value=8), _SEED]
    assert _place(copied, _workflow(Node("31", "KSampler", "Sampler", {"seed": 1}))) == (
        {InputKey("31", "seed"): 2**64 - 1},
        1,
    )


def test_one_match_stands_for_one_node() -> None:
    copied = [replace(_SEED, node_id="8", value=8), replace(_SEED, node_id="9", value=9)]
    assert _place(copied, _workflow(Node("31", "KSampler", "Sampler", {"seed": 1}))) == (
        {InputKey("31", "seed"): 8},
        1,
    )
