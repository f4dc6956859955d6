"""Reads `workflow_api.json`: nodes, inputs, links. Everything unknown is kept unchanged."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from runcomfy_desktop.domain.base.chunked_json import (
    MAX_DIGITS,
    TooDeep,
    TooLong,
    TooMany,
    count_values,
    read_json,
)
from runcomfy_desktop.domain.base.json_value import object_or_empty, string_or_empty
from runcomfy_desktop.domain.base.plain_text import inline_text, one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport, Remark
from runcomfy_desktop.domain.workflow.node_replacement import REPLACEMENTS
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

# The largest part of a real file is a picture embedded in an input: a picture of the size that may
# be sent inline takes 27 MB as Base64.
MAX_BYTES = 32 * 1024 * 1024
# Real workflows stay below 20. Far above the limit, recursive code would run out of stack.
MAX_DEPTH = 100
# A workflow of 1,000 nodes, larger than any published one, has about 50,000 values.
MAX_VALUES = 200_000
MAX_NODES = 5_000
MAX_INPUTS = 20_000
# Inputs that are seeds in any class, whatever the class declares.
SEED_NAMES = frozenset({"seed", "noise_seed"})
_MB = 1024 * 1024
# Never in a text file: a file with one of these near its beginning is of another kind.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SNIFF_BYTES = 4096
# Many files wrap a graph, in the API format or the editor's: ComfyUI's own POST body and metadata,
# responses of RunComfy's API, serverless workers, tools that keep each graph under its name.
_WRAPPERS: tuple[tuple[str, ...], ...] = (
    ("prompt",),
    ("workflow_api_json",),
    ("payload", "workflow_api_json"),
    ("input", "workflow"),
    ("input", "workflow_json"),
    ("input", "prompt"),
    ("workflow",),
    ("workflow_api",),
    ("workflow_json",),
    ("api_graph",),
    ("api_graph", "output"),
    ("api_prompt",),
    ("api_workflow",),
    ("comfy_workflow",),
    ("graph",),
    ("output",),
    ("prompt_api",),
    ("extra_data", "extra_pnginfo", "workflow"),
    ("extra_pnginfo", "workflow"),
    ("prompt", "workflow"),
    ("prompt", "extra_data", "extra_pnginfo", "workflow"),
    ("input", "extra_data", "extra_pnginfo", "workflow"),
    ("metadata", "workflow"),
    ("payload", "workflow"),
    ("data", "workflow"),
    ("content",),
    ("json",),
)
# The first entries show what kind of file it is.
MAX_NAMED_ENTRIES = 20


class InputKey(NamedTuple):
    """Key of one input of one node, as in `overrides`."""

    node_id: str
    name: str


class NodeLink(NamedTuple):
    """Link `["<node id>", <output slot>]`: the value comes from another node."""

    node_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class Node:
    """Node as saved; `title` is `_meta.title` or "". Input order is the file's."""

    node_id: str
    class_type: str
    title: str
    inputs: Mapping[str, Json]

    def links(self) -> Iterator[tuple[str, NodeLink]]:
        """Yields the names of the linked inputs with their links."""
        for name, value in self.inputs.items():
            link = link_of(value) if isinstance(value, list) else None
            if link is not None:
                yield name, link


