"""Notices: kept until there is a listener, each posted once, also about bugs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.domain.base.problem import Problem

if TYPE_CHECKING:
    import pytest


def test_what_was_told_before_anybody_listened_is_told_then() -> None:
    notices, received = Notices(), list[Notice]()
    notices.post_info("one")
    notices.post_info("two", "detail")
    stop = notices.listen(received.append)
    notices.post_info("three")
    assert [notice.title for notice in received] == ["one", "two", "three"]
    stop()
    notices.post_info("four")
    assert len(received) == 3
    again = list[Notice]()
    notices.listen(again.append)
    assert [notice.title for notice in again] == ["four"]


def test_a_problem_speaks_for_itself() -> None:
    notices, received = Notices(), list[Notice]()
    notices.listen(received.append)
    notices.post_failure(Problem("It broke.", "The job goes on.", "Wait.", technical="HTTP 500"))
    assert received == [
        Notice(NoticeLevel.ERROR, "It broke.", "The job goes on. Wait.", technical="HTTP 500")
    ]


def test_a_bug_is_told_calmly_and_with_its_name() -> None:
    notices, received = Notices(), list[Notice]()
    notices.listen(received.append)
    notices.post_failure(ZeroDivisionError("division by zero"))
    assert received[0].level is NoticeLevel.ERROR
    assert "ZeroDivisionError" not in received[0].title + received[0].detail
    assert received[0].technical == "ZeroDivisionError: division by zero"


def test_a_notice_can_carry_something_to_do() -> None:
    notices, done = Notices(), list[str]()
    received = list[Notice]()
    notices.listen(received.append)
    notices.post(
        Notice(
            NoticeLevel.WARNING, "Sure?", action_text="Undo", action=lambda: done.append("undone")
        )
    )
    assert received[0].action is not None
    received[0].action()
    assert done == ["undone"]


def test_what_is_shown_is_in_the_log_without_its_technical_side(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "runcomfy_desktop")
    notices = Notices()
    notices.post_failure(Problem("It broke.", "The job goes on.", technical="account 4711"))
    assert caplog.messages == []
    notices.listen(lambda _notice: None)
    assert caplog.messages == ["Told error: It broke. The job goes on."]
