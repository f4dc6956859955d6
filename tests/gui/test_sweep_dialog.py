"""The sweep dialog: axes of every kind, what the grid would be before anything is sent, and the
one batch that it begins."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
)

from runcomfy_desktop.domain.draft import media_files
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.preset.capture import preset_of
from runcomfy_desktop.domain.sweep.spec import FilesSpec, SweepSpec
from runcomfy_desktop.domain.workflow import workflow_from_json
from runcomfy_desktop.ui.batches.axis_kinds import AxisKind
from runcomfy_desktop.ui.batches.grid_sketch import GridSketch
from runcomfy_desktop.ui.inputs.row_menu import popup_for
from runcomfy_desktop.ui.run_desk import RunDesk
from tests.gui.support.audit import faults_of
from tests.gui.support.focus import unseen
from tests.gui.support.hands import find, retype, type_text
from tests.gui.support.house import House, open_house, turn
from tests.gui.support.sweep_room import SweepRoom, open_sweep
from tests.support.pictures import write_png
from tests.support.until import settled, until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.sweep_planner import Prepared
    from runcomfy_desktop.domain.workflow import InputKey

Place = House | SweepRoom
K = Qt.Key
NO_KEYS = Qt.KeyboardModifier.NoModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


async def open_dialog(house: House) -> QDialog:
    """By the menu's shortcut."""
    await house.until_open()
    house.window.activateWindow()
    await turn()
    await house.key(K.Key_Return, CTRL | ALT)
    await until(lambda: house.there(QDialog, "sweep_dialog"))
    return house.find(QDialog, "sweep_dialog")


def key_named(place: Place, name: str) -> InputKey:
    bench = place.parts.workbench if isinstance(place, House) else place.workbench
    draft = bench.state.draft
    assert draft is not None
    return next(each for each in draft.workflow.input_keys() if each.name == name)


async def pick(place: Place, name: str, axis: str = "x") -> None:
    """Chooses an input as a person does: presses the button, types, presses Enter."""
    await place.press(f"axis_{axis}_input")
    await until(lambda: place.there(QLineEdit, "palette_box"))
    dialog = place.find(QDialog, "sweep_dialog")
    type_text(dialog, name)
    await place.key(K.Key_Return)
    await until(lambda: not place.there(QLineEdit, "palette_box"))


def kinds(place: Place, axis: str = "x") -> list[AxisKind]:
    box = place.find(QComboBox, f"axis_{axis}_kind")
    return [box.itemData(row) for row in range(box.count())]


async def choose(place: Place, kind: AxisKind, axis: str = "x") -> None:
    box = place.find(QComboBox, f"axis_{axis}_kind")
    box.setFocus()
    QTest.keyClick(box, K.Key_Home)
    while box.currentData() is not kind:
        before = box.currentIndex()
        QTest.keyClick(box, K.Key_Down)
        assert box.currentIndex() != before, f"{kind} is not offered"
    await turn()


def told(place: Place, axis: str = "x") -> str:
    """What is said below an axis."""
    for name in (f"axis_{axis}_fault", f"axis_{axis}_points"):
        label = place.find(QLabel, name)
        if label.isVisible():
            return label.text()
    return ""


def deed(place: Place) -> QPushButton:
    return place.find(QPushButton, "sweep_run")


def cost(place: Place) -> str:
    return place.find(QLabel, "sweep_cost").text()


async def until_deed(place: Place, text: str) -> None:
    await until(lambda: deed(place).isEnabled() and deed(place).text() == text)


def write(place: Place, text: str, axis: str = "x") -> None:
    box = place.find(QPlainTextEdit, f"axis_{axis}_text")
    box.setFocus()
    box.selectAll()
    type_text(place.find(QDialog, "sweep_dialog"), text)


# The way in


async def test_it_opens_from_the_menu_beside_run_and_says_what_is_missing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        actions = house.find(QToolButton, "run_more").menu().actions()
        assert [each.text().replace("&", "") for each in actions][2] == "Sweep…"
        await house.trigger("sweep")
        assert told(house) == "" or told(house) == "Choose the input that is varied."
        await until(lambda: told(house) == "Choose the input that is varied.")
        assert not deed(house).isEnabled()
        assert deed(house).accessibleDescription() == "Choose the input that is varied."
        house.window.detach()
        await until(lambda: not house.there(QDialog, "sweep_dialog"))


