"""Changes between two states of a workflow: values, nodes, links, and the user's own changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.deployments.workflow_change import (
    WorkflowChange,
    change_text,
    summary,
    workflow_change,
)
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.draft_rebase import rebase_draft
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Changes

OLD: JsonObject = {
    "1": {"class_type": "Load", "inputs": {"image": "a.png"}, "_meta": {"title": "Photo"}},
    "2": {"class_type": "Text", "inputs": {"text": "one", "size": 3}},
    "3": {"class_type": "Sampler", "inputs": {"steps": 20, "in": ["1", 0], "seed": 1}},
    "4": {"class_type": "Save", "inputs": {"from": ["3", 0]}},
}
NEW: JsonObject = {
    "2": {"class_type": "Text", "inputs": {"text": "two", "size": 3}},
    "3": {"class_type": "Sampler", "inputs": {"steps": 30, "in": ["5", 0], "cfg": 2.5}},
    "4": {"class_type": "Preview", "inputs": {"from": ["3", 0]}},
    "5": {"class_type": "Load", "inputs": {"image": "b.png"}},
}
PHOTO = MediaFile("me.png", "", "", "image/png", 10, 1, 1)
OWN: Changes = {
    InputKey("1", "image"): PHOTO,
    InputKey("2", "text"): "two",
    InputKey("3", "steps"): 40,
}


def change(old: JsonObject, new: JsonObject, own: Changes | None = None) -> WorkflowChange:
    before = Draft(workflow_from_json(old), DraftSource("Blue"), "d", own or {})
    fresh = Draft(workflow_from_json(new), DraftSource("Blue"), "d")
    return workflow_change(before, rebase_draft(before, fresh), ("v1", "v2"))


def test_every_kind_of_change_is_found() -> None:
    found = change(OLD, NEW, OWN)
    assert [(each.node.node_id, each.name, each.is_overridden) for each in found.values] == [
        ("2", "text", False),
        ("3", "steps", True),
    ]
    assert [(each.name, each.was_there, each.is_there) for each in found.rewired] == [
        ("in", True, True),
        ("cfg", False, True),
        ("seed", True, False),
    ]
    assert [each.node_id for each in found.added] == ["5"]
    assert [each.node_id for each in found.removed] == ["1"]
    assert [(old.class_type, new.class_type) for old, new in found.replaced] == [
        ("Save", "Preview")
    ]
    assert [each.key for each in found.lost] == [InputKey("1", "image")]
    assert [each.key for each in found.adopted] == [InputKey("2", "text")]


def test_what_is_the_same_is_no_change() -> None:
    assert not change(OLD, OLD, OWN)
    renamed: JsonObject = {**OLD, "1": {"class_type": "Load", "inputs": {"image": "a.png"}}}
    assert not change(OLD, renamed), "a title is no value"


def test_it_can_be_read() -> None:
    text = change_text(change(OLD, NEW, OWN))
    assert text.startswith("The workflow of Blue has changed, from v1 to v2.\n")
    for line in (
        "  #1 Photo (Load) · image: me.png",
        "  #2 Text · text: two",
        "  #3 Sampler\n    steps: 20 → 30\n      (Your own value is sent in its place.)",
        "  #3 Sampler · in: from #1 → from #5",
        "  #3 Sampler · cfg: (not there) → 2.5",
        "  #3 Sampler · seed: 1 → (not there)",
        "  #5 Load",
        "  #4 Save → #4 Preview",
    ):
        assert f"{line}\n" in text
    assert summary(change(OLD, NEW)) == (
        "2 saved values, 3 inputs, 1 node came, 1 node went, 1 node of another class"
    )


def test_a_long_change_is_cut() -> None:
    many: JsonObject = {
        str(number): {"class_type": "Node", "inputs": {"a": number}} for number in range(4000)
    }
    text = change_text(change(OLD, many))
    assert len(text.splitlines()) < 2100
    assert "lines more" in text


def test_nothing_from_outside_breaks_a_line() -> None:
    old: JsonObject = {"1": {"class_type": "A\nB", "inputs": {"x\ny": "1"}}}
    new: JsonObject = {"1": {"class_type": "A\nB", "inputs": {"x\ny": "2"}}}
    assert "A B" in change_text(change(old, new))
    assert "x y: 1 → 2" in change_text(change(old, new))
