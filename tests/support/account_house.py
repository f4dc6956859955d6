"""An account with everything around it: a line to the stand-in service, and a keyring."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.core.account import Account, AccountPhase, AccountState, KeyHolder
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.store.credentials import Credentials
from tests.support.emulated import TOKEN
from tests.support.line import BASE_URL, Line
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

T = TypeVar("T")
WRONG = "99999999-9999-9999-9999-999999999999"


class Book:
    """A keyring that works."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.keys.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.keys[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.keys[username]


class AtOnce:
    """For `Credentials(worker=...)`: asks a keyring that never keeps one waiting."""

    def do(self, work: Callable[[], T]) -> asyncio.Future[T]:
        future = asyncio.get_running_loop().create_future()
        future.set_result(work())
        return future

    def stop(self) -> None:
        """There is nothing to end."""


class LockedBook(Book):
    """A keyring whose owner has still to unlock it."""

    def __init__(self, refuses: Exception | None = None) -> None:
        super().__init__()
        self.unlocked = threading.Event()
        self.refuses = refuses

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait(60)
        if self.refuses is not None:
            raise self.refuses
        return super().get_password(service, username)


class House:
    """An account with everything around it."""

    def __init__(
        self, line: Line, credentials: Credentials, *, demo_token: str = "", pause_s: float = 0.01
    ) -> None:
        self.line = line
        self.credentials = credentials
        self.key = KeyHolder()
        self.told: list[Notice] = []
        self.states: list[AccountState] = []
        notices = Notices()
        notices.listen(self.told.append)
        self.client = line.client(lambda: self.key.token)
        self.account = Account(
            self.client,
            credentials,
            self.key,
            service="demo" if demo_token else BASE_URL,
            is_demo=bool(demo_token),
            notices=notices,
            demo_token=demo_token,
            first_pause_s=pause_s,
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

    async def becomes(self, phase: AccountPhase) -> None:
        await until(lambda: self.state.phase is phase, saying=lambda: self.state)


@asynccontextmanager
async def house(
    line: Line | None = None,
    credentials: Credentials | None = None,
    *,
    demo_token: str = "",
    pause_s: float = 0.01,
) -> AsyncIterator[House]:
    book = Book()
    credentials = credentials or Credentials(find=lambda: book, worker=AtOnce)
    parts = House(line or Line(), credentials, demo_token=demo_token, pause_s=pause_s)
    async with parts.client:
        await parts.account.start()
        try:
            yield parts
        finally:
            await parts.account.close()
            await credentials.close()


@asynccontextmanager
async def signed_in(line: Line | None = None, *, pause_s: float = 0.01) -> AsyncIterator[House]:
    async with house(line, pause_s=pause_s) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.SIGNED_IN)
        parts.states.clear()
        yield parts
