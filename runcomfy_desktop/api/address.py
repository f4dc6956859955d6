"""Checks which URLs may receive the token, may be downloaded, or can be the API's address.

httpx's own parser is used both for the checks and for connecting, so no spelling can mean one host
here and another one on the network.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote

import httpx

from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MAX_SEGMENT_CHARS = 200
_MAX_HOST_CHARS, _MAX_LABEL_CHARS = 253, 63
_FORBIDDEN_CHARS = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")
_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_API_PATH = re.compile(r"/prod(/v[0-9]+)?$")
_DOWNLOAD_DOMAINS = ("runcomfy.net", "runcomfy.com")
_LOCAL_DOMAINS = ("localhost", "local", "internal", "lan", "home", "intranet", "invalid")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Scheme, host and port, which must match before the token may be sent."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)


def parse_url(text: str) -> httpx.URL | None:
    """Parses `text` as an http(s) URL; returns None if it is invalid.

    User info, control characters, spaces and backslashes make it invalid, too.
    """
    if _FORBIDDEN_CHARS.search(text):
        return None
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii")
        # The ASCII form, which httpx needs for each request; not every host name has one.
        is_name = bool(url.host) and _is_valid_host(host)
    except (httpx.InvalidURL, ValueError):
        return None
    if url.scheme not in _DEFAULT_PORTS or url.userinfo or not is_name:
        return None
    if url.port is not None and not 0 < url.port < 65536:
        return None
    return url


def _is_valid_host(host: str) -> bool:
    """Returns True if the host has only valid characters and keeps to the length limits of DNS.

    Requesting a longer host raises an error that is not a network error.
    """
    labels = host.removesuffix(".").split(".")
    is_short = len(host) <= _MAX_HOST_CHARS and all(
        0 < len(each) <= _MAX_LABEL_CHARS for each in labels
    )
    return is_short and _HOST.fullmatch(host) is not None


def origin_of(url: httpx.URL) -> Origin:
    port = url.port if url.port is not None else _DEFAULT_PORTS[url.scheme]
    return Origin(url.scheme, url.raw_host.decode("ascii"), port)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # Python versions differ on whether ::ffff:127.0.0.1 is loopback; it is.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def check_base_url(text: str) -> str:
    """Returns `text` as the API's address, normalised. Raises Problem.

    https is allowed for any host, http only for this computer. `/prod/v1` at the end is removed,
    because every path of the API begins with it again.
    """
    text = text.strip()
    if not text.isascii():
        # The whole text is refused: some non-ASCII characters are even converted to a dot or a
        # slash.
        raise _invalid_base_url(_("It has letters in it that look like others. Type it yourself."))
    url = parse_url(text)
    if url is None:
        raise _invalid_base_url(
            _("It begins with https:// and names a server, without a user name.")
        )
    origin = origin_of(url)
    if origin.scheme == "http" and not origin.is_loopback:
        raise _invalid_base_url(
            _("Over http the key could be read on the way: it has to be https.")
        )
    if "?" in text or "#" in text:
        raise _invalid_base_url(_("It has neither a “?” nor a “#” in it."))
    path = _API_PATH.sub("", url.raw_path.decode("ascii").rstrip("/"))
    # Checks the text as well: the parser has already resolved every "..".
    if not _PLAIN_PATH.fullmatch(path) or "/." in text or "@" in text:
        raise _invalid_base_url(_("Its path has signs in it that do not belong there."))
    port = "" if url.port is None else f":{url.port}"
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return f"{origin.scheme}://{host}{port}{path}"


def base_url_error(text: str) -> str:
    """Returns the error in `text` as the API's address, or "" if it is valid."""
    try:
        check_base_url(text)
    except Problem as problem:
        return problem.sentence()
    return ""


def _invalid_base_url(reason: str) -> Problem:
    return Problem(
        _("This is not an address the API can have."),
        reason,
        _("RunComfy's own address is https://api.runcomfy.net."),
        kind=ProblemKind.REJECTED,
    )


def path_segment(text: str) -> str:
    """Returns an id as one segment of a path. Raises Problem if it cannot be one."""
    has_forbidden_chars = any(char in text for char in "/\\?#%") or _CONTROL.search(text)
    if not text or len(text) > _MAX_SEGMENT_CHARS or text in (".", "..") or has_forbidden_chars:
        raise Problem(
            _("This id has signs in it that no id of RunComfy has."),
            _("Nothing was sent."),
            technical=text[:100],
        )
    return quote(text, safe="")


def may_download(url: httpx.URL, base: Origin) -> bool:
    """Returns True if results may be downloaded from `url`: RunComfy's hosts and the API's own."""
    origin = origin_of(url)
    if origin.is_loopback:
        return base.is_loopback
    if origin.scheme != "https":
        return False
    is_known = any(origin.host.endswith(f".{domain}") for domain in _DOWNLOAD_DOMAINS)
    return is_known or origin.host == base.host


def may_read(url: httpx.URL, base: Origin) -> bool:
    """Returns True if data without secrets may be read from `url`.

    Over https, these are servers with a public name and the API's own host. This computer is
    allowed if the service runs on it.
    """
    origin = origin_of(url)
    if origin.is_loopback:
        return base.is_loopback
    is_known = origin.host == base.host or _is_public_name(origin.host)
    return origin.scheme == "https" and is_known


def _is_public_name(host: str) -> bool:
    """Returns True for a public host name: not an IP address and not a local name.

    The service must not direct requests into the local network.
    """
    labels = host.rstrip(".").split(".")
    if len(labels) < 2 or labels[-1] in _LOCAL_DOMAINS:
        return False
    # A name that ends in a number is an IPv4 address in one of its notations, including `127.1`.
    return ":" not in host and not labels[-1][:1].isdigit()
