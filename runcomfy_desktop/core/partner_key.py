"""The Comfy.org key: what a workflow's paid partner nodes are billed with, at Comfy.org.

It is in the keyring, or, where there is none, in memory until the program ends. It leaves this
computer in one place only: in the body of a run with such nodes, to the service it was given for.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.job import DEMO_SERVICE
from runcomfy_desktop.domain.key import key_fault
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.store.credentials import Credentials


@dataclass(frozen=True, slots=True)
class PartnerState:
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

    It is there before the keyring is: `begin` brings that, and every session calls `serve`. Keys
    are kept for each service of their own, so that none goes to a host it was not given for; the
    demo's are never kept, and no other is used there.
    """

    def __init__(self, notices: Notices) -> None:
        self.state = PartnerState()
        self.changed: Topic[PartnerState] = Topic()
        self._notices = notices
        self._credentials: Credentials | None = None
        self._tasks = Tasks(notices.failure)
        self._keys: dict[str, str] = {}
        # Keys that were in use: an answer to what went out with one may still be on its way.
        self._known: set[str] = set()
        # Services whose key was pasted or removed here: what a keyring says later is older.
        self._chosen: set[str] = set()
        self._reading: asyncio.Task[Any] | None = None

    def begin(self, credentials: Credentials) -> None:
        """On the loop, once. `credentials` are its own: an answer that comes late must not be
        taken for another secret."""
        self._credentials = credentials
        for service, key in self._keys.items():
            self._tasks.start("store partner key", self._store(service, key))

    async def close(self) -> None:
        await self._tasks.close()
        self._keys.clear()
        self._known.clear()

    def serve(self, service: str) -> None:
        """A session with `service` begins: its key is read, if there is one."""
        asks = self._credentials is not None and service != DEMO_SERVICE
        self.state = PartnerState(
            service, "memory" if self._keys.get(service) else "", is_asked=asks
        )
        if asks:
            self._reading = self._tasks.start("read partner key", self._read(service))
            self._tasks.start("read partner key late", self._read_late(service, self._reading))
        self.changed.publish(self.state)

    async def take(self, service: str) -> str:
        """The key to be sent now, "" when there is none; waits while the keyring is asked."""
        if service not in self._keys and self._reading is not None and not self._reading.done():
            await asyncio.wait([self._reading])
        return self._keys.get(service, "")

    def secrets(self) -> tuple[str, ...]:
        """What must be in no log and in no words of a service, removed keys included."""
        return tuple(self._known)

    # Intents

    def keep(self, service: str, key: str) -> None:
        """Uses `key` from now on for `service`, and has it kept; "" removes the kept one."""
        service = DEMO_SERVICE if self.state.is_demo else service
        key = key.strip()
        self._chosen.add(service)
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
        place = place_of(service)
        if key:
            await self._credentials.set(place, key)
            self._show(service)
            if self.state.place == "memory":
                title = _("The Comfy.org key is not stored.")
                note = self._credentials.note(place)
                self._notices.tell(Notice(NoticeLevel.WARNING, title, note))
            return
        await self._credentials.delete(place)
        note = self._credentials.note(place)
        self._show(service)
        if note:
            title = _("The Comfy.org key may still be in the system's keyring.")
            self._notices.tell(Notice(NoticeLevel.WARNING, title, note))

    async def _read(self, service: str) -> None:
        assert self._credentials is not None
        self._take(service, await self._credentials.get(place_of(service)))

    async def _read_late(self, service: str, before: asyncio.Task[Any]) -> None:
        """Whoever unlocks the keyring after all need not paste the key."""
        assert self._credentials is not None
        await asyncio.wait([before])
        if service not in self._keys:
            self._take(service, await self._credentials.get_late(place_of(service)))

    def _take(self, service: str, key: str) -> None:
        if key and service not in self._chosen:
            self._use(service, key)
        self._show(service)

    def _use(self, service: str, key: str) -> None:
        self._keys[service] = key
        self._known.add(key)

    def _show(self, service: str) -> None:
        """Says where the key is, once the keyring has answered."""
        if service != self.state.service or self._credentials is None:
            return
        kept = self._credentials.kept(place_of(service))
        self._set(
            place="" if service not in self._keys else "memory" if kept is None else kept.value,
            note=self._credentials.note(place_of(service)),
            has_keyring=not self._credentials.is_absent,
            is_asked=self._credentials.is_late and service not in self._keys,
        )

    def _set(self, **values: Any) -> None:
        state = replace(self.state, **values)
        if state != self.state:
            self.state = state
            self.changed.publish(state)


def place_of(service: str) -> str:
    """The name that the key for a service is kept under."""
    return f"comfy.org {service}"


def partner_key_fault(key: str) -> Problem | None:
    """What is wrong with a typed key, None when it can be one."""
    return key_fault(key.strip(), _("Copy it from your account on platform.comfy.org."))
