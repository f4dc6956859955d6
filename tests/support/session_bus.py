"""A private D-Bus session with fake desktop services, for tests.

    with session_bus() as bus, NotificationServer(bus) as server:
        ...
        assert server.shown[0].title == "Done"

The fakes use real D-Bus; each works on its own thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tests.support.secret_service import find_executable

if TYPE_CHECKING:
    from collections.abc import Iterator

# Other systems have neither a bus nor the library, and this module is only imported.
if sys.platform == "linux":
    # The library has no type information.
    from jeepney import (  # type: ignore[import-untyped]
        DBusAddress,
        MatchRule,
        MessageType,
        message_bus,
        new_error,
        new_method_return,
        new_signal,
    )
    from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

_NAME = "org.freedesktop.Notifications"
_OBJECT = "/org/freedesktop/Notifications"
_RECEIVE_TIMEOUT_S = 0.05


@contextmanager
def session_bus() -> Iterator[subprocess.Popen[bytes]]:
    """Starts a bus that the program uses as its session bus; the bus ends with the context."""
    bus = subprocess.Popen(
        [find_executable("dbus-daemon"), "--session", "--nofork", "--print-address=1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert bus.stdout is not None
    before = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
    try:
        yield bus
    finally:
        if before is None:
            del os.environ["DBUS_SESSION_BUS_ADDRESS"]
        else:
            os.environ["DBUS_SESSION_BUS_ADDRESS"] = before
        bus.terminate()
        bus.wait(20)
        bus.stdout.close()


@dataclass(frozen=True)
class ShownNotification:
    """One notification, as the server received it."""

    replaces: int
    title: str
    body: str
    actions: list[str]
    hints: dict[str, Any]


class _BusService(ABC):
    """Service on the bus that responds on its own thread until the end of the `with`."""

    def __init__(self) -> None:
        self._connection = open_dbus_connection()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Removes the service from the bus."""
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                message = self._connection.receive(timeout=_RECEIVE_TIMEOUT_S)
            except TimeoutError:
                continue
            except (OSError, EOFError):
                return
            self._handle(message)

    @abstractmethod
    def _handle(self, message: Any) -> None: ...


class NotificationServer(_BusService):
    """Fake org.freedesktop.Notifications; with `is_hanging`, it does not respond to calls."""

    def __init__(self, *, capabilities: tuple[str, ...] = ("actions", "body-markup")) -> None:
        super().__init__()
        self.shown: list[ShownNotification] = []
        self.closed: list[int] = []
        self.is_hanging = False
        self._capabilities = list(capabilities)
        self._connection.send_and_get_reply(message_bus.RequestName(_NAME))

    def press(self, number: int, action: str = "default") -> None:
        """Simulates that the user clicks a notification."""
        index = DBusAddress(_OBJECT, _NAME, _NAME)
        self._connection.send(new_signal(index, "ActionInvoked", "us", (number, action)))

    def _handle(self, message: Any) -> None:
        if message.header.message_type is not MessageType.method_call or self.is_hanging:
            return
        name = next(v for k, v in message.header.fields.items() if k.name == "member")
        if name == "GetCapabilities":
            reply = new_method_return(message, "as", (self._capabilities,))
        elif name == "Notify":
            _app, replaces, _icon, title, body, actions, hints, _limit = message.body
            self.shown.append(ShownNotification(replaces, title, body, actions, dict(hints)))
            reply = new_method_return(message, "u", (len(self.shown),))
        elif name == "CloseNotification":
            self.closed.append(message.body[0])
            reply = new_method_return(message)
        else:
            reply = new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")
        self._connection.send(reply)


class LauncherListener(_BusService):
    """Receives what programs send to launchers; `updates` has (address of the program, values)."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[tuple[str, dict[str, Any]]] = []
        rule = MatchRule(type="signal", interface="com.canonical.Unity.LauncherEntry")
        self._connection.send_and_get_reply(message_bus.AddMatch(rule))

    def _handle(self, message: Any) -> None:
        if len(message.body) == 2:
            address, facts = message.body
            self.updates.append((address, {name: value for name, (_sign, value) in facts.items()}))
