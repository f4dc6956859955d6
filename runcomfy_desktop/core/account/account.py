"""Account: the API key in use, its storage, its check by the service, and the balance."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeGuard

from runcomfy_desktop.api import account
from runcomfy_desktop.api.deployments import list_deployments
from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.account.api_key import key_problem
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.credentials import KeyLocation

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.domain.deployments.deployment import Balance
    from runcomfy_desktop.store.credentials import Credentials

RETRY_BACKOFF = Backoff(5.0, 60.0)
"""Waits before an unreachable service is tried again."""
_log = logging.getLogger(__name__)
# Kinds that refuse the key. The balance belongs to the key's own account, so FOREIGN does, too.
_REFUSED_KINDS = (ProblemKind.AUTH, ProblemKind.FOREIGN)
# Kinds of refusals that only a good key gets.
_ACCEPTED_KINDS = (ProblemKind.FUNDS, ProblemKind.DISABLED)


async def fetch_balance(client: Client) -> tuple[Balance | None, Problem | None]:
    """Reads the balance, which costs nothing and proves that the key is good.

    Returns the balance, or the problem. Returns neither if the key is good but there is no balance,
    for example because the service has no endpoint for it.
    """
    try:
        return await account.read_balance(client), None
    except Problem as problem:
        if problem.kind in _ACCEPTED_KINDS:
            return None, None
        if problem.kind is not ProblemKind.NOT_FOUND:
            return None, problem
    try:
        await list_deployments(client)
    except Problem as problem:
        return None, problem
    return None, None


def is_key_refused(problem: Problem | None) -> TypeGuard[Problem]:
    """Returns True if the response to the balance request refuses the key."""
    return problem is not None and problem.kind in _REFUSED_KINDS


def copy_key_advice() -> str:
    """Returns the advice for a key that was good before and is now refused."""
    return _("If it stays so, copy the key from your RunComfy profile page and connect again.")


class AccountPhase(Enum):
    """State of the key check."""

    SIGNED_OUT = "signed_out"
    CHECKING = "checking"
    SIGNED_IN = "signed_in"
    REJECTED = "rejected"
    """The service refuses the key."""
    UNREACHABLE = "unreachable"
    """It is unknown whether the key is good."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """State of the account for views.

    `service` is "demo" or the base URL. `key_place` is "keyring", "memory" or "" (no key).
    `key_note` explains why a keyring is not in use. `has_keyring` is True if there is a keyring at
    all, `awaits_keyring` while the keyring has not returned the key yet. `problem` is that of the
    last key or the last request.
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
        """True while it is still unknown whether there is a key to use."""
        asks = self.awaits_keyring or self.phase is AccountPhase.CHECKING
        return asks and not self.key_place and not self.is_demo


@dataclass(slots=True)
class KeyHolder:
    """Holder of the key in use: set by the account, read by the client and the log's redaction.

    `token_under_test` is a key that is only being tested.
    """

    token: str = field(default="", repr=False)
    token_under_test: str = field(default="", repr=False)

    def secrets(self) -> tuple[str, ...]:
        """Returns the keys, which no logged or stored text may contain."""
        return (self.token, self.token_under_test)


class _AccountActivity(Enum):
    """Activity of the account, as far as the next action depends on it."""

    IDLE = "idle"
    """No activity, or a wait that a new request makes unnecessary."""
    CHECKING = "checking"
    """A request to the service or the keyring is running."""
    USER_ACTION = "user action"
    """The user is connecting or removing a key; only another such action interrupts this."""


