"""A service that refuses the key, points elsewhere, or is not RunComfy's API.

The job and the cost come first: an accepted job goes on, nothing is sent twice, and neither key nor
request goes to another host. Every form of refusal is tested in
`tests/unit/core/account/test_account_refused_dialects.py`, every address in
`tests/unit/api/test_address.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPushButton, QToolButton

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.http_messages import Reply
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.gui.support.gui_program import open_program, process_events_async
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.emulators import LoopbackEmulator, make_backend
from tests.support.hostile_cases import cases_named
from tests.support.hostile_environments import ADDRESSES, REFUSALS, RefusedKeyReply

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.emulator.http_messages import Request
    from tests.gui.support.gui_program import GuiProgram

# In the first case the key is refused; in the second it is valid, but the job belongs to another
# account.
SHOWN = cases_named(REFUSALS, "401 in JSON", "403003")
TYPED = ("a user name and a password", "marks that turn it around", "http beyond this computer")
FOR_LONG = EmulatorTiming(cold_start_s=0.0, run_s=600.0, cancel_delay_s=0.0)
REFUSED = "The service does not accept your key."
ELSEWHERE = "https://evil.example"


class SwitchableReply:
    """Answers calls to paths ending in `ending` with `reply` while it is on."""

    def __init__(self, reply: Reply, ending: str = "") -> None:
        self.is_on = False
        self._reply = reply
        self._ending = ending

    def __call__(self, request: Request, reply: Reply) -> Reply:
        return self._reply if self.is_on and request.path.endswith(self._ending) else reply


def notice_texts(program: GuiProgram) -> list[str]:
    return [f"{each.title} {each.detail}" for each in program.window.notice_line.notices]


# Keys


@pytest.mark.parametrize("refusal", SHOWN, ids=lambda refusal: refusal.name)
async def test_a_refused_key_is_said_on_the_first_page(
    tmp_path: Path, refusal: RefusedKeyReply
) -> None:
    switch = SwitchableReply(refusal.reply)
    switch.is_on = True
    async with open_program(tmp_path, tamper=switch) as program:
        await wait_until(lambda: program.is_visible(QLabel, "welcome_trouble"))
        assert program.find(QLabel, "welcome_trouble").text() == refusal.expected_text
        assert program.find(QToolButton, "status_online").text() == "Key refused"
        # The key stays stored: the service may be wrong.
        assert list(program.keyring.secrets.values()) == [program.emulator.token]


@pytest.mark.parametrize("refusal", SHOWN, ids=lambda refusal: refusal.name)
async def test_a_key_that_is_refused_to_a_run_costs_nothing(
    tmp_path: Path, refusal: RefusedKeyReply
) -> None:
    switch = SwitchableReply(refusal.reply, "/inference")
    async with open_program(tmp_path, tamper=switch) as program:
        await program.wait_until_open()
        switch.is_on = True
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.FAILED])
        await wait_until(lambda: notice_texts(program))
        title = refusal.expected_text.partition(". ")[0]
        assert notice_texts(program)[0].startswith(
            f"{title}. The job was not accepted and costs nothing."
        )
        (job,) = program.services.queue.jobs.values()
        assert job.reason.splitlines()[:2] == [
            f"{title}.",
            "The job was not accepted and costs nothing.",
        ]


@pytest.mark.parametrize("refusal", SHOWN, ids=lambda refusal: refusal.name)
async def test_a_job_outlives_the_key_it_was_sent_with(
    tmp_path: Path, refusal: RefusedKeyReply
) -> None:
    switch = SwitchableReply(refusal.reply)
    async with open_program(tmp_path, timing=FOR_LONG, tamper=switch) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.RUNNING])
        switch.is_on = True
        program.services.queue.wake()
        (job_id,) = program.services.queue.jobs
        await wait_until(lambda: program.services.queue.jobs[job_id].trouble)
        title = refusal.expected_text.partition(". ")[0]
        assert program.services.queue.jobs[job_id].trouble.startswith(
            f"{title}. This says nothing about the job: what was sent goes on at the service."
        )
        assert program.states() == [JobState.RUNNING]
        if "another RunComfy account" not in title:
            await wait_until(lambda: program.services.account.state.phase is AccountPhase.REJECTED)
        switch.is_on = False
        await program.trigger("refresh")
        await wait_until(lambda: not program.services.queue.jobs[job_id].trouble)
        await wait_until(lambda: program.services.account.state.phase is AccountPhase.SIGNED_IN)
        assert program.call_count("submit") == 1


async def test_a_refusal_that_passes_is_shown_and_is_over_without_a_press(tmp_path: Path) -> None:
    """The service refuses everything, including the balance; one job runs, another waits."""
    switch = SwitchableReply(SHOWN[0].reply)
    async with open_program(
        tmp_path, timing=FOR_LONG, tamper=switch, account_backoff=Backoff(0.02, 60.0)
    ) as program:
        await program.wait_until_kinds_known()
        program.preferences.set(in_flight=1)
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.RUNNING])
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.RUNNING, JobState.WAITING])
        running, waiting = program.services.queue.jobs
        phases: list[AccountPhase] = []
        program.services.account.changed.subscribe(lambda state: phases.append(state.phase))
        online = program.find(QToolButton, "status_online")
        switch.is_on = True
        program.services.queue.poll_now(running)
        await wait_until(lambda: online.text() == "Key refused")
        await wait_until(lambda: REFUSED in program.notices())
        assert "the program asks again by itself" in online.accessibleDescription()
        asked = program.call_count("balance")
        await wait_until(lambda: program.call_count("balance") > asked + 2)
        assert program.notices().count(REFUSED) == 1
        lists = program.call_count("list")
        program.emulator.backend.skipped_s += 700.0
        switch.is_on = False
        await wait_until(lambda: online.text() == "Online")
        assert REFUSED not in program.notices()
        await wait_until(lambda: program.call_count("list") > lists)
        await wait_until(lambda: program.services.queue.jobs[running].state is JobState.DONE)
        await wait_until(lambda: program.services.queue.jobs[waiting].state is JobState.RUNNING)
        assert program.call_count("submit") == 2
        assert AccountPhase.CHECKING not in phases


async def test_what_was_kept_is_not_said_to_need_a_key_while_that_is_refused(
    tmp_path: Path,
) -> None:
    with LoopbackEmulator(make_backend(timing=FOR_LONG)) as emulator:
        async with open_program(tmp_path, emulator=emulator) as program:
            await program.wait_until_kinds_known()
        emulator.backend.faults.set("unauthorized")
        async with open_program(
            tmp_path, emulator=emulator, account_backoff=Backoff(0.02, 60.0)
        ) as program:
            await wait_until(lambda: program.is_visible(QLabel, "age_text"))
            line = program.find(QLabel, "age_text")
            await wait_until(lambda: "is not accepted at present" in line.text())
            assert program.find(QAbstractButton, "age_button").text() == "Try again"
            emulator.backend.faults.set("")
            await wait_until(lambda: not line.isVisible())


async def test_a_key_made_anew_is_taken_from_the_keyring_without_a_word(tmp_path: Path) -> None:
    async with open_program(tmp_path, timing=FOR_LONG) as program:
        await program.wait_until_open()
        program.emulator.backend.token = "a-key-made-anew"
        for place in program.keyring.secrets:
            program.keyring.secrets[place] = "a-key-made-anew"
        await program.trigger("refresh")
        await wait_until(lambda: program.services.account._key.token == "a-key-made-anew")
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.RUNNING])
        assert program.services.account.state.phase is AccountPhase.SIGNED_IN


# Addresses


async def test_an_address_that_is_no_service_of_ours_is_refused_while_it_is_typed(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        before = program.preferences.settings
        await program.trigger("settings")
        for address in cases_named(ADDRESSES, *TYPED):
            program.find(QLineEdit, "address").setText(address.text)
            await process_events_async()
            assert program.find(QLabel, "address_fault").text() == address.expected_text
            assert not program.find(QPushButton, "save_settings").isEnabled()
        await program.press("cancel_settings")
        assert program.preferences.settings == before


async def test_a_redirect_is_not_followed_with_the_key(tmp_path: Path) -> None:
    switch = SwitchableReply(
        Reply(302, b"", headers={"Location": f"{ELSEWHERE}/here"}), "/inference"
    )
    async with open_program(tmp_path, tamper=switch) as program:
        await program.wait_until_open()
        switch.is_on = True
        await program.press("run")
        # A request to the other host would fail this test by the network guard of the tests.
        await wait_until(lambda: program.states() == [JobState.UNCERTAIN])
        await wait_until(lambda: notice_texts(program))
        (job,) = program.services.queue.jobs.values()
        words = [*notice_texts(program), job.trouble, job.reason]
        assert all("Traceback" not in text for text in words)
        assert await wait_until_stable(lambda: program.call_count("submit"), quiet_s=0.5) == 1
