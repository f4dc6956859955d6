"""Storage of the key: with a keyring, without one, and with all kinds of failing keyrings."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from runcomfy_desktop.store.credentials import (
    Credentials,
    KeyLocation,
    disabled_keyring,
    keyring_name,
)
from tests.support import hostile_environments
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://api.example.org"
KEY = "11111111-2222-3333-4444-555555555555"


class DictKeyring:
    """Keyring that works."""

    def __init__(self) -> None:
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.passwords[service, username]


class StuckKeyring(DictKeyring):
    """Keyring that waits in its own dialog until `answered` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answered.wait(30)
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.answered.wait(30)
        super().set_password(service, username, password)


class FailingKeyring(DictKeyring):
    """Keyring that raises the given error on every call."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error

    def delete_password(self, service: str, username: str) -> None:
        raise self.error


class ForgetfulKeyring(DictKeyring):
    """Keyring that accepts a key and stores nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class LonelyKeyring(StuckKeyring):
    """Keyring that fails if two calls are made at once, as gnome-keyring does at random."""

    def __init__(self) -> None:
        super().__init__()
        self._alone = threading.Lock()
        self.started = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        if not self._alone.acquire(blocking=False):
            raise keyring.errors.InitError("Failed to create the collection: Prompt dismissed.")
        self.started.set()
        try:
            return super().get_password(service, username)
        finally:
            self._alone.release()


class PlainFileKeyring(KeyringBackend):
    """Substitute for `keyrings.alt`: a registered back end that would write a plain file."""

    priority = 0.5

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("a plain file was asked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("the key was written to a plain file")

    def delete_password(self, service: str, username: str) -> None:
        raise AssertionError("a plain file was asked")


def keyring_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "keyring"}


def errors_of_linux() -> list[Exception]:
    """Returns errors raised by the libraries below keyring on Linux; none on other systems."""
    if sys.platform != "linux":
        return []
    # jeepney has no type annotations.
    from jeepney import DBusAddress, new_error, new_method_call  # type: ignore[import-untyped]
    from jeepney.wrappers import DBusErrorResponse  # type: ignore[import-untyped]
    from secretstorage.exceptions import SecretServiceNotAvailableException

    call = new_method_call(DBusAddress("/", "a.b", "a.b"), "C")
    answer = new_error(call, "a.b.Error", "s", (f"no such object {KEY}",))
    return [SecretServiceNotAvailableException(f"gone {KEY}"), DBusErrorResponse(answer)]


@pytest.fixture
def chosen_keyring() -> Iterator[None]:
    """Restores the keyring chosen by `keyring` after a test that changed it."""
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


async def test_a_working_keyring_keeps_the_key_over_a_restart() -> None:
    keyring = DictKeyring()
    first = Credentials(find_keyring=lambda: keyring)
    assert await first.get(URL) == ""
    assert first.location(URL) is None
    assert await first.set(URL, KEY) is KeyLocation.KEYRING
    assert first.message(URL) == ""
    await first.close()
    second = Credentials(find_keyring=lambda: keyring)
    assert await second.get(URL) == KEY
    assert second.location(URL) is KeyLocation.KEYRING
    assert await second.get("https://other.example.org") == ""
    await second.delete(URL)
    assert keyring.passwords == {}
    assert second.location(URL) is None
    await second.delete(URL)
    assert second.message(URL) == ""
    await second.close()


async def test_the_entry_is_found_under_the_names_that_are_promised() -> None:
    keyring = DictKeyring()
    credentials = Credentials(find_keyring=lambda: keyring)
    await credentials.set(URL, KEY)
    assert keyring.passwords == {("runcomfy-desktop", URL): KEY}
    await credentials.close()


async def test_without_a_keyring_the_key_lives_in_memory() -> None:
    credentials = Credentials()
    assert await credentials.get(URL) == ""
    assert "No system keyring was found." in credentials.message(URL)
    assert await credentials.set(URL, KEY) is KeyLocation.MEMORY
    assert credentials.message(URL) == (
        "No system keyring was found. The key is kept until the program ends."
    )
    assert await credentials.get(URL) == KEY
    await credentials.delete(URL)
    assert credentials.message(URL) == ""
    assert await credentials.get(URL) == ""
    await credentials.close()


