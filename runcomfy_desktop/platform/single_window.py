"""One window for each data folder: two would both follow, poll and download the same jobs.

A second start passes what it should open to the first window and ends. QtNetwork, and the modules
for messages, are imported only once the window is on screen, or if there is another window.

Input on the local socket is untrusted: only one short line of JSON is accepted, within a few
seconds.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_MAX_LINE_BYTES = 64 * 1024
_MAX_CONNECTIONS = 8
# The longest socket path allowed on every Unix, less the suffix that Qt adds temporarily.
_MAX_SOCKET_PATH_BYTES = 90
_ACCEPTED = b"taken\n"
# Variable with the token that a desktop gives to a program it starts. The token allows a window to
# come to the front.
_ACTIVATION_TOKEN_VARIABLE = "XDG_ACTIVATION_TOKEN"

_log = logging.getLogger(__name__)


class SingleWindow(QObject):
    """Holds the lock of the data folder and receives requests from later starts.

    Emits `open_requested` at a second start, with the path or link to open, or "".

    `answer_timeout_ms`: time limit for the other window's reply. `line_timeout_ms`: time limit for
    a caller's line.
    """

    open_requested = Signal(object)  # a Qt string would lose the non-UTF-8 bytes of a path

    def __init__(
        self, lock: Path, *, answer_timeout_ms: int = 3000, line_timeout_ms: int = 2000
    ) -> None:
        super().__init__()
        self.line_timeout_ms = line_timeout_ms
        self._answer_timeout_ms = answer_timeout_ms
        lock.parent.mkdir(parents=True, exist_ok=True)
        self._lock_path = lock
        self._lock = QLockFile(str(lock))
        # The lock depends on a running process, not on time: only a dead owner makes it stale.
        self._lock.setStaleLockTime(0)
        # A full disk has no space for a lock file; the system's lock on the folder needs none.
        self._folder_handle: int | None = None
        self._server: QLocalServer | None = None
        self._connections: list[_InstanceConnection] = []

    def acquire(self) -> bool:
        """Acquires the lock; returns True if this is the only window on the data folder.

        Raises OSError if no lock can be written there.
        """
        if not self._lock_folder():
            return False
        if self._lock.tryLock(0):
            return True
        error = self._lock.error()
        if error is QLockFile.LockError.LockFailedError:
            if self._remove_stale_lock() and self._lock.tryLock(0):
                return True
            self._unlock_folder()
            return False
        if error is QLockFile.LockError.UnknownError and self._folder_handle is not None:
            # Qt reports a full disk in this way; the lock on the folder is enough.
            return True
        self._unlock_folder()
        is_denied = error is QLockFile.LockError.PermissionError
        code = errno.EACCES if is_denied else errno.EIO
        raise OSError(code, os.strerror(code), str(self._lock_path))

    def send_to_first(self, target: str) -> bool:
        """Sends a path or link to the first window, which is then raised.

        Returns False if the window does not respond.
        """
        timeout_ms = self._answer_timeout_ms
        return any(
            _send_target(socket_path, target, timeout_ms)
            for socket_path in _socket_paths(self._lock_path)
        )

    def listen(self) -> None:
        """Listens for later starts; call it once the window is on screen."""
        from PySide6.QtNetwork import QLocalServer

        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_server_new_connection)
        for socket_path in _socket_paths(self._lock_path):
            # A crashed window leaves its socket behind; because of the lock, no other window is
            # listening.
            QLocalServer.removeServer(socket_path)
            if self._server.listen(socket_path):
                return
        _log.warning("A second start cannot be heard: %s", self._server.errorString())

    @property
    def address(self) -> str:
        """Address of the local socket, "" while not listening."""
        return self._server.fullServerName() if self._server is not None else ""

    def stop_listening(self) -> None:
        """Stops listening; call it when the window closes.

        A later start then waits for the lock and opens its own window.
        """
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close_connection()

    def release(self) -> None:
        self.stop_listening()
        self._lock.unlock()
        self._unlock_folder()

    def _lock_folder(self) -> bool:
        """Returns False if another window has locked the folder; True if locking is unsupported."""
        if self._folder_handle is not None or sys.platform == "win32":
            return True
        import fcntl

        folder = None
        try:
            folder = os.open(self._lock_path.parent, os.O_RDONLY)
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if folder is not None:
                os.close(folder)
            # Some network file systems cannot lock folders.
            return not isinstance(error, BlockingIOError)
        self._folder_handle = folder
        return True

    def _unlock_folder(self) -> None:
        folder, self._folder_handle = self._folder_handle, None
        if folder is not None:
            os.close(folder)

    def _remove_stale_lock(self) -> bool:
        """Removes a lock whose owner is gone; returns False if the owner is alive or unknown.

        The lock names a process, but another process may have that id now, or the computer may have
        been renamed. The system's own lock on the file ended with the process.
        """
        if sys.platform == "win32":
            # A file in use cannot be removed on Windows, and tryLock has tried that already.
            return False
        import fcntl

        with suppress(OSError), self._lock_path.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_ino == self._lock_path.stat().st_ino:
                self._lock_path.unlink()
                return True
        return False

    def _on_server_new_connection(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            if len(self._connections) >= _MAX_CONNECTIONS:
                socket.abort()
                socket.deleteLater()
            else:
                self._connections.append(_InstanceConnection(socket, self))

    def on_line(self, line: bytes) -> bool:
        """Emits the request in a caller's line; returns False if the line is invalid."""
        message = _parse_message(line)
        if message is None:
            return False
        token = message.get("activation", "")
        if isinstance(token, str) and token.isascii() and token.isprintable():
            # Qt reads the token from there when it activates a window.
            os.environ[_ACTIVATION_TOKEN_VARIABLE] = token
        self.open_requested.emit(message["open"])
        return True

    def remove_connection(self, connection: _InstanceConnection) -> None:
        self._connections.remove(connection)


