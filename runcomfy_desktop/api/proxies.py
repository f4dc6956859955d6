"""Which proxy leads to which host: from the environment, the system or the settings."""

from __future__ import annotations

import functools
import ipaddress
import re
import urllib.request
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import httpx

from runcomfy_desktop.api.address import is_loopback, parse_url
from runcomfy_desktop.api.sign_ins import SignIns
from runcomfy_desktop.domain.settings import NetworkChoice, ProxyMode
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

# What in the environment leads to where this program goes.
_LEADING = frozenset({"http", "https", "all", "socks"})
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
# What desktops write for "SOCKS, version not said"; names are then looked up by the proxy.
_OTHER_NAMES = {"socks": "socks5h"}
_SOCKS_BYTES = 255
_IN_BRACKETS = re.compile(r"\[([0-9a-f:.]*:[0-9a-f:./]*)\](/[0-9]+)?(?::([0-9]+))?")
_WITH_STARS = re.compile(r"((?:[0-9]+\.){1,3})\*(?:\.\*){0,2}")
_SHOWN_CHARS = 80


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
class Unusable:
    """A proxy that is set, but of a kind or a spelling that is not understood.

    What was meant to go through a proxy is not sent past it.
    """

    scheme: str

    @property
    def is_misspelt(self) -> bool:
        return self.scheme in _DEFAULT_PORTS


@dataclass(frozen=True, slots=True)
class Route:
    """How hosts are reached, as it stands at one moment.

    `proxies` are by the scheme of the address asked for. `asks_system`: the exceptions are known
    to the system only. `sign_ins` remembers the passwords that were refused.
    """

    proxies: Mapping[str, Proxy | Unusable] = field(default_factory=dict)
    exceptions: str = ""
    ca_file: str = ""
    asks_system: bool = False
    sign_ins: SignIns = field(default_factory=SignIns, compare=False, repr=False)

    @property
    def passwords(self) -> set[str]:
        return {proxy.password for proxy in self.proxies.values() if isinstance(proxy, Proxy)}

    def try_again(self) -> None:
        """Its passwords were typed once more: they are sent, even if they were refused."""
        for proxy in self.proxies.values():
            if isinstance(proxy, Proxy):
                self.sign_ins.of(proxy).forget()

    def proxy_for(self, url: httpx.URL) -> Proxy | Unusable | None:
        """The proxy on the way to `url`; None when it is reached directly, as loopback always."""
        host = url.raw_host.decode("ascii")
        proxy = self.proxies.get(url.scheme) or self.proxies.get("all")
        if proxy is None or is_loopback(host) or is_exception(host, url.port, self.exceptions):
            return None
        return proxy


def route_of(choice: NetworkChoice, password: str = "") -> Route:
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
    asks_system = _LEADING.isdisjoint(found)
    if asks_system:
        # Exceptions alone, or a proxy for something else, would hide the system's.
        found = {**_of_the_system(), "no": found.get("no", "")}
    usable = {
        name: parse_proxy(address)
        for name, address in found.items()
        if name in ("http", "https", "all") and address
    }
    socks = found.get("socks", "")
    if socks and not usable:
        usable["all"] = parse_proxy(_SCHEME.sub("socks://", socks))
    return Route(usable, found.get("no", ""), ca_file, asks_system and bool(usable))


def is_system_exception(host: str) -> bool:
    """Whether Windows or macOS reach `host` directly. May ask for its name, so it takes time."""
    for name in ("proxy_bypass_registry", "proxy_bypass_macosx_sysconf"):
        # Not `proxy_bypass`, which asks the environment alone when there is anything in it.
        ask = getattr(urllib.request, name, None)
        if ask is not None:
            try:
                return bool(ask(host))
            except (OSError, ValueError, re.error):
                # Python makes patterns of what stands there, and a bracket too many is no pattern.
                return False
    return False


def parse_proxy(text: str) -> Proxy | Unusable:
    """A proxy's address; the scheme may be missing, and a user name may be in it."""
    text = text.strip()
    text = text if _SCHEME.match(text) else f"http://{text}"
    scheme = text.partition("://")[0].lower()
    scheme = _OTHER_NAMES.get(scheme, scheme)
    # A password with one of these signs in it would end there, and be taken for a port.
    beyond = re.split("[/?#]", text.partition("://")[2], maxsplit=1)[1:]
    if scheme not in _DEFAULT_PORTS or "@" in "".join(beyond):
        return Unusable(scheme)
    try:
        # The parser knows the rules of http; the host and the port are the same for all.
        url = httpx.URL(f"http://{text.partition('://')[2]}")
        bare = parse_url(str(url.copy_with(userinfo=b"")))
    except (httpx.InvalidURL, ValueError):
        return Unusable(scheme)
    if bare is None or not bare.host:
        return Unusable(scheme)
    port = _port_in(text) or bare.port or _DEFAULT_PORTS[scheme]
    return Proxy(scheme, bare.raw_host.decode("ascii"), port, url.username, url.password)


