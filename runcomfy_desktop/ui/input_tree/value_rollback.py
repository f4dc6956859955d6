"""What inputs held before a deed that changes several: each gets its own value back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import same_value

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey


class ValueRollback:
    """Notes what one deed changes, step by step, in the inputs selected together and in those that
    follow a choice."""

    def __init__(self) -> None:
        self._values: dict[InputKey, Value] = {}
        self._draft_key = ""

    def record(self, before: Draft | None, after: Draft | None) -> None:
        """One step of the deed is done."""
        if before is None or after is None:
            return
        self._draft_key = after.key
        for key in before.changes.keys() | after.changes.keys():
            value = before.value(key)
            if key not in self._values and not same_value(value, after.value(key)):
                self._values[key] = value

    def values_to_restore(self, draft: Draft | None) -> dict[InputKey, Value]:
        """What has to be put into the draft so that it is as if nothing had been done."""
        if draft is None or draft.key != self._draft_key:
            return {}
        return {
            key: value
            for key, value in self._values.items()
            if not same_value(value, draft.value(key))
        }
