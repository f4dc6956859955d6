"""One window for each data folder: two would both take up, poll and download the same jobs.

A second start hands what it was to open to the first window and ends. QtNetwork, and what a
message needs, is imported only once the window is on screen, or when there is another window to
talk to.

What comes in at the local socket is not trusted: one short line of JSON, within a few seconds.
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
# The longest path that a socket can have on every Unix, less what Qt puts behind it for a moment.
_MAX_SOCKET_PATH_BYTES = 90
_ACCEPTED = b"taken\n"
# What a desktop gives the program it starts, so that this one may come to the front.
_ACTIVATION_TOKEN_VARIABLE = "XDG_ACTIVATION_TOKEN"

_log = logging.getLogger(__name__)


class SingleWindow(QObject):
    """Holds the data folder's lock. Emits `open_requested` at a second start, with the path or the
    link that it was to open, or "".

    `answer_timeout_ms` is how long the other window may take for its word, `line_timeout_ms` how
    long a caller may take for its line.
    """

    open_requested = Signal(object)  # as Qt's text a path would lose what is no UTF-8 in it

    def __init__(
        self, lock: Path, *, answer_timeout_ms: int = 3000, line_timeout_ms: int = 2000
    ) -> None:
        super().__init__()
        self.line_timeout_ms = line_timeout_ms
        self._answer_timeout_ms = answer_timeout_ms
        lock.parent.mkdir(parents=True, exist_ok=True)
        self._lock_path = lock
        self._lock = QLockFile(str(lock))
        # The lock is about a living process, not about time: only a dead owner makes it stale.
        self._lock.setStaleLockTime(0)
        # A full disk has no room for a lock file; the system's lock on the folder needs none.
        self._folder_handle: int | None = None
        self._server: QLocalServer | None = None
        self._connections: list[_InstanceConnection] = []

    def acquire(self) -> bool:
        """Whether this is the only window on the data folder now. Raises OSError: no lock can be
        written there."""
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
            # Qt's word for a file that has no room.
            return True
        self._unlock_folder()
        is_denied = error is QLockFile.LockError.PermissionError
        code = errno.EACCES if is_denied else errno.EIO
        raise OSError(code, os.strerror(code), str(self._lock_path))

    def send_to_first(self, target: str) -> bool:
        """Brings the other window forward and hands it a path or link; false when it is deaf."""
        timeout_ms = self._answer_timeout_ms
        return any(
            _send_target(socket_path, target, timeout_ms)
            for socket_path in _socket_paths(self._lock_path)
        )

    def listen(self) -> None:
        """Hears later starts; call it once the window is on screen."""
        from PySide6.QtNetwork import QLocalServer

        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_server_new_connection)
        for socket_path in _socket_paths(self._lock_path):
            # A crashed window leaves its socket behind; the lock says that nobody else listens.
            QLocalServer.removeServer(socket_path)
            if self._server.listen(socket_path):
                return
        _log.warning("A second start cannot be heard: %s", self._server.errorString())

    @property
    def address(self) -> str:
        """Where it listens, "" while it does not."""
        return self._server.fullServerName() if self._server is not None else ""

    def stop_listening(self) -> None:
        """The window closes: a later start has to wait for the lock and open one of its own."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close_connection()

    def release(self) -> None:
        self.stop_listening()
        self._lock.unlock()
        self._unlock_folder()

    def _lock_folder(self) -> bool:
        """False when another window has the folder; true also where folders have no locks."""
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
            # Some network file systems lock no folders.
            return not isinstance(error, BlockingIOError)
        self._folder_handle = folder
        return True

    def _unlock_folder(self) -> None:
        folder, self._folder_handle = self._folder_handle, None
        if folder is not None:
            os.close(folder)

    def _remove_stale_lock(self) -> bool:
        """Removes a lock whose owner is gone; false when it lives, or when nobody can tell.

        The lock names a process, and another may have got its number since, or the computer
        another name. The system's own lock on the file ended with the process.
        """
        if sys.platform == "win32":
            # There a file that is in use cannot be removed, and tryLock has tried that.
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
        """Whether a caller's line was one; it is passed on then."""
        message = _parse_message(line)
        if message is None:
            return False
        token = message.get("activation", "")
        if isinstance(token, str) and token.isascii() and token.isprintable():
            # Qt takes it out of there when a window is to be activated.
            os.environ[_ACTIVATION_TOKEN_VARIABLE] = token
        self.open_requested.emit(message["open"])
        return True

    def remove_connection(self, connection: _InstanceConnection) -> None:
        self._connections.remove(connection)


class _InstanceConnection(QObject):
    """One connection to the server: read to the end of its line, answered, and let go."""

    def __init__(self, socket: QLocalSocket, window: SingleWindow) -> None:
        super().__init__(window)
        self._socket = socket
        self._window = window
        socket.setParent(self)
        # More than this is left to the sender: it must not fill our memory.
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
    """Where the socket may be, the best place first; both sides go through them in this order.

    The folder of the data would be the natural place, but a socket's path has to be short.
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
    """Says what is wished to the window that listens at `socket_path`, and waits for its word."""
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
    """Whether the socket is this user's: in a folder for all, anybody could have put one there."""
    if sys.platform == "win32":
        return True
    try:
        return Path(socket_path).stat().st_uid == os.getuid()
    except OSError:
        return False


def _parse_message(line: bytes) -> dict[str, Any] | None:
    """The message in a line, None when it is none of ours."""
    import json

    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    path = message.get("open") if isinstance(message, dict) else None
    return message if isinstance(path, str) and "\0" not in path else None
