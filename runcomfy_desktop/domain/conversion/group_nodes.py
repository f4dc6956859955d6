"""Converts the group nodes of older files into subgraphs, as the editor does when it opens a file.

Each group node gets its own definition: the inner nodes with the values that were entered on the
group node, and the links into and out of the group.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import (
    list_or_empty,
    object_or_empty,
    objects_in,
    string_or_empty,
)
from runcomfy_desktop.domain.conversion import custom_combo
from runcomfy_desktop.domain.conversion.class_defs import ClassDef, InputDef
from runcomfy_desktop.domain.conversion.editor_json import (
    GroupDefinition,
    NamedValues,
    as_id,
    as_slot,
    as_text,
    item_at,
)
from runcomfy_desktop.domain.conversion.virtual_nodes import GET_NODES, NOTES, REROUTES, SET_NODES
from runcomfy_desktop.domain.conversion.widgets import (
    build_widgets,
    restore_named,
    restore_saved,
)
from runcomfy_desktop.domain.workflow.workflow import MAX_NODES, SEED_NAMES

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.class_defs import ClassDefs

# Older editors wrote the first prefix, later ones the second.
_PREFIXES = ("workflow/", "workflow>")
PRIMITIVE, REROUTE = "PrimitiveNode", "Reroute"
_VIRTUAL = NOTES | REROUTES | SET_NODES | GET_NODES | {PRIMITIVE}


@dataclass(frozen=True, slots=True)
class GroupLink:
    """Link inside a group: indexes of nodes and slots; `type` is the type of its value."""

    origin: int
    origin_slot: int
    target: int
    target_slot: int
    type: str


@dataclass(slots=True)
class GroupNode:
    """Group as saved in the file; `inner_of` maps outer input names to inner nodes and inputs."""

    nodes: list[JsonObject]
    links: list[GroupLink] = field(default_factory=list)
    inner_of: dict[str, tuple[int, str]] = field(default_factory=dict)
    outputs: list[tuple[int, int]] = field(default_factory=list)
    inputs: dict[str, InputDef] = field(default_factory=dict)


def read_group(raw: Json, classes: ClassDefs) -> GroupNode | None:
    """Reads a group node, in which older editors combined several nodes.

    Its widgets and inputs are those of the inner nodes, in their order; duplicate names are
    changed. Returns None if the group is malformed or contains an unknown class.
    """
    raw = object_or_empty(raw)
    listed = raw.get("nodes")
    nodes = objects_in(listed)
    kinds = [as_text(node.get("type")) for node in nodes]
    known = all(kind in _VIRTUAL or classes.get(kind) is not None for kind in kinds)
    if not nodes or nodes != listed or not known:
        return None
    group = GroupNode(nodes, _read_links(raw.get("links"), len(nodes)))
    _GroupNodeReader(group, raw, classes).read()
    return group


def _read_links(links: Json, count: int) -> list[GroupLink]:
    found = []
    for each in map(list_or_empty, list_or_empty(links)):
        if len(each) < 4:
            continue
        origin, origin_slot, target, target_slot = (as_slot(part) for part in each[:4])
        if 0 <= origin < count and 0 <= target < count and origin_slot >= 0 and target_slot >= 0:
            kind = as_text(each[5]) if len(each) > 5 else ""
            found.append(GroupLink(origin, origin_slot, target, target_slot, kind))
    return found


class _GroupNodeReader:
    """Finds a group's inputs and outputs by visiting the inner nodes in the editor's order."""

    def __init__(self, group: GroupNode, raw: JsonObject, classes: ClassDefs) -> None:
        self._group = group
        self._classes = classes
        self._config = raw.get("config")
        self._incoming = {(each.target, each.target_slot): each for each in group.links}
        self._outgoing: dict[tuple[int, int], list[GroupLink]] = {}
        for each in group.links:
            self._outgoing.setdefault((each.origin, each.origin_slot), []).append(each)
        external = map(list_or_empty, list_or_empty(raw.get("external")))
        self._external_types = {
            (as_slot(ends[0]), as_slot(ends[1])): as_text(ends[2])
            for ends in external
            if len(ends) > 2
        }
        self._name_counts: dict[str, int] = {}

    def read(self) -> None:
        deferred: list[tuple[int, InputDef]] = []
        for index, node in enumerate(self._group.nodes):
            kind = as_text(node.get("type"))
            if kind == PRIMITIVE:
                definition = self._primitive(index)
            elif kind == REROUTE:
                definition = self._reroute(index)
            else:
                definition = self._classes.get(kind)
            if definition is not None:
                deferred += self._add_inputs(index, node, definition)
                self._add_outputs(index, definition)
        # Widgets that were converted to inputs follow all others.
        for index, each in deferred:
            self._add(index, each)

    def _primitive(self, index: int) -> ClassDef | None:
        """Returns the class of a primitive: one widget of the kind of its target."""
        links = self._outgoing.get((index, 0))
        if not links:
            return None
        target = self._group.nodes[links[0].target]
        name = _slot_text(target, "inputs", links[0].target_slot, "name")
        known = self._classes.get(as_text(target.get("type")))
        named = (each for each in (known.inputs if known else ()) if each.name == name)
        target_input = next(named, InputDef(name, links[0].type or "*", {}))
        options = {**target_input.options, "control_after_generate": True}
        inputs = (replace(target_input, name="value", options=options),)
        return ClassDef(PRIMITIVE, "", inputs, (target_input.type,))

    def _reroute(self, index: int) -> ClassDef | None:
        outgoing = self._outgoing.get((index, 0), [])
        if outgoing and (index, 0) in self._incoming and (index, 0) not in self._external_types:
            return None
        nodes, incoming = self._group.nodes, self._incoming.get((index, 0))
        kinds = [
            _slot_text(nodes[link.target], "inputs", link.target_slot, "type") for link in outgoing
        ]
        if not outgoing and incoming is not None:
            origin = nodes[incoming.origin]
            kinds = [_slot_text(origin, "outputs", incoming.origin_slot, "type") or incoming.type]
        kind = next((each for each in kinds if each not in ("", "*")), "")
        kind = kind or self._external_types.get((index, 0), "") or "*"
        return ClassDef(REROUTE, "", (InputDef(kind, kind, {"forceInput": True}),), (kind,))

    def _add_inputs(
        self, index: int, node: JsonObject, definition: ClassDef
    ) -> list[tuple[int, InputDef]]:
        """Adds the inputs that the group shows; returns the converted widgets, which come last."""
        inputs = objects_in(node.get("inputs"))
        saved = [as_text(each.get("name")) for each in inputs]
        converted_widgets = {as_text(each.get("name")) for each in inputs if each.get("widget")}
        deferred: list[tuple[int, InputDef]] = []
        slots: list[InputDef] = []
        for each in definition.inputs:
            if not each.widget_type:
                slots.append(each)
            elif each.name in converted_widgets:
                deferred.append((saved.index(each.name), each))
            else:
                self._add(index, each)
        is_reroute = definition.name == REROUTE
        for each in slots:
            slot = 0 if is_reroute else saved.index(each.name) if each.name in saved else -1
            if (index, slot) not in self._incoming:
                self._add(index, each)
        deferred = [found for found in deferred if (index, found[0]) not in self._incoming]
        # The editor sorts these numbers as strings.
        return [(index, each) for _slot, each in sorted(deferred, key=lambda found: str(found[0]))]

    def _add(self, index: int, each: InputDef) -> None:
        node = self._group.nodes[index]
        slot_config = self._slot_config(index, "input", each.name)
        labels = (
            label
            for one in objects_in(node.get("inputs"))
            if one.get("name") == each.name and isinstance(label := one.get("label"), str) and label
        )
        given = slot_config.get("name")
        name = given if isinstance(given, str) else next(labels, each.name)
        title, key, prefix = node.get("title"), name, ""
        kind = as_text(node.get("type"))
        if (kind == PRIMITIVE and title) or name in self._name_counts:
            prefix = f"{title if isinstance(title, str) else kind} "
            key = name = f"{prefix}{each.name}"
            if name in self._name_counts:
                name = f"{prefix}{self._name_counts[name]} {each.name}"
        self._name_counts[key] = self._name_counts.get(key, 1) + 1
        if slot_config.get("visible") is False and not each.widget_type:
            return
        options = each.options
        if each.name in SEED_NAMES:
            options = {**options, "control_after_generate": f"{prefix}control_after_generate"}
        self._group.inputs[name] = replace(each, name=name, options=options)
        self._group.inner_of[name] = (index, each.name)

    def _add_outputs(self, index: int, definition: ClassDef) -> None:
        for slot in range(len(definition.outputs)):
            key = (index, slot)
            is_inside = key in self._outgoing and key not in self._external_types
            visible = self._slot_config(index, "output", str(slot)).get("visible")
            if visible if isinstance(visible, bool) else not is_inside:
                self._group.outputs.append(key)

    def _slot_config(self, index: int, side: str, name: str) -> JsonObject:
        """Returns the user's configuration of an input or output of the group."""
        value = object_or_empty(self._config)
        for part in (str(index), side, name):
            value = object_or_empty(value.get(part))
        return value


