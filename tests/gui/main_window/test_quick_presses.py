"""Quick presses on the queue's buttons, whose texts and rows change: nothing unintended is run.

The queue is real, and so is the emulator, which counts the paid runs.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.job_queue.job_button import JobButton
from runcomfy_desktop.ui.job_queue.panel import JobsPanel
from runcomfy_desktop.ui.job_queue.sort_order import JobSortKey, JobSortOrder
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from runcomfy_desktop.ui.widgets.pointer_activity import IDLE_S
from runcomfy_desktop.ui.widgets.press_guard import QUIET_PERIOD_S
from tests.gui.support.jobs_panel import move_pointer_away
from tests.gui.support.user_input import hover, process_events
from tests.support.async_wait import wait_until, yield_to_tasks
from tests.support.clocks import FakeClock
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.support.queue_harness import QueueHarness

_LEFT = Qt.MouseButton.LeftButton
_JOBS = 10
_AT_ONCE = 2
# Ten presses a second, as fast as a finger, for one minute of the clock.
_PRESS_S = 0.1
_PRESSES = 600
_RUNS = EmulatorTiming(cold_start_s=0, run_s=5, cancel_delay_s=1)


class QueuePointer:
    """A pointer over the queue's panel; its clock drives the panel and the emulator."""

    def __init__(self, harness: QueueHarness) -> None:
        self.queue_harness = harness
        self.clock = FakeClock(0.0)
        self._scope = SessionScope(QWidget())
        self.panel = JobsPanel(self._scope, harness.queue, now=self.clock)
        self.panel.show_filter(JobFilter.ALL)
        self.panel.resize(900, 700)
        self.panel.show()
        self.at = QPoint()
        harness.preferences.set(in_flight=_AT_ONCE)

    def buttons(self) -> list[JobButton]:
        found = [each for each in self.panel.findChildren(JobButton) if each.isVisible()]
        return sorted(found, key=lambda each: each.y())

    def button(self, job_id: str) -> JobButton | None:
        return next((each for each in self.buttons() if each.job_id == job_id), None)

    def order(self) -> list[str]:
        return [each.job_id for each in self.buttons()]

    def button_text(self, job_id: str) -> str:
        button = self.button(job_id)
        return "" if button is None else button.text()

    def point_at(self, button: JobButton) -> None:
        self.at = button.mapTo(self.panel, button.rect().center())
        hover(button)

    async def go_to(self, button: JobButton) -> None:
        """Points at a button and waits until its guard accepts presses."""
        self.point_at(button)
        await self.until_ripe(button)

    async def until_ripe(self, button: JobButton) -> None:
        process_events()
        for _step in range(100):
            if button.guard.is_over:
                return
            await self.wait(QUIET_PERIOD_S)
        raise AssertionError("it changes all the time")

    def go_away(self) -> None:
        move_pointer_away(self.panel)

    @property
    def target(self) -> QWidget:
        """Widget under the pointer."""
        found = self.panel.childAt(self.at)
        assert found is not None
        return found

    def press(self) -> None:
        target = self.target
        QTest.mouseClick(
            target, _LEFT, Qt.KeyboardModifier.NoModifier, target.mapFrom(self.panel, self.at)
        )

    async def wait(self, seconds: float) -> None:
        """Advances the clocks after all pending events have been shown."""
        process_events()
        self.clock.advance(seconds)
        self.queue_harness.clock.advance(seconds)
        await yield_to_tasks()

    async def until_over(self) -> None:
        """Advances the clocks until every job has ended."""

        def is_over() -> bool:
            self.clock.advance(1.0)
            self.queue_harness.clock.advance(1.0)
            return not self.queue_harness.queue.active_count

        await wait_until(is_over)

    async def shown(self, count: int) -> None:
        """Waits until the list is stable, and the maximum number of jobs is running."""
        await wait_until(lambda: len(self.buttons()) == count)
        await wait_until(lambda: len(self.queue_harness.in_state(JobState.RUNNING)) == _AT_ONCE)
        await self.wait(QUIET_PERIOD_S)

    def leave(self) -> None:
        self._scope.close()
        # Closed, because the next test moves its pointer in the same place.
        self.panel.close()


@pytest.mark.parametrize("row", [0, 4, 8])
async def test_a_minute_of_quick_presses_at_one_place_runs_nothing_again(
    qapp: QApplication, tmp_path: Path, row: int
) -> None:
    async with open_queue_harness(tmp_path, timing=_RUNS) as harness:
        hand = QueuePointer(harness)
        await harness.submit_many(_JOBS)
        await hand.shown(_JOBS)
        await hand.go_to(hand.buttons()[row])
        for _press in range(_PRESSES):
            hand.press()
            await hand.wait(_PRESS_S)
        await hand.until_over()
        assert len(harness.queue.jobs) == _JOBS
        assert harness.accepted_count + len(harness.in_state(JobState.CANCELLED)) >= _JOBS
        assert harness.accepted_count <= _JOBS
        hand.leave()