async def test_the_menu_of_a_row_begins_a_sweep_over_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        panel = house.window.centre.inputs
        assert panel is not None
        view = panel.view
        wire = view.inputs.index_of(key_named(house, "model"))
        of_wire = popup_for(view, wire, view.mapToGlobal(view.rect().center()))
        assert "sweep_over" not in [each.objectName() for each in of_wire.actions()]
        of_wire.close()
        view.go_to(view.inputs.index_of(key_named(house, "steps")))
        QTest.keyClick(view, K.Key_Menu)
        menu = QApplication.activePopupWidget()
        if menu is None:
            menu = popup_for(view, view.currentIndex(), view.mapToGlobal(view.rect().center()))
        assert isinstance(menu, QMenu)
        entry = next(each for each in menu.actions() if each.objectName() == "sweep_over")
        entry.trigger()
        menu.close()
        await until(lambda: told(house) == "3 values: 19, 20, 21")
        assert house.find(QPushButton, "axis_x_input").text() == "steps of KSampler"


# Axes


async def test_an_input_is_found_by_a_few_letters_and_gets_what_fits_it(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        await pick(room, "stps")
        assert room.find(QPushButton, "axis_x_input").text() == "steps of KSampler"
        assert kinds(room)[:2] == [AxisKind.RANGE, AxisKind.LIST]
        await pick(room, "sampler_name")
        assert kinds(room)[:2] == [AxisKind.CHOICES, AxisKind.LIST]
        await pick(room, "text")
        assert kinds(room)[:3] == [AxisKind.LINES, AxisKind.LIST, AxisKind.REPLACE]
        await pick(room, "image")
        assert kinds(room)[:2] == [AxisKind.FILES, AxisKind.LIST]


async def test_a_range_says_its_values_or_what_is_wrong(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        await pick(room, "steps")
        retype(room.find(QLineEdit, "axis_x_start"), "10")
        retype(room.find(QLineEdit, "axis_x_stop"), "30")
        retype(room.find(QLineEdit, "axis_x_count"), "")
        retype(room.find(QLineEdit, "axis_x_step"), "5")
        await until(lambda: told(room) == "5 values: 10, 15, 20, 25, 30")
        await until_deed(room, "Run 5 jobs")
        retype(room.find(QLineEdit, "axis_x_step"), "0")
        await until(lambda: "would never end" in told(room))
        assert not deed(room).isEnabled()
        retype(room.find(QLineEdit, "axis_x_step"), "x")
        await until(lambda: "is no number" in told(room))


async def test_two_axes_are_a_grid_with_its_size_and_a_sketch(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        await pick(room, "steps")
        await room.press("sweep_add_axis")
        await pick(room, "cfg", "y")
        await choose(room, AxisKind.LIST, "y")
        write(room, "1, 2.5, 4, 5", "y")
        await until_deed(room, "Run 12 jobs")
        sketch = room.find(GridSketch, "grid_sketch")
        assert sketch.isVisible()
        assert sketch.accessibleName() == "A grid of 3 columns and 4 rows"
        await room.press("sweep_zip")
        await until(lambda: "same number of values" in room.find(QLabel, "sweep_why").text())
        assert not deed(room).isEnabled()
        write(room, "1, 2.5, 4", "y")
        await until_deed(room, "Run 3 jobs")


async def test_a_million_cells_are_refused_with_the_number(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        for axis, name in (("x", "steps"), ("y", "cfg"), ("z", "denoise")):
            if axis != "x":
                await room.press("sweep_add_axis")
            await pick(room, name, axis)
            low, high = {"steps": ("1", "100"), "cfg": ("1", "100"), "denoise": ("0", "1")}[name]
            retype(room.find(QLineEdit, f"axis_{axis}_start"), low)
            retype(room.find(QLineEdit, f"axis_{axis}_stop"), high)
            retype(room.find(QLineEdit, f"axis_{axis}_count"), "100")
        await until(lambda: "1,000,000 cells" in room.find(QLabel, "sweep_why").text())
        assert not deed(room).isEnabled()
        assert not room.there(QToolButton, "sweep_add_axis")
        assert room.states() == []


async def test_choices_are_ticked_by_keyboard_and_found(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        dialog = await room.open()
        await pick(room, "sampler_name")
        await until(lambda: told(room) == "1 value: euler")
        room.find(QLineEdit, "axis_x_find").setFocus()
        type_text(dialog, "heun")
        ticks = room.find(QListWidget, "axis_x_list")
        shown = [
            ticks.item(row).text() for row in range(ticks.count()) if not ticks.item(row).isHidden()
        ]
        assert "heun" in shown
        assert "euler" not in shown
        await room.press("axis_x_all")
        await until(lambda: told(room).startswith(f"{len(shown) + 1} values: euler, "))
        room.find(QLineEdit, "axis_x_find").clear()
        await room.press("axis_x_none")
        await until(lambda: told(room) == "Tick at least one value.")
        ticks.setFocus()
        ticks.setCurrentRow(1)
        await room.key(K.Key_Space)
        await until(lambda: told(room).startswith("1 value: "))


async def test_words_are_replaced_only_where_they_stand(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        room.workbench.edit({key_named(room, "text"): "a red bike"}, "x")
        await pick(room, "text")
        await choose(room, AxisKind.REPLACE)
        write(room, "red, blue, green")
        await until_deed(room, "Run 3 jobs")
        write(room, "purple, blue")
        why = room.find(QLabel, "sweep_why")
        await until(lambda: "“purple” is not in" in why.text())


async def test_a_csv_puts_its_columns_on_inputs(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"\xef\xbb\xbfsteps;wish;note\n8;one;a\n12;two;b\n")
    async with open_sweep(tmp_path / "room") as room:
        dialog = await room.open()
        await choose(room, AxisKind.CSV)
        assert not room.there(QPushButton, "axis_x_input")
        retype(room.find(QLineEdit, "axis_x_csv"), str(file))
        await until(lambda: room.there(QPushButton, "axis_x_column_0"))
        assert room.find(QPushButton, "axis_x_column_0").text() == "steps of KSampler"
        assert room.find(QPushButton, "axis_x_column_1").text() == "Left out"
        await until(lambda: told(room) == "2 values: 8, 12")
        await room.press("axis_x_column_1")
        type_text(dialog, "text")
        await room.key(K.Key_Return)
        heads = room.find(QComboBox, "axis_x_heads")
        heads.setFocus()
        QTest.keyClick(heads, K.Key_End)
        await until(lambda: told(room) == "2 values: a, b")
        await until_deed(room, "Run 2 jobs")
        await room.press("sweep_run")
        await until(lambda: room.states() == [JobState.DONE] * 2)
        jobs = room.jobs
        assert [job.changes[key_named(room, "text")] for job in jobs] == ["one", "two"]


@pytest.mark.parametrize(
    ("kind", "field", "missing"),
    [
        (AxisKind.CSV, "axis_x_csv", "Choose a CSV file."),
        (AxisKind.FILES, "axis_x_folder", "Choose a folder."),
    ],
)
async def test_nothing_is_wrong_before_a_file_is_chosen(
    tmp_path: Path, kind: AxisKind, field: str, missing: str
) -> None:
    (tmp_path / "rows.csv").write_text("steps\n8\n12\n", "utf-8")
    async with open_sweep(tmp_path / "room") as room:
        await room.open()
        if kind.has_input:
            await pick(room, "image")
        await choose(room, kind)
        for _again in range(2):
            await until(lambda: told(room) == missing)
            assert not room.there(QLabel, "axis_x_fault")
            assert deed(room).accessibleDescription() == missing
            retype(room.find(QLineEdit, field), str(tmp_path / "rows.csv"))
            await until(lambda: told(room) != missing)
            retype(room.find(QLineEdit, field), "")


async def test_a_csv_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        await choose(room, AxisKind.CSV)
        retype(room.find(QLineEdit, "axis_x_csv"), str(tmp_path / "nowhere.csv"))
        fault = room.find(QLabel, "axis_x_csv_fault")
        await until(lambda: fault.isVisible() and "nowhere.csv cannot be read" in fault.text())
        assert not deed(room).isEnabled()


async def test_the_files_of_a_folder_are_sent_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("10.png", "2.png", "1.png"):
        write_png(folder / name, 8, 8)
    (folder / "notes.txt").write_text("no picture")
    async with open_sweep(tmp_path / "room") as room:
        await room.open()
        await pick(room, "image")
        retype(room.find(QLineEdit, "axis_x_folder"), str(folder))
        await until(lambda: told(room) == "3 values: 1.png, 2.png, 10.png")
        await until_deed(room, "Run 3 jobs")
        await room.press("sweep_run")
        await until(lambda: room.states() == [JobState.DONE] * 3)


async def test_a_file_that_is_gone_before_it_is_sent_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2):
        write_png(folder / f"{number}.png", 8 * number, 8)
    async with open_house(tmp_path / "house") as house:
        await house.until_open()
        made: list[Prepared] = []
        spec = SweepSpec((FilesSpec(key_named(house, "image"), str(folder)),))
        house.parts.sweeps.prepare(spec, made.append, house.parts.notices.failure)
        await until(lambda: bool(made))
        [file] = media_files(made[0].cells.runs[1].draft)
        [copy] = (tmp_path / "house").rglob(file.stored_name)
        copy.unlink()
        run_desk = house.window.findChild(RunDesk)
        assert run_desk is not None
        run_desk.run_grid(made[0])
        await until(lambda: "This cannot run yet." in house.notices())
        [notice] = house.window.notice_line.notices
        assert notice.detail.startswith("2.png: ")
        assert notice.detail.endswith("Nothing was sent and nothing was billed.")
        assert house.states() == []
        assert house.parts.sweeps.state.sweeps == ()


async def test_deployments_are_an_axis(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        await open_dialog(house)
        await choose(house, AxisKind.DEPLOYMENTS)
        await until(lambda: told(house) == "1 value: flux-kontext")


async def test_presets_are_an_axis(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        steps, draft = key_named(house, "steps"), house.parts.workbench.state.draft
        assert draft is not None
        for name, value in (("Quick", 4), ("Slow", 50)):
            house.parts.library.save(preset_of(draft.with_values({steps: value}), name), "")
        names = {"Quick", "Slow"}
        library = house.parts.library
        await until(lambda: names <= {each.name for each in library.state.heads})
        await open_dialog(house)
        await choose(house, AxisKind.PRESETS)
        ticks = house.find(QListWidget, "axis_x_list")
        for row in range(ticks.count()):
            if ticks.item(row).text() in names:
                ticks.setFocus()
                ticks.setCurrentRow(row)
                await house.key(K.Key_Space)
        await until(lambda: told(house) == "2 values: Quick, Slow")
        await until_deed(house, "Run 2 jobs")
        await house.press("sweep_run")
        await until(lambda: house.states() == [JobState.DONE] * 2)
        jobs = house.parts.queue.jobs.values()
        assert [job.changes[steps] for job in jobs] == [4, 50]


# Sending


async def test_a_grid_is_one_batch_with_a_place_for_each_job(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        await pick(house, "steps")
        await house.press("sweep_add_axis")
        await pick(house, "cfg", "y")
        await choose(house, AxisKind.LIST, "y")
        write(house, "1, 2", "y")
        retype(house.find(QLineEdit, "sweep_name"), "my grid")
        await until_deed(house, "Run 6 jobs")
        # The button was the question.
        house.preferences.set(ask_from_jobs=1)
        await house.press("sweep_run")
        await until(lambda: house.states() == [JobState.DONE] * 6)
        jobs = list(house.parts.queue.jobs.values())
        assert sorted(job.cell for job in jobs) == list(range(6))
        assert {job.batch_name for job in jobs} == {"my grid"}
        assert len({job.batch_id for job in jobs}) == 1
        assert len({job.seed for job in jobs}) == 1
        steps = key_named(house, "steps")
        assert [job.changes.get(steps, 20) for job in jobs] == [19, 20, 21] * 2


@pytest.mark.parametrize("keys", [NO_KEYS, CTRL])
async def test_enter_in_a_field_sends_what_stands_on_the_button_once(
    tmp_path: Path, keys: Qt.KeyboardModifier
) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        await pick(room, "steps")
        await until_deed(room, "Run 3 jobs")
        room.find(QLineEdit, "sweep_name").setFocus()
        await room.key(K.Key_Return, keys)
        await until(lambda: room.states() == [JobState.DONE] * 3)


async def test_new_seeds_differ_in_each_cell(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        await pick(room, "steps")
        room.grids.new_seed = itertools.count(1).__next__
        await room.press("sweep_new")
        await until_deed(room, "Run 3 jobs")
        await room.press("sweep_run")
        await until(lambda: room.states() == [JobState.DONE] * 3)
        assert len({job.seed for job in room.jobs}) == 3


async def test_files_that_come_meanwhile_are_not_sent_unasked(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_png(folder / "1.png", 8, 8)
    async with open_sweep(tmp_path / "room") as room:
        await room.open()
        await pick(room, "image")
        retype(room.find(QLineEdit, "axis_x_folder"), str(folder))
        await until_deed(room, "Run 1 job")
        write_png(folder / "2.png", 9, 9)
        await room.press("sweep_run")
        await until_deed(room, "Run 2 jobs")
        assert room.states() == []


async def test_nothing_is_sent_at_another_price_than_the_button_said(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        await pick(room, "steps")
        deployment = room.workbench.state.deployment
        assert deployment is not None
        sku = deployment.hardware[0]
        room.grids.bench.preferences.set(prices=((sku, 1.0),))
        await until(lambda: deed(room).isEnabled() and "$1.00" in cost(room))
        room.grids.bench.preferences.set(prices=((sku, 99.0),))
        # Pressed before the dialog could say so.
        deed(room).click()
        await until(lambda: deed(room).isEnabled() and "$99.00" in cost(room))
        assert room.states() == []
        deed(room).click()
        await until(lambda: room.states() == [JobState.DONE] * 3)


async def test_what_is_edited_while_the_runs_are_prepared_is_not_sent_as_it_was(
    tmp_path: Path,
) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        await pick(room, "steps")
        await until_deed(room, "Run 3 jobs")
        deed(room).click()
        room.find(QAbstractButton, "sweep_new").click()
        await until_deed(room, "Run 3 jobs")
        assert room.states() == []


async def test_a_dialog_that_is_closed_while_the_runs_are_prepared_sends_nothing(
    tmp_path: Path,
) -> None:
    async with open_sweep(tmp_path) as room:
        dialog = await room.open()
        await pick(room, "steps")
        await until_deed(room, "Run 3 jobs")
        deed(room).click()
        wish = dialog.wish
        room.find(QPushButton, "sweep_cancel").click()
        await until(lambda: not room.there(QDialog, "sweep_dialog"))
        await room.open(wish)
        await until_deed(room, "Run 3 jobs")
        assert await settled(lambda: len(room.states())) == 0
        assert room.grids.bench.told == []


# What is kept


async def test_what_was_said_is_there_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        await pick(house, "steps")
        retype(house.find(QLineEdit, "axis_x_start"), "4")
        await house.press("sweep_add_axis")
        await pick(house, "text", "y")
        write(house, "one\ntwo", "y")
        await house.key(K.Key_Escape)
        await until(lambda: not house.there(QDialog, "sweep_dialog"))
        await open_dialog(house)
        assert house.find(QLineEdit, "axis_x_start").text() == "4"
        assert house.find(QPlainTextEdit, "axis_y_text").toPlainText() == "one\ntwo"


async def test_what_was_only_proposed_follows_the_draft(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await open_dialog(house)
        await pick(house, "steps")
        assert house.find(QLineEdit, "axis_x_start").text() == "19"
        await house.press("sweep_add_axis")
        await pick(house, "seed", "y")
        retype(house.find(QLineEdit, "axis_y_start"), "4")
        await house.key(K.Key_Escape)
        await until(lambda: not house.there(QDialog, "sweep_dialog"))
        house.parts.workbench.edit({key_named(house, "steps"): 30}, "Steps")
        house.parts.workbench.edit({key_named(house, "seed"): 4716}, "Seed")
        await open_dialog(house)
        assert house.find(QLineEdit, "axis_x_start").text() == "29"
        assert house.find(QLineEdit, "axis_y_start").text() == "4", "that was typed"


async def test_an_axis_that_goes_leaves_the_others(tmp_path: Path) -> None:
    async with open_sweep(tmp_path) as room:
        await room.open()
        assert not room.there(QToolButton, "axis_x_remove")
        await pick(room, "steps")
        await room.press("sweep_add_axis")
        await pick(room, "cfg", "y")
        await room.press("axis_x_remove")
        assert room.find(QPushButton, "axis_x_input").text() == "cfg of KSampler"
        assert not room.there(QPushButton, "axis_y_input")


async def test_it_follows_another_draft(tmp_path: Path) -> None:
    async with open_sweep(tmp_path / "room") as room:
        await room.open()
        await pick(room, "steps")
        await until_deed(room, "Run 3 jobs")
        other = workflow_from_json({"1": {"class_type": "A", "inputs": {"x": 1}}})
        open_file(room.workbench, other, "other.json", "/other.json")
        await until(lambda: "no input “steps”" in told(room))
        assert room.find(QLabel, "sweep_about").text().startswith("other.json on ")
        assert not deed(room).isEnabled()


@pytest.mark.parametrize("kind", [AxisKind.RANGE, AxisKind.LIST, AxisKind.CSV])
async def test_everything_has_a_name_and_shows_the_keyboard(tmp_path: Path, kind: AxisKind) -> None:
    async with open_sweep(tmp_path) as room:
        dialog = await room.open()
        await pick(room, "steps")
        await room.press("sweep_add_axis")
        # What one has to choose from is named by others.
        await pick(room, "device", "y")
        await choose(room, kind)
        await until(lambda: told(room, "y") == "1 value: default")
        assert faults_of(dialog) == []
        assert await unseen(find(dialog, QComboBox, "axis_x_kind")) == []
