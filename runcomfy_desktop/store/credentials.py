"""Keeps the API key in the system's keyring, else in memory; never in a file of this program.

A keyring can block without end while it waits for its password. It is therefore called on its own
thread, within a time limit. That thread is a daemon, unlike an executor's threads, so a blocked
call does not delay the end of the program.

Calls to keyrings on D-Bus are serialized: two calls at once can corrupt the memory of gnome-keyring
48. It then does not find its own collection and offers to create a new one, or it aborts. Only a
change goes ahead after half its time limit, because the call before it may hang forever.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from contextlib import suppress
from enum import Enum
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = "runcomfy-desktop"
TIMEOUT_S = 8.0
# Windows stores at most 2560 bytes of UTF-16 per secret, and reports anything longer as bad data.
MAX_UTF16_UNITS = 1280 if sys.platform == "win32" else 100_000
"""Maximum length of a key in UTF-16 units of two bytes each."""

# The system's own keyrings. Others are not used, because they might write a plain file or nothing.
_TRUSTED_BACKENDS = frozenset(
    f"keyring.backends.{name}"
    for name in ("SecretService", "libsecret", "kwallet", "macOS", "Windows")
)

T = TypeVar("T")
_log = logging.getLogger(__name__)


class KeyLocation(Enum):
    """Place where a key is stored."""

    KEYRING = "keyring"
    MEMORY = "memory"


class Keyring(Protocol):
    """The part of `keyring.backend.KeyringBackend` that is used here."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class KeyringWorker(Protocol):
    """Runs calls in sequence, usually on its own thread."""

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Queues `work` and returns a future for its result; `work` must not raise."""
        ...

    def stop(self) -> None:
        """Ends the worker; nothing is submitted afterwards."""
        ...


class _KeyringRefusal(Exception):  # noqa: N818 - an answer with its text
    """Raised if the keyring cannot be used; the text explains why, for the user."""

    def __init__(self, reason: str, *, is_absent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_absent = is_absent


class Credentials:
    """Stores one secret per name. A name is a base URL, or describes another purpose."""

    def __init__(
        self,
        timeout_s: float | None = None,
        *,
        max_utf16_units: int = MAX_UTF16_UNITS,
        find_keyring: Callable[[], Keyring] | None = None,
        make_worker: Callable[[], KeyringWorker] | None = None,
        lock: threading.Lock | None = None,
    ) -> None:
        """`find_keyring` is called on a worker from `make_worker`.

        A new worker is made if the last one hangs. Instances that share a `lock` access the keyring
        one at a time; only a change that waited for half the time limit goes ahead without the
        lock.
        """
        self._timeout_s = TIMEOUT_S if timeout_s is None else timeout_s
        self._max_utf16_units = max_utf16_units
        self._find_keyring = find_keyring or system_keyring
        self._keys: dict[str, str] = {}
        self._locations: dict[str, KeyLocation] = {}
        self._messages: dict[str, str] = {}
        self._is_keyring_absent = False
        self._pending_change: asyncio.Future[Any] | None = None
        self._late_answer: asyncio.Future[str | _KeyringRefusal] | None = None
        self._make_worker = make_worker or _KeyringThread
        self._worker: KeyringWorker | None = None
        self._lock = lock

    def location(self, name: str) -> KeyLocation | None:
        """Returns where the key for `name` is stored; None if there is no key."""
        return self._locations.get(name)

    def message(self, name: str) -> str:
        """Returns why the last keyring operation for `name` failed; "" if it succeeded."""
        return self._messages.get(name, "")

    @property
    def is_keyring_absent(self) -> bool:
        """True if the last access found that this computer has no usable keyring."""
        return self._is_keyring_absent

    @property
    def is_late(self) -> bool:
        """True while the keyring has not answered a `get` that timed out."""
        return self._late_answer is not None

    def may_hold(self, name: str) -> bool:
        """Returns True if a keyring exists but did not report whether it has a key for `name`."""
        is_known = name in self._locations or not self.message(name)
        return not is_known and not self._is_keyring_absent

    async def get(self, name: str) -> str:
        """Returns the key; "" if there is none or the keyring fails (see `message`)."""
        if self._locations.get(name) is KeyLocation.MEMORY:
            return self._keys[name]
        # Waits for the lock without limit: if the keyring has not answered the previous call, it
        # does not answer this one in time either (see `get_late`).
        answer = self._submit(name, lambda: self._get(name), lock_timeout_s=-1)
        result = await self._within_limit(answer)
        self._late_answer = None if answer.done() else answer
        return self._take_result(name, result)

    async def get_late(self, name: str) -> str:
        """Returns the result of a `get` that timed out: the user may unlock the keyring late.

        Waits without limit for the keyring to answer; returns "" at once if no `get` is unanswered.
        """
        late_answer = self._late_answer
        if late_answer is None:
            return ""
        await asyncio.wait([late_answer])
        if self._late_answer is late_answer:
            self._late_answer = None
        return self._take_result(name, late_answer.result())

    async def set(self, name: str, token: str) -> KeyLocation:
        """Stores the key in the keyring, or only in memory if the keyring fails (see `message`)."""
        self._keys[name] = token
        self._locations[name] = KeyLocation.MEMORY
        if len(token.encode("utf-16-le")) // 2 > self._max_utf16_units:
            self._messages[name] = _("The key is too long for the system's keyring. %s") % (
                _memory_only_text()
            )
        elif await self._change("set", name, lambda: self._set(name, token)):
            self._locations[name] = KeyLocation.KEYRING
        return self._locations[name]

    async def delete(self, name: str) -> None:
        """Removes the key from memory and from the keyring."""
        self._keys.pop(name, None)
        self._locations.pop(name, None)
        await self._change("delete", name, lambda: self._delete(name))

    async def close(self) -> None:
        """Waits, within the time limit, for a key that is being stored or removed.

        Does not wait for reads: the keyring may be waiting for the user.
        """
        worker, self._worker = self._worker, None
        if self._pending_change is not None and not self._pending_change.done():
            await asyncio.wait([self._pending_change], timeout=self._timeout_s)
        if worker is not None:
            worker.stop()

    async def _change(self, verb: str, name: str, query: Callable[[], T]) -> T | None:
        """Changes a keyring entry; returns None and records a message if that fails."""
        # If the previous call hangs, there must be time left for the change itself.
        lock_timeout_s = self._timeout_s / 2
        answer = self._pending_change = self._submit(name, query, lock_timeout_s=lock_timeout_s)
        result = await self._within_limit(answer)
        return self._record_result(verb, name, result)

    def _submit(
        self, name: str, query: Callable[[], T], *, lock_timeout_s: float
    ) -> asyncio.Future[T | _KeyringRefusal]:
        """Queues `query`, which waits for the lock at most `lock_timeout_s`; -1 means no limit."""
        secret = self._keys.get(name, "")
        self._worker = self._worker or self._make_worker()
        return self._worker.submit(
            lambda: _guarded(lambda: self._with_lock(query, lock_timeout_s), secret)
        )

    async def _within_limit(
        self, answer: asyncio.Future[T | _KeyringRefusal]
    ) -> T | _KeyringRefusal:
        worker = self._worker
        # Unlike wait_for, this does not cancel the call together with the caller: a key that was
        # just entered is stored even if the program ends at that moment.
        await asyncio.wait([answer], timeout=self._timeout_s)
        if answer.done():
            return answer.result()
        # The keyring may be waiting for the user in its own dialog: the next call must not queue
        # behind it.
        if worker is not None:
            worker.stop()
        if self._worker is worker:
            self._worker = None
        return _KeyringRefusal(_("The system's keyring did not answer."))

    def _take_result(self, name: str, result: str | _KeyringRefusal) -> str:
        token = self._record_result("get", name, result) or ""
        if self._locations.get(name) is KeyLocation.MEMORY:
            # The user entered a key while the keyring had not answered yet.
            return self._keys[name]
        if token:
            self._keys[name] = token
            self._locations[name] = KeyLocation.KEYRING
        elif not isinstance(result, _KeyringRefusal):
            # The key was removed from the keyring by other means.
            self._keys.pop(name, None)
            self._locations.pop(name, None)
        return token

    def _record_result(self, verb: str, name: str, result: T | _KeyringRefusal) -> T | None:
        if isinstance(result, _KeyringRefusal):
            self._messages[name] = _message_for(verb, result)
            self._is_keyring_absent = result.is_absent
            return None
        self._messages[name] = ""
        return result

    # The methods below run on the worker's thread. Each may end long after its caller timed out.

    def _with_lock(self, query: Callable[[], T], lock_timeout_s: float) -> T:
        if self._lock is None or not self._lock.acquire(timeout=lock_timeout_s):
            return query()
        try:
            return query()
        finally:
            self._lock.release()

    def _get(self, name: str) -> str:
        return self._find_keyring().get_password(SERVICE, name) or ""

    def _delete(self, name: str) -> None:
        backend = self._find_keyring()
        if backend.get_password(SERVICE, name) is not None:
            backend.delete_password(SERVICE, name)

    def _set(self, name: str, token: str) -> bool:
        backend = self._find_keyring()
        if self._keys.get(name) == token:
            backend.set_password(SERVICE, name, token)
            if backend.get_password(SERVICE, name) != token:
                raise _KeyringRefusal(_("The system's keyring did not keep the key."))
        wanted = self._keys.get(name)
        if wanted is None:
            self._delete(name)
        elif wanted != token:
            backend.set_password(SERVICE, name, wanted)
        return wanted == token


class _KeyringThread:
    """Runs calls in sequence on one daemon thread."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        threading.Thread(target=self._run, name="keyring", daemon=True).start()

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Queues `work` and returns a future for its result; `work` must not raise."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def task() -> None:
            result = work()
            # A result that arrives after the end of the loop is no longer needed.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(future.set_result, result)

        self._queue.put(task)
        return future

    def stop(self) -> None:
        """Ends the thread once the queued calls are done."""
        self._queue.put(None)

    def _run(self) -> None:
        while (task := self._queue.get()) is not None:
            task()


