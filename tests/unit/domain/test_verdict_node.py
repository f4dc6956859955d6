"""One node by itself: what is found, and which links are gone on along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.fault import FaultKind
from runcomfy_desktop.domain.node_class import NodeClass, Output
from runcomfy_desktop.domain.verdict.node import Look, look_at

if TYPE_CHECKING:
    from runcomfy_desktop.domain.input_reading import Declared
    from runcomfy_desktop.domain.json_value import Json

TOLD = NodeClass(
    "A",
    {
        "input": {
            "required": {"a": ["IMAGE"], "b": ["INT", {"min": 0}]},
            "optional": {"c": ["*"]},
            "hidden": {"prompt": "PROMPT"},
        }
    },
)


class Room:
    """Surroundings with one node, `n`, that puts out a picture."""

    def outputs_of(self, node_id: str) -> tuple[Output, ...] | None:
        return {"n": (Output("IMAGE", "IMAGE"),), "unknown": None}[node_id]

    def is_there(self, file: str) -> bool:
        return True

    def takes(self, told: Declared, value: Json) -> bool:
        return value == "anything"


def look(**inputs: Json) -> Look:
    return look_at(inputs, TOLD, Room())


def test_what_is_linked_is_gone_on_along() -> None:
    seen = look(a=["n", 0], b=["unknown", 5], c=["nobody", 0])
    assert seen.follows == (("a", "n"), ("b", "unknown"))
    assert seen.breaks_early
    assert [each.name for each in seen.findings] == ["c"]


def test_a_link_that_does_not_fit_is_a_link_all_the_same() -> None:
    seen = look(a=["n", 0], b=["n", 0])
    assert seen.follows == (("a", "n"),)
    assert seen.sources == ("n", "n")
    assert not seen.breaks


def test_strangers_are_named_unless_the_server_or_an_old_editor_put_them_there() -> None:
    seen = look(a=["n", 0], b=1, prompt={}, upload="image", audioUI="", extra=5)
    assert [(each.name, each.accepted) for each in seen.findings] == [("extra", True)]


def test_what_the_surroundings_take_is_not_checked() -> None:
    assert not look(a=["n", 0], b="anything").findings
    (finding,) = look(a=["n", 0], b="something").findings
    assert finding.kind is FaultKind.INVALID_INPUT_TYPE
