"""The account: the key in use, where it is kept, and whether the service takes it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api import account as wallet
from runcomfy_desktop.api.deployments import list_deployments
from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.key import key_fault
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.credentials import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.deployment import Balance
    from runcomfy_desktop.store.credentials import Credentials

# How long to wait before an unreachable service is asked again, and the longest such pause.
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0

# Answers that refuse the key. Whose the wallet is nobody can mistake, so any of them is about it.
_REFUSALS = (ProblemKind.AUTH, ProblemKind.FOREIGN)
# Answers that only somebody with a good key gets.
_KNOWN_TO_THE_SERVICE = (ProblemKind.FUNDS, ProblemKind.DISABLED)

_log = logging.getLogger(__name__)


class AccountPhase(Enum):
    """How far the key has come."""

    SIGNED_OUT = "signed_out"
    CHECKING = "checking"
    SIGNED_IN = "signed_in"
    REJECTED = "rejected"
    """The service does not take the key."""
    UNREACHABLE = "unreachable"
    """Nobody could say whether the key is good."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """All that views need of the account.

    `service` is "demo" or the base URL. `key_place` is "keyring", "memory" or "" (no key);
    `key_note` says why a keyring is not in use, `has_keyring` whether there is one at all.
    `problem` is what was wrong with the last key or the last question.
    """

    phase: AccountPhase
    service: str
    is_demo: bool = False
    key_place: str = ""
    key_note: str = ""
    has_keyring: bool = True
    balance: Balance | None = None
    problem: Problem | None = None


@dataclass(slots=True)
class KeyHolder:
    """The key in use: the account puts it here, the client and the log's blotter read it."""

    token: str = field(default="", repr=False)


