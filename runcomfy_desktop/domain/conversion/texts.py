"""What the editor does to texts at the moment they are sent: alternatives, comments, names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.graph import Role
from runcomfy_desktop.domain.conversion.raw import properties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.conversion.graph import Graph, Node
    from runcomfy_desktop.domain.json_value import Json

_COMMENT = re.compile(r"/[*/]")
_LINE_END = re.compile(r"[\n\r\u2028\u2029]")
# Of a file's name; what is longer names none, and has as many places as its writer likes.
_LONGEST_NAME = 4_000
_NAMES = re.compile(r"%([^%]+)%")
_FORBIDDEN = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')
_DEPTH = 30

# Classes whose file name may hold names of other nodes' widgets.
SAVERS = frozenset(
    {
        "SaveImage",
        "SaveImageAdvanced",
        "SaveSVGNode",
        "SaveVideo",
        "SaveAnimatedWEBP",
        "SaveWEBM",
        "SaveAudio",
        "SaveAudioMP3",
        "SaveAudioOpus",
        "SaveAudioAdvanced",
        "SaveGLB",
        "Save3DAdvanced",
        "SaveGaussianSplat",
        "SavePointCloud",
        "SaveAnimatedPNG",
        "CLIPSave",
        "VAESave",
        "ModelSave",
        "LoraSave",
        "SaveLatent",
    }
)


def has_alternatives(text: str) -> bool:
    return "{" in _uncommented(text).replace("\\{", "")


def first_alternatives(text: str) -> str:
    """`text` without comments, and with the first of each `{one|another}`.

    The editor takes one at random; a conversion has to give the same each time.
    """
    return _chosen(_uncommented(text), _DEPTH)


def _uncommented(text: str) -> str:
    """Without `/* ... */` and `// ...`; a comment that has no end is none."""
    parts: list[str] = []
    at = kept = 0
    last_end = text.rfind("*/")
    while (begin := _COMMENT.search(text, at)) is not None:
        at = begin.end()
        if begin[0] == "//":
            end = _LINE_END.search(text, at)
            after = len(text) if end is None else end.start()
        elif at <= last_end:
            after = text.find("*/", at) + 2
        else:
            # The star may be the end of nothing, but the sign before it begins no other.
            continue
        parts.append(text[kept : begin.start()])
        at = kept = after
    return "".join([*parts, text[kept:]])


def _chosen(text: str, depth: int) -> str:
    parts: list[str] = []
    at = 0
    while at < len(text):
        sign = text[at]
        at += 1
        if sign == "\\":
            parts.append(
                text[at : at + 1] if text[at : at + 1] in ("{", "}", "|") else text[at - 1 : at + 1]
            )
            at += 1
        elif sign == "{" and depth:
            first, at = _first_choice(text, at)
            parts.append(_chosen(first, depth - 1))
        else:
            parts.append(sign)
    return "".join(parts)


def _first_choice(text: str, at: int) -> tuple[str, int]:
    """The first alternative of the block that begins at `at`, and where the block ends."""
    start, end, depth = at, -1, 0
    while at < len(text):
        sign = text[at]
        at += 1
        if sign == "\\":
            at += 1
        elif sign == "{":
            depth += 1
        elif sign == "}":
            if not depth:
                return text[start : end if end >= 0 else at - 1], at
            depth -= 1
        elif sign == "|" and not depth and end < 0:
            end = at - 1
    return text[start : end if end >= 0 else len(text)], at


def replaced(graph: Graph, text: str) -> str:
    """`text` with the value of a widget for each `%node.widget%` that names just one."""
    if len(text) > _LONGEST_NAME:
        return text
    return _NAMES.sub(lambda match: _named(graph, match[1], match[0]), text)


def has_date(text: str) -> bool:
    return any(name.startswith("date:") for name in _NAMES.findall(text))


def _named(graph: Graph, name: str, whole: str) -> str:
    parts = name.split(".")
    if len(parts) != 2:
        return whole
    nodes = list(_all_nodes(graph, set()))
    node = next((each for each in nodes if _alias(each) == parts[0]), None)
    node = node or next((each for each in nodes if each.title == parts[0]), None)
    widget = None if node is None else node.widget(parts[1])
    if widget is None:
        return whole
    return _FORBIDDEN.sub("_", _shown(widget.value))


def _all_nodes(graph: Graph, seen: set[int]) -> Iterator[Node]:
    """The nodes of a graph, each followed by those of the subgraph that it stands for."""
    if id(graph) in seen:
        return
    seen.add(id(graph))
    for node in graph.nodes.values():
        yield node
        if node.inner is not None:
            yield from _all_nodes(node.inner, seen)


def _alias(node: Node) -> Json:
    """The name that a node has in names of files: its class's, unless it was given another."""
    named = properties(node.raw).get("Node name for S&R")
    is_named = node.role is not Role.CLASS or node.type in SAVERS
    return named if named is not None or is_named else node.type


def _shown(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
