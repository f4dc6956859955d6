"""Faults are selected by number, rate and seed, and their strikes are used up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.emulator import faults
from runcomfy_desktop.emulator.faults import (
    ALL_CALLS,
    API_CALLS,
    FAULT_TYPES,
    FaultInjector,
    InjectedFault,
    read_fault,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Taken = tuple[str, ...] | None


def taken(faults: FaultInjector, name: str, calls: Iterable[str]) -> list[Taken]:
    return [faults.begin(call).take(name) for call in calls]


def struck(faults: FaultInjector, name: str, calls: Iterable[str]) -> list[int]:
    """Returns the numbers of the calls struck, counted from 1."""
    return [at for at, each in enumerate(taken(faults, name, calls), 1) if each is not None]


def test_a_fault_with_a_count_is_used_up() -> None:
    faults = FaultInjector("drop-answer:2")
    assert taken(faults, "drop-answer", ["submit"] * 3) == [("2",), ("2",), None]


def test_a_fault_without_a_count_has_its_own_default() -> None:
    faults = FaultInjector("status-503, unauthorized")
    assert taken(faults, "status", ["list"] * 2) == [("503",), None]
    assert struck(faults, "unauthorized", ["list"] * 5) == [1, 2, 3, 4, 5]


def test_a_fault_can_be_narrowed_to_one_call() -> None:
    faults = FaultInjector("rate-limit@status:1:7")
    assert taken(faults, "rate-limit", ["submit", "status"]) == [None, ("1", "7")]


def test_a_fault_strikes_only_calls_of_its_kind() -> None:
    assert struck(FaultInjector("drop-answer:9"), "drop-answer", ["list", "submit", "status"]) == [
        2
    ]
    assert struck(FaultInjector("html:9"), "html", ["download", "list"]) == [2]
    assert struck(FaultInjector("html@download:9"), "html", ["download", "list"]) == [1]


def test_several_faults_stand_side_by_side_and_can_be_replaced() -> None:
    faults = FaultInjector("html:1,delay-answer:0.5:1")
    assert taken(faults, "delay-answer", ["submit"] * 2) == [("0.5", "1"), None]
    faults.set("")
    assert taken(faults, "html", ["submit"]) == [None]
    assert faults.spec == ""


def test_numbers_count_the_calls_that_the_fault_fits() -> None:
    calls = ["status", "submit", "status", "result", "status", "status"]
    assert struck(FaultInjector("html@status#2"), "html", calls) == [3]
    assert struck(FaultInjector("html@status#2-3"), "html", calls) == [3, 5]
    assert struck(FaultInjector("html#2"), "html", calls) == [2]
    assert struck(FaultInjector("html@status#2-4:1"), "html", calls) == [3]


def test_numbers_begin_anew_when_a_spec_is_set() -> None:
    faults = FaultInjector("html@status#2")
    assert struck(faults, "html", ["status"]) == []
    faults.set("html@status#2")
    assert struck(faults, "html", ["status"] * 3) == [2]


def test_a_rate_is_about_what_it_says() -> None:
    hit = struck(FaultInjector("html@status%5"), "html", ["status"] * 10_000)
    assert 400 < len(hit) < 600
    assert struck(FaultInjector("html@status%0"), "html", ["status"] * 100) == []
    assert len(struck(FaultInjector("html@status%100"), "html", ["status"] * 100)) == 100


CALLS = st.lists(st.sampled_from(["submit", "status", "result", "download"]), max_size=60)


@given(CALLS, st.integers(0, 2**31))
def test_the_same_seed_and_calls_meet_the_same_faults(calls: list[str], seed: int) -> None:
    spec = "html%30,status-503@status%20,drop-answer%50"
    recorded = []
    for _time in range(2):
        faults = FaultInjector(spec, seed)
        recorded.append([_names(faults, call) for call in calls])
    assert recorded[0] == recorded[1]


@given(CALLS)
def test_calls_of_other_kinds_in_between_change_no_chance(calls: list[str]) -> None:
    spec = "html@status%50"
    alone = struck(FaultInjector(spec), "html", ["status"] * calls.count("status"))
    mixed = FaultInjector(spec)
    hits = [mixed.begin(call).take("html") is not None for call in calls]
    of_status = [hit for hit, call in zip(hits, calls, strict=True) if call == "status"]
    assert [at for at, hit in enumerate(of_status, 1) if hit] == alone


def test_another_seed_meets_other_calls() -> None:
    one, other = (
        struck(FaultInjector("html@status%50", seed), "html", ["status"] * 200) for seed in (1, 2)
    )
    assert one != other


def test_a_spec_may_bring_its_seed() -> None:
    faults = FaultInjector("seed=7; html%50")
    assert (faults.seed, faults.spec) == (7, "html%50")
    faults.set("html")
    assert faults.seed == 7


def test_what_struck_is_counted() -> None:
    faults = FaultInjector("html:2,status-503@submit")
    for call in ("status", "submit", "status"):
        _names(faults, call)
    assert faults.applied_counts() == {"html@status": 1, "html@submit": 1, "status@submit": 1}


@pytest.mark.parametrize("spec", ["no-such", "seed=x;html", "html#0"])
def test_a_spec_that_cannot_be_read_is_refused_and_changes_nothing(spec: str) -> None:
    faults = FaultInjector("html", seed=3)
    with pytest.raises(ValueError, match="fault"):
        faults.set(spec)
    assert (faults.spec, faults.seed) == ("html", 3)


def _names(faults: FaultInjector, call: str) -> list[str]:
    occasion = faults.begin(call)
    for name in ("html", "status", "drop-answer"):
        occasion.take(name)
    return occasion.applied


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("html", InjectedFault("html", API_CALLS, (), 1)),
        ("html:4", InjectedFault("html", API_CALLS, ("4",), 4)),
        ("html@list:4", InjectedFault("html", frozenset({"list"}), ("4",), 4)),
        ("status-418", InjectedFault("status", ALL_CALLS, ("418",), 1)),
        ("status:418:2", InjectedFault("status", ALL_CALLS, ("418", "2"), 2)),
        ("hold@submit#2", InjectedFault("hold", frozenset({"submit"}), (), None, (2, 2))),
        (
            "hold-half@download#2-9",
            InjectedFault("hold-half", frozenset({"download"}), (), None, (2, 9)),
        ),
        ("html%5", InjectedFault("html", API_CALLS, (), None, percent=5)),
        ("html@status%0.5:3", InjectedFault("html", frozenset({"status"}), ("3",), 3, percent=0.5)),
        ("rate-limit:2:30:date", InjectedFault("rate-limit", API_CALLS, ("2", "30", "date"), 2)),
    ],
)
def test_a_fault_is_read(text: str, fault: InjectedFault) -> None:
    assert read_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "no-such",
        "html@nowhere",
        "html#",
        "html#0",
        "html#x",
        "html%",
        "html%x",
        "html#2%5",
        "html:x",
        "html:-1",
        "html:1:1",
        "status",
        "status-x",
        "status-42",
        "status-700",
        "delay-answer",
        "delay-answer:x",
        "delay-answer:nan",
        "error-shape",
        "error-shape:x",
        "error-shape@status:list",
        "cut-download@submit",
        "hold:quarter",
        "rate-limit:1:30:week",
        ":3",
    ],
)
def test_a_fault_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="fault"):
        read_fault(text)


def test_the_table_of_the_documentation_has_every_fault_and_no_other() -> None:
    text = faults.__doc__ or ""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
    named = {name for row in rows[1:] for name in re.findall(r"(?:^|, )\s*([a-z][a-z0-9-]*)", row)}
    assert named - {"status-"} | {"status"} == set(FAULT_TYPES)
