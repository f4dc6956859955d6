"""One window for each data folder: two would both take up, poll and download the same jobs.

A second start hands its file to the first window and ends. QtNetwork is imported only once the
window is on screen, or when there is another window to talk to.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Signal

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_TIMEOUT_MS = 3000
_MAX_MESSAGE_BYTES = 64 * 1024


class SingleWindow(QObject):
    """Holds the data folder's lock. Emits `called` with a file's path (or "") at a second start."""

    called = Signal(str)

    def __init__(self, lock: Path) -> None:
        super().__init__()
        lock.parent.mkdir(parents=True, exist_ok=True)
        self._name = "runcomfy-desktop-" + hashlib.sha256(str(lock).encode()).hexdigest()[:16]
        self._lock = QLockFile(str(lock))
        # The lock is about a living process, not about time: only a dead owner makes it stale.
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    def acquire(self) -> bool:
        """Whether this is the only window on the data folder now."""
        return self._lock.tryLock(0)

    def call_first(self, open_file: str) -> bool:
        """Brings the other window forward and hands it `open_file`; false when it is deaf."""
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_TIMEOUT_MS):
            return False
        socket.write(json.dumps({"open": open_file}).encode())
        sent = socket.waitForBytesWritten(_TIMEOUT_MS)
        socket.disconnectFromServer()
        return sent

    def listen(self) -> None:
        """Hears later starts; call it once the window is on screen."""
        from PySide6.QtNetwork import QLocalServer

        # A crashed window leaves its socket file behind; the lock says that nobody else listens.
        QLocalServer.removeServer(self._name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_server_new_connection)
        self._server.listen(self._name)

    def release(self) -> None:
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _on_server_new_connection(self) -> None:
        assert self._server is not None
        socket = self._server.nextPendingConnection()
        socket.disconnected.connect(lambda: self._read(socket))

    def _read(self, socket: QLocalSocket) -> None:
        data = bytes(socket.read(_MAX_MESSAGE_BYTES).data())
        socket.deleteLater()
        try:
            message = json.loads(data)
            path = message["open"]
        except (ValueError, KeyError, TypeError):
            return
        if isinstance(path, str):
            self.called.emit(path)
