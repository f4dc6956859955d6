"""Malicious workflow files: some are not workflows, others are valid despite their appearance."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.workflow.workflow import MAX_INPUTS, MAX_NODES
from tests.support.hostile_cases import (
    CANARY,
    OPENS_TEXT,
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
    from collections.abc import Callable
    from pathlib import Path

MB = 1024 * 1024
NAME = "bad.json"
NOT_JSON = "This file is not JSON."
NO_WORKFLOW = "This JSON file is not a ComfyUI workflow."
TOO_DEEP = "This file is nested too deeply to be a workflow."
TOO_MANY = "This file holds more values than a workflow can have."
TOO_LONG = "This file holds a number that is too long to be read."
TOO_WIDE = "This workflow is too large to be shown."
NOT_UTF8 = "This file cannot be read: its letters are not written in UTF-8."
RTL = "\u202e"


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def node(title: str = "", class_type: str = "A", **inputs: Any) -> dict[str, Any]:
    meta = {"_meta": {"title": title}} if title else {}
    return {"class_type": class_type, "inputs": {"note": CANARY, **inputs}, **meta}


def one_node(**inputs: Any) -> bytes:
    return encoded({"1": node(**inputs)})


def wide_workflow(nodes: int, inputs: int) -> bytes:
    each = {"class_type": "A", "inputs": {f"i{number}": number for number in range(inputs)}}
    return encoded({str(number): each for number in range(nodes)})


def with_value(value: bytes) -> bytes:
    """Returns a workflow that contains one value verbatim."""
    return b'{"1": {"class_type": "A", "inputs": {"x": %s, "note": "%s"}}}' % (
        value,
        CANARY.encode(),
    )


def json_file(data: bytes | Callable[[], bytes]) -> Callable[[Path], Path]:
    return file_factory(NAME, data)


def _title(text: str) -> Callable[[Path], Path]:
    return json_file(encoded({"1": node(text)}))


REFUSED = (
    HostileCase("a file of zero bytes", json_file(b""), "This file is empty."),
    HostileCase("a file of blanks", json_file(b" \r\n\t" * 1000), "This file is empty."),
    HostileCase(
        "words",
        json_file(f"{CANARY} These are words.".encode()),
        NOT_JSON,
        "Reading stopped in line 1, column 1.",
    ),
    HostileCase(
        "a file that breaks off", json_file(one_node()[:-9]), NOT_JSON, "Reading stopped in line 1"
    ),
    HostileCase(
        "a picture called .json",
        json_file(b"\x89PNG\r\n\x1a\n\x00" * 99),
        "This picture carries no workflow.",
    ),
    HostileCase("random bytes", json_file(bytes(range(256)) * 9), NOT_JSON),
    HostileCase("a number of 30 million digits", json_file(lambda: b"9" * 30_000_000), TOO_LONG),
    HostileCase(
        "an input with a number of 5,000 digits",
        json_file(with_value(b"9" * 5000)),
        TOO_LONG,
        "It has more than 4300 digits; ComfyUI cannot read it either.",
    ),
    HostileCase(
        "the same in a graph that is written as a text",
        json_file(encoded({"prompt": with_value(b"-" + b"9" * 5000).decode()})),
        TOO_LONG,
    ),
    HostileCase(
        "the same in the editor's own format",
        json_file(b'{"nodes": [{"id": 1, "type": "A", "widgets_values": [%s]}]}' % (b"9" * 5000)),
        TOO_LONG,
    ),
    HostileCase(
        "Latin-1",
        json_file('{"1": {"class_type": "Prøve"}}'.encode("latin-1")),
        NOT_UTF8,
        "Reading stopped at byte 24.",
    ),
    HostileCase(
        "UTF-16 that breaks off", json_file(one_node().decode().encode("utf-16")[:-1]), NOT_JSON
    ),
    HostileCase(
        "50 MB",
        sparse_file_factory(NAME, 50 * MB, head=b'{"1": {"class_type": "A"'),
        "This file is larger than a workflow can be.",
        "The file is bad.json. It has 50 MB; a workflow has at most 32 MB.",
    ),
    HostileCase(
        "8 GB",
        sparse_file_factory(NAME, 8192 * MB),
        "This file is larger than a workflow can be.",
        "It has 8192 MB; a workflow has at most 32 MB.",
    ),
    HostileCase(
        "30 MB of numbers",
        json_file(lambda: with_value(b"[" + b"1," * 15_000_000 + b"1]")),
        TOO_MANY,
        "It has more than 1000000.",
    ),
    HostileCase(
        "30 MB of empty lists", json_file(lambda: b"[" + b"[]," * 10_000_000 + b"1]"), TOO_MANY
    ),
    HostileCase(
        "30 MB of nodes",
        json_file(
            lambda: b"{" + b",".join(b'"%d":{"class_type":"A"}' % n for n in range(1_000_000))
        ),
        TOO_MANY,
    ),
    HostileCase(
        "one node too many",
        json_file(lambda: wide_workflow(MAX_NODES + 1, 1)),
        TOO_WIDE,
        "It has 5001 nodes and 5001 inputs; at most 5000 nodes and 20000 inputs can be shown.",
    ),
    HostileCase(
        "too many inputs",
        json_file(lambda: wide_workflow(100, 201)),
        TOO_WIDE,
        "It has 100 nodes and 20100 inputs; at most 5000 nodes and 20000 inputs can be shown.",
    ),
    HostileCase(
        "10,000 levels deep",
        json_file(with_value(b"[" * 10_000 + b"]" * 10_000)),
        TOO_DEEP,
        "It has more than 100 levels in one another.",
    ),
    HostileCase(
        "10,000 objects", json_file(with_value(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)), TOO_DEEP
    ),
    HostileCase("30 million brackets", json_file(lambda: b"[" * 30_000_000), TOO_DEEP),
    HostileCase("other JSON", json_file(encoded({"name": "x", "version": 1})), NO_WORKFLOW),
    HostileCase("a list", json_file(b"[1, 2, 3]"), NO_WORKFLOW),
    HostileCase("null", json_file(b"null"), NO_WORKFLOW),
    HostileCase("an empty object", json_file(b"{}"), NO_WORKFLOW),
    HostileCase(
        "nodes whose class is no text", json_file(encoded({"1": {"class_type": 3}})), NO_WORKFLOW
    ),
    HostileCase(
        "the editor's own format, with nothing to run",
        json_file(encoded({"nodes": [{"id": 1, "type": "Note"}], "links": []})),
        "This workflow has no node that could be run.",
        "Open it in ComfyUI, switch the nodes on that are needed, and save it again.",
    ),
    HostileCase("a folder", folder_factory("folder.json"), "folder.json is a folder."),
    HostileCase("a pipe", fifo_factory("pipe.json"), "pipe.json is not a file."),
    HostileCase(
        "a device", symlink_factory("device.json", "/dev/zero"), "device.json is not a file."
    ),
    HostileCase(
        "a file that is gone", missing_file_factory("gone.json"), "gone.json is not there any more."
    ),
    HostileCase(
        "a broken link",
        symlink_factory("broken.json", "nobody"),
        "broken.json is not there any more.",
    ),
    HostileCase(
        "a link to itself",
        symlink_factory("loop.json", "loop.json"),
        "loop.json could not be read.",
    ),
    HostileCase(
        "a bad disk", symlink_factory("disk.json", UNREADABLE_DISK), "disk.json could not be read."
    ),
    HostileCase(
        "a name of 300 letters",
        missing_file_factory("n" * 300 + ".json"),
        f"{'n' * 299}… could not be read.",
    ),
    HostileCase(
        "a name with markup, a line break and a mark that turns text around",
        file_factory(f"<b>x<b>\n{RTL}y.json", b"words"),
        NOT_JSON,
        "The file is <b>x<b> y.json.",
    ),
    HostileCase(
        "a file of somebody else",
        file_factory("theirs.json", one_node()),
        "You are not allowed to read theirs.json.",
        "Change the file's permissions, or choose another file.",
    ),
    HostileCase(
        "a name that is no UTF-8", file_factory("a\udcff.json", b""), "This file is empty."
    ),
)

OPENED_WITH_NOTICE = "bad.json was opened without parts that ComfyUI refuses."
OPENED = (
    HostileCase("UTF-8 with a mark (BOM)", json_file(codecs.BOM_UTF8 + one_node()), OPENS_TEXT),
    HostileCase("UTF-16 with a mark", json_file(one_node().decode().encode("utf-16")), OPENS_TEXT),
    HostileCase(
        "UTF-16 without one", json_file(one_node().decode().encode("utf-16-le")), OPENS_TEXT
    ),
    HostileCase("UTF-32", json_file(one_node().decode().encode("utf-32")), OPENS_TEXT),
    HostileCase(
        "a node and an input that come twice: the last one counts, as for ComfyUI",
        json_file(
            b'{"1": {"class_type": "A"}, "1": {"class_type": "B", "inputs": {"x": 1, "x": 2}}}',
        ),
        OPENS_TEXT,
        expected_texts=("B", "x: 2"),
    ),
    HostileCase(
        "lists that are no links",
        json_file(one_node(a=[], b=["1"], c=["1", 0, 2], d=[1, 2, 3], e=["1", True], f=["1", "0"])),
        OPENS_TEXT,
        expected_texts=(
            "a: [], read-only",
            'c: ["1", 0, 2], read-only',
            'f: ["1", "0"], read-only',
        ),
    ),
    HostileCase(
        "null and objects as values",
        json_file(one_node(a=None, b={}, c={"on": True, "deep": [1, {"x": None}]})),
        OPENS_TEXT,
        expected_texts=(
            "a: null, read-only",
            'c: {"on": true, "deep": [1, {"x": null}]}, read-only',
        ),
    ),
    HostileCase(
        "`_comment` entries beside nodes and inputs",
        json_file(
            encoded({"_comment": "by hand", "1": {**node(_comment="more"), "_comment": [1]}})
        ),
        OPENED_WITH_NOTICE,
        "1 part was left out. Runs are sent without it.",
        expected_texts=("_comment: more",),
    ),
    HostileCase(
        "10,000 entries that are no nodes",
        json_file(lambda: encoded({f"n{number}": "x" for number in range(10_000)} | {"1": node()})),
        OPENED_WITH_NOTICE,
        "10000 parts were left out. Runs are sent without them.",
    ),
    HostileCase(
        "placeholders where numbers belong",
        json_file(encoded({"1": node("", "KSampler", seed="PARAM_INT_SEED", steps="{{steps}}")})),
        OPENS_TEXT,
        expected_texts=("seed: PARAM_INT_SEED", "steps: {{steps}}"),
    ),
    HostileCase(
        "numbers that are none, and a number of 400 digits",
        json_file(with_value(b'NaN, "y": -Infinity, "z": 1e999, "w": %s' % (b"7" * 400))),
        OPENS_TEXT,
    ),
    HostileCase(
        "inputs, titles and links of a wrong kind",
        json_file(
            encoded(
                {
                    "1": {"class_type": "A", "inputs": None, "_meta": "x"},
                    "2": {"class_type": "B", "_meta": {"title": 5}, "inputs": {"l": ["9", 0]}},
                    "3": None,
                    "4": {"class_type": "C", "inputs": {"self": ["4", 0], "far": ["1", 10**30]}},
                }
            )
        ),
        OPENED_WITH_NOTICE,
        "2 parts were left out. Runs are sent without them.",
        expected_texts=("Comes from node #9, which is not in this workflow.",),
    ),
    HostileCase(
        "a title with markup",
        _title("<img src='x'><b>"),
        OPENS_TEXT,
        expected_texts=("<img src='x'><b>",),
    ),
    HostileCase(
        "a title with line breaks",
        _title("a\n\r\nb\u2028c"),
        OPENS_TEXT,
        expected_texts=("a b c",),
    ),
    HostileCase(
        "a title with marks that turn text around, and without width",
        _title(f"a{RTL}\u2066txt\u200b.exe\ufeff"),
        OPENS_TEXT,
        expected_texts=("atxt.exe",),
    ),
    HostileCase(
        "a title in emoji",
        _title("👩\u200d🚀🏳️"),
        OPENS_TEXT,
        expected_texts=("👩\u200d🚀🏳️",),
    ),
    HostileCase("a title of half a letter", _title("x\ud800y"), OPENS_TEXT, expected_texts=("xy",)),
    HostileCase(
        "a title of NUL and escapes",
        _title("a\x00b\x1b[31m"),
        OPENS_TEXT,
        expected_texts=("ab[31m",),
    ),
    HostileCase(
        "a title of 100,000 letters",
        _title("t" * 100_000),
        OPENS_TEXT,
        expected_texts=(f"{'t' * 299}…",),
    ),
    HostileCase(
        "names of classes, nodes and inputs with all of that",
        json_file(
            encoded(
                {
                    f"{RTL}1\n": {
                        "class_type": "<b>" + "c" * 100_000,
                        "inputs": {"i" * 100_000: 1, "a\nb": 2, "": 3, CANARY: 4},
                    }
                }
            )
        ),
        OPENS_TEXT,
        expected_texts=("a b: 2",),
    ),
    HostileCase(
        "a text of 10 million letters",
        json_file(lambda: one_node(text="w " * 5_000_000)),
        OPENS_TEXT,
    ),
    HostileCase(
        "a picture of 20 MB written into it",
        json_file(lambda: encoded({"1": node("", "LoadImage", image=_DATA + "A" * 28_000_000)})),
        OPENS_TEXT,
    ),
    HostileCase(
        "a drawing with references written into it",
        json_file(lambda: encoded({"1": node("", "LoadImage", image=_SVG)})),
        OPENS_TEXT,
    ),
    HostileCase(
        "150,000 values in one input",
        json_file(lambda: one_node(many=[[0, 1]] * 50_000)),
        OPENS_TEXT,
    ),
    HostileCase(
        "1,000 nodes with 12,000 inputs", json_file(lambda: wide_workflow(1000, 12)), OPENS_TEXT
    ),
    HostileCase(
        "as many nodes and inputs as may be",
        json_file(lambda: wide_workflow(MAX_NODES, 4)),
        OPENS_TEXT,
    ),
    HostileCase("a name that is no UTF-8", file_factory("a\udcff.json", one_node()), OPENS_TEXT),
    HostileCase(
        "a name with markup and marks that turn text around",
        file_factory(f"<i>a<i>{RTL}b\n.json", one_node()),
        OPENS_TEXT,
    ),
)

assert MAX_INPUTS == 4 * MAX_NODES
_DATA = "data:image/png;base64,"
# Decoded: <svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname"/></svg>
_SVG = (
    "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxpbWFnZSBo"
    "cmVmPSJmaWxlOi8vL2V0Yy9ob3N0bmFtZSIvPjwvc3ZnPg=="
)
