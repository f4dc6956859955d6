"""Several runs at once: the button beside Run, the dialog behind it, and the one batch it makes."""

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

from runcomfy_desktop.core.several import plan_several
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.sweep.several import SeedWay, Several
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from runcomfy_desktop.ui.batches.several import SeveralDialog
from tests.gui.support.audit import faults_of
from tests.gui.support.focus import unseen
from tests.gui.support.hands import find, key, press, retype, type_text
from tests.gui.support.house import House, open_house, put_up, turn
from tests.support.spent_jobs import SKU, ran
from tests.support.till import open_till
from tests.support.until import until
from tests.support.workbenches import open_file, run_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject
    from tests.support.till import Till

W = TypeVar("W", bound=QWidget)
GRAPH: JsonObject = {"1": {"class_type": "KSampler", "inputs": {"seed": 7}}}
SEED = InputKey("1", "seed")
K = Qt.Key
NO_KEYS = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


async def open_dialog(house: House) -> QDialog:
    """By the menu's shortcut."""
    await house.until_open()
    house.window.activateWindow()
    await turn()
    await house.key(K.Key_Return, CTRL | SHIFT)
    await until(lambda: house.there(QDialog, "several_dialog"))
    return house.find(QDialog, "several_dialog")


class Alone:
    """The dialog on a workflow with one seed, with no program around it. `accepted` tells how
    often it is to run."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.bench = Workbench()
        self.bench.open_deployment(
            Deployment("d", "D", hardware=(SKU,), max_instances=3, payload=Payload(GRAPH))
        )
        self.window = QWidget()
        self.accepted = 0
        self.dialog: SeveralDialog
        self.several = Several()

    async def open(self, runs: int = 4) -> None:
        self.dialog = SeveralDialog(self.bench, self.till.purse, Several(runs), self.window)
        self.dialog.accepted.connect(self._on_accepted)
        self.dialog.open()
        await turn()

    def find(self, kind: type[W], name: str) -> W:
        return find(self.window, kind, name)

    def there(self, kind: type[W], name: str) -> bool:
        return any(each.isVisible() for each in self.window.findChildren(kind, name))

    async def press(self, name: str) -> None:
        press(self.find(QAbstractButton, name))
        await turn()

    async def key(self, which: Qt.Key, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        key(self.dialog, which, keys)
        await turn()

    def seeds(self) -> list[object]:
        """Those of the runs that the program makes of what is chosen."""
        drafts = run_all(plan_several(self.bench, self.several))
        return [each.value(SEED) for each in drafts]

    def _on_accepted(self) -> None:
        self.accepted += 1
        self.several = self.dialog.several


@asynccontextmanager
async def open_alone(folder: Path) -> AsyncIterator[Alone]:
    async with open_till(folder, day_limit_usd=1.05) as till:
        alone = Alone(till)
        await put_up(alone.window)
        yield alone
        for dialog in alone.window.findChildren(SeveralDialog):
            dialog.reject()
        alone.window.close()
        await turn()


def seeds(house: House) -> list[int | None]:
    return [job.seed for job in house.parts.queue.jobs.values()]


def button(place: House | Alone) -> QPushButton:
    return place.find(QPushButton, "several_run")


def said(place: House | Alone, name: str) -> str:
    label = place.find(QLabel, name)
    return label.text() if label.isVisible() else ""


def choose(place: House | Alone, way: SeedWay) -> None:
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
    async with open_house(tmp_path) as house:
        await house.until_open()
        more = house.find(QToolButton, "run_more")
        texts = [each.text().replace("&", "") for each in more.menu().actions()]
        assert texts[:2] == ["Run", "Run several…"]
        assert (more.accessibleName(), more.toolTip()) == ("More ways to run",) * 2
        assert more.height() == house.find(QPushButton, "run").height()
        house.find(QPushButton, "run").setFocus()
        await house.key(K.Key_Tab)
        assert QApplication.focusWidget() is more
        more.menu().popup(more.mapToGlobal(QPoint(0, more.height())))
        QTest.keyClick(more.menu(), K.Key_Down)
        QTest.keyClick(more.menu(), K.Key_Down)
        QTest.keyClick(more.menu(), K.Key_Return)
        await until(lambda: house.there(QDialog, "several_dialog"))
        house.window.detach()
        assert not more.isEnabled()
        await until(lambda: not house.there(QDialog, "several_dialog"))
        assert house.states() == []


async def test_number_and_price_are_on_the_button(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        assert button(house).text() == "Run 4 jobs"
        retype(house.find(QLineEdit, "several_runs"), "12")
        assert button(house).text() == "Run 12 jobs"
        assert said(house, "several_cost").startswith("About $0.17 for its start")


async def test_what_was_measured_is_the_price_and_the_time(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.till.run(ran("a", 50.0, min_instances=1))
        await alone.open(24)
        assert button(alone).text() == "Run 24 jobs, about $1.20"
        time = said(alone, "several_time")
        assert time == "About 20:00, one run after the other; about 6:40 on 3 machines at once."
        cost = said(alone, "several_cost")
        assert cost.endswith("has room for $1.00: what would pass it is held, not sent.")


async def test_the_runs_are_one_batch_with_the_seeds_that_were_chosen(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        choose(house, SeedWay.COUNT_UP)
        retype(house.find(QLineEdit, "seed_start_0"), "41")
        retype(house.find(QLineEdit, "several_runs"), "3")
        # So many are asked about elsewhere; here the button was the question.
        house.preferences.set(ask_from_jobs=1)
        await house.press("several_run")
        await until(lambda: house.states() == [JobState.DONE] * 3)
        line = house.find(QLabel, "batch_line_text")
        await until(lambda: line.isVisible() and "Batch “3 runs”: 3 of 3 done" in line.text())
        assert seeds(house) == [41, 42, 43]
        batches = {(job.batch_id, job.batch_name) for job in house.parts.queue.jobs.values()}
        assert len(batches) == 1
        assert batches.pop()[1] == "3 runs"
        # For this batch only: the draft has the seed that it had.
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.changes == {}


async def test_random_seeds_differ(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        alone.bench.set_seed_mode(SEED, SeedMode.RANDOM)
        await alone.open()
        assert alone.find(QComboBox, "seed_way_0").currentData() is SeedWay.RANDOM
        await alone.press("several_run")
        ran_with = alone.seeds()
        assert len(set(ran_with)) == 4
        draft = alone.bench.state.draft
        assert draft is not None
        assert draft.value(SEED) == ran_with[-1]


async def test_a_list_says_what_is_wrong_with_it_and_can_say_how_many(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        choose(alone, SeedWay.LIST)
        assert said(alone, "seed_fault_0") == "The list is empty."
        assert button(alone).isEnabled() is False
        assert button(alone).accessibleDescription() == "The list is empty."
        alone.find(QPlainTextEdit, "seed_list_0").setFocus()
        type_text(alone.dialog, "5, six")
        assert said(alone, "seed_fault_0") == "“six” is no whole number."
        for _letter in "six":
            await alone.key(K.Key_Backspace)
        type_text(alone.dialog, "6\n7")
        assert said(alone, "seed_fault_0") == "The list has 3 seeds, for 4 runs."
        await alone.press("seed_fit_0")
        assert said(alone, "seed_fault_0") == ""
        assert not alone.there(QToolButton, "seed_fit_0")
        assert button(alone).text() == "Run 3 jobs"
        await alone.press("several_run")
        assert alone.accepted == 1
        assert alone.seeds() == [5, 6, 7]


async def test_runs_that_are_all_alike_are_told_and_not_refused(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        choose(alone, SeedWay.KEEP)
        assert said(alone, "several_note") == "No seed changes: all 4 runs are alike."
        assert button(alone).isEnabled()
        retype(alone.find(QLineEdit, "several_runs"), "1")
        assert said(alone, "several_note") == ""


@pytest.mark.parametrize("typed", ["", "0", "1001", "-3", "many", "999999999"])
async def test_what_is_no_number_of_runs_is_refused(tmp_path: Path, typed: str) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        retype(alone.find(QLineEdit, "several_runs"), typed)
        assert said(alone, "several_fault") == "A whole number from 1 to 1000."
        assert not button(alone).isEnabled()
        for keys in (NO_KEYS, CTRL):
            await alone.key(K.Key_Return, keys)
        assert alone.there(QDialog, "several_dialog")
        assert alone.accepted == 0


async def test_it_begins_with_the_seed_and_the_mode_that_the_draft_has_by_then(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        retype(house.find(QLineEdit, "several_runs"), "7")
        choose(house, SeedWay.COUNT_UP)
        retype(house.find(QLineEdit, "seed_start_0"), "4711")
        choose(house, SeedWay.LIST)
        house.find(QPlainTextEdit, "seed_list_0").setPlainText("5, 6")
        await house.key(K.Key_Escape)
        await until(lambda: not house.there(QDialog, "several_dialog"))
        seed = InputKey("31", "seed")
        house.parts.workbench.edit({seed: 4716}, "Seed")
        house.parts.workbench.set_seed_mode(seed, SeedMode.KEEP)
        await open_dialog(house)
        assert house.find(QComboBox, "seed_way_0").currentData() is SeedWay.COUNT_UP
        assert house.find(QLineEdit, "seed_start_0").text() == "4716"
        # What is the dialog's alone is there again, and so is a list that was typed.
        assert house.find(QLineEdit, "several_runs").text() == "7"
        choose(house, SeedWay.LIST)
        assert house.find(QPlainTextEdit, "seed_list_0").toPlainText() == "5, 6"
        await house.key(K.Key_Escape)
        await until(lambda: not house.there(QDialog, "several_dialog"))
        house.parts.workbench.set_seed_mode(seed, SeedMode.RANDOM)
        await open_dialog(house)
        assert house.find(QComboBox, "seed_way_0").currentData() is SeedWay.RANDOM


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
    async with open_house(tmp_path) as house:
        dialog = await open_dialog(house)
        retype(house.find(QLineEdit, "several_runs"), "3")
        run = button(house)
        QTest.keyClick(dialog, K.Key_Return, CTRL)
        run.click()
        run.click()
        await until(lambda: house.states() == [JobState.DONE] * 3)
        await turn()
        assert house.asked("submit") == 3


async def test_what_blocks_a_run_is_said_and_followed(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        deployment = alone.bench.state.deployment
        assert deployment is not None
        alone.bench.set_gone(deployment.deployment_id, "It was deleted.")
        assert said(alone, "several_why") == "It was deleted."
        assert not button(alone).isEnabled()
        alone.bench.set_gone(deployment.deployment_id, "")
        assert said(alone, "several_why") == ""
        assert button(alone).isEnabled()


async def test_another_draft_brings_its_own_seeds(tmp_path: Path) -> None:
    graph: JsonObject = {
        "1": {"class_type": "A", "inputs": {"seed": 1}},
        "2": {"class_type": "B", "inputs": {"noise_seed": 9}},
    }
    async with open_alone(tmp_path) as alone:
        await alone.open()
        assert not alone.there(QWidget, "seed_1")
        open_file(alone.bench, workflow_from_json(graph), "two.json", "/two.json")
        await turn()
        assert alone.find(QLineEdit, "seed_start_1").text() == "9"
        assert alone.there(QWidget, "seed_1")
        assert said(alone, "several_about").startswith("two.json on ")
        assert not button(alone).isEnabled()


async def test_a_workflow_without_seeds_is_told(tmp_path: Path) -> None:
    graph: JsonObject = {"1": {"class_type": "A", "inputs": {"x": 1}}}
    async with open_alone(tmp_path) as alone:
        open_file(alone.bench, workflow_from_json(graph), "none.json", "/none.json")
        await alone.open()
        words = "There is no seed in this workflow: all 4 runs are alike."
        assert said(alone, "several_note") == words


async def test_with_nothing_to_run_it_is_said_what_to_do(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        await until(lambda: house.there(QWidget, "welcome_page"))
        await house.trigger("run_several")
        assert "There is nothing to run yet." in house.notices()
        assert not house.there(QDialog, "several_dialog")


async def test_everything_has_a_name_and_shows_the_keyboard(tmp_path: Path) -> None:
    async with open_alone(tmp_path) as alone:
        await alone.open()
        for way in (SeedWay.LIST, SeedWay.COUNT_UP):
            choose(alone, way)
            await turn()
            assert faults_of(alone.dialog) == []
            assert await unseen(alone.find(QLineEdit, "several_runs")) == []
