"""Comfy.org key, which pays for a workflow's partner nodes at Comfy.org.

The key is in the keyring or, without one, in memory until the program ends. It leaves this computer
in one place only: in the body of a run with partner nodes, to the service that it was entered for.
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
    """Facts about the key for `service` (a base URL, or the demo), without the key itself.

    `place` is "keyring", "memory" or "" (no key). `note` explains why a keyring is not in use.
    `is_asked` is True while the keyring has not answered yet.
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
    """Manages the Comfy.org keys. Actions return at once; publishes `changed`.

    The object is created before the keyring is available: `start` passes the keyring, and every
    session calls `begin_session`. Keys are stored per service, so that none is sent to a host it
    was not entered for. Keys of the demo are never stored, and the demo uses no others.
    """

    def __init__(self, notices: Notices) -> None:
        self.state = PartnerKeyState()
        self.changed: Topic[PartnerKeyState] = Topic()
        self._notices = notices
        self._credentials: Credentials | None = None
        self._tasks = Tasks(notices.post_failure)
        self._keys: dict[str, str] = {}
        # All keys used so far: the response to a request with one of them may still arrive.
        self._used_keys: set[str] = set()
        # Services for which the user set or removed the key: what the keyring returns later is
        # older.
        self._changed_services: set[str] = set()
        self._read_task: asyncio.Task[Any] | None = None

    def start(self, credentials: Credentials) -> None:
        """Starts using the keyring. Call it once, on the loop.

        `credentials` must not be shared, so that its late answer is not taken for another secret.
        """
        self._credentials = credentials
        for service, key in self._keys.items():
            self._tasks.start("store partner key", self._store(service, key))

    async def close(self) -> None:
        await self._tasks.close()
        self._keys.clear()
        self._used_keys.clear()

    def begin_session(self, service: str) -> None:
        """Starts a session with `service`: reads its key, if there is one."""
        asks = self._credentials is not None and service != DEMO_SERVICE
        place = "memory" if self._keys.get(service) else ""
        self.state = PartnerKeyState(service, place, is_asked=asks)
        if asks:
            self._read_task = self._tasks.start("read partner key", self._read(service))
            self._tasks.start("read partner key late", self._read_late(service, self._read_task))
        self.changed.publish(self.state)

    async def get_key(self, service: str) -> str:
        """Returns the key to send now, "" if there is none; waits for the keyring."""
        if service not in self._keys and self._read_task is not None and not self._read_task.done():
            await asyncio.wait([self._read_task])
        return self._keys.get(service, "")

    def secrets(self) -> tuple[str, ...]:
        """Returns all keys, also removed ones, for removal from logs and the service's texts."""
        return tuple(self._used_keys)

    # Intents

    def set_key(self, service: str, key: str) -> None:
        """Uses `key` for `service` from now on, and stores it; "" removes the stored one."""
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

    async def _store(self, service: str, key: str) -> None:
        assert self._credentials is not None
        entry_name = partner_keyring_name(service)
        if key:
            title = _("The Comfy.org key is not stored.")
            await self._credentials.set(entry_name, key)
        else:
            title = _("The Comfy.org key may still be in the system's keyring.")
            await self._credentials.delete(entry_name)
        note = self._credentials.message(entry_name)
        self._update_state(service)
        has_failed = self.state.place == "memory" if key else bool(note)
        if has_failed:
            self._notices.post(Notice(NoticeLevel.WARNING, title, note))

    async def _read(self, service: str) -> None:
        assert self._credentials is not None
        self._use_if_unchanged(service, await self._credentials.get(partner_keyring_name(service)))

    async def _read_late(self, service: str, before: asyncio.Task[Any]) -> None:
        """Waits for a keyring that the user unlocks late, so that the key need not be pasted."""
        assert self._credentials is not None
        await asyncio.wait([before])
        if service not in self._keys:
            key = await self._credentials.get_late(partner_keyring_name(service))
            self._use_if_unchanged(service, key)

    def _use_if_unchanged(self, service: str, key: str) -> None:
        if key and service not in self._changed_services:
            self._use(service, key)
        self._update_state(service)

    def _use(self, service: str, key: str) -> None:
        self._keys[service] = key
        self._used_keys.add(key)

    def _update_state(self, service: str) -> None:
        """Updates the location of the key after the keyring has answered."""
        if service != self.state.service or self._credentials is None:
            return
        entry_name, has_key = partner_keyring_name(service), service in self._keys
        location = self._credentials.location(entry_name)
        place = "memory" if location is None else location.value
        self._set(
            place=place if has_key else "",
            note=self._credentials.message(entry_name),
            has_keyring=not self._credentials.is_keyring_absent,
            is_asked=self._credentials.is_late and not has_key,
        )

    def _set(self, **values: Any) -> None:
        state = replace(self.state, **values)
        if state != self.state:
            self.state = state
            self.changed.publish(state)


def partner_keyring_name(service: str) -> str:
    """Returns the name under which the key for a service is stored."""
    return f"comfy.org {service}"


def partner_key_error(key: str) -> Problem | None:
    """Returns the problem with a typed key, None if it has the form of a key."""
    return key_problem(key.strip(), _("Copy it from your account on platform.comfy.org."))
