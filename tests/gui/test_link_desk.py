"""Links that come from outside while people work: one at a time is asked about, none runs."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QWidget

from runcomfy_desktop.domain.link import deployment_link
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from runcomfy_desktop.sessions import Wish
from runcomfy_desktop.ui.link_desk import WAIT_S, LinkDesk
from runcomfy_desktop.ui.widgets.notice_line import MAX_NOTICES
from tests.gui.support.focus import shown_dialog
from tests.gui.support.house import House, open_house, turn
from tests.gui.support.runs import running
from tests.support.clock import Clock
from tests.support.emulated import TOKEN
from tests.support.hostile_links import LINKS
from tests.support.until import until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
NOBODYS = "ffffffff-0000-4000-8000-000000000000"
GRAPH: JsonObject = {"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}}
STEPS = InputKey("31", "steps")
UNKNOWN = "The link leads to a deployment that your account does not have."


def is_asked(house: House) -> bool:
    return house.there(QDialog, "open_link_dialog")


def words(house: House) -> str:
    """All that the question says."""
    dialog = house.find(QDialog, "open_link_dialog")
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def in_use(house: House) -> str:
    deployment = house.parts.workbench.state.deployment
    return deployment.deployment_id if deployment is not None else ""


def in_view(house: House) -> str:
    draft = house.parts.workbench.state.draft
    return draft.source.name if draft is not None else ""


async def send(house: House, deployment_id: str) -> None:
    """A link arrives, as a second start hands it over."""
    house.window.open_arrival(deployment_link(deployment_id))
    await turn()


async def test_a_link_opens_its_deployment_only_once_the_person_agreed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        house.window.open_arrival("")
        assert house.notices() == [], "a second start without a file or a link"
        asked, settings = house.asked("read"), house.preferences.settings
        await send(house, FLUX)
        await house.press("open_link_no")
        assert not is_asked(house)
        assert house.asked("read") == asked
        assert house.preferences.settings == settings
        await send(house, FLUX)
        assert is_asked(house)
        assert house.emulator.world.deployments[FLUX].name in words(house)
        assert f"ID {FLUX}" in words(house)
        assert "Nothing is run and nothing is paid for." in words(house)
        assert in_use(house) == KONTEXT
        await house.press("open_link_yes")
        await until(lambda: in_use(house) == FLUX)
        assert (house.parts.queue.jobs, house.asked("submit")) == ({}, 0)
        assert house.preferences.settings == replace(settings, last_deployment_id=FLUX)


async def test_a_hostile_link_gets_its_sentence_and_nothing_else(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        calls = house.emulator.world.journal.counts()["received"]
        for link in LINKS[:-1]:
            house.window.open_arrival(link.text)
            await turn()
            (notice,) = house.window.notice_line.notices
            assert f"{notice.title} {notice.detail}" == link.gets, link.name
            assert not is_asked(house), link.name
            await house.press("notice_close")
            await until(lambda: not house.window.notice_line.notices)
        assert house.emulator.world.journal.counts()["received"] == calls


async def test_a_deployment_that_is_not_listed_is_looked_for_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        world = house.emulator.world
        newer = world.deployments.pop(FLUX)
        await house.until_kinds_known()
        listed = house.asked("list")
        await send(house, NOBODYS)
        await until(lambda: UNKNOWN in house.notices())
        assert house.asked("list") == listed + 1
        assert NOBODYS in house.window.notice_line.notices[0].detail
        assert not is_asked(house)
        assert in_use(house) == KONTEXT
        world.deployments[FLUX] = newer
        await send(house, FLUX)
        await until(lambda: is_asked(house))


async def test_without_a_key_a_link_waits_for_one(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        await until(lambda: house.there(QWidget, "welcome_page"))
        await send(house, FLUX)
        await send(house, FLUX)
        assert house.notices() == ["A link to a deployment waits for your key."]
        await house.press("notice_action")
        await until(lambda: house.there(QDialog, "connect_dialog"))
        house.find(QLineEdit, "key_field").setText(TOKEN)
        await house.press("test_key")
        await until(lambda: house.parts.catalogue.state.loaded_s)
        await turn()
        assert not is_asked(house), "one dialog at a time"
        await house.press("test_key")
        await until(lambda: is_asked(house))
        await house.press("open_link_yes")
        await until(lambda: in_use(house) == FLUX)


async def test_out_of_reach_a_link_waits_until_the_list_comes(tmp_path: Path) -> None:
    async with open_house(tmp_path, faults="status-503:99") as house:
        await until(lambda: house.parts.account.state.problem is not None)
        await send(house, FLUX)
        waits = "A link to a deployment waits until your deployments can be read."
        assert waits in house.notices()
        house.emulator.world.faults.set("")
        await house.trigger("refresh")
        await until(lambda: is_asked(house))


async def test_a_session_that_ends_takes_the_question_along_to_the_next(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await send(house, FLUX)
        house.window.detach()
        await turn()
        assert not is_asked(house)
        house.window.attach(house.parts)
        await until(lambda: is_asked(house))
        await house.press("open_link_no")
        house.window.detach()
        await send(house, KONTEXT)
        await send(house, FLUX)
        assert not is_asked(house)
        house.window.attach(house.parts)
        await until(lambda: is_asked(house))
        assert FLUX in words(house), "the newest"


async def test_however_many_links_come_one_is_asked_about(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        for number in range(50):
            house.window.open_arrival(deployment_link(FLUX if number % 2 else NOBODYS))
            house.window.open_arrival(f"runcomfy-desktop:{number}")
            await turn()
        await until(lambda: is_asked(house))
        dialogs = house.window.findChildren(QDialog, "open_link_dialog")
        assert len([each for each in dialogs if each.isVisible()]) == 1
        assert len(house.notices()) <= MAX_NOTICES
        await house.press("open_link_no")
        await turn()
        assert shown_dialog(house) is None, "the next one does not follow at its heels"


async def test_a_question_waits_until_the_dialog_in_front_is_finished(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("settings")
        await send(house, FLUX)
        await send(house, FLUX)
        assert not is_asked(house)
        await house.press("cancel_settings")
        await until(lambda: is_asked(house))


async def test_the_link_that_is_copied_is_the_one_that_opens(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("copy_link")
        link = QGuiApplication.clipboard().text()
        assert link == f"runcomfy-desktop:deployment/{KONTEXT}"
        assert house.notices() == ["The link is on the clipboard."]
        house.window.open_arrival(link)
        await turn()
        assert "The deployment that the link leads to is open already." in house.notices()
        assert not is_asked(house)
        house.parts.catalogue.open(FLUX)
        await until(lambda: in_use(house) == FLUX)
        house.window.open_arrival(link)
        await turn()
        assert f"ID {KONTEXT}" in words(house)


async def test_what_was_changed_is_kept_and_comes_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.parts.workbench.edit({STEPS: 7}, "Edit")
        await send(house, FLUX)
        assert "is kept, and comes back with it" in words(house)
        await house.press("open_link_yes")
        await until(lambda: in_use(house) == FLUX)
        await send(house, KONTEXT)
        await house.press("open_link_yes")
        await until(lambda: in_use(house) == KONTEXT)
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.changes == {STEPS: 7}


async def test_a_file_without_a_deployment_is_named_as_what_would_run_there(
    tmp_path: Path,
) -> None:
    graph = workflow_from_json(
        {"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}},
    )
    async with open_house(tmp_path, key="") as house:
        open_file(house.parts.workbench, graph, "mine.json", "/mine.json")
        house.parts.account.connect(TOKEN)
        await until(lambda: house.parts.catalogue.state.loaded_s)
        assert in_use(house) == ""
        await send(house, FLUX)
        assert "The opened file mine.json would run on it, once you press Run." in words(house)
        await house.press("open_link_yes")
        await until(lambda: in_use(house) == FLUX)
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.source.name == "mine.json"
        assert house.parts.queue.jobs == {}


@asynccontextmanager
async def asked_about_mine(folder: Path) -> AsyncIterator[House]:
    """A link to FLUX is asked about, with an opened file in view that no deployment has."""
    for name in ("mine.json", "other.json"):
        (folder / name).write_text(json.dumps(GRAPH))
    async with open_house(folder, key="") as house:
        house.window.open_arrival(str(folder / "mine.json"))
        await until(lambda: in_view(house) == "mine.json")
        house.parts.account.connect(TOKEN)
        await until(lambda: house.parts.catalogue.state.loaded_s)
        await send(house, FLUX)
        assert "The opened file mine.json would run on it" in words(house)
        yield house


async def test_the_file_that_was_asked_about_is_bound_when_another_came_meanwhile(
    tmp_path: Path,
) -> None:
    async with asked_about_mine(tmp_path) as house:
        house.window.open_arrival(str(tmp_path / "other.json"))
        await until(lambda: in_view(house) == "other.json")
        await house.press("open_link_yes")
        name = house.emulator.world.deployments[FLUX].name
        await until(lambda: f"mine.json runs on {name} from now on." in house.notices())
        assert (in_view(house), in_use(house)) == ("other.json", "")
        bound = house.parts.workbench.pages[f"file:{tmp_path / 'mine.json'}"].draft
        assert bound.deployment_id == FLUX


async def test_the_file_that_was_asked_about_is_bound_when_another_comes_after_the_answer(
    tmp_path: Path,
) -> None:
    async with asked_about_mine(tmp_path) as house:
        house.emulator.world.faults.set("hold@read")
        await house.press("open_link_yes")
        await until(lambda: house.parts.catalogue.state.opening_id == FLUX)
        house.window.open_arrival(str(tmp_path / "other.json"))
        await until(lambda: in_view(house) == "other.json")
        house.emulator.world.faults.set("")
        house.emulator.world.holds.release()
        name = house.emulator.world.deployments[FLUX].name
        await until(lambda: f"mine.json runs on {name} from now on." in house.notices())
        assert (in_view(house), in_use(house)) == ("other.json", "")


async def test_where_nothing_would_be_bound_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(json.dumps(GRAPH))
    async with open_house(tmp_path, key="") as house:
        house.parts.account.connect(TOKEN)
        await until(lambda: in_use(house) == KONTEXT)
        await house.until_kinds_known()
        await send(house, FLUX)
        assert "Its workflow comes into the window." in words(house)
        # A draft of a file that no deployment has.
        house.parts.files.open_draft(
            f"file:{tmp_path / 'other.json'}", str(tmp_path / "other.json")
        )
        await until(lambda: in_view(house) == "other.json")
        assert in_use(house) == ""
        await house.press("open_link_yes")
        await until(lambda: in_use(house) == FLUX)
        assert in_view(house) != "other.json"
        other = house.parts.workbench.pages[f"file:{tmp_path / 'other.json'}"].draft
        assert other.deployment_id == ""


async def test_the_demo_opens_links_to_its_own_deployments_only(tmp_path: Path) -> None:
    async with open_house(tmp_path, demo=True) as house:
        await house.until_open()
        await send(house, FLUX)
        await until(lambda: is_asked(house))
        await house.press("open_link_no")
        wished: list[bool] = []
        house.window.account_requested.connect(lambda: wished.append(True))
        await send(house, NOBODYS)
        unknown = "The link leads to a deployment that the demo does not have."
        await until(lambda: unknown in house.notices())
        await house.press("notice_action")
        assert wished == [True]


async def test_a_link_into_the_first_run_waits_for_the_key(tmp_path: Path) -> None:
    async with running(tmp_path, Wish.ACCOUNT) as run:
        run.window.open_arrival(deployment_link(FLUX))
        await until(lambda: run.there("notice_action"))
        notices = [each.title for each in run.window.notice_line.notices]
        assert notices == ["A link to a deployment waits for your key."]


async def test_a_link_that_waited_too_long_is_forgotten(tmp_path: Path) -> None:
    clock = Clock()
    async with open_house(tmp_path) as house:
        await house.until_open()
        desk = LinkDesk(house.window, clock)
        desk.take(deployment_link(FLUX))
        clock.now_s += WAIT_S + 1
        desk.attach(house.parts)
        await turn()
        assert not is_asked(house)
        desk.take(deployment_link(FLUX))
        await turn()
        assert is_asked(house)
        desk.detach()
