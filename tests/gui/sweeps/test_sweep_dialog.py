"""The sweep dialog: axes of every kind, a preview of the grid, and the resulting batch."""

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

from runcomfy_desktop.domain.drafts.draft import media_files
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.presets.capture import preset_of
from runcomfy_desktop.domain.sweeps.axis_kinds import AxisKind
from runcomfy_desktop.domain.sweeps.spec import FilesSpec, ListSpec, ReplaceSpec, SweepSpec
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from runcomfy_desktop.ui.input_tree.row_menu import RowMenu
from runcomfy_desktop.ui.sweeps.sweep_dialog import GridPreview
from tests.gui.support.accessibility_audit import accessibility_errors
from tests.gui.support.focus import invisible_focus_stops
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.gui.support.sweep_dialog_harness import SweepDialogHarness, open_sweep_dialog_harness
from tests.gui.support.user_input import find, retype, type_text
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.draft_runs import open_file
from tests.support.image_files import write_png

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.workflow.workflow import InputKey

Place = GuiProgram | SweepDialogHarness
K = Qt.Key
NO_KEYS = Qt.KeyboardModifier.NoModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


async def open_dialog(program: GuiProgram) -> QDialog:
    """Opens the dialog with the menu's shortcut."""
    await program.wait_until_open()
    program.window.activateWindow()
    await process_events_async()
    await program.key(K.Key_Return, CTRL | ALT)
    await wait_until(lambda: program.is_visible(QDialog, "sweep_dialog"))
    return program.find(QDialog, "sweep_dialog")


def key_named(place: Place, name: str) -> InputKey:
    draft_editor = (
        place.services.draft_editor if isinstance(place, GuiProgram) else place.draft_editor
    )
    draft = draft_editor.state.draft
    assert draft is not None
    return next(each for each in draft.workflow.input_keys() if each.name == name)


async def pick(place: Place, name: str, axis: str = "x") -> None:
    """Chooses an input like a user: presses the button, types, presses Enter."""
    await place.press(f"axis_{axis}_input")
    await wait_until(lambda: place.is_visible(QLineEdit, "palette_box"))
    dialog = place.find(QDialog, "sweep_dialog")
    type_text(dialog, name)
    await place.key(K.Key_Return)
    await wait_until(lambda: not place.is_visible(QLineEdit, "palette_box"))


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
    await process_events_async()


def label_text(place: Place, axis: str = "x") -> str:
    """Returns the text below an axis."""
    for name in (f"axis_{axis}_fault", f"axis_{axis}_points"):
        label = place.find(QLabel, name)
        if label.isVisible():
            return label.text()
    return ""


def action_text(place: Place) -> QPushButton:
    return place.find(QPushButton, "sweep_run")


def cost(place: Place) -> str:
    return place.find(QLabel, "sweep_cost").text()


async def wait_until_action(place: Place, text: str) -> None:
    await wait_until(lambda: action_text(place).isEnabled() and action_text(place).text() == text)


def write(place: Place, text: str, axis: str = "x") -> None:
    box = place.find(QPlainTextEdit, f"axis_{axis}_text")
    box.setFocus()
    box.selectAll()
    type_text(place.find(QDialog, "sweep_dialog"), text)


# Opening