def _slot_text(node: JsonObject, side: str, slot: int, member: str) -> str:
    """Returns the name or type of a saved input or output; "" if there is no such slot."""
    slots = objects_in(node.get(side))
    return as_text(slots[slot].get(member)) if slot < len(slots) else ""


def convert_group_nodes(raw_workflow: JsonObject, classes: ClassDefs) -> JsonObject:
    """Returns `raw_workflow` with a subgraph in place of each group node.

    Groups that cannot be read stay unchanged.
    """
    raw_groups = object_or_empty(object_or_empty(raw_workflow.get("extra")).get("groupNodes"))
    if not raw_groups:
        return raw_workflow
    return _GroupNodeConverter(raw_workflow, raw_groups, classes).convert()


class _GroupNodeConverter:
    """Converts the group nodes of one file; new ids continue after the file's last id."""

    def __init__(
        self, raw_workflow: JsonObject, raw_groups: JsonObject, classes: ClassDefs
    ) -> None:
        self._raw_workflow = raw_workflow
        self._raw_groups = raw_groups
        self._classes = classes
        self._groups: dict[str, GroupNode | None] = {}
        self._remaining = MAX_NODES
        numbers = [as_slot(node.get("id"), 0) for node in objects_in(raw_workflow.get("nodes"))]
        self._last_id = max([0, as_slot(raw_workflow.get("last_node_id"), 0), *numbers])
        self._definitions: list[Json] = []
        self._renamed: dict[str, int] = {}

    def convert(self) -> JsonObject:
        raw = self._raw_workflow
        nodes = [self._node(each) for each in list_or_empty(raw.get("nodes"))]
        if not self._definitions:
            return raw
        definitions = object_or_empty(raw.get("definitions"))
        subgraphs: list[Json] = [*objects_in(definitions.get("subgraphs")), *self._definitions]
        return {
            **raw,
            "nodes": nodes,
            "links": [self._link(each) for each in list_or_empty(raw.get("links"))],
            "definitions": {**definitions, "subgraphs": subgraphs},
        }

    def _node(self, raw: Json) -> Json:
        """Returns the node that stands for a group node's subgraph; any other node is unchanged."""
        if not isinstance(raw, dict):
            return raw
        kind = string_or_empty(raw.get("type"))
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
        graph_id = f"{kind}#{node_id}"
        inside = _subgraph_definition(group, self._classes, raw, first)
        self._definitions.append(GroupDefinition({"id": graph_id, "name": name, **inside}))
        self._renamed[node_id] = self._last_id
        kept: list[Json] = [
            {"name": str(at), "type": each.get("type"), "link": each.get("link")}
            for at, each in enumerate(objects_in(raw.get("inputs")))
        ]
        same = {name: raw.get(name) for name in ("title", "mode", "outputs")}
        return {**same, "id": self._last_id, "type": graph_id, "inputs": kept}

    def _link(self, raw: Json) -> Json:
        """Returns a link with group nodes at its ends replaced by the new nodes."""
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


