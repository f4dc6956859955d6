"""Preset files: readable, equal bytes for equal presets, and read back exactly."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.pin import Pin
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry, natural_key
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.domain.presets.writer import write_preset, write_presets
from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

_SHA = "ab" * 32
_PICTURE = MediaFile(
    "bike.png", f"{_SHA}.png", _SHA, "image/png", 1000, 20, 10, path="/home/jo/bike.png"
)
_PROMPT = PresetEntry(
    InputKey("6", "text"), "CLIPTextEncode", "Prompt", "a lighthouse\nat dusk „ü“"
)
_SEED = PresetEntry(InputKey("31", "seed"), "KSampler", "", 2**64 - 1, seed_mode=SeedMode.RANDOM)


def preset(*entries: PresetEntry) -> Preset:
    return Preset("Golden hour", entries or (_PROMPT, _SEED))


def test_a_preset_is_readable() -> None:
    assert write_preset(preset()).decode() == (
        "{\n"
        '  "format": 1,\n'
        '  "kind": "runcomfy-desktop preset",\n'
        '  "name": "Golden hour",\n'
        '  "inputs": [\n'
        "    {\n"
        '      "node": "6",\n'
        '      "class": "CLIPTextEncode",\n'
        '      "title": "Prompt",\n'
        '      "input": "text",\n'
        '      "value": "a lighthouse\\nat dusk „ü“"\n'
        "    },\n"
        "    {\n"
        '      "node": "31",\n'
        '      "class": "KSampler",\n'
        '      "input": "seed",\n'
        '      "value": 18446744073709551615,\n'
        '      "seed_mode": "random"\n'
        "    }\n"
        "  ]\n"
        "}\n"
    )


def test_everything_that_can_be_said_comes_back() -> None:
    data = b"bytes of a picture"
    sha = hashlib.sha256(data).hexdigest()
    entries = (
        PresetEntry(InputKey("2", "image"), "LoadImage", "Bike", _PICTURE),
        PresetEntry(InputKey("6", "text"), "CLIPTextEncode", "", "{a|b}", expands=True),
        PresetEntry(
            InputKey("7", "seed"), "K", "", None, has_value=False, seed_mode=SeedMode.COUNT_UP
        ),
        PresetEntry(InputKey("8", "none"), "Odd", "", None),
        PresetEntry(InputKey("8", "on"), "Odd", "", False),
        PresetEntry(InputKey("9", "nested"), "Odd", "", {"b": [1, {"a": 0.1}], "a": None}),
        replace(_PROMPT, key=InputKey("57:3", "text"), extra={"weight": [1]}),
    )
    pins = (Pin(InputKey("6", "text"), "CLIPTextEncode", "Prompt", "What", "Say it.", 1, 2.5),)
    whole = Preset(
        "All", entries, pins, "A note", "dep-1", "Flux", "v3", {sha: data}, {"later": {"x": 1}}
    )
    assert read_preset(write_preset(whole)) == whole


def test_the_order_of_entries_does_not_matter() -> None:
    entries = [
        PresetEntry(InputKey(node, "x"), "A", "", 1) for node in ("10", "9", "57:3", "57", "b", "a")
    ]
    written = {
        write_preset(preset(*random.Random(seed).sample(entries, len(entries))))
        for seed in range(8)
    }
    assert len(written) == 1
    assert [entry.key.node_id for entry in read_preset(written.pop()).entries] == [
        "9",
        "10",
        "57",
        "57:3",
        "a",
        "b",
    ]


def test_where_a_node_stands_is_said_once() -> None:
    place = ("clip<CheckpointLoaderSimple", ">KSampler.positive", "1/2")
    both = [replace(_PROMPT, key=InputKey("6", name), position=place) for name in ("a", "b")]
    written = json.loads(write_preset(preset(*both)))
    assert [each.get("place") for each in written["inputs"]] == ["\n".join(place), None]
    again = read_preset(write_preset(preset(*both)))
    assert [entry.position for entry in again.entries] == [place, ()]
    assert write_preset(again) == write_preset(preset(*both))


def test_one_changed_value_is_one_changed_line() -> None:
    before = write_preset(preset()).splitlines()
    after = write_preset(preset(replace(_PROMPT, value="another\ntext"), _SEED)).splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_the_media_store_is_not_in_it() -> None:
    written = json.loads(write_preset(preset(replace(_PROMPT, value=_PICTURE))))
    assert written["inputs"][0]["media"] == {
        "name": "bike.png",
        "sha256": _SHA,
        "mime": "image/png",
        "size_bytes": 1000,
        "width": 20,
        "height": 10,
        "path": "/home/jo/bike.png",
    }


def test_no_signed_address_is_in_it() -> None:
    address = "https://store.example/a/cat.png?X-Amz-Credential=AKIA&X-Amz-Signature=5ec7e7"
    nested: Json = {"list": [f"see {address} there"]}
    data = write_preset(preset(replace(_PROMPT, value=address), replace(_SEED, value=nested)))
    assert b"5ec7e7" not in data
    assert b"https://store.example/a/cat.png" in data


def test_half_a_character_is_written_and_read() -> None:
    odd = preset(replace(_PROMPT, value="\ud83d alone"))
    assert read_preset(write_preset(odd)) == odd


@pytest.mark.parametrize("value", [float("nan"), [float("inf")]])
def test_what_json_has_no_word_for_is_refused(value: Json) -> None:
    with pytest.raises(Problem, match="value that a file cannot hold"):
        write_preset(preset(replace(_PROMPT, value=value)))


def test_more_than_a_preset_can_bring_is_refused() -> None:
    large = replace(preset(), files={_SHA: bytes(file_format.MAX_FILES_BYTES + 1)})
    with pytest.raises(Problem, match="larger than a preset can be"):
        write_preset(large)


def test_several_are_a_list() -> None:
    text = write_presets([preset(), replace(preset(), name="Two")])
    assert [each["name"] for each in json.loads(text)] == ["Golden hour", "Two"]


_TEXTS = st.text(max_size=20)
_NAMES = st.text(min_size=1, max_size=12)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
_ENTRIES = st.builds(
    PresetEntry,
    st.builds(InputKey, _NAMES, _NAMES),
    _TEXTS,
    _TEXTS,
    _VALUES,
    seed_mode=st.none() | st.sampled_from(SeedMode),
    expands=st.booleans(),
    extra=st.dictionaries(st.sampled_from(["later", "zz", "größe"]), _VALUES, max_size=2),
)
_PRESETS = st.builds(
    Preset,
    _TEXTS,
    st.lists(_ENTRIES, max_size=6, unique_by=lambda entry: entry.key).map(tuple),
    st.just(()),
    _TEXTS,
    _TEXTS,
    _TEXTS,
    _TEXTS,
    st.lists(st.binary(max_size=40), max_size=2).map(
        lambda found: {hashlib.sha256(each).hexdigest(): each for each in found}
    ),
    st.dictionaries(st.sampled_from(["later", "and", "x y"]), _VALUES, max_size=2),
)


@given(_PRESETS)
def test_any_preset_comes_back(whole: Preset) -> None:
    data = write_preset(whole)
    entries = tuple(sorted(whole.entries, key=lambda entry: natural_key(entry.key)))
    assert read_preset(data) == replace(whole, entries=entries)
    assert write_preset(read_preset(data)) == data
