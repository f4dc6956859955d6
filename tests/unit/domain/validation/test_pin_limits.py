"""Issues for values outside of the limits that a pin sets."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.drafts.pin import Pin
from runcomfy_desktop.domain.validation.pin_limits import limit_issues
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.unit.domain.drafts.test_pin import DRAFT, SCHEMA, STEPS, TEXT


@pytest.mark.parametrize(
    ("value", "text", "cure"),
    [
        (40, "40 is more than your limit of 30. A run takes it all the same.", 30),
        (2, "2 is less than your limit of 5. A run takes it all the same.", 5),
        (5, "", None),
        (30, "", None),
    ],
)
def test_a_value_outside_is_told_and_does_not_block(
    value: int, text: str, cure: int | None
) -> None:
    pins = [Pin(STEPS, "KSampler", minimum=5, maximum=30)]
    faults = limit_issues(pins, DRAFT.with_values({STEPS: value}), SCHEMA)
    fault = faults.get(STEPS)
    assert (fault.text if fault else "") == text
    assert fault is None or not fault.blocks
    assert (fault.quick_fix.value if fault and fault.quick_fix else None) == cure


def test_only_numbers_can_be_outside() -> None:
    pins = [Pin(TEXT, minimum=1), Pin(InputKey("31", "model"), minimum=1), Pin(STEPS)]
    assert limit_issues(pins, DRAFT, SCHEMA) == {}
    assert limit_issues([Pin(STEPS, minimum=50)], DRAFT.with_values({STEPS: True}), SCHEMA) == {}