@pytest.mark.usefixtures("chosen_keyring")
async def test_plain_file_and_null_keyrings_are_refused() -> None:
    from keyring.backends import null

    backends: list[KeyringBackend] = [
        PlainFileKeyring(),  # type: ignore[no-untyped-call] # keyring leaves __init__ untyped
        null.Keyring(),  # type: ignore[no-untyped-call]
    ]
    for backend in backends:
        keyring.set_keyring(backend)
        credentials = Credentials()
        assert await credentials.set(URL, KEY) is KeyLocation.MEMORY
        assert credentials.message(URL)
        await credentials.close()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (keyring.errors.NoKeyringError("none"), "No system keyring was found."),
        (keyring.errors.KeyringLocked("no"), "The system's keyring is locked."),
        (keyring.errors.InitError("dismissed"), "The system's keyring is locked."),
        (keyring.errors.PasswordSetError("no"), "The system's keyring reported an error."),
        (RuntimeError(f"1783 stub received bad data {KEY}"), "reported an error."),
        (OSError(f"bus gone {KEY}"), "reported an error."),
        (ConnectionResetError(f"bus gone {KEY}"), "reported an error."),
        *((error, "reported an error.") for error in errors_of_linux()),
        (ModuleNotFoundError("No module named 'secretstorage'"), "No system keyring was found."),
    ],
)
async def test_every_error_of_a_keyring_leaves_the_key_in_memory(
    error: Exception, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    credentials = Credentials(find_keyring=lambda: FailingKeyring(error))
    assert await credentials.get(URL) == ""
    assert sentence in credentials.message(URL)
    assert await credentials.set(URL, KEY) is KeyLocation.MEMORY
    assert sentence in credentials.message(URL)
    assert await credentials.get(URL) == KEY
    assert KEY not in caplog.text
    await credentials.close()


async def test_a_key_that_could_not_be_removed_is_said() -> None:
    credentials = Credentials(
        find_keyring=lambda: FailingKeyring(keyring.errors.KeyringLocked("no"))
    )
    await credentials.delete(URL)
    assert "could not be removed" in credentials.message(URL)
    await credentials.close()


async def test_a_keyring_that_forgets_is_found_out() -> None:
    credentials = Credentials(find_keyring=ForgetfulKeyring)
    assert await credentials.set(URL, KEY) is KeyLocation.MEMORY
    assert "did not keep" in credentials.message(URL)
    await credentials.close()


@pytest.mark.parametrize(
    ("length", "kept"),
    [(1279, KeyLocation.KEYRING), (1280, KeyLocation.KEYRING), (1281, KeyLocation.MEMORY)],
)
async def test_a_key_too_long_for_windows_is_not_offered_to_it(
    length: int, kept: KeyLocation
) -> None:
    keyring = DictKeyring()
    credentials = Credentials(max_utf16_units=1280, find_keyring=lambda: keyring)
    key = "k" * length
    assert await credentials.set(URL, key) is kept
    assert await credentials.get(URL) == key
    if kept is KeyLocation.MEMORY:
        title = "The key is not stored. "
        assert title + credentials.message(URL) == hostile_environments.LONG_KEY.expected_text
        assert keyring.passwords == {}
    await credentials.close()


async def test_what_windows_counts_are_units_of_utf_16() -> None:
    keyring = DictKeyring()
    credentials = Credentials(max_utf16_units=3, find_keyring=lambda: keyring)
    assert await credentials.set(URL, "\N{KEY}k") is KeyLocation.KEYRING
    assert await credentials.set(URL, "\N{KEY}\N{KEY}") is KeyLocation.MEMORY
    await credentials.close()


async def test_a_key_that_was_removed_outside_is_gone_here_too() -> None:
    keyring = DictKeyring()
    credentials = Credentials(find_keyring=lambda: keyring)
    await credentials.set(URL, KEY)
    keyring.passwords.clear()
    assert await credentials.get(URL) == ""
    assert (credentials.location(URL), credentials.message(URL)) == (None, "")
    await credentials.close()


async def test_a_keyring_that_was_locked_meanwhile_does_not_take_the_key_away() -> None:
    fake_keyring = DictKeyring()
    which: list[DictKeyring] = [fake_keyring]
    credentials = Credentials(find_keyring=lambda: which[0])
    await credentials.set(URL, KEY)
    which[0] = FailingKeyring(keyring.errors.KeyringLocked("no"))
    assert await credentials.get(URL) == ""
    assert credentials.location(URL) is KeyLocation.KEYRING
    assert credentials.message(URL) == (
        "The system's keyring is locked. A key that it may hold could not be read."
    )
    await credentials.close()


async def test_a_key_that_is_typed_while_the_keyring_thinks_stays() -> None:
    stuck = StuckKeyring()
    credentials = Credentials(find_keyring=lambda: stuck)
    asking = asyncio.ensure_future(credentials.get(URL))
    await asyncio.sleep(0)
    setting = asyncio.ensure_future(credentials.set(URL, KEY))
    await asyncio.sleep(0)
    stuck.answered.set()
    assert await asking == KEY
    assert await setting is KeyLocation.KEYRING
    assert stuck.passwords == {("runcomfy-desktop", URL): KEY}
    await credentials.close()


async def test_the_end_does_not_wait_for_what_was_only_asked() -> None:
    stuck = StuckKeyring()
    credentials = Credentials(60, find_keyring=lambda: stuck)
    asking = asyncio.ensure_future(credentials.get(URL))
    await asyncio.sleep(0)
    await credentials.close()
    assert not asking.done()
    asking.cancel()
    await asyncio.wait([asking])
    stuck.answered.set()


async def test_a_keyring_that_does_not_answer_is_given_up() -> None:
    stuck, keyring = StuckKeyring(), DictKeyring()
    which: list[DictKeyring] = [stuck]
    credentials = Credentials(0.05, find_keyring=lambda: which[0])
    assert await credentials.get(URL) == ""
    assert "did not answer" in credentials.message(URL)
    assert await credentials.set(URL, KEY) is KeyLocation.MEMORY
    which[0] = keyring
    credentials._timeout_s = 5.0
    # The next call does not queue behind the call that hangs.
    assert await credentials.set(URL, KEY) is KeyLocation.KEYRING
    stuck.answered.set()
    await credentials.close()


async def test_two_who_ask_at_once_are_answered_one_after_the_other() -> None:
    keyring, turn = LonelyKeyring(), threading.Lock()
    keyring.passwords = {("runcomfy-desktop", name): f"the key for {name}" for name in "abc"}
    all_three = {name: Credentials(find_keyring=lambda: keyring, lock=turn) for name in "abc"}
    asking = [asyncio.ensure_future(each.get(name)) for name, each in all_three.items()]
    await wait_until(keyring.started.is_set)
    keyring.answered.set()
    assert await asyncio.gather(*asking) == ["the key for a", "the key for b", "the key for c"]
    assert [each.message(name) for name, each in all_three.items()] == ["", "", ""]
    for each in all_three.values():
        await each.close()


async def test_what_was_given_up_is_answered_late_and_still_one_after_the_other() -> None:
    keyring, turn = LonelyKeyring(), threading.Lock()
    keyring.passwords = {("runcomfy-desktop", name): f"the key for {name}" for name in "ab"}
    both = {name: Credentials(0.05, find_keyring=lambda: keyring, lock=turn) for name in "ab"}
    asked = await asyncio.gather(*(each.get(name) for name, each in both.items()))
    assert asked == ["", ""]
    # A second request, as when the user presses F5.
    assert await both["a"].get("a") == ""
    assert all("did not answer" in each.message(name) for name, each in both.items())
    keyring.answered.set()
    late = await asyncio.gather(*(each.get_late(name) for name, each in both.items()))
    assert late == ["the key for a", "the key for b"]
    assert [each.message(name) for name, each in both.items()] == ["", ""]
    for each in both.values():
        await each.close()


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_a_typed_key_is_stored_although_a_question_hangs(is_cancelled: bool) -> None:
    stuck, keyring, turn = StuckKeyring(), DictKeyring(), threading.Lock()
    asks = Credentials(60, find_keyring=lambda: stuck, lock=turn)
    types = Credentials(0.05, find_keyring=lambda: keyring, lock=turn)
    asking = asyncio.ensure_future(asks.get("another"))
    await wait_until(turn.locked)
    typing = asyncio.ensure_future(types.set(URL, KEY))
    await asyncio.sleep(0)
    if is_cancelled:
        typing.cancel()
    await asyncio.wait([typing])
    await types.close()
    await wait_until(lambda: keyring.passwords == {("runcomfy-desktop", URL): KEY})
    stuck.answered.set()
    assert await asking == ""
    await asks.close()


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (keyring.errors.InitError("no"), "INFO"),
        (keyring.errors.KeyringLocked("no"), "INFO"),
        (keyring.errors.NoKeyringError("no"), "INFO"),
        (keyring.errors.KeyringError("no"), "WARNING"),
        (RuntimeError("no"), "WARNING"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
async def test_only_an_error_that_nobody_expects_is_a_warning(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    credentials = Credentials(find_keyring=lambda: FailingKeyring(error))
    assert await credentials.get(URL) == ""
    assert credentials.message(URL)
    assert [each.levelname for each in caplog.records if "Keyring" in each.message] == [level]


@pytest.mark.parametrize("then", ["delete", "replace"])
async def test_an_answer_that_comes_too_late_does_not_bring_an_old_key_back(then: str) -> None:
    stuck, before = StuckKeyring(), keyring_threads()
    credentials = Credentials(0.05, find_keyring=lambda: stuck)
    assert await credentials.set(URL, KEY) is KeyLocation.MEMORY
    if then == "delete":
        await credentials.delete(URL)
    else:
        await credentials.set(URL, "the newer key")
    stuck.answered.set()
    expected = {} if then == "delete" else {("runcomfy-desktop", URL): "the newer key"}
    await wait_until(lambda: not keyring_threads() - before)
    assert stuck.passwords == expected
    await credentials.close()


async def test_the_key_is_stored_although_the_one_who_asked_is_cancelled() -> None:
    stuck = StuckKeyring()
    credentials = Credentials(find_keyring=lambda: stuck)
    asking = asyncio.get_running_loop().create_task(credentials.set(URL, KEY))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    stuck.answered.set()
    await credentials.close()
    assert stuck.passwords == {("runcomfy-desktop", URL): KEY}


def test_a_stuck_keyring_does_not_hold_up_the_end_of_the_program() -> None:
    script = """
import asyncio, threading
from runcomfy_desktop.store.credentials import Credentials

class Stuck:
    def get_password(self, service, username):
        threading.Event().wait()

async def main():
    credentials = Credentials(0.05, find_keyring=Stuck)
    assert await credentials.get("https://api.example.org") == ""
    await credentials.close()
    print("ended", flush=True)

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr


async def test_without_a_keyring_nothing_is_asked_and_the_key_lives_in_memory() -> None:
    credentials = Credentials(find_keyring=disabled_keyring)
    assert await credentials.get(URL) == ""
    assert await credentials.set(URL, KEY) is KeyLocation.MEMORY
    assert await credentials.get(URL) == KEY
    assert "until the program ends" in credentials.message(URL)
    await credentials.close()


def test_the_keyring_is_named_for_whoever_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keyring_name() == "keyring.backends.fail.Keyring"
    asked = threading.Event()
    # A desktop whose D-Bus does not answer.
    monkeypatch.setattr(keyring, "get_keyring", asked.wait)
    assert keyring_name(0.05) == "no answer"
    asked.set()


def test_a_keyring_that_fails_is_named_by_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise keyring.errors.InitError("with a detail that nobody needs")

    monkeypatch.setattr(keyring, "get_keyring", fail)
    assert keyring_name() == "InitError"
