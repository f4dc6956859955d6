"""Restores the previous values of inputs that were changed together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import same_value

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey


class ValueRollback:
    """Records the changes of one operation, step by step.

    An operation can change inputs selected together and inputs that depend on a choice.
    """

    def __init__(self) -> None:
        self._values: dict[InputKey, Value] = {}
        self._draft_key = ""

    def record(self, before: Draft | None, after: Draft | None) -> None:
        """Records one step of the operation."""
        if before is None or after is None:
            return
        self._draft_key = after.key
        for key in before.changes.keys() | after.changes.keys():
            value = before.value(key)
            if key not in self._values and not same_value(value, after.value(key)):
                self._values[key] = value

    def values_to_restore(self, draft: Draft | None) -> dict[InputKey, Value]:
        """Returns the values that undo the operation; {} if another draft is given."""
        if draft is None or draft.key != self._draft_key:
            return {}
        return {
            key: value
            for key, value in self._values.items()
            if not same_value(value, draft.value(key))
        }
