"""What differs between two states of the workbench, as the rows of the tree show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.core.drafts.draft_editor import EditorState
    from runcomfy_desktop.domain.workflow.workflow import InputKey


def same_rows(before: EditorState, after: EditorState) -> bool:
    """Whether both have the same rows with the same editors, so that only values can differ."""
    if before.draft is None or after.draft is None:
        return before.draft is after.draft
    return (
        before.draft.workflow is after.draft.workflow
        and before.draft.key == after.draft.key
        and before.schema is after.schema
    )


def changed_keys(before: EditorState, after: EditorState) -> set[InputKey]:
    """The inputs that look different now."""
    if before.draft is None or after.draft is None:
        return set()
    pairs: list[tuple[Mapping[InputKey, object], Mapping[InputKey, object]]] = [
        (before.draft.changes, after.draft.changes),
        (before.draft.seed_modes, after.draft.seed_modes),
        (before.issues, after.issues),
        (
            dict.fromkeys(before.draft.dynamic_prompt_inputs),
            dict.fromkeys(after.draft.dynamic_prompt_inputs),
        ),
    ]
    missing = object()

    def differs(old: object, new: object) -> bool:
        # True is shown otherwise than 1, which it is equal to.
        return old != new or type(old) is not type(new)

    found: set[InputKey] = set()
    for old, new in pairs:
        if old is new:
            continue
        # Most of twenty thousand are the very same.
        found |= {
            key
            for key, value in new.items()
            if (previous := old.get(key, missing)) is not value and differs(previous, value)
        }
        found |= old.keys() - new.keys()
    return found