async def test_it_opens_from_the_menu_beside_run_and_says_what_is_missing(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        actions = program.find(QToolButton, "run_more").menu().actions()
        assert [each.text().replace("&", "") for each in actions][2] == "Sweep…"
        await program.trigger("sweep")
        assert (
            label_text(program) == "" or label_text(program) == "Choose the input that is varied."
        )
        await wait_until(lambda: label_text(program) == "Choose the input that is varied.")
        assert not action_text(program).isEnabled()
        assert action_text(program).accessibleDescription() == "Choose the input that is varied."


async def test_the_menu_of_a_row_begins_a_sweep_over_it(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        view = program.session.inputs.view
        wire = view.inputs.index_of(key_named(program, "model"))
        of_wire = RowMenu(view, wire, view.commands, view.navigation)
        assert "sweep_over" not in [each.objectName() for each in of_wire.actions()]
        of_wire.close()
        view.go_to(view.inputs.index_of(key_named(program, "steps")))
        QTest.keyClick(view, K.Key_Menu)
        menu = QApplication.activePopupWidget()
        if menu is None:
            menu = RowMenu(view, view.currentIndex(), view.commands, view.navigation)
        assert isinstance(menu, QMenu)
        entry = next(each for each in menu.actions() if each.objectName() == "sweep_over")
        entry.trigger()
        menu.close()
        await wait_until(lambda: label_text(program) == "3 values: 19, 20, 21")
        assert program.find(QPushButton, "axis_x_input").text() == "steps of KSampler"


# Axes


async def test_an_input_is_found_by_a_few_letters_and_gets_what_fits_it(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        await pick(harness, "stps")
        assert harness.find(QPushButton, "axis_x_input").text() == "steps of KSampler"
        assert kinds(harness)[:2] == [AxisKind.RANGE, AxisKind.LIST]
        await pick(harness, "sampler_name")
        assert kinds(harness)[:2] == [AxisKind.CHOICES, AxisKind.LIST]
        await pick(harness, "text")
        assert kinds(harness)[:3] == [AxisKind.LINES, AxisKind.LIST, AxisKind.REPLACE]
        await pick(harness, "image")
        assert kinds(harness)[:2] == [AxisKind.FILES, AxisKind.LIST]


async def test_a_range_says_its_values_or_what_is_wrong(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        await pick(harness, "steps")
        retype(harness.find(QLineEdit, "axis_x_start"), "10")
        retype(harness.find(QLineEdit, "axis_x_stop"), "30")
        retype(harness.find(QLineEdit, "axis_x_count"), "")
        retype(harness.find(QLineEdit, "axis_x_step"), "5")
        await wait_until(lambda: label_text(harness) == "5 values: 10, 15, 20, 25, 30")
        await wait_until_action(harness, "Run 5 jobs")
        retype(harness.find(QLineEdit, "axis_x_step"), "0")
        await wait_until(lambda: "would never end" in label_text(harness))
        assert not action_text(harness).isEnabled()
        retype(harness.find(QLineEdit, "axis_x_step"), "x")
        await wait_until(lambda: "is no number" in label_text(harness))


async def test_two_axes_are_a_grid_with_its_size_and_a_sketch(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        await pick(harness, "steps")
        await harness.press("sweep_add_axis")
        await pick(harness, "cfg", "y")
        await choose(harness, AxisKind.LIST, "y")
        write(harness, "1, 2.5, 4, 5", "y")
        await wait_until_action(harness, "Run 12 jobs")
        sketch = harness.find(GridPreview, "grid_sketch")
        assert sketch.isVisible()
        assert sketch.accessibleName() == "A grid of 3 columns and 4 rows"
        await harness.press("sweep_zip")
        await wait_until(
            lambda: "same number of values" in harness.find(QLabel, "sweep_why").text()
        )
        assert not action_text(harness).isEnabled()
        write(harness, "1, 2.5, 4", "y")
        await wait_until_action(harness, "Run 3 jobs")


async def test_a_million_cells_are_refused_with_the_number(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        for axis, name in (("x", "steps"), ("y", "cfg"), ("z", "denoise")):
            if axis != "x":
                await harness.press("sweep_add_axis")
            await pick(harness, name, axis)
            low, high = {"steps": ("1", "100"), "cfg": ("1", "100"), "denoise": ("0", "1")}[name]
            retype(harness.find(QLineEdit, f"axis_{axis}_start"), low)
            retype(harness.find(QLineEdit, f"axis_{axis}_stop"), high)
            retype(harness.find(QLineEdit, f"axis_{axis}_count"), "100")
        await wait_until(lambda: "1,000,000 cells" in harness.find(QLabel, "sweep_why").text())
        assert not action_text(harness).isEnabled()
        assert not harness.is_visible(QToolButton, "sweep_add_axis")
        assert harness.states() == []


async def test_choices_are_ticked_by_keyboard_and_found(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        dialog = await harness.open()
        await pick(harness, "sampler_name")
        await wait_until(lambda: label_text(harness) == "1 value: euler")
        harness.find(QLineEdit, "axis_x_find").setFocus()
        type_text(dialog, "heun")
        ticks = harness.find(QListWidget, "axis_x_list")
        shown = [
            ticks.item(row).text() for row in range(ticks.count()) if not ticks.item(row).isHidden()
        ]
        assert "heun" in shown
        assert "euler" not in shown
        await harness.press("axis_x_all")
        await wait_until(
            lambda: label_text(harness).startswith(f"{len(shown) + 1} values: euler, ")
        )
        harness.find(QLineEdit, "axis_x_find").clear()
        await harness.press("axis_x_none")
        await wait_until(lambda: label_text(harness) == "Tick at least one value.")
        ticks.setFocus()
        ticks.setCurrentRow(1)
        await harness.key(K.Key_Space)
        await wait_until(lambda: label_text(harness).startswith("1 value: "))


async def test_words_are_replaced_only_where_they_stand(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        harness.draft_editor.edit({key_named(harness, "text"): "a red bike"}, "x")
        await pick(harness, "text")
        await choose(harness, AxisKind.REPLACE)
        write(harness, "red, blue, green")
        await wait_until_action(harness, "Run 3 jobs")
        write(harness, "purple, blue")
        why = harness.find(QLabel, "sweep_why")
        await wait_until(lambda: "“purple” is not in" in why.text())


async def test_a_csv_puts_its_columns_on_inputs(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"\xef\xbb\xbfsteps;wish;note\n8;one;a\n12;two;b\n")
    async with open_sweep_dialog_harness(tmp_path / "room") as harness:
        dialog = await harness.open()
        await choose(harness, AxisKind.CSV)
        assert not harness.is_visible(QPushButton, "axis_x_input")
        retype(harness.find(QLineEdit, "axis_x_csv"), str(file))
        await wait_until(lambda: harness.is_visible(QPushButton, "axis_x_column_0"))
        assert harness.find(QPushButton, "axis_x_column_0").text() == "steps of KSampler"
        assert harness.find(QPushButton, "axis_x_column_1").text() == "Left out"
        await wait_until(lambda: label_text(harness) == "2 values: 8, 12")
        await harness.press("axis_x_column_1")
        type_text(dialog, "text")
        await harness.key(K.Key_Return)
        heads = harness.find(QComboBox, "axis_x_heads")
        heads.setFocus()
        QTest.keyClick(heads, K.Key_End)
        await wait_until(lambda: label_text(harness) == "2 values: a, b")
        await wait_until_action(harness, "Run 2 jobs")
        await harness.press("sweep_run")
        await wait_until(lambda: harness.states() == [JobState.DONE] * 2)
        jobs = harness.jobs
        assert [job.changes[key_named(harness, "text")] for job in jobs] == ["one", "two"]


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
    async with open_sweep_dialog_harness(tmp_path / "room") as harness:
        await harness.open()
        if kind.has_input:
            await pick(harness, "image")
        await choose(harness, kind)
        for _again in range(2):
            await wait_until(lambda: label_text(harness) == missing)
            assert not harness.is_visible(QLabel, "axis_x_fault")
            assert action_text(harness).accessibleDescription() == missing
            retype(harness.find(QLineEdit, field), str(tmp_path / "rows.csv"))
            await wait_until(lambda: label_text(harness) != missing)
            retype(harness.find(QLineEdit, field), "")


async def test_a_csv_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        await choose(harness, AxisKind.CSV)
        retype(harness.find(QLineEdit, "axis_x_csv"), str(tmp_path / "nowhere.csv"))
        fault = harness.find(QLabel, "axis_x_csv_fault")
        await wait_until(lambda: fault.isVisible() and "nowhere.csv cannot be read" in fault.text())
        assert not action_text(harness).isEnabled()


async def test_the_files_of_a_folder_are_sent_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("10.png", "2.png", "1.png"):
        write_png(folder / name, 8, 8)
    (folder / "notes.txt").write_text("no picture")
    async with open_sweep_dialog_harness(tmp_path / "room") as harness:
        await harness.open()
        await pick(harness, "image")
        retype(harness.find(QLineEdit, "axis_x_folder"), str(folder))
        await wait_until(lambda: label_text(harness) == "3 values: 1.png, 2.png, 10.png")
        await wait_until_action(harness, "Run 3 jobs")
        await harness.press("sweep_run")
        await wait_until(lambda: harness.states() == [JobState.DONE] * 3)


async def test_a_file_that_is_gone_before_it_is_sent_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2):
        write_png(folder / f"{number}.png", 8 * number, 8)
    async with open_program(tmp_path / "program_data") as program:
        await program.wait_until_open()
        made: list[PreparedSweep] = []
        spec = SweepSpec((FilesSpec(key_named(program, "image"), str(folder)),))
        program.services.sweeps.planner.prepare(
            spec, made.append, program.services.notices.post_failure
        )
        await wait_until(lambda: bool(made))
        [file] = media_files(made[0].cell_runs.runs[1].draft)
        [copy] = (tmp_path / "program_data").rglob(file.stored_name)
        copy.unlink()
        program.session.run_controller.run_grid(made[0])
        await wait_until(lambda: "This cannot run yet." in program.notices())
        [notice] = program.window.notice_line.notices
        assert notice.detail.startswith("2.png: ")
        assert notice.detail.endswith("Nothing was sent and nothing was billed.")
        assert program.states() == []
        assert program.services.sweeps.state.sweeps == ()


async def test_deployments_are_an_axis(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        await open_dialog(program)
        await choose(program, AxisKind.DEPLOYMENTS)
        await wait_until(lambda: label_text(program) == "1 value: flux-kontext")


async def test_presets_are_an_axis(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        steps, draft = key_named(program, "steps"), program.services.draft_editor.state.draft
        assert draft is not None
        for name, value in (("Quick", 4), ("Slow", 50)):
            program.services.preset_library.save(
                preset_of(draft.with_values({steps: value}), name), ""
            )
        names = {"Quick", "Slow"}
        preset_library = program.services.preset_library
        await wait_until(lambda: names <= {each.name for each in preset_library.state.summaries})
        await open_dialog(program)
        await choose(program, AxisKind.PRESETS)
        ticks = program.find(QListWidget, "axis_x_list")
        for row in range(ticks.count()):
            if ticks.item(row).text() in names:
                ticks.setFocus()
                ticks.setCurrentRow(row)
                await program.key(K.Key_Space)
        await wait_until(lambda: label_text(program) == "2 values: Quick, Slow")
        await wait_until_action(program, "Run 2 jobs")
        await program.press("sweep_run")
        await wait_until(lambda: program.states() == [JobState.DONE] * 2)
        jobs = program.services.queue.jobs.values()
        assert [job.changes[steps] for job in jobs] == [4, 50]


# Sending


async def test_a_grid_is_one_batch_with_a_place_for_each_job(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await open_dialog(program)
        await pick(program, "steps")
        await program.press("sweep_add_axis")
        await pick(program, "cfg", "y")
        await choose(program, AxisKind.LIST, "y")
        write(program, "1, 2", "y")
        retype(program.find(QLineEdit, "sweep_name"), "my grid")
        await wait_until_action(program, "Run 6 jobs")
        # The button was the confirmation.
        program.preferences.set(ask_from_jobs=1)
        await program.press("sweep_run")
        await wait_until(lambda: program.states() == [JobState.DONE] * 6)
        jobs = list(program.services.queue.jobs.values())
        assert sorted(job.cell for job in jobs) == list(range(6))
        assert {job.batch_name for job in jobs} == {"my grid"}
        assert len({job.batch_id for job in jobs}) == 1
        assert len({job.seed for job in jobs}) == 1
        steps = key_named(program, "steps")
        assert [job.changes.get(steps, 20) for job in jobs] == [19, 20, 21] * 2


@pytest.mark.parametrize("keys", [NO_KEYS, CTRL])
async def test_enter_in_a_field_sends_what_stands_on_the_button_once(
    tmp_path: Path, keys: Qt.KeyboardModifier
) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        await pick(harness, "steps")
        await wait_until_action(harness, "Run 3 jobs")
        harness.find(QLineEdit, "sweep_name").setFocus()
        await harness.key(K.Key_Return, keys)
        await wait_until(lambda: harness.states() == [JobState.DONE] * 3)


async def test_new_seeds_differ_in_each_cell(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        await pick(harness, "steps")
        harness.grid_harness.new_seed = itertools.count(1).__next__
        await harness.press("sweep_new")
        await wait_until_action(harness, "Run 3 jobs")
        await harness.press("sweep_run")
        await wait_until(lambda: harness.states() == [JobState.DONE] * 3)
        assert len({job.seed for job in harness.jobs}) == 3


async def test_files_that_come_meanwhile_are_not_sent_unasked(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_png(folder / "1.png", 8, 8)
    async with open_sweep_dialog_harness(tmp_path / "room") as harness:
        await harness.open()
        await pick(harness, "image")
        retype(harness.find(QLineEdit, "axis_x_folder"), str(folder))
        await wait_until_action(harness, "Run 1 job")
        write_png(folder / "2.png", 9, 9)
        await harness.press("sweep_run")
        await wait_until_action(harness, "Run 2 jobs")
        assert harness.states() == []


async def test_nothing_is_sent_at_another_price_than_the_button_said(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        await pick(harness, "steps")
        deployment = harness.draft_editor.state.deployment
        assert deployment is not None
        sku = deployment.hardware[0]
        harness.grid_harness.queue_harness.preferences.set(prices=((sku, 1.0),))
        await wait_until(lambda: action_text(harness).isEnabled() and "$1.00" in cost(harness))
        harness.grid_harness.queue_harness.preferences.set(prices=((sku, 99.0),))
        # Pressed before the dialog could show the new price.
        action_text(harness).click()
        await wait_until(lambda: action_text(harness).isEnabled() and "$99.00" in cost(harness))
        assert harness.states() == []
        action_text(harness).click()
        await wait_until(lambda: harness.states() == [JobState.DONE] * 3)


async def test_what_is_edited_while_the_runs_are_prepared_is_not_sent_as_it_was(
    tmp_path: Path,
) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        await pick(harness, "steps")
        await wait_until_action(harness, "Run 3 jobs")
        action_text(harness).click()
        harness.find(QAbstractButton, "sweep_new").click()
        await wait_until_action(harness, "Run 3 jobs")
        assert harness.states() == []


async def test_a_dialog_that_is_closed_while_the_runs_are_prepared_sends_nothing(
    tmp_path: Path,
) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        dialog = await harness.open()
        await pick(harness, "steps")
        await wait_until_action(harness, "Run 3 jobs")
        action_text(harness).click()
        sweep_spec = dialog.sweep_spec
        harness.find(QPushButton, "sweep_cancel").click()
        await wait_until(lambda: not harness.is_visible(QDialog, "sweep_dialog"))
        await harness.open(sweep_spec)
        await wait_until_action(harness, "Run 3 jobs")
        assert await wait_until_stable(lambda: len(harness.states())) == 0
        assert harness.grid_harness.queue_harness.shown_notices == []


# Stored choices


async def test_what_was_said_is_there_again(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await open_dialog(program)
        await pick(program, "steps")
        retype(program.find(QLineEdit, "axis_x_start"), "4")
        await program.press("sweep_add_axis")
        await pick(program, "text", "y")
        write(program, "one\ntwo", "y")
        await program.key(K.Key_Escape)
        await wait_until(lambda: not program.is_visible(QDialog, "sweep_dialog"))
        await open_dialog(program)
        assert program.find(QLineEdit, "axis_x_start").text() == "4"
        assert program.find(QPlainTextEdit, "axis_y_text").toPlainText() == "one\ntwo"


async def test_what_was_only_proposed_follows_the_draft(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await open_dialog(program)
        await pick(program, "steps")
        assert program.find(QLineEdit, "axis_x_start").text() == "19"
        await program.press("sweep_add_axis")
        await pick(program, "seed", "y")
        retype(program.find(QLineEdit, "axis_y_start"), "4")
        await program.key(K.Key_Escape)
        await wait_until(lambda: not program.is_visible(QDialog, "sweep_dialog"))
        program.services.draft_editor.edit({key_named(program, "steps"): 30}, "Steps")
        program.services.draft_editor.edit({key_named(program, "seed"): 4716}, "Seed")
        await open_dialog(program)
        assert program.find(QLineEdit, "axis_x_start").text() == "29"
        assert program.find(QLineEdit, "axis_y_start").text() == "4", "that was typed"


async def test_an_axis_that_goes_leaves_the_others(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        assert not harness.is_visible(QToolButton, "axis_x_remove")
        await pick(harness, "steps")
        await harness.press("sweep_add_axis")
        await pick(harness, "cfg", "y")
        await harness.press("axis_x_remove")
        assert harness.find(QPushButton, "axis_x_input").text() == "cfg of KSampler"
        assert not harness.is_visible(QPushButton, "axis_y_input")


async def test_an_axis_without_values_keeps_its_input_when_another_one_goes(
    tmp_path: Path,
) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        await harness.open()
        await pick(harness, "steps")
        await harness.press("sweep_add_axis")
        await pick(harness, "sampler_name", "y")
        await harness.press("axis_y_none")
        await harness.press("axis_x_remove")
        assert harness.find(QPushButton, "axis_x_input").text() == "sampler_name of KSampler"


async def test_an_input_has_no_place_once_three_axes_have_one(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        steps, text, seed = (key_named(harness, name) for name in ("steps", "text", "seed"))
        axes = (ListSpec(steps, "4, 8"), ReplaceSpec(text, "a, b"), ListSpec(seed, "1, 2"))
        dialog = await harness.open(SweepSpec(axes))
        dialog.add_input(key_named(harness, "cfg"))
        assert dialog.sweep_spec.axes == axes, "nothing typed is lost"
        note = harness.find(QLabel, "sweep_note")
        assert note.isVisible()
        assert note.text() == (
            "All three axes are in use. To vary cfg of KSampler, remove an axis or choose this "
            "input on one of them."
        )
        await harness.press("axis_z_remove")
        assert not note.isVisible()
        dialog.add_input(key_named(harness, "cfg"))
        button = harness.find(QPushButton, "axis_z_input")
        assert button.accessibleName() == "Input of axis Z: cfg of KSampler"
        assert not note.isVisible()


async def test_it_follows_another_draft(tmp_path: Path) -> None:
    async with open_sweep_dialog_harness(tmp_path / "room") as harness:
        await harness.open()
        await pick(harness, "steps")
        await wait_until_action(harness, "Run 3 jobs")
        other = workflow_from_json({"1": {"class_type": "A", "inputs": {"x": 1}}})
        open_file(harness.draft_editor, other, "other.json", "/other.json")
        await wait_until(lambda: "no input “steps”" in label_text(harness))
        assert harness.find(QLabel, "sweep_about").text().startswith("other.json on ")
        assert not action_text(harness).isEnabled()


@pytest.mark.parametrize("kind", [AxisKind.RANGE, AxisKind.LIST, AxisKind.CSV])
async def test_everything_has_a_name_and_shows_the_keyboard(tmp_path: Path, kind: AxisKind) -> None:
    async with open_sweep_dialog_harness(tmp_path) as harness:
        dialog = await harness.open()
        await pick(harness, "steps")
        await harness.press("sweep_add_axis")
        # An input with choices, which are named by the node class.
        await pick(harness, "device", "y")
        await choose(harness, kind)
        await wait_until(lambda: label_text(harness, "y") == "1 value: default")
        assert accessibility_errors(dialog) == []
        assert await invisible_focus_stops(find(dialog, QComboBox, "axis_x_kind")) == []
