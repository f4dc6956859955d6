"""The centre of the window: the right page is shown, and the button of a message works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QWidget

from runcomfy_desktop.core.account.account import AccountPhase, AccountState
from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.ui.main_window.pages_controller import message_for, needs_key
from tests.gui.support.gui_program import open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.main_window.central_widget import CentralMessage
    from tests.gui.support.gui_program import GuiProgram

SERVICE = "https://api.runcomfy.net"
SIGNED_IN = AccountState(AccountPhase.SIGNED_IN, SERVICE, key_place="keyring")
LISTED = (Deployment("id-1", "one"),)


def test_who_needs_a_key() -> None:
    assert needs_key(AccountState(AccountPhase.SIGNED_OUT, SERVICE))
    assert needs_key(AccountState(AccountPhase.REJECTED, SERVICE))
    assert not needs_key(SIGNED_IN)
    assert not needs_key(AccountState(AccountPhase.CHECKING, SERVICE))
    assert not needs_key(AccountState(AccountPhase.SIGNED_OUT, "demo", is_demo=True))


def check_again() -> None:
    """Stands for another check of the account."""


def open_file() -> None:
    """Stands for the choice of a file."""


def message(account: AccountState, catalogue: DeploymentCatalogueState) -> CentralMessage:
    return message_for(account, catalogue, check_again, open_file)


def test_what_is_being_opened_is_named() -> None:
    opening = message(SIGNED_IN, DeploymentCatalogueState(LISTED, opening_id="id-1"))
    assert opening.text == "Opening one…"
    opening = message(SIGNED_IN, DeploymentCatalogueState(opening_id="id-9"))
    assert opening.text == "Opening id-9…"


def test_nobody_to_be_reached_offers_another_try() -> None:
    problem = Problem("It cannot be reached.")
    account = AccountState(AccountPhase.UNREACHABLE, SERVICE, problem=problem)
    offer = message(account, DeploymentCatalogueState())
    assert offer.text == problem.sentence()
    assert offer.action is check_again


def test_before_anything_is_known_it_only_says_so() -> None:
    checking = AccountState(AccountPhase.CHECKING, SERVICE)
    assert message(checking, DeploymentCatalogueState()).button == ""
    assert message(checking, DeploymentCatalogueState(LISTED)).action is open_file


def button(program: GuiProgram) -> QPushButton:
    """Returns the only button of an empty centre."""
    seen = [
        each for each in program.window.central_widget.findChildren(QPushButton) if each.isVisible()
    ]
    assert len(seen) == 1
    return seen[0]


async def test_a_service_that_comes_back_opens_the_first_workflow(tmp_path: Path) -> None:
    async with open_program(tmp_path, faults="html@balance:999") as program:
        account = program.services.account
        await wait_until(lambda: account.state.phase is AccountPhase.UNREACHABLE)
        await process_events_async()
        assert button(program).text() == "Try again"
        program.emulator.backend.faults.set("")
        await program.click(button(program))
        await program.wait_until_open()
        assert program.is_visible(QWidget, "inputs_panel")


async def test_another_try_waits_for_no_answer_that_may_never_come(tmp_path: Path) -> None:
    async with open_program(
        tmp_path, faults="html@balance:999", account_backoff=Backoff(0.01, 60.0)
    ) as program:
        account, faults = program.services.account, program.emulator.backend.faults
        await wait_until(lambda: account.state.phase is AccountPhase.UNREACHABLE)
        await process_events_async()
        faults.set("hold@balance")
        asked = program.call_count("balance")
        # The account polls again by itself.
        await wait_until(lambda: program.call_count("balance") > asked)
        assert account.state.phase is AccountPhase.UNREACHABLE
        faults.set("")
        await program.click(button(program))
        await program.wait_until_open()


async def test_without_a_deployment_it_offers_a_file(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        await wait_until(lambda: program.is_visible(QWidget, "welcome_page"))
        choose_file = program.session.commands.choose_file
        program.session.pages.stack.show_message(
            message_for(SIGNED_IN, DeploymentCatalogueState(LISTED), check_again, choose_file)
        )
        await process_events_async()
        text = program.session.pages.stack.findChild(QLabel, "empty_state_text")
        assert isinstance(text, QLabel)
        assert text.text() == "Choose a deployment on the left, or open a workflow file."
        await program.click(button(program))
        chooser = program.find(QFileDialog, "open_file_dialog")
        assert chooser.isVisible()
        chooser.reject()


async def test_a_notice_stays_above_the_page_that_comes_behind_it(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        program.services.notices.post_failure(Problem("This file is empty."))
        await program.wait_until_open()
        await process_events_async()
        stack = program.window.notice_line
        assert program.notices() == ["This file is empty."]
        on_top = program.window.central_widget.childAt(stack.geometry().center())
        assert on_top is not None
        assert on_top is stack or stack.isAncestorOf(on_top)


async def test_the_next_file_is_looked_for_where_the_last_one_was(tmp_path: Path) -> None:
    place = tmp_path / "workflows"
    place.mkdir()
    async with open_program(tmp_path) as program:
        program.preferences.remember_file(str(place / "one.json"))
        await program.trigger("open_file")
        chooser = program.find(QFileDialog, "open_file_dialog")
        assert chooser.directory().absolutePath() == str(place)
        chooser.reject()


@pytest.mark.parametrize("height", [600, 640, 900])
async def test_a_notice_takes_its_room_from_the_inputs_and_moves_nothing_else(
    tmp_path: Path, height: int
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.window.resize(1024, height)
        await process_events_async()
        queue = program.window.docks.queue
        before = queue.geometry()
        program.services.notices.post_failure(
            Problem("This file is empty.", "It has nothing in it. " * 9)
        )
        await process_events_async()
        assert program.window.notice_line.isVisible()
        assert queue.geometry() == before
        await program.press("notice_close")
        await process_events_async()
        assert not program.window.notice_line.isVisible()
        assert queue.geometry() == before
