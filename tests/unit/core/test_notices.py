"""Notices: kept until somebody listens, each told once, bugs told calmly."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from runcomfy_desktop.core.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.domain.problem import Problem

if TYPE_CHECKING:
    import pytest


def test_what_was_told_before_anybody_listened_is_told_then() -> None:
    notices, heard = Notices(), list[Notice]()
    notices.info("one")
    notices.info("two", "detail")
    stop = notices.listen(heard.append)
    notices.info("three")
    assert [notice.title for notice in heard] == ["one", "two", "three"]
    stop()
    notices.info("four")
    assert len(heard) == 3
    again = list[Notice]()
    notices.listen(again.append)
    assert [notice.title for notice in again] == ["four"]


def test_a_problem_speaks_for_itself() -> None:
    notices, heard = Notices(), list[Notice]()
    notices.listen(heard.append)
    notices.failure(Problem("It broke.", "The job goes on.", "Wait.", technical="HTTP 500"))
    assert heard == [
        Notice(NoticeLevel.ERROR, "It broke.", "The job goes on. Wait.", technical="HTTP 500")
    ]


def test_a_bug_is_told_calmly_and_with_its_name() -> None:
    notices, heard = Notices(), list[Notice]()
    notices.listen(heard.append)
    notices.failure(ZeroDivisionError("division by zero"))
    assert heard[0].level is NoticeLevel.ERROR
    assert "ZeroDivisionError" not in heard[0].title + heard[0].detail
    assert heard[0].technical == "ZeroDivisionError: division by zero"


def test_a_notice_can_carry_something_to_do() -> None:
    notices, done = Notices(), list[str]()
    heard = list[Notice]()
    notices.listen(heard.append)
    notices.tell(
        Notice(
            NoticeLevel.WARNING, "Sure?", action_text="Undo", action=lambda: done.append("undone")
        )
    )
    assert heard[0].action is not None
    heard[0].action()
    assert done == ["undone"]


def test_what_is_shown_is_in_the_log_without_its_technical_side(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "runcomfy_desktop")
    notices = Notices()
    notices.failure(Problem("It broke.", "The job goes on.", technical="account 4711"))
    assert caplog.messages == []
    notices.listen(lambda _notice: None)
    assert caplog.messages == ["Told error: It broke. The job goes on."]
