"""Workflows kept beside drafts: one copy each, whole or not there, and never without end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow import Node, Workflow
from runcomfy_desktop.store.kept_workflows import KeptWorkflows

if TYPE_CHECKING:
    from pathlib import Path

ONE = Workflow({"31": Node("31", "KSampler", "Sampler", {"seed": 2**63, "text": "é\ud800"})})
TWO = Workflow({"31": Node("31", "KSampler", "", {"seed": 1})})


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.workflow"))


def test_a_workflow_comes_back_as_it_was_and_lies_there_once(tmp_path: Path) -> None:
    kept = KeptWorkflows(tmp_path / "workflows")
    content = kept.keep(ONE)
    assert kept.keep(Workflow(dict(ONE.nodes))) == content
    assert kept.keep(TWO) != content
    assert kept.read(content) == ONE
    assert len(copies(tmp_path / "workflows")) == 2


def test_what_is_not_there_or_no_hash_is_none(tmp_path: Path) -> None:
    kept = KeptWorkflows(tmp_path)
    assert kept.read("") is None
    assert kept.read("../../etc/passwd") is None
    assert kept.read("0" * 64) is None


def test_a_damaged_copy_is_put_aside_and_made_anew(tmp_path: Path) -> None:
    kept = KeptWorkflows(tmp_path)
    content = kept.keep(ONE)
    (path,) = copies(tmp_path)
    for damage in (b"", b"no", path.read_bytes()[:-4]):
        path.write_bytes(damage)
        assert kept.read(content) is None
        assert not path.exists()
        assert kept.keep(ONE) == content
    other = kept.keep(TWO)
    path.write_bytes((tmp_path / f"{other}.workflow").read_bytes())
    assert kept.read(content) is None


def test_what_no_draft_needs_goes_and_what_is_too_much(tmp_path: Path) -> None:
    kept = KeptWorkflows(tmp_path)
    one, two = kept.keep(ONE), kept.keep(TWO)
    kept = KeptWorkflows(tmp_path)
    kept.tidy(frozenset({one}))
    assert kept.read(one) == ONE
    assert kept.read(two) is None
    two = kept.keep(TWO)
    os.utime(tmp_path / f"{one}.workflow", (1, 1))
    size = (tmp_path / f"{two}.workflow").stat().st_size
    KeptWorkflows(tmp_path, size).tidy(frozenset({one, two}))
    assert [path.stem for path in copies(tmp_path)] == [two]


def test_what_was_made_or_read_in_this_life_stays_in_it(tmp_path: Path) -> None:
    read = KeptWorkflows(tmp_path).keep(ONE)
    kept = KeptWorkflows(tmp_path)
    assert kept.read(read) == ONE
    made = kept.keep(TWO)
    kept.tidy(frozenset())
    assert {path.stem for path in copies(tmp_path)} == {read, made}
    KeptWorkflows(tmp_path).tidy(frozenset())
    assert copies(tmp_path) == []
