"""Reads `workflow_api.json`: nodes, inputs, links. Everything it does not know is kept as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.json_value import Json, JsonObject

MAX_BYTES = 64 * 1024 * 1024
# Real ones stay below 20. Far above that, code which walks through values would run out of stack.
MAX_DEPTH = 100

# Files in the wild wrap the graph: ComfyUI's own POST body, serverless workers, our API's answers.
_WRAPPERS: tuple[tuple[str, ...], ...] = (
    ("prompt",),
    ("workflow_api_json",),
    ("payload", "workflow_api_json"),
    ("input", "workflow"),
    ("input", "workflow_json"),
    ("input", "prompt"),
    ("workflow",),
)


class InputKey(NamedTuple):
    """Names one input of one node, the way `overrides` does."""

    node_id: str
    name: str


class Link(NamedTuple):
    """`["<node id>", <output slot>]`: the value comes from another node."""

    node_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class Node:
    """One node as saved; `title` is `_meta.title` or "". Input order is the file's."""

    node_id: str
    class_type: str
    title: str
    inputs: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Workflow:
    """An API-format graph; node order is the file's."""

    nodes: Mapping[str, Node]

    def value(self, key: InputKey) -> Json:
        """The saved value; None when the node or the input is not there."""
        node = self.nodes.get(key.node_id)
        return None if node is None else node.inputs.get(key.name)

    def __contains__(self, key: InputKey) -> bool:
        node = self.nodes.get(key.node_id)
        return node is not None and key.name in node.inputs

    def input_keys(self) -> Iterator[InputKey]:
        for node in self.nodes.values():
            for name in node.inputs:
                yield InputKey(node.node_id, name)


def link_of(value: Json) -> Link | None:
    """The link that `value` is, or None.

    ComfyUI takes any list for a link and refuses one whose length is not two; such a list is
    no link for us either, and is shown as it is.
    """
    match value:
        case [str() | int() as node_id, int() as slot] if not isinstance(slot, bool):
            return Link(str(node_id), slot)
    return None


def read_workflow(data: bytes) -> Workflow:
    """The workflow in a file's bytes.

    Raises Problem: too large, not text, not JSON, JSON of another kind, or the editor's own
    format (with how to export the API format).
    """
    if len(data) > MAX_BYTES:
        raise Problem(
            _("This file is larger than a workflow can be."),
            _("It has %d MB; a workflow has at most %d MB.")
            % (len(data) // (1024 * 1024), MAX_BYTES // (1024 * 1024)),
        )
    if not data.strip():
        raise Problem(
            _("This file is empty."), advice=_("Choose a file made by “Export (API)” in ComfyUI.")
        )
    try:
        value: Json = json.loads(_decode(data))
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise _not_json(error) from None
    if _is_deeper_than(MAX_DEPTH, value):
        raise _too_deep()
    return workflow_from_json(value)


def workflow_from_json(value: Json) -> Workflow:
    """The workflow in parsed JSON, unwrapped where needed. Raises Problem as `read_workflow`."""
    graph = _find_graph(value)
    if graph is None:
        raise _not_a_workflow(value)
    nodes = {
        node_id: _node(node_id, raw)
        for node_id, raw in graph.items()
        if isinstance(raw, dict) and isinstance(raw.get("class_type"), str)
    }
    return Workflow(nodes)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _is_deeper_than(depth: int, value: Json) -> bool:
    """Level by level, because a walk that calls itself would need the stack it protects."""
    level: list[Json] = [value]
    for _step in range(depth):
        inner: list[Json] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return False
        level = inner
    return True


def _too_deep() -> Problem:
    return Problem(
        _("This file is nested too deeply to be a workflow."),
        advice=_("Choose a file made by “Export (API)” in ComfyUI."),
    )


def _not_json(error: ValueError) -> Problem:
    where = ""
    if isinstance(error, json.JSONDecodeError):
        where = _("Reading stopped in line %d, column %d.") % (error.lineno, error.colno)
    return Problem(
        _("This file is not JSON."),
        where,
        _("Choose a file made by “Export (API)” in ComfyUI."),
        technical=str(error),
    )


def _find_graph(value: Json) -> JsonObject | None:
    if not isinstance(value, dict):
        return None
    if _is_graph(value):
        return value
    for path in _WRAPPERS:
        inner: Json = value
        for step in path:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if isinstance(inner, dict) and _is_graph(inner):
            return inner
    return None


def _is_graph(value: JsonObject) -> bool:
    return any(
        isinstance(raw, dict) and isinstance(raw.get("class_type"), str) for raw in value.values()
    )


def _node(node_id: str, raw: JsonObject) -> Node:
    class_type, inputs, meta = raw["class_type"], raw.get("inputs"), raw.get("_meta")
    assert isinstance(class_type, str)
    title = meta.get("title") if isinstance(meta, dict) else None
    return Node(
        node_id,
        class_type,
        title if isinstance(title, str) else "",
        inputs if isinstance(inputs, dict) else {},
    )


def _not_a_workflow(value: Json) -> Problem:
    if _is_editor_format(value):
        return Problem(
            _("This is a workflow in the editor's own format, which the API cannot run."),
            advice=_(
                "Open it in ComfyUI, choose Workflow > Export (API), and open the file it makes."
            ),
        )
    return Problem(
        _("This JSON file is not a ComfyUI workflow."),
        _("No node with a class_type was found in it."),
        _("Choose a file made by “Export (API)” in ComfyUI."),
    )


def _is_editor_format(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    candidates = [value, value.get("workflow")]
    return any(
        isinstance(each, dict) and isinstance(each.get("nodes"), list) for each in candidates
    )
