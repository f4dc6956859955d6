"""The Comfy.org key: what a workflow's paid partner nodes are billed with, at Comfy.org.

It is in the keyring, or, where there is none, in memory until the program ends. It leaves this
computer in one place only: in the body of a run with such nodes, to the service it was given for.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.account.api_key import key_problem
from runcomfy_desktop.domain.jobs.job import DEMO_SERVICE
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.store.credentials import Credentials


@dataclass(frozen=True, slots=True)
class PartnerKeyState:
    """What is known of the key for `service` (a base URL, or the demo), but for the key itself.

    `place` is "keyring", "memory" or "" (no key); `note` says why a keyring is not in use;
    `is_asked` says that it has not answered yet whether it has the key.
    """

    service: str = ""
    place: str = ""
    note: str = ""
    has_keyring: bool = True
    is_asked: bool = False

    @property
    def has_key(self) -> bool:
        return bool(self.place)

    @property
    def is_demo(self) -> bool:
        return self.service == DEMO_SERVICE


class PartnerKey:
    """Owns the key. Intents return at once; publishes `changed`.

    It is there before the keyring is: `start` brings that, and every session calls `begin_session`.
    Keys are kept for each service of their own, so that none goes to a host it was not given for;
    the demo's are never kept, and no other is used there.
    """

    def __init__(self, notices: Notices) -> None:
        self.state = PartnerKeyState()
        self.changed: Topic[PartnerKeyState] = Topic()
        self._notices = notices
        self._credentials: Credentials | None = None
        self._tasks = Tasks(notices.post_failure)
        self._keys: dict[str, str] = {}
        # Keys that were in use: an answer to what went out with one may still be on its way.
        self._used_keys: set[str] = set()
        # Services whose key was pasted or removed here: what a keyring says later is older.
        self._changed_services: set[str] = set()
        self._read_task: asyncio.Task[Any] | None = None

    def start(self, credentials: Credentials) -> None:
        """On the loop, once. `credentials` are its own: an answer that comes late must not be
        taken for another secret."""
        self._credentials = credentials
        for service, key in self._keys.items():
            self._tasks.start("store partner key", self._store(service, key))

    async def close(self) -> None:
        await self._tasks.close()
        self._keys.clear()
        self._used_keys.clear()

    def begin_session(self, service: str) -> None:
        """A session with `service` begins: its key is read, if there is one."""
        asks = self._credentials is not None and service != DEMO_SERVICE
        self.state = PartnerKeyState(
            service, "memory" if self._keys.get(service) else "", is_asked=asks
        )
        if asks:
            self._read_task = self._tasks.start("read partner key", self._read(service))
            self._tasks.start("read partner key late", self._read_late(service, self._read_task))
        self.changed.publish(self.state)

    async def get_key(self, service: str) -> str:
        """The key to be sent now, "" when there is none; waits while the keyring is asked."""
        if service not in self._keys and self._read_task is not None and not self._read_task.done():
            await asyncio.wait([self._read_task])
        return self._keys.get(service, "")

    def secrets(self) -> tuple[str, ...]:
        """What must be in no log and in no words of a service, removed keys included."""
        return tuple(self._used_keys)

    # Intents

    def set_key(self, service: str, key: str) -> None:
        """Uses `key` from now on for `service`, and has it kept; "" removes the kept one."""
        service = DEMO_SERVICE if self.state.is_demo else service
        key = key.strip()
        self._changed_services.add(service)
        if key:
            self._use(service, key)
        else:
            self._keys.pop(service, None)
        if service == self.state.service:
            self._set(place="memory" if key else "", note="", is_asked=False)
        if service != DEMO_SERVICE and self._credentials is not None:
            self._tasks.start("store partner key", self._store(service, key))

    # Inside

    async def _store(self, service: str, key: str) -> None:
        assert self._credentials is not None
        entry_name = partner_keyring_name(service)
        if key:
            await self._credentials.set(entry_name, key)
            self._update_state(service)
            if self.state.place == "memory":
                title = _("The Comfy.org key is not stored.")
                note = self._credentials.message(entry_name)
                self._notices.post(Notice(NoticeLevel.WARNING, title, note))
            return
        await self._credentials.delete(entry_name)
        note = self._credentials.message(entry_name)
        self._update_state(service)
        if note:
            title = _("The Comfy.org key may still be in the system's keyring.")
            self._notices.post(Notice(NoticeLevel.WARNING, title, note))

    async def _read(self, service: str) -> None:
        assert self._credentials is not None
        self._use_if_unchanged(service, await self._credentials.get(partner_keyring_name(service)))

    async def _read_late(self, service: str, before: asyncio.Task[Any]) -> None:
        """Whoever unlocks the keyring after all need not paste the key."""
        assert self._credentials is not None
        await asyncio.wait([before])
        if service not in self._keys:
            self._use_if_unchanged(
                service, await self._credentials.get_late(partner_keyring_name(service))
            )

    def _use_if_unchanged(self, service: str, key: str) -> None:
        if key and service not in self._changed_services:
            self._use(service, key)
        self._update_state(service)

    def _use(self, service: str, key: str) -> None:
        self._keys[service] = key
        self._used_keys.add(key)

    def _update_state(self, service: str) -> None:
        """Says where the key is, once the keyring has answered."""
        if service != self.state.service or self._credentials is None:
            return
        location = self._credentials.location(partner_keyring_name(service))
        self._set(
            place=""
            if service not in self._keys
            else "memory"
            if location is None
            else location.value,
            note=self._credentials.message(partner_keyring_name(service)),
            has_keyring=not self._credentials.is_keyring_absent,
            is_asked=self._credentials.is_late and service not in self._keys,
        )

    def _set(self, **values: Any) -> None:
        state = replace(self.state, **values)
        if state != self.state:
            self.state = state
            self.changed.publish(state)


def partner_keyring_name(service: str) -> str:
    """The name that the key for a service is kept under."""
    return f"comfy.org {service}"


def partner_key_error(key: str) -> Problem | None:
    """What is wrong with a typed key, None when it can be one."""
    return key_problem(key.strip(), _("Copy it from your account on platform.comfy.org."))
