"""Before many jobs or a large cost: one confirmation, with number and price on its button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget

from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.ui.run.job_questions import JobPreflight, cost_question
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.gui.support.scripted_queue import ScriptedQueue
from tests.gui.support.user_input import find, press, process_events, show
from tests.support.async_wait import wait_until
from tests.support.budget_harness import BudgetHarness, open_budget_harness
from tests.support.spent_jobs import finished_job, spending_job

if TYPE_CHECKING:
    from pathlib import Path


class QuestionHarness:
    """A window that asks, and counts the agreements."""

    def __init__(self, harness: BudgetHarness) -> None:
        self.till = harness
        self.window = QWidget()
        self.agreed = 0
        show(self.window)

    def ask(self, count: int) -> None:
        """Asks before `count` jobs of one deployment are run."""
        budget, jobs = self.till.budget, [spending_job(f"{number}") for number in range(count)]
        JobPreflight(
            self.window,
            ScriptedQueue().as_queue(),
            "run",
            lambda: jobs,
            self._agree,
            lambda: cost_question(budget, jobs, self._agree),
        ).start()
        process_events()

    def _agree(self) -> None:
        self.agreed += 1

    @property
    def questions(self) -> list[QDialog]:
        return [each for each in self.window.findChildren(QDialog) if each.isVisible()]

    def confirmed_action(self) -> QPushButton:
        return find(self.window, QPushButton, "confirm_run_yes")

    def text(self) -> str:
        return find(self.window, QLabel, "confirm_run_text").text()


async def measured(harness: BudgetHarness) -> None:
    await harness.finish_job(finished_job("a", 50.0, waited_s=170.0))


async def test_little_is_run_without_a_question(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await measured(harness)
        asker = QuestionHarness(harness)
        asker.ask(19)
        assert (asker.agreed, asker.questions) == (1, [])


async def test_number_and_price_are_on_the_button(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await measured(harness)
        asker = QuestionHarness(harness)
        asker.ask(24)
        assert asker.agreed == 0
        assert asker.confirmed_action().text() == "Run 24 jobs, about $1.20"
        assert asker.text().split("\n")[0] == (
            "About $1.20; about $0.17 more if a machine has to start first; "
            "about $0.06 for staying warm afterwards."
        )
        press(asker.confirmed_action())
        assert (asker.agreed, asker.questions) == (1, [])


async def test_enter_and_escape_run_nothing(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await measured(harness)
        asker = QuestionHarness(harness)
        for which in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
            asker.ask(24)
            QTest.keyClick(QApplication.focusWidget() or asker.window, which)
            process_events()
            assert (asker.agreed, asker.questions) == (0, [])


async def test_one_question_stands_at_a_time(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await measured(harness)
        asker = QuestionHarness(harness)
        asker.ask(24)
        asker.ask(500)
        assert len(asker.questions) == 1
        assert asker.confirmed_action().text() == "Run 24 jobs, about $1.20"


async def test_jobs_that_run_again_are_asked_about_by_their_own_deployments(
    tmp_path: Path,
) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await measured(harness)
        asker = QuestionHarness(harness)
        asker.ask(30)
        assert asker.confirmed_action().text() == "Run 30 jobs, about $1.50"


async def test_the_spread_is_that_of_single_runs(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        for number, run_s in enumerate((40.0, 50.0, 90.0, 100.0)):
            await harness.finish_job(finished_job(f"{number}", run_s, min_instances=1))
        asker = QuestionHarness(harness)
        asker.ask(24)
        assert "Half of them cost between $0.05 and $0.09." in asker.text()


async def test_what_was_never_measured_has_no_sum_on_its_button(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        asker = QuestionHarness(harness)
        asker.ask(24)
        assert asker.confirmed_action().text() == "Run 24 jobs"
        assert "No run of it was measured yet" in asker.text()
        assert "Its machine costs about $3.60 an hour." in asker.text()


async def test_a_limit_that_has_less_room_is_told_before(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=1.05) as harness:
        await harness.finish_job(finished_job("a", 50.0, min_instances=1))
        asker = QuestionHarness(harness)
        asker.ask(24)
        assert asker.text().endswith(
            "Your limit on spending has room for $1.00: what would pass it is held, not sent."
        )


async def test_the_demo_asks_without_sums(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, is_billed=False) as harness:
        asker = QuestionHarness(harness)
        asker.ask(24)
        assert asker.confirmed_action().text() == "Run 24 jobs"
        assert "nothing is billed" in asker.text()


# In the window


async def ask_always(program: GuiProgram) -> None:
    await program.wait_until_open()
    program.preferences.set(ask_from_jobs=1)


async def test_run_asks_when_the_person_wants_to_be_asked(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await ask_always(program)
        await program.press("run")
        assert program.states() == []
        await program.press("confirm_run_no")
        assert program.states() == []
        await program.press("run")
        await program.press("confirm_run_yes")
        await wait_until(lambda: program.states() == [JobState.DONE])


async def test_the_notice_of_a_limit_leads_to_the_limits(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.services.budget.settings_requested.publish(None)
        await wait_until(lambda: program.is_visible(QWidget, "money_page"))


async def test_held_jobs_with_room_again_go_when_the_person_says_so(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        # A run without measurements counts as a long one.
        program.preferences.set(day_limit_usd=0.01)
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.HELD])
        await wait_until(lambda: program.notices() != [])
        assert program.notices() == ["The day's limit of $0.01 would be passed. 1 job is held."]
        program.preferences.set(day_limit_usd=50.0)
        offer = "The limit on spending has room for 1 held job."
        await wait_until(lambda: offer in program.notices())
        assert program.states() == [JobState.HELD], "it is not sent by itself"
        assert program.emulator.backend.journal.counts()["accepted"] == 0
        await program.answer(offer)
        await wait_until(lambda: program.states() == [JobState.DONE])


async def test_what_has_no_room_any_more_when_the_person_says_so_stays_held(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.preferences.set(day_limit_usd=0.01)
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.HELD])
        program.preferences.set(day_limit_usd=50.0)
        offer = "The limit on spending has room for 1 held job."
        await wait_until(lambda: offer in program.notices())
        recorded: list[JobState] = []
        program.services.queue.changed.subscribe(lambda job: recorded.append(job.state))
        program.preferences.set(day_limit_usd=0.02)
        await program.answer(offer)
        await wait_until(lambda: recorded[:2] == [JobState.WAITING, JobState.HELD])
        assert program.states() == [JobState.HELD]
        assert program.emulator.backend.journal.counts()["accepted"] == 0


async def test_the_notice_of_many_held_jobs_asks_before_it_sends_them(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.preferences.set(ask_from_jobs=2)
        queue, editor_state = program.services.queue, program.services.draft_editor.state
        assert editor_state.draft is not None
        assert editor_state.deployment is not None
        queue.send_queue.set_online(False)
        queue.submit_many([RunRequest(editor_state.draft, editor_state.deployment)] * 2, "two")
        await wait_until(lambda: program.states() == [JobState.HELD] * 2)
        queue.send_queue.set_online(True)
        title = "RunComfy can be reached again. 2 jobs are held."
        await wait_until(lambda: title in program.notices())
        await program.answer(title)
        assert program.find(QPushButton, "confirm_run_yes").text().startswith("Run 2 jobs")
        assert program.emulator.backend.journal.counts()["accepted"] == 0
        await program.press("confirm_run_yes")
        await wait_until(lambda: program.states() == [JobState.DONE] * 2)