def _subgraph_definition(
    group: GroupNode, classes: ClassDefs, raw: JsonObject, first: int
) -> JsonObject:
    """Returns the definition of the subgraph; inner nodes get ids from `first` on."""
    nodes: list[JsonObject] = []
    values = _entered_values(group, raw)
    for index, node in enumerate(group.nodes):
        inputs: list[Json] = [{**each, "link": None} for each in objects_in(node.get("inputs"))]
        new = {**node, "id": first + index, "inputs": inputs}
        _set_values(new, classes, values.get(index, {}))
        nodes.append(new)
    links: list[list[Json]] = []

    def add_link(origin: int, origin_slot: int, target: int, target_slot: int) -> int:
        links.append([len(links) + 1, origin, origin_slot, target, target_slot])
        return len(links)

    for each in group.links:
        ends = first + each.origin, each.origin_slot, first + each.target, each.target_slot
        _connect(nodes[each.target], each.target_slot, add_link(*ends))
    slots: list[Json] = []
    for at, outer in enumerate(objects_in(raw.get("inputs"))):
        own: list[Json] = []
        slots.append({"name": str(at), "type": outer.get("type"), "linkIds": own})
        inner = group.inner_of.get(as_text(outer.get("name")))
        if inner is None or not as_id(outer.get("link")):
            continue
        slot = _inner_slot(nodes[inner[0]], inner[1], outer)
        own.append(add_link(-10, at, first + inner[0], slot))
        _connect(nodes[inner[0]], slot, len(links))
    outputs: list[Json] = []
    saved = objects_in(raw.get("outputs"))
    for at, (index, slot) in enumerate(group.outputs):
        kind = saved[at].get("type") if at < len(saved) else "*"
        to = add_link(first + index, slot, -20, at)
        outputs.append({"name": str(at), "type": kind, "linkIds": [to]})
    _set_output_links(nodes, links)
    return {"nodes": list(nodes), "links": list(links), "inputs": slots, "outputs": outputs}


