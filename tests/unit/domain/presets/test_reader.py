"""Reading presets by unknown authors: unknown members are kept, errors are named."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.reader import (
    DamagedPreset,
    NewerPreset,
    NotAPreset,
    preset_from_json,
    read_preset,
)
from runcomfy_desktop.domain.presets.writer import write_preset

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

_SHA = "ab" * 32
_ENTRY: JsonObject = {"node": "6", "class": "Text", "input": "text", "value": "x"}


def spelt(**members: Json) -> bytes:
    return json.dumps({"format": 1, "name": "N", "inputs": [_ENTRY], **members}).encode()


def of_media(**members: Json) -> MediaFile:
    media: JsonObject = {
        "name": "a.png",
        "sha256": _SHA,
        "mime": "image/png",
        "size_bytes": 5,
        **members,
    }
    entry: JsonObject = {"node": "2", "input": "image", "media": {**media, **members}}
    value = read_preset(spelt(inputs=[entry])).entries[0].value
    assert isinstance(value, MediaFile)
    return value


def test_what_a_later_program_wrote_is_kept() -> None:
    media: JsonObject = {"name": "a", "sha256": _SHA, "mime": "image/png", "size_bytes": 5, "x": 1}
    written: JsonObject = {
        "format": 1,
        "name": "N",
        "colour": "red",
        "deployment": {"id": "d", "owner": "me"},
        "inputs": [
            {**_ENTRY, "weight": 0.5, "seed_mode": "list", "expand": "sometimes"},
            {"node": "7", "class": "L", "input": "image", "media": media},
        ],
        "pins": [{"node": "6", "class": "Text", "title": "", "input": "text", "colour": 1}],
    }
    again = json.loads(write_preset(read_preset(json.dumps(written).encode())))
    assert again["colour"] == "red"
    assert again["deployment"] == {"id": "d", "owner": "me"}
    later = {"weight": 0.5, "seed_mode": "list", "expand": "sometimes"}
    assert again["inputs"][0] == {**_ENTRY, **later}
    assert again["inputs"][1]["media"]["x"] == 1
    assert again["pins"] == written["pins"]


def test_a_picture_that_an_older_program_sent_anyway_is_one_like_any_other() -> None:
    assert of_media(send_large=True) == of_media()
    media: JsonObject = {"name": "a", "sha256": _SHA, "mime": "image/png", "size_bytes": 5}
    entry: JsonObject = {"node": "7", "input": "image", "media": {**media, "send_large": True}}
    [again] = json.loads(write_preset(read_preset(spelt(inputs=[entry]))))["inputs"]
    assert "send_large" not in again["media"]


def test_a_newer_format_is_a_problem_of_its_own() -> None:
    with pytest.raises(NewerPreset, match="newer version") as caught:
        read_preset(spelt(format=2))
    assert "format 2" in caught.value.detail


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b"7",
        b'{"inputs": []}',
        b'{"format": true, "inputs": []}',
        b'{"format": "1", "inputs": []}',
        b'{"format": 99999999999999999999, "inputs": []}',
        b'{"3": {"class_type": "A", "inputs": {}}}',
    ],
)
def test_other_json_is_no_preset(data: bytes) -> None:
    with pytest.raises(NotAPreset):
        read_preset(data)


@pytest.mark.parametrize("data", [b"", b"{", b'{"format": 1, "inputs": [}', b"\xff\xfe\x00"])
def test_damage_is_named(data: bytes) -> None:
    with pytest.raises(DamagedPreset, match="not JSON"):
        read_preset(data)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (spelt(inputs=["x"]), "input 1"),
        (spelt(inputs=[_ENTRY, {"node": "6"}]), "input 2"),
        (spelt(inputs=[{**_ENTRY, "node": 6}]), "input 1"),
        (spelt(inputs=[{**_ENTRY, "media": {"sha256": "../x"}}]), "#6 text"),
        (spelt(inputs={}, kind=file_format.KIND), "“inputs”"),
        (spelt(inputs=[_ENTRY] * (file_format.MAX_ENTRIES + 1)), "20000"),
        (spelt(pins={}), "“pins”"),
        (spelt(format=0), "format"),
        (spelt(name=7), "“name”"),
        (spelt(files=[]), "“files”"),
        (spelt(files={"../../x": "YQ=="}), "proper name"),
        (spelt(files={_SHA: "YQ=="}), "not the one"),
        (spelt(files={_SHA: "§"}), "damaged"),
        (b'{"format": 1, "inputs": [{"node": "1", "input": "x", "value": NaN}]}', "no word"),
        (b'{"format": 1, "inputs": [{"node": "1", "input": "x", "value": 1e999}]}', "no word"),
        (b'{"format": 1, "inputs": ' + b"[" * 200 + b"]" * 200 + b"}", "levels"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, word: str) -> None:
    with pytest.raises(Problem) as caught:
        read_preset(data)
    assert caught.value.title == "This preset cannot be used."
    assert word in caught.value.detail


def test_more_than_a_preset_can_be_is_not_even_read() -> None:
    with pytest.raises(Problem, match="larger than a preset"):
        read_preset(b" " * (file_format.MAX_BYTES + 1))


def test_a_mark_of_byte_order_does_no_harm() -> None:
    assert read_preset(b"\xef\xbb\xbf" + spelt()).name == "N"


def test_what_comes_twice_counts_as_it_came_last() -> None:
    found = read_preset(spelt(inputs=[_ENTRY, {**_ENTRY, "value": "y"}]))
    assert [entry.value for entry in found.entries] == ["y"]


def test_a_file_is_known_by_its_bytes() -> None:
    media = of_media(stored_name="../../etc/passwd", width=3, path="/home/jo/a.png")
    assert (media.stored_name, media.width, media.path) == (f"{_SHA}.png", 3, "/home/jo/a.png")
    assert of_media(mime="x/y", name="a.safetensors").stored_name == f"{_SHA}.bin"
    assert of_media(mime="x/y", name="a.obj").stored_name == f"{_SHA}.obj"


@pytest.mark.parametrize(
    "path",
    [
        "\\\\server\\share\\a.png",
        "//server/share/a.png",
        "\\/server/a.png",
        "\\??\\UNC\\server\\a.png",
        "/??/UNC/server/a.png",
        "/net/server/a.png",
        "/dev/sda",
        "C:a.png",
        "a.png",
        "/home/../net/server/a.png",
        "~/a.png",
        "file://server/a.png",
        "/a\0.png",
    ],
)
def test_no_foreign_path_leads_to_another_computer(path: str) -> None:
    assert of_media(path=path).path == ""


def test_files_that_it_brings_are_checked_against_their_names() -> None:
    sha = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    found = read_preset(spelt(files={sha: base64.b64encode(b"hello").decode()}))
    assert found.files == {sha: b"hello"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["format", "inputs", "node", "input", "value", "media", "pins", "files", "name"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_is_a_preset_or_a_problem(value: Json) -> None:
    begun: JsonObject = {"format": 1, "inputs": [], "name": "x"}
    with suppress(Problem):
        found = preset_from_json({**begun, **value} if isinstance(value, dict) else value)
        assert isinstance(found.entries, tuple)
