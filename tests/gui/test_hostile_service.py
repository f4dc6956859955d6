"""A service that refuses the key in every dialect, points elsewhere, or is no service of ours.

The job and the money first: what was accepted goes on, nothing is sent twice, and neither key nor
question leaves for another host.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.wire import Reply
from tests.gui.support.house import open_house, turn
from tests.support.hostile_places import ADDRESSES, REFUSALS, Address, Refusal
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.emulator.wire import Request
    from tests.gui.support.house import House

FOR_LONG = Pace(cold_start_s=0.0, run_s=600.0, cancel_lag_s=0.0)
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
    return [f"{each.notice.title} {each.notice.detail}" for each in house.window.toasts.toasts]


# Keys


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
async def test_a_refused_key_is_said_on_the_first_page(tmp_path: Path, refusal: Refusal) -> None:
    switch = Switch(refusal.reply)
    switch.is_on = True
    async with open_house(tmp_path, tamper=switch) as house:
        await until(lambda: house.there(QLabel, "welcome_trouble"))
        assert house.find(QLabel, "welcome_trouble").text() == refusal.gets
        assert house.find(QToolButton, "status_online").text() == "Key refused"
        # It stays where it is kept: the service may err.
        assert list(house.keyring.secrets.values()) == [house.emulator.token]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
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


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
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


async def test_a_key_made_anew_is_taken_from_the_keyring_without_a_word(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.emulator.world.token = "a-key-made-anew"
        for place in house.keyring.secrets:
            house.keyring.secrets[place] = "a-key-made-anew"
        await house.trigger("refresh")
        await until(lambda: house.parts.account.token() == "a-key-made-anew")
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        assert house.parts.account.state.phase is AccountPhase.SIGNED_IN


# Addresses


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
async def test_an_address_that_is_no_service_of_ours_is_refused_while_it_is_typed(
    tmp_path: Path, address: Address
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        before = house.preferences.settings
        await house.trigger("settings")
        house.find(QLineEdit, "address").setText(address.text)
        await turn()
        assert house.find(QLabel, "address_fault").text() == address.gets
        assert not house.find(QPushButton, "save_settings").isEnabled()
        await house.press("cancel_settings")
        assert house.preferences.settings == before


async def test_addresses_elsewhere_in_an_acceptance_are_not_followed(tmp_path: Path) -> None:
    def tamper(request: Request, reply: Reply) -> Reply:
        if not request.path.endswith("/inference"):
            return reply
        accepted = json.loads(reply.body)
        for name in ("status_url", "result_url", "cancel_url"):
            accepted[name] = f"{ELSEWHERE}/{name}"
        return replace(reply, body=json.dumps(accepted).encode())

    async with open_house(tmp_path, tamper=tamper) as house:
        await house.until_open()
        await house.press("run")
        # Were one of them asked, the guard of the tests would fail this one.
        await until(lambda: house.states() == [JobState.DONE])
        assert house.asked("status") > 0
        assert told(house) == []


@pytest.mark.parametrize("ending", ["/inference", "/status", "/result", "/deployments", "/balance"])
async def test_a_redirect_is_not_followed_with_the_key(tmp_path: Path, ending: str) -> None:
    switch = Switch(Reply(302, b"", headers={"Location": f"{ELSEWHERE}/here"}), ending)
    async with open_house(tmp_path, tamper=switch) as house:
        await house.until_open()
        switch.is_on = True
        await house.trigger("refresh")
        await house.press("run")
        expected = {
            "/inference": JobState.UNCERTAIN,
            "/status": JobState.QUEUED,
            "/result": JobState.FETCHING,
        }
        await until(lambda: house.states() == [expected.get(ending, JobState.DONE)])
        asked = house.emulator.world.journal.entries
        await settled(lambda: len(asked()), quiet_s=0.5)
        (job,) = house.parts.queue.jobs.values()
        words = [*told(house), job.trouble, job.reason]
        assert all("Traceback" not in text for text in words)
        assert house.asked("submit") == 1
        assert job.state is expected.get(ending, JobState.DONE)
