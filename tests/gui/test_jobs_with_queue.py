"""The two panels on the real queue, history and emulator: from Run to the picture, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.ui.formatting import time_of_day
from runcomfy_desktop.ui.jobs.button import JobButton
from runcomfy_desktop.ui.jobs.panel import JobsPanel
from runcomfy_desktop.ui.models.jobs import Column, JobRole
from runcomfy_desktop.ui.outputs.panel import OutputPanel
from tests.gui.support.hands import find
from tests.support.clock import SteppingClock
from tests.support.emulated import paint_everything
from tests.support.job_bench import QUICK, open_bench
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from runcomfy_desktop.ui.jobs.words import StateWords
    from tests.support.job_bench import Bench


class Window(QWidget):
    """Both panels, connected as the main window connects them."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.jobs = JobsPanel(self, now=SteppingClock())
        self.outputs = OutputPanel(self, now=SteppingClock())
        layout = QVBoxLayout(self)
        layout.addWidget(self.outputs, 2)
        layout.addWidget(self.jobs, 1)
        self.jobs.job_selected.connect(self.outputs.show_job)
        self.outputs.attach(bench.queue)
        self.jobs.attach(bench.queue)
        self.resize(900, 900)
        self.show()

    def words(self, job_id: str) -> str:
        row = self.jobs.model.row_of(job_id)
        return str(self.jobs.model.index(row, Column.STATE).data())

    def hint(self, job_id: str) -> str:
        row = self.jobs.model.row_of(job_id)
        words: StateWords = self.jobs.model.index(row, Column.STATE).data(JobRole.WORDS)
        return words.hint

    def is_enabled(self, job_id: str) -> bool:
        button = self.button(job_id)
        return button is not None and button.isEnabled()

    def button(self, job_id: str) -> JobButton | None:
        found = [each for each in self.findChildren(JobButton) if each.isVisible()]
        return next((each for each in found if each.job_id == job_id), None)

    async def press_button(self, job_id: str, text: str) -> None:
        """Waits until the row has its button, as a person would, and presses it."""
        await until(lambda: self.text(job_id) == text)
        button = self.button(job_id)
        assert button is not None
        click(button)

    def text(self, job_id: str) -> str:
        button = self.button(job_id)
        return "" if button is None else button.text()

    def leave(self) -> None:
        self.jobs.detach()
        self.outputs.detach()


