"""Hostile workflow files: what is no workflow, and what is one against all appearances."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.workflow import MAX_INPUTS, MAX_NODES
from tests.support.hostile import (
    CANARY,
    OPENS,
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


def one(**inputs: Any) -> bytes:
    return encoded({"1": node(**inputs)})


def wide(nodes: int, inputs: int) -> bytes:
    each = {"class_type": "A", "inputs": {f"i{number}": number for number in range(inputs)}}
    return encoded({str(number): each for number in range(nodes)})


def with_value(value: bytes) -> bytes:
    """A workflow with one value written as it is."""
    return b'{"1": {"class_type": "A", "inputs": {"x": %s, "note": "%s"}}}' % (
        value,
        CANARY.encode(),
    )


def file(data: bytes | Callable[[], bytes]) -> Callable[[Path], Path]:
    return written(NAME, data)


def _title(text: str) -> Callable[[Path], Path]:
    return file(encoded({"1": node(text)}))


REFUSED = (
    Case("a file of zero bytes", file(b""), "This file is empty."),
    Case("a file of blanks", file(b" \r\n\t" * 1000), "This file is empty."),
    Case(
        "words",
        file(f"{CANARY} These are words.".encode()),
        NOT_JSON,
        "Reading stopped in line 1, column 1.",
    ),
    Case("a file that breaks off", file(one()[:-9]), NOT_JSON, "Reading stopped in line 1"),
    Case(
        "a picture called .json",
        file(b"\x89PNG\r\n\x1a\n\x00" * 99),
        "This picture carries no workflow.",
    ),
    Case("random bytes", file(bytes(range(256)) * 9), NOT_JSON),
    Case("a number of 30 million digits", file(lambda: b"9" * 30_000_000), TOO_LONG),
    Case(
        "an input with a number of 5,000 digits",
        file(with_value(b"9" * 5000)),
        TOO_LONG,
        "It has more than 4300 digits; ComfyUI cannot read it either.",
    ),
    Case(
        "the same in a graph that is written as a text",
        file(encoded({"prompt": with_value(b"-" + b"9" * 5000).decode()})),
        TOO_LONG,
    ),
    Case(
        "the same in the editor's own format",
        file(b'{"nodes": [{"id": 1, "type": "A", "widgets_values": [%s]}]}' % (b"9" * 5000)),
        TOO_LONG,
    ),
    Case(
        "Latin-1",
        file('{"1": {"class_type": "Prøve"}}'.encode("latin-1")),
        NOT_UTF8,
        "Reading stopped at byte 24.",
    ),
    Case("UTF-16 that breaks off", file(one().decode().encode("utf-16")[:-1]), NOT_JSON),
    Case(
        "50 MB",
        sized(NAME, 50 * MB, head=b'{"1": {"class_type": "A"'),
        "This file is larger than a workflow can be.",
        "The file is bad.json. It has 50 MB; a workflow has at most 32 MB.",
    ),
    Case(
        "8 GB",
        sized(NAME, 8192 * MB),
        "This file is larger than a workflow can be.",
        "It has 8192 MB; a workflow has at most 32 MB.",
    ),
    Case(
        "30 MB of numbers",
        file(lambda: with_value(b"[" + b"1," * 15_000_000 + b"1]")),
        TOO_MANY,
        "It has more than 1000000.",
    ),
    Case("30 MB of empty lists", file(lambda: b"[" + b"[]," * 10_000_000 + b"1]"), TOO_MANY),
    Case(
        "30 MB of nodes",
        file(lambda: b"{" + b",".join(b'"%d":{"class_type":"A"}' % n for n in range(1_000_000))),
        TOO_MANY,
    ),
    Case(
        "one node too many",
        file(lambda: wide(MAX_NODES + 1, 1)),
        TOO_WIDE,
        "It has 5001 nodes and 5001 inputs; at most 5000 nodes and 20000 inputs can be shown.",
    ),
    Case(
        "too many inputs",
        file(lambda: wide(100, 201)),
        TOO_WIDE,
        "It has 100 nodes and 20100 inputs; at most 5000 nodes and 20000 inputs can be shown.",
    ),
    Case(
        "10,000 levels deep",
        file(with_value(b"[" * 10_000 + b"]" * 10_000)),
        TOO_DEEP,
        "It has more than 100 levels in one another.",
    ),
    Case("10,000 objects", file(with_value(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)), TOO_DEEP),
    Case("30 million brackets", file(lambda: b"[" * 30_000_000), TOO_DEEP),
    Case("other JSON", file(encoded({"name": "x", "version": 1})), NO_WORKFLOW),
    Case("a list", file(b"[1, 2, 3]"), NO_WORKFLOW),
    Case("null", file(b"null"), NO_WORKFLOW),
    Case("an empty object", file(b"{}"), NO_WORKFLOW),
    Case("nodes whose class is no text", file(encoded({"1": {"class_type": 3}})), NO_WORKFLOW),
    Case(
        "the editor's own format, with nothing to run",
        file(encoded({"nodes": [{"id": 1, "type": "Note"}], "links": []})),
        "This workflow has no node that could be run.",
        "Open it in ComfyUI, switch the nodes on that are needed, and save it again.",
    ),
    Case("a folder", made_folder("folder.json"), "folder.json is a folder."),
    Case("a pipe", piped("pipe.json"), "pipe.json is not a file."),
    Case("a device", linked("device.json", "/dev/zero"), "device.json is not a file."),
    Case("a file that is gone", missing("gone.json"), "gone.json is not there any more."),
    Case("a broken link", linked("broken.json", "nobody"), "broken.json is not there any more."),
    Case("a link to itself", linked("loop.json", "loop.json"), "loop.json could not be read."),
    Case("a bad disk", linked("disk.json", UNREADABLE_DISK), "disk.json could not be read."),
    Case("a name of 300 letters", missing("n" * 300 + ".json"), f"{'n' * 299}… could not be read."),
    Case(
        "a name with markup, a line break and a mark that turns text around",
        written(f"<b>x<b>\n{RTL}y.json", b"words"),
        NOT_JSON,
        "The file is <b>x<b> y.json.",
    ),
    Case(
        "a file of somebody else",
        written("theirs.json", one()),
        "You are not allowed to read theirs.json.",
        "Change the file's permissions, or choose another file.",
    ),
    Case("a name that is no UTF-8", written("a\udcff.json", b""), "This file is empty."),
)

NOTED = "bad.json was opened without parts that ComfyUI refuses."
OPENED = (
    Case("UTF-8 with a mark (BOM)", file(codecs.BOM_UTF8 + one()), OPENS),
    Case("UTF-16 with a mark", file(one().decode().encode("utf-16")), OPENS),
    Case("UTF-16 without one", file(one().decode().encode("utf-16-le")), OPENS),
    Case("UTF-32", file(one().decode().encode("utf-32")), OPENS),
    Case(
        "a node and an input that come twice: the last one counts, as for ComfyUI",
        file(
            b'{"1": {"class_type": "A"}, "1": {"class_type": "B", "inputs": {"x": 1, "x": 2}}}',
        ),
        OPENS,
        shows=("B", "x: 2"),
    ),
    Case(
        "lists that are no links",
        file(one(a=[], b=["1"], c=["1", 0, 2], d=[1, 2, 3], e=["1", True], f=["1", "0"])),
        OPENS,
        shows=("a: [], read-only", 'c: ["1", 0, 2], read-only', 'f: ["1", "0"], read-only'),
    ),
    Case(
        "null and objects as values",
        file(one(a=None, b={}, c={"on": True, "deep": [1, {"x": None}]})),
        OPENS,
        shows=("a: null, read-only", 'c: {"on": true, "deep": [1, {"x": null}]}, read-only'),
    ),
    Case(
        "`_comment` entries beside nodes and inputs",
        file(encoded({"_comment": "by hand", "1": {**node(_comment="more"), "_comment": [1]}})),
        NOTED,
        "1 part was left out. Runs are sent without it.",
        shows=("_comment: more",),
    ),
    Case(
        "10,000 entries that are no nodes",
        file(lambda: encoded({f"n{number}": "x" for number in range(10_000)} | {"1": node()})),
        NOTED,
        "10000 parts were left out. Runs are sent without them.",
    ),
    Case(
        "placeholders where numbers belong",
        file(encoded({"1": node("", "KSampler", seed="PARAM_INT_SEED", steps="{{steps}}")})),
        OPENS,
        shows=("seed: PARAM_INT_SEED", "steps: {{steps}}"),
    ),
    Case(
        "numbers that are none, and a number of 400 digits",
        file(with_value(b'NaN, "y": -Infinity, "z": 1e999, "w": %s' % (b"7" * 400))),
        OPENS,
    ),
    Case(
        "inputs, titles and links of a wrong kind",
        file(
            encoded(
                {
                    "1": {"class_type": "A", "inputs": None, "_meta": "x"},
                    "2": {"class_type": "B", "_meta": {"title": 5}, "inputs": {"l": ["9", 0]}},
                    "3": None,
                    "4": {"class_type": "C", "inputs": {"self": ["4", 0], "far": ["1", 10**30]}},
                }
            )
        ),
        NOTED,
        "2 parts were left out. Runs are sent without them.",
        shows=("Comes from node #9, which is not in this workflow.",),
    ),
    Case(
        "a title with markup",
        _title("<img src='x'><b>"),
        OPENS,
        shows=("<img src='x'><b>",),
    ),
    Case(
        "a title with line breaks",
        _title("a\n\r\nb\u2028c"),
        OPENS,
        shows=("a b c",),
    ),
    Case(
        "a title with marks that turn text around, and without width",
        _title(f"a{RTL}\u2066txt\u200b.exe\ufeff"),
        OPENS,
        shows=("atxt.exe",),
    ),
    Case("a title in emoji", _title("👩\u200d🚀🏳️"), OPENS, shows=("👩\u200d🚀🏳️",)),
    Case("a title of half a letter", _title("x\ud800y"), OPENS, shows=("xy",)),
    Case("a title of NUL and escapes", _title("a\x00b\x1b[31m"), OPENS, shows=("ab[31m",)),
    Case("a title of 100,000 letters", _title("t" * 100_000), OPENS, shows=(f"{'t' * 299}…",)),
    Case(
        "names of classes, nodes and inputs with all of that",
        file(
            encoded(
                {
                    f"{RTL}1\n": {
                        "class_type": "<b>" + "c" * 100_000,
                        "inputs": {"i" * 100_000: 1, "a\nb": 2, "": 3, CANARY: 4},
                    }
                }
            )
        ),
        OPENS,
        shows=("a b: 2",),
    ),
    Case("a text of 10 million letters", file(lambda: one(text="w " * 5_000_000)), OPENS),
    Case(
        "a picture of 20 MB written into it",
        file(lambda: encoded({"1": node("", "LoadImage", image=_DATA + "A" * 28_000_000)})),
        OPENS,
    ),
    Case(
        "a drawing with references written into it",
        file(lambda: encoded({"1": node("", "LoadImage", image=_SVG)})),
        OPENS,
    ),
    Case("150,000 values in one input", file(lambda: one(many=[[0, 1]] * 50_000)), OPENS),
    Case("1,000 nodes with 12,000 inputs", file(lambda: wide(1000, 12)), OPENS),
    Case("as many nodes and inputs as may be", file(lambda: wide(MAX_NODES, 4)), OPENS),
    Case("a name that is no UTF-8", written("a\udcff.json", one()), OPENS),
    Case(
        "a name with markup and marks that turn text around",
        written(f"<i>a<i>{RTL}b\n.json", one()),
        OPENS,
    ),
)

assert MAX_INPUTS == 4 * MAX_NODES
_DATA = "data:image/png;base64,"
# <svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname"/></svg>
_SVG = (
    "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxpbWFnZSBo"
    "cmVmPSJmaWxlOi8vL2V0Yy9ob3N0bmFtZSIvPjwvc3ZnPg=="
)
