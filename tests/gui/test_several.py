"""Several runs at once: the button beside Run, the dialog behind it, and the one batch it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
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

from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.sweep.several import SeedWay, Several
from runcomfy_desktop.ui.batches.several import SeveralDialog
from tests.gui.support.audit import faults_of
from tests.gui.support.focus import unseen
from tests.gui.support.hands import find, retype, type_text
from tests.gui.support.house import House, open_house, turn
from tests.support.spent_jobs import SKU, ran
from tests.support.till import open_till
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject
    from runcomfy_desktop.domain.workflow import InputKey

GRAPH: JsonObject = {"1": {"class_type": "KSampler", "inputs": {"seed": 7}}}
K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


async def open_dialog(house: House) -> QDialog:
    await house.until_open()
    house.window.activateWindow()
    await turn()
    await house.key(K.Key_Return, CTRL | SHIFT)
    await until(lambda: house.there(QDialog, "several_dialog"))
    return house.find(QDialog, "several_dialog")


def seed_of(house: House) -> InputKey:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return next(each for each in draft.workflow.input_keys() if each.name == "seed")


def seeds(house: House) -> list[int | None]:
    return [job.seed for job in house.parts.queue.jobs.values()]


def button(house: House) -> QPushButton:
    return house.find(QPushButton, "several_run")


def said(house: House, name: str) -> str:
    label = house.find(QLabel, name)
    return label.text() if label.isVisible() else ""


def choose(house: House, way: SeedWay) -> None:
    box = house.find(QComboBox, "seed_way_0")
    box.setFocus()
    while box.currentData() is not way:
        before = box.currentIndex()
        QTest.keyClick(box, K.Key_Down)
        if box.currentIndex() == before:
            QTest.keyClick(box, K.Key_Home)


# The button beside Run


async def test_run_has_a_menu_of_more_ways(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        more = house.find(QToolButton, "run_more")
        texts = [each.text().replace("&", "") for each in more.menu().actions()]
        assert texts[:2] == ["Run", "Run several…"]
        assert (more.accessibleName(), more.toolTip()) == ("More ways to run",) * 2
        assert more.height() == house.find(QPushButton, "run").height()


async def test_the_menu_opens_by_keyboard_and_runs_nothing_by_itself(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.find(QPushButton, "run").setFocus()
        await house.key(K.Key_Tab)
        more = house.find(QToolButton, "run_more")
        assert QApplication.focusWidget() is more
        more.menu().popup(more.mapToGlobal(QPoint(0, more.height())))
        QTest.keyClick(more.menu(), K.Key_Down)
        QTest.keyClick(more.menu(), K.Key_Down)
        QTest.keyClick(more.menu(), K.Key_Return)
        await until(lambda: house.there(QDialog, "several_dialog"))
        assert house.states() == []


async def test_without_a_session_there_is_no_more(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.window.detach()
        assert not house.find(QToolButton, "run_more").isEnabled()


# The dialog


async def test_number_and_price_are_on_the_button(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        assert button(house).text() == "Run 4 jobs"
        retype(house.find(QLineEdit, "several_runs"), "12")
        assert button(house).text() == "Run 12 jobs"
        assert said(house, "several_cost").startswith("About $0.17 for its start")


async def test_what_was_measured_is_the_price_and_the_time(tmp_path: Path) -> None:
    async with open_till(tmp_path, day_limit_usd=1.05) as till:
        await till.run(ran("a", 50.0, min_instances=1))
        bench = Workbench()
        bench.open_deployment(
            Deployment("d", "D", hardware=(SKU,), max_instances=3, payload=Payload(GRAPH))
        )
        window = QWidget()
        dialog = SeveralDialog(bench, till.purse, Several(24), window)
        dialog.open()
        assert find(dialog, QPushButton, "several_run").text() == "Run 24 jobs, about $1.20"
        time = find(dialog, QLabel, "several_time").text()
        assert time == "About 20:00, one run after the other; about 6:40 on 3 machines at once."
        cost = find(dialog, QLabel, "several_cost").text()
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
        assert seeds(house) == [41, 42, 43]
        batches = {(job.batch_id, job.batch_name) for job in house.parts.queue.jobs.values()}
        assert len(batches) == 1
        assert batches.pop()[1] == "3 runs"
        # For this batch only: the draft has the seed that it had.
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.changes == {}


async def test_the_batch_has_its_line_with_progress_and_cancel(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        await house.press("several_run")
        await until(lambda: house.states() == [JobState.DONE] * 4)
        await until(lambda: house.there(QLabel, "batch_line_text"))
        assert "Batch “4 runs”: 4 of 4 done" in house.find(QLabel, "batch_line_text").text()


async def test_random_seeds_differ(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.parts.workbench.set_seed_mode(seed_of(house), SeedMode.RANDOM)
        await open_dialog(house)
        assert house.find(QComboBox, "seed_way_0").currentData() is SeedWay.RANDOM
        await house.press("several_run")
        await until(lambda: len(house.states()) == 4)
        assert len(set(seeds(house))) == 4
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.value(seed_of(house)) == seeds(house)[-1]


async def test_a_list_says_what_is_wrong_with_it_and_can_say_how_many(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dialog = await open_dialog(house)
        choose(house, SeedWay.LIST)
        assert said(house, "seed_fault_0") == "The list is empty."
        assert button(house).isEnabled() is False
        assert button(house).accessibleDescription() == "The list is empty."
        house.find(QPlainTextEdit, "seed_list_0").setFocus()
        type_text(dialog, "5, six")
        assert said(house, "seed_fault_0") == "“six” is no whole number."
        for _letter in "six":
            await house.key(K.Key_Backspace)
        type_text(dialog, "6\n7")
        assert said(house, "seed_fault_0") == "The list has 3 seeds, for 4 runs."
        await house.press("seed_fit_0")
        assert said(house, "seed_fault_0") == ""
        assert not house.there(QToolButton, "seed_fit_0")
        assert button(house).text() == "Run 3 jobs"
        await house.press("several_run")
        await until(lambda: len(house.states()) == 3)
        assert seeds(house) == [5, 6, 7]


async def test_runs_that_are_all_alike_are_told_and_not_refused(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        choose(house, SeedWay.KEEP)
        assert said(house, "several_note") == "No seed changes: all 4 runs are alike."
        assert button(house).isEnabled()
        retype(house.find(QLineEdit, "several_runs"), "1")
        assert said(house, "several_note") == ""


@pytest.mark.parametrize("typed", ["", "0", "1001", "-3", "many", "999999999"])
async def test_what_is_no_number_of_runs_is_refused(tmp_path: Path, typed: str) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        retype(house.find(QLineEdit, "several_runs"), typed)
        assert said(house, "several_fault") == "A whole number from 1 to 1000."
        assert not button(house).isEnabled()
        await house.key(K.Key_Return, CTRL)
        assert house.there(QDialog, "several_dialog")
        assert house.states() == []


async def test_what_was_chosen_is_there_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        retype(house.find(QLineEdit, "several_runs"), "7")
        choose(house, SeedWay.LIST)
        await house.key(K.Key_Escape)
        await until(lambda: not house.there(QDialog, "several_dialog"))
        await open_dialog(house)
        assert house.find(QLineEdit, "several_runs").text() == "7"
        assert house.find(QComboBox, "seed_way_0").currentData() is SeedWay.LIST


async def test_enter_runs_nothing_and_ctrl_enter_runs_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        await house.key(K.Key_Return)
        assert house.there(QDialog, "several_dialog")
        assert house.states() == []
        await house.key(K.Key_Return, CTRL)
        await until(lambda: house.states() == [JobState.DONE] * 4)


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
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        deployment = house.parts.workbench.state.deployment
        assert deployment is not None
        house.parts.workbench.set_gone(deployment.deployment_id, "It was deleted.")
        assert said(house, "several_why") == "It was deleted."
        assert not button(house).isEnabled()
        house.parts.workbench.set_gone(deployment.deployment_id, "")
        assert said(house, "several_why") == ""
        assert button(house).isEnabled()


async def test_another_draft_brings_its_own_seeds(tmp_path: Path) -> None:
    path = tmp_path / "two.json"
    graph = '{"1": {"class_type": "A", "inputs": {"seed": 1}}, "2": {"class_type": "B", "inputs": '
    path.write_text(graph + '{"noise_seed": 9}}}', encoding="utf-8")
    async with open_house(tmp_path / "house") as house:
        await open_dialog(house)
        assert not house.there(QWidget, "seed_1")
        house.parts.files.open(str(path))
        await until(lambda: house.there(QWidget, "seed_1"))
        assert house.find(QLineEdit, "seed_start_1").text() == "9"
        assert said(house, "several_about").startswith("two.json on ")
        assert not button(house).isEnabled()


async def test_a_workflow_without_seeds_is_told(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    path.write_text('{"1": {"class_type": "A", "inputs": {"x": 1}}}', encoding="utf-8")
    async with open_house(tmp_path / "house") as house:
        await house.until_open()
        house.parts.files.open(str(path))
        bench = house.parts.workbench
        await until(lambda: bench.state.draft is not None and bench.state.draft.source.is_file)
        await house.trigger("run_several")
        words = "There is no seed in this workflow: all 4 runs are alike."
        assert said(house, "several_note") == words


async def test_with_nothing_to_run_it_is_said_what_to_do(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        await until(lambda: house.there(QWidget, "welcome_page"))
        await house.trigger("run_several")
        assert "There is nothing to run yet." in house.toasts()
        assert not house.there(QDialog, "several_dialog")


async def test_it_goes_with_its_session(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        house.window.detach()
        await until(lambda: not house.there(QDialog, "several_dialog"))
        assert house.states() == []


async def test_everything_has_a_name_and_shows_the_keyboard(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dialog = await open_dialog(house)
        for way in (SeedWay.LIST, SeedWay.COUNT_UP):
            choose(house, way)
            await turn()
            assert faults_of(dialog) == []
            assert await unseen(house.find(QLineEdit, "several_runs")) == []
