"""Finds the proxy for a host, with its login, in the environment, the system or the settings."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import re
import urllib.request
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import httpx

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.address import is_loopback, parse_url
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

# Schemes of the proxy variables (such as `https_proxy`) that apply to this program's connections.
_PROXY_VARIABLES = frozenset({"http", "https", "all", "socks"})
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
# Desktops write "socks" without a version; host names are then resolved by the proxy.
_SCHEME_ALIASES = {"socks": "socks5h"}
_MAX_SOCKS_BYTES = 255
_IN_BRACKETS = re.compile(r"\[([0-9a-f:.]*:[0-9a-f:./]*)\](/[0-9]+)?(?::([0-9]+))?")
_WILDCARD_NETWORK = re.compile(r"((?:[0-9]+\.){1,3})\*(?:\.\*){0,2}")
_MAX_SHOWN_CHARS = 80


class ProxyAuth:
    """State of one password at one proxy.

    Until the proxy has accepted the password (`is_accepted`), each connection holds `lock` while it
    is opened, so that only one at a time sends the password.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.is_accepted = False
        self._blocked_until_s = 0.0

    @property
    def is_refused(self) -> bool:
        """True if the password was refused recently, so it is not sent again."""
        return asyncio.get_running_loop().time() < self._blocked_until_s

    def refuse(self) -> None:
        self.is_accepted = False
        now_s = asyncio.get_running_loop().time()
        self._blocked_until_s = now_s + constants.WRONG_PASSWORD_BLOCK_S

    def forget_refusal(self) -> None:
        """Allows the password again after the user has re-entered it.

        The proxy's administrator may have changed the account meanwhile.
        """
        self._blocked_until_s = 0.0


class ProxyAuthCache:
    """State of all proxy passwords since the program started.

    A refused password is not sent again by another connection pool, another client or a connection
    test: many companies lock an account after a few failures.
    """

    def __init__(self) -> None:
        self._auths: dict[tuple[str, int, str, str], ProxyAuth] = {}

    def for_proxy(self, proxy: Proxy) -> ProxyAuth:
        # Regardless of the protocol: all protocols on one port share the same accounts.
        key = (proxy.host, proxy.port, proxy.user, proxy.password)
        return self._auths.setdefault(key, ProxyAuth())


@dataclass(frozen=True, slots=True)
class Proxy:
    """Server that forwards connections. Its password is excluded from the repr."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """Host and port, as shown in messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_socks(self) -> bool:
        return self.scheme.startswith("socks")


@dataclass(frozen=True, slots=True)
class UnusableProxy:
    """Configured proxy whose scheme is unsupported or whose address is malformed.

    Requests meant for it fail; they are never sent directly instead.
    """

    scheme: str

    @property
    def is_malformed(self) -> bool:
        return self.scheme in _DEFAULT_PORTS


@dataclass(frozen=True, slots=True)
class Route:
    """Immutable description of the way to other hosts: proxies, exceptions and certificates.

    `proxies` maps the scheme of the requested URL, or "all", to a proxy. `has_system_exceptions` is
    True if only the system knows which hosts are reached directly. `auth_cache` remembers refused
    passwords.
    """

    proxies: Mapping[str, Proxy | UnusableProxy] = field(default_factory=dict)
    exceptions: str = ""
    ca_file: str = ""
    has_system_exceptions: bool = False
    auth_cache: ProxyAuthCache = field(default_factory=ProxyAuthCache, compare=False, repr=False)

    @property
    def passwords(self) -> set[str]:
        return {proxy.password for proxy in self.proxies.values() if isinstance(proxy, Proxy)}

    def forget_refusals(self) -> None:
        """Allows refused passwords again, after the user has re-entered them."""
        for proxy in self.proxies.values():
            if isinstance(proxy, Proxy):
                self.auth_cache.for_proxy(proxy).forget_refusal()

    def proxy_for(self, url: httpx.URL) -> Proxy | UnusableProxy | None:
        """Returns the proxy for `url`; None for a direct connection, which loopback always has."""
        host = url.raw_host.decode("ascii")
        proxy = self.proxies.get(url.scheme) or self.proxies.get("all")
        if proxy is None or is_loopback(host) or is_exception(host, url.port, self.exceptions):
            return None
        return proxy


