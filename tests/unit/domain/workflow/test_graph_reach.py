"""The nodes that are run, and circles of nodes."""

from __future__ import annotations

from runcomfy_desktop.domain.workflow.graph_paths import find_reach


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
