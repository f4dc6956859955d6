"""Finds the proxy for a host, from the environment, the system or the settings, and its login."""

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

# What in the environment leads to where this program goes.
_PROXY_VARIABLES = frozenset({"http", "https", "all", "socks"})
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
# What desktops write for "SOCKS, version not said"; names are then looked up by the proxy.
_SCHEME_ALIASES = {"socks": "socks5h"}
_MAX_SOCKS_BYTES = 255
_IN_BRACKETS = re.compile(r"\[([0-9a-f:.]*:[0-9a-f:./]*)\](/[0-9]+)?(?::([0-9]+))?")
_WILDCARD_NETWORK = re.compile(r"((?:[0-9]+\.){1,3})\*(?:\.\*){0,2}")
_MAX_SHOWN_CHARS = 80


class ProxyAuth:
    """One password at one proxy. The first request with it goes alone, holding `lock`, until the
    password `is_accepted`."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.is_accepted = False
        self._blocked_until_s = 0.0

    @property
    def is_refused(self) -> bool:
        """Whether it was a moment ago, so that it is not sent again."""
        return asyncio.get_running_loop().time() < self._blocked_until_s

    def refuse(self) -> None:
        self.is_accepted = False
        now_s = asyncio.get_running_loop().time()
        self._blocked_until_s = now_s + constants.WRONG_PASSWORD_BLOCK_S

    def forget_refusal(self) -> None:
        """It was typed once more: whoever runs the proxy may have set it right there."""
        self._blocked_until_s = 0.0


class ProxyAuthCache:
    """The passwords of all proxies since the program began.

    One that was refused is not sent again by another pool of connections, another client, or a test
    of the connection: many companies lock an account out after a few.
    """

    def __init__(self) -> None:
        self._auths: dict[tuple[str, int, str, str], ProxyAuth] = {}

    def for_proxy(self, proxy: Proxy) -> ProxyAuth:
        # Whatever the way of speaking to it: behind one port there is one list of accounts.
        key = (proxy.host, proxy.port, proxy.user, proxy.password)
        return self._auths.setdefault(key, ProxyAuth())


@dataclass(frozen=True, slots=True)
class Proxy:
    """A server that passes connections on. The password is in no text of it."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """How it is called in messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_socks(self) -> bool:
        return self.scheme.startswith("socks")


@dataclass(frozen=True, slots=True)
class UnusableProxy:
    """A proxy that is set, but of a kind or a spelling that is not understood.

    What was meant to go through a proxy is not sent past it.
    """

    scheme: str

    @property
    def is_malformed(self) -> bool:
        return self.scheme in _DEFAULT_PORTS


