"""Specs of axes: the single input that a spec concerns, if any."""

from __future__ import annotations

from runcomfy_desktop.domain.sweeps.spec import (
    CsvSpec,
    DeploymentsSpec,
    FilesSpec,
    ListSpec,
    PresetsSpec,
    ReplaceSpec,
    key_of,
)
from runcomfy_desktop.domain.workflow.workflow import InputKey

KEY = InputKey("3", "cfg")


def test_only_some_kinds_are_about_one_input() -> None:
    assert key_of(ListSpec(KEY, "1")) == KEY
    assert key_of(FilesSpec(KEY, "/x")) == KEY
    assert key_of(ReplaceSpec(KEY, "a")) == KEY
    assert key_of(CsvSpec("/x.csv", (("cfg", KEY),))) is None
    assert key_of(PresetsSpec(("a.json",))) is None
    assert key_of(DeploymentsSpec(("d1",))) is None
