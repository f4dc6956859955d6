from __future__ import annotations

from pathlib import Path

from runcomfy_desktop.core import telling


def test_held_jobs_are_offered_by_their_number() -> None:
    sent: list[tuple[str, ...]] = []
    notice = telling.held(("a", "b"), sent.append)
    assert notice.title == "2 jobs were not sent before the program ended."
    assert notice.action_text == "Send 2 jobs"
    assert notice.action is not None
    notice.action()
    assert sent == [("a", "b")]
    assert telling.held(("a",), sent.append).action_text == "Send 1 job"


def test_what_may_cost_money_is_said() -> None:
    for notice in (telling.cut_off(2), telling.unreadable_rows(1)):
        assert "costs money" in notice.detail
    assert (
        "/data/history.broken-1.sqlite"
        in telling.broken_history(Path("/data/history.broken-1.sqlite")).detail
    )


def test_what_was_held_until_online_is_offered_by_its_number() -> None:
    sent: list[tuple[str, ...]] = []
    notice = telling.online_again(("a",), sent.append)
    assert notice.title == "RunComfy can be reached again. 1 job is held."
    assert notice.action is not None
    notice.action()
    assert sent == [("a",)]
