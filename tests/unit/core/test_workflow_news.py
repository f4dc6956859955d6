"""News of workflows: told once where there is something to tell, and read when wished."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.workflow_news import WorkflowNews, why_gone
from runcomfy_desktop.domain.carrying import carried_over
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.left_values import LeftValue
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.domain.workflow import InputKey, Workflow, workflow_from_json
from runcomfy_desktop.domain.workflow_change_text import change_text

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Changes
    from runcomfy_desktop.domain.workflow_change import WorkflowChange

KEY = InputKey("1", "text")


def draft(text: str, changes: Changes | None = None, path: str = "") -> Draft:
    workflow = workflow_from_json({"1": {"class_type": "Text", "inputs": {"text": text}}})
    return Draft(workflow, Source("Blue", path), "blue", changes or {})


def news() -> tuple[WorkflowNews, list[Notice], list[WorkflowChange]]:
    told: list[Notice] = []
    wished: list[WorkflowChange] = []
    notices = Notices()
    notices.listen(told.append)
    found = WorkflowNews(notices)
    found.wished.subscribe(wished.append)
    return found, told, wished


def test_a_change_is_told_and_can_be_read() -> None:
    found, told, wished = news()
    found.compare((None, draft("one", {KEY: "mine"})), draft("two", {KEY: "mine"}))
    assert [(each.title, each.detail) for each in told] == [
        ("The workflow of Blue has changed.", "Your changes were carried over.")
    ]
    assert told[0].action_text == "What changed"
    assert told[0].action is not None
    told[0].action()
    assert wished == [found.of("blue")]


def test_what_does_not_fit_any_more_is_counted() -> None:
    found, told, _wished = news()
    found.compare((draft("one", {KEY: "two"}),), draft("two"))
    assert "1 of your changes does not fit any more" in told[0].detail


def test_there_is_nothing_to_tell_of_the_same_of_files_and_of_what_nobody_knew() -> None:
    found, told, wished = news()
    found.compare((draft("one"),), draft("one"))
    found.compare((draft("one", path="a.json"),), draft("two", path="a.json"))
    found.compare((Draft(Workflow({}), Source("Blue"), "blue"),), draft("two"))
    found.compare((draft("one"),), None)
    found.compare((Draft(draft("one").workflow, Source("Red"), "red"),), draft("two"))
    found.read("blue")
    assert (told, wished, found.of("blue")) == ([], [], None)


def test_what_was_typed_is_told_of_where_nobody_knows_the_earlier_workflow() -> None:
    found, told, _wished = news()
    gone = InputKey("9", "text")
    found.compare(
        (Draft(Workflow({}), Source("Blue"), "blue", {gone: "mine", KEY: "two"}),), draft("two")
    )
    assert "1 of your changes does not fit any more" in told[0].detail
    change = found.of("blue")
    assert change is not None
    assert [(each.node, each.key, each.value) for each in change.lost] == [(None, gone, "mine")]
    assert (change.added, change.rewired, change.settled) == ((), (), ())


def test_what_had_no_place_and_fits_again_is_told_as_it_is_sent_from_now_on() -> None:
    found, told, _wished = news()
    left = (LeftValue(KEY, "mine", "Text"),)
    before = replace(draft("one"), workflow=Workflow({}), left=left)
    found.compare((before,), carried_over(before, draft("two")))
    assert told[0].detail == "1 value of yours that had no place fits again, and is sent."
    change = found.of("blue")
    assert change is not None
    assert "that fit again, and are sent:\n  #1 Text · text: mine" in change_text(change)


def test_why_one_is_gone() -> None:
    assert "deleted" in why_gone(Problem("", kind=ProblemKind.NOT_FOUND), "Blue")
    assert "another account" in why_gone(Problem("", kind=ProblemKind.FOREIGN), "Blue")
    assert why_gone(Problem("", kind=ProblemKind.OFFLINE), "Blue") == ""
