"""Run while the keyring is being asked: it waits for the answer, once, and may be given up."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton

from runcomfy_desktop.core.partner_key import place_of
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.workflow import workflow_from_json
from tests.gui.support.hands import find
from tests.gui.support.house import House, MemoryKeyring, open_house
from tests.gui.test_partner_page import CARD, NODE
from tests.gui.test_partner_page import KEY as PARTNER_KEY
from tests.support.emulated import AT_ONCE, LoopbackEmulator, make_world, paint_nothing
from tests.support.until import settled, until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcomfy_desktop.emulator.world import World

WAITS = "The run waits for the system's keyring."
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
            assert house.toasts() == [WAITS]
            keyring.unlocked.set()
            await until(lambda: house.toasts() == ["There is nothing to run yet."])
            [toast] = house.window.toasts.toasts
            assert toast.notice.detail == "Choose a deployment, or open a workflow file."
            assert house.states() == []


async def test_what_came_into_view_meanwhile_is_run_once(tmp_path: Path) -> None:
    with LoopbackEmulator(small_world()) as emulator, slow_keyring() as keyring:
        async with open_house(tmp_path, emulator=emulator) as house:
            await house.until_kinds_known()
        async with open_house(tmp_path, keyring=keyring, emulator=emulator) as house:
            assert house.parts.workbench.state.draft is None, "it is being read"
            for _press in range(3):
                await house.trigger("run")
            assert house.toasts() == [WAITS]
            await until(lambda: house.parts.workbench.state.deployment is not None)
            assert house.states() == []
            keyring.unlocked.set()
            await until(lambda: house.states() == [JobState.DONE])
            assert WAITS not in house.toasts()
            await settled(lambda: house.asked("submit"))
            assert house.asked("submit") == 1


async def test_a_run_that_waits_may_be_given_up(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_house(tmp_path, keyring=keyring) as house:
            await house.press("run")
            [toast] = house.window.toasts.toasts
            await house.click(find(toast, QPushButton, "toast_action"))
            assert house.toasts() == []
            keyring.unlocked.set()
            await house.until_open()
            assert house.toasts() == []
            assert house.states() == []


async def test_without_a_key_it_says_so_when_that_is_known(tmp_path: Path) -> None:
    with slow_keyring() as keyring:
        async with open_house(tmp_path, keyring=keyring, key="") as house:
            await house.press("run")
            assert house.toasts() == [WAITS]
            keyring.unlocked.set()
            await until(lambda: house.toasts() == ["There is nothing to run yet."])
            [toast] = house.window.toasts.toasts
            assert toast.notice.detail.startswith("Connect a key first")


async def test_the_other_ways_to_run_wait_as_well(tmp_path: Path) -> None:
    for name in ("run_several", "sweep"):
        with slow_keyring() as keyring:
            async with open_house(tmp_path / name, keyring=keyring) as house:
                await house.trigger(name)
                assert house.toasts() == [WAITS]
                bring_into_view(house)
                keyring.unlocked.set()
                dialog = {"run_several": "several_dialog", "sweep": "sweep_dialog"}[name]
                await until(lambda: house.there(QDialog, dialog))  # noqa: B023 - awaited here


@pytest.mark.parametrize("key", [PARTNER_KEY, ""])
async def test_the_key_for_partner_nodes_is_waited_for_before_anything_is_asked(
    tmp_path: Path, key: str
) -> None:
    world = small_world()
    first = next(iter(world.deployments.values()))
    first.workflow, first.overrides = CARD, {}
    with LoopbackEmulator(world) as emulator, slow_keyring("comfy.org") as keyring:
        keyring.secrets[("runcomfy-desktop", place_of(emulator.base_url))] = key
        async with open_house(tmp_path, keyring=keyring, emulator=emulator) as house:
            await house.until_open()
            assert NODE not in house.parts.workbench.state.faults
            await house.trigger("run")
            await house.trigger("run")
            assert house.toasts() == [WAITS]
            keyring.unlocked.set()
            if not key:
                await until(lambda: house.there(QDialog, "confirm_without_key"))
                assert NODE in house.parts.workbench.state.faults
                await house.press("confirm_without_key_no")
                return
            await until(lambda: house.states() == [JobState.DONE])
            assert not house.there(QDialog, "confirm_without_key")
