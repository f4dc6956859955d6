"""One node by itself: what is found, and which links are gone on along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.schema.node_class import ClassOutput, NodeClass
from runcomfy_desktop.domain.validation.input_issue import IssueKind
from runcomfy_desktop.domain.validation.node_validation import NodeValidation, validate_node

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.schema.input_declaration import InputDeclaration

EXPECTED_ISSUES = NodeClass(
    "A",
    {
        "input": {
            "required": {"a": ["IMAGE"], "b": ["INT", {"min": 0}]},
            "optional": {"c": ["*"]},
            "hidden": {"prompt": "PROMPT"},
        }
    },
)


class NodeContextStub:
    """Surroundings with one node, `n`, that puts out a picture."""

    def outputs_of(self, node_id: str) -> tuple[ClassOutput, ...] | None:
        return {"n": (ClassOutput("IMAGE", "IMAGE"),), "unknown": None}[node_id]

    def file_exists(self, file: str) -> bool:
        return True

    def accepts(self, declaration: InputDeclaration, value: Json) -> bool:
        return value == "anything"


def node_validation(**inputs: Json) -> NodeValidation:
    return validate_node(inputs, EXPECTED_ISSUES, NodeContextStub())


def test_what_is_linked_is_gone_on_along() -> None:
    seen = node_validation(a=["n", 0], b=["unknown", 5], c=["nobody", 0])
    assert seen.followed_links == (("a", "n"), ("b", "unknown"))
    assert seen.breaks_check_early
    assert [each.name for each in seen.issues] == ["c"]


def test_a_link_that_does_not_fit_is_a_link_all_the_same() -> None:
    seen = node_validation(a=["n", 0], b=["n", 0])
    assert seen.followed_links == (("a", "n"),)
    assert seen.sources == ("n", "n")
    assert not seen.breaks_check


def test_strangers_are_named_unless_the_server_or_an_old_editor_put_them_there() -> None:
    seen = node_validation(a=["n", 0], b=1, prompt={}, upload="image", audioUI="", extra=5)
    assert [(each.name, each.is_accepted) for each in seen.issues] == [("extra", True)]


def test_what_the_context_takes_is_not_checked() -> None:
    assert not node_validation(a=["n", 0], b="anything").issues
    (finding,) = node_validation(a=["n", 0], b="something").issues
    assert finding.kind is IssueKind.INVALID_INPUT_TYPE
