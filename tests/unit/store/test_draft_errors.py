"""Drafts that cannot be shown: a workflow's first draft, and a further draft with a name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.draft_summaries import draft_path
from runcomfy_desktop.store.drafts import FORMAT, DraftStore
from tests.support import hostile_environments

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = workflow_from_json({"31": {"class_type": "KSampler", "inputs": {"seed": 1}}})
FURTHER = Draft(
    WORKFLOW,
    DraftSource("bike"),
    "0b7e4c52",
    {InputKey("31", "seed"): 5},
    draft_id="ab12",
    title="Night\nin blue",
)
UNTOUCHED = "What you changed in it is not shown; all other drafts are as they were."


def silent(_error: Exception) -> None:
    """Ignores the error."""


async def written(folder: Path) -> Path:
    store = DraftStore(folder, silent)
    store.save(FURTHER)
    await store.close()
    return draft_path(folder, FURTHER.key)


async def problem_of(folder: Path) -> Problem:
    """Returns the Problem reported for the draft; checks that it and the draft's key come once."""
    failures: list[Exception] = []
    keys: list[str] = []
    store = DraftStore(folder, failures.append, on_unreadable=keys.append)
    assert await store.load(FURTHER.key) is None
    (problem,) = failures
    assert keys == [FURTHER.key]
    assert isinstance(problem, Problem)
    return problem


@pytest.mark.parametrize(
    ("left", "title"),
    [
        (1.0, "The draft Night in blue could not be read."),
        (0.2, "A draft could not be read."),
        (0.0, "A draft could not be read."),
    ],
)
async def test_a_damaged_one_is_set_aside(tmp_path: Path, left: float, title: str) -> None:
    path = await written(tmp_path)
    data = path.read_bytes()
    damaged = data[: int((len(data) - 3) * left)]
    path.write_bytes(damaged)
    problem = await problem_of(tmp_path)
    aside = path.with_name(f"{path.stem}.broken-1.json")
    assert problem.title == title
    assert problem.detail == f"{UNTOUCHED} The file is kept as {aside}."
    assert problem.technical
    assert aside.read_bytes() == damaged
    assert not path.exists()


async def test_its_words_are_those_of_the_list(tmp_path: Path) -> None:
    path = await written(tmp_path)
    path.write_bytes(path.read_bytes()[:-9])
    problem = await problem_of(tmp_path)
    aside = path.with_name(f"{path.stem}.broken-1.json")
    words = hostile_environments.DAMAGED_FURTHER_DRAFT.text_with(title="Night in blue", kept=aside)
    assert problem.sentence() == words


async def test_one_that_the_disk_does_not_give_stays(tmp_path: Path) -> None:
    path = await written(tmp_path)
    path.unlink()
    path.mkdir()
    problem = await problem_of(tmp_path)
    assert problem.title == "A draft could not be read."
    assert problem.detail == f"{UNTOUCHED} The file stays as it is: {path}"
    assert path.is_dir()


async def test_one_of_a_newer_program_stays(tmp_path: Path) -> None:
    path = await written(tmp_path)
    newer = json.dumps({**json.loads(path.read_bytes()), "format": FORMAT + 1})
    path.write_text(newer)
    problem = await problem_of(tmp_path)
    assert problem.title == (
        "The draft Night in blue was stored by a newer version of this program."
    )
    assert problem.detail == (
        "It is not shown and left as it is; all other drafts are as they were."
    )
    assert problem.advice == "Install the newer version to go on with it."
    assert path.read_text() == newer


async def test_one_that_is_not_there_is_said(tmp_path: Path) -> None:
    problem = await problem_of(tmp_path)
    assert problem.title == "A draft is not there any more."
    assert str(draft_path(tmp_path, FURTHER.key)) in problem.detail


async def test_of_a_first_one_that_was_never_stored_nothing_is_said(tmp_path: Path) -> None:
    failures: list[Exception] = []
    assert await DraftStore(tmp_path, failures.append).load("0b7e4c52") is None
    assert failures == []


async def test_one_that_the_disk_gives_later_is_no_odd_one_by_then(tmp_path: Path) -> None:
    path = await written(tmp_path)
    elsewhere = path.rename(tmp_path / "elsewhere")
    path.mkdir()
    store = DraftStore(tmp_path, silent)
    assert await store.load(FURTHER.key) is None
    path.rmdir()
    elsewhere.rename(path)
    found = await store.load(FURTHER.key)
    assert found == FURTHER
    store.save(replace(FURTHER, title="Morning"))
    await store.close()
    assert (await store.summaries()).unreadable == ()
    assert path.is_file()


async def test_of_a_first_one_that_was_shown_without_its_changes_the_file_is_set_aside(
    tmp_path: Path,
) -> None:
    first = replace(FURTHER, draft_id="", title="")
    store = DraftStore(tmp_path, silent)
    store.save(first)
    await store.close()
    path = draft_path(tmp_path, first.key)
    whole = path.read_bytes()
    elsewhere = path.rename(tmp_path / "elsewhere")
    path.mkdir()
    store = DraftStore(tmp_path, silent)
    assert await store.load(first.key) is None
    path.rmdir()
    elsewhere.rename(path)
    # A second load succeeds, but the next edit still belongs to the view without stored changes.
    assert await store.load(first.key) is not None
    store.save(replace(first, changes={InputKey("31", "seed"): 7}))
    await store.close()
    assert path.with_name(f"{path.stem}.broken-1.json").read_bytes() == whole
