"""Run while the keyring is queried: one run waits for the response, and can be cancelled."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from runcomfy_desktop.api.deployments import read_deployment
from runcomfy_desktop.core.account.partner_key import partner_keyring_name
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from tests.gui.settings.test_partner_page import CARD, NODE
from tests.gui.settings.test_partner_page import KEY as PARTNER_KEY
from tests.gui.support.gui_program import GuiProgram, MemoryKeyring, open_program
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.clients import client_of
from tests.support.draft_runs import open_file
from tests.support.emulators import INSTANT, TOKEN, LoopbackEmulator, make_backend, use_tiny_outputs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcomfy_desktop.emulator.backend import EmulatedBackend

WAITS = "The run waits for your key."
CTRL = Qt.KeyboardModifier.ControlModifier


class SlowKeyring(MemoryKeyring):
    """Keyring that answers queries for names with a given prefix only once it is unlocked."""

    def __init__(self, names: str) -> None:
        super().__init__()
        self._names = names
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        if username.startswith(self._names):
            self.unlocked.wait(60)
        return super().get_password(service, username)


@contextmanager
def slow_keyring(names: str = "") -> Iterator[SlowKeyring]:
    keyring = SlowKeyring(names)
    try:
        yield keyring
    finally:
        keyring.unlocked.set()


def small_backend() -> EmulatedBackend:
    backend = make_backend(timing=INSTANT)
    use_tiny_outputs(backend)
    return backend


def bring_into_view(program: GuiProgram) -> None:
    """Opens a draft, because a start also restores the last edited draft."""
    first = next(iter(program.emulator.backend.deployments.values()))
    open_file(
        program.services.draft_editor, workflow_from_json(first.workflow), "mine.json", "/mine.json"
    )


async def test_run_waits_for_the_keyring_and_then_says_what_it_knows(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_program(tmp_path, keyring=keyring) as program:
            await program.press("run")
            await program.key(Qt.Key.Key_Return, CTRL)
            await program.trigger("run")
            assert program.notices() == [WAITS]
            keyring.unlocked.set()
            await wait_until(lambda: program.notices() == ["There is nothing to run yet."])
            [notice] = program.window.notice_line.notices
            assert notice.detail == "Choose a deployment, or open a workflow file."
            assert program.states() == []


@pytest.mark.parametrize("is_pressed_again", [False, True])
async def test_what_came_into_view_meanwhile_is_run_once(
    tmp_path: Path, is_pressed_again: bool
) -> None:
    with LoopbackEmulator(small_backend()) as emulator, slow_keyring() as keyring:
        first = next(iter(emulator.backend.deployments))
        async with client_of(emulator.base_url, TOKEN) as client:
            deployment = await read_deployment(client, first)
        async with open_program(tmp_path, keyring=keyring, emulator=emulator) as program:
            for _press in range(3):
                await program.trigger("run")
            assert program.notices() == [WAITS]
            program.services.draft_editor.open_deployment(deployment)
            if is_pressed_again:
                # This run needs no further press and is already stored.
                await program.trigger("run")
                await wait_until(lambda: len(program.states()) == 1)
                assert program.notices() == []
            keyring.unlocked.set()
            await wait_until(lambda: program.states() == [JobState.DONE])
            assert WAITS not in program.notices()
            await wait_until_stable(lambda: program.call_count("submit"))
            assert program.call_count("submit") == 1


async def test_a_run_whose_notice_is_closed_waits_no_longer(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_program(tmp_path, keyring=keyring) as program:
            await program.press("run")
            await program.press("notice_close")
            assert program.notices() == []
            keyring.unlocked.set()
            await program.wait_until_open()
            assert program.notices() == []
            assert program.states() == []


async def test_other_notices_do_not_push_it_away(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_program(tmp_path, keyring=keyring) as program:
            await program.press("run")
            for number in range(5):
                program.services.notices.post_info(f"News {number}")
            assert WAITS in program.notices()


async def test_a_run_that_waits_may_be_given_up(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_program(tmp_path, keyring=keyring) as program:
            await program.press("run")
            await program.press("notice_action")
            assert program.notices() == []
            keyring.unlocked.set()
            await program.wait_until_open()
            assert program.notices() == []
            assert program.states() == []


async def test_without_a_key_it_says_so_when_that_is_known(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_program(tmp_path, keyring=keyring, key="") as program:
            await program.press("run")
            assert program.notices() == [WAITS]
            keyring.unlocked.set()
            await wait_until(lambda: program.notices() == ["There is nothing to run yet."])
            [notice] = program.window.notice_line.notices
            assert notice.detail.startswith("Connect a key first")


async def test_the_other_ways_to_run_wait_as_well(tmp_path: Path) -> None:
    for name in ("run_several", "sweep"):
        with slow_keyring() as keyring:
            async with open_program(tmp_path / name, keyring=keyring) as program:
                await program.trigger(name)
                assert program.notices() == [WAITS]
                bring_into_view(program)
                keyring.unlocked.set()
                dialog = {"run_several": "several_dialog", "sweep": "sweep_dialog"}[name]
                await wait_until(lambda: program.is_visible(QDialog, dialog))  # noqa: B023 - awaited here


@pytest.mark.parametrize("key", [PARTNER_KEY, ""])
@pytest.mark.parametrize("limit_s", [0.01, 600.0])
async def test_the_key_for_partner_nodes_is_waited_for_before_anything_is_asked(
    tmp_path: Path, key: str, limit_s: float
) -> None:
    """The user may be typing a password, so the wait can exceed a keyring's usual time."""
    backend = small_backend()
    first = next(iter(backend.deployments.values()))
    first.workflow, first.overrides = CARD, {}
    with LoopbackEmulator(backend) as emulator, slow_keyring("comfy.org") as keyring:
        keyring.secrets[("runcomfy-desktop", partner_keyring_name(emulator.base_url))] = key
        async with open_program(
            tmp_path, keyring=keyring, emulator=emulator, keyring_limit_s=limit_s
        ) as program:
            await program.wait_until_open()
            assert NODE not in program.services.draft_editor.state.issues
            await program.trigger("run")
            await program.trigger("run")
            assert program.notices() == [WAITS]
            keyring.unlocked.set()
            if not key:
                await wait_until(lambda: program.is_visible(QDialog, "confirm_without_key"))
                assert NODE in program.services.draft_editor.state.issues
                await program.press("confirm_without_key_no")
                return
            await wait_until(lambda: program.states() == [JobState.DONE])
            assert not program.is_visible(QDialog, "confirm_without_key")
