"""Pins in the whole window: by the menus' keys, found from anywhere, and there after a restart."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListView

from runcomfy_desktop.domain.pin import pin_to_json
from runcomfy_desktop.domain.workflow import InputKey
from tests.gui.support.house import House, open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject
    from runcomfy_desktop.ui.inputs.panel import InputsPanel

K = Qt.Key
M = Qt.KeyboardModifier
CTRL = M.ControlModifier


def panel_of(house: House) -> InputsPanel:
    panel = house.window.centre.inputs
    assert panel is not None
    return panel


def key_of(house: House, name: str) -> InputKey:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return next(key for key in draft.workflow.input_keys() if key.name == name)


def rewrite(folder: Path, stored: JsonObject) -> None:
    (path,) = folder.rglob("pins.json")
    path.write_text(json.dumps(stored))


async def test_pins_are_set_by_keys_and_are_there_again_at_the_next_start(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        panel, steps = panel_of(house), key_of(house, "steps")
        panel.jump_to(steps)
        await house.key(K.Key_P, CTRL)
        assert [pin.key for pin in house.parts.pins.state.pins] == [steps]
        assert panel.form.isVisible()
        panel.jump_to(key_of(house, "cfg"))
        await house.key(K.Key_P, CTRL)
        await house.key(K.Key_4, CTRL | M.AltModifier)
        assert panel.view.isHidden()
        await house.key(K.Key_P, CTRL | M.AltModifier)
        house.find(QLineEdit, "pin_label").setText("How strictly")
        await house.press("pin_save")
        labels = [pin.label for pin in house.parts.pins.state.pins]
        assert "How strictly" in labels
    async with open_house(tmp_path) as house:
        await house.until_open()
        await turn()
        assert [pin.label for pin in house.parts.pins.state.pins] == labels
        assert panel_of(house).form.isVisible()


async def test_a_named_pin_is_found_in_the_palette(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        steps = key_of(house, "steps")
        house.parts.pins.pin(steps)
        (pin,) = house.parts.pins.state.pins
        house.parts.pins.edit(replace(pin, label="Patience"))
        await house.key(K.Key_K, CTRL)
        house.find(QLineEdit, "palette_box").setText("patience")
        await turn()
        entries = house.find(QListView, "palette_list").model()
        assert entries.index(0, 0).data() == "Patience"
        await house.key(K.Key_Return)
        panel = panel_of(house)
        await until(panel.view.hasFocus)
        assert panel.model.key_at(panel.view.currentIndex()) == steps


async def test_pins_without_an_input_are_counted_and_let_go_of_by_the_menu(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        steps = key_of(house, "steps")
        house.parts.pins.pin(steps)
        (pin,) = house.parts.pins.state.pins
        owner = house.parts.pins.state.owner
        gone = pin_to_json(replace(pin, key=InputKey(steps.node_id, "patience"), label="Patience"))
        stored: JsonObject = {"format": 1, "pins": {owner: [pin_to_json(pin), gone]}}
    rewrite(tmp_path, stored)
    async with open_house(tmp_path) as house:
        await house.until_open()
        model = panel_of(house).form.model
        row = model.node_row(model.index(0, 0))
        assert row is not None
        assert row.class_type == "1 input, 1 more not here"
        await house.trigger("unpin_lost")
        await until(house.notices)
        assert house.notices() == ["1 pin without an input is gone."]
        row = model.node_row(model.index(0, 0))
        assert row is not None
        assert row.class_type == "1 input"
