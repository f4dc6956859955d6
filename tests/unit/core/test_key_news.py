"""What becomes of the key, and what jobs, line and list of deployments hear of it: in a session."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import keyring.errors
import pytest

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.session import Service, open_session
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_house import WRONG, AtOnce, Book
from tests.support.emulated import TOKEN
from tests.support.line import BASE_URL, Line
from tests.support.session_house import run_one, slow_world, surroundings
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.parts import WindowParts


@pytest.fixture
def cloud() -> Line:
    return Line(slow_world())


def received(cloud: Line, call: str) -> int:
    calls = cloud.world.journal.counts()["received"]
    assert isinstance(calls, dict)
    count = calls.get(call, 0)
    assert isinstance(count, int)
    return count


async def followed(parts: WindowParts, count: int) -> list[str]:
    """So many jobs that are asked about, with a good key."""
    await until(lambda: parts.account.state.phase is AccountPhase.SIGNED_IN)
    for _each in range(count):
        await run_one(parts)
    return list(parts.queue.jobs)


async def test_jobs_are_asked_about_with_the_key_that_the_keyring_has_by_now(
    tmp_path: Path, cloud: Line
) -> None:
    """Made anew on the profile page, and put into the keyring by another program."""
    around, book = surroundings(tmp_path, BASE_URL, line=cloud), Book()
    book.keys[BASE_URL] = TOKEN
    around = replace(around, credentials=Credentials(find=lambda: book, worker=AtOnce))
    async with open_session(Service(BASE_URL), around) as parts:
        [job_id] = await followed(parts, 1)
        await until(lambda: parts.catalogue.state.deployments and not parts.catalogue.state.loading)
        phases = [parts.account.state.phase]
        parts.account.changed.subscribe(lambda state: phases.append(state.phase))
        cloud.world.token = book.keys[BASE_URL] = "the-newer-key"
        parts.queue.ask_again(job_id)
        await until(lambda: around.key.token == "the-newer-key")
        asked = received(cloud, "status")
        await until(lambda: received(cloud, "status") > asked)
        await until(lambda: not parts.queue.jobs[job_id].trouble)
        # The list is this key's own.
        await until(lambda: parts.catalogue.state.deployments)
        assert set(phases) == {AccountPhase.SIGNED_IN}
    await around.credentials.close()


async def test_asking_goes_on_after_the_account_found_the_key_good(
    tmp_path: Path, cloud: Line
) -> None:
    """Two questions are refused by a gateway that stumbles; the account asks, and all is well."""
    around = surroundings(tmp_path, BASE_URL, line=cloud)
    around.preferences.set(in_flight=5)
    told: list[str] = []
    around.notices.listen(lambda notice: told.append(notice.title))
    async with open_session(Service(BASE_URL), around) as parts:
        ids = await followed(parts, 3)
        balances = received(cloud, "balance")
        cloud.world.faults.set("unauthorized@status:json:2")
        for each in ids:
            parts.queue.ask_again(each)
        await until(lambda: received(cloud, "balance") > balances)
        asked = received(cloud, "status")
        await until(lambda: received(cloud, "status") > asked + 1)
        assert parts.account.state.phase is AccountPhase.SIGNED_IN
        assert told == ["The service does not accept your key."]
    await around.credentials.close()


async def test_asking_goes_on_where_nobody_can_say_what_the_key_is_worth(
    tmp_path: Path, cloud: Line
) -> None:
    """Two questions are refused by a gateway that stumbles, and the wallet cannot be read."""
    around = surroundings(tmp_path, BASE_URL, line=cloud)
    around.preferences.set(in_flight=5)
    async with open_session(Service(BASE_URL), around) as parts:
        ids = await followed(parts, 3)
        cloud.world.faults.set("status-500@balance:999")
        parts.account.check()
        await until(lambda: parts.account.state.phase is AccountPhase.UNREACHABLE)
        cloud.world.faults.set("status-500@balance:999,unauthorized@status:json:2")
        for each in ids[:2]:
            parts.queue.ask_again(each)
        await until(lambda: sum(bool(parts.queue.jobs[each].trouble) for each in ids) > 1)
        asked = await settled(lambda: received(cloud, "status"))
        await until(lambda: received(cloud, "status") > asked)
        assert parts.account.state.phase is AccountPhase.UNREACHABLE
    await around.credentials.close()


class Stubborn(Book):
    """A keyring that gives the key, and after a while does not remove it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answers = threading.Event(), threading.Event()

    def delete_password(self, service: str, username: str) -> None:
        self.asked.set()
        self.answers.wait(10)
        raise keyring.errors.PasswordDeleteError("the person said no")


@pytest.mark.real_clock
async def test_a_key_that_the_person_removes_stays_out_of_use(tmp_path: Path, cloud: Line) -> None:
    around, book = surroundings(tmp_path, BASE_URL, line=cloud), Stubborn()
    book.keys[BASE_URL] = TOKEN
    around = replace(around, credentials=Credentials(find=lambda: book))
    told: list[str] = []
    around.notices.listen(lambda notice: told.append(notice.title))
    async with open_session(Service(BASE_URL), around) as parts:
        [job_id] = await followed(parts, 1)
        balances = await settled(lambda: received(cloud, "balance"))
        parts.account.disconnect()
        await until(book.asked.is_set)
        # The job is asked about without a key: that is no reason to look for one.
        parts.queue.ask_again(job_id)
        await until(lambda: parts.queue.jobs[job_id].trouble)
        book.answers.set()
        await until(lambda: "The key may still be in the system's keyring." in told)
        assert await settled(lambda: received(cloud, "balance")) == balances
        assert (around.key.token, parts.account.state.phase) == ("", AccountPhase.SIGNED_OUT)
        assert not parts.queue.line.state.has_key
    await around.credentials.close()


async def test_nothing_is_sent_with_a_refused_key_while_another_one_is_tested(
    tmp_path: Path, cloud: Line
) -> None:
    around = surroundings(tmp_path, BASE_URL, line=cloud)
    async with open_session(Service(BASE_URL), around) as parts:
        await followed(parts, 0)
        await until(lambda: parts.catalogue.state.deployments and not parts.catalogue.state.loading)
        line, phases, keys = parts.queue.line, list[AccountPhase](), list[bool]()
        parts.account.changed.subscribe(lambda state: phases.append(state.phase))
        line.changed.subscribe(lambda state: keys.append(state.has_key))
        cloud.world.token = "the-newer-key"
        parts.account.check()
        await until(lambda: keys == [False])
        phases.clear()
        parts.account.connect(WRONG)
        await until(lambda: phases[-2:] == [AccountPhase.CHECKING, AccountPhase.REJECTED])
        assert await settled(lambda: len(keys)) == 1
        parts.account.connect("the-newer-key")
        await until(lambda: parts.account.state.phase is AccountPhase.SIGNED_IN)
        await until(lambda: keys == [False, True])
    await around.credentials.close()
