"""Workflow copies for drafts: one per content, complete or missing, and limited in size."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import Node, Workflow
from runcomfy_desktop.store.drafts import WorkflowCopies

if TYPE_CHECKING:
    from pathlib import Path

ONE = Workflow({"31": Node("31", "KSampler", "Sampler", {"seed": 2**63, "text": "é\ud800"})})
TWO = Workflow({"31": Node("31", "KSampler", "", {"seed": 1})})


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.workflow"))


def test_a_workflow_comes_back_as_it_was_and_lies_there_once(tmp_path: Path) -> None:
    stored = WorkflowCopies(tmp_path / "workflows")
    content = stored.save(ONE)
    assert stored.save(Workflow(dict(ONE.nodes))) == content
    assert stored.save(TWO) != content
    assert stored.read(content) == ONE
    assert len(copies(tmp_path / "workflows")) == 2


def test_what_is_not_there_or_no_hash_is_none(tmp_path: Path) -> None:
    stored = WorkflowCopies(tmp_path)
    assert stored.read("") is None
    assert stored.read("../../etc/passwd") is None
    assert stored.read("0" * 64) is None


def test_a_damaged_copy_is_put_aside_and_made_anew(tmp_path: Path) -> None:
    stored = WorkflowCopies(tmp_path)
    content = stored.save(ONE)
    (path,) = copies(tmp_path)
    for damage in (b"", b"no", path.read_bytes()[:-4]):
        path.write_bytes(damage)
        assert stored.read(content) is None
        assert not path.exists()
        assert stored.save(ONE) == content
    other = stored.save(TWO)
    path.write_bytes((tmp_path / f"{other}.workflow").read_bytes())
    assert stored.read(content) is None


def test_what_no_draft_needs_goes_and_what_is_too_much(tmp_path: Path) -> None:
    stored = WorkflowCopies(tmp_path)
    one, two = stored.save(ONE), stored.save(TWO)
    stored = WorkflowCopies(tmp_path)
    stored.remove_unused(frozenset({one}))
    assert stored.read(one) == ONE
    assert stored.read(two) is None
    two = stored.save(TWO)
    os.utime(tmp_path / f"{one}.workflow", (1, 1))
    size = (tmp_path / f"{two}.workflow").stat().st_size
    WorkflowCopies(tmp_path, size).remove_unused(frozenset({one, two}))
    assert [path.stem for path in copies(tmp_path)] == [two]


def test_what_was_made_or_read_in_this_life_stays_in_it(tmp_path: Path) -> None:
    read = WorkflowCopies(tmp_path).save(ONE)
    stored = WorkflowCopies(tmp_path)
    assert stored.read(read) == ONE
    made = stored.save(TWO)
    stored.remove_unused(frozenset())
    assert {path.stem for path in copies(tmp_path)} == {read, made}
    WorkflowCopies(tmp_path).remove_unused(frozenset())
    assert copies(tmp_path) == []