def click(button: QWidget) -> None:
    """A click without waiting: to wait in a loop of its own would lose the tasks of this one."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


async def test_a_run_ends_as_a_picture_in_both_panels(qapp: QApplication, tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        paint_everything(bench.world)
        window = Window(bench)
        job_id = await bench.submit(text="a blue bicycle")
        await bench.reaches(job_id, JobState.DONE)
        await until(lambda: window.outputs.stage.view.picture is not None)
        picture = window.outputs.stage.view.picture
        assert picture is not None
        assert (picture.size.width(), picture.size.height()) == (64, 64)
        await until(lambda: window.words(job_id) == "Done")
        assert window.outputs.facts.value("changed").startswith("width, height")
        assert window.jobs.table.selected_ids() == [job_id]
        window.leave()


async def test_a_job_is_cancelled_by_its_button(qapp: QApplication, tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=Pace(cold_start_s=0, run_s=600, cancel_lag_s=0)) as bench:
        window = Window(bench)
        job_id = await bench.submit()
        await bench.reaches(job_id, JobState.RUNNING)
        await window.press_button(job_id, "Cancel")
        await bench.reaches(job_id, JobState.CANCELLED)
        await until(lambda: window.words(job_id) == "Cancelled")
        await until(lambda: window.text(job_id) == "Run again")
        window.leave()


async def test_a_cancel_that_does_nothing_can_be_pressed_again_and_says_so(
    qapp: QApplication, tmp_path: Path
) -> None:
    pace = replace(QUICK, cancel_again_s=1e6, cancel_s=1e6, cancel_most_s=1e6)
    cloud = Pace(cold_start_s=0, run_s=600, cancel_lag_s=0)
    async with open_bench(tmp_path, pace=pace, cloud=cloud) as bench:
        window = Window(bench)
        job_id = await bench.submit()
        await bench.reaches(job_id, JobState.RUNNING)
        bench.world.faults.set("cancel-ignored")
        bench.network.is_down = True
        await window.press_button(job_id, "Cancel")
        await until(lambda: window.words(job_id) == "Cancelling… (not accepted yet)")
        assert "could not be asked to cancel yet" in window.hint(job_id)
        bench.network.is_down = False
        await until(lambda: window.is_enabled(job_id))
        await window.press_button(job_id, "Cancel")
        await until(lambda: "RunComfy was asked to cancel" in window.hint(job_id))
        await until(lambda: window.words(job_id) == "Cancelling…")
        await until(lambda: not window.is_enabled(job_id))
        window.leave()
    bench.pace = replace(QUICK, cancel_again_s=0.05)
    async with bench.program():
        window = Window(bench)
        await until(lambda: "did not report the job as cancelled" in window.hint(job_id))
        assert window.words(job_id) == "Running"
        await until(lambda: window.is_enabled(job_id))
        bench.world.faults.set("")
        await window.press_button(job_id, "Cancel")
        await bench.reaches(job_id, JobState.CANCELLED)
        window.leave()


async def test_a_lost_answer_is_found_again_by_its_request_id(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_bench(tmp_path) as bench:
        window = Window(bench)
        bench.world.faults.set("drop-answer")
        job_id = await bench.submit()
        await bench.reaches(job_id, JobState.UNCERTAIN)
        await until(lambda: window.words(job_id) == "Sent, answer unknown")
        await window.press_button(job_id, "Resolve…")
        field = find(window, QLineEdit, "resolve_request_id")
        field.setText(next(iter(bench.world.runs)))
        click(find(window, QPushButton, "resolve_adopt"))
        await bench.reaches(job_id, JobState.DONE)
        assert bench.accepted == 1
        window.leave()


async def test_a_failure_tells_its_reason(qapp: QApplication, tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        error = [{"errorCode": 11011, "error": "KSampler: out of memory", "debugInfo": "node 31"}]
        bench.network.bend_json("result", status="failed", outputs=None, error=error)
        window = Window(bench)
        job_id = await bench.submit()
        await bench.reaches(job_id, JobState.FAILED)
        await until(lambda: window.words(job_id) == "Failed · out of memory")
        await window.press_button(job_id, "Details")
        story = find(window, QLabel, "job_details_story")
        assert "KSampler: out of memory" in story.text()
        assert "billed" in story.text()
        window.leave()


async def test_removed_rows_come_back_by_undo_with_all_that_belongs_to_them(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_bench(tmp_path) as bench:
        window = Window(bench)
        jobs = await bench.submit_many(3)
        for job_id in jobs:
            await bench.reaches(job_id, JobState.DONE)
        await until(lambda: [window.words(each) for each in jobs] == ["Done"] * 3)
        before, rows = dict(bench.queue.jobs), [window.jobs.model.row_of(each) for each in jobs]
        window.jobs.select_job(jobs[1])
        QTest.keyClick(window.jobs.table, Qt.Key.Key_Delete)
        await until(lambda: window.jobs.model.rowCount() == 2)
        assert window.jobs.model.row_of(jobs[1]) == -1
        await until(lambda: bench.told)
        [notice] = bench.told
        assert (notice.title, notice.action_text) == ("Removed 1 job from the list.", "Undo")
        assert notice.action is not None
        notice.action()
        await until(lambda: window.jobs.model.rowCount() == 3)
        assert [window.jobs.model.row_of(each) for each in jobs] == rows
        assert bench.queue.jobs == before
        window.leave()


async def test_a_job_that_waits_for_the_end_of_a_pause_says_until_when(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_bench(tmp_path) as bench:
        window = Window(bench)
        bench.world.faults.set("rate-limit@submit:1:1800")
        await bench.reaches(await bench.submit(), JobState.FAILED)
        waiting = await bench.submit(noise_seed=1)
        window.jobs.select_job(waiting)
        until_text = f"Waiting until {time_of_day(bench.queue.pauses.sending_until_s)}"
        await until(lambda: window.words(waiting) == until_text)
        assert window.text(waiting) == "Cancel"
        assert until_text in window.outputs.stage.job_card.text()
        assert "costs nothing" in window.outputs.stage.job_card.text()
        bench.queue.try_now()
        await bench.reaches(waiting, JobState.DONE)
        later = await bench.submit(noise_seed=2)
        await bench.reaches(later, JobState.DONE)
        await until(lambda: window.words(waiting) == "Done")
        assert bench.queue.pauses.sending_until_s == 0.0
        window.leave()
