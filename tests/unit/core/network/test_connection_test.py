"""Tests of settings that are not saved yet, with real proxies."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import account
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.network.connection_test import (
    CertificateCheck,
    ConnectionTest,
    ConnectionTestPhase,
    ConnectionTestState,
)
from runcomfy_desktop.core.network.network import Network
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode, Settings
from tests.support.async_wait import wait_until
from tests.support.certificate_authority import CertificateAuthority
from tests.support.proxy_servers import HttpProxy, MuteServer
from tests.support.raw_server import RawServer, json_reply
from tests.support.routed_clients import routed_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# Uses sockets.
pytestmark = pytest.mark.real_clock

HOST = "api.runcomfy.invalid"
P = ConnectionTestPhase


@asynccontextmanager
async def connection_test(
    network: Network | None = None,
) -> AsyncIterator[tuple[ConnectionTest, list[ConnectionTestState]]]:
    notices = Notices()
    network = network or Network(Preferences(Settings(), lambda _s: None), notices)
    test, states = ConnectionTest(network, notices), list[ConnectionTestState]()
    test.changed.subscribe(states.append)
    yield test, states
    await test.close()


def own(address: str, ca_file: Path | str = "", user: str = "") -> NetworkSettings:
    return NetworkSettings(ProxyMode.OWN, address, user, ca_file=str(ca_file))


async def test_the_service_answers_by_a_proxy_that_is_not_saved(tmp_path: Path) -> None:
    authority = CertificateAuthority()
    async with (
        RawServer(json_reply({}, 401), tls=authority.server(tmp_path, HOST)) as server,
        HttpProxy(server.port, user="anna", password="hush") as proxy,
        connection_test() as (test, states),
    ):
        choice = own(proxy.address, authority.write_pem(tmp_path), "anna")
        test.run(f"https://{HOST}", choice, "hush")
        await wait_until(lambda: test.state.phase is P.REACHED)
        assert [each.phase for each in states] == [P.RUNNING, P.REACHED]
        test.run(f"https://{HOST}", choice, "wrong")
        await wait_until(lambda: test.state.phase is P.FAILED)
        assert test.state.problem is not None
        assert "does not accept" in test.state.problem.title


async def test_the_kept_password_is_used_where_none_is_typed(tmp_path: Path) -> None:
    authority = CertificateAuthority()
    network = Network(Preferences(Settings(), lambda _s: None), Notices())
    async with (
        RawServer(json_reply({}, 401), tls=authority.server(tmp_path, HOST)) as server,
        HttpProxy(server.port, user="anna", password="hush") as proxy,
        connection_test(network) as (test, _states),
    ):
        choice = own(proxy.address, authority.write_pem(tmp_path), "anna")
        network.save(choice, "hush")
        test.run(f"https://{HOST}", choice)
        await wait_until(lambda: test.state.phase is P.REACHED)


async def test_it_can_be_given_up_and_begun_again() -> None:
    async with MuteServer() as proxy, connection_test() as (test, states):
        test.run(f"https://{HOST}", own(proxy.address))
        await wait_until(lambda: proxy.open_connections == 1)
        test.cancel()
        assert test.state == ConnectionTestState()
        await wait_until(lambda: proxy.open_connections == 0)
        test.run(f"https://{HOST}", own(proxy.address))
        test.run(f"https://{HOST}", own("http://proxy.invalid:1"))
        await wait_until(lambda: test.state.phase is P.FAILED)
        assert test.state.problem is not None
        assert "no proxy named" in test.state.problem.title
    assert [each.phase for each in states] == [P.RUNNING, P.IDLE, P.RUNNING, P.FAILED]


async def test_an_address_that_is_none_is_a_failure() -> None:
    async with connection_test() as (test, _states):
        test.run("http://api.runcomfy.net", NetworkSettings())
        await wait_until(lambda: test.state.phase is P.FAILED)


async def test_a_file_is_looked_at(tmp_path: Path) -> None:
    reports: list[CertificateCheck] = []
    good, bad = CertificateAuthority().write_pem(tmp_path), tmp_path / "gone.pem"
    async with connection_test() as (test, _states):
        test.certificate_checked.subscribe(reports.append)
        test.check_certificate(str(good))
        await wait_until(lambda: reports)
        test.check_certificate(str(bad))
        await wait_until(lambda: len(reports) == 2)
    assert reports[0] == CertificateCheck(str(good), "")
    assert "cannot be read" in reports[1].error


@pytest.mark.logs_errors
async def test_a_connection_test_that_ends_by_a_bug_ends_with_a_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A user name with half a surrogate pair can be pasted, but it cannot be sent."""
    async with HttpProxy(0) as proxy, connection_test() as (test, states):
        test.run(f"https://{HOST}", own(proxy.address, user="\ud83d"), "hush")
        await wait_until(lambda: test.state.phase is not P.RUNNING)
        await wait_until(lambda: "Task trial failed" in caplog.text)
    assert [each.phase for each in states] == [P.RUNNING, P.FAILED]
    assert test.state.problem is not None
    assert "unexpected" in test.state.problem.title
    assert test.state.problem.advice
    assert "UnicodeEncodeError" in caplog.text
    assert "hush" not in caplog.text


async def test_a_test_does_not_send_a_refused_password_again_nor_does_what_comes_after() -> None:
    network = Network(Preferences(Settings(), lambda _s: None), Notices())
    async with (
        HttpProxy(0, user="anna", password="hush") as proxy,
        connection_test(network) as (test, states),
        routed_client(network.route) as client,
    ):
        choice = own(proxy.address, user="anna")

        async def refused(password: str | None, *, is_new: bool = True) -> int:
            test.run(f"https://{HOST}", choice, password, is_new=is_new)
            await wait_until(lambda: test.state.phase is P.FAILED)
            assert test.state.problem is not None
            assert "does not accept" in test.state.problem.title
            return proxy.connections

        async def refused_to_the_client() -> int:
            with pytest.raises(Problem, match="does not accept"):
                await account.read_balance(client)
            return proxy.connections

        assert await refused("wrong") == 1
        # The test runs again and the settings are saved, with the password still in the field.
        assert await refused("wrong", is_new=False) == 1
        network.save(choice, "wrong", is_new=False)
        assert await refused_to_the_client() == 1
        assert await refused(None) == 1
        # The password is typed again, for the test and for the settings.
        assert await refused("wrong") == 2
        network.save(choice, "wrong")
        assert await refused_to_the_client() == 3
        assert await refused(None) == 3
        # Another password is sent.
        assert await refused("false", is_new=False) == 4
    assert {each.phase for each in states} == {P.RUNNING, P.FAILED}
