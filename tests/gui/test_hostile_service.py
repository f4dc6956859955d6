"""A service that refuses the key, points elsewhere, or is no service of ours.

The job and the money first: what was accepted goes on, nothing is sent twice, and neither key nor
question leaves for another host. Every dialect of a refusal is for
`tests/unit/core/test_refused_keys.py`, every address for `tests/unit/api/test_address.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPushButton, QToolButton

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.wire import Reply
from tests.gui.support.house import open_house, turn
from tests.support.emulated import LoopbackEmulator, make_world
from tests.support.hostile import called
from tests.support.hostile_places import ADDRESSES, REFUSALS, Refusal
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.emulator.wire import Request
    from tests.gui.support.house import House

# The key is refused; it is good, and the job is somebody else's.
SHOWN = called(REFUSALS, "401 in JSON", "403003")
TYPED = ("a user name and a password", "marks that turn it around", "http beyond this computer")
FOR_LONG = Pace(cold_start_s=0.0, run_s=600.0, cancel_lag_s=0.0)
REFUSED = "The service does not accept your key."
ELSEWHERE = "https://evil.example"


class Switch:
    """Answers calls whose path ends in `ending` with `reply` while it is on."""

    def __init__(self, reply: Reply, ending: str = "") -> None:
        self.is_on = False
        self._reply = reply
        self._ending = ending

    def __call__(self, request: Request, reply: Reply) -> Reply:
        return self._reply if self.is_on and request.path.endswith(self._ending) else reply


def told(house: House) -> list[str]:
    return [f"{each.title} {each.detail}" for each in house.window.notice_line.notices]


# Keys


@pytest.mark.parametrize("refusal", SHOWN, ids=lambda refusal: refusal.name)
async def test_a_refused_key_is_said_on_the_first_page(tmp_path: Path, refusal: Refusal) -> None:
    switch = Switch(refusal.reply)
    switch.is_on = True
    async with open_house(tmp_path, tamper=switch) as house:
        await until(lambda: house.there(QLabel, "welcome_trouble"))
        assert house.find(QLabel, "welcome_trouble").text() == refusal.gets
        assert house.find(QToolButton, "status_online").text() == "Key refused"
        # It stays where it is kept: the service may err.
        assert list(house.keyring.secrets.values()) == [house.emulator.token]


@pytest.mark.parametrize("refusal", SHOWN, ids=lambda refusal: refusal.name)
async def test_a_key_that_is_refused_to_a_run_costs_nothing(
    tmp_path: Path, refusal: Refusal
) -> None:
    switch = Switch(refusal.reply, "/inference")
    async with open_house(tmp_path, tamper=switch) as house:
        await house.until_open()
        switch.is_on = True
        await house.press("run")
        await until(lambda: house.states() == [JobState.FAILED])
        await until(lambda: told(house))
        title = refusal.gets.partition(". ")[0]
        assert told(house)[0].startswith(f"{title}. The job was not accepted and costs nothing.")
        (job,) = house.parts.queue.jobs.values()
        assert job.reason.splitlines()[:2] == [
            f"{title}.",
            "The job was not accepted and costs nothing.",
        ]


@pytest.mark.parametrize("refusal", SHOWN, ids=lambda refusal: refusal.name)
async def test_a_job_outlives_the_key_it_was_sent_with(tmp_path: Path, refusal: Refusal) -> None:
    switch = Switch(refusal.reply)
    async with open_house(tmp_path, pace=FOR_LONG, tamper=switch) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.RUNNING])
        switch.is_on = True
        house.parts.queue.wake()
        (job_id,) = house.parts.queue.jobs
        await until(lambda: house.parts.queue.jobs[job_id].trouble)
        title = refusal.gets.partition(". ")[0]
        assert house.parts.queue.jobs[job_id].trouble.startswith(
            f"{title}. This says nothing about the job: what was sent goes on at the service."
        )
        assert house.states() == [JobState.RUNNING]
        if "another RunComfy account" not in title:
            await until(lambda: house.parts.account.state.phase is AccountPhase.REJECTED)
        switch.is_on = False
        await house.trigger("refresh")
        await until(lambda: not house.parts.queue.jobs[job_id].trouble)
        await until(lambda: house.parts.account.state.phase is AccountPhase.SIGNED_IN)
        assert house.asked("submit") == 1


async def test_a_refusal_that_passes_is_shown_and_is_over_without_a_press(tmp_path: Path) -> None:
    """Of everything, the balance too; a job runs meanwhile, and another waits in line."""
    switch = Switch(SHOWN[0].reply)
    async with open_house(tmp_path, pace=FOR_LONG, tamper=switch, first_pause_s=0.02) as house:
        await house.until_kinds_known()
        house.preferences.set(in_flight=1)
        await house.press("run")
        await until(lambda: house.states() == [JobState.RUNNING])
        await house.press("run")
        await until(lambda: house.states() == [JobState.RUNNING, JobState.WAITING])
        running, waiting = house.parts.queue.jobs
        phases: list[AccountPhase] = []
        house.parts.account.changed.subscribe(lambda state: phases.append(state.phase))
        online = house.find(QToolButton, "status_online")
        switch.is_on = True
        house.parts.queue.ask_again(running)
        await until(lambda: online.text() == "Key refused")
        await until(lambda: REFUSED in house.notices())
        assert "the program asks again by itself" in online.accessibleDescription()
        asked = house.asked("balance")
        await until(lambda: house.asked("balance") > asked + 2)
        assert house.notices().count(REFUSED) == 1
        lists = house.asked("list")
        house.emulator.world.skipped_s += 700.0
        switch.is_on = False
        await until(lambda: online.text() == "Online")
        assert REFUSED not in house.notices()
        await until(lambda: house.asked("list") > lists)
        await until(lambda: house.parts.queue.jobs[running].state is JobState.DONE)
        await until(lambda: house.parts.queue.jobs[waiting].state is JobState.RUNNING)
        assert house.asked("submit") == 2
        assert AccountPhase.CHECKING not in phases


async def test_what_was_kept_is_not_said_to_need_a_key_while_that_is_refused(
    tmp_path: Path,
) -> None:
    with LoopbackEmulator(make_world(pace=FOR_LONG)) as emulator:
        async with open_house(tmp_path, emulator=emulator) as house:
            await house.until_kinds_known()
        emulator.world.faults.set("unauthorized")
        async with open_house(tmp_path, emulator=emulator, first_pause_s=0.02) as house:
            await until(lambda: house.there(QLabel, "age_text"))
            line = house.find(QLabel, "age_text")
            await until(lambda: "is not accepted at present" in line.text())
            assert house.find(QAbstractButton, "age_button").text() == "Try again"
            emulator.world.faults.set("")
            await until(lambda: not line.isVisible())


async def test_a_key_made_anew_is_taken_from_the_keyring_without_a_word(tmp_path: Path) -> None:
    async with open_house(tmp_path, pace=FOR_LONG) as house:
        await house.until_open()
        house.emulator.world.token = "a-key-made-anew"
        for place in house.keyring.secrets:
            house.keyring.secrets[place] = "a-key-made-anew"
        await house.trigger("refresh")
        await until(lambda: house.parts.account._key.token == "a-key-made-anew")
        await house.press("run")
        await until(lambda: house.states() == [JobState.RUNNING])
        assert house.parts.account.state.phase is AccountPhase.SIGNED_IN


# Addresses


async def test_an_address_that_is_no_service_of_ours_is_refused_while_it_is_typed(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        before = house.preferences.settings
        await house.trigger("settings")
        for address in called(ADDRESSES, *TYPED):
            house.find(QLineEdit, "address").setText(address.text)
            await turn()
            assert house.find(QLabel, "address_fault").text() == address.gets
            assert not house.find(QPushButton, "save_settings").isEnabled()
        await house.press("cancel_settings")
        assert house.preferences.settings == before


async def test_a_redirect_is_not_followed_with_the_key(tmp_path: Path) -> None:
    switch = Switch(Reply(302, b"", headers={"Location": f"{ELSEWHERE}/here"}), "/inference")
    async with open_house(tmp_path, tamper=switch) as house:
        await house.until_open()
        switch.is_on = True
        await house.press("run")
        # Were the other host asked, the guard of the tests would fail this one.
        await until(lambda: house.states() == [JobState.UNCERTAIN])
        await until(lambda: told(house))
        (job,) = house.parts.queue.jobs.values()
        words = [*told(house), job.trouble, job.reason]
        assert all("Traceback" not in text for text in words)
        assert await settled(lambda: house.asked("submit"), quiet_s=0.5) == 1
