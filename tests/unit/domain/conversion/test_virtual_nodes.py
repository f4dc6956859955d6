"""Links from set nodes to get nodes of the same name, and other helper nodes on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.editor_graphs import (
    INNER,
    graph,
    inputs_of,
    node,
    slot,
    subgraph,
    warnings_of,
    wired_input,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject

_SENT = node(
    2, "SetNode", ["photo"], inputs=[wired_input("IMAGE", "IMAGE", 1)], outputs=[{"type": "*"}]
)
_PICTURE = node(1, "Picture", ["a.png", "image"])
_SAVE = node(4, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 3)])


def _received(name: str) -> JsonObject:
    receiver = node(3, "GetNode", [name], outputs=[{"type": "IMAGE", "links": [3]}])
    return graph(
        [receiver, _SAVE, _SENT, _PICTURE], [[1, 1, 0, 2, 0, "IMAGE"], [3, 3, 0, 4, 0, "IMAGE"]]
    )


def test_a_receiver_has_what_the_sender_of_its_name_gets() -> None:
    assert inputs_of(_received("photo")) == {
        "1": {"image": "a.png"},
        "4": {"images": ["1", 0], "filename_prefix": "x"},
    }
    assert not warnings_of(_received("photo"))


def test_a_receiver_without_a_sender_is_told() -> None:
    assert inputs_of(_received("other"))["4"] == {"filename_prefix": "x"}
    assert len(warnings_of(_received("other"))) == 1


def test_a_sender_passes_its_input_on() -> None:
    ui = graph([_PICTURE, _SENT, _SAVE], [[1, 1, 0, 2, 0, "IMAGE"], [3, 2, 0, 4, 0, "IMAGE"]])
    assert inputs_of(ui)["4"]["images"] == ["1", 0]


def test_a_receiver_in_a_subgraph_finds_a_sender_around_it() -> None:
    inner = subgraph(
        INNER,
        [
            node(10, "GetNode", ["photo"], outputs=[{"type": "IMAGE", "links": [5]}]),
            node(11, "SaveImage", ["in"], inputs=[wired_input("IMAGE", "images", 5)]),
        ],
        [[5, 10, 0, 11, 0, "IMAGE"]],
        inputs=[],
        outputs=[slot("none", "IMAGE")],
    )
    ui = graph(
        [_PICTURE, _SENT, node(7, INNER)],
        [[1, 1, 0, 2, 0, "IMAGE"]],
        definitions={"subgraphs": [inner]},
    )
    assert inputs_of(ui)["7:11"]["images"] == ["1", 0]


def test_a_sender_that_gets_its_own_name_is_a_circle() -> None:
    ui = graph(
        [
            node(1, "SetNode", ["a"], inputs=[wired_input("IMAGE", "IMAGE", 1)]),
            node(2, "GetNode", ["a"], outputs=[{"type": "IMAGE"}]),
            node(4, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 3)]),
        ],
        [[1, 2, 0, 1, 0, "IMAGE"], [3, 2, 0, 4, 0, "IMAGE"]],
    )
    assert inputs_of(ui)["4"] == {"filename_prefix": "x"}
    assert len(warnings_of(ui)) == 1


@pytest.mark.parametrize("kind", ["Fast Groups Muter (rgthree)", "Label (rgthree)"])
def test_helpers_of_the_canvas_are_left_out(kind: str) -> None:
    ui = graph([_PICTURE, node(9, kind)], [])
    assert list(inputs_of(ui)) == ["1"]
    assert not warnings_of(ui)
