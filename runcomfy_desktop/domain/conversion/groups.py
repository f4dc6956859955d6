"""Makes subgraphs of the group nodes of older files, as the editor does when it opens one.

What a group node holds becomes a definition of its own for each such node: its inner nodes with
the values that were entered on the group node, and wires to and from the outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion import custom_combo
from runcomfy_desktop.domain.conversion.group_names import PRIMITIVE, Group, read_group
from runcomfy_desktop.domain.conversion.raw import (
    EnteredValues,
    GroupDefinition,
    identity,
    objects,
    text,
    whole,
)
from runcomfy_desktop.domain.conversion.widgets import (
    build,
    restore,
    restore_named,
    without_forced,
)
from runcomfy_desktop.domain.workflow import MAX_NODES

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.specs import Classes
    from runcomfy_desktop.domain.json_value import Json, JsonObject

# Older editors wrote the first, later ones the second.
_BEGINNINGS = ("workflow/", "workflow>")


def without_groups(ui: JsonObject, classes: Classes) -> JsonObject:
    """`ui` with a subgraph in place of each group node; groups that cannot be read stay."""
    extra = ui.get("extra")
    held = extra.get("groupNodes") if isinstance(extra, dict) else None
    if not isinstance(held, dict) or not held:
        return ui
    return _Changer(ui, held, classes).changed()


class _Changer:
    """Goes through the nodes of one file, counting ids on from its last one."""

    def __init__(self, ui: JsonObject, held: JsonObject, classes: Classes) -> None:
        self._ui = ui
        self._held = held
        self._classes = classes
        self._groups: dict[str, Group | None] = {}
        self._left = MAX_NODES
        numbers = [whole(node.get("id"), 0) for node in objects(ui.get("nodes"))]
        self._last_id = max([0, whole(ui.get("last_node_id"), 0), *numbers])
        self._definitions: list[Json] = []
        self._renamed: dict[str, int] = {}

    def changed(self) -> JsonObject:
        listed = self._ui.get("nodes")
        nodes = [self._node(each) for each in (listed if isinstance(listed, list) else [])]
        if not self._definitions:
            return self._ui
        links = self._ui.get("links")
        definitions = self._ui.get("definitions")
        definitions = definitions if isinstance(definitions, dict) else {}
        subgraphs: list[Json] = [*objects(definitions.get("subgraphs")), *self._definitions]
        return {
            **self._ui,
            "nodes": nodes,
            "links": [self._link(each) for each in (links if isinstance(links, list) else [])],
            "definitions": {**definitions, "subgraphs": subgraphs},
        }

    def _node(self, raw: Json) -> Json:
        """The node that stands for the subgraph in place of a group node."""
        kind = raw.get("type") if isinstance(raw, dict) else None
        if not isinstance(raw, dict) or not isinstance(kind, str):
            return raw
        if not kind.startswith(_BEGINNINGS):
            return raw
        name = kind[len(_BEGINNINGS[0]) :]
        if name not in self._groups:
            self._groups[name] = read_group(self._held.get(name), self._classes)
        group = self._groups[name]
        node_id = identity(raw.get("id"))
        if group is None or not node_id or len(group.nodes) + len(group.wires) > self._left:
            return raw
        self._left -= len(group.nodes) + len(group.wires)
        first = self._last_id + 1
        self._last_id += len(group.nodes) + 1
        inputs = objects(raw.get("inputs"))
        graph_id = f"{kind}#{node_id}"
        inside = _inside(group, self._classes, raw, first)
        self._definitions.append(GroupDefinition({"id": graph_id, "name": name, **inside}))
        self._renamed[node_id] = self._last_id
        kept: list[Json] = [{"name": str(at), **_wired(each)} for at, each in enumerate(inputs)]
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
                if (number := identity(raw.get(key))) in self._renamed
            }
            return {**raw, **ends}
        if isinstance(raw, list):
            return [
                self._renamed.get(identity(part), part) if place in (1, 3) else part
                for place, part in enumerate(raw)
            ]
        return raw


def _wired(raw: JsonObject) -> JsonObject:
    return {"type": raw.get("type"), "link": raw.get("link")}


def _inside(group: Group, classes: Classes, raw: JsonObject, first: int) -> JsonObject:
    """The definition: inner nodes get ids from `first` on."""
    nodes: list[JsonObject] = []
    values = _values(group, raw)
    for index, node in enumerate(group.nodes):
        inputs: list[Json] = [{**each, "link": None} for each in objects(node.get("inputs"))]
        new = {**node, "id": first + index, "inputs": inputs}
        _give_values(new, classes, values.get(index, {}))
        nodes.append(new)
    wires: list[list[Json]] = []

    def wire(origin: int, origin_slot: int, target: int, target_slot: int) -> int:
        wires.append([len(wires) + 1, origin, origin_slot, target, target_slot])
        return len(wires)

    for each in group.wires:
        _plug(
            nodes[each.target],
            each.target_slot,
            wire(first + each.origin, each.origin_slot, first + each.target, each.target_slot),
        )
    slots: list[Json] = []
    for at, outer in enumerate(objects(raw.get("inputs"))):
        own: list[Json] = []
        slots.append({"name": str(at), "type": outer.get("type"), "linkIds": own})
        inner = group.inner_of.get(text(outer.get("name")))
        if inner is None or not identity(outer.get("link")):
            continue
        slot = _slot(nodes[inner[0]], inner[1], outer)
        own.append(wire(-10, at, first + inner[0], slot))
        _plug(nodes[inner[0]], slot, len(wires))
    outputs: list[Json] = []
    saved = objects(raw.get("outputs"))
    for at, (index, slot) in enumerate(group.outputs):
        kind = saved[at].get("type") if at < len(saved) else "*"
        to = wire(first + index, slot, -20, at)
        outputs.append({"name": str(at), "type": kind, "linkIds": [to]})
    _know_wires(nodes, wires)
    return {"nodes": list(nodes), "links": list(wires), "inputs": slots, "outputs": outputs}


def _know_wires(nodes: list[JsonObject], wires: list[list[Json]]) -> None:
    """Writes at each output which wires begin there."""
    begin: dict[tuple[Json, ...], list[Json]] = {}
    for link_id, origin, slot, *_end in wires:
        begin.setdefault((origin, slot), []).append(link_id)
    for node in nodes:
        node["outputs"] = [
            {**each, "links": begin.get((node["id"], at), [])}
            for at, each in enumerate(objects(node.get("outputs")))
        ]


def _plug(node: JsonObject, slot: int, link: int) -> None:
    inputs = node["inputs"]
    assert isinstance(inputs, list)
    if slot < len(inputs) and isinstance(each := inputs[slot], dict):
        each["link"] = link


def _slot(node: JsonObject, name: str, outer: JsonObject) -> int:
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


def _values(group: Group, raw: JsonObject) -> dict[int, dict[str, Json]]:
    """The values on the group node, by the inner nodes' numbers and their own names."""
    definition = group.definition(text(raw.get("type")))
    form = build(definition)
    saved = raw.get("widgets_values")
    if isinstance(saved, list):
        restore(form, without_forced(definition, form, saved))
    elif isinstance(saved, dict):
        restore_named(form, saved)
    found: dict[int, dict[str, Json]] = {}
    for widget in form.widgets:
        inner = group.inner_of.get(widget.name)
        if inner is not None and widget.is_sent:
            found.setdefault(inner[0], {})[inner[1]] = widget.value
    return found


def _give_values(node: JsonObject, classes: Classes, values: dict[str, Json]) -> None:
    """Puts the values that were entered on the group node into an inner node."""
    kind = text(node.get("type"))
    if kind == PRIMITIVE:
        if "value" in values:
            node["widgets_values"] = [values["value"]]
        return
    known = classes.get(kind)
    if known is None or not values or kind == custom_combo.CLASS:
        return
    form = build(known)
    saved = node.get("widgets_values")
    if isinstance(saved, list):
        restore(form, without_forced(known, form, saved))
    elif isinstance(saved, dict):
        restore_named(form, saved)
    restore_named(form, values)
    node["widgets_values"] = EnteredValues({each.name: each.value for each in form.widgets})
