"""Hostile presets: brought to be imported, and lying in the folder that others write to, too."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.preset import form
from runcomfy_desktop.domain.preset.preset import Entry as Said
from runcomfy_desktop.domain.preset.preset import Preset
from runcomfy_desktop.domain.preset.writing import write_preset
from runcomfy_desktop.domain.workflow import InputKey
from tests.support.hostile import (
    CANARY,
    UNREADABLE_DISK,
    Case,
    linked,
    made_folder,
    missing,
    piped,
    sized,
    written,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json

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
    told = {"format": 1, "kind": form.KIND, "name": "Bad", "inputs": [entry], **members}
    return json.dumps(told).encode()


def large_file() -> bytes:
    data = bytes(form.MAX_FILES_BYTES + 1)
    files = {hashlib.sha256(data).hexdigest(): base64.b64encode(data).decode()}
    return encoded(files=files)


def case(name: str, data: bytes, gets: str = NOT_USABLE, detail: str = "") -> Case:
    return Case(name, written(NAME, data), gets, detail)


def media(**members: Json) -> list[Any]:
    about = {"name": "a.png", "sha256": SHA, "mime": "image/png", "size_bytes": 5, **members}
    return [{"node": "2", "input": "image", "media": about}]


REFUSED = (
    case("an empty file", b"", NOT_JSON),
    case("garbage", b"\x00\xff" * 99, NOT_JSON),
    case("a preset cut off", encoded()[:-9], NOT_JSON, "Reading stopped in line 1, column 130."),
    case(
        "the marks of a merge in it",
        b'{"format": 1,\n<<<<<<< HEAD\n',
        NOT_JSON,
        "Reading stopped in line 2, column 1.",
    ),
    case(
        "a preset of a newer version",
        encoded(format=2),
        NEWER,
        "It has format 2; this version knows up to 1.",
    ),
    case("a format of 400 digits", encoded(format=10**400), NOTHING),
    case(
        "a format that never was", encoded(format=-1), detail="Its format is -1, which never was."
    ),
    case("inputs that are no list", encoded(inputs={}), detail="“inputs” is no list."),
    case(
        "an input that is a text",
        encoded(inputs=["6"]),
        detail="What it says as input 1 is no object.",
    ),
    case(
        "an input without a name",
        encoded(inputs=[{"node": "6"}]),
        detail="What it says as input 1 names no node and input.",
    ),
    case(
        "more inputs than there can be",
        encoded(inputs=[{"node": "6", "input": "x"}] * (form.MAX_ENTRIES + 1)),
        detail=f"It speaks of more than {form.MAX_ENTRIES} inputs.",
    ),
    case(
        "lists in lists, 5,000 deep",
        b"[" * 5000 + b"]" * 5000,
        detail="It is nested more than 100 levels deep.",
    ),
    case(
        "a number of 5,000 digits",
        b'{"format": 1, "name": "x", "inputs": [%s]}' % (b"9" * 5000),
        detail="It holds a number of more than 4300 digits.",
    ),
    case(
        "a number beyond all numbers",
        encoded(x=float("inf")),
        detail="It holds a number that JSON has no word for.",
    ),
    case(
        "a media file without a hash",
        encoded(inputs=media(sha256="../x")),
        detail="The file of #2 image is not described as it should be.",
    ),
    case(
        "a media file of less than nothing",
        encoded(inputs=media(size_bytes=-5)),
        detail="The file of #2 image is not described as it should be.",
    ),
    case(
        "a name that is a number", encoded(name=7), detail="“name” is no text, or a very long one."
    ),
    case(
        "files under paths",
        encoded(files={"../../x": "YQ=="}),
        detail="One of the files that it brings has no proper name.",
    ),
    case(
        "files that are no Base64",
        encoded(files={SHA: "%"}),
        detail="One of the files that it brings is damaged.",
    ),
    case(
        "a file under another's hash",
        encoded(files={SHA: "YQ=="}),
        detail="One of the files that it brings is not the one that it names.",
    ),
    Case("a file of 46 MB in it", written(NAME, large_file), TOO_LARGE),
    Case("a file of 2 GB", sized(NAME, 2**31), TOO_LARGE, SIZES),
    case("a workflow", b'{"1": {"class_type": "A"}}', "This is a workflow, not a preset."),
    case(
        "other JSON",
        b'{"name": "x"}',
        NOTHING,
        "It is JSON, but no preset, no “overrides”, and nothing that is kept of a run.",
    ),
    case("empty overrides", b'{"overrides": {}}', NOTHING),
    case("a cURL command without a body", b"curl a/b", "This cURL command sends no body."),
    case(
        "a cURL command whose body is elsewhere",
        b"curl a/b -d @/etc/passwd",
        "This cURL command takes its body from a file.",
    ),
    case(
        "a cURL command cut off",
        b"curl a/b -d '{\"overrides",
        "The body of this cURL command is not JSON.",
    ),
    Case("a folder", made_folder(NAME), f"{NAME} is a folder."),
    Case("a pipe", piped(NAME), f"{NAME} is not a file."),
    Case("a link to nowhere", linked(NAME, "nowhere"), f"{NAME} is not there any more."),
    Case("a file that is gone", missing(NAME), f"{NAME} is not there any more."),
    Case("a disk that cannot be read", linked(NAME, UNREADABLE_DISK), f"{NAME} could not be read."),
)


def _named(name: str) -> bytes:
    return write_preset(Preset(name, (Said(InputKey("6", "text"), "A", "", CANARY),)))


# As it lies in the folder; it gets a row with these words, or none.
LISTED = (
    Case("a preset of a newer version", written(NAME, encoded(format=2)), NEWER),
    Case("half a preset, just now", written(NAME, encoded()[:-9]), NOT_JSON),
    Case("JSON that is no preset", written(NAME, b'{"name": "x"}'), ""),
    Case("a file of 2 GB", sized(NAME, 2**31), f"{TOO_LARGE} {SIZES}"),
    Case("a pipe", piped(NAME), ""),
    Case("a link to a file elsewhere", linked(NAME, "/etc/passwd"), ""),
    Case("a link in a circle", linked(NAME, "."), ""),
    Case("a file called like one set aside", written("x.broken-1.json", _named("x")), ""),
)
