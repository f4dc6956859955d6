"""The grammar of faults, and how they are used up."""

from __future__ import annotations

import pytest

from runcomfy_desktop.emulator.faults import Faults


def test_a_fault_with_a_count_is_used_up() -> None:
    faults = Faults("drop-answer:2")
    assert [faults.take("drop-answer") for _ in range(3)] == [("2",), ("2",), None]


def test_a_fault_without_a_count_has_its_own_default() -> None:
    faults = Faults("status-503, unauthorized")
    assert faults.take("status-503") is not None
    assert faults.take("status-503") is None
    assert all(faults.take("unauthorized") is not None for _ in range(5))


def test_a_fault_can_be_narrowed_to_one_call() -> None:
    faults = Faults("rate-limit@status:1:7")
    assert faults.take("rate-limit", "submit") is None
    assert faults.take("rate-limit", "status") == ("1", "7")


def test_several_faults_stand_side_by_side_and_can_be_replaced() -> None:
    faults = Faults("html:1,delay-answer:0.5:1")
    assert faults.take("delay-answer") == ("0.5", "1")
    assert faults.take("delay-answer") is None
    faults.set("")
    assert faults.take("html") is None
    assert faults.spec == ""


@pytest.mark.parametrize(
    "spec",
    ["no-such", "drop-answer:x", "delay-answer", "delay-answer:x", "error-shape", "error-shape:x"],
)
def test_a_spec_that_cannot_be_read_is_refused_and_changes_nothing(spec: str) -> None:
    faults = Faults("html")
    with pytest.raises(ValueError, match="fault"):
        faults.set(spec)
    assert faults.spec == "html"
