"""Malicious presets: imported, or already in the folder, where other programs can write too."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.preset import Preset
from runcomfy_desktop.domain.presets.preset import PresetEntry as Said
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.hostile_cases import (
    CANARY,
    UNREADABLE_DISK,
    HostileCase,
    fifo_factory,
    file_factory,
    folder_factory,
    missing_file_factory,
    sparse_file_factory,
    symlink_factory,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

NAME = "bad.json"
NOT_USABLE = "This preset cannot be used."
NOT_JSON = "This preset's file is damaged: it is not JSON."
NOTHING = "Nothing in this can be made a preset."
NEWER = "This preset was written by a newer version of this program."
TOO_LARGE = "This is larger than a preset can be."
SIZES = "It has 2048 MB; a preset has at most 64 MB."
SHA = hashlib.sha256(b"bytes").hexdigest()


def encoded(**members: Any) -> bytes:
    entry = {"node": "6", "class": "A", "input": "text", "value": CANARY}
    content = {"format": 1, "kind": file_format.KIND, "name": "Bad", "inputs": [entry], **members}
    return json.dumps(content).encode()


def large_file() -> bytes:
    data = bytes(file_format.MAX_FILES_BYTES + 1)
    files = {hashlib.sha256(data).hexdigest(): base64.b64encode(data).decode()}
    return encoded(files=files)


def preset_case(
    name: str, data: bytes, expected_title: str = NOT_USABLE, detail: str = ""
) -> HostileCase:
    return HostileCase(name, file_factory(NAME, data), expected_title, detail)


def media(**members: Json) -> list[Any]:
    about = {"name": "a.png", "sha256": SHA, "mime": "image/png", "size_bytes": 5, **members}
    return [{"node": "2", "input": "image", "media": about}]


REFUSED = (
    preset_case("an empty file", b"", NOT_JSON),
    preset_case("garbage", b"\x00\xff" * 99, NOT_JSON),
    preset_case(
        "a preset cut off", encoded()[:-9], NOT_JSON, "Reading stopped in line 1, column 130."
    ),
    preset_case(
        "the marks of a merge in it",
        b'{"format": 1,\n<<<<<<< HEAD\n',
        NOT_JSON,
        "Reading stopped in line 2, column 1.",
    ),
    preset_case(
        "a preset of a newer version",
        encoded(format=2),
        NEWER,
        "It has format 2; this version knows up to 1.",
    ),
    preset_case("a format of 400 digits", encoded(format=10**400), NOTHING),
    preset_case(
        "a format that never was", encoded(format=-1), detail="Its format is -1, which never was."
    ),
    preset_case("inputs that are no list", encoded(inputs={}), detail="“inputs” is no list."),
    preset_case(
        "an input that is a text",
        encoded(inputs=["6"]),
        detail="What it says as input 1 is no object.",
    ),
    preset_case(
        "an input without a name",
        encoded(inputs=[{"node": "6"}]),
        detail="What it says as input 1 names no node and input.",
    ),
    preset_case(
        "more inputs than there can be",
        encoded(inputs=[{"node": "6", "input": "x"}] * (file_format.MAX_ENTRIES + 1)),
        detail=f"It speaks of more than {file_format.MAX_ENTRIES} inputs.",
    ),
    preset_case(
        "lists in lists, 5,000 deep",
        b"[" * 5000 + b"]" * 5000,
        detail="It is nested more than 100 levels deep.",
    ),
    preset_case(
        "a number of 5,000 digits",
        b'{"format": 1, "name": "x", "inputs": [%s]}' % (b"9" * 5000),
        detail="It holds a number of more than 4300 digits.",
    ),
    preset_case(
        "a number beyond all numbers",
        encoded(x=float("inf")),
        detail="It holds a number that JSON has no word for.",
    ),
    preset_case(
        "a media file without a hash",
        encoded(inputs=media(sha256="../x")),
        detail="The file of #2 image is not described as it should be.",
    ),
    preset_case(
        "a media file of less than nothing",
        encoded(inputs=media(size_bytes=-5)),
        detail="The file of #2 image is not described as it should be.",
    ),
    preset_case(
        "a name that is a number", encoded(name=7), detail="“name” is no text, or a very long one."
    ),
    preset_case(
        "files under paths",
        encoded(files={"../../x": "YQ=="}),
        detail="One of the files that it brings has no proper name.",
    ),
    preset_case(
        "files that are no Base64",
        encoded(files={SHA: "%"}),
        detail="One of the files that it brings is damaged.",
    ),
    preset_case(
        "a file under another's hash",
        encoded(files={SHA: "YQ=="}),
        detail="One of the files that it brings is not the one that it names.",
    ),
    HostileCase("a file of 46 MB in it", file_factory(NAME, large_file), TOO_LARGE),
    HostileCase("a file of 2 GB", sparse_file_factory(NAME, 2**31), TOO_LARGE, SIZES),
    preset_case("a workflow", b'{"1": {"class_type": "A"}}', "This is a workflow, not a preset."),
    preset_case(
        "other JSON",
        b'{"name": "x"}',
        NOTHING,
        "It is JSON, but no preset, no “overrides”, and nothing that is kept of a run.",
    ),
    preset_case("empty overrides", b'{"overrides": {}}', NOTHING),
    preset_case("a cURL command without a body", b"curl a/b", "This cURL command sends no body."),
    preset_case(
        "a cURL command whose body is elsewhere",
        b"curl a/b -d @/etc/passwd",
        "This cURL command takes its body from a file.",
    ),
    preset_case(
        "a cURL command cut off",
        b"curl a/b -d '{\"overrides",
        "The body of this cURL command is not JSON.",
    ),
    HostileCase("a folder", folder_factory(NAME), f"{NAME} is a folder."),
    HostileCase("a pipe", fifo_factory(NAME), f"{NAME} is not a file."),
    HostileCase(
        "a link to nowhere", symlink_factory(NAME, "nowhere"), f"{NAME} is not there any more."
    ),
    HostileCase(
        "a file that is gone", missing_file_factory(NAME), f"{NAME} is not there any more."
    ),
    HostileCase(
        "a disk that cannot be read",
        symlink_factory(NAME, UNREADABLE_DISK),
        f"{NAME} could not be read.",
    ),
)


def _named(name: str) -> bytes:
    return write_preset(Preset(name, (Said(InputKey("6", "text"), "A", "", CANARY),)))


# Files already in the folder; each is listed with this text, or not listed if it is "".
LISTED = (
    HostileCase("a preset of a newer version", file_factory(NAME, encoded(format=2)), NEWER),
    HostileCase("half a preset, just now", file_factory(NAME, encoded()[:-9]), NOT_JSON),
    HostileCase("JSON that is no preset", file_factory(NAME, b'{"name": "x"}'), ""),
    HostileCase("a file of 2 GB", sparse_file_factory(NAME, 2**31), f"{TOO_LARGE} {SIZES}"),
    HostileCase("a pipe", fifo_factory(NAME), ""),
    HostileCase("a link to a file elsewhere", symlink_factory(NAME, "/etc/passwd"), ""),
    HostileCase("a link in a circle", symlink_factory(NAME, "."), ""),
    HostileCase(
        "a file called like one set aside", file_factory("x.broken-1.json", _named("x")), ""
    ),
)
