"""Well-known node types that exist in the editor only, not as classes of the container.

Add-ons of the editor provide them. A set node gives its input a name; get nodes of that name output
it, in the same graph or in a subgraph below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import list_or_empty
from runcomfy_desktop.domain.conversion.editor_json import as_text

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph, EditorNode

SET_NODES = frozenset({"SetNode", "easy setNode"})
GET_NODES = frozenset({"GetNode", "easy getNode"})
REROUTES = frozenset({"Reroute", "Reroute (rgthree)"})
# Notes on the canvas and switches for other nodes: no data passes through them.
NOTES = frozenset(
    {
        "Note",
        "MarkdownNote",
        "Bookmark (rgthree)",
        "Fast Actions Button (rgthree)",
        "Fast Bypasser (rgthree)",
        "Fast Groups Bypasser (rgthree)",
        "Fast Groups Muter (rgthree)",
        "Fast Muter (rgthree)",
        "Label (rgthree)",
        "Mute / Bypass Relay (rgthree)",
        "Mute / Bypass Repeater (rgthree)",
        "Random Unmuter (rgthree)",
    }
)


def channel_name(node: EditorNode) -> str:
    """Returns the name in the only field of a set node or get node."""
    values = list_or_empty(node.raw.get("widgets_values"))
    return as_text(values[0]) if values else ""


def set_nodes(graph: EditorGraph) -> dict[str, EditorNode]:
    """Returns the set nodes of a graph by name; the first one of each name counts."""
    found: dict[str, EditorNode] = {}
    for node in graph.nodes.values():
        if node.type in SET_NODES:
            found.setdefault(channel_name(node), node)
    found.pop("", None)
    return found
