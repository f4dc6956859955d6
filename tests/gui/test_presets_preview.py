"""Applying a preset: what it changes is shown first, and what was chosen is done in one step."""

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

from runcomfy_desktop.domain.draft import Draft, SeedMode
from runcomfy_desktop.domain.pin import pin_of
from runcomfy_desktop.domain.preset.capture import preset_of
from runcomfy_desktop.domain.preset.places import Places
from runcomfy_desktop.domain.preset.preset import Entry, Preset
from runcomfy_desktop.domain.workflow import InputKey, Node, Workflow
from runcomfy_desktop.ui.presets.preview_painting import tick_place
from runcomfy_desktop.ui.presets.preview_view import PreviewView
from runcomfy_desktop.ui.presets.preview_words import told_apart
from tests.gui.support.audit import faults_of
from tests.gui.support.focus import unseen, way_round
from tests.gui.support.house import House, open_house, turn
from tests.support.renumbered import renumbered
from tests.support.until import until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Value

_Key = Qt.Key


def _draft(house: House) -> Draft:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return draft


def _key(house: House, name: str) -> InputKey:
    return _key_of(_draft(house).workflow, name)


def _entry(workflow: Workflow, key: InputKey, value: Value, **more: object) -> Entry:
    node = workflow.nodes[key.node_id]
    place = Places(workflow).of(key.node_id)
    return Entry(key, node.class_type, node.title, value, place=place, **more)  # type: ignore[arg-type]


def _night(house: House, *others: Entry, steps: int = 33) -> Preset:
    """A preset of the workflow in view: steps, a seed, and what else is asked for."""
    workflow = _draft(house).workflow
    seed = next(key for key in workflow.input_keys() if "seed" in key.name)
    return Preset(
        "Night",
        (
            _entry(workflow, _key(house, "steps"), steps),
            _entry(workflow, seed, 7, seed_mode=SeedMode.RANDOM),
            *others,
        ),
    )


def _gone() -> Entry:
    return Entry(InputKey("990", "scale"), "Upscale", "", 2)


async def _saved(house: House, preset: Preset) -> str:
    """The preset's path, once it is in the library."""
    library = house.parts.library
    library.save(preset, "")
    await until(lambda: any(head.name == preset.name for head in library.state.heads))
    return next(head.path for head in library.state.heads if head.name == preset.name)


async def _apply(house: House, preset: Preset, path: str = "") -> QDialog:
    house.window._desks.apply_desk.apply_preset(preset, path=path)
    await until(lambda: house.there(QDialog, "preset_preview_dialog"))
    dialog = house.find(QDialog, "preset_preview_dialog")
    await until(lambda: QApplication.activeWindow() is dialog)
    return dialog


def _rows(house: House) -> list[str]:
    model = house.find(PreviewView, "preset_preview").model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def _row(house: House, text: str) -> int:
    return next(at for at, each in enumerate(_rows(house)) if text in each)