@dataclass(frozen=True, slots=True)
class Route:
    """How hosts are reached, as it stands at one moment.

    `proxies` are by the scheme of the address asked for. `has_system_exceptions`: the exceptions
    are known to the system only. `auth_cache` remembers the passwords that were refused.
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
        """Its passwords were typed once more: they are sent, even if they were refused."""
        for proxy in self.proxies.values():
            if isinstance(proxy, Proxy):
                self.auth_cache.for_proxy(proxy).forget_refusal()

    def proxy_for(self, url: httpx.URL) -> Proxy | UnusableProxy | None:
        """The proxy on the way to `url`; None when it is reached directly, as loopback always."""
        host = url.raw_host.decode("ascii")
        proxy = self.proxies.get(url.scheme) or self.proxies.get("all")
        if proxy is None or is_loopback(host) or is_exception(host, url.port, self.exceptions):
            return None
        return proxy


def route_of(choice: NetworkSettings, password: str = "") -> Route:
    """The route that was chosen; the system is asked now."""
    if choice.proxy_mode is ProxyMode.NONE:
        return Route(ca_file=choice.ca_file)
    if choice.proxy_mode is ProxyMode.OWN:
        proxy = parse_proxy(choice.proxy_address)
        if isinstance(proxy, Proxy) and choice.proxy_user and password:
            # Never the name alone: a locked keyring would make it a wrong password.
            proxy = replace(proxy, user=choice.proxy_user, password=password)
        return Route({"all": proxy}, choice.proxy_exceptions, choice.ca_file)
    return system_route(choice.ca_file)


def system_route(ca_file: str = "") -> Route:
    """The route that this computer is set up with: its environment, else its own settings."""
    found = urllib.request.getproxies_environment()
    has_system_exceptions = _PROXY_VARIABLES.isdisjoint(found)
    if has_system_exceptions:
        # Exceptions alone, or a proxy for something else, would hide the system's.
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
    """Whether Windows or macOS reach `host` directly. May ask for its name, so it takes time."""
    for name in ("proxy_bypass_registry", "proxy_bypass_macosx_sysconf"):
        # Not `proxy_bypass`, which asks the environment alone when there is anything in it.
        query = getattr(urllib.request, name, None)
        if query is not None:
            try:
                return bool(query(host))
            except (OSError, ValueError, re.error):
                # Python makes patterns of what stands there, and a bracket too many is no pattern.
                return False
    return False


def parse_proxy(text: str) -> Proxy | UnusableProxy:
    """A proxy's address; the scheme may be missing, and a user name may be in it."""
    text = text.strip()
    text = text if _SCHEME.match(text) else f"http://{text}"
    scheme = text.partition("://")[0].lower()
    scheme = _SCHEME_ALIASES.get(scheme, scheme)
    # A password with one of these signs in it would end there, and be taken for a port.
    rest = re.split("[/?#]", text.partition("://")[2], maxsplit=1)[1:]
    if scheme not in _DEFAULT_PORTS or "@" in "".join(rest):
        return UnusableProxy(scheme)
    try:
        # The parser knows the rules of http; the host and the port are the same for all.
        url = httpx.URL(f"http://{text.partition('://')[2]}")
        bare = parse_url(str(url.copy_with(userinfo=b"")))
    except (httpx.InvalidURL, ValueError):
        return UnusableProxy(scheme)
    if bare is None or not bare.host:
        return UnusableProxy(scheme)
    port = _port_in(text) or bare.port or _DEFAULT_PORTS[scheme]
    return Proxy(scheme, bare.raw_host.decode("ascii"), port, url.username, url.password)


def proxy_error(address: str, user: str = "", password: str = "") -> str:
    """What is wrong with a proxy as it is typed in the settings, "" when nothing is."""
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
    """The port that was typed, 0 when there is none: the parser drops an http proxy's :80."""
    host = (text.partition("://")[2] or text).partition("/")[0].rpartition("@")[2]
    port = host.rpartition("]")[2].rpartition(":")[2] if ":" in host.rpartition("]")[2] else ""
    return int(port) if port.isdecimal() and len(port) < 6 else 0


def is_exception(host: str, port: int | None, exceptions: str) -> bool:
    """Whether a `no_proxy` list names the host, a domain or a network it is in, or everything."""
    bare = host.removesuffix(".")
    entries = (entry for _text, entry in _parse_entries(exceptions) if entry is not None)
    return any(entry.port in (0, port or 443) and entry.matches(bare) for entry in entries)


def exceptions_error(exceptions: str) -> str:
    """What is wrong with a `no_proxy` list as it is typed in the settings, "" when nothing is."""
    for text, entry in _parse_entries(exceptions):
        if entry is None:
            return (
                _("“%s” is not understood. Write hosts like a.example, .example.com or 10.0.0.0/8.")
                % text[:_MAX_SHOWN_CHARS]
            )
    return ""


class _NoProxyEntry(NamedTuple):
    """What one of a `no_proxy` list stands for; `name` "*" is everything, `port` 0 any."""

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
    """Each entry as it was written, and as it is understood: None when it is not."""
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
    """A host or network and its port, 0 when none is said; an IPv6 address may be bare."""
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
    """Of an address, too. Windows writes `10.*`."""
    found = _WILDCARD_NETWORK.fullmatch(name)
    if found is not None:
        parts = found[1].removesuffix(".").split(".")
        name = ".".join([*parts, *["0"] * (4 - len(parts))]) + f"/{8 * len(parts)}"
    try:
        return None if "%" in name else ipaddress.ip_network(name, strict=False)
    except ValueError:
        return None


def _domain(name: str) -> str:
    """In the letters that are asked for, "" when it can be the name of no host."""
    name = name.removeprefix("*").lstrip(".").removesuffix(".")
    # What ends in a number is an address, and was none.
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