def _guarded(query: Callable[[], T], secret: str) -> T | _KeyringRefusal:
    try:
        return query()
    except _KeyringRefusal as refusal:
        return refusal
    except Exception as error:
        # Broad on purpose: the libraries below keyring (SecretStorage, jeepney, pywin32) raise
        # their own errors, and none of them may stop the program. The text of an error is logged
        # only if the key that it may quote is known and can be masked.
        text = str(error).replace(secret, "[key]") if secret else ""
        known = _refusal_for(error)
        # A locked or missing keyring is reported where the key is shown; it is not a program error.
        level = logging.INFO if known else logging.WARNING
        _log.log(level, "Keyring: %s %s", type(error).__name__, text)
        return known or _KeyringRefusal(_("The system's keyring reported an error."))


def _refusal_for(error: Exception) -> _KeyringRefusal | None:
    """Returns the refusal for a locked or missing keyring; None for any other error."""
    if isinstance(error, ImportError):
        return _no_keyring()
    import keyring.errors

    if isinstance(error, keyring.errors.NoKeyringError):
        return _no_keyring()
    if isinstance(error, keyring.errors.KeyringLocked | keyring.errors.InitError):
        return _KeyringRefusal(_("The system's keyring is locked."))
    return None


def _no_keyring() -> _KeyringRefusal:
    return _KeyringRefusal(_("No system keyring was found."), is_absent=True)


