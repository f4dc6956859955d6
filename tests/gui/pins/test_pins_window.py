"""Essentials in the whole window: first view, shortcuts, search from anywhere, restart."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListView

from runcomfy_desktop.domain.drafts.pin import pin_to_json
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel

K = Qt.Key
M = Qt.KeyboardModifier
CTRL = M.ControlModifier


def panel_of(program: GuiProgram) -> InputsPanel:
    return program.session.inputs


def key_of(program: GuiProgram, name: str) -> InputKey:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    return next(key for key in draft.workflow.input_keys() if key.name == name)


def rewrite(folder: Path, stored: JsonObject) -> None:
    (path,) = folder.rglob("pins.json")
    path.write_text(json.dumps(stored))


async def test_a_workflow_nobody_has_touched_is_shown_as_its_essentials(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open(tab="")
        panel = panel_of(program)
        assert panel.form.isVisible()
        names = [panel.form.model.name_of(key) for key in panel.form.model.keys]
        assert names == ["Picture", "Prompt", "Seed", "Steps", "CFG", "Denoise", "Guidance"]
        await program.key(K.Key_2, CTRL | M.AltModifier)
        assert panel.view.isVisible()
        settings = program.preferences.settings
    async with open_program(tmp_path, settings=settings) as program:
        await program.wait_until_open(tab="")
        assert panel_of(program).view.isVisible(), "the tab is remembered"
        await program.key(K.Key_1, CTRL | M.AltModifier)
        settings = program.preferences.settings
    async with open_program(tmp_path, settings=settings) as program:
        await program.wait_until_open(tab="")
        assert panel_of(program).form.isVisible()


async def test_essentials_are_changed_by_keys_and_kept_for_the_next_start(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        panel, scheduler = panel_of(program), key_of(program, "scheduler")
        panel.jump_to(scheduler)
        await program.key(K.Key_P, CTRL)
        assert program.services.pins.state.pins[-1].key == scheduler
        await program.key(K.Key_1, CTRL | M.AltModifier)
        panel.jump_to(key_of(program, "cfg"))
        assert panel.view.isHidden()
        await program.key(K.Key_P, CTRL | M.AltModifier)
        program.find(QLineEdit, "pin_label").setText("How strictly")
        await program.press("pin_save")
        pins = program.services.pins.state.pins
        assert "How strictly" in [pin.label for pin in pins]
    async with open_program(tmp_path) as program:
        await program.wait_until_open(tab="")
        assert program.services.pins.state.pins == pins
        assert panel_of(program).form.isVisible()


async def test_the_essentials_are_ticked_in_a_list_and_suggested_again(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open(tab="")
        suggested = program.services.pins.state.pins
        await program.trigger("choose_essentials")
        program.find(QLineEdit, "essentials_find").setText("scheduler")
        await program.press("essentials_all")
        await program.press("essentials_save")
        scheduler = key_of(program, "scheduler")
        assert program.services.pins.state.pins[:-1] == suggested
        assert program.services.pins.state.pins[-1].key == scheduler
        await program.trigger("choose_essentials")
        await program.press("essentials_suggested")
        await program.press("essentials_save")
        assert program.services.pins.state.is_suggested
        assert program.services.pins.state.pins == suggested


async def test_a_label_is_found_in_the_palette(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        steps = key_of(program, "steps")
        pin = program.services.pins.state.pin_for(steps)
        assert pin is not None
        program.services.pins.edit(replace(pin, label="Patience"))
        await program.key(K.Key_K, CTRL)
        program.find(QLineEdit, "palette_box").setText("patience")
        await process_events_async()
        entries = program.find(QListView, "palette_list").model()
        assert entries.index(0, 0).data() == "Patience"
        await program.key(K.Key_Return)
        panel = panel_of(program)
        await wait_until(panel.view.hasFocus)
        assert panel.model.key_at(panel.view.currentIndex()) == steps


async def test_essentials_without_an_input_are_counted_and_removed(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        steps = key_of(program, "steps")
        program.services.pins.choose([steps])
        (pin,) = program.services.pins.state.pins
        owner = program.services.pins.state.owner
        gone = pin_to_json(replace(pin, key=InputKey(steps.node_id, "patience"), label="Patience"))
        stored: JsonObject = {"format": 1, "pins": {owner: [pin_to_json(pin), gone]}}
    rewrite(tmp_path, stored)
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        model = panel_of(program).form.model
        row = model.node_row_at(model.index(0, 0))
        assert row is not None
        assert row.class_type == "1 input, 1 more not here"
        await program.trigger("unpin_lost")
        await wait_until(program.notices)
        assert program.notices() == ["1 essential without an input was removed."]
        row = model.node_row_at(model.index(0, 0))
        assert row is not None
        assert row.class_type == "1 input"


async def test_a_choice_for_a_workflow_that_is_no_longer_open_changes_nothing(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open(tab="")
        await program.trigger("choose_essentials")
        await program.press("essentials_all")
        listed = program.services.catalogue.state.deployments
        other = next(each for each in listed if each.name == "flux-dev").deployment_id
        program.services.catalogue.open(other)
        await wait_until(lambda: program.services.pins.state.owner == other)
        suggested = program.services.pins.state.pins
        await program.press("essentials_save")
        assert program.services.pins.state.is_suggested
        assert program.services.pins.state.pins == suggested
        assert panel_of(program).form.isVisible()
