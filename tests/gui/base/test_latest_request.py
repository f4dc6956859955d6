"""Requests of which only the newest result is delivered, and none after the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.ui.base.latest_request import LatestRequest

if TYPE_CHECKING:
    from runcomfy_desktop.ui.base.session_scope import SessionScope


def test_only_the_newest_result_is_delivered_until_the_session_ends(scope: SessionScope) -> None:
    request, delivered = LatestRequest(scope), list[str]()
    first = request.start(delivered.append)
    second = request.start(delivered.append)
    second("second")
    first("first")
    assert delivered == ["second"]
    cancelled = request.start(delivered.append)
    request.cancel()
    cancelled("cancelled")
    late = request.start(delivered.append)
    scope.close()
    late("late")
    assert delivered == ["second"]
