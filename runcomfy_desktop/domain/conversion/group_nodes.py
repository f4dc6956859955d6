"""Makes subgraphs of the group nodes of older files, as the editor does when it opens one.

What a group node holds becomes a definition of its own for each such node: its inner nodes with
the values that were entered on the group node, and wires to and from the outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion import custom_combo
from runcomfy_desktop.domain.conversion.editor_json import (
    GroupDefinition,
    NamedValues,
    as_id,
    as_slot,
    as_text,
    objects,
)
from runcomfy_desktop.domain.conversion.group_inputs import PRIMITIVE, GroupNode, read_group
from runcomfy_desktop.domain.conversion.widgets import (
    build_widgets,
    restore_named,
    restore_values,
    without_forced_inputs,
)
from runcomfy_desktop.domain.workflow.workflow import MAX_NODES

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.class_defs import ClassDefs

# Older editors wrote the first, later ones the second.
_PREFIXES = ("workflow/", "workflow>")


def convert_group_nodes(raw_workflow: JsonObject, classes: ClassDefs) -> JsonObject:
    """`raw_workflow` with a subgraph in place of each group node; groups that cannot be read
    stay."""
    extra = raw_workflow.get("extra")
    raw_groups = extra.get("groupNodes") if isinstance(extra, dict) else None
    if not isinstance(raw_groups, dict) or not raw_groups:
        return raw_workflow
    return _GroupNodeConverter(raw_workflow, raw_groups, classes).convert()


class _GroupNodeConverter:
    """Goes through the nodes of one file, counting ids on from its last one."""

    def __init__(
        self, raw_workflow: JsonObject, raw_groups: JsonObject, classes: ClassDefs
    ) -> None:
        self._raw_workflow = raw_workflow
        self._raw_groups = raw_groups
        self._classes = classes
        self._groups: dict[str, GroupNode | None] = {}
        self._remaining = MAX_NODES
        numbers = [as_slot(node.get("id"), 0) for node in objects(raw_workflow.get("nodes"))]
        self._last_id = max([0, as_slot(raw_workflow.get("last_node_id"), 0), *numbers])
        self._definitions: list[Json] = []
        self._renamed: dict[str, int] = {}

    def convert(self) -> JsonObject:
        listed = self._raw_workflow.get("nodes")
        nodes = [self._node(each) for each in (listed if isinstance(listed, list) else [])]
        if not self._definitions:
            return self._raw_workflow
        links = self._raw_workflow.get("links")
        definitions = self._raw_workflow.get("definitions")
        definitions = definitions if isinstance(definitions, dict) else {}
        subgraphs: list[Json] = [*objects(definitions.get("subgraphs")), *self._definitions]
        return {
            **self._raw_workflow,
            "nodes": nodes,
            "links": [self._link(each) for each in (links if isinstance(links, list) else [])],
            "definitions": {**definitions, "subgraphs": subgraphs},
        }

    def _node(self, raw: Json) -> Json:
        """The node that stands for the subgraph in place of a group node."""
        kind = raw.get("type") if isinstance(raw, dict) else None
        if not isinstance(raw, dict) or not isinstance(kind, str):
            return raw
        if not kind.startswith(_PREFIXES):
            return raw
        name = kind[len(_PREFIXES[0]) :]
        if name not in self._groups:
            self._groups[name] = read_group(self._raw_groups.get(name), self._classes)
        group = self._groups[name]
        node_id = as_id(raw.get("id"))
        if group is None or not node_id or len(group.nodes) + len(group.links) > self._remaining:
            return raw
        self._remaining -= len(group.nodes) + len(group.links)
        first = self._last_id + 1
        self._last_id += len(group.nodes) + 1
        inputs = objects(raw.get("inputs"))
        graph_id = f"{kind}#{node_id}"
        inside = _subgraph_definition(group, self._classes, raw, first)
        self._definitions.append(GroupDefinition({"id": graph_id, "name": name, **inside}))
        self._renamed[node_id] = self._last_id
        kept: list[Json] = [{"name": str(at), **_slot_link(each)} for at, each in enumerate(inputs)]
        return {
            "id": self._last_id,
            "type": graph_id,
            "title": raw.get("title"),
            "mode": raw.get("mode"),
            "inputs": kept,
            "outputs": raw.get("outputs"),
        }

    def _link(self, raw: Json) -> Json:
        """A wire from or to a group node, from or to the new node in its place."""
        if isinstance(raw, dict):
            ends = {
                key: self._renamed[number]
                for key in ("origin_id", "target_id")
                if (number := as_id(raw.get(key))) in self._renamed
            }
            return {**raw, **ends}
        if isinstance(raw, list):
            return [
                self._renamed.get(as_id(part), part) if index in (1, 3) else part
                for index, part in enumerate(raw)
            ]
        return raw


def _slot_link(raw: JsonObject) -> JsonObject:
    return {"type": raw.get("type"), "link": raw.get("link")}


def _subgraph_definition(
    group: GroupNode, classes: ClassDefs, raw: JsonObject, first: int
) -> JsonObject:
    """The definition: inner nodes get ids from `first` on."""
    nodes: list[JsonObject] = []
    values = _entered_values(group, raw)
    for index, node in enumerate(group.nodes):
        inputs: list[Json] = [{**each, "link": None} for each in objects(node.get("inputs"))]
        new = {**node, "id": first + index, "inputs": inputs}
        _set_values(new, classes, values.get(index, {}))
        nodes.append(new)
    links: list[list[Json]] = []

    def add_link(origin: int, origin_slot: int, target: int, target_slot: int) -> int:
        links.append([len(links) + 1, origin, origin_slot, target, target_slot])
        return len(links)

    for each in group.links:
        target, slot = first + each.target, each.target_slot
        link = add_link(first + each.origin, each.origin_slot, target, slot)
        _connect(nodes[each.target], slot, link)
    slots: list[Json] = []
    for at, outer in enumerate(objects(raw.get("inputs"))):
        own: list[Json] = []
        slots.append({"name": str(at), "type": outer.get("type"), "linkIds": own})
        inner = group.inner_of.get(as_text(outer.get("name")))
        if inner is None or not as_id(outer.get("link")):
            continue
        slot = _inner_slot(nodes[inner[0]], inner[1], outer)
        own.append(add_link(-10, at, first + inner[0], slot))
        _connect(nodes[inner[0]], slot, len(links))
    outputs: list[Json] = []
    saved = objects(raw.get("outputs"))
    for at, (index, slot) in enumerate(group.outputs):
        kind = saved[at].get("type") if at < len(saved) else "*"
        to = add_link(first + index, slot, -20, at)
        outputs.append({"name": str(at), "type": kind, "linkIds": [to]})
    _set_output_links(nodes, links)
    return {"nodes": list(nodes), "links": list(links), "inputs": slots, "outputs": outputs}


def _set_output_links(nodes: list[JsonObject], links: list[list[Json]]) -> None:
    """Writes at each output which wires begin there."""
    links_by_output: dict[tuple[Json, ...], list[Json]] = {}
    for link_id, origin, slot, *_end in links:
        links_by_output.setdefault((origin, slot), []).append(link_id)
    for node in nodes:
        node["outputs"] = [
            {**each, "links": links_by_output.get((node["id"], at), [])}
            for at, each in enumerate(objects(node.get("outputs")))
        ]


def _connect(node: JsonObject, slot: int, link: int) -> None:
    inputs = node["inputs"]
    assert isinstance(inputs, list)
    if slot < len(inputs) and isinstance(each := inputs[slot], dict):
        each["link"] = link


def _inner_slot(node: JsonObject, name: str, outer: JsonObject) -> int:
    """The place of an inner input; one that the file does not hold is added."""
    inputs = node["inputs"]
    assert isinstance(inputs, list)
    names = [each.get("name") for each in objects(inputs)]
    if node.get("type") == "Reroute" and names:
        return 0
    if name not in names:
        added: JsonObject = {"name": name, "type": outer.get("type")}
        if isinstance(outer.get("widget"), dict):
            added["widget"] = {"name": name}
        inputs.append(added)
        names.append(name)
    return names.index(name)


def _entered_values(group: GroupNode, raw: JsonObject) -> dict[int, dict[str, Json]]:
    """The values on the group node, by the inner nodes' numbers and their own names."""
    definition = group.definition(as_text(raw.get("type")))
    node_widgets = build_widgets(definition)
    saved = raw.get("widgets_values")
    if isinstance(saved, list):
        restore_values(node_widgets, without_forced_inputs(definition, node_widgets, saved))
    elif isinstance(saved, dict):
        restore_named(node_widgets, saved)
    found: dict[int, dict[str, Json]] = {}
    for widget in node_widgets.widgets:
        inner = group.inner_of.get(widget.name)
        if inner is not None and widget.is_sent:
            found.setdefault(inner[0], {})[inner[1]] = widget.value
    return found


def _set_values(node: JsonObject, classes: ClassDefs, values: dict[str, Json]) -> None:
    """Puts the values that were entered on the group node into an inner node."""
    kind = as_text(node.get("type"))
    if kind == PRIMITIVE:
        if "value" in values:
            node["widgets_values"] = [values["value"]]
        return
    known = classes.get(kind)
    if known is None or not values or kind == custom_combo.CLASS:
        return
    node_widgets = build_widgets(known)
    saved = node.get("widgets_values")
    if isinstance(saved, list):
        restore_values(node_widgets, without_forced_inputs(known, node_widgets, saved))
    elif isinstance(saved, dict):
        restore_named(node_widgets, saved)
    restore_named(node_widgets, values)
    node["widgets_values"] = NamedValues({each.name: each.value for each in node_widgets.widgets})
