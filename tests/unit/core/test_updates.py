"""Update check: no request without permission, and each version is reported once."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.proxies import Proxy, Route
from runcomfy_desktop.api.releases import read_latest
from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.updates import DAY_S, UpdatePhase, Updates, UpdateSchedule
from runcomfy_desktop.domain.settings import Settings
from tests.support.async_wait import wait_until, wait_until_stable, yield_to_tasks
from tests.support.clocks import FakeClock
from tests.support.raw_server import RawServer, json_reply, never_answer, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.raw_server import ScriptedReply

# The release page is served over loopback.
pytestmark = pytest.mark.real_clock

QUICK = UpdateSchedule(0.0, 0.005)
NEWER = json_reply({"tag_name": "v0.3.0", "body": "New."})
NEWER_STILL = json_reply({"tag_name": "v0.4.0", "body": "Newer."})
SAME = json_reply({"tag_name": "v0.2.0", "body": ""})


@dataclass
class UpdatesHarness:
    """Updates of a program 0.2.0, its release page, and the notices shown to the user."""

    updates: Updates
    release_page: RawServer
    preferences: Preferences
    clock: FakeClock
    shown_notices: list[Notice] = field(default_factory=list)

    @property
    def request_count(self) -> int:
        return len(self.release_page.received)

    @property
    def titles(self) -> list[str]:
        return [each.title for each in self.shown_notices]


@asynccontextmanager
async def open_updates_harness(
    *script: ScriptedReply, allowed: bool = True, bugs: int = 0, **known: object
) -> AsyncIterator[UpdatesHarness]:
    """`bugs`: number of checks that fail with a bug before any request."""
    left = [RuntimeError("a bug")] * bugs

    async def direct() -> Route:
        if left:
            raise left.pop()
        return Route()

    async with RawServer(*script) as page:
        settings = Settings(checks_updates=allowed, **known)  # type: ignore[arg-type]
        preferences = Preferences(settings, lambda _settings: None)
        notices, clock = Notices(), FakeClock()
        updates = Updates(
            preferences,
            notices,
            lambda: read_latest(direct, f"{page.url}/latest"),
            "0.2.0",
            schedule=QUICK,
            now_s=clock,
        )
        made = UpdatesHarness(updates, page, preferences, clock)
        notices.listen(made.shown_notices.append)
        yield made
        await updates.close()


async def test_who_did_not_allow_it_asks_nobody() -> None:
    async with open_updates_harness(NEWER, allowed=False) as made:
        assert not Settings().checks_updates, "off at first"
        made.updates.start()
        assert await wait_until_stable(lambda: made.request_count) == 0
        assert made.shown_notices == []


async def test_a_newer_version_is_told_once_and_asked_for_once_a_day() -> None:
    async with open_updates_harness(NEWER) as made:
        made.updates.start()
        await wait_until(lambda: made.shown_notices)
        assert made.titles == ["Version 0.3.0 of this program is available."]
        assert await wait_until_stable(lambda: made.request_count) == 1
        for _day in range(3):
            await _asks_once_the_next_day(made)
        assert len(made.shown_notices) == 1


async def _asks_once_the_next_day(made: UpdatesHarness) -> None:
    before = made.request_count
    made.clock.advance(DAY_S)
    await wait_until(lambda: made.request_count > before)
    assert await wait_until_stable(lambda: made.request_count) == before + 1


async def test_the_next_version_is_told_again() -> None:
    async with open_updates_harness(NEWER, NEWER_STILL) as made:
        made.updates.start()
        await wait_until(lambda: made.shown_notices)
        made.clock.advance(DAY_S)
        await wait_until(lambda: len(made.shown_notices) == 2)
        assert made.titles[1] == "Version 0.4.0 of this program is available."


async def test_over_starts_it_is_once_a_day_and_once_per_version() -> None:
    now_s = int(FakeClock()())
    async with open_updates_harness(NEWER, updates_asked_s=now_s - DAY_S + 60) as made:
        made.updates.start()
        assert await wait_until_stable(lambda: made.request_count) == 0
    async with open_updates_harness(
        NEWER, updates_asked_s=now_s - DAY_S, told_version="0.3.0"
    ) as made:
        made.updates.start()
        await wait_until(lambda: made.request_count == 1)
        assert await wait_until_stable(lambda: made.request_count) == 1
        assert made.shown_notices == []


async def test_a_clock_that_was_put_back_does_not_silence_it() -> None:
    async with open_updates_harness(SAME, updates_asked_s=int(FakeClock()()) + 10 * DAY_S) as made:
        made.updates.start()
        await wait_until(lambda: made.request_count == 1)
        assert await wait_until_stable(lambda: made.request_count) == 1


async def test_a_version_that_is_skipped_is_not_told() -> None:
    async with open_updates_harness(NEWER, NEWER, NEWER_STILL) as made:
        made.updates.check_now()
        await wait_until(lambda: made.updates.state.phase is UpdatePhase.AVAILABLE)
        made.updates.skip_version()
        assert made.preferences.settings.skipped_version == "0.3.0"
        made.updates.start()
        made.clock.advance(DAY_S)
        await wait_until(lambda: made.request_count == 2)
        assert await wait_until_stable(lambda: made.request_count) == 2
        assert made.shown_notices == []
        made.clock.advance(DAY_S)
        await wait_until(lambda: made.shown_notices)
        assert made.titles == ["Version 0.4.0 of this program is available."]


@pytest.mark.parametrize("part", [SAME, reply(500), reply(404), json_reply({"tag_name": "0.1.0"})])
async def test_nothing_newer_and_no_answer_are_told_to_nobody_who_did_not_ask(part: bytes) -> None:
    async with open_updates_harness(part) as made:
        made.updates.start()
        await wait_until(lambda: made.request_count == 1)
        assert await wait_until_stable(lambda: made.request_count) == 1, "not again today"
        assert made.shown_notices == []
        assert made.updates.state.phase is UpdatePhase.IDLE


async def test_allowing_it_while_the_program_runs_begins_it_and_forbidding_ends_it() -> None:
    async with open_updates_harness(SAME, allowed=False) as made:
        made.updates.start()
        made.preferences.set(checks_updates=True)
        await wait_until(lambda: made.request_count == 1)
        made.preferences.set(checks_updates=False)
        made.clock.advance(DAY_S)
        assert await wait_until_stable(lambda: made.request_count) == 1


@pytest.mark.parametrize(
    ("part", "phase"),
    [
        (NEWER, UpdatePhase.AVAILABLE),
        (SAME, UpdatePhase.UP_TO_DATE),
        (json_reply({"tag_name": "0.1.0"}), UpdatePhase.UP_TO_DATE),
        (reply(500), UpdatePhase.FAILED),
    ],
)
async def test_a_press_asks_at_once_whatever_was_allowed(part: bytes, phase: UpdatePhase) -> None:
    async with open_updates_harness(part, allowed=False, skipped_version="0.3.0") as made:
        phases: list[UpdatePhase] = []
        made.updates.changed.subscribe(lambda state: phases.append(state.phase))
        made.updates.check_now()
        await wait_until(lambda: phases[1:])
        assert phases == [UpdatePhase.CHECKING, phase]
        assert made.shown_notices == []
        assert (made.updates.state.problem is not None) is (phase is UpdatePhase.FAILED)


@pytest.mark.logs_errors
async def test_a_bug_is_logged_and_the_next_day_is_another_day(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_updates_harness(NEWER, bugs=1) as made:
        made.updates.start()
        await wait_until(lambda: "a bug" in caplog.text)
        assert await wait_until_stable(lambda: made.request_count) == 0
        assert made.shown_notices == []
        made.clock.advance(DAY_S)
        await wait_until(lambda: made.shown_notices)
        assert made.titles == ["Version 0.3.0 of this program is available."]


@pytest.mark.logs_errors
async def test_a_bug_after_a_press_is_said_and_logged_and_can_be_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_updates_harness(NEWER, allowed=False, bugs=1) as made:
        made.updates.check_now()
        await wait_until(lambda: made.updates.state.phase is UpdatePhase.FAILED)
        assert made.updates.state.problem is not None
        assert made.updates.state.problem.title == "Something unexpected happened in this program."
        assert "a bug" in caplog.text
        assert made.shown_notices == []
        made.updates.check_now()
        await wait_until(lambda: made.updates.state.phase is UpdatePhase.AVAILABLE)


async def test_the_log_does_not_name_the_proxy_that_stands_in_the_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log must not name the proxy, because users copy the log for support."""
    caplog.set_level(logging.INFO)

    async def by_proxy() -> Route:
        return Route({"all": Proxy("http", "proxy.invalid", 8080)})

    preferences = Preferences(Settings(checks_updates=True), lambda _settings: None)
    updates = Updates(
        preferences, Notices(), lambda: read_latest(by_proxy), "0.2.0", schedule=QUICK
    )
    updates.start()
    await wait_until(lambda: "No answer about updates" in caplog.text)
    await updates.close()
    assert "proxy.invalid" not in caplog.text