class Account:
    """Owns the key. Publishes `changed`, and `heard` with what was wrong (None: nothing) whenever
    the service was asked; every intent returns at once. `replaced` says that another key, or none,
    is in the place of the one that was in use, with whether there had been one.

    An unreachable service is asked again by itself, with growing pauses.
    """

    def __init__(  # noqa: PLR0913 - collaborators by name, made in one place
        self,
        client: Client,
        credentials: Credentials,
        key: KeyHolder,
        *,
        service: str,
        is_demo: bool,
        notices: Notices,
        demo_token: str = "",
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self.state = AccountState(AccountPhase.CHECKING, service, is_demo)
        self.changed: Topic[AccountState] = Topic()
        self.heard: Topic[Problem | None] = Topic()
        self.replaced: Topic[bool] = Topic()
        self._client = client
        self._credentials = credentials
        self._key = key
        self._notices = notices
        self._demo_token = demo_token
        self._first_pause_s = first_pause_s
        self._tasks = Tasks(notices.failure)
        self._current: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        """Begins to read the kept key and to test it; a slow keyring holds nothing up."""
        self._key.token = self._demo_token
        self._begin("start", self._open)

    async def close(self) -> None:
        """Ends what is going on; the key stays where it is kept."""
        await self._tasks.close()
        self._key.token = ""

    def token(self) -> str:
        return self._key.token

    # Intents

    def connect(self, token: str) -> None:
        """Tests a key that was typed, and keeps it unless the service refuses it."""
        if self.state.is_demo:
            return
        token = token.strip()
        wrong = key_fault(token)
        if wrong is None:
            self._begin("connect", lambda: self._connect(token))
        else:
            self._set(problem=wrong)

    def disconnect(self) -> None:
        """Forgets the key."""
        if not self.state.is_demo:
            self._begin("disconnect", self._disconnect)

    def check(self) -> None:
        """Asks the service again, for the balance and whether the key is still good."""
        if self.state.phase is not AccountPhase.CHECKING:
            self._begin("check", self._check if self._key.token else self._open)

    def refresh(self) -> None:
        """As `check`, and looks whether the keyring has another key by now."""
        if self.state.phase is not AccountPhase.CHECKING:
            self._begin("refresh", self._refresh if self._key.token else self._open)

    # Inside

    def _begin(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """The last intent wins: what was going on ends, and has ended before this begins."""
        before = self._current

        async def run() -> None:
            if before is not None:
                before.cancel()
                await asyncio.wait([before])
            await work()

        self._current = self._tasks.start(f"account {name}", run())

    async def _open(self) -> None:
        if not self.state.is_demo:
            self._key.token = await self._credentials.get(self._client.base_url)
            self._set(**self._place())
        if not self._key.token:
            self._show_no_key()
            # Whoever unlocks the keyring after all need not type the key.
            self._key.token = await self._credentials.get_late(self._client.base_url)
            self._set(problem=None, **self._place())
        if self._key.token:
            await self._check()
        else:
            self._show_no_key()

    def _show_no_key(self) -> None:
        problem = None
        if self._credentials.may_hold(self._client.base_url):
            note = self._credentials.note(self._client.base_url)
            advice = _("Unlock it and start the program again, or connect your key.")
            problem = Problem(note, advice=advice)
        self._set(phase=AccountPhase.SIGNED_OUT, balance=None, problem=problem)

    async def _connect(self, token: str) -> None:
        before, self._key.token = self._key.token, token
        self._set(phase=AccountPhase.CHECKING, balance=None, problem=None)
        try:
            balance, problem = await self._ask()
        except asyncio.CancelledError:
            # A key that nobody has tested is not left in use.
            self._key.token = before
            raise
        if problem is not None and problem.kind in _REFUSALS:
            self._key.token = before
            await self._refuse(problem, has_other=bool(before) and before != token)
            return
        if before != token:
            self.replaced.publish(bool(before))
        kept = await self._credentials.set(self._client.base_url, token)
        if problem is not None:
            detail = _("The key is kept. It will be tested as soon as the service answers.")
            problem = _reworded(problem, detail)
        self._settle(balance, problem)
        if kept is Kept.MEMORY:
            note = self._credentials.note(self._client.base_url)
            self._notices.tell(Notice(NoticeLevel.WARNING, _("The key is not stored."), note))
        if problem is not None:
            await self._ask_until_known()

    async def _disconnect(self) -> None:
        self._key.token = ""
        self.replaced.publish(True)
        await self._credentials.delete(self._client.base_url)
        note = self._credentials.note(self._client.base_url)
        if note:
            title = _("The key may still be in the system's keyring.")
            self._notices.tell(Notice(NoticeLevel.WARNING, title, note))
        self._set(phase=AccountPhase.SIGNED_OUT, balance=None, problem=None, **self._place())

    async def _check(self) -> None:
        if self.state.phase is not AccountPhase.SIGNED_IN:
            self._set(phase=AccountPhase.CHECKING)
        if await self._ask_and_settle() is AccountPhase.UNREACHABLE:
            await self._ask_until_known()

    async def _refresh(self) -> None:
        # First with the key in use: a keyring may take its time, or never answer.
        await self._ask_and_settle()
        if await self._reread():
            await self._ask_and_settle()
        if self.state.phase is AccountPhase.UNREACHABLE:
            await self._ask_until_known()

    async def _reread(self) -> bool:
        """Takes another key that the keyring has by now; whether there is one to be tested."""
        url = self._client.base_url
        if self.state.is_demo or self._credentials.kept(url) is not Kept.KEYRING:
            return False
        before, token = self._key.token, await self._credentials.get(url)
        if token:
            self._key.token = token
            if token != before:
                self.replaced.publish(True)
            return token != before
        if self._credentials.kept(url) is None:
            self._key.token = ""
            self.replaced.publish(True)
            gone = Problem(
                _("The key was removed from the system's keyring."),
                _("Jobs which run on RunComfy go on there and are billed."),
                _("Connect your key to go on."),
            )
            self._set(phase=AccountPhase.SIGNED_OUT, balance=None, problem=gone, **self._place())
        return False

    async def _ask_until_known(self) -> None:
        pause_s = self._first_pause_s
        while self.state.phase is AccountPhase.UNREACHABLE:
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            await self._ask_and_settle()

    async def _ask_and_settle(self) -> AccountPhase:
        balance, problem = await self._ask()
        if problem is not None and problem.kind in _REFUSALS and await self._reread():
            # It was made anew on RunComfy, and somebody put the new one there.
            balance, problem = await self._ask()
        if not self._key.token:
            return self.state.phase
        if problem is not None and problem.kind in _REFUSALS:
            # It stays in the keyring: the person decides, and the service may err.
            self._set(phase=AccountPhase.REJECTED, balance=None, problem=problem)
        else:
            self._settle(balance, problem)
        return self.state.phase

    async def _ask(self) -> tuple[Balance | None, Problem | None]:
        balance, problem = await self._ask_wallet()
        self.heard.publish(problem)
        return balance, problem

    async def _ask_wallet(self) -> tuple[Balance | None, Problem | None]:
        """The balance, or why there is none; neither when the service has no such thing."""
        try:
            return await wallet.balance(self._client), None
        except Problem as problem:
            if problem.kind in _KNOWN_TO_THE_SERVICE:
                return None, None
            if problem.kind is not ProblemKind.NOT_FOUND:
                return None, problem
        try:
            await list_deployments(self._client)
        except Problem as problem:
            return None, problem
        return None, None

    def _settle(self, balance: Balance | None, problem: Problem | None) -> None:
        phase = AccountPhase.SIGNED_IN if problem is None else AccountPhase.UNREACHABLE
        self._set(phase=phase, balance=balance, problem=problem, **self._place())

    async def _refuse(self, problem: Problem, *, has_other: bool) -> None:
        """A typed key was refused; an earlier one that is good goes on being used."""
        if has_other:
            balance, other_problem = await self._ask()
            if other_problem is None:
                problem = _reworded(problem, _("The key that was in use before stays in use."))
                self._set(phase=AccountPhase.SIGNED_IN, balance=balance, problem=problem)
                self._notices.failure(problem)
                return
        self._set(phase=AccountPhase.REJECTED, problem=problem)

    def _place(self) -> dict[str, Any]:
        """Where the key is kept, as values of the state."""
        if self.state.is_demo:
            return {}
        kept = self._credentials.kept(self._client.base_url)
        return {
            "key_place": "" if kept is None else kept.value,
            "key_note": self._credentials.note(self._client.base_url),
            "has_keyring": not self._credentials.is_absent,
        }

    def _set(self, **values: Any) -> None:
        state = replace(self.state, **values)
        if state != self.state:
            if (state.phase, state.problem) != (self.state.phase, self.state.problem):
                why = state.problem.title if state.problem is not None else "-"
                _log.debug("Account is %s: %s", state.phase.value, why)
            self.state = state
            self.changed.publish(state)


def _reworded(problem: Problem, detail: str) -> Problem:
    """The problem with another sentence on what it means."""
    return Problem(
        problem.title, detail, problem.advice, kind=problem.kind, technical=problem.technical
    )
