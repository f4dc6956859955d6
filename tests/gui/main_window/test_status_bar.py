"""The status bar: connection, place of the key, and balance; all of them can be clicked."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QToolButton, QWidget

from runcomfy_desktop.core.account.account import AccountPhase, AccountState
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.deployments.deployment import Balance
from runcomfy_desktop.paths import Paths
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from runcomfy_desktop.ui.base.formatters import time_of_day
from runcomfy_desktop.ui.main_window.status_bar import StatusBar, short_folder
from tests.gui.support.gui_program import open_program
from tests.gui.support.user_input import find, press, show
from tests.support.emulators import LoopbackEmulator, make_backend
from tests.support.spent_jobs import finished_job

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = "https://api.runcomfy.net"
_DAY_S = 86_400.0


@pytest.fixture
def owner() -> QWidget:
    return QWidget()


@pytest.fixture
def bar(owner: QWidget) -> StatusBar:
    bar = StatusBar(owner)
    show(owner, 900, 60)
    bar.resize(900, 40)
    bar.show()
    return bar


def text(bar: StatusBar, name: str) -> str:
    item = find(bar, QToolButton, f"status_{name}")
    return item.text() if not item.isHidden() else ""


@pytest.mark.parametrize(
    ("phase", "word"),
    [
        (AccountPhase.SIGNED_OUT, "Not connected"),
        (AccountPhase.CHECKING, "Connecting…"),
        (AccountPhase.SIGNED_IN, "Online"),
        (AccountPhase.REJECTED, "Key refused"),
        (AccountPhase.UNREACHABLE, "Offline"),
    ],
)
def test_every_phase_has_a_word(bar: StatusBar, phase: AccountPhase, word: str) -> None:
    bar.show_account(AccountState(phase, SERVICE))
    assert text(bar, "online") == word


def test_trouble_is_explained(bar: StatusBar) -> None:
    problem = Problem("It cannot be reached.", "Nothing <b>was</b> sent.", "Try again.")
    bar.show_account(AccountState(AccountPhase.UNREACHABLE, SERVICE, problem=problem))
    online = find(bar, QToolButton, "status_online")
    assert online.accessibleDescription() == problem.sentence()
    assert "&lt;b&gt;" in online.toolTip()


def test_the_place_of_the_key(bar: StatusBar) -> None:
    bar.show_account(AccountState(AccountPhase.SIGNED_IN, SERVICE, key_place="keyring"))
    assert text(bar, "key") == "Key in the system keyring"
    note = "No keyring answered."
    state = AccountState(AccountPhase.SIGNED_IN, SERVICE, key_place="memory", key_note=note)
    bar.show_account(state)
    assert text(bar, "key") == "Key kept until this program ends"
    assert note in find(bar, QToolButton, "status_key").accessibleDescription()
    bar.show_account(AccountState(AccountPhase.SIGNED_OUT, SERVICE))
    assert text(bar, "key") == ""


@pytest.mark.parametrize(
    ("usd", "shown", "is_fault"),
    [(12.34, "Balance $12.34", False), (0.0, "Balance $0.00", True), (-3, "Balance -$3.00", True)],
)
def test_the_balance(bar: StatusBar, usd: float, shown: str, *, is_fault: bool) -> None:
    bar.show_account(AccountState(AccountPhase.SIGNED_IN, SERVICE, balance=Balance(usd)))
    assert text(bar, "balance") == shown
    assert find(bar, QToolButton, "status_balance").property("fault") is is_fault


def test_the_demo_says_that_nothing_is_billed(bar: StatusBar) -> None:
    state = AccountState(AccountPhase.SIGNED_IN, "demo", is_demo=True, balance=Balance(5))
    bar.show_account(state)
    assert text(bar, "online") == "Demo: nothing is sent to RunComfy and nothing is billed"
    assert text(bar, "balance") == ""
    assert text(bar, "key") == ""


def test_jobs_and_outputs(bar: StatusBar) -> None:
    bar.show_jobs(0)
    assert text(bar, "jobs") == "No active jobs"
    bar.show_jobs(1)
    assert text(bar, "jobs") == "1 active job"
    bar.show_jobs(3)
    assert text(bar, "jobs") == "3 active jobs"
    bar.show_outputs("/home/somebody/Pictures/RunComfy")
    assert text(bar, "outputs") == "Outputs in Pictures/RunComfy"
    assert short_folder("/") == "/"


def test_each_item_asks_for_its_place(bar: StatusBar) -> None:
    requests: list[str] = []
    bar.connection_requested.connect(lambda: requests.append("connection"))
    bar.balance_requested.connect(lambda: requests.append("balance"))
    bar.jobs_requested.connect(lambda: requests.append("jobs"))
    bar.outputs_requested.connect(lambda: requests.append("outputs"))
    state = AccountState(
        AccountPhase.SIGNED_IN, SERVICE, key_place="keyring", balance=Balance(12.34)
    )
    bar.show_account(state)
    bar.show_outputs("/a/b")
    for name in ("online", "key", "balance", "jobs", "outputs"):
        press(find(bar, QToolButton, f"status_{name}"))
    assert requests == ["connection", "connection", "balance", "jobs", "outputs"]


def test_before_a_session_it_says_so(bar: StatusBar) -> None:
    bar.show_account(None)
    assert text(bar, "online") == "Starting…"


def test_a_long_folder_is_told_by_its_end(bar: StatusBar) -> None:
    bar.show_outputs("/home/" + "a" * 60 + "/RunComfy")
    assert text(bar, "outputs") == "Outputs in …" + "a" * 22 + "/RunComfy"


def test_what_today_cost_is_shown_and_leads_to_prices_and_limits(bar: StatusBar) -> None:
    assert text(bar, "today") == ""
    bar.show_today(1.2)
    assert text(bar, "today") == "Today about $1.20"
    spy = QSignalSpy(bar.spending_requested)
    bar.show()
    press(find(bar, QToolButton, "status_today"))
    assert spy.count() == 1
    bar.reset()
    assert text(bar, "today") == ""


async def test_what_today_cost_is_shown_from_the_start(tmp_path: Path) -> None:
    folder = Paths(tmp_path / "data", tmp_path / "outputs").session(demo=False)
    folder.history.parent.mkdir(parents=True)
    database = await Database.open(folder.history)
    with LoopbackEmulator(make_backend()) as emulator:
        # Today and tomorrow, for a test that runs at midnight.
        jobs = [
            finished_job(f"job {day}", 60.0, at_s=time.time() + day, cost_usd=1.2)
            for day in (0.0, _DAY_S)
        ]
        await JobHistory(database).save_all(
            [replace(each, service=emulator.base_url) for each in jobs]
        )
        await database.close()
        async with open_program(tmp_path, emulator=emulator) as program:
            await program.wait_until_open()
            assert program.find(QToolButton, "status_today").text() == "Today about $1.20"


def test_a_long_pause_is_shown_with_its_end_and_asked_to_end(bar: StatusBar) -> None:
    assert text(bar, "pause") == ""
    noon = datetime(2026, 11, 30, 12, 5).timestamp()
    bar.show_pause(noon)
    assert text(bar, "pause") == f"Pause until {time_of_day(noon)} · Try now"
    spy = QSignalSpy(bar.try_now_requested)
    press(find(bar, QToolButton, "status_pause"))
    assert spy.count() == 1
    bar.show_pause(0.0)
    assert text(bar, "pause") == ""


def test_the_place_of_the_key_makes_room_for_a_pause(bar: StatusBar) -> None:
    state = AccountState(AccountPhase.SIGNED_IN, SERVICE, key_place="keyring")
    bar.show_account(state)
    bar.show_pause(1e9)
    assert text(bar, "key") == ""
    bar.show_account(replace(state, balance=Balance(5.0)))
    assert text(bar, "key") == ""
    bar.show_pause(0.0)
    assert text(bar, "key") == "Key in the system keyring"