def route_of(choice: NetworkSettings, password: str = "") -> Route:
    """Returns the route that the settings describe; reads the system's proxies if they say so."""
    if choice.proxy_mode is ProxyMode.NONE:
        return Route(ca_file=choice.ca_file)
    if choice.proxy_mode is ProxyMode.OWN:
        proxy = parse_proxy(choice.proxy_address)
        if isinstance(proxy, Proxy) and choice.proxy_user and password:
            # While the keyring is locked, the user name is not sent alone: the proxy would count it
            # as a wrong password.
            proxy = replace(proxy, user=choice.proxy_user, password=password)
        return Route({"all": proxy}, choice.proxy_exceptions, choice.ca_file)
    return system_route(choice.ca_file)


def system_route(ca_file: str = "") -> Route:
    """Returns the route configured on this computer: its environment, else the system settings."""
    found = urllib.request.getproxies_environment()
    has_system_exceptions = _PROXY_VARIABLES.isdisjoint(found)
    if has_system_exceptions:
        # Variables that contain only exceptions, or a proxy for another protocol, must not hide the
        # system's proxy.
        found = {**_system_proxies(), "no": found.get("no", "")}
    usable = {
        name: parse_proxy(address)
        for name, address in found.items()
        if name in ("http", "https", "all") and address
    }
    socks = found.get("socks", "")
    if socks and not usable:
        usable["all"] = parse_proxy(_SCHEME.sub("socks://", socks))
    return Route(usable, found.get("no", ""), ca_file, has_system_exceptions and bool(usable))


def is_system_exception(host: str) -> bool:
    """Returns True if Windows or macOS is set to reach `host` directly; False on other systems.

    May resolve the host name, so it can take time.
    """
    for name in ("proxy_bypass_registry", "proxy_bypass_macosx_sysconf"):
        # Not `proxy_bypass`, which looks only at the environment if that contains any proxy
        # variable.
        query = getattr(urllib.request, name, None)
        if query is not None:
            try:
                return bool(query(host))
            except (OSError, ValueError, re.error):
                # Python turns the entries into regular expressions; an unbalanced bracket makes
                # them invalid.
                return False
    return False


def parse_proxy(text: str) -> Proxy | UnusableProxy:
    """Parses a proxy's address; the scheme is optional, and a login is allowed."""
    text = text.strip()
    text = text if _SCHEME.match(text) else f"http://{text}"
    scheme = text.partition("://")[0].lower()
    scheme = _SCHEME_ALIASES.get(scheme, scheme)
    # In a password, one of these characters would end the address, and the beginning of the
    # password would be taken for the port.
    rest = re.split("[/?#]", text.partition("://")[2], maxsplit=1)[1:]
    if scheme not in _DEFAULT_PORTS or "@" in "".join(rest):
        return UnusableProxy(scheme)
    try:
        # httpx's parser applies the rules of http; host and port have the same syntax in all
        # schemes.
        url = httpx.URL(f"http://{text.partition('://')[2]}")
        bare = parse_url(str(url.copy_with(userinfo=b"")))
    except (httpx.InvalidURL, ValueError):
        return UnusableProxy(scheme)
    if bare is None or not bare.host:
        return UnusableProxy(scheme)
    port = _port_in(text) or bare.port or _DEFAULT_PORTS[scheme]
    return Proxy(scheme, bare.raw_host.decode("ascii"), port, url.username, url.password)


def proxy_error(address: str, user: str = "", password: str = "") -> str:
    """Returns the error in a proxy's address or login typed in Settings, or "" if there is none."""
    address = address.strip()
    if not address:
        return _("Give the address of the proxy, such as proxy.example.com:8080.")
    if "@" in address:
        return _("The user name and the password have fields of their own.")
    proxy = parse_proxy(address)
    if isinstance(proxy, UnusableProxy):
        if not proxy.is_malformed:
            return _("A proxy's address begins with http://, https://, socks5:// or socks5h://.")
        return _("This is not the address of a proxy. It is a name and a port: proxy.example:8080.")
    rest = address.rstrip("/").partition("://")[2] or address.rstrip("/")
    if any(char in rest for char in "/?#"):
        return _("A proxy's address ends with its port.")
    if not _port_in(address):
        return _("The port is missing: put it behind a colon, such as :8080.")
    return _login_error(proxy, user, password)


def _login_error(proxy: Proxy, user: str, password: str) -> str:
    if any("\ud800" <= char <= "\udfff" for char in user + password):
        return _("The user name or the password has half a letter in it: type it anew.")
    if proxy.is_socks and max(len(user.encode()), len(password.encode())) > _MAX_SOCKS_BYTES:
        return _("The user name or the password is too long for a SOCKS proxy.")
    if password and not user:
        return _("The user name is missing: a password alone is not sent.")
    if ":" in user and not proxy.is_socks:
        return _("A user name for a proxy has no colon in it.")
    return ""