class Account:
    """Manages the API key; every action returns at once.

    Publishes `changed`, and `checked` with the problem (or None) after every request to the
    service. `key_replaced` is published when another key, or none, replaces the one in use, with
    True if there was a key before. `key_connected` is published when the user connected a key that
    was not refused, even if it was already in use.

    An unreachable service is tried again with growing waits, and so is one that refuses the key in
    use, because that may be temporary.
    """

    def __init__(  # noqa: PLR0913 - collaborators, created in one place
        self,
        client: Client,
        credentials: Credentials,
        key: KeyHolder,
        *,
        service: str,
        is_demo: bool,
        notices: Notices,
        demo_token: str = "",
        retry_backoff: Backoff = RETRY_BACKOFF,
    ) -> None:
        self.state = AccountState(AccountPhase.CHECKING, service, is_demo)
        self.changed: Topic[AccountState] = Topic()
        self.checked: Topic[Problem | None] = Topic()
        self.key_replaced: Topic[bool] = Topic()
        self.key_connected: Topic[None] = Topic()
        self._client = client
        self._credentials = credentials
        self._key = key
        self._notices = notices
        self._demo_token = demo_token
        self._retry_backoff = retry_backoff
        # A refused key is tried more rarely, because it usually stays refused.
        self._refused_backoff = Backoff(3 * retry_backoff.first_s, 10 * retry_backoff.max_s)
        self._tasks = Tasks(notices.post_failure)
        self._current_task: asyncio.Task[Any] | None = None
        self._activity = _AccountActivity.IDLE
        self._needs_recheck = False
        # Number of automatic checks since the service refused the key in use.
        self._refused_checks = 0
        # True if the user removed the key, but the keyring may still have it.
        self._is_key_removed = False

    async def start(self) -> None:
        """Starts reading and testing the stored key; a slow keyring blocks nothing."""
        self._key.token = self._demo_token
        self._start_task("start", self._open, _AccountActivity.CHECKING)

    async def close(self) -> None:
        """Cancels all work; the stored key is kept."""
        await self._tasks.close()
        self._key.token = ""

    # Intents

    def connect(self, token: str) -> None:
        """Tests a typed key, and keeps it unless the service refuses it."""
        if self.state.is_demo:
            return
        token = token.strip()
        problem = key_problem(token)
        if problem is None:
            self._start_task("connect", lambda: self._connect(token), _AccountActivity.USER_ACTION)
        else:
            self._set(problem=problem)

    def disconnect(self) -> None:
        """Removes the key."""
        if not self.state.is_demo:
            self._start_task("disconnect", self._disconnect, _AccountActivity.USER_ACTION)

    def check(self, *, restarts: bool = False) -> None:
        """Requests the balance again, which also checks whether the key is still good.

        While a request is running, one more is sent after it, however often this is called:
        restarting at each call would give no result if calls come faster than responses. `restarts`
        cancels the running request, which may never get a response.
        """
        may_restart = restarts and self._activity is _AccountActivity.CHECKING and self._key.token
        if may_restart or self._activity is _AccountActivity.IDLE:
            self._start_check("check", self._check)
        else:
            self._needs_recheck = True

    def refresh(self) -> None:
        """Checks at once like `check`, and looks for another key in the keyring."""
        is_user_action = self._activity is _AccountActivity.USER_ACTION
        if is_user_action or self.state.phase is AccountPhase.CHECKING:
            self._needs_recheck = True
        else:
            self._start_check("refresh", self._refresh)

    def _start_check(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if self._key.token or not self._is_key_removed:
            work = work if self._key.token else self._open
            self._start_task(name, work, _AccountActivity.CHECKING)

    def _start_task(
        self, name: str, work: Callable[[], Coroutine[Any, Any, None]], activity: _AccountActivity
    ) -> None:
        """Cancels the current task and starts `work` after it has ended: the last action wins."""
        before = self._current_task
        self._activity = activity

        async def run() -> None:
            if before is not None:
                before.cancel()
                await asyncio.wait([before])
                # The previous task may have set its own activity in its last turn.
                if self._current_task is asyncio.current_task():
                    self._activity = activity
            try:
                await work()
                while (
                    self._needs_recheck
                    and self._activity is _AccountActivity.CHECKING
                    and self._key.token
                ):
                    await self._check()
            finally:
                if self._current_task is asyncio.current_task():
                    self._activity = _AccountActivity.IDLE

        self._current_task = self._tasks.start(f"account {name}", run())

    async def _open(self) -> None:
        if not self.state.is_demo:
            self._key.token = await self._credentials.get(self._client.base_url)
            self._set(**self._key_location())
        if not self._key.token:
            self._show_no_key()
            # Waits for a keyring that the user unlocks later, so that the key need not be typed.
            self._activity = _AccountActivity.IDLE
            self._key.token = await self._credentials.get_late(self._client.base_url)
            self._activity = _AccountActivity.CHECKING
        if self._key.token:
            self._set(problem=None, **self._key_location())
            await self._check()
        else:
            self._show_no_key()

    def _show_no_key(self) -> None:
        problem = None
        if self._credentials.may_hold(self._client.base_url):
            note = self._credentials.message(self._client.base_url)
            advice = _("Unlock it and start the program again, or connect your key.")
            problem = Problem(note, advice=advice)
        self._set_signed_out(problem)

    def _set_signed_out(self, problem: Problem | None) -> None:
        signed_out = AccountPhase.SIGNED_OUT
        self._set(phase=signed_out, balance=None, problem=problem, **self._key_location())

    async def _connect(self, token: str) -> None:
        before = self._key.token
        checking = AccountPhase.CHECKING
        self._set(phase=checking, balance=None, problem=None, awaits_keyring=False)
        balance, problem = await self._request_balance(token)
        if is_key_refused(problem):
            await self._on_token_refused(problem, has_other=bool(before) and before != token)
            return
        self.key_connected.publish(None)
        self._is_key_removed = False
        location = await self._credentials.set(self._client.base_url, token)
        if problem is not None:
            detail = _("The key is kept. It will be tested as soon as the service answers.")
            problem = _with_detail(problem, detail)
        self._set_balance(balance, problem)
        if location is KeyLocation.MEMORY:
            note = self._credentials.message(self._client.base_url)
            self._notices.post(Notice(NoticeLevel.WARNING, _("The key is not stored."), note))
        await self._retry_until_known()

    async def _disconnect(self) -> None:
        self._key.token = ""
        self._is_key_removed = True
        self.key_replaced.publish(True)
        # Set at once: the keyring may be slow, and the key must not be looked up during the
        # deletion.
        self._set(phase=AccountPhase.SIGNED_OUT, balance=None, problem=None, key_place="")
        await self._credentials.delete(self._client.base_url)
        note = self._credentials.message(self._client.base_url)
        self._is_key_removed = bool(note)
        if note:
            title = _("The key may still be in the system's keyring.")
            self._notices.post(Notice(NoticeLevel.WARNING, title, note))
        self._set(**self._key_location())

    async def _check(self) -> None:
        if self.state.phase not in (AccountPhase.SIGNED_IN, AccountPhase.REJECTED):
            self._set(phase=AccountPhase.CHECKING)
        await self._check_token()
        await self._retry_until_known()

    async def _refresh(self) -> None:
        # The key in use is checked first: a keyring may be slow, or never answer.
        await self._check_token()
        if newer := await self._newer_token():
            await self._check_token(newer)
        await self._retry_until_known()

    async def _newer_token(self) -> str:
        """Returns another key found in the keyring, "" if none; drops a key removed from there."""
        url = self._client.base_url
        if self.state.is_demo or self._credentials.location(url) is not KeyLocation.KEYRING:
            return ""
        token = await self._credentials.get(url)
        if token:
            return token if token != self._key.token else ""
        if self._credentials.location(url) is None:
            self._key.token = ""
            self.key_replaced.publish(True)
            removed = Problem(
                _("The key was removed from the system's keyring."),
                _("Jobs which run on RunComfy go on there and are billed."),
                _("Connect your key to go on."),
            )
            self._set_signed_out(removed)
        return ""

    def _use_token(self, token: str) -> None:
        before, self._key.token = self._key.token, token
        if token != before:
            self._refused_checks = 0
            self.key_replaced.publish(bool(before))

    async def _retry_until_known(self) -> None:
        """Repeats the check until it succeeds. Does nothing if the key is good or there is none."""
        failed_tries = 0
        while (delay_s := self._retry_delay_s(failed_tries)) is not None:
            if not self._needs_recheck:
                self._activity = _AccountActivity.IDLE
                await asyncio.sleep(delay_s)
            self._activity = _AccountActivity.CHECKING
            if self.state.phase is AccountPhase.REJECTED:
                self._refused_checks += 1
            else:
                failed_tries += 1
            await self._check_token()

    def _retry_delay_s(self, failed_tries: int) -> float | None:
        """Returns the wait before the next automatic check; None if there is none.

        `failed_tries` counts the checks that did not reach the service. A refused key has its own
        count, independent of checks for other reasons.
        """
        if self.state.phase is AccountPhase.UNREACHABLE:
            return self._retry_backoff.delay_s(failed_tries + 1)
        if self.state.phase is AccountPhase.REJECTED and self._key.token:
            return self._refused_backoff.delay_s(self._refused_checks + 1)
        return None

    async def _check_token(self, token: str = "") -> None:
        """Checks the key in use or, if given, `token`, which then is in use even if refused."""
        balance, problem = await self._request_balance(token)
        if token:
            self._use_token(token)
        is_known = self.state.phase is AccountPhase.REJECTED and not token
        if is_key_refused(problem) and is_known:
            # The keyring is not read each time: a locked one would ask for its password.
            return
        if is_key_refused(problem) and (newer := await self._newer_token()):
            # A new key was created on RunComfy and stored in the keyring.
            await self._check_token(newer)
        elif not self._key.token:
            return
        elif is_key_refused(problem):
            # The key stays in the keyring: the user decides, and the service may be wrong.
            in_use_problem = _in_use_refused_problem(problem)
            self._set(phase=AccountPhase.REJECTED, balance=None, problem=in_use_problem)
        else:
            self._set_balance(balance, problem)

    async def _request_balance(self, token: str = "") -> tuple[Balance | None, Problem | None]:
        """Requests the balance with the key in use, or with another one to test it.

        A tested key comes into use unless the service refuses it. Until then jobs use the previous
        key.
        """
        self._needs_recheck = False
        client = self._client.with_token(token) if token else self._client
        self._key.token_under_test = token
        try:
            balance, problem = await fetch_balance(client)
        finally:
            self._key.token_under_test = ""
        if token and not is_key_refused(problem):
            self._use_token(token)
        self.checked.publish(problem)
        return balance, problem

    def _set_balance(self, balance: Balance | None, problem: Problem | None) -> None:
        phase = AccountPhase.SIGNED_IN if problem is None else AccountPhase.UNREACHABLE
        if problem is None:
            self._refused_checks = 0
        self._set(phase=phase, balance=balance, problem=problem, **self._key_location())

    async def _on_token_refused(self, problem: Problem, *, has_other: bool) -> None:
        """Reports a refused typed key; a previous one stays in use unless it is refused, too."""
        if has_other:
            balance, other_problem = await self._request_balance()
            if not is_key_refused(other_problem):
                problem = _with_detail(problem, _("The key that was in use before stays in use."))
                is_known = other_problem is None
                phase = AccountPhase.SIGNED_IN if is_known else AccountPhase.UNREACHABLE
                self._set(phase=phase, balance=balance, problem=problem)
                self._notices.post_failure(problem)
                await self._retry_until_known()
                return
            detail = _(
                "It is not kept. The key that was in use before is not accepted at present, "
                "either; the program asks again by itself with that one."
            )
            problem = _with_detail(problem, detail)
        elif self._key.token:
            problem = _in_use_refused_problem(problem)
        self._set(phase=AccountPhase.REJECTED, problem=problem)
        await self._retry_until_known()

    def _key_location(self) -> dict[str, Any]:
        """Returns the location of the key as fields of the state."""
        if self.state.is_demo:
            return {}
        location = self._credentials.location(self._client.base_url)
        return {
            "key_place": "" if location is None else location.value,
            "key_note": self._credentials.message(self._client.base_url),
            "has_keyring": not self._credentials.is_keyring_absent,
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


def _in_use_refused_problem(problem: Problem) -> Problem:
    """Returns the problem for a key in use that is refused, which may be temporary."""
    detail = _(
        "This may pass: the program asks again by itself. What runs at RunComfy goes on there and "
        "is billed; what waits here is not sent meanwhile."
    )
    return _with_detail(problem, detail, copy_key_advice())


def _with_detail(problem: Problem, detail: str, advice: str = "") -> Problem:
    """Returns the problem with another detail text and, if given, another advice."""
    title, kind, technical = problem.title, problem.kind, problem.technical
    return Problem(title, detail, advice or problem.advice, kind=kind, technical=technical)