async def test_what_was_seen_after_a_press_is_not_told_the_next_day() -> None:
    async with open_updates_harness(NEWER) as made:
        made.updates.check_now()
        await wait_until(lambda: made.updates.state.phase is UpdatePhase.AVAILABLE)
        made.updates.start()
        made.clock.advance(DAY_S)
        await wait_until(lambda: made.request_count == 2)
        assert await wait_until_stable(lambda: made.request_count) == 2
        assert made.shown_notices == []


async def test_many_presses_are_one_question() -> None:
    async with open_updates_harness(never_answer) as made:
        for _press in range(20):
            made.updates.check_now()
            await yield_to_tasks()
        assert await wait_until_stable(lambda: made.request_count) == 1


async def test_the_button_of_the_notice_shows_what_is_new() -> None:
    async with open_updates_harness(NEWER) as made:
        shown: list[None] = []
        made.updates.details_requested.subscribe(shown.append)
        made.updates.start()
        await wait_until(lambda: made.shown_notices)
        action = made.shown_notices[0].action
        assert action is not None
        action()
        assert len(shown) == 1
        assert made.updates.state.release is not None
        assert made.updates.state.release.notes == "New."


async def test_closing_ends_a_question_that_is_awaited() -> None:
    async with open_updates_harness(never_answer) as made:
        made.updates.check_now()
        made.updates.start()
        await wait_until(lambda: made.request_count)
