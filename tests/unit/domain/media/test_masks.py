"""Inputs on which a painted mask has an effect, and the channel in which it is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.media.masks import MaskChannel, MaskInputs, mask_channel
from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.domain.workflow.workflow import Node, workflow_from_json
from tests.support.workflow_files import read_workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import Workflow

_CORPUS = Path(__file__).parents[4].parent / "shared" / "corpus" / "api"


def workflow(class_type: str, link: Json) -> Workflow:
    return workflow_from_json(
        {
            "1": {"class_type": class_type, "inputs": {"image": "a.png", "other": "b.png"}},
            "2": {"class_type": "Any", "inputs": {"x": link}},
        }
    )


def takes(class_type: str, link: Json, name: str = "image", spec: InputSpec | None = None) -> bool:
    graph = workflow(class_type, link)
    return MaskInputs(graph).takes_mask(graph.nodes["1"], name, spec)


@pytest.mark.parametrize(
    ("link", "expected"),
    [(["1", 1], True), (["1", 0], False), (["2", 1], False), ([1, 1], True), ("1", False)],
)
def test_a_loader_takes_one_where_its_second_output_is_used(link: Json, expected: bool) -> None:
    assert takes("LoadImage", link) is expected


def test_a_loader_of_masks_always_takes_one() -> None:
    assert takes("LoadImageMask", ["1", 0])
    assert takes("LoadImageMask", "nothing")
    assert not takes("LoadImageMask", ["1", 0], "other")
    assert not takes("LoadImage", ["1", 1], "other")


def test_another_class_takes_one_where_its_schema_says_so() -> None:
    picture = InputSpec(InputKind.IMAGE, takes_mask=True)
    assert takes("Custom", ["1", 0], spec=picture)
    assert not takes("Custom", ["1", 0], spec=InputSpec(InputKind.IMAGE))
    assert not takes("Custom", ["1", 0], spec=InputSpec(InputKind.STRING, takes_mask=True))
    assert not takes("Custom", ["1", 0])


@pytest.mark.parametrize(
    ("class_type", "value", "expected"),
    [
        ("LoadImageMask", "alpha", MaskChannel.ALPHA),
        ("LoadImageMask", "red", MaskChannel.RED),
        ("LoadImageMask", "green", MaskChannel.GREEN),
        ("LoadImageMask", "blue", MaskChannel.BLUE),
        ("LoadImageMask", "purple", MaskChannel.ALPHA),
        ("LoadImageMask", None, MaskChannel.ALPHA),
        ("LoadImageMask", ["7", 0], MaskChannel.ALPHA),
        ("LoadImage", "red", MaskChannel.ALPHA),
    ],
)
def test_the_channel(class_type: str, value: Value, expected: MaskChannel) -> None:
    assert mask_channel(Node("1", class_type, "", {}), value) is expected


def test_workflows_as_people_have_them() -> None:
    """Real workflows never cause an error, and have masks only on pictures."""
    for file in sorted(_CORPUS.glob("*.json")):
        graph = read_workflow(file.read_bytes())
        inputs = MaskInputs(graph)
        for key in graph.input_keys():
            node = graph.nodes[key.node_id]
            if inputs.takes_mask(node, key.name):
                assert node.class_type in {"LoadImage", "LoadImageMask"}
                assert key.name == "image"
