"""The editor's graph as objects: nodes with the inputs and widgets that the editor gives them.

A subgraph is one graph, however many nodes stand for it; what differs from one to the next are
the values of the widgets that are shown on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.editor_json import (
    EditorLink,
    as_id,
    as_slot,
    as_text,
    objects,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.class_defs import InputDef
    from runcomfy_desktop.domain.conversion.widgets import Widget

MUTED, BYPASSED = 2, 4


class NodeRole(Enum):
    """What the export does with a node."""

    CLASS = "class"
    UNKNOWN = "unknown"
    """Its class is not in the list: it is exported as far as the file tells."""
    SUBGRAPH = "subgraph"
    PRIMITIVE = "primitive"
    REROUTE = "wire"
    """A reroute: what comes in goes out."""
    GET_NODE = "receiver"
    """What goes in at the named wire of the same name comes out here."""
    NOTE = "note"

    @property
    def is_virtual(self) -> bool:
        return self not in (NodeRole.CLASS, NodeRole.UNKNOWN)


@dataclass(slots=True)
class EditorInput:
    """An input as it is on a node: `link` is "" where nothing is connected.

    `widget` names the widget that it belongs to. On a subgraph `promoted` is the widget that an
    inner node lends it: its value is this node's own. `match` is set where the type depends on what
    is connected.
    """

    name: str
    type: str
    link: str = ""
    widget: str = ""
    promoted: PromotedWidget | None = None
    match: MatchType | None = None


@dataclass(frozen=True, slots=True)
class MatchType:
    """Inputs of one `group` have one type among the `allowed` ones (several joined by commas)."""

    group: str
    allowed: str


@dataclass(slots=True)
class PromotedWidget:
    """The widget of an inner node on a subgraph's node."""

    value: Json
    definition: InputDef
    is_unset: bool = False
    is_class_unknown: bool = False
    """The class of the inner node is not known: the editor would see no widget here."""
    is_uncertain: bool = False
    """The editor would take another value, because it does not see one of those before it."""


@dataclass(slots=True)
class SubgraphSlot:
    """An input or output of a subgraph's definition, with its wires on the inside."""

    name: str
    type: str
    links: list[str] = field(default_factory=list)


@dataclass(slots=True)
class EditorNode:
    """One node of the editor; `mode` tells whether it is muted or bypassed."""

    node_id: str
    type: str
    role: NodeRole
    title: str
    mode: int
    raw: JsonObject
    inputs: list[EditorInput] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    output_groups: tuple[str, ...] = ()
    widgets: list[Widget] = field(default_factory=list)
    subgraph: EditorGraph | None = None
    lost_links: list[str] = field(default_factory=list)
    """Wires of inputs that the class does not have: they are gone with these."""
    links_moved_from: int = -1
    """From which input on the editor may have moved them, and has put their wires right."""
    is_class_unknown: bool = False
    """Its class is not among those that are known."""
    remarks: list[str] = field(default_factory=list)
    """To be said wherever the node is exported: a subgraph may be used more than once."""

    @property
    def is_disabled(self) -> bool:
        return self.mode in (MUTED, BYPASSED)

    def links_from(self, slot: int) -> list[str]:
        """The wires of an output in the order in which they were saved."""
        outputs = objects(self.raw.get("outputs"))
        links = outputs[slot].get("links") if slot < len(outputs) else None
        return [as_id(each) for each in links] if isinstance(links, list) else []

    def widget(self, name: str) -> Widget | None:
        return next((each for each in self.widgets if each.name == name), None)


@dataclass(slots=True)
class EditorGraph:
    """A workflow, or the definition of a subgraph."""

    graph_id: str
    name: str
    raw: JsonObject
    links: dict[str, EditorLink] = field(default_factory=dict)
    nodes: dict[str, EditorNode] = field(default_factory=dict)
    inputs: list[SubgraphSlot] = field(default_factory=list)
    outputs: list[SubgraphSlot] = field(default_factory=list)
    added_links: int = 0

    def new_link_id(self) -> str:
        """An id that no wire has."""
        self.added_links += 1
        while f"+{self.added_links}" in self.links:
            self.added_links += 1
        return f"+{self.added_links}"


def read_slots(raw: Json) -> list[SubgraphSlot]:
    """The inputs or outputs of a definition."""
    found = []
    for each in objects(raw):
        links = each.get("linkIds")
        ids = [as_id(link) for link in links] if isinstance(links, list) else []
        found.append(
            SubgraphSlot(
                as_text(each.get("name")), as_text(each.get("type")), [i for i in ids if i]
            )
        )
    return found


def saved_inputs(raw: JsonObject) -> list[EditorInput]:
    """The inputs as they are written on a node."""
    found = []
    for each in objects(raw.get("inputs")):
        widget = each.get("widget")
        named = widget.get("name") if isinstance(widget, dict) else None
        found.append(
            EditorInput(
                as_text(each.get("name")),
                as_text(each.get("type")),
                as_id(each.get("link")),
                named if isinstance(named, str) else "",
            )
        )
    return found


def mode_of(raw: JsonObject) -> int:
    """The mode of a node, such as MUTED; the editor counts one written as text as 0."""
    mode = raw.get("mode")
    return as_slot(mode, 0) if not isinstance(mode, str) else 0


def types_connect(one: str, other: str) -> bool:
    """Whether the editor lets these types be joined."""
    if one in ("", "*", "0") or other in ("", "*", "0") or one == other:
        return True
    ones = {each.strip() for each in one.lower().split(",")}
    others = {each.strip() for each in other.lower().split(",")}
    return bool(ones & others) or "*" in ones | others
