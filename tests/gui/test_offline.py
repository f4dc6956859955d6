"""A window without a network: all is there as it was kept, says how old it is, and comes back."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QListView,
    QPlainTextEdit,
    QTextBrowser,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.models.deployments import DeploymentRole
from tests.gui.support.house import House, MemoryKeyring, open_house, turn
from tests.support.emulated import AT_ONCE, LoopbackEmulator, make_world
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json

FIRST = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")


def emulator() -> LoopbackEmulator:
    return LoopbackEmulator(make_world(pace=AT_ONCE))


@asynccontextmanager
async def after_a_day_online(folder: Path, service: LoopbackEmulator) -> AsyncIterator[None]:
    """The window was open with a network, and everything is kept."""
    async with open_house(folder, emulator=service) as house:
        await house.until_kinds_known()
        house.parts.workbench.edit({SEED: 7}, "Seed")
        catalogue = house.parts.catalogue
        for each in house.emulator.world.deployments:
            while await catalogue.kept(each) is None:
                await turn()
    yield


def change(service: LoopbackEmulator, key: InputKey, value: Json) -> None:
    """Somebody edits the first deployment's workflow on RunComfy."""
    remote = service.world.deployments[FIRST]
    remote.workflow = json.loads(json.dumps(remote.workflow))
    node: Any = remote.workflow[key.node_id]
    node["inputs"][key.name] = value
    remote.updated_at = "2027-01-01T00:00:00Z"


def text_of(house: House, name: str) -> str:
    """What a label says, "" when it is not on screen."""
    found: Iterator[QLabel] = (
        each for each in house.window.findChildren(QLabel, name) if each.isVisible()
    )
    return next((each.text() for each in found), "")


async def until_offline(house: House) -> None:
    await until(lambda: house.parts.account.state.phase is AccountPhase.UNREACHABLE)
    await until(lambda: bool(house.parts.catalogue.state.as_of))
    await turn()


async def test_the_window_opens_offline_with_all_that_was_kept(tmp_path: Path) -> None:
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            service.switch_off()
            async with open_house(tmp_path, emulator=service) as house:
                await until_offline(house)
                view = house.find(QListView, "deployments")
                assert view.model().rowCount() == len(service.world.deployments)
                assert text_of(house, "deployments_stale").startswith("As of less than a minute")
                assert text_of(house, "age_text").startswith("Offline: this is ")
                assert dict(house.parts.workbench.state.draft.changes) == {SEED: 7}  # type: ignore[union-attr]
                await until(lambda: house.parts.workbench.state.schema is not None)
                await the_readme_is_there(house, service)
                await house.click(
                    view.viewport(), view.visualRect(view.model().index(1, 0)).center()
                )
                second = view.model().index(1, 0).data()
                await until(lambda: house.find(QToolButton, "deployment").text() == second)
                await until(lambda: second in text_of(house, "age_text"))
                assert house.notices() == []


async def the_readme_is_there(house: House, service: LoopbackEmulator) -> None:
    await house.trigger("details")
    dialog = house.find(QDialog, "deployment_details")
    await until(lambda: "Shown as of" in text_of(house, "details_status"))
    readme = service.world.deployments[FIRST].readme.splitlines()[0].strip("# ")
    assert readme in dialog.findChildren(QTextBrowser)[0].toPlainText()
    dialog.close()
    house.window.activateWindow()
    await turn()


async def test_a_run_waits_for_the_network_and_all_is_renewed_with_it(tmp_path: Path) -> None:
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            service.switch_off()
            async with open_house(tmp_path, emulator=service) as house:
                await until_offline(house)
                await house.press("run")
                await until(lambda: bool(house.states()))
                assert house.states()[0] in (JobState.WAITING, JobState.HELD)
                change(service, TEXT, "something else")
                service.switch_on()
                await house.press("age_button")
                await until(lambda: not house.there(QWidget, "age_line"))
                await until(lambda: not house.there(QLabel, "deployments_stale"))
                await until(lambda: house.states() == [JobState.HELD])
                assert house.asked("submit") == 0, "it costs money, so it is asked"
                draft = house.parts.workbench.state.draft
                assert draft is not None
                assert draft.workflow.value(TEXT) == "something else"
                assert draft.changes[SEED] is not None
                assert any("has changed" in each for each in house.notices())


async def test_what_changed_can_be_read_and_copied(tmp_path: Path) -> None:
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            change(service, TEXT, "something else")
            async with open_house(tmp_path, emulator=service) as house:
                await until(lambda: any("has changed" in each for each in house.notices()))
                await house.press("notice_action")
                await until(lambda: house.there(QDialog, "changed_dialog"))
                text = house.find(QPlainTextEdit, "changed_text")
                await until(lambda: "something else" in text.toPlainText())
                await house.press("changed_copy")
                copied = QGuiApplication.clipboard().text()
                assert "something else" in copied
                assert "has changed" in copied
                await house.press("changed_close")
                await house.trigger("what_changed")
                assert house.there(QDialog, "changed_dialog")


async def test_another_deployment_that_changed_is_marked_in_the_list(tmp_path: Path) -> None:
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            other = next(each for each in service.world.deployments if each != FIRST)
            async with open_house(tmp_path, emulator=service) as house:
                await house.until_kinds_known()
                house.parts.catalogue.open(other)
                await until(lambda: not house.parts.catalogue.state.opening_id)
                assert house.parts.workbench.state.draft is not None
                assert house.parts.workbench.state.draft.deployment_id == other
                change(service, TEXT, "something else")
                await house.press("refresh_deployments")
                await until(lambda: house.parts.catalogue.state.unseen == {FIRST})
                await turn()
                model = house.find(QListView, "deployments").model()
                facts = str(model.index(0, 0).data(DeploymentRole.FACTS))
                assert facts.startswith("changed · ")


async def test_without_its_key_the_window_says_what_is_needed(tmp_path: Path) -> None:
    """A keyring that is locked, or that there is none of: what was kept is there all the same."""
    with emulator() as service:
        async with (
            after_a_day_online(tmp_path, service),
            open_house(tmp_path, emulator=service, key="") as house,
        ):
            await until(lambda: "a key is needed" in text_of(house, "age_text"))
            await house.press("age_button")
            assert house.there(QDialog, "connect_dialog")


async def test_who_disconnects_leaves_nothing_to_the_next_key(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            async with open_house(tmp_path, emulator=service, keyring=keyring) as house:
                await house.until_open()
                house.parts.account.disconnect()
                await until(lambda: house.parts.account.state.phase is AccountPhase.SIGNED_OUT)
                folder = tmp_path / "data" / "account" / "deployments"
                await until(lambda: not list(folder.iterdir()))
            service.switch_off()
            async with open_house(tmp_path, emulator=service) as house:
                await until(lambda: house.parts.account.state.phase is AccountPhase.UNREACHABLE)
                await turn()
                assert house.parts.catalogue.state.deployments == ()
                assert house.parts.workbench.state.draft is None
