"""Several runs at once: the button next to Run, its dialog, and the resulting batch."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.sweeps.batch_planner import plan_batch
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan, SeedStrategy
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.ui.sweeps.batch_dialog import BatchDialog
from tests.gui.support.accessibility_audit import accessibility_errors
from tests.gui.support.focus import invisible_focus_stops
from tests.gui.support.gui_program import (
    GuiProgram,
    open_program,
    process_events_async,
    show_window,
)
from tests.gui.support.user_input import find, key, press, retype, type_text
from tests.support.async_wait import wait_until
from tests.support.budget_harness import open_budget_harness
from tests.support.draft_runs import open_file, run_all
from tests.support.spent_jobs import SKU, finished_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from tests.support.budget_harness import BudgetHarness

W = TypeVar("W", bound=QWidget)
GRAPH: JsonObject = {"1": {"class_type": "KSampler", "inputs": {"seed": 7}}}
SEED = InputKey("1", "seed")
K = Qt.Key
NO_KEYS = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


async def open_dialog(program: GuiProgram) -> QDialog:
    """Opens the dialog with the menu's shortcut."""
    await program.wait_until_open()
    program.window.activateWindow()
    await process_events_async()
    await program.key(K.Key_Return, CTRL | SHIFT)
    await wait_until(lambda: program.is_visible(QDialog, "several_dialog"))
    return program.find(QDialog, "several_dialog")


