"""Quick presses on the queue's buttons, whose words change and whose rows want to move: nothing is
run that was not asked for. The real queue and emulator, which counts what is paid."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.ui.jobs.button import JobButton
from runcomfy_desktop.ui.jobs.panel import JobsPanel
from runcomfy_desktop.ui.jobs.pointer import REST_S
from runcomfy_desktop.ui.widgets.press_guard import SETTLE_S
from tests.gui.support.hands import point_at, settle
from tests.gui.support.jobs_hands import point_away
from tests.support.clock import Clock
from tests.support.job_bench import open_bench
from tests.support.until import turns, until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget

    from tests.support.job_bench import Bench

_LEFT = Qt.MouseButton.LeftButton
_JOBS = 10
_AT_ONCE = 2
# As fast as a finger can, for a minute of the clock.
_PRESS_S = 0.1
_PRESSES = 600
_RUNS = Pace(cold_start_s=0, run_s=5, cancel_lag_s=1)


class Hand:
    """A pointer over the queue's panel. Its clock is the panel's, and moves the emulator's too."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.clock = Clock(0.0)
        self.panel = JobsPanel(now=self.clock)
        self.panel.attach(bench.queue)
        self.panel.resize(900, 700)
        self.panel.show()
        self.at = QPoint()
        bench.preferences.set(in_flight=_AT_ONCE)

    def buttons(self) -> list[JobButton]:
        found = [each for each in self.panel.findChildren(JobButton) if each.isVisible()]
        return sorted(found, key=lambda each: each.y())

    def button(self, job_id: str) -> JobButton | None:
        return next((each for each in self.buttons() if each.job_id == job_id), None)

    def order(self) -> list[str]:
        return [each.job_id for each in self.buttons()]

    def word(self, job_id: str) -> str:
        button = self.button(job_id)
        return "" if button is None else button.text()

    def point_at(self, button: JobButton) -> None:
        self.at = button.mapTo(self.panel, button.rect().center())
        point_at(button)

    async def go_to(self, button: JobButton) -> None:
        """The same, and waits there until the button has been what it is for long enough."""
        self.point_at(button)
        await self.until_ripe(button)

    async def until_ripe(self, button: JobButton) -> None:
        settle()
        for _step in range(100):
            if button.guard.is_over:
                return
            await self.wait(SETTLE_S)
        raise AssertionError("it changes all the time")

    def go_away(self) -> None:
        point_away(self.panel)

    @property
    def target(self) -> QWidget:
        """What lies under the pointer now."""
        found = self.panel.childAt(self.at)
        assert found is not None
        return found

    def press(self) -> None:
        target = self.target
        QTest.mouseClick(
            target, _LEFT, Qt.KeyboardModifier.NoModifier, target.mapFrom(self.panel, self.at)
        )

    async def wait(self, seconds: float) -> None:
        """Lets time pass, behind what there is to be shown by now."""
        settle()
        self.clock.advance(seconds)
        self.bench.clock.advance(seconds)
        await turns()

    async def until_over(self) -> None:
        """Lets time pass until every job has ended."""

        def is_over() -> bool:
            self.clock.advance(1.0)
            self.bench.clock.advance(1.0)
            return not self.bench.queue.active_count

        await until(is_over)

    async def shown(self, count: int) -> None:
        """Waits until the list has been there for a while, and what may run is running."""
        await until(lambda: len(self.buttons()) == count)
        await until(lambda: len(self.bench.in_state(JobState.RUNNING)) == _AT_ONCE)
        await self.wait(SETTLE_S)

    def leave(self) -> None:
        self.panel.detach()
        # The next test's pointer moves where this window lies.
        self.panel.close()


@pytest.mark.parametrize("row", [0, 4, 8])
async def test_a_minute_of_quick_presses_at_one_place_runs_nothing_again(
    qapp: QApplication, tmp_path: Path, row: int
) -> None:
    async with open_bench(tmp_path, cloud=_RUNS) as bench:
        hand = Hand(bench)
        await bench.submit_many(_JOBS)
        await hand.shown(_JOBS)
        await hand.go_to(hand.buttons()[row])
        for _press in range(_PRESSES):
            hand.press()
            await hand.wait(_PRESS_S)
        await hand.until_over()
        assert len(bench.queue.jobs) == _JOBS
        assert bench.accepted + len(bench.in_state(JobState.CANCELLED)) >= _JOBS
        assert bench.accepted <= _JOBS
        hand.leave()


