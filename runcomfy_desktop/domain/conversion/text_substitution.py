"""Changes that the editor makes to strings when it sends them: alternatives, comments, names."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import string_or_empty
from runcomfy_desktop.domain.conversion.editor_graph import NodeRole
from runcomfy_desktop.domain.conversion.editor_json import properties

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph, EditorNode

_COMMENT = re.compile(r"/[*/]")
_LINE_END = re.compile(r"[\n\r\u2028\u2029]")
# Maximum length of a file name. A longer string is not one, and could have any number of
# placeholders.
_MAX_NAME_CHARS = 4_000
_NAMES = re.compile(r"%([^%]+)%")
_FORBIDDEN = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')
_MAX_DEPTH = 30

# Classes whose file name may contain names of other nodes' widgets.
SAVE_NODES = frozenset(
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
    """Returns `text` without comments, and with the first of each `{one|another}`.

    The editor picks one at random; a conversion must give a reproducible result.
    """
    return _choose_first(_uncommented(text), _MAX_DEPTH)


def _uncommented(text: str) -> str:
    """Returns the text without `/* ... */` and `// ...`; an unclosed comment stays."""
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
            # Not closed, so not a comment. The search continues after its star.
            continue
        parts.append(text[kept : begin.start()])
        at = kept = after
    return "".join([*parts, text[kept:]])


def _choose_first(text: str, depth: int) -> str:
    parts: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "\\":
            is_escape = text[at : at + 1] in ("{", "}", "|")
            parts.append(text[at if is_escape else at - 1 : at + 1])
            at += 1
        elif char == "{" and depth:
            first, at = _first_alternative(text, at)
            parts.append(_choose_first(first, depth - 1))
        else:
            parts.append(char)
    return "".join(parts)


def _first_alternative(text: str, at: int) -> tuple[str, int]:
    """Returns the first alternative of the block that begins at `at`, and the end of the block."""
    start, end, depth = at, -1, 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "\\":
            at += 1
        elif char == "{":
            depth += 1
        elif char == "}":
            if not depth:
                return text[start : end if end >= 0 else at - 1], at
            depth -= 1
        elif char == "|" and not depth and end < 0:
            end = at - 1
    return text[start : end if end >= 0 else len(text)], at


class NodeNames:
    """Index of the nodes of a graph and of all its subgraphs, by the names used in file names.

    A node is found by the name that it was given for use in file names (for most nodes, the class
    by default), or else by its title. If several nodes share a name, the first one counts.
    """

    def __init__(self, graph: EditorGraph) -> None:
        self._graph = graph

    def node(self, name: str) -> EditorNode | None:
        return self._by_alias.get(name) or self._by_title.get(name)

    @cached_property
    def _nodes(self) -> list[EditorNode]:
        """Nodes in order; each is followed by those of the subgraph that it stands for."""
        found: list[EditorNode] = []
        stack = list(reversed(self._graph.nodes.values()))
        visited = {id(self._graph)}
        while stack:
            node = stack.pop()
            found.append(node)
            if node.subgraph is not None and id(node.subgraph) not in visited:
                visited.add(id(node.subgraph))
                stack.extend(reversed(node.subgraph.nodes.values()))
        return found

    @cached_property
    def _by_alias(self) -> dict[str, EditorNode]:
        return {name: node for node in reversed(self._nodes) if (name := _alias(node))}

    @cached_property
    def _by_title(self) -> dict[str, EditorNode]:
        return {node.title: node for node in reversed(self._nodes)}


def _alias(node: EditorNode) -> str:
    named = properties(node.raw).get("Node name for S&R")
    if named is None and node.role is NodeRole.CLASS and node.type not in SAVE_NODES:
        return node.type
    return string_or_empty(named)


def substitute_names(names: NodeNames, text: str) -> str:
    """Returns `text` with each `%node.widget%` replaced by the value of that widget.

    A placeholder that names no widget stays.
    """
    if len(text) > _MAX_NAME_CHARS:
        return text
    return _NAMES.sub(lambda match: _substituted(names, match[1], match[0]), text)


def has_date(text: str) -> bool:
    return any(name.startswith("date:") for name in _NAMES.findall(text))


def _substituted(names: NodeNames, name: str, placeholder: str) -> str:
    parts = name.split(".")
    node = names.node(parts[0]) if len(parts) == 2 else None
    widget = None if node is None else node.widget(parts[1])
    return placeholder if widget is None else _FORBIDDEN.sub("_", _value_text(widget.value))


def _value_text(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