class BatchDialogHarness:
    """The dialog on a workflow with one seed, without the program around it.

    `accepted` counts how often it was accepted.
    """

    def __init__(self, harness: BudgetHarness) -> None:
        self.till = harness
        self.draft_editor = DraftEditor()
        self.draft_editor.open_deployment(
            Deployment("d", "D", hardware=(SKU,), max_instances=3, payload=DeploymentPayload(GRAPH))
        )
        self.window = QWidget()
        self.accepted = 0
        self.dialog: BatchDialog
        self.several = BatchPlan()

    async def open(self, runs: int = 4) -> None:
        self.dialog = BatchDialog(self.draft_editor, self.till.budget, BatchPlan(runs), self.window)
        self.dialog.accepted.connect(self._on_accepted)
        self.dialog.open()
        await process_events_async()

    def find(self, kind: type[W], name: str) -> W:
        return find(self.window, kind, name)

    def there(self, kind: type[W], name: str) -> bool:
        return any(each.isVisible() for each in self.window.findChildren(kind, name))

    async def press(self, name: str) -> None:
        press(self.find(QAbstractButton, name))
        await process_events_async()

    async def key(self, which: Qt.Key, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        key(self.dialog, which, keys)
        await process_events_async()

    def seeds(self) -> list[object]:
        """Returns the seeds of the runs that result from the choice."""
        drafts = run_all(plan_batch(self.draft_editor, self.several))
        return [each.value(SEED) for each in drafts]

    def _on_accepted(self) -> None:
        self.accepted += 1
        self.several = self.dialog.plan


@asynccontextmanager
async def open_alone(folder: Path) -> AsyncIterator[BatchDialogHarness]:
    async with open_budget_harness(folder, day_limit_usd=1.05) as harness:
        alone = BatchDialogHarness(harness)
        await show_window(alone.window)
        yield alone
        for dialog in alone.window.findChildren(BatchDialog):
            dialog.reject()
        alone.window.close()
        await process_events_async()


def seeds(program: GuiProgram) -> list[int | None]:
    return [job.seed for job in program.services.queue.jobs.values()]


def button(place: GuiProgram | BatchDialogHarness) -> QPushButton:
    return place.find(QPushButton, "several_run")


def label_text(place: GuiProgram | BatchDialogHarness, name: str) -> str:
    label = place.find(QLabel, name)
    return label.text() if label.isVisible() else ""


def choose(place: GuiProgram | BatchDialogHarness, way: SeedStrategy) -> None:
    box = place.find(QComboBox, "seed_way_0")
    box.setFocus()
    while box.currentData() is not way:
        before = box.currentIndex()
        QTest.keyClick(box, K.Key_Down)
        if box.currentIndex() == before:
            QTest.keyClick(box, K.Key_Home)


# The dialog


async def test_the_menu_beside_run_opens_it_by_keyboard_and_runs_nothing_by_itself(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        more = program.find(QToolButton, "run_more")
        texts = [each.text().replace("&", "") for each in more.menu().actions()]
        assert texts[:2] == ["Run", "Run several…"]
        assert (more.accessibleName(), more.toolTip()) == ("More ways to run",) * 2
        assert more.height() == program.find(QPushButton, "run").height()
        program.find(QPushButton, "run").setFocus()
        await program.key(K.Key_Tab)
        assert QApplication.focusWidget() is more
        more.menu().popup(more.mapToGlobal(QPoint(0, more.height())))
        QTest.keyClick(more.menu(), K.Key_Down)
        QTest.keyClick(more.menu(), K.Key_Down)
        QTest.keyClick(more.menu(), K.Key_Return)
        await wait_until(lambda: program.is_visible(QDialog, "several_dialog"))
        assert program.states() == []


async def test_number_and_price_are_on_the_button(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await open_dialog(program)
        assert button(program).text() == "Run 4 jobs"
        retype(program.find(QLineEdit, "several_runs"), "12")
        assert button(program).text() == "Run 12 jobs"
        assert label_text(program, "several_cost").startswith("About $0.17 for its start")


async def test_what_was_measured_is_the_price_and_the_time(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.till.finish_job(finished_job("a", 50.0, min_instances=1))
        await alone.open(24)
        assert button(alone).text() == "Run 24 jobs, about $1.20"
        time = label_text(alone, "several_time")
        assert time == "About 20:00, one run after the other; about 6:40 on 3 machines at once."
        cost = label_text(alone, "several_cost")
        assert cost.endswith("has room for $1.00: what would pass it is held, not sent.")


async def test_the_runs_are_one_batch_with_the_seeds_that_were_chosen(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await open_dialog(program)
        choose(program, SeedStrategy.COUNT_UP)
        retype(program.find(QLineEdit, "seed_start_0"), "41")
        retype(program.find(QLineEdit, "several_runs"), "3")
        # Other ways to run would ask the user before this number of jobs; here the button was the
        # confirmation.
        program.preferences.set(ask_from_jobs=1)
        await program.press("several_run")
        await wait_until(lambda: program.states() == [JobState.DONE] * 3)
        line = program.find(QLabel, "batch_line_text")
        await wait_until(lambda: line.isVisible() and "Batch “3 runs”: 3 of 3 done" in line.text())
        assert seeds(program) == [41, 42, 43]
        batches = {(job.batch_id, job.batch_name) for job in program.services.queue.jobs.values()}
        assert len(batches) == 1
        assert batches.pop()[1] == "3 runs"
        # For this batch only: the draft still has its seed.
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.changes == {}


async def test_random_seeds_differ(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        alone.draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
        await alone.open()
        assert alone.find(QComboBox, "seed_way_0").currentData() is SeedStrategy.RANDOM
        await alone.press("several_run")
        ran_with = alone.seeds()
        assert len(set(ran_with)) == 4
        draft = alone.draft_editor.state.draft
        assert draft is not None
        assert draft.value(SEED) == ran_with[-1]


async def test_a_list_says_what_is_wrong_with_it_and_can_say_how_many(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        choose(alone, SeedStrategy.LIST)
        assert label_text(alone, "seed_fault_0") == "The list is empty."
        assert button(alone).isEnabled() is False
        assert button(alone).accessibleDescription() == "The list is empty."
        alone.find(QPlainTextEdit, "seed_list_0").setFocus()
        type_text(alone.dialog, "5, six")
        assert label_text(alone, "seed_fault_0") == "“six” is no whole number."
        for _letter in "six":
            await alone.key(K.Key_Backspace)
        type_text(alone.dialog, "6\n7")
        assert label_text(alone, "seed_fault_0") == "The list has 3 seeds, for 4 runs."
        await alone.press("seed_fit_0")
        assert label_text(alone, "seed_fault_0") == ""
        assert not alone.there(QToolButton, "seed_fit_0")
        assert button(alone).text() == "Run 3 jobs"
        await alone.press("several_run")
        assert alone.accepted == 1
        assert alone.seeds() == [5, 6, 7]


async def test_runs_that_are_all_alike_are_told_and_not_refused(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        choose(alone, SeedStrategy.KEEP)
        assert label_text(alone, "several_note") == "No seed changes: all 4 runs are alike."
        assert button(alone).isEnabled()
        retype(alone.find(QLineEdit, "several_runs"), "1")
        assert label_text(alone, "several_note") == ""


@pytest.mark.parametrize("typed", ["", "0", "1001", "-3", "many", "999999999"])
async def test_what_is_no_number_of_runs_is_refused(tmp_path: Path, typed: str) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        retype(alone.find(QLineEdit, "several_runs"), typed)
        assert label_text(alone, "several_fault") == "A whole number from 1 to 1000."
        assert not button(alone).isEnabled()
        for keys in (NO_KEYS, CTRL):
            await alone.key(K.Key_Return, keys)
        assert alone.there(QDialog, "several_dialog")
        assert alone.accepted == 0


async def test_it_begins_with_the_seed_and_the_mode_that_the_draft_has_by_then(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await open_dialog(program)
        retype(program.find(QLineEdit, "several_runs"), "7")
        choose(program, SeedStrategy.COUNT_UP)
        retype(program.find(QLineEdit, "seed_start_0"), "4711")
        choose(program, SeedStrategy.LIST)
        program.find(QPlainTextEdit, "seed_list_0").setPlainText("5, 6")
        await program.key(K.Key_Escape)
        await wait_until(lambda: not program.is_visible(QDialog, "several_dialog"))
        seed = InputKey("31", "seed")
        program.services.draft_editor.edit({seed: 4716}, "Seed")
        program.services.draft_editor.set_seed_mode(seed, SeedMode.KEEP)
        await open_dialog(program)
        assert program.find(QComboBox, "seed_way_0").currentData() is SeedStrategy.COUNT_UP
        assert program.find(QLineEdit, "seed_start_0").text() == "4716"
        # The dialog's own values are restored, and so is a typed list.
        assert program.find(QLineEdit, "several_runs").text() == "7"
        choose(program, SeedStrategy.LIST)
        assert program.find(QPlainTextEdit, "seed_list_0").toPlainText() == "5, 6"
        await program.key(K.Key_Escape)
        await wait_until(lambda: not program.is_visible(QDialog, "several_dialog"))
        program.services.draft_editor.set_seed_mode(seed, SeedMode.RANDOM)
        await open_dialog(program)
        assert program.find(QComboBox, "seed_way_0").currentData() is SeedStrategy.RANDOM


@pytest.mark.parametrize("keys", [NO_KEYS, CTRL])
async def test_enter_in_a_field_runs_once(tmp_path: Path, keys: Qt.KeyboardModifier) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        alone.find(QLineEdit, "several_runs").setFocus()
        await alone.key(K.Key_Return, keys)
        assert alone.accepted == 1
        assert len(alone.seeds()) == 4


async def test_enter_on_a_button_presses_that_one(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        button(alone).setFocus()
        await alone.key(K.Key_Return)
        assert alone.accepted == 1
        await alone.open()
        alone.find(QPushButton, "several_cancel").setFocus()
        await alone.key(K.Key_Return)
        assert not alone.there(QDialog, "several_dialog")
        assert alone.accepted == 1


async def test_a_click_right_behind_the_keys_runs_nothing_more(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dialog = await open_dialog(program)
        retype(program.find(QLineEdit, "several_runs"), "3")
        run = button(program)
        QTest.keyClick(dialog, K.Key_Return, CTRL)
        run.click()
        run.click()
        await wait_until(lambda: program.states() == [JobState.DONE] * 3)
        await process_events_async()
        assert program.call_count("submit") == 3


async def test_what_blocks_a_run_is_said_and_followed(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        deployment = alone.draft_editor.state.deployment
        assert deployment is not None
        alone.draft_editor.set_unavailable(deployment.deployment_id, "It was deleted.")
        assert label_text(alone, "several_why") == "It was deleted."
        assert not button(alone).isEnabled()
        alone.draft_editor.set_unavailable(deployment.deployment_id, "")
        assert label_text(alone, "several_why") == ""
        assert button(alone).isEnabled()


async def test_another_draft_brings_its_own_seeds(tmp_path: Path) -> None:
    graph: JsonObject = {
        "1": {"class_type": "A", "inputs": {"seed": 1}},
        "2": {"class_type": "B", "inputs": {"noise_seed": 9}},
    }
    async with open_alone(tmp_path) as alone:
        await alone.open()
        assert not alone.there(QWidget, "seed_1")
        open_file(alone.draft_editor, workflow_from_json(graph), "two.json", "/two.json")
        await process_events_async()
        assert alone.find(QLineEdit, "seed_start_1").text() == "9"
        assert alone.there(QWidget, "seed_1")
        assert label_text(alone, "several_about").startswith("two.json on ")
        assert not button(alone).isEnabled()


async def test_a_workflow_without_seeds_is_told(tmp_path: Path) -> None:
    graph: JsonObject = {"1": {"class_type": "A", "inputs": {"x": 1}}}
    async with open_alone(tmp_path) as alone:
        open_file(alone.draft_editor, workflow_from_json(graph), "none.json", "/none.json")
        await alone.open()
        words = "There is no seed in this workflow: all 4 runs are alike."
        assert label_text(alone, "several_note") == words


async def test_with_nothing_to_run_it_is_said_what_to_do(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        await wait_until(lambda: program.is_visible(QWidget, "welcome_page"))
        await program.trigger("run_several")
        assert "There is nothing to run yet." in program.notices()
        assert not program.is_visible(QDialog, "several_dialog")


async def test_everything_has_a_name_and_shows_the_keyboard(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        for way in (SeedStrategy.LIST, SeedStrategy.COUNT_UP):
            choose(alone, way)
            await process_events_async()
            assert accessibility_errors(alone.dialog) == []
            assert await invisible_focus_stops(alone.find(QLineEdit, "several_runs")) == []
