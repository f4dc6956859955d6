"""The run bar: deployment, changes, price and obstacles; an obstacle does not disable Run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.drafts.draft import DraftSource
from runcomfy_desktop.domain.drafts.dynamic_inputs import choice_changes
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.ui.deployments.deployment_menu import DeploymentMenu
from runcomfy_desktop.ui.presets.preset_actions import PresetActions
from runcomfy_desktop.ui.presets.preset_button import PresetButton
from runcomfy_desktop.ui.presets.preset_menus import PresetButtonMenu
from runcomfy_desktop.ui.run.run_bar import RunBar, RunBarState
from runcomfy_desktop.ui.run.run_bar_controller import RunBarController
from runcomfy_desktop.ui.widgets.property_grid import ElidedValueLabel
from tests.gui.support.deployment_details import KONTEXT, remote_deployment
from tests.gui.support.deployment_harness import open_deployment_harness
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until
from tests.support.draft_runs import open_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.gui_program import GuiProgram


def run_bar(owner: QWidget) -> RunBar:
    presets = PresetButton(PresetButtonMenu(PresetActions(owner), owner), owner)
    return RunBar(DeploymentMenu(owner), presets, (), owner)


def assert_shows_no_session(bar: RunBar) -> None:
    """Asserts that the bar is empty, and that nothing in it can be pressed."""
    deployment, run = find(bar, QToolButton, "deployment"), find(bar, QPushButton, "run")
    assert deployment.text() == "Choose a deployment"
    assert [each.text() for each in deployment.menu().actions()] == ["No deployments are listed"]
    assert run.property("primary") is False
    assert run.accessibleDescription() == "Ctrl+Enter"
    labels = bar.findChildren(QLabel)
    assert {each.text() for each in labels} == {""}
    assert {each.accessibleDescription() for each in labels} == {""}
    buttons = (deployment, run, find(bar, QToolButton, "run_more"))
    assert not any(each.isEnabled() for each in buttons)
    assert find(bar, QToolButton, "run_enable").isHidden()


@pytest.mark.usefixtures("qapp")
def test_without_a_session_the_bar_is_empty() -> None:
    owner = QWidget()
    bar = run_bar(owner)
    assert_shows_no_session(bar)
    enabled = QSignalSpy(bar.enable_requested)
    one = Deployment("a", "one", is_enabled=False)
    bar.show_state(
        RunBarState(
            has_session=True,
            deployments=(one,),
            current_id="a",
            deployment_text="one",
            file_name="mine.json",
            changes_text="1 input changed",
            price_text="about $1",
            price_explanation="A guess",
            blocked_reason="one is disabled",
            disabled_deployment=one,
        )
    )
    find(bar, QToolButton, "run_enable").click()
    assert enabled.at(0) == ["a"]
    bar.show_state(RunBarState())
    assert_shows_no_session(bar)


async def test_the_bar_follows_its_session_to_the_end(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        bar = run_bar(harness.window)
        RunBarController(harness.scope, harness.services, bar)
        price = find(bar, QLabel, "price")
        assert price.text().endswith("an hour")
        assert find(bar, QPushButton, "run").property("primary") is True
        menu = find(bar, QToolButton, "deployment").menu()
        assert len(menu.actions()) == len(harness.services.catalogue.state.deployments)
        sku = price.text().split(" ")[0]
        harness.preferences.set(prices={sku: 77.0})
        assert "$77" in price.text()
        harness.scope.close()
        bar.show_state(RunBarState())
        harness.preferences.set(prices={sku: 78.0})
        harness.services.draft_editor.reset_all()
        assert_shows_no_session(bar)


def changes(program: GuiProgram) -> str:
    return program.find(QLabel, "changes_count").text()


async def test_a_run_that_sends_the_workflow_whole_says_why_and_is_ready(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        draft_editor, catalogue = program.services.draft_editor, program.services.catalogue
        photos = next(each for each in catalogue.state.deployments if each.name == "two-photos")
        catalogue.open(photos.deployment_id)
        size = InputKey("174", "resize_type")
        await wait_until(
            lambda: (
                draft_editor.state.draft is not None and size in draft_editor.state.draft.workflow
            )
        )
        await wait_until(lambda: draft_editor.state.schema is not None)
        assert draft_editor.state.draft is not None
        draft_editor.edit(
            choice_changes(
                size, "scale by multiplier", draft_editor.state.draft, draft_editor.state.schema
            ),
            "x",
        )
        reason = program.find(ElidedValueLabel, "run_reason")
        words = "Sent whole, because Size of the preview adds or removes inputs"
        assert reason.accessibleDescription() == words
        assert program.find(QPushButton, "run").property("primary") is True
        draft_editor.reset_all()
        assert reason.accessibleDescription() == ""


async def test_changes_are_counted(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        assert changes(program) == "No inputs changed"
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        steps = next(each for each in draft.workflow.input_keys() if each.name == "steps")
        program.services.draft_editor.edit({steps: 7}, "Change steps")
        assert changes(program) == "1 input changed"
        assert program.find(QLabel, "price").text().endswith("an hour")


async def test_a_long_file_name_leaves_room_for_what_blocks_a_run(tmp_path: Path) -> None:
    path = tmp_path / ("long_" * 20 + "name.json")
    path.write_text('{"1": {"class_type": "Other", "inputs": {"x": 1}}}', encoding="utf-8")
    async with open_program(tmp_path / "program_data") as program:
        await program.wait_until_open()
        program.services.workflow_files.open(str(path))
        await wait_until(lambda: changes(program).endswith("name.json · No inputs changed"))
        program.window.resize(900, 700)
        await process_events_async()
        said = program.find(ElidedValueLabel, "run_reason").elided_text()
        assert said.startswith("This file is")
        assert len(said) > 20
        count = program.find(ElidedValueLabel, "changes_count")
        assert count.elided_text().endswith("No inputs changed")


async def test_an_obstacle_is_named_and_run_stays_alive(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        reason, run = program.find(ElidedValueLabel, "run_reason"), program.find(QPushButton, "run")
        assert reason.text() == ""
        assert run.property("primary") is True
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        steps = next(each for each in draft.workflow.input_keys() if each.name == "steps")
        program.services.draft_editor.edit({steps: -5}, "Change steps")
        assert reason.text().startswith("steps: -5 is below the minimum")
        assert run.isEnabled()
        assert run.accessibleDescription() == reason.text()
        assert run.property("primary") is False
        program.services.draft_editor.undo()
        assert reason.text() == ""
        assert run.property("primary") is True


def enable(program: GuiProgram) -> QToolButton:
    return program.find(QToolButton, "run_enable")


async def open_disabled(program: GuiProgram, min_instances: int = 0) -> None:
    """Opens the first deployment, which is disabled."""
    record = remote_deployment(program)
    record.is_enabled, record.min_instances = False, min_instances
    await program.wait_until_open()
    program.services.catalogue.open(KONTEXT)
    await wait_until(lambda: "disabled" in program.services.draft_editor.state.blocked_reason)
    await process_events_async()


async def test_a_disabled_deployment_is_enabled_beside_the_reason(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await open_disabled(program)
        reason = program.find(ElidedValueLabel, "run_reason")
        assert reason.accessibleDescription().startswith("flux-kontext is disabled")
        program.window.resize(900, 700)
        await process_events_async()
        assert reason.elided_text() == "It is disabled"
        assert enable(program).isVisible()
        assert enable(program).text() == "Enable"
        assert enable(program).accessibleName() == "Enable flux-kontext"
        program.emulator.backend.faults.set("unauthorized@change")
        enable(program).click()
        await wait_until(lambda: KONTEXT in program.services.deployment_manager.state.busy)
        assert not enable(program).isEnabled(), "it is being asked for"
        await wait_until(lambda: "flux-kontext was not changed." in program.notices())
        await wait_until(lambda: enable(program).isEnabled())
        program.emulator.backend.faults.set("")
        await program.press("run_enable")
        await wait_until(lambda: remote_deployment(program).is_enabled)
        await wait_until(lambda: program.services.draft_editor.state.blocked_reason == "")
        assert not enable(program).isVisible()
        assert program.find(QPushButton, "run").property("primary") is True
        # Another obstacle does not show the Enable button.
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        steps = next(each for each in draft.workflow.input_keys() if each.name == "steps")
        program.services.draft_editor.edit({steps: -5}, "Change steps")
        assert not enable(program).isVisible()


async def test_enabling_beside_the_reason_asks_where_it_costs(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await open_disabled(program, min_instances=1)
        assert enable(program).text() == "Enable…"
        await program.press("run_enable")
        yes = program.find(QPushButton, "confirm_enable_yes")
        assert yes.text() == "Enable · about $60.00 a day always on"
        await program.press("confirm_enable_no")
        assert program.call_count("change") == 0
        await program.press("run_enable")
        await program.press("confirm_enable_yes")
        await wait_until(lambda: remote_deployment(program).is_enabled)


async def test_what_run_says_of_a_disabled_deployment_has_the_quick_fix_with_it(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await open_disabled(program)
        await program.press("run")
        assert program.states() == []
        await program.press("notice_action")
        await wait_until(lambda: remote_deployment(program).is_enabled)
        await wait_until(lambda: program.services.draft_editor.state.blocked_reason == "")


async def test_a_file_is_named_beside_the_changes(tmp_path: Path) -> None:
    workflow = workflow_from_json({"1": {"class_type": "KSampler", "inputs": {"steps": 3}}})
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        open_file(program.services.draft_editor, workflow, "mine", str(tmp_path / "mine.json"))
        await process_events_async()
        source = program.services.draft_editor.state.draft
        assert source is not None
        assert source.source == DraftSource("mine", str(tmp_path / "mine.json"))
        assert changes(program) == "mine.json · No inputs changed"


async def test_the_menu_lists_the_deployments_and_opens_one(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        button = program.find(QToolButton, "deployment")
        menu = button.menu()
        assert menu is not None
        listed = program.services.catalogue.state.deployments
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
        await wait_until(lambda: button.text() == wanted)


async def test_long_names_are_shortened_and_told_whole(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        shown = program.services.draft_editor.state.deployment
        assert shown is not None
        long = replace(shown, name="a very long name & <b>markup</b> " * 3)
        program.services.draft_editor.open_deployment(long)
        button = program.find(QToolButton, "deployment")
        assert len(button.text()) < 40
        assert "&&" in button.text()
        assert "&lt;b&gt;" in button.toolTip()
        assert long.name.strip() in button.accessibleName()


async def test_what_is_the_matter_is_read_after_a_name_of_any_length(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"1": {"class_type": "Other", "inputs": {"x": 1}}}', encoding="utf-8")
    async with open_program(tmp_path / "program_data") as program:
        backend = program.emulator.backend
        for each in backend.deployments.values():
            each.name = "a long name " * 20
        await program.wait_until_open()
        program.services.catalogue.open(next(iter(backend.deployments)))
        await wait_until(lambda: "a long name" in program.window.windowTitle())
        program.services.workflow_files.open(str(path))
        await wait_until(lambda: program.services.draft_editor.state.blocked_reason)
        await process_events_async()
        reason = program.find(ElidedValueLabel, "run_reason")
        assert "…" in reason.elided_text()
        assert reason.elided_text().endswith("choose which one to run")
