"""Pins of all drafts by owner, and the limits that they set for values and seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.drafts.pin import Pin, available_pins, matched_pins, narrowed_range
from runcomfy_desktop.domain.drafts.seed_inputs import seed_range
from runcomfy_desktop.domain.validation.pin_limits import limit_issues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import InputKey


def owner_of(draft: Draft) -> str:
    """Returns the owner of a draft's pins, shared by all drafts of one deployment or one file."""
    return file_owner(draft.source.path) if draft.source.is_file else draft.deployment_id


def file_owner(path: str) -> str:
    return f"file:{path}"


def is_limited(pin: Pin) -> bool:
    return pin.minimum is not None or pin.maximum is not None


class PinSets(dict[str, tuple[Pin, ...]]):
    """Stored pins of each owner, in order.

    `Pins` changes them; the draft editor checks values and seeds against their limits.
    """

    def __init__(self) -> None:
        super().__init__()
        self._match = cache_last(matched_pins)

    def matched(self, draft: Draft) -> Mapping[int, Pin]:
        """Returns the pins that have a node in a draft, by their index among all of its owner."""
        pins = self.get(owner_of(draft), ())
        return self._match(pins, draft.workflow) if pins else {}

    def seed_range(self, draft: Draft, key: InputKey, schema: NodeSchema | None) -> tuple[int, int]:
        """Returns the range of an input's seeds within the limits of its pin."""
        low, high = seed_range(draft, key, schema)
        pin = next((each for each in self.matched(draft).values() if each.key == key), None)
        return narrowed_range(low, high, pin)

    def limit_issues(
        self, draft: Draft, schema: NodeSchema | None
    ) -> Mapping[InputKey, InputIssue]:
        """Returns a warning for each value outside of its pin's limits."""
        limited = [pin for pin in self.matched(draft).values() if is_limited(pin)]
        return limit_issues(available_pins(limited, draft, schema), draft, schema)
