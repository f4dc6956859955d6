"""The names that the inputs of a group node's inner nodes have on the group node itself.

Older editors made one node of several: its widgets and inputs are those of the inner nodes, in
their order, with another name where two have the same one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.class_defs import ClassDef, InputDef
from runcomfy_desktop.domain.conversion.editor_json import as_slot, as_text, objects
from runcomfy_desktop.domain.conversion.virtual_nodes import GET_NODES, NOTES, REROUTES, SET_NODES

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.class_defs import ClassDefs

PRIMITIVE, REROUTE = "PrimitiveNode", "Reroute"
_VIRTUAL = NOTES | REROUTES | SET_NODES | GET_NODES | {PRIMITIVE}
_SEED_NAMES = ("seed", "noise_seed")


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A wire inside: numbers of nodes and slots. `type` is what runs through it."""

    origin: int
    origin_slot: int
    target: int
    target_slot: int
    type: str


@dataclass(slots=True)
class GroupNode:
    """A group as the file holds it; `inner_of` says which inner input has a name outside."""

    nodes: list[JsonObject]
    links: list[GroupLink] = field(default_factory=list)
    inner_of: dict[str, tuple[int, str]] = field(default_factory=dict)
    outputs: list[tuple[int, int]] = field(default_factory=list)
    inputs: dict[str, InputDef] = field(default_factory=dict)

    def definition(self, name: str) -> ClassDef:
        """The class that the editor made of the group."""
        return ClassDef(name, name, tuple(self.inputs.values()), ())


def read_group(raw: Json, classes: ClassDefs) -> GroupNode | None:
    """A group out of the file; nothing when it holds a class that is not known."""
    listed = raw.get("nodes") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(listed, list):
        return None
    nodes = objects(listed)
    kinds = [as_text(node.get("type")) for node in nodes]
    known = all(kind in _VIRTUAL or classes.get(kind) is not None for kind in kinds)
    if not nodes or len(nodes) != len(listed) or not known:
        return None
    group = GroupNode(nodes, _read_links(raw.get("links"), len(nodes)))
    _GroupNodeReader(group, raw, classes).read()
    return group


def _read_links(links: Json, count: int) -> list[GroupLink]:
    found = []
    for each in links if isinstance(links, list) else []:
        if not isinstance(each, list) or len(each) < 4:
            continue
        origin, origin_slot, target, target_slot = (as_slot(part) for part in each[:4])
        if 0 <= origin < count and 0 <= target < count and origin_slot >= 0 and target_slot >= 0:
            kind = as_text(each[5]) if len(each) > 5 else ""
            found.append(GroupLink(origin, origin_slot, target, target_slot, kind))
    return found