async def test_quick_presses_all_over_the_list_run_what_said_so_for_long_enough_and_nothing_else(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_bench(tmp_path, cloud=_RUNS) as bench:
        hand, chance = Hand(bench), random.Random(7)
        await bench.submit_many(_JOBS)
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
                asked += text == "Run again" and now_s - began_s >= SETTLE_S - 1e-6
                since_s[target.job_id] = (text, y, now_s)
            hand.press()
            await hand.wait(_PRESS_S)
        await hand.until_over()
        count = len(bench.queue.jobs)
        assert bench.accepted <= count <= _JOBS + asked
        # One press, after one has read the word.
        await until(lambda: any(each.text() == "Run again" for each in hand.buttons()))
        await hand.go_to(next(each for each in hand.buttons() if each.text() == "Run again"))
        await hand.wait(SETTLE_S)
        hand.press()
        await until(lambda: len(bench.queue.jobs) == count + 1)
        hand.leave()


async def test_a_double_click_on_a_waiting_job_s_cancel_never_runs_it_again(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_bench(tmp_path, cloud=_RUNS) as bench:
        hand = Hand(bench)
        jobs = await bench.submit_many(_JOBS)
        await hand.shown(_JOBS)
        for job_id in [each for each in jobs if bench.queue.jobs[each].state is JobState.WAITING]:
            button = hand.button(job_id)
            assert button is not None
            await hand.go_to(button)
            hand.press()
            await until(lambda button=button: button.text() == "Run again")  # type: ignore[misc]
            assert (hand.target, button.job_id) == (button, job_id)
            await hand.wait(_PRESS_S)
            hand.press()
            await hand.wait(SETTLE_S - _PRESS_S)
        await turns()
        assert len(bench.queue.jobs) == _JOBS
        assert bench.accepted == _JOBS - len(bench.in_state(JobState.CANCELLED))
        hand.leave()


async def test_rows_keep_still_under_the_pointer_until_it_rests_or_leaves(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_bench(tmp_path, cloud=_RUNS) as bench:
        hand = Hand(bench)
        await bench.submit_many(_JOBS)
        await hand.shown(_JOBS)
        order = hand.order()
        waiting = [each for each in order if bench.queue.jobs[each].state is JobState.WAITING]
        moving = hand.button(waiting[0])
        assert moving is not None
        await hand.go_to(moving)
        hand.press()
        await until(lambda: hand.word(waiting[0]) == "Run again")
        assert hand.order() == order
        assert hand.panel.table.verticalScrollBar().value() == 0
        hand.go_away()
        await until(lambda: hand.order() != order, saying=hand.panel.model.keeps_still)
        # Again, and this time it is only left where it is.
        order = hand.order()
        moving = hand.button(waiting[1])
        assert moving is not None
        await hand.go_to(moving)
        hand.press()
        await until(lambda: hand.word(waiting[1]) == "Run again")
        assert hand.order() == order
        await hand.wait(REST_S)
        bench.queue.cancel(waiting[2])
        await until(lambda: hand.word(waiting[2]) == "Run again")
        await until(lambda: hand.order() != order, saying=hand.panel.model.keeps_still)
        hand.leave()


async def test_a_run_of_one_s_own_comes_in_under_the_pointer(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_bench(tmp_path, cloud=_RUNS) as bench:
        hand = Hand(bench)
        await bench.submit_many(3)
        await hand.shown(3)
        await hand.go_to(hand.buttons()[1])
        new = await bench.submit()
        await until(lambda: hand.button(new) is not None)
        # What lies under the pointer by now is nobody's wish.
        lies_here = hand.target
        assert isinstance(lies_here, JobButton)
        hand.press()
        await turns()
        assert not bench.in_state(JobState.CANCELLED)
        assert not any(each.cancel_asked for each in bench.queue.jobs.values())
        await hand.until_ripe(lies_here)
        hand.press()
        wanted = lies_here.job_id
        await until(
            lambda: (
                bench.queue.jobs[wanted].cancel_asked
                or bench.queue.jobs[wanted].state is JobState.CANCELLED
            )
        )
        hand.leave()
