"""Applying a preset: the changes are previewed, and the chosen ones are applied in one step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from runcomfy_desktop.domain.drafts.draft import Draft, SeedMode
from runcomfy_desktop.domain.drafts.pin import pin_of
from runcomfy_desktop.domain.presets.capture import preset_of
from runcomfy_desktop.domain.presets.graph_positions import GraphPositions
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.ui.presets.preview_texts import differing_parts
from runcomfy_desktop.ui.presets.preview_view import PreviewView, tick_rect
from tests.gui.support.accessibility_audit import accessibility_errors
from tests.gui.support.focus import invisible_focus_stops, tab_order
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until
from tests.support.draft_runs import open_file
from tests.support.renumbered_workflow import renumber

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Value

_Key = Qt.Key


def _draft(program: GuiProgram) -> Draft:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    return draft


def _key(program: GuiProgram, name: str) -> InputKey:
    return _key_of(_draft(program).workflow, name)


def _entry(workflow: Workflow, key: InputKey, value: Value, **more: object) -> PresetEntry:
    node = workflow.nodes[key.node_id]
    place = GraphPositions(workflow).features_of(key.node_id)
    return PresetEntry(key, node.class_type, node.title, value, position=place, **more)  # type: ignore[arg-type]


def _night(program: GuiProgram, *others: PresetEntry, steps: int = 33) -> Preset:
    """Returns a preset of the workflow in view: steps, a seed, and the given other entries."""
    workflow = _draft(program).workflow
    seed = next(key for key in workflow.input_keys() if "seed" in key.name)
    return Preset(
        "Night",
        (
            _entry(workflow, _key(program, "steps"), steps),
            _entry(workflow, seed, 7, seed_mode=SeedMode.RANDOM),
            *others,
        ),
    )


def _gone() -> PresetEntry:
    return PresetEntry(InputKey("990", "scale"), "Upscale", "", 2)


async def _saved(program: GuiProgram, preset: Preset) -> str:
    """Returns the preset's path once it is in the library."""
    preset_library = program.services.preset_library
    preset_library.save(preset, "")
    await wait_until(
        lambda: any(head.name == preset.name for head in preset_library.state.summaries)
    )
    return next(head.path for head in preset_library.state.summaries if head.name == preset.name)


async def _apply(program: GuiProgram, preset: Preset, path: str = "") -> QDialog:
    program.session.preset_apply_controller.apply_preset(preset, path=path)
    await wait_until(lambda: program.is_visible(QDialog, "preset_preview_dialog"))
    dialog = program.find(QDialog, "preset_preview_dialog")
    await wait_until(lambda: QApplication.activeWindow() is dialog)
    return dialog


def _rows(program: GuiProgram) -> list[str]:
    model = program.find(PreviewView, "preset_preview").model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def _row(program: GuiProgram, text: str) -> int:
    return next(at for at, each in enumerate(_rows(program)) if text in each)