async def test_quick_presses_all_over_the_list_run_what_said_so_for_long_enough_and_nothing_else(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_queue_harness(tmp_path, timing=_RUNS) as harness:
        hand, chance = QueuePointer(harness), random.Random(7)
        await harness.submit_many(_JOBS)
        await hand.shown(_JOBS)
        asked, since_s = 0, dict[str, tuple[str, int, float]]()
        for _press in range(_PRESSES):
            if chance.random() < 0.15:
                hand.point_at(chance.choice(hand.buttons()))
            now_s = hand.clock()
            for each in hand.buttons():
                seen = (each.text(), each.y())
                if since_s.get(each.job_id, ("", 0, 0.0))[:2] != seen:
                    since_s[each.job_id] = (*seen, now_s)
            target = hand.target
            if isinstance(target, JobButton):
                text, y, began_s = since_s[target.job_id]
                asked += text == "Run again" and now_s - began_s >= QUIET_PERIOD_S - 1e-6
                since_s[target.job_id] = (text, y, now_s)
            hand.press()
            await hand.wait(_PRESS_S)
        await hand.until_over()
        count = len(harness.queue.jobs)
        assert harness.accepted_count <= count <= _JOBS + asked
        # One press, after the user has read the text.
        await wait_until(lambda: any(each.text() == "Run again" for each in hand.buttons()))
        await hand.go_to(next(each for each in hand.buttons() if each.text() == "Run again"))
        await hand.wait(QUIET_PERIOD_S)
        hand.press()
        await wait_until(lambda: len(harness.queue.jobs) == count + 1)
        hand.leave()


async def test_a_double_click_on_a_waiting_job_s_cancel_never_runs_it_again(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_queue_harness(tmp_path, timing=_RUNS) as harness:
        hand = QueuePointer(harness)
        jobs = await harness.submit_many(_JOBS)
        await hand.shown(_JOBS)
        for job_id in [each for each in jobs if harness.queue.jobs[each].state is JobState.WAITING]:
            button = hand.button(job_id)
            assert button is not None
            await hand.go_to(button)
            hand.press()
            await wait_until(lambda button=button: button.text() == "Run again")  # type: ignore[misc]
            assert (hand.target, button.job_id) == (button, job_id)
            await hand.wait(_PRESS_S)
            hand.press()
            await hand.wait(QUIET_PERIOD_S - _PRESS_S)
        await yield_to_tasks()
        assert len(harness.queue.jobs) == _JOBS
        assert harness.accepted_count == _JOBS - len(harness.in_state(JobState.CANCELLED))
        hand.leave()


async def test_rows_keep_still_under_the_pointer_until_it_rests_or_leaves(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_queue_harness(tmp_path, timing=_RUNS) as harness:
        hand = QueuePointer(harness)
        await harness.submit_many(_JOBS)
        await hand.shown(_JOBS)
        order = hand.order()
        waiting = [each for each in order if harness.queue.jobs[each].state is JobState.WAITING]
        moving = hand.button(waiting[0])
        assert moving is not None
        await hand.go_to(moving)
        hand.press()
        await wait_until(lambda: hand.button_text(waiting[0]) == "Run again")
        assert hand.order() == order
        assert hand.panel.table.verticalScrollBar().value() == 0
        hand.go_away()
        await wait_until(lambda: hand.order() != order, describe=hand.panel._is_pointer_active)
        # Again, but this time the pointer just stays in its place.
        order = hand.order()
        moving = hand.button(waiting[1])
        assert moving is not None
        await hand.go_to(moving)
        hand.press()
        await wait_until(lambda: hand.button_text(waiting[1]) == "Run again")
        assert hand.order() == order
        await hand.wait(IDLE_S)
        harness.queue.cancel(waiting[2])
        await wait_until(lambda: hand.button_text(waiting[2]) == "Run again")
        await wait_until(lambda: hand.order() != order, describe=hand.panel._is_pointer_active)
        hand.leave()


async def test_a_run_of_one_s_own_comes_in_under_the_pointer(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_queue_harness(tmp_path, timing=_RUNS) as harness:
        hand = QueuePointer(harness)
        # In this order a new job pushes all others down.
        hand.panel.set_order(JobSortOrder(JobSortKey.TIME, is_descending=True))
        await harness.submit_many(3)
        await hand.shown(3)
        pointed = hand.buttons()[1].job_id
        await hand.go_to(hand.buttons()[1])
        new = await harness.submit()
        await wait_until(lambda: hand.order()[:1] == [new])
        # The user did not intend to press the button that is now under the pointer.
        lies_here = hand.target
        assert isinstance(lies_here, JobButton)
        assert lies_here.job_id != pointed
        hand.press()
        await yield_to_tasks()
        assert not harness.in_state(JobState.CANCELLED)
        assert not any(each.cancel_asked for each in harness.queue.jobs.values())
        await hand.until_ripe(lies_here)
        hand.press()
        wanted = lies_here.job_id
        await wait_until(
            lambda: (
                harness.queue.jobs[wanted].cancel_asked
                or harness.queue.jobs[wanted].state is JobState.CANCELLED
            )
        )
        hand.leave()
