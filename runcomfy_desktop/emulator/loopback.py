"""Loopback addresses: the emulator connects only to this computer and accepts only its host names.

Webhooks and media addresses on this computer are really requested. Host names are not resolved,
redirects are not followed, and no proxy is used.
"""

from __future__ import annotations

import http.client
import ipaddress
from urllib.parse import urlsplit

_TIMEOUT_S = 10.0
_MAX_BYTES = 64 * 1024 * 1024
_LOOPBACK_HOSTS = ("127.0.0.1", "localhost")
_HTTP_PORT = 80


def hosts_of(port: int) -> frozenset[str]:
    """Returns the Host headers accepted on `port` of this computer, in lower case.

    A browser sends the host name of the web page, even if that name now resolves to this computer
    (DNS rebinding), so such a call is refused.
    """
    names = [f"{name}:{port}" for name in _LOOPBACK_HOSTS]
    # Clients omit the default port.
    return frozenset([*names, *_LOOPBACK_HOSTS] if port == _HTTP_PORT else names)


def is_loopback(address: str) -> bool:
    """Returns True if `address` is on this computer, judged only by its host name or IP address."""
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def send_request(method: str, address: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Sends a request; returns HTTP status code and body of the response.

    Returns (0, b"") if there is no response, or if the address is not on this computer.
    """
    if not is_loopback(address):
        return 0, b""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    # The number is used, whatever this computer's hosts file says about the name.
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"User-Agent": "RunComfyEmulator"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        connection = kind(host, parts.port, timeout=_TIMEOUT_S)
    except ValueError:  # the port is out of range
        return 0, b""
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(_MAX_BYTES)
    except (OSError, http.client.HTTPException, ValueError):
        return 0, b""
    finally:
        connection.close()