def _set_output_links(nodes: list[JsonObject], links: list[list[Json]]) -> None:
    """Stores the ids of the outgoing links at each output."""
    links_by_output: dict[tuple[Json, ...], list[Json]] = {}
    for link_id, origin, slot, *_end in links:
        links_by_output.setdefault((origin, slot), []).append(link_id)
    for node in nodes:
        node["outputs"] = [
            {**each, "links": links_by_output.get((node["id"], at), [])}
            for at, each in enumerate(objects_in(node.get("outputs")))
        ]


def _connect(node: JsonObject, slot: int, link: int) -> None:
    each = item_at(list_or_empty(node["inputs"]), slot)
    if isinstance(each, dict):
        each["link"] = link


def _inner_slot(node: JsonObject, name: str, outer: JsonObject) -> int:
    """Returns the index of an inner input; an input that is missing in the file is added."""
    inputs = list_or_empty(node["inputs"])
    names = [each.get("name") for each in objects_in(inputs)]
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
    """Returns the values entered on a group node, by inner node index and inner input name."""
    # The class that the editor made from the group.
    name = as_text(raw.get("type"))
    definition = ClassDef(name, name, tuple(group.inputs.values()), ())
    node_widgets = build_widgets(definition)
    restore_saved(definition, node_widgets, raw.get("widgets_values"))
    found: dict[int, dict[str, Json]] = {}
    for widget in node_widgets.widgets:
        inner = group.inner_of.get(widget.name)
        if inner is not None and widget.is_sent:
            found.setdefault(inner[0], {})[inner[1]] = widget.value
    return found


def _set_values(node: JsonObject, classes: ClassDefs, values: dict[str, Json]) -> None:
    """Copies the values that were entered on the group node to an inner node."""
    kind = as_text(node.get("type"))
    if kind == PRIMITIVE:
        if "value" in values:
            node["widgets_values"] = [values["value"]]
        return
    known = classes.get(kind)
    if known is None or not values or kind == custom_combo.CLASS:
        return
    node_widgets = build_widgets(known)
    restore_saved(known, node_widgets, node.get("widgets_values"))
    restore_named(node_widgets, values)
    node["widgets_values"] = NamedValues({each.name: each.value for each in node_widgets.widgets})
