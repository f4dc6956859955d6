"""Trials of settings that are not saved yet, with real proxies."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import account
from runcomfy_desktop.core.network import Network
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.trial import FileReport, Trial, TrialPhase, TrialState
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.settings import NetworkChoice, ProxyMode, Settings
from tests.support.authority import Authority
from tests.support.proxy_servers import HttpProxy, Mute
from tests.support.raw_server import RawServer, json_reply
from tests.support.routed import client_by
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# Over sockets.
pytestmark = pytest.mark.real_clock

HOST = "api.runcomfy.invalid"
P = TrialPhase


@asynccontextmanager
async def trial_of(network: Network | None = None) -> AsyncIterator[tuple[Trial, list[TrialState]]]:
    notices = Notices()
    network = network or Network(Preferences(Settings(), lambda _s: None), notices)
    trial, states = Trial(network, notices), list[TrialState]()
    trial.changed.subscribe(states.append)
    yield trial, states
    await trial.close()


def own(address: str, ca_file: Path | str = "", user: str = "") -> NetworkChoice:
    return NetworkChoice(ProxyMode.OWN, address, user, ca_file=str(ca_file))


async def test_the_service_answers_by_a_proxy_that_is_not_saved(tmp_path: Path) -> None:
    authority = Authority()
    async with (
        RawServer(json_reply({}, 401), tls=authority.server(tmp_path, HOST)) as server,
        HttpProxy(server.port, user="anna", password="hush") as proxy,
        trial_of() as (trial, states),
    ):
        choice = own(proxy.address, authority.file(tmp_path), "anna")
        trial.run(f"https://{HOST}", choice, "hush")
        await until(lambda: trial.state.phase is P.REACHED)
        assert [each.phase for each in states] == [P.ASKING, P.REACHED]
        trial.run(f"https://{HOST}", choice, "wrong")
        await until(lambda: trial.state.phase is P.FAILED)
        assert trial.state.problem is not None
        assert "does not accept" in trial.state.problem.title


async def test_the_kept_password_is_used_where_none_is_typed(tmp_path: Path) -> None:
    authority = Authority()
    network = Network(Preferences(Settings(), lambda _s: None), Notices())
    async with (
        RawServer(json_reply({}, 401), tls=authority.server(tmp_path, HOST)) as server,
        HttpProxy(server.port, user="anna", password="hush") as proxy,
        trial_of(network) as (trial, _states),
    ):
        choice = own(proxy.address, authority.file(tmp_path), "anna")
        network.keep(choice, "hush")
        trial.run(f"https://{HOST}", choice)
        await until(lambda: trial.state.phase is P.REACHED)


async def test_it_can_be_given_up_and_begun_again() -> None:
    async with Mute() as proxy, trial_of() as (trial, states):
        trial.run(f"https://{HOST}", own(proxy.address))
        await until(lambda: proxy.open_lines == 1)
        trial.cancel()
        assert trial.state == TrialState()
        await until(lambda: proxy.open_lines == 0)
        trial.run(f"https://{HOST}", own(proxy.address))
        trial.run(f"https://{HOST}", own("http://proxy.invalid:1"))
        await until(lambda: trial.state.phase is P.FAILED)
        assert trial.state.problem is not None
        assert "no proxy named" in trial.state.problem.title
    assert [each.phase for each in states] == [P.ASKING, P.IDLE, P.ASKING, P.FAILED]


async def test_an_address_that_is_none_is_a_failure() -> None:
    async with trial_of() as (trial, _states):
        trial.run("http://api.runcomfy.net", NetworkChoice())
        await until(lambda: trial.state.phase is P.FAILED)


async def test_a_file_is_looked_at(tmp_path: Path) -> None:
    reports: list[FileReport] = []
    good, bad = Authority().file(tmp_path), tmp_path / "gone.pem"
    async with trial_of() as (trial, _states):
        trial.file_checked.subscribe(reports.append)
        trial.check_file(str(good))
        await until(lambda: reports)
        trial.check_file(str(bad))
        await until(lambda: len(reports) == 2)
    assert reports[0] == FileReport(str(good), "")
    assert "cannot be read" in reports[1].fault


@pytest.mark.logs_errors
async def test_a_trial_that_ends_by_a_bug_ends_with_a_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Half a character in a user name can be pasted, and sent by nobody."""
    async with HttpProxy(0) as proxy, trial_of() as (trial, states):
        trial.run(f"https://{HOST}", own(proxy.address, user="\ud83d"), "hush")
        await until(lambda: trial.state.phase is not P.ASKING)
        await until(lambda: "Task trial failed" in caplog.text)
    assert [each.phase for each in states] == [P.ASKING, P.FAILED]
    assert trial.state.problem is not None
    assert "unexpected" in trial.state.problem.title
    assert trial.state.problem.advice
    assert "UnicodeEncodeError" in caplog.text
    assert "hush" not in caplog.text


async def test_a_test_does_not_send_a_refused_password_again_nor_does_what_comes_after() -> None:
    network = Network(Preferences(Settings(), lambda _s: None), Notices())
    async with (
        HttpProxy(0, user="anna", password="hush") as proxy,
        trial_of(network) as (trial, states),
        client_by(network.route) as client,
    ):
        choice = own(proxy.address, user="anna")

        async def refused(password: str | None, *, is_new: bool = True) -> int:
            trial.run(f"https://{HOST}", choice, password, is_new=is_new)
            await until(lambda: trial.state.phase is P.FAILED)
            assert trial.state.problem is not None
            assert "does not accept" in trial.state.problem.title
            return proxy.talks

        async def refused_to_the_client() -> int:
            with pytest.raises(Problem, match="does not accept"):
                await account.balance(client)
            return proxy.talks

        assert await refused("wrong") == 1
        # Pressed again, then saved, with what is still in the field.
        assert await refused("wrong", is_new=False) == 1
        network.keep(choice, "wrong", is_new=False)
        assert await refused_to_the_client() == 1
        assert await refused(None) == 1
        # Typed again, for the test and for the settings.
        assert await refused("wrong") == 2
        network.keep(choice, "wrong")
        assert await refused_to_the_client() == 3
        assert await refused(None) == 3
        # Another one is another.
        assert await refused("false", is_new=False) == 4
    assert {each.phase for each in states} == {P.ASKING, P.FAILED}
