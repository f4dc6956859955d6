"""Height of a dialog whose content changes.

The dialog shrinks again, but not below the height that the user chose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QDialog, QFrame, QToolButton

from runcomfy_desktop.domain.sweeps.axis_kinds import AxisKind
from tests.gui.support.gui_program import open_program
from tests.gui.support.user_input import find
from tests.gui.sweeps.test_sweep_dialog import (
    choose,
    label_text,
    open_dialog,
    pick,
    wait_until_action,
    write,
)
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.gui_program import GuiProgram

_TALL = 700
_NOTHING = "nothing to try"


async def test_the_room_of_what_has_gone_is_given_back(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for look in (
            a_lower_editor_of_an_axis_leaves_no_blank,
            an_axis_that_goes_takes_its_room_along,
            a_sketch_that_goes_while_one_types_leaves_the_height,
            another_axis_is_offered_in_line_with_those_that_are_there,
        ):
            await look(program)
            program.find(QDialog, "sweep_dialog").close()
            await wait_until(lambda: not program.is_visible(QDialog, "sweep_dialog"))


async def a_lower_editor_of_an_axis_leaves_no_blank(program: GuiProgram) -> None:
    dialog = await open_dialog(program)
    await pick(program, "steps")
    await wait_until_action(program, "Run 3 jobs")
    usual = dialog.height()
    await choose(program, AxisKind.LIST)
    write(program, "19, 20, 21")
    await wait_until_action(program, "Run 3 jobs")
    assert dialog.height() > usual
    await choose(program, AxisKind.RANGE)
    await wait_until_action(program, "Run 3 jobs")
    assert dialog.height() == usual


async def an_axis_that_goes_takes_its_room_along(program: GuiProgram) -> None:
    dialog = await open_dialog(program)
    await pick(program, "steps")
    await wait_until_action(program, "Run 3 jobs")
    low = dialog.height()
    await program.press("sweep_add_axis")
    await pick(program, "cfg", "y")
    await wait_until_action(program, "Run 9 jobs")
    assert dialog.height() > low
    await program.press("axis_y_remove")
    await wait_until_action(program, "Run 3 jobs")
    assert dialog.height() == low


async def a_sketch_that_goes_while_one_types_leaves_the_height(program: GuiProgram) -> None:
    dialog = await open_dialog(program)
    await pick(program, "steps")
    await choose(program, AxisKind.LIST)
    write(program, "4, 8")
    await wait_until_action(program, "Run 2 jobs")
    high = dialog.height()
    write(program, " ")
    await wait_until(lambda: _NOTHING in label_text(program))
    assert dialog.height() == high


async def another_axis_is_offered_in_line_with_those_that_are_there(program: GuiProgram) -> None:
    dialog = await open_dialog(program)
    add, card = find(dialog, QToolButton, "sweep_add_axis"), find(dialog, QFrame, "axis_x")
    lefts = [each.mapTo(dialog, QPoint()).x() for each in (add, card)]
    assert lefts[0] == lefts[1]
    # The width fits as well: there is hardly any padding around the text.
    words = add.fontMetrics().horizontalAdvance(add.text())
    assert words < add.width() <= words + 6


async def test_the_height_that_a_person_gave_it_stays(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dialog = await open_dialog(program)
        await pick(program, "steps")
        await choose(program, AxisKind.LIST)
        await wait_until(lambda: _NOTHING in label_text(program))
        # Resizes as the system does when the user drags the frame.
        dialog.windowHandle().resize(dialog.width(), _TALL)
        await wait_until(lambda: dialog.height() == _TALL)
        await choose(program, AxisKind.RANGE)
        await wait_until_action(program, "Run 3 jobs")
        assert dialog.height() == _TALL
