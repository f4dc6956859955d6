"""Which inputs a node has as things stand."""

from __future__ import annotations

from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.live import effective_workflow, live_names, needs_inline
from runcomfy_desktop.domain.workflow import InputKey, Node, Workflow

_NODE = Node("1", "Sampler", "", {"seed": 3, "steps": 20})
_DRAFT = Draft(Workflow({"1": _NODE}), Source("a"))


def test_changed_values_alone_are_overrides() -> None:
    draft = _DRAFT.with_values({InputKey("1", "seed"): 4})
    assert live_names(_NODE, draft, None) == ("seed", "steps")
    assert not needs_inline(draft, None)
    assert effective_workflow(draft, None) == draft.workflow


def test_an_input_that_is_added_goes_with_the_whole_workflow() -> None:
    draft = _DRAFT.with_values({InputKey("1", "steps.extra"): "a"})
    assert live_names(_NODE, draft, None) == ("seed", "steps", "steps.extra")
    assert needs_inline(draft, None)
    assert list(effective_workflow(draft, None).nodes["1"].inputs) == [
        "seed",
        "steps",
        "steps.extra",
    ]
