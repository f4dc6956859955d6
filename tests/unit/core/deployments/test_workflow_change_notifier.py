"""Notices about changed workflows: once if there is something to report, details on request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.deployments.workflow_change_notifier import (
    WorkflowChangeNotifier,
    unavailable_reason,
)
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.deployments.workflow_change import change_text
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.draft_rebase import rebase_draft
from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.deployments.workflow_change import WorkflowChange
    from runcomfy_desktop.domain.drafts.draft import Changes

KEY = InputKey("1", "text")


def draft(text: str, changes: Changes | None = None, path: str = "") -> Draft:
    workflow = workflow_from_json({"1": {"class_type": "Text", "inputs": {"text": text}}})
    return Draft(workflow, DraftSource("Blue", path), "blue", changes or {})


def open_notifier() -> tuple[WorkflowChangeNotifier, list[Notice], list[WorkflowChange]]:
    shown_notices: list[Notice] = []
    requests: list[WorkflowChange] = []
    notices = Notices()
    notices.listen(shown_notices.append)
    found = WorkflowChangeNotifier(notices)
    found.details_requested.subscribe(requests.append)
    return found, shown_notices, requests


def test_a_change_is_told_and_can_be_read() -> None:
    found, shown_notices, requests = open_notifier()
    found.report_change((None, draft("one", {KEY: "mine"})), draft("two", {KEY: "mine"}))
    assert [(each.title, each.detail) for each in shown_notices] == [
        ("The workflow of Blue has changed.", "Your changes were carried over.")
    ]
    assert shown_notices[0].action_text == "What changed"
    assert shown_notices[0].action is not None
    shown_notices[0].action()
    assert requests == [found.change_of("blue")]


def test_what_does_not_fit_any_more_is_counted() -> None:
    found, shown_notices, _requests = open_notifier()
    found.report_change((draft("one", {KEY: "two"}),), draft("two"))
    assert "1 of your changes does not fit any more" in shown_notices[0].detail


def test_there_is_nothing_to_tell_of_the_same_of_files_and_of_what_nobody_knew() -> None:
    found, shown_notices, requests = open_notifier()
    found.report_change((draft("one"),), draft("one"))
    found.report_change((draft("one", path="a.json"),), draft("two", path="a.json"))
    found.report_change((Draft(Workflow({}), DraftSource("Blue"), "blue"),), draft("two"))
    found.report_change((draft("one"),), None)
    found.report_change((Draft(draft("one").workflow, DraftSource("Red"), "red"),), draft("two"))
    found.request_details("blue")
    assert (shown_notices, requests, found.change_of("blue")) == ([], [], None)


def test_what_was_typed_is_told_of_where_nobody_knows_the_earlier_workflow() -> None:
    found, shown_notices, _requests = open_notifier()
    gone = InputKey("9", "text")
    found.report_change(
        (Draft(Workflow({}), DraftSource("Blue"), "blue", {gone: "mine", KEY: "two"}),),
        draft("two"),
    )
    assert "1 of your changes does not fit any more" in shown_notices[0].detail
    change = found.change_of("blue")
    assert change is not None
    assert [(each.node, each.key, each.value) for each in change.lost] == [(None, gone, "mine")]
    assert (change.added, change.rewired, change.adopted) == ((), (), ())


def test_what_had_no_place_and_fits_again_is_told_as_it_is_sent_from_now_on() -> None:
    found, shown_notices, _requests = open_notifier()
    left = (OrphanedValue(KEY, "mine", "Text"),)
    before = replace(draft("one"), workflow=Workflow({}), orphaned=left)
    found.report_change((before,), rebase_draft(before, draft("two")))
    assert shown_notices[0].detail == "1 value of yours that had no place fits again, and is sent."
    change = found.change_of("blue")
    assert change is not None
    assert "that fit again, and are sent:\n  #1 Text · text: mine" in change_text(change)


def test_why_one_is_gone() -> None:
    assert "deleted" in unavailable_reason(Problem("", kind=ProblemKind.NOT_FOUND), "Blue")
    assert "another account" in unavailable_reason(Problem("", kind=ProblemKind.FOREIGN), "Blue")
    assert unavailable_reason(Problem("", kind=ProblemKind.OFFLINE), "Blue") == ""
