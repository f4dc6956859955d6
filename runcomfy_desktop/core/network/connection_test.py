"""Tests of settings before they are saved: the certificate file and the connection."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.network.network import Network
    from runcomfy_desktop.domain.settings import NetworkSettings


class ConnectionTestPhase(Enum):
    """State of a connection test."""

    IDLE = "idle"
    RUNNING = "asking"
    REACHED = "reached"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ConnectionTestState:
    """Result of a connection test; `problem` is set if it FAILED."""

    phase: ConnectionTestPhase = ConnectionTestPhase.IDLE
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class CertificateCheck:
    """Result of checking a certificate file; `error` is "" if there is none."""

    path: str
    error: str


class ConnectionTest:
    """Runs the tests of one settings dialog; a new connection test cancels the previous one.

    Publishes `changed` and `certificate_checked`. Actions return at once; they need a running loop.
    """

    def __init__(self, network: Network, notices: Notices) -> None:
        self._network = network
        self.state = ConnectionTestState()
        self.changed: Topic[ConnectionTestState] = Topic()
        self.certificate_checked: Topic[CertificateCheck] = Topic()
        self._tasks = Tasks(notices.post_failure)
        self._task: asyncio.Task[Any] | None = None

    def run(
        self,
        base_url: str,
        network_settings: NetworkSettings,
        password: str | None = None,
        *,
        is_new: bool = True,
    ) -> None:
        """Tests the connection to `base_url` without a key.

        Without `password`, the stored one is used. `is_new` is True if the password was not tried
        since it was typed; otherwise one that the proxy has just refused is not sent again.
        """
        self._stop()
        is_new = is_new and password is not None
        if password is None:
            password = self._network.password(network_settings)
        self._set(ConnectionTestState(ConnectionTestPhase.RUNNING))
        work = self._run(base_url, network_settings, password, is_new=is_new)
        self._task = self._tasks.start("trial", work)

    def cancel(self) -> None:
        """Cancels the running connection test."""
        self._stop()
        self._set(ConnectionTestState())

    async def close(self) -> None:
        await self._tasks.close()

    def check_certificate(self, path: str) -> None:
        self._tasks.start("check certificates", self._check_certificate(path))

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(
        self, base_url: str, network_settings: NetworkSettings, password: str, *, is_new: bool
    ) -> None:
        try:
            from runcomfy_desktop.api.probe import probe
            from runcomfy_desktop.api.proxies import route_of

            auth_cache = self._network.auth_cache
            route = replace(route_of(network_settings, password), auth_cache=auth_cache)
            if is_new:
                route.forget_refusals()
            await probe(base_url, route)
        except Problem as problem:
            self._set(ConnectionTestState(ConnectionTestPhase.FAILED, problem))
        except Exception:
            self._set(ConnectionTestState(ConnectionTestPhase.FAILED, _bug_problem()))
            raise  # logged by the owner of the tasks
        else:
            self._set(ConnectionTestState(ConnectionTestPhase.REACHED))

    async def _check_certificate(self, path: str) -> None:
        from runcomfy_desktop.api.certificates import ca_file_error

        error = await asyncio.to_thread(ca_file_error, path)
        self.certificate_checked.publish(CertificateCheck(path, error))

    def _set(self, state: ConnectionTestState) -> None:
        if state != self.state:
            self.state = state
            self.changed.publish(state)


def _bug_problem() -> Problem:
    return Problem(
        _("Something unexpected happened in this program, so that nothing is known yet."),
        advice=_("Try again. Help > Copy diagnostics has what somebody who helps you needs."),
    )
