"""The key, kept in the system's keyring, else in memory; never in a file of ours.

A keyring can block without end while it waits for its password, so it is asked on a thread of
its own, within a time limit. The thread is a daemon, unlike an executor's: one that still waits
does not hold up the end of the program.

Keyrings on D-Bus are asked in turn: two questions at once can make gnome-keyring (48) mix up its
memory. It then does not find its own collection and offers to make a new one, or it aborts. Only a
change goes ahead after half its time limit: the question before it hangs, perhaps for ever.
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
# Windows keeps at most 2560 bytes of UTF-16 for one secret, and says of more that it is bad data.
MAX_UTF16_UNITS = 1280 if sys.platform == "win32" else 100_000
"""In units of UTF-16, two bytes each."""

# The systems' own keyrings. Others, which might write a plain file or nothing, are not used.
_TRUSTED_BACKENDS = frozenset(
    f"keyring.backends.{name}"
    for name in ("SecretService", "libsecret", "kwallet", "macOS", "Windows")
)

T = TypeVar("T")
_log = logging.getLogger(__name__)


class KeyLocation(Enum):
    """Where a key is."""

    KEYRING = "keyring"
    MEMORY = "memory"


class Keyring(Protocol):
    """What we use of `keyring.backend.KeyringBackend`."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class KeyringWorker(Protocol):
    """Does things in turn, wherever."""

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """What `work` returns, later; it must not raise."""
        ...

    def stop(self) -> None:
        """Nothing more will come."""
        ...


