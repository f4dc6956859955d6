"""The account: the key in use, where it is kept, and whether the service takes it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.core.wallet import ask_wallet, copy_if_it_stays, refuses
from runcomfy_desktop.domain.key import key_fault
from runcomfy_desktop.domain.problem import Problem
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
# The first pause is so many times longer where it refuses the key, and this the longest.
_REFUSED_TIMES = 3
_LONGEST_REFUSED_S = 600.0

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
    `key_note` says why a keyring is not in use, `has_keyring` whether there is one at all,
    `awaits_keyring` whether it was asked for the key and has not answered.
    `problem` is what was wrong with the last key or the last question.
    """

    phase: AccountPhase
    service: str
    is_demo: bool = False
    key_place: str = ""
    key_note: str = ""
    has_keyring: bool = True
    awaits_keyring: bool = False
    balance: Balance | None = None
    problem: Problem | None = None

    @property
    def is_undecided(self) -> bool:
        """True while nobody can say that there is no key to use."""
        asks = self.awaits_keyring or self.phase is AccountPhase.CHECKING
        return asks and not self.key_place and not self.is_demo


@dataclass(slots=True)
class KeyHolder:
    """The key in use: the account puts it here, the client and the log's blotter read it.

    `on_trial` is one that is used for nothing but its test.
    """

    token: str = field(default="", repr=False)
    on_trial: str = field(default="", repr=False)

    def secrets(self) -> tuple[str, ...]:
        """What may stand in no text."""
        return (self.token, self.on_trial)


class _Stage(Enum):
    """What goes on, as far as the next intent has to know."""

    REST = "rest"
    """Nothing, or a wait that a new question makes needless."""
    LOOK = "look"
    """An answer is on its way."""
    WISH = "wish"
    """The person connects or removes a key: nothing but the next such wish ends that."""


