"""Isolates tests from other computers, the user's keyring and home folder, and ignored signals."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ADDRESS_EVENTS = {"socket.connect", "socket.bind", "socket.sendto"}
_NAME_EVENTS = {"socket.getaddrinfo", "socket.gethostbyname"}
_HOME_FOLDERS = {
    "HOME": ".",
    "USERPROFILE": ".",
    "APPDATA": "roaming",
    "LOCALAPPDATA": "local",
    "XDG_DATA_HOME": "share",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "run",
}
_HOSTS_OF_THE_DESKTOP = ("DBUS_SESSION_BUS_ADDRESS", "GNOME_KEYRING_CONTROL", "XDG_PICTURES_DIR")


class SocketGuard:
    """Blocks sockets beyond loopback and records the attempts, even if the error is caught.

    Names under `.invalid` are reported as unknown without a query, so that a test can use an
    unreachable address.
    """

    def __init__(self) -> None:
        self.attempts: list[str] = []
        self.is_on = True
        sys.addaudithook(self._on_event)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Allows all sockets, for the tests against the real service."""
        self.is_on = False
        try:
            yield
        finally:
            self.is_on = True

    def _on_event(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.is_on:
            return
        if event in _ADDRESS_EVENTS:
            self._check(event, _host_of(arguments[1]))
        elif event in _NAME_EVENTS:
            self._check(event, arguments[0])

    def _check(self, event: str, host: object) -> None:
        if host is None or is_loopback(host):
            return
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name.rstrip(".").endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        self.attempts.append(f"{event} {host!r}")
        raise PermissionError(f"Tests stay on this computer: {event} {host!r} refused")


def _host_of(address: object) -> object:
    """Returns the host in a socket address; None for a local socket, which has no host."""
    return address[0] if isinstance(address, tuple) else None


def is_loopback(host: object) -> bool:
    """Returns True if `host`, a name or an address, is this computer."""
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text == "localhost":
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def restore_sigint() -> None:
    """Restores the default SIGINT handler if the signal is ignored.

    The background job of a script ignores the signal. Programs started by a test would inherit this
    and could not be interrupted.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def use_home_folder(folder: Path) -> None:
    """Uses `folder` as home folder of this process and its children, without a keyring."""
    for name, subfolder in _HOME_FOLDERS.items():
        target = folder / subfolder
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[name] = str(target)
    for name in _HOSTS_OF_THE_DESKTOP:
        os.environ.pop(name, None)
    # The back end without a keyring; a test that needs a real one starts its own.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