class _KeyringRefusal(Exception):  # noqa: N818 - an answer, with its sentence
    """The keyring cannot be used; the text says why, for the person."""

    def __init__(self, reason: str, *, is_absent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_absent = is_absent


class Credentials:
    """Keeps one secret for each name; that is a base URL, or says what else it is for."""

    def __init__(
        self,
        timeout_s: float | None = None,
        *,
        max_utf16_units: int = MAX_UTF16_UNITS,
        find_keyring: Callable[[], Keyring] | None = None,
        make_worker: Callable[[], KeyringWorker] | None = None,
        lock: threading.Lock | None = None,
    ) -> None:
        """`find_keyring` is called where the keyring is asked: by a `make_worker`, of which a new
        one is made where the last one hangs. Those that share a `lock` ask one after the other;
        only a change that waited for half the time limit goes ahead all the same."""
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
        """Where the key for `name` is, None when there is none."""
        return self._locations.get(name)

    def message(self, name: str) -> str:
        """Why the keyring did not do what was last asked; "" when it did."""
        return self._messages.get(name, "")

    @property
    def is_keyring_absent(self) -> bool:
        """Whether the last question found that this computer has no keyring to use."""
        return self._is_keyring_absent

    @property
    def is_late(self) -> bool:
        """True while the keyring has still to answer what `get` gave up waiting for."""
        return self._late_answer is not None

    def may_hold(self, name: str) -> bool:
        """Whether a keyring is there that could not say whether it has a key (see `message`)."""
        is_known = name in self._locations or not self.message(name)
        return not is_known and not self._is_keyring_absent

    async def get(self, name: str) -> str:
        """The key, "" when there is none (or when the keyring does not give it: see `message`)."""
        if self._locations.get(name) is KeyLocation.MEMORY:
            return self._keys[name]
        # Whoever answers late what another one asked, answers this late, too.
        answer = self._submit(name, lambda: self._get(name), lock_timeout_s=-1)
        result = await self._within_limit(answer)
        self._late_answer = None if answer.done() else answer
        return self._take_result(name, result)

    async def get_late(self, name: str) -> str:
        """What `get` gave up waiting for: a person may take long to unlock the keyring.

        Waits without limit for a keyring that has not answered yet; else it is "" at once.
        """
        late_answer = self._late_answer
        if late_answer is None:
            return ""
        await asyncio.wait([late_answer])
        if self._late_answer is late_answer:
            self._late_answer = None
        return self._take_result(name, late_answer.result())

    async def set(self, name: str, token: str) -> KeyLocation:
        """Keeps the key: in the keyring, and in memory where the keyring refuses (see
        `message`)."""
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
        """Forgets the key, here and in the keyring."""
        self._keys.pop(name, None)
        self._locations.pop(name, None)
        await self._change("delete", name, lambda: self._delete(name))

    async def close(self) -> None:
        """Lets a key that is being stored or removed get there, within the time limit.

        What was only asked for is not waited for: the keyring may wait for a person.
        """
        worker, self._worker = self._worker, None
        if self._pending_change is not None and not self._pending_change.done():
            await asyncio.wait([self._pending_change], timeout=self._timeout_s)
        if worker is not None:
            worker.stop()

    async def _change(self, verb: str, name: str, query: Callable[[], T]) -> T | None:
        """Changes what the keyring holds; None, with a note, when it cannot be used."""
        # Behind a question that hangs there must be time left for the change itself.
        lock_timeout_s = self._timeout_s / 2
        answer = self._pending_change = self._submit(name, query, lock_timeout_s=lock_timeout_s)
        result = await self._within_limit(answer)
        return self._record_result(verb, name, result)

    def _submit(
        self, name: str, query: Callable[[], T], *, lock_timeout_s: float
    ) -> asyncio.Future[T | _KeyringRefusal]:
        """Waits for its turn at most `lock_timeout_s`, -1 for without limit."""
        secret = self._keys.get(name, "")
        self._worker = self._worker or self._make_worker()
        return self._worker.submit(
            lambda: _guarded(lambda: self._with_lock(query, lock_timeout_s), secret)
        )

    async def _within_limit(
        self, answer: asyncio.Future[T | _KeyringRefusal]
    ) -> T | _KeyringRefusal:
        worker = self._worker
        # Unlike wait_for, this leaves the question alone when the one who asks is cancelled: a
        # key that was typed is stored even if the program ends at that moment.
        await asyncio.wait([answer], timeout=self._timeout_s)
        if answer.done():
            return answer.result()
        # It may wait for the person in front of a dialog of its own: the next question must not
        # queue behind that.
        if worker is not None:
            worker.stop()
        if self._worker is worker:
            self._worker = None
        return _KeyringRefusal(_("The system's keyring did not answer."))

    def _take_result(self, name: str, result: str | _KeyringRefusal) -> str:
        token = self._record_result("get", name, result) or ""
        if self._locations.get(name) is KeyLocation.MEMORY:
            # Typed while the keyring was thinking.
            return self._keys[name]
        if token:
            self._keys[name] = token
            self._locations[name] = KeyLocation.KEYRING
        elif not isinstance(result, _KeyringRefusal):
            # Somebody removed it there.
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

    # On the worker's thread; each may come to its end long after it was given up.

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
    """One daemon thread that does things in turn."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        threading.Thread(target=self._run, name="keyring", daemon=True).start()

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """What `work` returns, later; it must not raise."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def task() -> None:
            result = work()
            # An answer that comes after the end of the loop is not needed any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(future.set_result, result)

        self._queue.put(task)
        return future

    def stop(self) -> None:
        """Ends the thread once it has done what it was given."""
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
        # Wide on purpose: the libraries below keyring (SecretStorage, jeepney, pywin32) let
        # errors of their own out, and none of them may keep the program from working.
        # What the error says is logged only where the key that it may quote is known.
        text = str(error).replace(secret, "[key]") if secret else ""
        known = _refusal_for(error)
        # One that is locked or missing is told where the key is shown, and no fault of the program.
        level = logging.INFO if known else logging.WARNING
        _log.log(level, "Keyring: %s %s", type(error).__name__, text)
        return known or _KeyringRefusal(_("The system's keyring reported an error."))


def _refusal_for(error: Exception) -> _KeyringRefusal | None:
    """Returns what a keyring says that cannot be used at present; None for any other error."""
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
    """Makes the `lock` that all `Credentials` of the system's keyring share. None where it may be
    asked by several at once; there each entry can have a question of its own for its owner."""
    return None if sys.platform in ("darwin", "win32") else threading.Lock()


def system_keyring() -> Keyring:
    """The system's keyring; imported only now, because the import looks for what is there."""
    import keyring

    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", None) or [chosen]:
        if type(backend).__module__ in _TRUSTED_BACKENDS:
            return cast("Keyring", backend)
    kind = type(chosen)
    _log.info("Keyring: %s.%s is none of the system's own", kind.__module__, kind.__qualname__)
    raise _no_keyring()


def keyring_name(timeout_s: float = 3.0) -> str:
    """Which keyring this computer has, for whoever helps; one that does not answer is said so."""
    answer: SimpleQueue[str] = SimpleQueue()

    def query() -> None:
        try:
            import keyring

            kind = type(keyring.get_keyring())
            answer.put(f"{kind.__module__}.{kind.__qualname__}")
        except Exception as error:  # wide on purpose, see _guarded
            answer.put(type(error).__name__)

    threading.Thread(target=query, daemon=True).start()
    try:
        return answer.get(timeout=timeout_s)
    except Empty:
        return "no answer"


def disabled_keyring() -> Keyring:
    """For `Credentials(find=...)`: keys live in memory, whatever keyring the system has."""
    raise _no_keyring()


def _message_for(verb: str, refusal: _KeyringRefusal) -> str:
    """The refusal, and what it means for the key."""
    if verb == "set" or (verb == "get" and refusal.is_absent):
        return f"{refusal.reason} {_memory_only_text()}"
    if verb == "get":
        return _("%s A key that it may hold could not be read.") % refusal.reason
    if refusal.is_absent:
        return ""
    return _("%s A key that it may hold could not be removed.") % refusal.reason


def _memory_only_text() -> str:
    return _("The key is kept until the program ends.")
