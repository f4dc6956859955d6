"""What the inputs of a group's inner nodes are called on the group node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.class_defs import ClassDefs
from runcomfy_desktop.domain.conversion.group_inputs import GroupNode, read_group
from tests.support.editor_graphs import CLASSES

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


def _read(nodes: list[Json], links: list[Json], **more: Json) -> GroupNode:
    group = read_group({"nodes": nodes, "links": links, **more}, ClassDefs(CLASSES))
    assert group is not None
    return group


def test_the_second_of_a_name_has_its_title_before_it_and_the_third_a_number() -> None:
    text: Json = {"type": "Text", "title": "T"}
    names = list(_read([text, text, text], []).inputs)
    assert [each for each in names if "text" in each] == ["text", "T text", "T 2 text"]


def test_labels_and_a_persons_own_names_are_taken() -> None:
    nodes: list[Json] = [
        {"type": "Text", "inputs": [{"name": "clip", "type": "CLIP", "label": "Words"}]}
    ]
    config: Json = {"0": {"input": {"text": {"name": "Prompt"}}}}
    assert list(_read(nodes, [], config=config).inputs) == ["Prompt", "Words"]


def test_hidden_inputs_and_outputs_are_not_outside() -> None:
    config: Json = {
        "0": {"input": {"clip": {"visible": False}}, "output": {"0": {"visible": False}}}
    }
    group = _read([{"type": "Text"}], [], config=config)
    assert list(group.inputs) == ["text"]
    assert group.outputs == []


def test_what_is_wired_inside_is_not_outside_unless_it_is_used_there() -> None:
    nodes: list[Json] = [
        {"type": "Picture"},
        {"type": "Scale", "inputs": [{"name": "image", "type": "IMAGE"}]},
    ]
    links: list[Json] = [[0, 0, 1, 0, 4, "IMAGE"]]
    inside = _read(nodes, links)
    assert inside.inner_of == {"image": (0, "image"), "by": (1, "by")}
    assert inside.outputs == [(0, 1), (1, 0)]
    assert _read(nodes, links, external=[[0, 0, "IMAGE"]]).outputs == [(0, 0), (0, 1), (1, 0)]


def test_reroutes_at_the_edge_carry_what_runs_through_them() -> None:
    reroute: Json = {"type": "Reroute", "inputs": [{"name": ""}], "outputs": [{"type": "*"}]}
    into: list[Json] = [reroute, {"type": "Scale", "inputs": [{"name": "image", "type": "IMAGE"}]}]
    assert _read(into, [[0, 0, 1, 0]]).inner_of["IMAGE"] == (0, "IMAGE")
    out: list[Json] = [{"type": "Picture", "outputs": [{"type": "IMAGE"}]}, reroute]
    assert _read(out, [[0, 0, 1, 0]]).outputs == [(0, 1), (1, 0)]
    alone = _read([reroute], [], external=[[0, 0, "MASK"]])
    assert list(alone.inputs) == ["MASK"]
