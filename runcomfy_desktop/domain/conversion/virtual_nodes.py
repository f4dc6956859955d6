"""Node types that exist in the editor only: no class of the container, yet well known.

Add-ons of the editor bring them. A sender gives its input a name, and receivers of that name have
it at their output, in the same graph or in a subgraph below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.editor_json import as_text

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph, EditorNode

SET_NODES = frozenset({"SetNode", "easy setNode"})
GET_NODES = frozenset({"GetNode", "easy getNode"})
REROUTES = frozenset({"Reroute", "Reroute (rgthree)"})
# Texts on the canvas and switches for other nodes: nothing runs through them.
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
    """The name that a sender or a receiver has in its only field."""
    values = node.raw.get("widgets_values")
    return as_text(values[0]) if isinstance(values, list) and values else ""


def set_nodes(graph: EditorGraph) -> dict[str, EditorNode]:
    """The senders of a graph by their names; the first of several counts."""
    found: dict[str, EditorNode] = {}
    for node in graph.nodes.values():
        if node.type in SET_NODES:
            found.setdefault(channel_name(node), node)
    found.pop("", None)
    return found
