"""The height of a dialog whose content changes: the room of what has gone is given back, unless a
person made it so high."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QDialog, QFrame, QToolButton

from runcomfy_desktop.ui.batches.axis_kinds import AxisKind
from tests.gui.support.hands import find
from tests.gui.support.house import open_house
from tests.gui.test_sweep_dialog import choose, open_dialog, pick, told, until_deed, write
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.house import House

_TALL = 700
_NOTHING = "nothing to try"


async def test_the_room_of_what_has_gone_is_given_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        for look in (
            a_lower_editor_of_an_axis_leaves_no_blank,
            an_axis_that_goes_takes_its_room_along,
            a_sketch_that_goes_while_one_types_leaves_the_height,
            another_axis_is_offered_in_line_with_those_that_are_there,
        ):
            await look(house)
            house.find(QDialog, "sweep_dialog").close()
            await until(lambda: not house.there(QDialog, "sweep_dialog"))


async def a_lower_editor_of_an_axis_leaves_no_blank(house: House) -> None:
    dialog = await open_dialog(house)
    await pick(house, "steps")
    await until_deed(house, "Run 3 jobs")
    usual = dialog.height()
    await choose(house, AxisKind.LIST)
    write(house, "19, 20, 21")
    await until_deed(house, "Run 3 jobs")
    assert dialog.height() > usual
    await choose(house, AxisKind.RANGE)
    await until_deed(house, "Run 3 jobs")
    assert dialog.height() == usual


async def an_axis_that_goes_takes_its_room_along(house: House) -> None:
    dialog = await open_dialog(house)
    await pick(house, "steps")
    await until_deed(house, "Run 3 jobs")
    low = dialog.height()
    await house.press("sweep_add_axis")
    await pick(house, "cfg", "y")
    await until_deed(house, "Run 9 jobs")
    assert dialog.height() > low
    await house.press("axis_y_remove")
    await until_deed(house, "Run 3 jobs")
    assert dialog.height() == low


async def a_sketch_that_goes_while_one_types_leaves_the_height(house: House) -> None:
    dialog = await open_dialog(house)
    await pick(house, "steps")
    await choose(house, AxisKind.LIST)
    write(house, "4, 8")
    await until_deed(house, "Run 2 jobs")
    high = dialog.height()
    write(house, " ")
    await until(lambda: _NOTHING in told(house))
    assert dialog.height() == high


async def another_axis_is_offered_in_line_with_those_that_are_there(house: House) -> None:
    dialog = await open_dialog(house)
    add, card = find(dialog, QToolButton, "sweep_add_axis"), find(dialog, QFrame, "axis_x")
    lefts = [each.mapTo(dialog, QPoint()).x() for each in (add, card)]
    assert lefts[0] == lefts[1]
    # The words as well: there is hardly any room around them.
    words = add.fontMetrics().horizontalAdvance(add.text())
    assert words < add.width() <= words + 6


async def test_the_height_that_a_person_gave_it_stays(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dialog = await open_dialog(house)
        await pick(house, "steps")
        await choose(house, AxisKind.LIST)
        await until(lambda: _NOTHING in told(house))
        # As the system does it when its frame is drawn.
        dialog.windowHandle().resize(dialog.width(), _TALL)
        await until(lambda: dialog.height() == _TALL)
        await choose(house, AxisKind.RANGE)
        await until_deed(house, "Run 3 jobs")
        assert dialog.height() == _TALL
