"""The grammar of one fault, and what it refuses."""

from __future__ import annotations

import re

import pytest

from runcomfy_desktop.emulator import faults
from runcomfy_desktop.emulator.fault_spec import (
    ALL_CALLS,
    API_CALLS,
    FAULT_TYPES,
    InjectedFault,
    read_fault,
)


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
