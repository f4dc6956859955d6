"""The sources and the consumers of a node, the nodes that are run, and circles of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.graph_paths import (
    consumers,
    find_reach,
    linked_nodes,
    upstream,
)
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject


def workflow(**nodes: JsonObject) -> Workflow:
    """Returns a workflow with nodes by id, each with its inputs."""
    return Workflow({name: Node(name, "Any", "", inputs) for name, inputs in nodes.items()})


CHAIN = workflow(
    load={"name": "model.safetensors"},
    text={"clip": ["load", 1], "text": "a bicycle"},
    sample={"model": ["load", 0], "positive": ["text", 0], "negative": ["text", 0]},
    save={"images": ["sample", 0]},
    other={"model": ["load", 0]},
)


def test_what_leads_to_an_output_is_all_that_it_is_made_of() -> None:
    path = upstream(CHAIN, "save")
    assert path.node_id == "save"
    assert path.nodes == {"save", "sample", "text", "load"}
    assert path.links == {
        ("sample", "save"),
        ("text", "sample"),
        ("load", "sample"),
        ("load", "text"),
    }


def test_nothing_leads_to_a_loader_but_itself() -> None:
    path = upstream(CHAIN, "load")
    assert path.nodes == {"load"}
    assert path.links == frozenset()


def test_a_circle_is_walked_once() -> None:
    circle = workflow(a={"x": ["b", 0]}, b={"x": ["a", 0]}, c={"x": ["b", 0]}, d={"x": ["d", 0]})
    assert upstream(circle, "c").nodes == {"a", "b", "c"}
    assert upstream(circle, "d").nodes == {"d"}


def test_a_link_to_nowhere_leads_nowhere() -> None:
    torn = workflow(a={"x": ["gone", 0], "y": ["b", 0]}, b={})
    assert upstream(torn, "a").nodes == {"a", "b"}
    assert linked_nodes(torn) == {("b", "a"): None}


def test_numbers_name_nodes_as_well() -> None:
    numbered: dict[str, JsonObject] = {"1": {}, "2": {"x": [1, 0]}}
    assert upstream(workflow(**numbered), "2").nodes == {"1", "2"}


def test_a_node_is_used_by_inputs_in_the_order_of_the_file() -> None:
    assert consumers(CHAIN, "text") == [
        InputKey("sample", "positive"),
        InputKey("sample", "negative"),
    ]
    assert consumers(CHAIN, "save") == []


def test_a_node_that_is_not_there_has_an_empty_path() -> None:
    assert upstream(CHAIN, "nobody").links == frozenset()
    assert consumers(CHAIN, "nobody") == []


def test_a_long_chain_is_followed_to_its_end() -> None:
    nodes: dict[str, JsonObject] = {"0": {}}
    nodes |= {str(at): {"x": [str(at - 1), 0]} for at in range(1, 5000)}
    assert len(upstream(workflow(**nodes), "4999").nodes) == 5000


def test_what_leads_to_a_root_is_reached() -> None:
    sources = {"z": ("a", "b", "gone"), "a": ("b",), "b": (), "x": ("a",)}
    found = find_reach(["z", "nobody"], sources)
    assert found.nodes == {"z", "a", "b"}
    assert found.cycles == {}


def test_a_circle_is_given_as_the_way_round() -> None:
    sources = {"z": ("a",), "a": ("b",), "b": ("c",), "c": ("a", "c")}
    cycles = find_reach(["z"], sources).cycles
    assert cycles["a"] == cycles["b"] == ("a", "b", "c")
    assert cycles["c"] == ("c",)
    assert find_reach([], sources).cycles == {}


def test_a_long_chain_is_walked() -> None:
    sources = {str(at): (str(at - 1),) for at in range(50_000)}
    assert len(find_reach(["49999"], sources).nodes) == 50_000


class _CountingId(str):
    """Node id that counts how often it is compared."""

    __slots__ = ()
    comparisons = 0

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        _CountingId.comparisons += 1
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        _CountingId.comparisons += 1
        return super().__ne__(other)


def test_a_short_circle_at_the_end_of_a_long_path_costs_little() -> None:
    count = 1000
    # New objects for each link, because identical ones are not compared.
    sources: dict[str, tuple[str, str]] = {
        _CountingId(at): (_CountingId(at - 1), _CountingId(at + 1)) for at in range(count)
    }
    _CountingId.comparisons = 0
    found = find_reach([_CountingId(0)], sources)
    assert _CountingId.comparisons < 20 * count
    assert len(found.nodes) == len(found.cycles) == count
    assert found.cycles["999"] == ("998", "999")
