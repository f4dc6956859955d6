"""The run bar: what it says of deployment, changes, price and obstacles, and that Run is alive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from runcomfy_desktop.domain.deployment import Deployment
from runcomfy_desktop.domain.draft import Source
from runcomfy_desktop.domain.live import choice_changes
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from runcomfy_desktop.ui.run_bar import DeploymentMenu
from runcomfy_desktop.ui.widgets.facts import ElidedText
from tests.gui.support.deployments import KONTEXT, remote
from tests.gui.support.hands import key
from tests.gui.support.house import House, open_house, turn
from tests.support.until import until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.house import House


def menu_of(owner: QWidget, *ids: str) -> DeploymentMenu:
    """Open, with the keyboard on the last one."""
    menu = DeploymentMenu(owner)
    menu.show_deployments(tuple(Deployment(each, each) for each in ids), ids[0])
    menu.popup(QPoint(0, 0))
    key(menu, Qt.Key.Key_Up)
    return menu


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("now", [("a", "b", "c"), ("new", "a", "c")])
def test_the_open_list_keeps_its_place_when_it_is_read_anew(now: tuple[str, ...]) -> None:
    owner = QWidget()
    menu = menu_of(owner, "a", "b", "c")
    chosen = QSignalSpy(menu.chosen)
    menu.show_deployments(
        tuple(Deployment(each, each.upper()) for each in now), "a", lambda each: each == "c"
    )
    assert [each.text() for each in menu.actions()] == [
        f"{each.upper()} (no workflow)" if each == "c" else each.upper() for each in now
    ]
    assert [each.data() for each in menu.actions() if each.isChecked()] == ["a"]
    key(menu, Qt.Key.Key_Return)
    assert [chosen.at(row)[0] for row in range(chosen.count())] == ["c"]


@pytest.mark.usefixtures("qapp")
def test_of_an_open_list_nothing_is_chosen_when_what_was_come_to_is_gone() -> None:
    owner = QWidget()
    menu = menu_of(owner, "a", "b", "c")
    chosen = QSignalSpy(menu.chosen)
    menu.show_deployments((Deployment("a", "a"), Deployment("b", "b")), "a")
    key(menu, Qt.Key.Key_Return)
    assert chosen.count() == 0


def changes(house: House) -> str:
    return house.find(QLabel, "changes_count").text()


async def test_a_run_that_sends_the_workflow_whole_says_why_and_is_ready(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        bench, catalogue = house.parts.workbench, house.parts.catalogue
        photos = next(each for each in catalogue.state.deployments if each.name == "two-photos")
        catalogue.open(photos.deployment_id)
        size = InputKey("174", "resize_type")
        await until(lambda: bench.state.draft is not None and size in bench.state.draft.workflow)
        await until(lambda: bench.state.schema is not None)
        assert bench.state.draft is not None
        bench.edit(
            choice_changes(size, "scale by multiplier", bench.state.draft, bench.state.schema), "x"
        )
        reason = house.find(ElidedText, "run_reason")
        words = "Sent whole, because Size of the preview adds or removes inputs"
        assert reason.accessibleDescription() == words
        assert house.find(QPushButton, "run").property("primary") is True
        bench.reset_all()
        assert reason.accessibleDescription() == ""


async def test_changes_are_counted(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert changes(house) == "No inputs changed"
        draft = house.parts.workbench.state.draft
        assert draft is not None
        steps = next(each for each in draft.workflow.input_keys() if each.name == "steps")
        house.parts.workbench.edit({steps: 7}, "Change steps")
        assert changes(house) == "1 input changed"
        assert house.find(QLabel, "price").text().endswith("an hour")


async def test_a_long_file_name_leaves_room_for_what_blocks_a_run(tmp_path: Path) -> None:
    path = tmp_path / ("long_" * 20 + "name.json")
    path.write_text('{"1": {"class_type": "Other", "inputs": {"x": 1}}}', encoding="utf-8")
    async with open_house(tmp_path / "house") as house:
        await house.until_open()
        house.parts.files.open(str(path))
        await until(lambda: changes(house).endswith("name.json · No inputs changed"))
        house.window.resize(900, 700)
        await turn()
        said = house.find(ElidedText, "run_reason").shown_text()
        assert said.startswith("This file is")
        assert len(said) > 20
        count = house.find(ElidedText, "changes_count")
        assert count.shown_text().endswith("No inputs changed")


async def test_an_obstacle_is_named_and_run_stays_alive(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        reason, run = house.find(ElidedText, "run_reason"), house.find(QPushButton, "run")
        assert reason.text() == ""
        assert run.property("primary") is True
        draft = house.parts.workbench.state.draft
        assert draft is not None
        steps = next(each for each in draft.workflow.input_keys() if each.name == "steps")
        house.parts.workbench.edit({steps: -5}, "Change steps")
        assert reason.text().startswith("steps: -5 is below the minimum")
        assert run.isEnabled()
        assert run.accessibleDescription() == reason.text()
        assert run.property("primary") is False
        house.parts.workbench.undo()
        assert reason.text() == ""
        assert run.property("primary") is True


def enable(house: House) -> QToolButton:
    return house.find(QToolButton, "run_enable")


async def open_disabled(house: House, min_instances: int = 0) -> None:
    """Brings the first deployment into view, which is disabled."""
    record = remote(house)
    record.is_enabled, record.min_instances = False, min_instances
    await house.until_open()
    house.parts.catalogue.open(KONTEXT)
    await until(lambda: "disabled" in house.parts.workbench.state.blocked)
    await turn()


async def test_a_disabled_deployment_is_enabled_beside_the_reason(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_disabled(house)
        reason = house.find(ElidedText, "run_reason")
        assert reason.accessibleDescription().startswith("flux-kontext is disabled")
        house.window.resize(900, 700)
        await turn()
        assert reason.shown_text() == "It is disabled"
        assert enable(house).isVisible()
        assert enable(house).text() == "Enable"
        assert enable(house).accessibleName() == "Enable flux-kontext"
        house.emulator.world.faults.set("unauthorized@change")
        enable(house).click()
        await until(lambda: KONTEXT in house.parts.upkeep.state.busy)
        assert not enable(house).isEnabled(), "it is being asked for"
        await until(lambda: "flux-kontext was not changed." in house.notices())
        await until(lambda: enable(house).isEnabled())
        house.emulator.world.faults.set("")
        await house.press("run_enable")
        await until(lambda: remote(house).is_enabled)
        await until(lambda: house.parts.workbench.state.blocked == "")
        assert not enable(house).isVisible()
        assert house.find(QPushButton, "run").property("primary") is True
        # Another obstacle has another cure.
        draft = house.parts.workbench.state.draft
        assert draft is not None
        steps = next(each for each in draft.workflow.input_keys() if each.name == "steps")
        house.parts.workbench.edit({steps: -5}, "Change steps")
        assert not enable(house).isVisible()


async def test_enabling_beside_the_reason_asks_where_it_costs(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_disabled(house, min_instances=1)
        assert enable(house).text() == "Enable…"
        await house.press("run_enable")
        yes = house.find(QPushButton, "confirm_enable_yes")
        assert yes.text() == "Enable · about $60.00 a day always on"
        await house.press("confirm_enable_no")
        assert house.asked("change") == 0
        await house.press("run_enable")
        await house.press("confirm_enable_yes")
        await until(lambda: remote(house).is_enabled)


async def test_what_run_says_of_a_disabled_deployment_has_the_cure_with_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_disabled(house)
        await house.press("run")
        assert house.states() == []
        await house.press("notice_action")
        await until(lambda: remote(house).is_enabled)
        await until(lambda: house.parts.workbench.state.blocked == "")


async def test_a_file_is_named_beside_the_changes(tmp_path: Path) -> None:
    workflow = workflow_from_json({"1": {"class_type": "KSampler", "inputs": {"steps": 3}}})
    async with open_house(tmp_path) as house:
        await house.until_open()
        open_file(house.parts.workbench, workflow, "mine", str(tmp_path / "mine.json"))
        await turn()
        source = house.parts.workbench.state.draft
        assert source is not None
        assert source.source == Source("mine", str(tmp_path / "mine.json"))
        assert changes(house) == "mine.json · No inputs changed"


async def test_the_menu_lists_the_deployments_and_opens_one(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        button = house.find(QToolButton, "deployment")
        menu = button.menu()
        assert menu is not None
        listed = house.parts.catalogue.state.deployments
        assert len(menu.actions()) == len(listed)
        checked = [each.text() for each in menu.actions() if each.isChecked()]
        assert checked == [button.text()]
        disabled = [each.name for each in listed if not each.is_enabled]
        texts = [each.text() for each in menu.actions()]
        assert all(f"{name} (disabled)" in texts for name in disabled)
        other = next(each for each in menu.actions() if not each.isChecked())
        wanted = other.text()
        other.trigger()
        assert button.text() == f"Opening {wanted}…"
        await until(lambda: button.text() == wanted)


async def test_long_names_are_shortened_and_told_whole(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        shown = house.parts.workbench.state.deployment
        assert shown is not None
        long = replace(shown, name="a very long name & <b>markup</b> " * 3)
        house.parts.workbench.open_deployment(long)
        button = house.find(QToolButton, "deployment")
        assert len(button.text()) < 40
        assert "&&" in button.text()
        assert "&lt;b&gt;" in button.toolTip()
        assert long.name.strip() in button.accessibleName()


async def test_what_is_the_matter_is_read_after_a_name_of_any_length(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"1": {"class_type": "Other", "inputs": {"x": 1}}}', encoding="utf-8")
    async with open_house(tmp_path / "house") as house:
        world = house.emulator.world
        for each in world.deployments.values():
            each.name = "a long name " * 20
        await house.until_open()
        house.parts.catalogue.open(next(iter(world.deployments)))
        await until(lambda: "a long name" in house.window.windowTitle())
        house.parts.files.open(str(path))
        await until(lambda: house.parts.workbench.state.blocked)
        await turn()
        reason = house.find(ElidedText, "run_reason")
        assert "…" in reason.shown_text()
        assert reason.shown_text().endswith("choose which one to run")
