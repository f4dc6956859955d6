"""Network access according to the settings: the route to hosts, and the proxy's password.

A route is the proxy and the certificates in use. The password is in the keyring or, without one, in
memory until the program ends. It is never in a file of this program, a log or an address.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

    from runcomfy_desktop.api.proxies import ProxyAuthCache, Route
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.store.credentials import Credentials

# The system's proxies are read again after this time: they change with the network.
SYSTEM_PROXY_TTL_S = 10.0


class Network:
    """Owns the route and the proxy's password. Actions return at once.

    Publishes `changed` when the route changes. The object is created before the keyring and the
    network libraries are loaded; `start` passes the keyring.
    """

    def __init__(
        self,
        preferences: Preferences,
        notices: Notices,
        *,
        system_proxy_ttl_s: float = SYSTEM_PROXY_TTL_S,
    ) -> None:
        self.changed: Topic[NetworkSettings] = Topic()
        self._preferences = preferences
        self._notices = notices
        self._network_settings = preferences.settings.network
        self._credentials: Credentials | None = None
        self._tasks = Tasks(notices.post_failure)
        self._passwords: dict[str, str] = {}
        self._unstored: dict[str, str] = {}
        self._read_task: asyncio.Task[Any] | None = None
        self._route: Route | None = None
        self._system_proxy_ttl_s = system_proxy_ttl_s
        self._route_read_s = 0.0
        self._auth_cache: ProxyAuthCache | None = None
        preferences.changed.subscribe(self._on_settings_changed)

    @property
    def is_ready(self) -> bool:
        """True after `start`."""
        return self._credentials is not None

    @property
    def network_settings(self) -> NetworkSettings:
        """Current network settings."""
        return self._network_settings

    def start(self, credentials: Credentials) -> None:
        """Reads the password and checks the certificate file. Call it once, on the loop.

        `credentials` must not be shared, so that its late answer is not taken for the API key.
        """
        self._credentials = credentials
        unstored, self._unstored = self._unstored, {}
        for entry_name, password in unstored.items():
            self._tasks.start("store proxy password", self._store(entry_name, password))
        self._read_password()
        self._check_ca_file()
        self.changed.publish(self._network_settings)

    async def close(self) -> None:
        await self._tasks.close()

    async def route(self) -> Route:
        """Returns the current route; waits while the proxy's password is read from the keyring."""
        import asyncio
        import time

        from runcomfy_desktop.api.proxies import route_of

        entry_name = proxy_keyring_name(self._network_settings)
        is_own = self._network_settings.proxy_mode is ProxyMode.OWN
        is_needed = is_own and bool(entry_name) and entry_name not in self._passwords
        if is_needed and self._read_task is not None and not self._read_task.done():
            await asyncio.wait([self._read_task])
        settings = self._network_settings
        is_old = time.monotonic() - self._route_read_s >= self._system_proxy_ttl_s
        if self._route is None or (is_old and settings.proxy_mode is ProxyMode.SYSTEM):
            self._route_read_s = time.monotonic()
            found = route_of(settings, self.password(settings))
            self._route = replace(found, auth_cache=self.auth_cache)
        return self._route

    @property
    def auth_cache(self) -> ProxyAuthCache:
        """Record of proxy passwords, for example refused ones, shared by all routes."""
        from runcomfy_desktop.api.proxies import ProxyAuthCache

        self._auth_cache = self._auth_cache or ProxyAuthCache()
        return self._auth_cache

    def password(self, network_settings: NetworkSettings) -> str:
        """Returns the password in use for the settings' proxy and user, "" if there is none."""
        return self._passwords.get(proxy_keyring_name(network_settings), "")

    def has_password(self, network_settings: NetworkSettings) -> bool:
        return bool(self.password(network_settings))

    def secrets(self) -> Iterable[str]:
        """Returns the proxy passwords that no log may contain, also those in HTTPS_PROXY etc."""
        known = set(self._passwords.values())
        if self._route is not None:
            known |= self._route.passwords
        return tuple(filter(None, known))

    # Intents

    def save(
        self, network_settings: NetworkSettings, password: str | None = None, *, is_new: bool = True
    ) -> None:
        """Saves the settings and, unless `password` is None, the password in the keyring.

        The password "" removes the stored one. A password stays while the settings contain its
        proxy and user, even if that proxy is not in use. `is_new` is True if the password was not
        tried since it was typed.
        """
        before, after = map(proxy_keyring_name, (self._network_settings, network_settings))
        # A password typed for a proxy that is not selected was not checked, so it is not saved.
        is_meant = bool(after) and (network_settings.proxy_mode is ProxyMode.OWN or not password)
        is_same = network_settings == self._network_settings
        is_typed = is_meant and password is not None
        if is_typed and password is not None:
            self._route = None
            if is_new:
                self._forget_refusals(network_settings, password)
            if password != self._passwords.get(after, ""):
                self._passwords[after] = password
                self._save_password(after, password)
        if before and before != after:
            # Without its proxy and user in the settings, the password could no longer be found.
            self._passwords.pop(before, None)
            self._save_password(before, "")
        # The password is known already, so the keyring is not read.
        self._preferences.set(**asdict(network_settings))
        if is_same and is_typed:
            self.changed.publish(network_settings)

    def _on_settings_changed(self, settings: Settings) -> None:
        if settings.network != self._network_settings:
            self._network_settings = settings.network
            self._route = None
            if self.is_ready:
                self._read_password()
                self._check_ca_file()
                self.changed.publish(self._network_settings)

    def _forget_refusals(self, network_settings: NetworkSettings, password: str) -> None:
        """Forgets that the proxy refused this password before: the proxy may accept it now."""
        if self._auth_cache is not None:
            from runcomfy_desktop.api.proxies import route_of

            route = replace(route_of(network_settings, password), auth_cache=self._auth_cache)
            route.forget_refusals()

    def _save_password(self, entry_name: str, password: str) -> None:
        if self.is_ready:
            self._tasks.start("store proxy password", self._store(entry_name, password))
        else:
            self._unstored[entry_name] = password

    async def _store(self, entry_name: str, password: str) -> None:
        from runcomfy_desktop.store.credentials import KeyLocation

        assert self._credentials is not None
        if not password:
            await self._credentials.delete(entry_name)
            if self._credentials.message(entry_name):
                title = _("The proxy's password may still be in the system's keyring.")
                detail = _(
                    "The keyring did not remove it. Unlock it, and remove the password there."
                )
                self._notices.post(Notice(NoticeLevel.WARNING, title, detail))
        elif await self._credentials.set(entry_name, password) is KeyLocation.MEMORY:
            reason = _("The system's keyring did not take it.")
            if self._credentials.is_keyring_absent:
                reason = _("This computer has no system keyring.")
            kept_text = _("It is kept until the program ends.")
            title = _("The proxy's password is not stored.")
            self._notices.post(Notice(NoticeLevel.WARNING, title, f"{reason} {kept_text}"))

    def _read_password(self) -> None:
        entry_name = proxy_keyring_name(self._network_settings)
        if entry_name and entry_name not in self._passwords:
            self._read_task = self._tasks.start("read proxy password", self._read(entry_name))
            read_late = self._read_late(entry_name, self._read_task)
            self._tasks.start("read proxy password late", read_late)

    async def _read(self, entry_name: str) -> None:
        assert self._credentials is not None
        self._use_password(entry_name, await self._credentials.get(entry_name))

    async def _read_late(self, entry_name: str, before: asyncio.Task[Any]) -> None:
        """Waits for a keyring that the user unlocks late, so that the password need not be
        typed."""
        import asyncio

        assert self._credentials is not None
        await asyncio.wait([before])
        if not self._passwords.get(entry_name) and self._credentials.may_hold(entry_name):
            if self._is_used(entry_name):
                # Otherwise the user would only see the proxy's own message.
                title = _("The proxy's password could not be read from the system's keyring.")
                detail = _("Unlock the keyring, or type the password in Settings, under Network.")
                self._notices.post(Notice(NoticeLevel.WARNING, title, detail))
            self._use_password(entry_name, await self._credentials.get_late(entry_name))
            if self._is_used(entry_name) and self._passwords.get(entry_name):
                # A problem that asks for the proxy's password may be shown.
                self.changed.publish(self._network_settings)

    def _is_used(self, entry_name: str) -> bool:
        settings = self._network_settings
        return settings.proxy_mode is ProxyMode.OWN and entry_name == proxy_keyring_name(settings)

    def _use_password(self, entry_name: str, password: str) -> None:
        if password and entry_name not in self._passwords:
            self._passwords[entry_name] = password
            self._route = None

    def _check_ca_file(self) -> None:
        path = self._network_settings.ca_file
        if path:
            self._tasks.start("look at certificates", self._report_ca_file(path))

    async def _report_ca_file(self, path: str) -> None:
        import asyncio

        from runcomfy_desktop.api.certificates import ca_file_error

        error = await asyncio.to_thread(ca_file_error, path)
        if error:
            title = _("The company's certificate in Settings is not used.")
            detail = _("%s The certificates of the system are used alone.") % error
            self._notices.post(Notice(NoticeLevel.WARNING, title, detail))


def proxy_keyring_name(network_settings: NetworkSettings) -> str:
    """Returns the name under which a proxy's password is stored, "" if there is none.

    The name contains proxy and user, so that no password is sent to a proxy it was not typed for.
    """
    address = network_settings.proxy_address.strip().lower().rstrip("/")
    if not network_settings.proxy_user or not address:
        return ""
    return f"proxy {network_settings.proxy_user} {address if '://' in address else f'http://{address}'}"