def _spoken(program: GuiProgram, text: str) -> str:
    model = program.find(PreviewView, "preset_preview").model()
    message = model.index(_row(program, text), 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert isinstance(message, str)
    return message


def _button(program: GuiProgram) -> QPushButton:
    return program.find(QPushButton, "preview_apply")


async def _click_tick(program: GuiProgram, text: str) -> None:
    view = program.find(PreviewView, "preset_preview")
    place = tick_rect(view.visualRect(view.model().index(_row(program, text), 0)))
    at = QPoint(place.center().x(), place.center().y())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    await process_events_async()


async def _afresh(program: GuiProgram) -> None:
    """Closes the preview and undoes what was done."""
    for dialog in program.window.findChildren(QDialog, "preset_preview_dialog"):
        dialog.close()
    await wait_until(lambda: not program.is_visible(QDialog, "preset_preview_dialog"))
    while program.services.draft_editor.state.undo_text:
        program.services.draft_editor.undo()
    assert not _draft(program).changes
    program.window.notice_line.clear()
    await process_events_async()


async def test_what_changes_is_shown_first_and_applied_as_one_step(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        before = _draft(program)
        steps = _key(program, "steps")
        path = await _saved(program, _night(program))
        dialog = await _apply(program, _night(program), path)
        assert dialog.windowTitle() == "Apply “Night”"
        assert _draft(program) == before
        assert f"{before.value(steps)} becomes 33" in _spoken(program, "steps")
        assert "Random each run" in _spoken(program, "seed")
        assert _button(program).text() == "Apply 2 changes"
        await program.press("preview_apply")
        draft = _draft(program)
        assert draft.value(steps) == 33
        assert draft.preset == path
        assert set(draft.seed_modes.values()) == {SeedMode.RANDOM}
        assert program.notices() == ["“Night” applied: 2 changes."]
        await program.press("notice_action")
        assert _draft(program) == before


async def test_a_preset_of_the_library_comes_back_on_another_copy_of_its_workflow(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        workflow = _draft(program).workflow
        program.services.draft_editor.edit({_key(program, "steps"): 33}, "Change steps")
        path = await _saved(program, preset_of(_draft(program), "Night"))
        other, ids = renumber(workflow, 2)
        open_file(program.services.draft_editor, other, "copy.json", "/copy.json")
        program.session.preset_apply_controller.apply(path)
        await wait_until(lambda: program.is_visible(QDialog, "preset_preview_dialog"))
        await program.press("preview_apply")
        (key,) = _draft(program).changes
        assert ids[_key_of(workflow, "steps").node_id] == key.node_id
        assert (_draft(program).value(key), _draft(program).preset) == (33, path)


def _key_of(workflow: Workflow, name: str) -> InputKey:
    return next(key for key in workflow.input_keys() if key.name == name)


async def test_what_is_chosen_is_done_in_one_step(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for look in (
            keys_alone_do_it,
            the_heading_ticks_all_of_its_rows,
            escape_changes_nothing,
            conflicts_come_first_and_are_left_out,
            a_value_that_is_not_allowed_any_more_is_mended_with_one_press,
            what_the_preset_does_not_name_is_reset_when_that_is_ticked,
            who_agrees_while_it_is_looked_at_anew_agrees_to_what_is_there_by_then,
            undo_in_the_notice_leaves_later_work_alone,
            how_a_seed_goes_on_is_no_changed_input_and_is_named_as_what_it_is,
        ):
            await look(program)
            await _afresh(program)


async def keys_alone_do_it(program: GuiProgram) -> None:
    await _apply(program, _night(program))
    # The first row below its heading has the focus.
    await program.key(_Key.Key_Space)
    assert _button(program).text() == "Apply 1 change"
    await program.key(_Key.Key_Down)
    await program.key(_Key.Key_Space)
    assert not _button(program).isEnabled()
    await program.key(_Key.Key_Up)
    await program.key(_Key.Key_Space)
    await program.key(_Key.Key_Return)
    assert _draft(program).changes == {_key(program, "steps"): 33}
    assert _draft(program).seed_modes == {}


async def the_heading_ticks_all_of_its_rows(program: GuiProgram) -> None:
    await _apply(program, _night(program))
    await _click_tick(program, "Changes")
    assert not _button(program).isEnabled()
    await _click_tick(program, "steps")
    await _click_tick(program, "Changes")
    assert _button(program).text() == "Apply 2 changes"
    await program.press("preview_none")
    assert not _button(program).isEnabled()
    await program.press("preview_all")
    assert _button(program).text() == "Apply 2 changes"


async def escape_changes_nothing(program: GuiProgram) -> None:
    before = _draft(program)
    await _apply(program, _night(program))
    await program.key(_Key.Key_Escape)
    await wait_until(lambda: not program.is_visible(QDialog, "preset_preview_dialog"))
    assert _draft(program) is before
    assert program.notices() == []


async def conflicts_come_first_and_are_left_out(program: GuiProgram) -> None:
    workflow = _draft(program).workflow
    wrong = _entry(workflow, _key(program, "cfg"), "far too much")
    await _apply(program, _night(program, _gone(), wrong))
    assert _rows(program)[0].startswith("To be looked at first (2)")
    assert "No node of the kind Upscale" in _spoken(program, "scale")
    await program.press("preview_apply")
    assert _key(program, "cfg") not in _draft(program).changes
    notice = program.window.notice_line.notices[0]
    assert (notice.title, notice.detail) == (
        "“Night” applied: 2 changes.",
        "2 inputs were left out.",
    )


async def a_value_that_is_not_allowed_any_more_is_mended_with_one_press(
    program: GuiProgram,
) -> None:
    sampler = _key(program, "sampler_name")
    wrong = _entry(_draft(program).workflow, sampler, "dpmpp_2n")
    await _apply(program, Preset("Night", (wrong,)))
    assert not _button(program).isEnabled()
    assert program.find(QPushButton, "preview_cure").text() == "Use dpmpp_2m"
    await program.press("preview_cure")
    await wait_until(lambda: _rows(program)[0].startswith("Changes"))
    await program.press("preview_apply")
    assert _draft(program).changes == {sampler: "dpmpp_2m"}


async def what_the_preset_does_not_name_is_reset_when_that_is_ticked(program: GuiProgram) -> None:
    cfg = _key(program, "cfg")
    program.services.draft_editor.edit({cfg: 3.5}, "Change cfg")
    await _apply(program, _night(program))
    assert not program.find(QCheckBox, "preview_reset").isChecked()
    await program.press("preview_reset")
    assert _button(program).text() == "Apply 3 changes"
    assert any("cfg" in each for each in _rows(program))
    await program.press("preview_apply")
    assert cfg not in _draft(program).changes
    program.services.draft_editor.undo()
    assert _draft(program).changes == {cfg: 3.5}


async def who_agrees_while_it_is_looked_at_anew_agrees_to_what_is_there_by_then(
    program: GuiProgram,
) -> None:
    await _apply(program, _night(program))
    steps, cfg = _key(program, "steps"), _key(program, "cfg")
    # In direct sequence, without a new plan in between.
    program.services.draft_editor.edit({cfg: 3.5}, "Elsewhere")
    _button(program).click()
    assert steps not in _draft(program).changes
    await wait_until(lambda: steps in _draft(program).changes)
    assert _draft(program).changes.items() >= {steps: 33, cfg: 3.5}.items()
    await wait_until(lambda: not program.is_visible(QDialog, "preset_preview_dialog"))


async def undo_in_the_notice_leaves_later_work_alone(program: GuiProgram) -> None:
    await _apply(program, _night(program))
    await program.press("preview_apply")
    program.services.draft_editor.edit({_key(program, "cfg"): 3.5}, "Change cfg")
    await program.press("notice_action")
    assert _draft(program).value(_key(program, "cfg")) == 3.5
    assert _draft(program).value(_key(program, "steps")) == 33
    assert "The inputs were changed since, so this was not undone." in program.notices()


async def how_a_seed_goes_on_is_no_changed_input_and_is_named_as_what_it_is(
    program: GuiProgram,
) -> None:
    workflow = _draft(program).workflow
    seed = next(key for key in workflow.input_keys() if "seed" in key.name)
    stored = _entry(workflow, seed, workflow.value(seed), seed_mode=SeedMode.RANDOM)
    both = Preset("Night", (_entry(workflow, _key(program, "steps"), 33), stored))
    await _apply(program, both)
    summary = program.find(QLabel, "preview_summary")
    assert summary.text() == "1 change, 1 seed mode fit."
    assert _button(program).text() == "Apply 1 change, 1 seed mode"
    await _click_tick(program, "steps")
    assert _button(program).text() == "Apply 1 seed mode"
    await _click_tick(program, "steps")
    await program.press("preview_apply")
    assert program.notices() == ["“Night” applied: 1 change, 1 seed mode."]
    assert program.find(QLabel, "changes_count").text().endswith("1 input changed")


async def test_a_guess_is_asked_about_and_can_be_corrected(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        nodes = {f"{n}": Node(f"{n}", "Text", "Prompt", {"text": ""}) for n in (11, 12)}
        sink = Node("20", "Sampler", "", {"good": ["11", 0], "bad": ["12", 0]})
        before = Workflow({**nodes, "20": sink})
        after, ids = renumber(before, 1)
        open_file(program.services.draft_editor, after, "graph.json", "/graph.json")
        entries = [_entry(before, InputKey(n, "text"), f"words {n}") for n in ("11", "12")]
        await _apply(program, Preset("Words", tuple(entries)))
        moved = [each for each in ("11", "12") if ids[each] != each]
        assert moved
        assert _rows(program)[0].startswith("Found again by a guess")
        goal = program.find(QComboBox, "preview_goal")
        assert goal.currentText().startswith(f"#{ids[moved[0]]} ")
        await program.press("preview_apply")
        changes = _draft(program).changes
        assert changes == {InputKey(ids[n], "text"): f"words {n}" for n in ("11", "12")}


async def test_where_several_can_be_meant_the_person_chooses(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        nodes = {
            f"{n}": Node(f"{n}", "Text", "Prompt", {"text": "", "more": ""}) for n in (11, 12, 13)
        }
        open_file(program.services.draft_editor, Workflow(nodes), "graph.json", "/graph.json")
        entries = tuple(
            PresetEntry(InputKey("1", name), "Text", "Prompt", f"my {name}")
            for name in ("text", "more")
        )
        await _apply(program, Preset("Words", entries))
        assert not _button(program).isEnabled()
        goal = program.find(QComboBox, "preview_goal")
        assert goal.count() == 4
        goal.setFocus()
        await program.key(_Key.Key_Down)
        await program.key(_Key.Key_Down)
        # All entries of the preset's node go to that node.
        await wait_until(lambda: _button(program).text() == "Apply 2 changes")
        await program.press("preview_apply")
        # The second key may still be planned: the click then takes effect after that.
        await wait_until(lambda: _draft(program).changes)
        assert {key.node_id for key in _draft(program).changes} == {"12"}
        assert sorted(_draft(program).changes.values()) == ["my more", "my text"]  # type: ignore[type-var]


async def test_the_essentials_of_a_preset_come_with_it_unless_they_are_not_wanted(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        steps = _key(program, "steps")
        pin = replace(pin_of(steps, _draft(program).workflow), label="How long")
        preset = replace(_night(program), pins=(pin,))
        await _apply(program, preset)
        assert program.find(QCheckBox, "preview_pins").text() == "Add 1 essential of the preset"
        await program.press("preview_pins")
        await program.press("preview_apply")
        assert program.services.pins.state.is_suggested
        program.window.notice_line.clear()
        await _apply(program, preset)
        await program.press("preview_apply")
        assert program.services.pins.state.pins == (pin,)
        [notice] = program.window.notice_line.notices
        assert (notice.title, notice.detail) == (
            "“Night” changes no values here.",
            "1 essential was added.",
        )
        await _apply(program, preset)
        assert not program.is_visible(QCheckBox, "preview_pins")


async def test_values_and_essentials_of_a_preset_are_one_notice_and_one_undo(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        before = _draft(program)
        pin = pin_of(_key(program, "steps"), before.workflow)
        await _apply(program, replace(_night(program), pins=(pin,)))
        await program.press("preview_apply")
        assert program.services.pins.state.pins == (pin,)
        [notice] = program.window.notice_line.notices
        assert notice.title == "“Night” applied: 2 changes."
        assert notice.detail == "1 essential was added."
        await program.press("notice_action")
        assert _draft(program).changes == before.changes
        assert program.services.pins.state.is_suggested


async def test_nothing_is_shown_where_everything_fits_once_that_was_wished(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await _apply(program, _night(program))
        await program.press("preview_quiet")
        await program.press("preview_apply")
        controller = program.session.preset_apply_controller
        controller.apply_preset(_night(program, steps=44))
        await wait_until(lambda: _draft(program).value(_key(program, "steps")) == 44)
        assert not program.is_visible(QDialog, "preset_preview_dialog")
        # A preset that does not fit is previewed all the same.
        await _apply(program, _night(program, _gone(), steps=55))
        assert program.find(QCheckBox, "preview_quiet").isChecked()


async def test_a_draft_that_is_as_the_preset_says_is_the_presets_from_now_on(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        steps = _key(program, "steps")
        program.services.draft_editor.edit({steps: 33}, "Change steps")
        entry = _entry(_draft(program).workflow, steps, 33)
        path = await _saved(program, Preset("Night", (entry,)))
        await _apply(program, Preset("Night", (entry,)), path)
        assert _rows(program)[0].startswith("As in the preset already")
        await program.press("preview_cancel")
        assert _draft(program).preset == path


async def test_without_a_workflow_it_is_told_what_to_do(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        program.session.preset_apply_controller.apply_preset(Preset("Night"))
        await process_events_async()
        assert program.notices() == ["There is no workflow in view to apply a preset to."]


async def test_typing_that_is_not_finished_is_part_of_what_is_there(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        steps = _key(program, "steps")
        program.services.draft_editor.commit_requested.subscribe(
            lambda _nothing: program.services.draft_editor.edit({steps: 12}, "Type steps")
        )
        await _apply(program, _night(program))
        assert "12 becomes 33" in _spoken(program, "steps")


async def test_an_open_preview_follows_the_draft(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await _apply(program, _night(program))
        await _click_tick(program, "steps")
        program.services.draft_editor.edit(
            {_key(program, "cfg"): 3.5, _key(program, "steps"): 9}, "Elsewhere"
        )
        await wait_until(lambda: "9 becomes 33" in _spoken(program, "steps"))
        # The row that was unticked stays unticked.
        assert _button(program).text() == "Apply 1 change"
        open_file(
            program.services.draft_editor,
            Workflow({"1": Node("1", "Text", "", {"text": ""})}),
            "other.json",
            "/other.json",
        )
        await wait_until(lambda: not program.is_visible(QDialog, "preset_preview_dialog"))


async def test_a_preset_never_goes_to_a_workflow_that_came_into_view_meanwhile(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        path = await _saved(program, _night(program))
        controller, preset_library = (
            program.session.preset_apply_controller,
            program.services.preset_library,
        )
        controller.apply(path)
        open_file(
            program.services.draft_editor, _draft(program).workflow, "other.json", "/other.json"
        )
        read: list[Preset] = []
        preset_library.read(path, read.append)
        await wait_until(lambda: read)
        await process_events_async()
        assert not program.is_visible(QDialog, "preset_preview_dialog")
        assert _draft(program).changes == {}


async def test_a_preset_that_is_applied_by_itself_leaves_alone_what_was_typed_meanwhile(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        path = await _saved(program, _night(program))
        steps = _key(program, "steps")
        requests: list[bool] = []

        def may_begin() -> bool:
            if not requests:
                # After the preset is read and before the plan is ready.
                program.services.draft_editor.edit({steps: 12}, "Type steps")
            requests.append(True)
            return len(requests) == 1

        program.session.preset_apply_controller.apply_default(path, may_begin)
        await wait_until(lambda: len(requests) > 1)
        await process_events_async()
        assert _draft(program).changes == {steps: 12}
        assert program.notices() == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a", "b", ("a", "b")),
        ("short one", "short two", ("short one", "short two")),
        (
            "a bicycle in front of a white wall",
            "a bicycle in front of a white wall, at night",
            ("…of a white wall", "…of a white wall, at night"),
        ),
        ("x" * 99 + "1", "x" * 99 + "2", ("…" + "x" * 16 + "1", "…" + "x" * 16 + "2")),
        ("line\n" * 20 + "a", "line\n" * 20 + "b", ("…line line line a", "…line line line b")),
    ],
)
def test_long_texts_are_told_from_where_they_differ(
    old: str, new: str, expected: tuple[str, str]
) -> None:
    assert differing_parts(old, new) == expected


async def test_what_a_preview_shows_and_says(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for look in (
            a_preset_that_changes_nothing_says_so,
            both_values_can_be_read_in_full,
            where_a_node_is_gone_its_value_now_says_so,
            who_hears_the_preview_can_use_it_and_tab_goes_round,
            the_empty_preview_can_be_heard_too,
        ):
            await look(program)
            await _afresh(program)


async def a_preset_that_changes_nothing_says_so(program: GuiProgram) -> None:
    await _apply(program, Preset("Empty"))
    assert program.find(QWidget, "empty_state").isVisible()
    assert not _button(program).isEnabled()


async def both_values_can_be_read_in_full(program: GuiProgram) -> None:
    workflow = _draft(program).workflow
    text = _key(program, "text")
    long = "a very long prompt\n" * 40
    await _apply(program, Preset("Words", (_entry(workflow, text, long),)))
    shown = program.find(QPlainTextEdit, "preview_new")
    assert shown.toPlainText() == long
    assert program.find(QPlainTextEdit, "preview_old").toPlainText() == workflow.value(text)


async def where_a_node_is_gone_its_value_now_says_so(program: GuiProgram) -> None:
    await _apply(program, _night(program, _gone()))
    view = program.find(PreviewView, "preset_preview")
    view.setCurrentIndex(view.model().index(_row(program, "scale"), 0))
    now = program.find(QPlainTextEdit, "preview_old")
    assert (now.toPlainText(), now.placeholderText()) == ("", "Not in this workflow")
    assert now.accessibleDescription() == "Not in this workflow"
    view.setCurrentIndex(view.model().index(_row(program, "steps"), 0))
    assert (now.placeholderText(), now.accessibleDescription()) == ("", "")


async def who_hears_the_preview_can_use_it_and_tab_goes_round(program: GuiProgram) -> None:
    program.services.draft_editor.edit({_key(program, "cfg"): 3.5}, "Change cfg")
    workflow = _draft(program).workflow
    wrong = _entry(workflow, _key(program, "sampler_name"), "eulr")
    dialog = await _apply(program, _night(program, _gone(), wrong))
    assert accessibility_errors(dialog) == []
    assert await invisible_focus_stops(program.find(PreviewView, "preset_preview")) == []
    stops = await tab_order(program.find(PreviewView, "preset_preview"))
    assert len(stops) == len(set(stops))
    await program.press("preview_none")
    assert accessibility_errors(dialog) == []


async def the_empty_preview_can_be_heard_too(program: GuiProgram) -> None:
    dialog = await _apply(program, Preset("Empty"))
    assert accessibility_errors(dialog) == []
    assert await invisible_focus_stops(program.find(QPushButton, "preview_cancel")) == []


async def test_a_thousand_rows_have_one_height_and_names_of_their_own(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        nodes = {f"{n}": Node(f"{n}", "Text", f"T{n}", {"text": ""}) for n in range(1000)}
        workflow = Workflow(nodes)
        open_file(program.services.draft_editor, workflow, "big.json", "/big.json")
        places = GraphPositions(workflow)
        entries = tuple(
            PresetEntry(
                InputKey(n, "text"), "Text", f"T{n}", "<b>words</b>", position=places.features_of(n)
            )
            for n in nodes
        )
        await _apply(program, Preset("Big", entries))
        view = program.find(PreviewView, "preset_preview")
        assert view.uniformItemSizes()
        assert view.model().rowCount() == 1001
        await program.press("preview_apply")
        assert len(_draft(program).changes) == 1000
