"""Nodes of subgraphs never share an id with another node of the workflow."""

from __future__ import annotations

from runcomfy_desktop.domain.conversion.node_ids import unique_node_ids
from tests.support.editor_graphs import graph, node, subgraph


def test_an_id_that_is_taken_is_replaced_by_the_next_free_one() -> None:
    first = subgraph("a", [node(1, "X"), node(7, "X")], [])
    second = subgraph("b", [node(7, "X")], [])
    ui = graph([node(1, "X"), node(2, "X")], [], last_node_id=6)
    # The next free one may be the id of a node that comes later: that one moves on.
    assert unique_node_ids(ui, [first, second]) == {"a": {"1": "7", "7": "8"}, "b": {"7": "9"}}


def test_texts_and_lies_keep_their_ids() -> None:
    definitions = [subgraph("a", [node("1", "X"), node(None, "X"), node(-5, "X")], [])]
    assert unique_node_ids(graph([node(1, "X")], []), definitions) == {}
