"""Both panels with the real queue, history and emulator: from Run to the picture, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.job_queue.job_button import JobButton
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn, JobRole
from runcomfy_desktop.ui.job_queue.panel import JobsPanel
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from runcomfy_desktop.ui.results.panel import OutputPanel
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until
from tests.support.clocks import SteppingClock
from tests.support.emulators import use_painted_outputs
from tests.support.queue_harness import FAST_POLLING, open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from runcomfy_desktop.ui.job_queue.state_texts import StateText
    from tests.support.queue_harness import QueueHarness


class PanelsWindow(QWidget):
    """Both panels, connected as in the main window."""

    def __init__(self, harness: QueueHarness) -> None:
        super().__init__()
        self._scope = scope = SessionScope(QWidget(self))
        self.outputs = OutputPanel(scope, harness.queue, parent=self, now=SteppingClock())
        self.jobs = JobsPanel(scope, harness.queue, parent=self, now=SteppingClock())
        self.jobs.show_filter(JobFilter.ALL)
        layout = QVBoxLayout(self)
        layout.addWidget(self.outputs, 2)
        layout.addWidget(self.jobs, 1)
        self.jobs.follower.job_shown.connect(self.outputs.show_job)
        self.outputs.show_job(self.jobs.follower.shown_job_id)
        self.resize(900, 900)
        self.show()

    def state_text(self, job_id: str) -> str:
        row = self.jobs.model.row_of(job_id)
        return str(self.jobs.model.index(row, JobColumn.STATE).data())

    def hint(self, job_id: str) -> str:
        row = self.jobs.model.row_of(job_id)
        words: StateText = self.jobs.model.index(row, JobColumn.STATE).data(JobRole.STATE_TEXT)
        return words.hint

    def is_enabled(self, job_id: str) -> bool:
        button = self.button(job_id)
        return button is not None and button.isEnabled()

    def button(self, job_id: str) -> JobButton | None:
        found = [each for each in self.findChildren(JobButton) if each.isVisible()]
        return next((each for each in found if each.job_id == job_id), None)

    async def press_button(self, job_id: str, text: str) -> None:
        """Waits until the row has its button, as a user would, and presses it."""
        await wait_until(lambda: self.text(job_id) == text)
        button = self.button(job_id)
        assert button is not None
        click(button)

    def text(self, job_id: str) -> str:
        button = self.button(job_id)
        return "" if button is None else button.text()

    def leave(self) -> None:
        self._scope.close()


def click(button: QWidget) -> None:
    """Clicks without waiting: a nested event loop would lose the tasks of this one."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


async def test_a_run_ends_as_a_picture_in_both_panels(qapp: QApplication, tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        use_painted_outputs(harness.backend)
        window = PanelsWindow(harness)
        job_id = await harness.submit(text="a blue bicycle")
        await harness.wait_until_state(job_id, JobState.DONE)
        await wait_until(lambda: window.outputs.result_view.picture_view.picture is not None)
        picture = window.outputs.result_view.picture_view.picture
        assert picture is not None
        assert (picture.size.width(), picture.size.height()) == (64, 64)
        await wait_until(lambda: window.state_text(job_id) == "Done")
        assert window.outputs.properties.value("changed").startswith("width 1024 → 64")
        assert window.jobs.table.selected_ids() == [job_id]
        window.leave()


async def test_a_job_is_cancelled_by_its_button(qapp: QApplication, tmp_path: Path) -> None:
    async with open_queue_harness(
        tmp_path, timing=EmulatorTiming(cold_start_s=0, run_s=600, cancel_delay_s=0)
    ) as harness:
        window = PanelsWindow(harness)
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, JobState.RUNNING)
        await window.press_button(job_id, "Cancel")
        await harness.wait_until_state(job_id, JobState.CANCELLED)
        await wait_until(lambda: window.state_text(job_id) == "Cancelled")
        await wait_until(lambda: window.text(job_id) == "Run again")
        window.leave()


async def test_a_cancel_that_does_nothing_can_be_pressed_again_and_says_so(
    qapp: QApplication, tmp_path: Path
) -> None:
    pace = replace(FAST_POLLING, cancel_expiry_s=1e6, cancel_retry_backoff=Backoff(1e6, 1e6))
    cloud = EmulatorTiming(cold_start_s=0, run_s=600, cancel_delay_s=0)
    async with open_queue_harness(tmp_path, pace=pace, timing=cloud) as harness:
        window = PanelsWindow(harness)
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, JobState.RUNNING)
        harness.backend.faults.set("cancel-ignored")
        harness.transport.is_down = True
        await window.press_button(job_id, "Cancel")
        await wait_until(lambda: window.state_text(job_id) == "Cancelling… (not accepted yet)")
        assert "could not be asked to cancel yet" in window.hint(job_id)
        harness.transport.is_down = False
        await wait_until(lambda: window.is_enabled(job_id))
        await window.press_button(job_id, "Cancel")
        await wait_until(lambda: "RunComfy was asked to cancel" in window.hint(job_id))
        await wait_until(lambda: window.state_text(job_id) == "Cancelling…")
        await wait_until(lambda: not window.is_enabled(job_id))
        window.leave()
    harness.pace = replace(FAST_POLLING, cancel_expiry_s=0.05)
    async with harness.program():
        window = PanelsWindow(harness)
        await wait_until(lambda: "did not report the job as cancelled" in window.hint(job_id))
        assert window.state_text(job_id) == "Running"
        await wait_until(lambda: window.is_enabled(job_id))
        harness.backend.faults.set("")
        await window.press_button(job_id, "Cancel")
        await harness.wait_until_state(job_id, JobState.CANCELLED)
        window.leave()