def create_keyring_lock() -> threading.Lock | None:
    """Returns the `lock` that all `Credentials` of the system's keyring share.

    Returns None on macOS and Windows: several calls at once are allowed there, and the system may
    ask the user about each entry separately.
    """
    return None if sys.platform in ("darwin", "win32") else threading.Lock()


def system_keyring() -> Keyring:
    """Returns the system's keyring. Raises _KeyringRefusal if there is none.

    `keyring` is imported only now, because the import searches for backends.
    """
    import keyring

    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", None) or [chosen]:
        if type(backend).__module__ in _TRUSTED_BACKENDS:
            return cast("Keyring", backend)
    kind = type(chosen)
    _log.info("Keyring: %s.%s is none of the system's own", kind.__module__, kind.__qualname__)
    raise _no_keyring()


def keyring_name(timeout_s: float = 3.0) -> str:
    """Returns the class name of the system's keyring, for support; "no answer" if it hangs."""
    answer: SimpleQueue[str] = SimpleQueue()

    def query() -> None:
        try:
            import keyring

            kind = type(keyring.get_keyring())
            answer.put(f"{kind.__module__}.{kind.__qualname__}")
        except Exception as error:  # broad on purpose, see _guarded
            answer.put(type(error).__name__)

    threading.Thread(target=query, daemon=True).start()
    try:
        return answer.get(timeout=timeout_s)
    except Empty:
        return "no answer"


def disabled_keyring() -> Keyring:
    """Refuses every call: passed as `find_keyring`, it keeps keys in memory only."""
    raise _no_keyring()


def _message_for(verb: str, refusal: _KeyringRefusal) -> str:
    """Returns the message for a refusal: its reason and its consequence for the key."""
    if verb == "set" or (verb == "get" and refusal.is_absent):
        return f"{refusal.reason} {_memory_only_text()}"
    if verb == "get":
        return _("%s A key that it may hold could not be read.") % refusal.reason
    if refusal.is_absent:
        return ""
    return _("%s A key that it may hold could not be removed.") % refusal.reason


def _memory_only_text() -> str:
    return _("The key is kept until the program ends.")