class _GroupNodeReader:
    """Goes through the inner nodes as the editor does when it makes the class."""

    def __init__(self, group: GroupNode, raw: JsonObject, classes: ClassDefs) -> None:
        self._group = group
        self._classes = classes
        config = raw.get("config")
        self._config: JsonObject = config if isinstance(config, dict) else {}
        self._incoming = {(each.target, each.target_slot): each for each in group.links}
        self._outgoing: dict[tuple[int, int], list[GroupLink]] = {}
        for each in group.links:
            self._outgoing.setdefault((each.origin, each.origin_slot), []).append(each)
        self._external_types: dict[tuple[int, int], str] = {}
        external = raw.get("external")
        for ends in external if isinstance(external, list) else []:
            if isinstance(ends, list) and len(ends) > 2:
                self._external_types[as_slot(ends[0]), as_slot(ends[1])] = as_text(ends[2])
        self._name_counts: dict[str, int] = {}

    def read(self) -> None:
        deferred: list[tuple[int, InputDef]] = []
        for index, node in enumerate(self._group.nodes):
            definition = self._definition(index, node)
            if definition is not None:
                deferred += self._add_inputs(index, node, definition)
                self._add_outputs(index, definition)
        # Widgets that were made inputs stand after all others.
        for index, each in deferred:
            self._add(index, each)

    def _definition(self, index: int, node: JsonObject) -> ClassDef | None:
        kind = as_text(node.get("type"))
        if kind == PRIMITIVE:
            return self._primitive(index)
        if kind == REROUTE:
            return self._reroute(index)
        return self._classes.get(kind)

    def _primitive(self, index: int) -> ClassDef | None:
        """A primitive is a widget of the kind that it leads to."""
        links = self._outgoing.get((index, 0))
        if not links:
            return None
        target = self._group.nodes[links[0].target]
        name = _input_name(target, links[0].target_slot)
        known = self._classes.get(as_text(target.get("type")))
        inputs = () if known is None else known.inputs
        target_input = next((each for each in inputs if each.name == name), None)
        target_input = target_input or InputDef(name, links[0].type or "*", {})
        options = {**target_input.options, "control_after_generate": True}
        return ClassDef(
            PRIMITIVE,
            "",
            (replace(target_input, name="value", options=options),),
            (target_input.type,),
        )

    def _reroute(self, index: int) -> ClassDef | None:
        outgoing = self._outgoing.get((index, 0), [])
        if outgoing and (index, 0) in self._incoming and (index, 0) not in self._external_types:
            return None
        kinds = [_input_type(self._group.nodes[link.target], link.target_slot) for link in outgoing]
        incoming = self._incoming.get((index, 0))
        if not outgoing and incoming is not None:
            kinds = [_output_type(self._group.nodes[incoming.origin], incoming)]
        kind = next((each for each in kinds if each not in ("", "*")), "")
        kind = kind or self._external_types.get((index, 0), "") or "*"
        return ClassDef(REROUTE, "", (InputDef(kind, kind, {"forceInput": True}),), (kind,))

    def _add_inputs(
        self, index: int, node: JsonObject, definition: ClassDef
    ) -> list[tuple[int, InputDef]]:
        """Adds what is outside now; answers with the widgets that come after all others."""
        saved = [as_text(each.get("name")) for each in objects(node.get("inputs"))]
        converted_widgets = {
            as_text(each.get("name")) for each in objects(node.get("inputs")) if each.get("widget")
        }
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
        # The editor sorts these numbers as texts.
        return [(index, each) for _slot, each in sorted(deferred, key=lambda found: str(found[0]))]

    def _add(self, index: int, each: InputDef) -> None:
        node = self._group.nodes[index]
        slot_config = self._slot_config(index, "input", each.name)
        labels = (
            label
            for one in objects(node.get("inputs"))
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
        if each.name in _SEED_NAMES:
            options = {**options, "control_after_generate": f"{prefix}control_after_generate"}
        self._group.inputs[name] = replace(each, name=name, options=options)
        self._group.inner_of[name] = (index, each.name)

    def _add_outputs(self, index: int, definition: ClassDef) -> None:
        for slot in range(len(definition.outputs)):
            is_inside = (index, slot) in self._outgoing and (
                index,
                slot,
            ) not in self._external_types
            visible = self._slot_config(index, "output", str(slot)).get("visible")
            if visible if isinstance(visible, bool) else not is_inside:
                self._group.outputs.append((index, slot))

    def _slot_config(self, index: int, side: str, name: str) -> JsonObject:
        """What a person set for an input or output of the group."""
        value: Json = self._config
        for part in (str(index), side, name):
            value = value.get(part) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}


def _input_name(node: JsonObject, slot: int) -> str:
    inputs = objects(node.get("inputs"))
    return as_text(inputs[slot].get("name")) if slot < len(inputs) else ""


def _input_type(node: JsonObject, slot: int) -> str:
    inputs = objects(node.get("inputs"))
    return as_text(inputs[slot].get("type")) if slot < len(inputs) else ""


def _output_type(node: JsonObject, link: GroupLink) -> str:
    outputs = objects(node.get("outputs"))
    found = (
        as_text(outputs[link.origin_slot].get("type")) if link.origin_slot < len(outputs) else ""
    )
    return found or link.type
