"""Run while the keyring is being asked: it waits for the answer, once, and may be given up."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from runcomfy_desktop.api.deployments import read_deployment
from runcomfy_desktop.core.partner_key import place_of
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.workflow import workflow_from_json
from tests.gui.support.house import House, MemoryKeyring, open_house
from tests.gui.test_partner_page import CARD, NODE
from tests.gui.test_partner_page import KEY as PARTNER_KEY
from tests.support.clients import client_of
from tests.support.emulated import AT_ONCE, TOKEN, LoopbackEmulator, make_world, paint_nothing
from tests.support.until import settled, until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcomfy_desktop.emulator.world import World

WAITS = "The run waits for your key."
CTRL = Qt.KeyboardModifier.ControlModifier


class SlowKeyring(MemoryKeyring):
    """Answers about names that begin so when its owner has unlocked it."""

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


def small_world() -> World:
    world = make_world(pace=AT_ONCE)
    paint_nothing(world)
    return world


def bring_into_view(house: House) -> None:
    """What was edited last, as it comes back at a start."""
    first = next(iter(house.emulator.world.deployments.values()))
    open_file(house.parts.workbench, workflow_from_json(first.workflow), "mine.json", "/mine.json")


async def test_run_waits_for_the_keyring_and_then_says_what_it_knows(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_house(tmp_path, keyring=keyring) as house:
            await house.press("run")
            await house.key(Qt.Key.Key_Return, CTRL)
            await house.trigger("run")
            assert house.notices() == [WAITS]
            keyring.unlocked.set()
            await until(lambda: house.notices() == ["There is nothing to run yet."])
            [notice] = house.window.notice_line.notices
            assert notice.detail == "Choose a deployment, or open a workflow file."
            assert house.states() == []


@pytest.mark.parametrize("is_pressed_again", [False, True])
async def test_what_came_into_view_meanwhile_is_run_once(
    tmp_path: Path, is_pressed_again: bool
) -> None:
    with LoopbackEmulator(small_world()) as emulator, slow_keyring() as keyring:
        first = next(iter(emulator.world.deployments))
        async with client_of(emulator.base_url, TOKEN) as client:
            deployment = await read_deployment(client, first)
        async with open_house(tmp_path, keyring=keyring, emulator=emulator) as house:
            for _press in range(3):
                await house.trigger("run")
            assert house.notices() == [WAITS]
            house.parts.workbench.open_deployment(deployment)
            if is_pressed_again:
                # What runs now needs no other press, and is written down already.
                await house.trigger("run")
                await until(lambda: len(house.states()) == 1)
                assert house.notices() == []
            keyring.unlocked.set()
            await until(lambda: house.states() == [JobState.DONE])
            assert WAITS not in house.notices()
            await settled(lambda: house.asked("submit"))
            assert house.asked("submit") == 1


async def test_a_run_whose_notice_is_closed_waits_no_longer(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_house(tmp_path, keyring=keyring) as house:
            await house.press("run")
            await house.press("notice_close")
            assert house.notices() == []
            keyring.unlocked.set()
            await house.until_open()
            assert house.notices() == []
            assert house.states() == []


async def test_other_notices_do_not_push_it_away(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_house(tmp_path, keyring=keyring) as house:
            await house.press("run")
            for number in range(5):
                house.parts.notices.info(f"News {number}")
            assert WAITS in house.notices()


async def test_a_run_that_waits_may_be_given_up(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_house(tmp_path, keyring=keyring) as house:
            await house.press("run")
            await house.press("notice_action")
            assert house.notices() == []
            keyring.unlocked.set()
            await house.until_open()
            assert house.notices() == []
            assert house.states() == []


async def test_without_a_key_it_says_so_when_that_is_known(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_house(tmp_path, keyring=keyring, key="") as house:
            await house.press("run")
            assert house.notices() == [WAITS]
            keyring.unlocked.set()
            await until(lambda: house.notices() == ["There is nothing to run yet."])
            [notice] = house.window.notice_line.notices
            assert notice.detail.startswith("Connect a key first")


async def test_the_other_ways_to_run_wait_as_well(tmp_path: Path) -> None:
    for name in ("run_several", "sweep"):
        with slow_keyring() as keyring:
            async with open_house(tmp_path / name, keyring=keyring) as house:
                await house.trigger(name)
                assert house.notices() == [WAITS]
                bring_into_view(house)
                keyring.unlocked.set()
                dialog = {"run_several": "several_dialog", "sweep": "sweep_dialog"}[name]
                await until(lambda: house.there(QDialog, dialog))  # noqa: B023 - awaited here


@pytest.mark.parametrize("key", [PARTNER_KEY, ""])
@pytest.mark.parametrize("limit_s", [0.01, 600.0])
async def test_the_key_for_partner_nodes_is_waited_for_before_anything_is_asked(
    tmp_path: Path, key: str, limit_s: float
) -> None:
    """Also behind the time in which a keyring usually answers: its owner may be typing."""
    world = small_world()
    first = next(iter(world.deployments.values()))
    first.workflow, first.overrides = CARD, {}
    with LoopbackEmulator(world) as emulator, slow_keyring("comfy.org") as keyring:
        keyring.secrets[("runcomfy-desktop", place_of(emulator.base_url))] = key
        async with open_house(
            tmp_path, keyring=keyring, emulator=emulator, keyring_limit_s=limit_s
        ) as house:
            await house.until_open()
            assert NODE not in house.parts.workbench.state.faults
            await house.trigger("run")
            await house.trigger("run")
            assert house.notices() == [WAITS]
            keyring.unlocked.set()
            if not key:
                await until(lambda: house.there(QDialog, "confirm_without_key"))
                assert NODE in house.parts.workbench.state.faults
                await house.press("confirm_without_key_no")
                return
            await until(lambda: house.states() == [JobState.DONE])
            assert not house.there(QDialog, "confirm_without_key")