class Account:
    """Owns the key. Publishes `changed`, and `heard` with what was wrong (None: nothing) whenever
    the service was asked; every intent returns at once. `replaced` says that another key, or none,
    is in the place of the one that was in use, with whether there had been one; `connected`, that
    a user connected a key which was not refused, be it the one that was in use.

    An unreachable service is asked again by itself, with growing pauses, and so is one that
    refuses the key in use: that may pass.
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
        self.connected: Topic[None] = Topic()
        self._client = client
        self._credentials = credentials
        self._key = key
        self._notices = notices
        self._demo_token = demo_token
        self._first_pause_s = first_pause_s
        self._tasks = Tasks(notices.failure)
        self._current: asyncio.Task[Any] | None = None
        self._stage = _Stage.REST
        self._once_more = False
        # So often the service was asked again by itself after it had refused the key in use.
        self._refused_again = 0
        # The person removed the key, and the keyring may have it still.
        self._is_removed = False

    async def start(self) -> None:
        """Begins to read the kept key and to test it; a slow keyring holds nothing up."""
        self._key.token = self._demo_token
        self._begin("start", self._open, _Stage.LOOK)

    async def close(self) -> None:
        """Ends what is going on; the key stays where it is kept."""
        await self._tasks.close()
        self._key.token = ""

    # Intents

    def connect(self, token: str) -> None:
        """Tests a key that was typed, and keeps it unless the service refuses it."""
        if self.state.is_demo:
            return
        token = token.strip()
        wrong = key_fault(token)
        if wrong is None:
            self._begin("connect", lambda: self._connect(token), _Stage.WISH)
        else:
            self._set(problem=wrong)

    def disconnect(self) -> None:
        """Forgets the key."""
        if not self.state.is_demo:
            self._begin("disconnect", self._disconnect, _Stage.WISH)

    def check(self, *, afresh: bool = False) -> None:
        """Asks the service again, for the balance and whether the key is still good.

        While an answer is on its way this asks once more after it, however often it is called:
        who calls more often than the service answers would hear nothing. `afresh` does not wait
        for an answer that may never come.
        """
        is_free = self._stage is _Stage.REST
        if is_free or (afresh and self._stage is _Stage.LOOK and self._key.token):
            self._look("check", self._check)
        else:
            self._once_more = True

    def refresh(self) -> None:
        """As `check`, at once, and looks whether the keyring has another key by now."""
        if self._stage is _Stage.WISH or self.state.phase is AccountPhase.CHECKING:
            self._once_more = True
        else:
            self._look("refresh", self._refresh)

    # Inside

    def _look(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if self._key.token:
            self._begin(name, work, _Stage.LOOK)
        elif not self._is_removed:
            self._begin(name, self._open, _Stage.LOOK)

    def _begin(
        self, name: str, work: Callable[[], Coroutine[Any, Any, None]], stage: _Stage
    ) -> None:
        """The last intent wins: what was going on ends, and has ended before this begins."""
        before = self._current
        self._stage = stage

        async def run() -> None:
            if before is not None:
                before.cancel()
                await asyncio.wait([before])
                # What ended may have written its own there, in its last turn.
                if self._current is asyncio.current_task():
                    self._stage = stage
            try:
                await work()
                while self._once_more and self._stage is _Stage.LOOK and self._key.token:
                    await self._check()
            finally:
                if self._current is asyncio.current_task():
                    self._stage = _Stage.REST

        self._current = self._tasks.start(f"account {name}", run())

    async def _open(self) -> None:
        if not self.state.is_demo:
            self._key.token = await self._credentials.get(self._client.base_url)
            self._set(**self._place())
        if not self._key.token:
            self._show_no_key()
            # Whoever unlocks the keyring after all need not type the key.
            self._stage = _Stage.REST
            self._key.token = await self._credentials.get_late(self._client.base_url)
            self._stage = _Stage.LOOK
        if self._key.token:
            self._set(problem=None, **self._place())
            await self._check()
        else:
            self._show_no_key()

    def _show_no_key(self) -> None:
        problem = None
        if self._credentials.may_hold(self._client.base_url):
            note = self._credentials.note(self._client.base_url)
            advice = _("Unlock it and start the program again, or connect your key.")
            problem = Problem(note, advice=advice)
        out = AccountPhase.SIGNED_OUT
        self._set(phase=out, balance=None, problem=problem, **self._place())

    async def _connect(self, token: str) -> None:
        before = self._key.token
        checking = AccountPhase.CHECKING
        self._set(phase=checking, balance=None, problem=None, awaits_keyring=False)
        balance, problem = await self._ask(token)
        if refuses(problem):
            await self._refuse(problem, has_other=bool(before) and before != token)
            return
        self.connected.publish(None)
        self._is_removed = False
        kept = await self._credentials.set(self._client.base_url, token)
        if problem is not None:
            detail = _("The key is kept. It will be tested as soon as the service answers.")
            problem = _reworded(problem, detail)
        self._settle(balance, problem)
        if kept is Kept.MEMORY:
            note = self._credentials.note(self._client.base_url)
            self._notices.tell(Notice(NoticeLevel.WARNING, _("The key is not stored."), note))
        await self._ask_until_known()

    async def _disconnect(self) -> None:
        self._key.token = ""
        self._is_removed = True
        self.replaced.publish(True)
        # At once: a keyring may take its time, and nobody may look for the key there meanwhile.
        self._set(phase=AccountPhase.SIGNED_OUT, balance=None, problem=None, key_place="")
        await self._credentials.delete(self._client.base_url)
        note = self._credentials.note(self._client.base_url)
        self._is_removed = bool(note)
        if note:
            title = _("The key may still be in the system's keyring.")
            self._notices.tell(Notice(NoticeLevel.WARNING, title, note))
        self._set(**self._place())

    async def _check(self) -> None:
        if self.state.phase not in (AccountPhase.SIGNED_IN, AccountPhase.REJECTED):
            self._set(phase=AccountPhase.CHECKING)
        await self._ask_and_settle()
        await self._ask_until_known()

    async def _refresh(self) -> None:
        # First with the key in use: a keyring may take its time, or never answer.
        await self._ask_and_settle()
        if newer := await self._newer():
            await self._ask_and_settle(newer)
        await self._ask_until_known()

    async def _newer(self) -> str:
        """Another key that the keyring has by now, "" for none; one removed there is let go."""
        url = self._client.base_url
        if self.state.is_demo or self._credentials.kept(url) is not Kept.KEYRING:
            return ""
        token = await self._credentials.get(url)
        if token:
            return token if token != self._key.token else ""
        if self._credentials.kept(url) is None:
            self._key.token = ""
            self.replaced.publish(True)
            gone = Problem(
                _("The key was removed from the system's keyring."),
                _("Jobs which run on RunComfy go on there and are billed."),
                _("Connect your key to go on."),
            )
            self._set(phase=AccountPhase.SIGNED_OUT, balance=None, problem=gone, **self._place())
        return ""

    def _take(self, token: str) -> None:
        before, self._key.token = self._key.token, token
        if token != before:
            self._refused_again = 0
            self.replaced.publish(bool(before))

    async def _ask_until_known(self) -> None:
        """Does nothing where the key in use is good, or there is none."""
        in_vain = 0
        while (pause_s := self._pause_s(in_vain)) is not None:
            if not self._once_more:
                self._stage = _Stage.REST
                await asyncio.sleep(pause_s)
            self._stage = _Stage.LOOK
            if self.state.phase is AccountPhase.REJECTED:
                self._refused_again += 1
            else:
                in_vain += 1
            await self._ask_and_settle()

    def _pause_s(self, in_vain: int) -> float | None:
        """Returns the time until the service is asked again by itself, None for not at all;
        `in_vain` counts how often it could not be reached. A refused key keeps its own count,
        however often anybody else has it looked at meanwhile."""
        if self.state.phase is AccountPhase.UNREACHABLE:
            return _doubled(self._first_pause_s, in_vain, LONGEST_PAUSE_S)
        if self.state.phase is AccountPhase.REJECTED and self._key.token:
            first_s = _REFUSED_TIMES * self._first_pause_s
            return _doubled(first_s, self._refused_again, _LONGEST_REFUSED_S)
        return None

    async def _ask_and_settle(self, token: str = "") -> None:
        """Asks with the key in use, or tests another one, which takes its place in any case."""
        balance, problem = await self._ask(token)
        if token:
            self._take(token)
        is_known = self.state.phase is AccountPhase.REJECTED and not token
        if refuses(problem) and is_known:
            # Nor is the keyring asked each time: a locked one would ask for its password.
            return
        if refuses(problem) and (newer := await self._newer()):
            # It was made anew on RunComfy, and somebody put the new one there.
            await self._ask_and_settle(newer)
        elif not self._key.token:
            return
        elif refuses(problem):
            # It stays in the keyring: the person decides, and the service may err.
            told = _in_use_refused(problem)
            self._set(phase=AccountPhase.REJECTED, balance=None, problem=told)
        else:
            self._settle(balance, problem)

    async def _ask(self, token: str = "") -> tuple[Balance | None, Problem | None]:
        """Asks with the key in use, or tests another one, which is in use then unless the service
        refuses it: until then jobs are sent and asked about with the one of before."""
        self._once_more = False
        client = self._client.with_token(token) if token else self._client
        self._key.on_trial = token
        try:
            balance, problem = await ask_wallet(client)
        finally:
            self._key.on_trial = ""
        if token and not refuses(problem):
            self._take(token)
        self.heard.publish(problem)
        return balance, problem

    def _settle(self, balance: Balance | None, problem: Problem | None) -> None:
        phase = AccountPhase.SIGNED_IN if problem is None else AccountPhase.UNREACHABLE
        if problem is None:
            self._refused_again = 0
        self._set(phase=phase, balance=balance, problem=problem, **self._place())

    async def _refuse(self, problem: Problem, *, has_other: bool) -> None:
        """A typed key was refused; an earlier one goes on being used unless it is refused, too."""
        if has_other:
            balance, other_problem = await self._ask()
            if not refuses(other_problem):
                problem = _reworded(problem, _("The key that was in use before stays in use."))
                is_known = other_problem is None
                phase = AccountPhase.SIGNED_IN if is_known else AccountPhase.UNREACHABLE
                self._set(phase=phase, balance=balance, problem=problem)
                self._notices.failure(problem)
                await self._ask_until_known()
                return
            problem = _both_refused(problem)
        elif self._key.token:
            problem = _in_use_refused(problem)
        self._set(phase=AccountPhase.REJECTED, problem=problem)
        await self._ask_until_known()

    def _place(self) -> dict[str, Any]:
        """Where the key is kept, as values of the state."""
        if self.state.is_demo:
            return {}
        kept = self._credentials.kept(self._client.base_url)
        return {
            "key_place": "" if kept is None else kept.value,
            "key_note": self._credentials.note(self._client.base_url),
            "has_keyring": not self._credentials.is_absent,
            "awaits_keyring": self._credentials.is_late,
        }

    def _set(self, **values: Any) -> None:
        state = replace(self.state, **values)
        if state != self.state:
            if (state.phase, state.problem) != (self.state.phase, self.state.problem):
                why = state.problem.title if state.problem is not None else "-"
                _log.debug("Account is %s: %s", state.phase.value, why)
            self.state = state
            self.changed.publish(state)


def _doubled(first_s: float, times: int, longest_s: float) -> float:
    # The exponent is bounded, because a lid can stay closed for a week.
    return min(longest_s, first_s * float(2 ** min(times, 16)))


def _in_use_refused(problem: Problem) -> Problem:
    """Says that the service does not take the key that is kept, and that this may pass."""
    return Problem(
        problem.title,
        _(
            "This may pass: the program asks again by itself. What runs at RunComfy goes on there "
            "and is billed; what waits here is not sent meanwhile."
        ),
        copy_if_it_stays(),
        kind=problem.kind,
        technical=problem.technical,
    )


def _both_refused(problem: Problem) -> Problem:
    """Says that neither the key that was typed is taken nor the one that is kept."""
    detail = _(
        "It is not kept. The key that was in use before is not accepted at present, either; the "
        "program asks again by itself with that one."
    )
    return _reworded(problem, detail)


def _reworded(problem: Problem, detail: str) -> Problem:
    """The problem with another sentence on what it means."""
    return Problem(
        problem.title, detail, problem.advice, kind=problem.kind, technical=problem.technical
    )
