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
TIME_LIMIT_S = 8.0
# Windows keeps at most 2560 bytes of UTF-16 for one secret, and says of more that it is bad data.
LONGEST = 1280 if sys.platform == "win32" else 100_000
"""In units of UTF-16, two bytes each."""

# The systems' own keyrings. Others, which might write a plain file or nothing, are not used.
_TRUSTED = frozenset(
    f"keyring.backends.{name}"
    for name in ("SecretService", "libsecret", "kwallet", "macOS", "Windows")
)

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Kept(Enum):
    """Where a key is."""

    KEYRING = "keyring"
    MEMORY = "memory"


class Keyring(Protocol):
    """What we use of `keyring.backend.KeyringBackend`."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class Worker(Protocol):
    """Does things in turn, wherever."""

    def do(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """What `work` returns, later; it must not raise."""
        ...

    def stop(self) -> None:
        """Nothing more will come."""
        ...


class _Refused(Exception):  # noqa: N818 - an answer, with its sentence
    """The keyring cannot be used; the text says why, for the person."""

    def __init__(self, reason: str, *, is_absent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_absent = is_absent


class Credentials:
    """Keeps one secret for each name; that is a base URL, or says what else it is for."""

    def __init__(
        self,
        time_limit_s: float | None = None,
        *,
        longest: int = LONGEST,
        find: Callable[[], Keyring] | None = None,
        worker: Callable[[], Worker] | None = None,
        turn: threading.Lock | None = None,
    ) -> None:
        """`find` is called where the keyring is asked: by a `worker`, of which a new one is made
        where the last one hangs. Those that share a `turn` ask one after the other; only a
        change that waited for half the time limit goes ahead all the same."""
        self._time_limit_s = TIME_LIMIT_S if time_limit_s is None else time_limit_s
        self._longest = longest
        self._find = find or system_keyring
        self._keys: dict[str, str] = {}
        self._kept: dict[str, Kept] = {}
        self._notes: dict[str, str] = {}
        self._is_absent = False
        self._unstored: asyncio.Future[Any] | None = None
        self._owed: asyncio.Future[str | _Refused] | None = None
        self._new_worker = worker or _Thread
        self._worker: Worker | None = None
        self._turn = turn

    def kept(self, base_url: str) -> Kept | None:
        """Where the key for `base_url` is, None when there is none."""
        return self._kept.get(base_url)

    def note(self, base_url: str) -> str:
        """Why the keyring did not do what was last asked; "" when it did."""
        return self._notes.get(base_url, "")

    @property
    def is_absent(self) -> bool:
        """Whether the last question found that this computer has no keyring to use."""
        return self._is_absent

    @property
    def is_late(self) -> bool:
        """True while the keyring has still to answer what `get` gave up waiting for."""
        return self._owed is not None

    def may_hold(self, base_url: str) -> bool:
        """Whether a keyring is there that could not say whether it has a key (see `note`)."""
        is_known = base_url in self._kept or not self.note(base_url)
        return not is_known and not self._is_absent

    async def get(self, base_url: str) -> str:
        """The key, "" when there is none (or when the keyring does not give it: see `note`)."""
        if self._kept.get(base_url) is Kept.MEMORY:
            return self._keys[base_url]
        # Whoever answers late what another one asked, answers this late, too.
        answer = self._begin(base_url, lambda: self._get(base_url), turn_s=-1)
        result = await self._within_limit(answer)
        self._owed = None if answer.done() else answer
        return self._found(base_url, result)

    async def get_late(self, base_url: str) -> str:
        """What `get` gave up waiting for: a person may take long to unlock the keyring.

        Waits without limit for a keyring that has not answered yet; else it is "" at once.
        """
        owed = self._owed
        if owed is None:
            return ""
        await asyncio.wait([owed])
        if self._owed is owed:
            self._owed = None
        return self._found(base_url, owed.result())

    async def set(self, base_url: str, token: str) -> Kept:
        """Keeps the key: in the keyring, and in memory where the keyring refuses (see `note`)."""
        self._keys[base_url] = token
        self._kept[base_url] = Kept.MEMORY
        if len(token.encode("utf-16-le")) // 2 > self._longest:
            self._notes[base_url] = _("The key is too long for the system's keyring. %s") % (
                _until_the_end()
            )
        elif await self._ask("set", base_url, lambda: self._set(base_url, token)):
            self._kept[base_url] = Kept.KEYRING
        return self._kept[base_url]

    async def delete(self, base_url: str) -> None:
        """Forgets the key, here and in the keyring."""
        self._keys.pop(base_url, None)
        self._kept.pop(base_url, None)
        await self._ask("delete", base_url, lambda: self._delete(base_url))

    async def close(self) -> None:
        """Lets a key that is being stored or removed get there, within the time limit.

        What was only asked for is not waited for: the keyring may wait for a person.
        """
        worker, self._worker = self._worker, None
        if self._unstored is not None and not self._unstored.done():
            await asyncio.wait([self._unstored], timeout=self._time_limit_s)
        if worker is not None:
            worker.stop()

    async def _ask(self, verb: str, base_url: str, question: Callable[[], T]) -> T | None:
        """Changes what the keyring holds; None, with a note, when it cannot be used."""
        # Behind a question that hangs there must be time left for the change itself.
        turn_s = self._time_limit_s / 2
        answer = self._unstored = self._begin(base_url, question, turn_s=turn_s)
        result = await self._within_limit(answer)
        return self._noted(verb, base_url, result)

    def _begin(
        self, base_url: str, question: Callable[[], T], *, turn_s: float
    ) -> asyncio.Future[T | _Refused]:
        """Waits for its turn at most `turn_s`, -1 for without limit."""
        secret = self._keys.get(base_url, "")
        self._worker = self._worker or self._new_worker()
        return self._worker.do(lambda: _guarded(lambda: self._in_turn(question, turn_s), secret))

    async def _within_limit(self, answer: asyncio.Future[T | _Refused]) -> T | _Refused:
        worker = self._worker
        # Unlike wait_for, this leaves the question alone when the one who asks is cancelled: a
        # key that was typed is stored even if the program ends at that moment.
        await asyncio.wait([answer], timeout=self._time_limit_s)
        if answer.done():
            return answer.result()
        # It may wait for the person in front of a dialog of its own: the next question must not
        # queue behind that.
        if worker is not None:
            worker.stop()
        if self._worker is worker:
            self._worker = None
        return _Refused(_("The system's keyring did not answer."))

    def _found(self, base_url: str, result: str | _Refused) -> str:
        token = self._noted("get", base_url, result) or ""
        if self._kept.get(base_url) is Kept.MEMORY:
            # Typed while the keyring was thinking.
            return self._keys[base_url]
        if token:
            self._keys[base_url] = token
            self._kept[base_url] = Kept.KEYRING
        elif not isinstance(result, _Refused):
            # Somebody removed it there.
            self._keys.pop(base_url, None)
            self._kept.pop(base_url, None)
        return token

    def _noted(self, verb: str, base_url: str, result: T | _Refused) -> T | None:
        if isinstance(result, _Refused):
            self._notes[base_url] = _note(verb, result)
            self._is_absent = result.is_absent
            return None
        self._notes[base_url] = ""
        return result

    # On the worker's thread; each may come to its end long after it was given up.

    def _in_turn(self, question: Callable[[], T], turn_s: float) -> T:
        if self._turn is None or not self._turn.acquire(timeout=turn_s):
            return question()
        try:
            return question()
        finally:
            self._turn.release()

    def _get(self, base_url: str) -> str:
        return self._find().get_password(SERVICE, base_url) or ""

    def _delete(self, base_url: str) -> None:
        backend = self._find()
        if backend.get_password(SERVICE, base_url) is not None:
            backend.delete_password(SERVICE, base_url)

    def _set(self, base_url: str, token: str) -> bool:
        backend = self._find()
        if self._keys.get(base_url) == token:
            backend.set_password(SERVICE, base_url, token)
            if backend.get_password(SERVICE, base_url) != token:
                raise _Refused(_("The system's keyring did not keep the key."))
        wanted = self._keys.get(base_url)
        if wanted is None:
            self._delete(base_url)
        elif wanted != token:
            backend.set_password(SERVICE, base_url, wanted)
        return wanted == token


class _Thread:
    """One daemon thread that does things in turn."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        threading.Thread(target=self._run, name="keyring", daemon=True).start()

    def do(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """What `work` returns, later; it must not raise."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def step() -> None:
            result = work()
            # An answer that comes after the end of the loop is not needed any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(future.set_result, result)

        self._queue.put(step)
        return future

    def stop(self) -> None:
        """Ends the thread once it has done what it was given."""
        self._queue.put(None)

    def _run(self) -> None:
        while (step := self._queue.get()) is not None:
            step()


def _guarded(question: Callable[[], T], secret: str) -> T | _Refused:
    try:
        return question()
    except _Refused as refusal:
        return refusal
    except Exception as error:
        # Wide on purpose: the libraries below keyring (SecretStorage, jeepney, pywin32) let
        # errors of their own out, and none of them may keep the program from working.
        # What the error says is logged only where the key that it may quote is known.
        text = str(error).replace(secret, "[key]") if secret else ""
        known = _refusal(error)
        # One that is locked or missing is told where the key is shown, and no fault of the program.
        level = logging.INFO if known else logging.WARNING
        _log.log(level, "Keyring: %s %s", type(error).__name__, text)
        return known or _Refused(_("The system's keyring reported an error."))


def _refusal(error: Exception) -> _Refused | None:
    """Returns what a keyring says that cannot be used at present; None for any other error."""
    if isinstance(error, ImportError):
        return _no_keyring()
    import keyring.errors

    if isinstance(error, keyring.errors.NoKeyringError):
        return _no_keyring()
    if isinstance(error, keyring.errors.KeyringLocked | keyring.errors.InitError):
        return _Refused(_("The system's keyring is locked."))
    return None


def _no_keyring() -> _Refused:
    return _Refused(_("No system keyring was found."), is_absent=True)


def system_turn() -> threading.Lock | None:
    """Makes the `turn` that all `Credentials` of the system's keyring share. None where it may be
    asked by several at once; there each entry can have a question of its own for its owner."""
    return None if sys.platform in ("darwin", "win32") else threading.Lock()


def system_keyring() -> Keyring:
    """The system's keyring; imported only now, because the import looks for what is there."""
    import keyring

    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", None) or [chosen]:
        if type(backend).__module__ in _TRUSTED:
            return cast("Keyring", backend)
    kind = type(chosen)
    _log.info("Keyring: %s.%s is none of the system's own", kind.__module__, kind.__qualname__)
    raise _no_keyring()


def keyring_name(limit_s: float = 3.0) -> str:
    """Which keyring this computer has, for whoever helps; one that does not answer is said so."""
    answer: SimpleQueue[str] = SimpleQueue()

    def ask() -> None:
        try:
            import keyring

            kind = type(keyring.get_keyring())
            answer.put(f"{kind.__module__}.{kind.__qualname__}")
        except Exception as error:  # wide on purpose, see _guarded
            answer.put(type(error).__name__)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.get(timeout=limit_s)
    except Empty:
        return "no answer"


def without_keyring() -> Keyring:
    """For `Credentials(find=...)`: keys live in memory, whatever keyring the system has."""
    raise _no_keyring()


def _note(verb: str, refusal: _Refused) -> str:
    """The refusal, and what it means for the key."""
    if verb == "set" or (verb == "get" and refusal.is_absent):
        return f"{refusal.reason} {_until_the_end()}"
    if verb == "get":
        return _("%s A key that it may hold could not be read.") % refusal.reason
    if refusal.is_absent:
        return ""
    return _("%s A key that it may hold could not be removed.") % refusal.reason


def _until_the_end() -> str:
    return _("The key is kept until the program ends.")