class _InstanceConnection(QObject):
    """Connection of a later start: reads one line, replies, and closes."""

    def __init__(self, socket: QLocalSocket, window: SingleWindow) -> None:
        super().__init__(window)
        self._socket = socket
        self._window = window
        socket.setParent(self)
        # More data stays with the sender: it must not fill this program's memory.
        socket.setReadBufferSize(_MAX_LINE_BYTES)
        socket.readyRead.connect(self._on_socket_ready_read)
        socket.disconnected.connect(self.close_connection)
        self._timeout_timer = QTimer(self)
        self._timeout_timer.setSingleShot(True)
        self._timeout_timer.timeout.connect(self.close_connection)
        self._timeout_timer.start(window.line_timeout_ms)
        self._is_closed = False
        self._on_socket_ready_read()

    def close_connection(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._timeout_timer.stop()
        self._window.remove_connection(self)
        self._socket.disconnectFromServer()
        self.deleteLater()

    def _on_socket_ready_read(self) -> None:
        if self._is_closed or not self._socket.canReadLine():
            if self._socket.bytesAvailable() >= _MAX_LINE_BYTES:
                self.close_connection()
            return
        line = bytes(self._socket.readLine(_MAX_LINE_BYTES).data())
        if self._window.on_line(line):
            self._socket.write(_ACCEPTED)
            self._socket.flush()
        self.close_connection()


def _socket_paths(lock: Path) -> list[str]:
    """Returns possible paths of the socket, best first; both sides try them in this order.

    The data folder would be the natural place, but a socket's path must be short.
    """
    import hashlib

    name = f"runcomfy-desktop-{hashlib.sha256(os.fsencode(lock)).hexdigest()[:16]}"
    if sys.platform == "win32":
        return [name]
    folders = (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp")
    paths = (Path(folder) / name for folder in folders if Path(folder).is_absolute())
    fitting = (str(path) for path in paths if len(os.fsencode(path)) <= _MAX_SOCKET_PATH_BYTES)
    return list(dict.fromkeys(fitting))


def _send_target(socket_path: str, target: str, timeout_ms: int) -> bool:
    """Sends the request to the window that listens at `socket_path`; True if it was accepted."""
    import json

    from PySide6.QtNetwork import QLocalSocket

    if not _is_ours(socket_path):
        return False
    message = {"open": target, "activation": os.environ.get(_ACTIVATION_TOKEN_VARIABLE, "")}
    socket = QLocalSocket()
    socket.connectToServer(socket_path)
    if not socket.waitForConnected(timeout_ms):
        return False
    socket.write(json.dumps(message).encode() + b"\n")
    is_written = socket.waitForBytesWritten(timeout_ms)
    is_written = is_written and (socket.canReadLine() or socket.waitForReadyRead(timeout_ms))
    answer = bytes(socket.readAll().data()) if is_written else b""
    socket.abort()
    return answer == _ACCEPTED


def _is_ours(socket_path: str) -> bool:
    """Returns True if the socket belongs to this user: in a shared folder anyone can create one."""
    if sys.platform == "win32":
        return True
    try:
        return Path(socket_path).stat().st_uid == os.getuid()
    except OSError:
        return False


def _parse_message(line: bytes) -> dict[str, Any] | None:
    """Parses the message in a line; returns None if it is invalid."""
    import json

    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    path = message.get("open") if isinstance(message, dict) else None
    return message if isinstance(path, str) and "\0" not in path else None
