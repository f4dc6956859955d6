"""The middle of the window: which page is there, and what a sentence in it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QWidget

from runcomfy_desktop.core.account import AccountPhase, AccountState
from runcomfy_desktop.core.catalogue import CatalogueState
from runcomfy_desktop.domain.deployment import Deployment
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.ui.centre import Way, message_for, needs_key
from tests.gui.support.house import open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.house import House

SERVICE = "https://api.runcomfy.net"
SIGNED_IN = AccountState(AccountPhase.SIGNED_IN, SERVICE, key_place="keyring")
LISTED = (Deployment("id-1", "one"),)


def test_who_needs_a_key() -> None:
    assert needs_key(AccountState(AccountPhase.SIGNED_OUT, SERVICE))
    assert needs_key(AccountState(AccountPhase.REJECTED, SERVICE))
    assert not needs_key(SIGNED_IN)
    assert not needs_key(AccountState(AccountPhase.CHECKING, SERVICE))
    assert not needs_key(AccountState(AccountPhase.SIGNED_OUT, "demo", is_demo=True))


def test_what_is_being_opened_is_named() -> None:
    message = message_for(SIGNED_IN, CatalogueState(LISTED, opening_id="id-1"))
    assert message.text == "Opening one…"
    message = message_for(SIGNED_IN, CatalogueState(opening_id="id-9"))
    assert message.text == "Opening id-9…"


def test_nobody_to_be_reached_offers_another_try() -> None:
    problem = Problem("It cannot be reached.")
    account = AccountState(AccountPhase.UNREACHABLE, SERVICE, problem=problem)
    message = message_for(account, CatalogueState())
    assert message.text == problem.sentence()
    assert message.way is Way.ASK_AGAIN


def test_before_anything_is_known_it_only_says_so() -> None:
    checking = AccountState(AccountPhase.CHECKING, SERVICE)
    assert message_for(checking, CatalogueState()).button == ""
    assert message_for(checking, CatalogueState(LISTED)).way is Way.OPEN_FILE


def button(house: House) -> QPushButton:
    """The one button of an empty centre."""
    seen = [each for each in house.window.centre.findChildren(QPushButton) if each.isVisible()]
    assert len(seen) == 1
    return seen[0]


async def test_a_service_that_comes_back_opens_the_first_workflow(tmp_path: Path) -> None:
    async with open_house(tmp_path, faults="html@balance:999") as house:
        account = house.parts.account
        await until(lambda: account.state.phase is AccountPhase.UNREACHABLE)
        await turn()
        assert button(house).text() == "Try again"
        house.emulator.world.faults.set("")
        await house.click(button(house))
        await house.until_open()
        assert house.there(QWidget, "inputs_panel")


async def test_another_try_waits_for_no_answer_that_may_never_come(tmp_path: Path) -> None:
    async with open_house(tmp_path, faults="html@balance:999", first_pause_s=0.01) as house:
        account, faults = house.parts.account, house.emulator.world.faults
        await until(lambda: account.state.phase is AccountPhase.UNREACHABLE)
        await turn()
        faults.set("hold@balance")
        asked = house.asked("balance")
        # The account asks again by itself.
        await until(lambda: house.asked("balance") > asked)
        assert account.state.phase is AccountPhase.UNREACHABLE
        faults.set("")
        await house.click(button(house))
        await house.until_open()


async def test_without_a_deployment_it_offers_a_file(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        await until(lambda: house.there(QWidget, "welcome_page"))
        house.window.centre.say(message_for(SIGNED_IN, CatalogueState(LISTED)))
        await turn()
        text = house.window.centre.findChild(QLabel, "empty_state_text")
        assert isinstance(text, QLabel)
        assert text.text() == "Choose a deployment on the left, or open a workflow file."
        await house.click(button(house))
        chooser = house.find(QFileDialog, "open_file_dialog")
        assert chooser.isVisible()
        chooser.reject()


async def test_a_notice_stays_above_the_page_that_comes_behind_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.parts.notices.failure(Problem("This file is empty."))
        await house.until_open()
        await turn()
        stack = house.window.notice_line
        assert house.notices() == ["This file is empty."]
        on_top = house.window.centre.childAt(stack.geometry().center())
        assert on_top is not None
        assert on_top is stack or stack.isAncestorOf(on_top)


async def test_the_next_file_is_looked_for_where_the_last_one_was(tmp_path: Path) -> None:
    place = tmp_path / "workflows"
    place.mkdir()
    async with open_house(tmp_path) as house:
        house.preferences.remember_file(str(place / "one.json"))
        await house.trigger("open_file")
        chooser = house.find(QFileDialog, "open_file_dialog")
        assert chooser.directory().absolutePath() == str(place)
        chooser.reject()


@pytest.mark.parametrize("height", [600, 640, 900])
async def test_a_notice_takes_its_room_from_the_inputs_and_moves_nothing_else(
    tmp_path: Path, height: int
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.window.resize(1024, height)
        await turn()
        queue = house.window.docks.queue
        before = queue.geometry()
        house.parts.notices.failure(Problem("This file is empty.", "It has nothing in it. " * 9))
        await turn()
        assert house.window.notice_line.isVisible()
        assert queue.geometry() == before
        await house.press("notice_close")
        await turn()
        assert not house.window.notice_line.isVisible()
        assert queue.geometry() == before
