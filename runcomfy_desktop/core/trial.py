"""Trials of settings before they are saved: whether a file has certificates in it, and whether the
service answers by a route."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.core.network import Network
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.settings import NetworkChoice


class TrialPhase(Enum):
    """How far the trial has come."""

    IDLE = "idle"
    ASKING = "asking"
    REACHED = "reached"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TrialState:
    """What a trial of the connection shows; `problem` is there when it FAILED."""

    phase: TrialPhase = TrialPhase.IDLE
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class FileReport:
    """What is wrong with a file of certificates, "" when nothing is."""

    path: str
    fault: str


class Trial:
    """One dialog's trials; the last one wins. Publishes `changed` and `file_checked`.

    Intents return at once; they need a loop that runs.
    """

    def __init__(self, network: Network, notices: Notices) -> None:
        self._network = network
        self.state = TrialState()
        self.changed: Topic[TrialState] = Topic()
        self.file_checked: Topic[FileReport] = Topic()
        self._tasks = Tasks(notices.failure)
        self._asking: asyncio.Task[Any] | None = None

    def run(
        self,
        base_url: str,
        choice: NetworkChoice,
        password: str | None = None,
        *,
        is_new: bool = True,
    ) -> None:
        """Asks the service at `base_url`, without a key; with the kept password where None.

        `is_new`: the password was not tried since it was typed. Another one that its proxy
        refused a moment ago is not sent again.
        """
        self._stop()
        is_new = is_new and password is not None
        if password is None:
            password = self._network.password(choice)
        self._set(TrialState(TrialPhase.ASKING))
        self._asking = self._tasks.start(
            "trial", self._run(base_url, choice, password, is_new=is_new)
        )

    def cancel(self) -> None:
        """Gives the question up."""
        self._stop()
        self._set(TrialState())

    async def close(self) -> None:
        await self._tasks.close()

    def check_file(self, path: str) -> None:
        self._tasks.start("check certificates", self._check_file(path))

    def _stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    async def _run(
        self, base_url: str, choice: NetworkChoice, password: str, *, is_new: bool
    ) -> None:
        try:
            from runcomfy_desktop.api.probe import probe
            from runcomfy_desktop.api.proxies import route_of

            route = replace(route_of(choice, password), sign_ins=self._network.sign_ins)
            if is_new:
                route.try_again()
            await probe(base_url, route)
        except Problem as problem:
            self._set(TrialState(TrialPhase.FAILED, problem))
        except Exception:
            self._set(TrialState(TrialPhase.FAILED, _by_a_bug()))
            raise  # whoever owns the tasks logs it
        else:
            self._set(TrialState(TrialPhase.REACHED))

    async def _check_file(self, path: str) -> None:
        from runcomfy_desktop.api.certificates import ca_fault

        fault = await asyncio.to_thread(ca_fault, path)
        self.file_checked.publish(FileReport(path, fault))

    def _set(self, state: TrialState) -> None:
        if state != self.state:
            self.state = state
            self.changed.publish(state)


def _by_a_bug() -> Problem:
    return Problem(
        _("Something unexpected happened in this program, so that nothing is known yet."),
        advice=_("Try again. Help > Copy diagnostics has what somebody who helps you needs."),
    )