def _port_in(text: str) -> int:
    """Returns the typed port, or 0 if there is none.

    httpx's parser drops the :80 of an http proxy.
    """
    host = (text.partition("://")[2] or text).partition("/")[0].rpartition("@")[2]
    port = host.rpartition("]")[2].rpartition(":")[2] if ":" in host.rpartition("]")[2] else ""
    return int(port) if port.isdecimal() and len(port) < 6 else 0


def is_exception(host: str, port: int | None, exceptions: str) -> bool:
    """Returns True if a `no_proxy` list contains the host, its domain or network, or "*"."""
    bare = host.removesuffix(".")
    entries = (entry for _text, entry in _parse_entries(exceptions) if entry is not None)
    return any(entry.port in (0, port or 443) and entry.matches(bare) for entry in entries)


def exceptions_error(exceptions: str) -> str:
    """Returns the error in a `no_proxy` list typed in the settings, or "" if it is valid."""
    for text, entry in _parse_entries(exceptions):
        if entry is None:
            return (
                _("“%s” is not understood. Write hosts like a.example, .example.com or 10.0.0.0/8.")
                % text[:_MAX_SHOWN_CHARS]
            )
    return ""


class _NoProxyEntry(NamedTuple):
    """Entry of a `no_proxy` list; `name` "*" matches everything, `port` 0 any port."""

    name: str
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    port: int = 0

    def matches(self, host: str) -> bool:
        if self.network is None:
            return self.name == "*" or host == self.name or host.endswith(f".{self.name}")
        try:
            return ipaddress.ip_address(host) in self.network
        except ValueError:
            return False


@functools.lru_cache(maxsize=8)
def _parse_entries(exceptions: str) -> tuple[tuple[str, _NoProxyEntry | None], ...]:
    """Returns each entry as written and as parsed; None if it is invalid."""
    return tuple((text, _parse_entry(text)) for text in re.split(r"[,;\s]+", exceptions) if text)


def _parse_entry(text: str) -> _NoProxyEntry | None:
    spec = text.lower()
    if spec.startswith(("http://", "https://")):
        spec = spec.partition("://")[2].removesuffix("/")
    if spec == "*":
        return _NoProxyEntry(spec)
    split = _split_port(spec)
    if split is None:
        return None
    network = _parse_network(split[0])
    if network is not None:
        return _NoProxyEntry("", network, split[1])
    name = _domain(split[0])
    return _NoProxyEntry(name, None, split[1]) if name else None


def _split_port(spec: str) -> tuple[str, int] | None:
    """Splits a host or network from its port (0 if absent).

    IPv6 addresses need no brackets. Returns None if the brackets or the port are invalid.
    """
    if spec.startswith("["):
        found = _IN_BRACKETS.fullmatch(spec)
        if found is None:
            return None
        name, port = found[1] + (found[2] or ""), found[3]
    elif spec.count(":") == 1:
        name, _colon, port = spec.partition(":")
    else:
        return spec, 0
    if port is None:
        return name, 0
    is_port = port.isdecimal() and len(port) < 6 and 0 < int(port) < 65536
    return (name, int(port)) if is_port else None


def _parse_network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Parses a network or a single address, or `10.*` as written by Windows; None if invalid."""
    found = _WILDCARD_NETWORK.fullmatch(name)
    if found is not None:
        parts = found[1].removesuffix(".").split(".")
        name = ".".join([*parts, *["0"] * (4 - len(parts))]) + f"/{8 * len(parts)}"
    try:
        return None if "%" in name else ipaddress.ip_network(name, strict=False)
    except ValueError:
        return None


def _domain(name: str) -> str:
    """Returns the name in ASCII (IDNA) form, or "" if it cannot be a host name."""
    name = name.removeprefix("*").lstrip(".").removesuffix(".")
    # A name that ends in a number could only be an IP address, and it was not a valid one.
    if any(char in name for char in "/?#@:") or name.rpartition(".")[2].isdecimal():
        return ""
    url = parse_url(f"https://{name}")
    return "" if url is None else url.raw_host.decode("ascii")


def _system_proxies() -> dict[str, str]:
    for name in ("getproxies_registry", "getproxies_macosx_sysconf"):
        query = getattr(urllib.request, name, None)
        if query is not None:
            return dict(query())
    return {}