@dataclass(frozen=True, slots=True)
class AuthorChoices:
    """Inputs and results that the author of a workflow chose to show.

    They are saved in files of ComfyUI's editor; the API format has none. `inputs` and `output_ids`
    (ids of nodes) are those of the editor's App mode, in the author's order. `promoted_inputs` are
    shown on the outside of subgraphs.
    """

    inputs: tuple[InputKey, ...] = ()
    output_ids: tuple[str, ...] = ()
    promoted_inputs: tuple[InputKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """Graph in the API format; node order is the file's.

    `conversion_report` lists the parts that were not read, None if there are none. It has no
    influence on a run, and neither have `author_choices`, None if there are none.
    """

    nodes: Mapping[str, Node]
    conversion_report: ConversionReport | None = field(default=None, compare=False)
    author_choices: AuthorChoices | None = field(default=None, compare=False)

    def node(self, node_id: str) -> Node:
        """Returns a node; one without class, title and inputs if it does not exist."""
        return self.nodes.get(node_id) or Node(node_id, "", "", {})

    def value(self, key: InputKey) -> Json:
        """Returns the saved value; None if the node or the input does not exist."""
        node = self.nodes.get(key.node_id)
        return None if node is None else node.inputs.get(key.name)

    def is_linked(self, key: InputKey) -> bool:
        """Returns True if the input is linked to another node."""
        return link_of(self.value(key)) is not None

    def __contains__(self, key: InputKey) -> bool:
        node = self.nodes.get(key.node_id)
        return node is not None and key.name in node.inputs

    def input_keys(self) -> Iterator[InputKey]:
        for node in self.nodes.values():
            for name in node.inputs:
                yield InputKey(node.node_id, name)


def workflow_to_json(workflow: Workflow) -> JsonObject:
    """Returns the API-format graph, as it is sent inline."""
    graph: dict[str, Json] = {}
    for node in workflow.nodes.values():
        raw: dict[str, Json] = {"class_type": node.class_type, "inputs": dict(node.inputs)}
        # ComfyUI 0.33 cannot replace a node that has no `_meta`, and then runs nothing at all.
        if node.title or node.class_type in REPLACEMENTS:
            raw["_meta"] = {"title": node.title}
        graph[node.node_id] = raw
    return graph


def link_of(value: Json) -> NodeLink | None:
    """Returns the link that `value` represents, or None.

    ComfyUI takes any list for a link and refuses one whose length is not two; here a list of
    another length is not a link either, and is shown unchanged.
    """
    match value:
        case [str() | int() as node_id, int() as slot] if not isinstance(slot, bool):
            return NodeLink(str(node_id), slot)
    return None


def parse_json_bytes(data: bytes, max_values: int) -> Json:
    """Returns the JSON in a file's bytes, with at most `max_values` values. Raises Problem."""
    if len(data) > MAX_BYTES:
        raise too_large_problem(len(data))
    if not data.strip():
        raise Problem(_("This file is empty."), advice=_export_advice())
    try:
        return read_json(_decode(data), max_depth=MAX_DEPTH, max_values=max_values)
    except ValueError as error:
        raise json_problem(error, max_values) from None


def workflow_from_json(value: Json) -> Workflow:
    """Returns the workflow in parsed JSON, unwrapped if needed.

    Raises Problem if it is too large, JSON of another kind, or in the editor's own format (with
    instructions for exporting the API format).
    """
    try:
        count_values(value, depth=MAX_DEPTH, max_values=MAX_VALUES)
    except ValueError as error:
        raise json_problem(error, MAX_VALUES) from None
    graph = find_graph(value)
    if graph is None:
        raise _not_a_workflow_problem(value)
    nodes = {node_id: _node(node_id, raw) for node_id, raw in graph.items() if _is_node(raw)}
    inputs = sum(len(node.inputs) for node in nodes.values())
    if len(nodes) > MAX_NODES or inputs > MAX_INPUTS:
        raise too_many_nodes_problem(len(nodes), inputs)
    return Workflow(nodes, unread_entries_report(graph))


def too_large_problem(size_bytes: int) -> Problem:
    """Returns the problem for a file that is too large to be read."""
    return Problem(
        _("This file is larger than a workflow can be."),
        _("It has %d MB; a workflow has at most %d MB.")
        % (-(-size_bytes // _MB), MAX_BYTES // _MB),
        _export_advice(),
    )


def _export_advice() -> str:
    return _("Choose a file made by “Export (API)” in ComfyUI.")


def _decode(data: bytes) -> str:
    """Returns the text in a file: UTF-8, UTF-16 or UTF-32, with or without a byte order mark."""
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as error:
        if _CONTROL.search(data[:_SNIFF_BYTES]):
            raise
        raise Problem(
            _("This file cannot be read: its letters are not written in UTF-8."),
            _("Reading stopped at byte %d.") % error.start,
            _("Save it as UTF-8 in an editor, or export it from ComfyUI again."),
            technical=str(error),
        ) from None


def json_problem(error: ValueError, max_values: int) -> Problem:
    """Returns the problem for text that `read_json` refused, given its limit of values."""
    advice = _export_advice()
    match error:
        case TooDeep():
            title = _("This file is nested too deeply to be a workflow.")
            detail = _("It has more than %d levels in one another.") % MAX_DEPTH
        case TooMany():
            title = _("This file holds more values than a workflow can have.")
            detail = _("It has more than %d.") % max_values
        case TooLong():
            title = _("This file holds a number that is too long to be read.")
            detail = _("It has more than %d digits; ComfyUI cannot read it either.") % MAX_DIGITS
            advice = _("Correct it in the workflow that the file was made of.")
        case _no_json:
            title, detail = _("This file is not JSON."), json_error_position(error)
            return Problem(title, detail, advice, technical=str(error))
    return Problem(title, detail, advice)


def json_error_position(error: ValueError) -> str:
    """Returns where reading of JSON stopped, as text; "" if that is unknown."""
    if not isinstance(error, json.JSONDecodeError):
        return ""
    return _("Reading stopped in line %d, column %d.") % (error.lineno, error.colno)


def too_many_nodes_problem(nodes: int, inputs: int) -> Problem:
    """Returns the problem for a workflow that is too large for the tree."""
    return Problem(
        _("This workflow is too large to be shown."),
        _("It has %d nodes and %d inputs; at most %d nodes and %d inputs can be shown.")
        % (nodes, inputs, MAX_NODES, MAX_INPUTS),
        _("Split it in ComfyUI, then export its parts."),
    )


def find_graph(value: Json) -> JsonObject | None:
    """Returns the API-format graph in parsed JSON, unwrapped if needed; None if there is none."""
    for each in unwrapped(value):
        if isinstance(each, dict) and any(map(_is_node, each.values())):
            return each
    return None


def unwrapped(value: Json) -> Iterator[Json]:
    """Yields parsed JSON itself, then the values at the places where files wrap a graph."""
    yield value
    for path in _WRAPPERS:
        inner = value
        for step in path:
            inner = object_or_empty(inner).get(step)
        if inner is not None:
            yield inner


def is_editor_format(value: Json) -> bool:
    """Returns True if this JSON is a workflow in the editor's format."""
    return isinstance(value, dict) and isinstance(value.get("nodes"), list)


def _node(node_id: str, raw: JsonObject) -> Node:
    class_type = string_or_empty(raw["class_type"])
    title = string_or_empty(object_or_empty(raw.get("_meta")).get("title"))
    return Node(node_id, class_type, title, object_or_empty(raw.get("inputs")))


def _not_a_workflow_problem(value: Json) -> Problem:
    if any(is_editor_format(each) for each in unwrapped(value)):
        return Problem(
            _("This is a workflow in the editor's own format, which the API cannot run."),
            advice=_(
                "Open it in ComfyUI, choose Workflow > Export (API), and open the file it makes."
            ),
        )
    return Problem(
        _("This JSON file is not a ComfyUI workflow."),
        _("No node with a class_type was found in it."),
        _export_advice(),
    )


def _is_node(raw: Json) -> TypeGuard[JsonObject]:
    """Reports whether an entry of a graph is a node; ComfyUI refuses any other."""
    return isinstance(raw, dict) and isinstance(raw.get("class_type"), str)


def unread_entries_report(graph: JsonObject) -> ConversionReport | None:
    """Returns the report on the parts of a graph that are not read; None if everything is read.

    These are entries that are not nodes, and nodes whose inputs are not an object.
    """
    skipped_keys = [
        key
        for key, raw in graph.items()
        if not _is_node(raw) or not isinstance(raw.get("inputs", {}), dict)
    ]
    if not skipped_keys:
        return None
    remarks = [_remark(key, graph[key]) for key in skipped_keys[:MAX_NAMED_ENTRIES]]
    more = len(skipped_keys) - len(remarks)
    if more:
        text = n_("%d more is not listed.", "%d more are not listed.", more)
        remarks.append(Remark("", "", text % more))
    nodes = sum(map(_is_node, graph.values()))
    return ConversionReport(tuple(remarks), nodes, len(skipped_keys), is_converted=False)


def _remark(key: str, raw: Json) -> Remark:
    if not isinstance(raw, dict):
        return Remark("", "", _("“%s” is %s, not a node.") % (inline_text(key), _kind_text(raw)))
    if "class_type" not in raw:
        return Remark("", "", _("“%s” has no class_type, so it is not a node.") % inline_text(key))
    class_type = raw["class_type"]
    if not isinstance(class_type, str):
        text = _("The class_type of “%s” is %s, not text, so it is not a node.")
        return Remark("", "", text % (inline_text(key), _kind_text(class_type)))
    text = _("Its inputs are %s, not an object, so it has none here.")
    return Remark(key, one_line(class_type), text % _kind_text(raw["inputs"]))


def _kind_text(value: Json) -> str:
    texts = {
        bool: _("true or false"),
        str: _("text"),
        list: _("a list"),
        dict: _("an object"),
        type(None): _("null"),
    }
    return texts.get(type(value), _("a number"))
