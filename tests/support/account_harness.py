"""Test harness for an account: a connection to the emulator, and a keyring."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.core.account.account import Account, AccountPhase, AccountState, KeyHolder
from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.store.credentials import Credentials
from tests.support.async_wait import wait_until
from tests.support.emulated_connection import BASE_URL, EmulatedConnection
from tests.support.emulators import TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

T = TypeVar("T")
WRONG_KEY = "99999999-9999-9999-9999-999999999999"


class FakeKeyring:
    """Working keyring in memory."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.passwords[username]


class ImmediateKeyringWorker:
    """Worker for `Credentials(worker=...)` that accesses the keyring at once, without a thread."""

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        future = asyncio.get_running_loop().create_future()
        future.set_result(work())
        return future

    def stop(self) -> None:
        """Does nothing: there is no thread to end."""


class LockedFakeKeyring(FakeKeyring):
    """Keyring that blocks reads until `unlocked_event` is set, then raises `error`, if any."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.unlocked_event = threading.Event()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked_event.wait(60)
        if self.error is not None:
            raise self.error
        return super().get_password(service, username)


class AccountHarness:
    """Account with a client, credentials and notices, connected to the emulator."""

    def __init__(
        self,
        connection: EmulatedConnection,
        credentials: Credentials,
        *,
        demo_token: str = "",
        pause_s: float = 0.01,
    ) -> None:
        self.connection = connection
        self.credentials = credentials
        self.key = KeyHolder()
        self.shown_notices: list[Notice] = []
        self.states: list[AccountState] = []
        notices = Notices()
        notices.listen(self.shown_notices.append)
        self.client = connection.client(lambda: self.key.token)
        self.account = Account(
            self.client,
            credentials,
            self.key,
            service="demo" if demo_token else BASE_URL,
            is_demo=bool(demo_token),
            notices=notices,
            demo_token=demo_token,
            retry_backoff=Backoff(pause_s, 60.0),
        )
        self.account.changed.subscribe(self.states.append)

    @property
    def state(self) -> AccountState:
        return self.account.state

    @property
    def phases(self) -> list[AccountPhase]:
        found: list[AccountPhase] = []
        for state in self.states:
            if not found or found[-1] is not state.phase:
                found.append(state.phase)
        return found

    async def wait_until_phase(self, phase: AccountPhase) -> None:
        await wait_until(lambda: self.state.phase is phase, describe=lambda: self.state)


@asynccontextmanager
async def open_account_harness(
    connection: EmulatedConnection | None = None,
    credentials: Credentials | None = None,
    *,
    demo_token: str = "",
    pause_s: float = 0.01,
) -> AsyncIterator[AccountHarness]:
    keyring = FakeKeyring()
    credentials = credentials or Credentials(
        find_keyring=lambda: keyring, make_worker=ImmediateKeyringWorker
    )
    harness = AccountHarness(
        connection or EmulatedConnection(), credentials, demo_token=demo_token, pause_s=pause_s
    )
    async with harness.client:
        await harness.account.start()
        try:
            yield harness
        finally:
            await harness.account.close()
            await credentials.close()


@asynccontextmanager
async def open_signed_in_harness(
    connection: EmulatedConnection | None = None, *, pause_s: float = 0.01
) -> AsyncIterator[AccountHarness]:
    async with open_account_harness(connection, pause_s=pause_s) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        harness.states.clear()
        yield harness