def proxy_fault(address: str, user: str = "", password: str = "") -> str:
    """What is wrong with a proxy as it is typed in the settings, "" when nothing is."""
    address = address.strip()
    if not address:
        return _("Give the address of the proxy, such as proxy.example.com:8080.")
    if "@" in address:
        return _("The user name and the password have fields of their own.")
    proxy = parse_proxy(address)
    if isinstance(proxy, Unusable):
        if not proxy.is_misspelt:
            return _("A proxy's address begins with http://, https://, socks5:// or socks5h://.")
        return _("This is not the address of a proxy. It is a name and a port: proxy.example:8080.")
    rest = address.rstrip("/").partition("://")[2] or address.rstrip("/")
    if any(sign in rest for sign in "/?#"):
        return _("A proxy's address ends with its port.")
    if not _port_in(address):
        return _("The port is missing: put it behind a colon, such as :8080.")
    return _sign_in_fault(proxy, user, password)


def _sign_in_fault(proxy: Proxy, user: str, password: str) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in user + password):
        return _("The user name or the password has half a letter in it: type it anew.")
    if proxy.is_socks and max(len(user.encode()), len(password.encode())) > _SOCKS_BYTES:
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
    entries = (entry for _text, entry in _entries(exceptions) if entry is not None)
    return any(entry.port in (0, port or 443) and entry.names(bare) for entry in entries)


def exceptions_fault(exceptions: str) -> str:
    """What is wrong with a `no_proxy` list as it is typed in the settings, "" when nothing is."""
    for text, entry in _entries(exceptions):
        if entry is None:
            return (
                _("“%s” is not understood. Write hosts like a.example, .example.com or 10.0.0.0/8.")
                % text[:_SHOWN_CHARS]
            )
    return ""


class _Entry(NamedTuple):
    """What one of a `no_proxy` list stands for; `name` "*" is everything, `port` 0 any."""

    name: str
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    port: int = 0

    def names(self, host: str) -> bool:
        if self.network is None:
            return self.name == "*" or host == self.name or host.endswith(f".{self.name}")
        try:
            return ipaddress.ip_address(host) in self.network
        except ValueError:
            return False


@functools.lru_cache(maxsize=8)
def _entries(exceptions: str) -> tuple[tuple[str, _Entry | None], ...]:
    """Each entry as it was written, and as it is understood: None when it is not."""
    return tuple((text, _entry(text)) for text in re.split(r"[,;\s]+", exceptions) if text)


def _entry(text: str) -> _Entry | None:
    place = text.lower()
    if place.startswith(("http://", "https://")):
        place = place.partition("://")[2].removesuffix("/")
    if place == "*":
        return _Entry(place)
    split = _split(place)
    if split is None:
        return None
    network = _network(split[0])
    if network is not None:
        return _Entry("", network, split[1])
    name = _domain(split[0])
    return _Entry(name, None, split[1]) if name else None


def _split(place: str) -> tuple[str, int] | None:
    """A host or network and its port, 0 when none is said; an IPv6 address may be bare."""
    if place.startswith("["):
        found = _IN_BRACKETS.fullmatch(place)
        if found is None:
            return None
        name, port = found[1] + (found[2] or ""), found[3]
    elif place.count(":") == 1:
        name, _colon, port = place.partition(":")
    else:
        return place, 0
    if port is None:
        return name, 0
    is_port = port.isdecimal() and len(port) < 6 and 0 < int(port) < 65536
    return (name, int(port)) if is_port else None


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Of an address, too. Windows writes `10.*`."""
    found = _WITH_STARS.fullmatch(name)
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
    if any(sign in name for sign in "/?#@:") or name.rpartition(".")[2].isdecimal():
        return ""
    url = parse_url(f"https://{name}")
    return "" if url is None else url.raw_host.decode("ascii")


def _of_the_system() -> dict[str, str]:
    for name in ("getproxies_registry", "getproxies_macosx_sysconf"):
        ask = getattr(urllib.request, name, None)
        if ask is not None:
            return dict(ask())
    return {}
