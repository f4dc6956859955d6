"""The network as the settings say: by which route it goes, and the proxy's password.

The password is in the keyring, or, where there is none, in memory until the program ends. It is
never in a file of ours, a log or an address.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.settings import NetworkChoice, ProxyMode
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

    from runcomfy_desktop.api.proxies import Route
    from runcomfy_desktop.api.sign_ins import SignIns
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.store.credentials import Credentials

# A computer that is carried elsewhere gets other proxies from its system.
SYSTEM_FRESH_S = 10.0


class Network:
    """Owns the route and the proxy's password. Intents return at once.

    Publishes `changed` when the network is reached in another way from now on. It is there before
    the keyring and the network's libraries are: `begin` brings them.
    """

    def __init__(
        self,
        preferences: Preferences,
        notices: Notices,
        *,
        system_fresh_s: float = SYSTEM_FRESH_S,
    ) -> None:
        self.changed: Topic[NetworkChoice] = Topic()
        self._preferences = preferences
        self._notices = notices
        self._choice = preferences.settings.network
        self._credentials: Credentials | None = None
        self._tasks = Tasks(notices.failure)
        self._passwords: dict[str, str] = {}
        self._unstored: dict[str, str] = {}
        self._reading: asyncio.Task[Any] | None = None
        self._route: Route | None = None
        self._system_fresh_s = system_fresh_s
        self._asked_s = 0.0
        self._sign_ins: SignIns | None = None
        preferences.changed.subscribe(self._on_settings_changed)

    @property
    def is_ready(self) -> bool:
        """Whether it has begun."""
        return self._credentials is not None

    @property
    def choice(self) -> NetworkChoice:
        """What is in the settings."""
        return self._choice

    def begin(self, credentials: Credentials) -> None:
        """On the loop, once; reads the password and looks at the company's certificate.

        `credentials` are its own: an answer that comes late must not be taken for the key.
        """
        self._credentials = credentials
        unstored, self._unstored = self._unstored, {}
        for place, password in unstored.items():
            self._tasks.start("store proxy password", self._store(place, password))
        self._read_password()
        self._look_at_file()
        self.changed.publish(self._choice)

    async def close(self) -> None:
        await self._tasks.close()

    async def route(self) -> Route:
        """How hosts are reached now; waits for the password while the keyring is asked for it."""
        import asyncio
        import time

        from runcomfy_desktop.api.proxies import route_of

        place = place_of(self._choice)
        is_own = self._choice.proxy_mode is ProxyMode.OWN
        is_needed = is_own and bool(place) and place not in self._passwords
        if is_needed and self._reading is not None and not self._reading.done():
            await asyncio.wait([self._reading])
        is_old = time.monotonic() - self._asked_s >= self._system_fresh_s
        if self._route is None or (is_old and self._choice.proxy_mode is ProxyMode.SYSTEM):
            self._asked_s = time.monotonic()
            found = route_of(self._choice, self.password(self._choice))
            self._route = replace(found, sign_ins=self.sign_ins)
        return self._route

    @property
    def sign_ins(self) -> SignIns:
        """What all routes of the program remember of their passwords."""
        from runcomfy_desktop.api.sign_ins import SignIns

        self._sign_ins = self._sign_ins or SignIns()
        return self._sign_ins

    def password(self, choice: NetworkChoice) -> str:
        """The password in use for this proxy and user, "" when there is none."""
        return self._passwords.get(place_of(choice), "")

    def has_password(self, choice: NetworkChoice) -> bool:
        return bool(self.password(choice))

    def secrets(self) -> Iterable[str]:
        """What must be in no log: passwords, those in HTTPS_PROXY and its kin among them."""
        known = set(self._passwords.values())
        if self._route is not None:
            known |= self._route.passwords
        return tuple(filter(None, known))

    # Intents

    def keep(
        self, choice: NetworkChoice, password: str | None = None, *, is_new: bool = True
    ) -> None:
        """Takes the choice into the settings, and the password, unless None, into the keyring.

        "" removes the kept one. It stays while the settings have its proxy and user in them,
        whether that proxy is used or not. `is_new`: it was not tried since it was typed.
        """
        before, after = place_of(self._choice), place_of(choice)
        # What is typed for a proxy that is not chosen was checked by nobody.
        is_meant = bool(after) and (choice.proxy_mode is ProxyMode.OWN or not password)
        is_same, is_typed = choice == self._choice, is_meant and password is not None
        if is_typed and password is not None:
            self._route = None
            if is_new:
                self._try_again(choice, password)
            if password != self._passwords.get(after, ""):
                self._passwords[after] = password
                self._put(after, password)
        if before and before != after:
            # Nobody would find it there any more.
            self._passwords.pop(before, None)
            self._put(before, "")
        # The place is known by now: the keyring need not be asked.
        self._preferences.set(**asdict(choice))
        if is_same and is_typed:
            self.changed.publish(choice)

    # Inside

    def _on_settings_changed(self, settings: Settings) -> None:
        if settings.network != self._choice:
            self._choice = settings.network
            self._route = None
            if self.is_ready:
                self._read_password()
                self._look_at_file()
                self.changed.publish(self._choice)

    def _try_again(self, choice: NetworkChoice, password: str) -> None:
        """For the same password, too: the proxy may take it by now."""
        if self._sign_ins is not None:
            from runcomfy_desktop.api.proxies import route_of

            replace(route_of(choice, password), sign_ins=self._sign_ins).try_again()

    def _put(self, place: str, password: str) -> None:
        if self.is_ready:
            self._tasks.start("store proxy password", self._store(place, password))
        else:
            self._unstored[place] = password

    async def _store(self, place: str, password: str) -> None:
        from runcomfy_desktop.store.credentials import Kept

        assert self._credentials is not None
        if not password:
            await self._credentials.delete(place)
            if self._credentials.note(place):
                title = _("The proxy's password may still be in the system's keyring.")
                detail = _(
                    "The keyring did not remove it. Unlock it, and remove the password there."
                )
                self._notices.tell(Notice(NoticeLevel.WARNING, title, detail))
        elif await self._credentials.set(place, password) is Kept.MEMORY:
            reason = (
                _("This computer has no system keyring.")
                if self._credentials.is_absent
                else _("The system's keyring did not take it.")
            )
            kept = _("It is kept until the program ends.")
            title = _("The proxy's password is not stored.")
            self._notices.tell(Notice(NoticeLevel.WARNING, title, f"{reason} {kept}"))

    def _read_password(self) -> None:
        place = place_of(self._choice)
        if place and place not in self._passwords:
            self._reading = self._tasks.start("read proxy password", self._read(place))
            self._tasks.start("read proxy password late", self._read_late(place, self._reading))

    async def _read(self, place: str) -> None:
        assert self._credentials is not None
        self._take(place, await self._credentials.get(place))

    async def _read_late(self, place: str, before: asyncio.Task[Any]) -> None:
        """Whoever unlocks the keyring after all need not type the password."""
        import asyncio

        assert self._credentials is not None
        await asyncio.wait([before])
        if not self._passwords.get(place) and self._credentials.may_hold(place):
            if self._is_used(place):
                # Else the proxy's own words, that it wants a password, would be all there is.
                title = _("The proxy's password could not be read from the system's keyring.")
                detail = _("Unlock the keyring, or type the password in Settings, under Network.")
                self._notices.tell(Notice(NoticeLevel.WARNING, title, detail))
            self._take(place, await self._credentials.get_late(place))
            if self._is_used(place) and self._passwords.get(place):
                # By now somebody was told that the proxy wants a password.
                self.changed.publish(self._choice)

    def _is_used(self, place: str) -> bool:
        return self._choice.proxy_mode is ProxyMode.OWN and place == place_of(self._choice)

    def _take(self, place: str, password: str) -> None:
        if password and place not in self._passwords:
            self._passwords[place] = password
            self._route = None

    def _look_at_file(self) -> None:
        if self._choice.ca_file:
            self._tasks.start("look at certificates", self._tell_of_file(self._choice.ca_file))

    async def _tell_of_file(self, path: str) -> None:
        import asyncio

        from runcomfy_desktop.api.certificates import ca_fault

        fault = await asyncio.to_thread(ca_fault, path)
        if fault:
            title = _("The company's certificate in Settings is not used.")
            detail = _("%s The certificates of the system are used alone.") % fault
            self._notices.tell(Notice(NoticeLevel.WARNING, title, detail))


def place_of(choice: NetworkChoice) -> str:
    """The name that a proxy's password is kept under, "" where there is none.

    It holds proxy and user, so that no password goes to a proxy it was not typed for.
    """
    address = choice.proxy_address.strip().lower().rstrip("/")
    if not choice.proxy_user or not address:
        return ""
    return f"proxy {choice.proxy_user} {address if '://' in address else f'http://{address}'}"
