"""Reads which inputs and results the author of an editor file chose to show.

App mode stores them in `extra.linearData`: `inputs` lists `[node id, widget name, ...]`, `outputs`
lists node ids. Ids are those of the outermost graph; some files have ids of inner nodes, others
`<graph id>:<node id>:<widget name>`. Entries of deleted nodes stay in the file.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.domain.base.json_value import list_or_empty, object_or_empty
from runcomfy_desktop.domain.conversion.editor_graph import NodeRole
from runcomfy_desktop.domain.conversion.editor_json import as_id
from runcomfy_desktop.domain.conversion.promoted_widgets import inner_targets
from runcomfy_desktop.domain.workflow.workflow import AuthorChoices, InputKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph, EditorNode
    from runcomfy_desktop.domain.workflow.workflow import Workflow

_Choice = TypeVar("_Choice", bound="InputKey | str")
_MAX_ENTRIES = 500
_MAX_DEPTH = 20
_WIDGET_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}:([^:]+):.*", re.DOTALL)


def read_author_choices(
    root: EditorGraph, raw_workflow: JsonObject, workflow: Workflow
) -> AuthorChoices | None:
    """Returns the choices that fit the exported `workflow`; None if there are none."""
    data = object_or_empty(object_or_empty(raw_workflow.get("extra")).get("linearData"))
    reader = _ChoicesReader(root, workflow)
    choices = AuthorChoices(
        _unique(reader.inputs(data)), _unique(reader.output_ids(data)), _unique(reader.promoted())
    )
    return choices if choices != AuthorChoices() else None


def _unique(found: Iterable[_Choice]) -> tuple[_Choice, ...]:
    return tuple(dict.fromkeys(found))


class _ChoicesReader:
    """Finds the exported nodes and inputs that saved entries mean."""

    def __init__(self, root: EditorGraph, workflow: Workflow) -> None:
        self._root = root
        self._workflow = workflow
        self._full_ids: dict[str, list[str]] = {}
        for full_id in workflow.nodes:
            self._full_ids.setdefault(full_id.rpartition(":")[2], []).append(full_id)

    def inputs(self, data: JsonObject) -> Iterator[InputKey]:
        for entry in list_or_empty(data.get("inputs"))[:_MAX_ENTRIES]:
            match entry:
                case [raw_id, str() as name, *_]:
                    node_id = _without_graph_id(as_id(raw_id))
                    node = self._root.nodes.get(node_id)
                    if node is not None:
                        yield from self._first_valid(_targets(node, name, ""))
                    else:
                        keys = [InputKey(each, name) for each in self._exported_ids(node_id)]
                        yield from self._first_valid(keys)

    def output_ids(self, data: JsonObject) -> Iterator[str]:
        for entry in list_or_empty(data.get("outputs"))[:_MAX_ENTRIES]:
            yield from self._exported_ids(as_id(entry))

    def promoted(self) -> Iterator[InputKey]:
        for node in self._root.nodes.values():
            if node.role is NodeRole.SUBGRAPH and not node.is_disabled:
                for each in node.inputs[:_MAX_ENTRIES]:
                    if each.promoted is not None and not each.link:
                        yield from self._first_valid(_targets(node, each.name, ""))

    def _exported_ids(self, node_id: str) -> list[str]:
        """Returns the exported id of a node in any graph; [] if it is not unique."""
        if node_id in self._workflow.nodes:
            return [node_id]
        found = self._full_ids.get(node_id, [])
        return found if len(found) == 1 else []

    def _first_valid(self, keys: Iterable[InputKey]) -> list[InputKey]:
        """Returns the first of `keys` that has a value of its own; [] if none has."""
        workflow = self._workflow
        valid = (key for key in keys if key in workflow and not workflow.is_linked(key))
        return list(islice(valid, 1))


def _without_graph_id(node_id: str) -> str:
    match = _WIDGET_ID.fullmatch(node_id)
    return node_id if match is None else match[1]


def _targets(node: EditorNode, name: str, prefix: str, depth: int = 0) -> Iterator[InputKey]:
    """Yields the inputs, with exported ids, that a widget of a node leads to."""
    node_id = prefix + node.node_id
    if node.role is not NodeRole.SUBGRAPH:
        yield InputKey(node_id, name)
        return
    slots = zip(node.inner_graph.inputs, node.inputs, strict=False)
    for slot, each in slots if depth < _MAX_DEPTH else ():
        if each.name == name:
            for inner, target in inner_targets(node.inner_graph, slot):
                yield from _targets(inner, target.widget or target.name, f"{node_id}:", depth + 1)
