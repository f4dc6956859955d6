"""The editor's graph as objects: nodes with the inputs and widgets that the editor gives them.

A subgraph is one graph, however many nodes stand for it. The nodes that stand for it differ only in
the values of the widgets shown on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import (
    list_or_empty,
    object_or_empty,
    objects_in,
    string_or_empty,
)
from runcomfy_desktop.domain.conversion.editor_json import EditorLink, as_id, as_slot, as_text

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.class_defs import InputDef
    from runcomfy_desktop.domain.conversion.widgets import Widget

MUTED, BYPASSED = 2, 4


class NodeRole(Enum):
    """Role of a node in the export."""

    CLASS = "class"
    UNKNOWN = "unknown"
    """The class is not a known one: the node is exported as completely as the file allows."""
    SUBGRAPH = "subgraph"
    PRIMITIVE = "primitive"
    REROUTE = "wire"
    """A reroute: its output has the value of its input."""
    GET_NODE = "receiver"
    """A get node: its output has the value that enters the set node of the same name."""
    NOTE = "note"

    @property
    def is_virtual(self) -> bool:
        return self not in (NodeRole.CLASS, NodeRole.UNKNOWN)


@dataclass(slots=True)
class EditorInput:
    """Input of a node; `link` is "" if nothing is connected.

    `widget` names the widget that the input belongs to. On a node that stands for a subgraph,
    `promoted` is the widget of an inner node that is shown there; its value belongs to the outer
    node. `match` is set if the type depends on the connections.
    """

    name: str
    type: str
    link: str = ""
    widget: str = ""
    promoted: PromotedWidget | None = None
    match: MatchType | None = None


@dataclass(frozen=True, slots=True)
class MatchType:
    """Rule that the inputs of one `group` share one of the `allowed` types (joined by commas)."""

    group: str
    allowed: str


@dataclass(slots=True)
class PromotedWidget:
    """Widget of an inner node that is shown on the node that stands for the subgraph."""

    value: Json
    definition: InputDef
    is_unset: bool = False
    is_class_unknown: bool = False
    """True if the class of the inner node is unknown: the editor would see no widget here."""
    is_uncertain: bool = False
    """True if the editor would use another value, because it does not know an earlier widget."""


@dataclass(slots=True)
class SubgraphSlot:
    """Input or output of a subgraph's definition, with its links on the inside."""

    name: str
    type: str
    links: list[str] = field(default_factory=list)


@dataclass(slots=True)
class EditorNode:
    """Node of the editor; `mode` says whether it is muted or bypassed."""

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
    """Links of inputs that the class does not have; they are removed with these inputs."""
    links_moved_from: int = -1
    """Index of the first input that the editor may have moved; links from there on are corrected.

    -1 if there is none.
    """
    is_class_unknown: bool = False
    """True if the class is not one of the known classes."""
    remarks: list[str] = field(default_factory=list)
    """Remarks that each export of the node adds: a subgraph may be used more than once."""

    @property
    def is_disabled(self) -> bool:
        return self.mode in (MUTED, BYPASSED)

    @property
    def inner_graph(self) -> EditorGraph:
        """Subgraph that the node stands for; only for nodes with the role SUBGRAPH."""
        assert self.subgraph is not None
        return self.subgraph

    def links_from(self, slot: int) -> list[str]:
        """Returns the ids of an output's links, in the order in which they were saved."""
        outputs = objects_in(self.raw.get("outputs"))
        links = outputs[slot].get("links") if slot < len(outputs) else None
        return list(map(as_id, list_or_empty(links)))

    def input(self, name: str) -> EditorInput | None:
        return next((each for each in self.inputs if each.name == name), None)

    def widget(self, name: str) -> Widget | None:
        return next((each for each in self.widgets if each.name == name), None)


@dataclass(slots=True)
class EditorGraph:
    """Graph of a workflow or of a subgraph's definition."""

    graph_id: str
    name: str
    raw: JsonObject
    links: dict[str, EditorLink] = field(default_factory=dict)
    nodes: dict[str, EditorNode] = field(default_factory=dict)
    inputs: list[SubgraphSlot] = field(default_factory=list)
    outputs: list[SubgraphSlot] = field(default_factory=list)
    added_links: int = 0

    def link_ends(self) -> dict[str, tuple[EditorNode, EditorInput]]:
        """Returns the node and the input at the end of each link, by link id."""
        nodes = self.nodes.values()
        return {each.link: (node, each) for node in nodes for each in node.inputs if each.link}

    def new_link_id(self) -> str:
        """Returns an unused link id."""
        self.added_links += 1
        while f"+{self.added_links}" in self.links:
            self.added_links += 1
        return f"+{self.added_links}"


def read_slots(raw: Json) -> list[SubgraphSlot]:
    """Returns the inputs or outputs of a subgraph's definition."""
    found = []
    for each in objects_in(raw):
        links = [link for link in map(as_id, list_or_empty(each.get("linkIds"))) if link]
        found.append(SubgraphSlot(as_text(each.get("name")), as_text(each.get("type")), links))
    return found


def saved_inputs(raw: JsonObject) -> list[EditorInput]:
    """Returns the inputs saved with a node."""
    return [
        EditorInput(
            as_text(each.get("name")),
            as_text(each.get("type")),
            as_id(each.get("link")),
            string_or_empty(object_or_empty(each.get("widget")).get("name")),
        )
        for each in objects_in(raw.get("inputs"))
    ]


def mode_of(raw: JsonObject) -> int:
    """Returns the mode of a node, such as MUTED.

    A mode saved as text counts as 0, as in the editor.
    """
    mode = raw.get("mode")
    return 0 if isinstance(mode, str) else as_slot(mode, 0)


def types_connect(one: str, other: str) -> bool:
    """Returns True if the editor lets these types be connected."""
    if one in ("", "*", "0") or other in ("", "*", "0") or one == other:
        return True
    ones = {each.strip() for each in one.lower().split(",")}
    others = {each.strip() for each in other.lower().split(",")}
    return bool(ones & others) or "*" in ones | others