async def test_a_lost_answer_is_found_again_by_its_request_id(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        window = PanelsWindow(harness)
        harness.backend.faults.set("drop-answer")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, JobState.UNCERTAIN)
        await wait_until(lambda: window.state_text(job_id) == "Sent, answer unknown")
        await window.press_button(job_id, "Resolve…")
        field = find(window, QLineEdit, "resolve_request_id")
        field.setText(next(iter(harness.backend.runs)))
        click(find(window, QPushButton, "resolve_adopt"))
        await harness.wait_until_state(job_id, JobState.DONE)
        assert harness.accepted_count == 1
        window.leave()


async def test_a_failure_tells_its_reason(qapp: QApplication, tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        error = [{"errorCode": 11011, "error": "KSampler: out of memory", "debugInfo": "node 31"}]
        harness.transport.override_json("result", status="failed", outputs=None, error=error)
        window = PanelsWindow(harness)
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, JobState.FAILED)
        await wait_until(lambda: window.state_text(job_id) == "Failed · out of memory")
        await window.press_button(job_id, "Details")
        story = find(window, QLabel, "job_details_story")
        assert "KSampler: out of memory" in story.text()
        assert "billed" in story.text()
        window.leave()


async def test_removed_rows_come_back_by_undo_with_all_that_belongs_to_them(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        window = PanelsWindow(harness)
        jobs = await harness.submit_many(3)
        for job_id in jobs:
            await harness.wait_until_state(job_id, JobState.DONE)
        await wait_until(lambda: [window.state_text(each) for each in jobs] == ["Done"] * 3)
        before, rows = dict(harness.queue.jobs), [window.jobs.model.row_of(each) for each in jobs]
        window.jobs.select_job(jobs[1])
        QTest.keyClick(window.jobs.table, Qt.Key.Key_Delete)
        await wait_until(lambda: window.jobs.model.rowCount() == 2)
        assert window.jobs.model.row_of(jobs[1]) == -1
        await wait_until(lambda: harness.shown_notices)
        [notice] = harness.shown_notices
        assert (notice.title, notice.action_text) == ("Removed 1 job from the list.", "Undo")
        assert notice.action is not None
        notice.action()
        await wait_until(lambda: window.jobs.model.rowCount() == 3)
        assert [window.jobs.model.row_of(each) for each in jobs] == rows
        assert harness.queue.jobs == before
        window.leave()


async def test_a_job_that_waits_for_the_end_of_a_pause_says_until_when(
    qapp: QApplication, tmp_path: Path
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        window = PanelsWindow(harness)
        harness.backend.faults.set("rate-limit@submit:1:1800")
        await harness.wait_until_state(await harness.submit(), JobState.FAILED)
        waiting = await harness.submit(noise_seed=1)
        window.jobs.select_job(waiting)
        await wait_until(lambda: window.state_text(waiting).startswith("Waiting until "))
        until_text = window.state_text(waiting)
        reason = harness.queue.send_queue.wait_reason(harness.queue.jobs[waiting])
        assert (until_text, window.hint(waiting)) == (reason.text, reason.hint)
        assert window.text(waiting) == "Cancel"
        assert until_text in window.outputs.result_view.job_card.text()
        assert "costs nothing" in window.outputs.result_view.job_card.text()
        harness.queue.allow_probes()
        await harness.wait_until_state(waiting, JobState.DONE)
        later = await harness.submit(noise_seed=2)
        await harness.wait_until_state(later, JobState.DONE)
        await wait_until(lambda: window.state_text(waiting) == "Done")
        assert harness.queue.send_queue.state.resumes_s == 0.0
        window.leave()


async def test_rows_say_why_their_jobs_wait_as_the_send_queue_knows_it(
    qapp: QApplication, tmp_path: Path
) -> None:
    timing = EmulatorTiming(cold_start_s=0, run_s=600, cancel_delay_s=0)
    async with open_queue_harness(tmp_path, timing=timing) as harness:
        harness.preferences.set(in_flight=1)
        window, send_queue = PanelsWindow(harness), harness.queue.send_queue
        sent, first, second = await harness.submit_many(3)
        await harness.wait_until_state(sent, JobState.RUNNING)
        await wait_until(lambda: window.state_text(first) == "Waiting for a free place")
        assert window.state_text(second) == "Waiting · 1 before it"
        window.jobs.select_job(first)
        repainted = QSignalSpy(window.jobs.model.dataChanged)
        send_queue.set_has_key(False, is_refused=True)
        await wait_until(lambda: repainted.count())
        for job_id in (first, second):
            reason = send_queue.wait_reason(harness.queue.jobs[job_id])
            assert (window.state_text(job_id), window.hint(job_id)) == (reason.text, reason.hint)
        assert window.state_text(first) == "Waiting for a valid key"
        card = window.outputs.result_view.job_card
        await wait_until(lambda: "Waiting for a valid key" in card.text())
        window.leave()
