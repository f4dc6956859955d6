from __future__ import annotations

from pathlib import Path

from runcomfy_desktop.core.jobs import job_notices


def test_held_jobs_are_offered_by_their_number() -> None:
    sent: list[tuple[str, ...]] = []
    notice = job_notices.held_at_restart(("a", "b"), sent.append)
    assert notice.title == "2 jobs were not sent before the program ended."
    assert notice.action_text == "Send 2 jobs"
    assert notice.action is not None
    notice.action()
    assert sent == [("a", "b")]
    assert job_notices.held_at_restart(("a",), sent.append).action_text == "Send 1 job"


def test_what_may_cost_money_is_said() -> None:
    for notice in (job_notices.interrupted_sends(2), job_notices.unreadable_rows(1)):
        assert "costs money" in notice.detail
    assert (
        "/data/history.broken-1.sqlite"
        in job_notices.broken_history(Path("/data/history.broken-1.sqlite")).detail
    )


def test_what_was_held_until_online_is_offered_by_its_number() -> None:
    sent: list[tuple[str, ...]] = []
    notice = job_notices.back_online(("a",), sent.append)
    assert notice.title == "RunComfy can be reached again. 1 job is held."
    assert notice.action is not None
    notice.action()
    assert sent == [("a",)]