def _spoken(house: House, text: str) -> str:
    model = house.find(PreviewView, "preset_preview").model()
    said = model.index(_row(house, text), 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert isinstance(said, str)
    return said


def _button(house: House) -> QPushButton:
    return house.find(QPushButton, "preview_apply")


async def _click_tick(house: House, text: str) -> None:
    view = house.find(PreviewView, "preset_preview")
    place = tick_place(view.visualRect(view.model().index(_row(house, text), 0)))
    at = QPoint(place.center().x(), place.center().y())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    await turn()


async def _afresh(house: House) -> None:
    """Leaves the preview, and takes back what was done."""
    for dialog in house.window.findChildren(QDialog, "preset_preview_dialog"):
        dialog.close()
    await until(lambda: not house.there(QDialog, "preset_preview_dialog"))
    while house.parts.workbench.state.undo_text:
        house.parts.workbench.undo()
    assert not _draft(house).changes
    house.window.notice_line.clear()
    await turn()


async def test_what_changes_is_shown_first_and_applied_as_one_step(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        before = _draft(house)
        steps = _key(house, "steps")
        path = await _saved(house, _night(house))
        dialog = await _apply(house, _night(house), path)
        assert dialog.windowTitle() == "Apply “Night”"
        assert _draft(house) == before
        assert f"{before.value(steps)} becomes 33" in _spoken(house, "steps")
        assert "Random each run" in _spoken(house, "seed")
        assert _button(house).text() == "Apply 2 changes"
        await house.press("preview_apply")
        draft = _draft(house)
        assert draft.value(steps) == 33
        assert draft.preset == path
        assert set(draft.seed_modes.values()) == {SeedMode.RANDOM}
        assert house.notices() == ["“Night” applied: 2 changes."]
        await house.press("notice_action")
        assert _draft(house) == before


async def test_a_preset_of_the_library_comes_back_on_another_copy_of_its_workflow(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        workflow = _draft(house).workflow
        house.parts.workbench.edit({_key(house, "steps"): 33}, "Change steps")
        path = await _saved(house, preset_of(_draft(house), "Night"))
        other, ids = renumbered(workflow, 2)
        open_file(house.parts.workbench, other, "copy.json", "/copy.json")
        house.window._desks.apply_desk.apply(path)
        await until(lambda: house.there(QDialog, "preset_preview_dialog"))
        await house.press("preview_apply")
        (key,) = _draft(house).changes
        assert ids[_key_of(workflow, "steps").node_id] == key.node_id
        assert (_draft(house).value(key), _draft(house).preset) == (33, path)


def _key_of(workflow: Workflow, name: str) -> InputKey:
    return next(key for key in workflow.input_keys() if key.name == name)


async def test_what_is_chosen_is_done_in_one_step(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
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
            await look(house)
            await _afresh(house)


async def keys_alone_do_it(house: House) -> None:
    await _apply(house, _night(house))
    # The keyboard is on the first row below its heading.
    await house.key(_Key.Key_Space)
    assert _button(house).text() == "Apply 1 change"
    await house.key(_Key.Key_Down)
    await house.key(_Key.Key_Space)
    assert not _button(house).isEnabled()
    await house.key(_Key.Key_Up)
    await house.key(_Key.Key_Space)
    await house.key(_Key.Key_Return)
    assert _draft(house).changes == {_key(house, "steps"): 33}
    assert _draft(house).seed_modes == {}


async def the_heading_ticks_all_of_its_rows(house: House) -> None:
    await _apply(house, _night(house))
    await _click_tick(house, "Changes")
    assert not _button(house).isEnabled()
    await _click_tick(house, "steps")
    await _click_tick(house, "Changes")
    assert _button(house).text() == "Apply 2 changes"
    await house.press("preview_none")
    assert not _button(house).isEnabled()
    await house.press("preview_all")
    assert _button(house).text() == "Apply 2 changes"


async def escape_changes_nothing(house: House) -> None:
    before = _draft(house)
    await _apply(house, _night(house))
    await house.key(_Key.Key_Escape)
    await until(lambda: not house.there(QDialog, "preset_preview_dialog"))
    assert _draft(house) is before
    assert house.notices() == []


async def conflicts_come_first_and_are_left_out(house: House) -> None:
    workflow = _draft(house).workflow
    wrong = _entry(workflow, _key(house, "cfg"), "far too much")
    await _apply(house, _night(house, _gone(), wrong))
    assert _rows(house)[0].startswith("To be looked at first (2)")
    assert "No node of the kind Upscale" in _spoken(house, "scale")
    await house.press("preview_apply")
    assert _key(house, "cfg") not in _draft(house).changes
    notice = house.window.notice_line.notices[0]
    assert (notice.title, notice.detail) == (
        "“Night” applied: 2 changes.",
        "2 inputs were left out.",
    )


async def a_value_that_is_not_allowed_any_more_is_mended_with_one_press(house: House) -> None:
    sampler = _key(house, "sampler_name")
    wrong = _entry(_draft(house).workflow, sampler, "dpmpp_2n")
    await _apply(house, Preset("Night", (wrong,)))
    assert not _button(house).isEnabled()
    assert house.find(QPushButton, "preview_cure").text() == "Use dpmpp_2m"
    await house.press("preview_cure")
    await until(lambda: _rows(house)[0].startswith("Changes"))
    await house.press("preview_apply")
    assert _draft(house).changes == {sampler: "dpmpp_2m"}


async def what_the_preset_does_not_name_is_reset_when_that_is_ticked(house: House) -> None:
    cfg = _key(house, "cfg")
    house.parts.workbench.edit({cfg: 3.5}, "Change cfg")
    await _apply(house, _night(house))
    assert not house.find(QCheckBox, "preview_reset").isChecked()
    await house.press("preview_reset")
    assert _button(house).text() == "Apply 3 changes"
    assert any("cfg" in each for each in _rows(house))
    await house.press("preview_apply")
    assert cfg not in _draft(house).changes
    house.parts.workbench.undo()
    assert _draft(house).changes == {cfg: 3.5}


async def who_agrees_while_it_is_looked_at_anew_agrees_to_what_is_there_by_then(
    house: House,
) -> None:
    await _apply(house, _night(house))
    steps, cfg = _key(house, "steps"), _key(house, "cfg")
    # One after the other, with no time to look between them.
    house.parts.workbench.edit({cfg: 3.5}, "Elsewhere")
    _button(house).click()
    assert steps not in _draft(house).changes
    await until(lambda: steps in _draft(house).changes)
    assert _draft(house).changes.items() >= {steps: 33, cfg: 3.5}.items()
    await until(lambda: not house.there(QDialog, "preset_preview_dialog"))


async def undo_in_the_notice_leaves_later_work_alone(house: House) -> None:
    await _apply(house, _night(house))
    await house.press("preview_apply")
    house.parts.workbench.edit({_key(house, "cfg"): 3.5}, "Change cfg")
    await house.press("notice_action")
    assert _draft(house).value(_key(house, "cfg")) == 3.5
    assert _draft(house).value(_key(house, "steps")) == 33
    assert "The inputs were changed since, so this was not undone." in house.notices()


async def how_a_seed_goes_on_is_no_changed_input_and_is_named_as_what_it_is(house: House) -> None:
    workflow = _draft(house).workflow
    seed = next(key for key in workflow.input_keys() if "seed" in key.name)
    kept = _entry(workflow, seed, workflow.value(seed), seed_mode=SeedMode.RANDOM)
    both = Preset("Night", (_entry(workflow, _key(house, "steps"), 33), kept))
    await _apply(house, both)
    summary = house.find(QLabel, "preview_summary")
    assert summary.text() == "1 change, 1 seed mode fit."
    assert _button(house).text() == "Apply 1 change, 1 seed mode"
    await _click_tick(house, "steps")
    assert _button(house).text() == "Apply 1 seed mode"
    await _click_tick(house, "steps")
    await house.press("preview_apply")
    assert house.notices() == ["“Night” applied: 1 change, 1 seed mode."]
    assert house.find(QLabel, "changes_count").text().endswith("1 input changed")


async def test_a_guess_is_asked_about_and_can_be_corrected(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        nodes = {f"{n}": Node(f"{n}", "Text", "Prompt", {"text": ""}) for n in (11, 12)}
        sink = Node("20", "Sampler", "", {"good": ["11", 0], "bad": ["12", 0]})
        before = Workflow({**nodes, "20": sink})
        after, ids = renumbered(before, 1)
        open_file(house.parts.workbench, after, "graph.json", "/graph.json")
        entries = [_entry(before, InputKey(n, "text"), f"words {n}") for n in ("11", "12")]
        await _apply(house, Preset("Words", tuple(entries)))
        moved = [each for each in ("11", "12") if ids[each] != each]
        assert moved
        assert _rows(house)[0].startswith("Found again by a guess")
        goal = house.find(QComboBox, "preview_goal")
        assert goal.currentText().startswith(f"#{ids[moved[0]]} ")
        await house.press("preview_apply")
        changes = _draft(house).changes
        assert changes == {InputKey(ids[n], "text"): f"words {n}" for n in ("11", "12")}


async def test_where_several_can_be_meant_the_person_chooses(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        nodes = {
            f"{n}": Node(f"{n}", "Text", "Prompt", {"text": "", "more": ""}) for n in (11, 12, 13)
        }
        open_file(house.parts.workbench, Workflow(nodes), "graph.json", "/graph.json")
        entries = tuple(
            Entry(InputKey("1", name), "Text", "Prompt", f"my {name}") for name in ("text", "more")
        )
        await _apply(house, Preset("Words", entries))
        assert not _button(house).isEnabled()
        goal = house.find(QComboBox, "preview_goal")
        assert goal.count() == 4
        goal.setFocus()
        await house.key(_Key.Key_Down)
        await house.key(_Key.Key_Down)
        # What the preset says of that node goes there as a whole.
        await until(lambda: _button(house).text() == "Apply 2 changes")
        await house.press("preview_apply")
        # The second key may still be planned: then it is done once that is known.
        await until(lambda: _draft(house).changes)
        assert {key.node_id for key in _draft(house).changes} == {"12"}
        assert sorted(_draft(house).changes.values()) == ["my more", "my text"]  # type: ignore[type-var]


async def test_the_pins_of_a_preset_come_with_it_unless_they_are_not_wanted(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        steps = _key(house, "steps")
        pin = replace(pin_of(steps, _draft(house).workflow), label="How long")
        preset = replace(_night(house), pins=(pin,))
        await _apply(house, preset)
        assert house.find(QCheckBox, "preview_pins").text() == "Pin 1 input as the preset does"
        await house.press("preview_pins")
        await house.press("preview_apply")
        assert not house.parts.pins.state.pins
        house.window.notice_line.clear()
        await _apply(house, preset)
        await house.press("preview_apply")
        assert house.parts.pins.state.pins == (pin,)
        [notice] = house.window.notice_line.notices
        assert (notice.title, notice.detail) == (
            "“Night” changes no values here.",
            "1 input was pinned.",
        )
        await _apply(house, preset)
        assert not house.there(QCheckBox, "preview_pins")


async def test_values_and_pins_of_a_preset_are_one_notice_and_one_undo(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        before = _draft(house)
        pin = pin_of(_key(house, "steps"), before.workflow)
        await _apply(house, replace(_night(house), pins=(pin,)))
        await house.press("preview_apply")
        assert house.parts.pins.state.pins == (pin,)
        [notice] = house.window.notice_line.notices
        assert notice.title == "“Night” applied: 2 changes."
        assert notice.detail == "1 input was pinned."
        await house.press("notice_action")
        assert _draft(house).changes == before.changes
        assert not house.parts.pins.state.pins


async def test_nothing_is_shown_where_everything_fits_once_that_was_wished(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await _apply(house, _night(house))
        await house.press("preview_quiet")
        await house.press("preview_apply")
        desk = house.window._desks.apply_desk
        desk.apply_preset(_night(house, steps=44))
        await until(lambda: _draft(house).value(_key(house, "steps")) == 44)
        assert not house.there(QDialog, "preset_preview_dialog")
        # What does not fit is shown all the same.
        await _apply(house, _night(house, _gone(), steps=55))
        assert house.find(QCheckBox, "preview_quiet").isChecked()


async def test_a_draft_that_is_as_the_preset_says_is_the_presets_from_now_on(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        steps = _key(house, "steps")
        house.parts.workbench.edit({steps: 33}, "Change steps")
        entry = _entry(_draft(house).workflow, steps, 33)
        path = await _saved(house, Preset("Night", (entry,)))
        await _apply(house, Preset("Night", (entry,)), path)
        assert _rows(house)[0].startswith("As in the preset already")
        await house.press("preview_cancel")
        assert _draft(house).preset == path


async def test_without_a_workflow_it_is_told_what_to_do(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        house.window._desks.apply_desk.apply_preset(Preset("Night"))
        await turn()
        assert house.notices() == ["There is no workflow in view to apply a preset to."]


async def test_typing_that_is_not_finished_is_part_of_what_is_there(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        steps = _key(house, "steps")
        house.parts.workbench.settling.subscribe(
            lambda _nothing: house.parts.workbench.edit({steps: 12}, "Type steps")
        )
        await _apply(house, _night(house))
        assert "12 becomes 33" in _spoken(house, "steps")


async def test_an_open_preview_follows_the_draft(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await _apply(house, _night(house))
        await _click_tick(house, "steps")
        house.parts.workbench.edit({_key(house, "cfg"): 3.5, _key(house, "steps"): 9}, "Elsewhere")
        await until(lambda: "9 becomes 33" in _spoken(house, "steps"))
        # The tick that was taken away stays so.
        assert _button(house).text() == "Apply 1 change"
        open_file(
            house.parts.workbench,
            Workflow({"1": Node("1", "Text", "", {"text": ""})}),
            "other.json",
            "/other.json",
        )
        await until(lambda: not house.there(QDialog, "preset_preview_dialog"))


async def test_a_preset_never_goes_to_a_workflow_that_came_into_view_meanwhile(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        path = await _saved(house, _night(house))
        desk, library = house.window._desks.apply_desk, house.parts.library
        desk.apply(path)
        open_file(house.parts.workbench, _draft(house).workflow, "other.json", "/other.json")
        read: list[Preset] = []
        library.read(path, read.append)
        await until(lambda: read)
        await turn()
        assert not house.there(QDialog, "preset_preview_dialog")
        assert _draft(house).changes == {}


async def test_a_preset_that_is_applied_by_itself_leaves_alone_what_was_typed_meanwhile(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        path = await _saved(house, _night(house))
        steps = _key(house, "steps")
        asked: list[bool] = []

        def may_begin() -> bool:
            if not asked:
                # Once it is read, and before the plan is there.
                house.parts.workbench.edit({steps: 12}, "Type steps")
            asked.append(True)
            return len(asked) == 1

        house.window._desks.apply_desk.begin_with(path, may_begin)
        await until(lambda: len(asked) > 1)
        await turn()
        assert _draft(house).changes == {steps: 12}
        assert house.notices() == []


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
    assert told_apart(old, new) == expected


async def test_what_a_preview_shows_and_says(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        for look in (
            a_preset_that_changes_nothing_says_so,
            both_values_can_be_read_in_full,
            where_a_node_is_gone_its_value_now_says_so,
            who_hears_the_preview_can_use_it_and_tab_goes_round,
            the_empty_preview_can_be_heard_too,
        ):
            await look(house)
            await _afresh(house)


async def a_preset_that_changes_nothing_says_so(house: House) -> None:
    await _apply(house, Preset("Empty"))
    assert house.find(QWidget, "empty_state").isVisible()
    assert not _button(house).isEnabled()


async def both_values_can_be_read_in_full(house: House) -> None:
    workflow = _draft(house).workflow
    text = _key(house, "text")
    long = "a very long prompt\n" * 40
    await _apply(house, Preset("Words", (_entry(workflow, text, long),)))
    shown = house.find(QPlainTextEdit, "preview_new")
    assert shown.toPlainText() == long
    assert house.find(QPlainTextEdit, "preview_old").toPlainText() == workflow.value(text)


async def where_a_node_is_gone_its_value_now_says_so(house: House) -> None:
    await _apply(house, _night(house, _gone()))
    view = house.find(PreviewView, "preset_preview")
    view.setCurrentIndex(view.model().index(_row(house, "scale"), 0))
    now = house.find(QPlainTextEdit, "preview_old")
    assert (now.toPlainText(), now.placeholderText()) == ("", "Not in this workflow")
    assert now.accessibleDescription() == "Not in this workflow"
    view.setCurrentIndex(view.model().index(_row(house, "steps"), 0))
    assert (now.placeholderText(), now.accessibleDescription()) == ("", "")


async def who_hears_the_preview_can_use_it_and_tab_goes_round(house: House) -> None:
    house.parts.workbench.edit({_key(house, "cfg"): 3.5}, "Change cfg")
    workflow = _draft(house).workflow
    wrong = _entry(workflow, _key(house, "sampler_name"), "eulr")
    dialog = await _apply(house, _night(house, _gone(), wrong))
    assert faults_of(dialog) == []
    assert await unseen(house.find(PreviewView, "preset_preview")) == []
    stops = await way_round(house.find(PreviewView, "preset_preview"))
    assert len(stops) == len(set(stops))
    await house.press("preview_none")
    assert faults_of(dialog) == []


async def the_empty_preview_can_be_heard_too(house: House) -> None:
    dialog = await _apply(house, Preset("Empty"))
    assert faults_of(dialog) == []
    assert await unseen(house.find(QPushButton, "preview_cancel")) == []


async def test_a_thousand_rows_have_one_height_and_names_of_their_own(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        nodes = {f"{n}": Node(f"{n}", "Text", f"T{n}", {"text": ""}) for n in range(1000)}
        workflow = Workflow(nodes)
        open_file(house.parts.workbench, workflow, "big.json", "/big.json")
        places = Places(workflow)
        entries = tuple(
            Entry(InputKey(n, "text"), "Text", f"T{n}", "<b>words</b>", place=places.of(n))
            for n in nodes
        )
        await _apply(house, Preset("Big", entries))
        view = house.find(PreviewView, "preset_preview")
        assert view.uniformItemSizes()
        assert view.model().rowCount() == 1001
        await house.press("preview_apply")
        assert len(_draft(house).changes) == 1000
