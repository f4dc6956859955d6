"""Every kind of input in the tree: at rest, by mouse, by keyboard, and the value sent."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget

from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec, NodeSchema
from runcomfy_desktop.ui.input_tree.editors import (
    ChoiceEditor,
    ColourEditor,
    CurveEditor,
    FieldsEditor,
    LineEditor,
    MultiChoiceEditor,
)
from runcomfy_desktop.ui.input_tree.editors.number import NumberEditor
from runcomfy_desktop.ui.input_tree.input_commands import ColourDialog
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.number_values import (
    fraction_of,
    round_value,
    value_at_fraction,
)
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from tests.gui.support import all_input_kinds, user_input
from tests.gui.support.all_input_kinds import (
    BATCH,
    CFG,
    CROP,
    CURVE,
    EXTRA,
    LEVELS,
    NAME,
    REMOTE,
    SEED,
    STRENGTH,
    STYLES,
    TILES,
    TINT,
    UNKNOWN_CHOICE,
    WIDTH,
)
from tests.gui.support.inputs_harness import InputsHarness, open_inputs_harness
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow.workflow import InputKey

K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@asynccontextmanager
async def shown_gallery(folder: Path) -> AsyncIterator[InputsHarness]:
    async with open_inputs_harness(folder, height=900) as harness:
        harness.open(all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info())
        yield harness


def drag(
    harness: InputsHarness, way: list[QPoint], keys: Qt.KeyboardModifier | None = None
) -> None:
    """Presses at the first position, moves over the others and releases at the last."""
    target = harness.view.viewport()
    held = keys or Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * (len(way) - 1)]
    for kind, at in [*zip(kinds, way, strict=True), (QEvent.Type.MouseButtonRelease, way[-1])]:
        is_release = kind is QEvent.Type.MouseButtonRelease
        buttons = Qt.MouseButton.NoButton if is_release else left
        place = QPointF(at)
        event = QMouseEvent(kind, place, target.mapToGlobal(place), left, buttons, held)
        QApplication.sendEvent(target, event)
    user_input.process_events()


def slider(harness: InputsHarness, key: InputKey, share: float) -> QPoint:
    """Returns a position on a slider."""
    rect = harness.row_rect(key)
    part = harness.view.delegate.part_rect(harness.model.index_of(key), rect, RowPart.SLIDER)
    assert not part.isEmpty()
    return QPoint(round(part.left() + 8 + share * (part.width() - 16)), part.center().y())


async def test_opening_each_editor_and_leaving_it_changes_nothing(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        for key in list(harness.draft.workflow.input_keys()):
            spec = harness.model.spec_of(key)
            if not spec.kind.is_editable or spec.kind.is_media:
                continue
            harness.view.commands.open_editor(harness.model.index_of(key))
            user_input.process_events()
            assert harness.editor.accessibleName()
            harness.view.setFocus(Qt.FocusReason.OtherFocusReason)
            user_input.process_events()
            assert harness.view.delegate.editor is None, f"{key} stays open"
        assert harness.changes == {}


# Numbers


async def test_a_seed_goes_up_to_64_bits_by_keys_and_wheel(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(SEED)
        harness.key(K.Key_Down)
        assert harness.changes == {SEED: all_input_kinds.BIG - 1}
        harness.key(K.Key_Up)
        harness.key(K.Key_Up)
        assert harness.changes == {}


async def test_shift_steps_finely(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(WIDTH)
        harness.key(K.Key_Up)
        assert harness.changes[WIDTH] == 576
        harness.key(K.Key_Up, SHIFT)
        assert harness.changes[WIDTH] == 577
        harness.key(K.Key_Return)
        harness.click(CFG)
        harness.key(K.Key_Down, SHIFT)
        assert harness.changes[CFG] == 7.49


async def test_a_saved_number_is_not_rounded_by_looking_at_it(tmp_path: Path) -> None:
    workflow: dict[str, Json] = {"1": {"class_type": "Numbers", "inputs": {"cfg": 7.123456}}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow, classes=all_input_kinds.object_info())
        harness.click(CFG)
        assert isinstance(harness.editor, NumberEditor)
        assert harness.editor.text() == "7.123456"
        harness.key(K.Key_Return)
        assert harness.changes == {}
        harness.click(CFG)
        harness.key(K.Key_End)
        harness.type("9")
        harness.key(K.Key_Return)
        assert harness.changes == {CFG: 7.12}


# Sliders


async def test_a_slider_is_dragged_in_steps_as_one_undo(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        drag(harness, [slider(harness, STRENGTH, each) for each in (0.65, 0.4, 0.21)])
        assert harness.changes == {STRENGTH: 0.2}
        assert harness.draft_editor.state.undo_text == "Change strength"
        harness.draft_editor.undo()
        assert harness.changes == {}
        drag(harness, [slider(harness, TILES, 0.5), slider(harness, TILES, 1.2)])
        assert harness.changes == {TILES: 16}


async def test_escape_takes_a_drag_back(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        target, none = harness.view.viewport(), Qt.KeyboardModifier.NoModifier
        QTest.mousePress(target, Qt.MouseButton.LeftButton, none, slider(harness, STRENGTH, 0.2))
        assert harness.changes == {STRENGTH: 0.2}
        harness.key(K.Key_Escape)
        assert harness.changes == {}
        assert harness.draft_editor.state.undo_text == ""
        QTest.mouseRelease(target, Qt.MouseButton.LeftButton, none, slider(harness, STRENGTH, 0.2))
        assert harness.changes == {}


@pytest.mark.parametrize(
    ("typed", "round_to", "value"),
    [
        (0.125, 0.01, 0.13),
        (0.1249, 0.01, 0.12),
        (-0.125, 0.01, -0.13),
        (0.3, 0.1, 0.3),
        (7.5, 0.001, 7.5),
        (1e300, 0.01, 1e300),
        (0.37, 0.25, 0.25),
        (0.123456789, None, 0.123456789),
        (3, 0.5, 3),
    ],
)
def test_a_typed_number_is_a_multiple_of_what_the_class_rounds_to(
    typed: float, round_to: float | None, value: float
) -> None:
    spec = InputSpec(InputKind.FLOAT, round_to=round_to)
    assert round_value(typed, spec) == value
    assert type(round_value(typed, spec)) is type(value)


@pytest.mark.parametrize("low", [-5, 0, 1, 0.25])
@pytest.mark.parametrize("step", [None, 1, 3, 0.1])
def test_every_place_of_a_slider_is_a_number_within_its_limits(
    low: float, step: float | None
) -> None:
    for kind in (InputKind.INT, InputKind.FLOAT):
        spec = InputSpec(kind, minimum=low, maximum=17, step=step, is_slider=True)
        for place in range(-2, 23):
            value = value_at_fraction(spec, place / 20)
            assert low <= value <= 17
            assert isinstance(value, int) == (kind is InputKind.INT)
            assert 0 <= fraction_of(value, spec) <= 1
        assert value_at_fraction(spec, 1) == 17


async def test_with_shift_the_knob_goes_finely_from_where_it_is(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        drag(harness, [slider(harness, STRENGTH, each) for each in (0.65, 0.85)], SHIFT)
        value = harness.changes[STRENGTH]
        assert value == pytest.approx(0.67, abs=0.011)


async def test_a_double_click_on_a_slider_types(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        target, at = harness.view.viewport(), slider(harness, STRENGTH, 0.65)
        user_input.double_click(target, at)
        assert isinstance(harness.editor, NumberEditor)
        harness.type("0.123")
        harness.key(K.Key_Return)
        assert harness.changes == {STRENGTH: 0.12}


# Choices


async def test_a_choice_that_is_a_number_stays_one(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(BATCH)
        harness.close_popup()
        harness.retype("8")
        harness.key(K.Key_Tab)
        assert harness.changes[BATCH] == 8
        assert type(harness.changes[BATCH]) is int


async def test_a_saved_choice_that_is_on_no_list_stays(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(UNKNOWN_CHOICE)
        editor = harness.editor
        assert isinstance(editor, ChoiceEditor)
        assert editor.currentText() == "gone.safetensors"
        harness.close_popup()
        harness.key(K.Key_Return)
        assert harness.changes == {}


async def test_a_choice_of_the_machine_s_is_typed(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(REMOTE)
        assert isinstance(harness.editor, LineEditor)
        assert harness.editor.placeholderText() == "Chosen on the machine: type the name"
        harness.retype("other.safetensors")
        harness.key(K.Key_Return)
        assert harness.changes == {REMOTE: "other.safetensors"}


async def test_several_choices_are_ticked_by_mouse_in_the_order_of_the_list(
    tmp_path: Path,
) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(STYLES)
        editor = harness.editor
        assert isinstance(editor, MultiChoiceEditor)
        ticks = editor.list_view()
        assert ticks.isVisible()
        for row in (3, 1):
            user_input.press(ticks.viewport(), ticks.visualItemRect(ticks.item(row)).center())
        assert harness.changes == {STYLES: {"__value__": ["ink", "watercolour", "oil", "chalk"]}}
        user_input.press(ticks.viewport(), ticks.visualItemRect(ticks.item(0)).center())
        assert harness.changes == {STYLES: {"__value__": ["watercolour", "oil", "chalk"]}}
        harness.draft_editor.undo()
        assert harness.changes == {}


async def test_several_choices_are_ticked_by_keys(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.focus_row(STYLES)
        harness.key(K.Key_Return)
        editor = harness.editor
        assert isinstance(editor, MultiChoiceEditor)
        ticks: QListWidget = editor.list_view()
        assert ticks.accessibleName() == "styles"
        user_input.key(ticks, K.Key_Down)
        user_input.key(ticks, K.Key_Space)
        assert harness.changes == {STYLES: {"__value__": ["ink", "watercolour", "oil"]}}
        user_input.key(ticks, K.Key_Space)
        assert harness.changes == {}
        user_input.key(ticks, K.Key_Return)
        assert not ticks.isVisible()
        harness.key(K.Key_Tab)
        assert harness.view.delegate.editing_key == REMOTE


async def test_what_is_ticked_but_on_no_list_stays_ticked(tmp_path: Path) -> None:
    saved: Json = {"__value__": ["lost", "oil"], "more": 1}
    workflow: dict[str, Json] = {"3": {"class_type": "Choices", "inputs": {"styles": saved}}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow, classes=all_input_kinds.object_info())
        harness.click(STYLES)
        editor = harness.editor
        assert isinstance(editor, MultiChoiceEditor)
        assert editor.list_view().item(4).text() == "lost (not on the list)"
        user_input.key(editor.list_view(), K.Key_Space)
        assert harness.changes == {STYLES: {"__value__": ["ink", "oil", "lost"], "more": 1}}


# Colours


@pytest.mark.parametrize(
    ("typed", "value"), [("#00ff7f", "#00ff7f"), ("00FF7F", "#00FF7F"), ("#0f8", "#00ff88")]
)
async def test_a_colour_is_typed(tmp_path: Path, typed: str, value: str) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(TINT)
        assert isinstance(harness.editor, ColourEditor)
        harness.retype(typed)
        harness.key(K.Key_Return)
        assert harness.changes == {TINT: value}


async def test_what_is_no_colour_changes_nothing(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(TINT)
        harness.retype("#ff88zz")
        harness.key(K.Key_Return)
        assert harness.changes == {}


async def test_a_colour_is_chosen_in_its_dialog_as_one_step(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(TINT, RowPart.SWATCH)
        dialog = harness.panel.findChild(ColourDialog, "colour_dialog")
        assert isinstance(dialog, ColourDialog)
        assert dialog.currentColor() == QColor("#ff8800")
        dialog.setCurrentColor(QColor("#112233"))
        dialog.setCurrentColor(QColor("#445566"))
        assert harness.changes == {TINT: "#445566"}
        dialog.accept()
        user_input.process_events()
        harness.draft_editor.undo()
        assert harness.changes == {}
        harness.click(TINT, RowPart.SWATCH)
        again = next(each for each in harness.panel.findChildren(ColourDialog) if each.isVisible())
        again.setCurrentColor(QColor("#112233"))
        again.reject()
        user_input.process_events()
        assert harness.changes == {}


# Several numbers in one row


async def test_a_box_is_typed_with_tab_between_its_numbers(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(CROP)
        assert isinstance(harness.editor, FieldsEditor)
        harness.type("8")
        harness.key(K.Key_Tab)
        harness.key(K.Key_Tab)
        harness.type("640")
        harness.key(K.Key_Backtab)
        harness.type("24")
        harness.key(K.Key_Return)
        wanted = {"x": 8, "y": 24, "width": 640, "height": 768, "unit": "px"}
        assert harness.changes == {CROP: wanted}
        assert harness.view.hasFocus()
        harness.draft_editor.undo()
        assert harness.changes == {}


async def test_tab_goes_from_the_last_number_to_the_next_input_and_back(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(CROP)
        for _time in range(4):
            harness.key(K.Key_Tab)
        assert harness.view.delegate.editing_key == CURVE
        harness.click(CROP)
        harness.key(K.Key_Backtab)
        assert harness.view.delegate.editing_key == TINT


async def test_a_click_elsewhere_keeps_a_box(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(CROP)
        harness.key(K.Key_Up)
        harness.click(TINT)
        assert harness.changes == {CROP: {**gallery_value(CROP), "x": 1}}
        assert isinstance(harness.editor, ColourEditor)


def gallery_value(key: InputKey) -> dict[str, Json]:
    node = all_input_kinds.WORKFLOW[key.node_id]
    assert isinstance(node, dict)
    inputs = node["inputs"]
    assert isinstance(inputs, dict)
    value = inputs[key.name]
    assert isinstance(value, dict)
    return value


async def test_a_number_that_is_left_out_is_no_box(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(CROP)
        harness.key(K.Key_Delete)
        harness.key(K.Key_Return)
        assert harness.changes == {}


async def test_where_there_is_no_room_the_numbers_of_a_box_stand_below_one_another(
    tmp_path: Path,
) -> None:
    async with shown_gallery(tmp_path) as harness:
        height = harness.row_rect(CROP).height()
        harness.panel.resize(harness.panel.minimumWidth(), 900)
        user_input.process_events()
        assert harness.row_rect(CROP).height() > height
        harness.click(CROP)
        editor = harness.editor
        assert isinstance(editor, FieldsEditor)
        x, y, width = (editor.field(name).geometry() for name in ("x", "y", "width"))
        assert x.top() == y.top() < width.top()
        assert x.left() == width.left()
        assert editor.rect().contains(editor.field("height").geometry())


async def test_a_range_keeps_what_else_is_in_it(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(LEVELS)
        harness.key(K.Key_Tab)
        harness.type("0.75")
        harness.key(K.Key_Return)
        assert harness.changes == {LEVELS: {"min": 0.1, "max": 0.75, "midpoint": 0.5}}


# Curves


async def test_points_of_a_curve_are_dragged_added_and_taken_away(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        height = harness.row_rect(CURVE).height()
        harness.click(CURVE)
        editor = harness.editor
        assert isinstance(editor, CurveEditor)
        assert harness.row_rect(CURVE).height() > height
        assert editor.height() > height
        left = Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        QTest.mousePress(editor, left, none, editor.point_position(1))
        QTest.mouseMove(editor, editor.point_position(1) + QPoint(0, 40))
        QTest.mouseRelease(editor, left, none, editor.point_position(1))
        points = changed_points(harness)
        assert points[0] == [0, 0.1]
        assert points[2] == [1.0, 0.9]
        assert points[1][1] < 0.7
        far = (editor.point_position(1) + editor.point_position(2)) / 2 + QPoint(0, 30)
        QTest.mouseClick(editor, left, none, far)
        assert len(changed_points(harness)) == 4
        user_input.double_click(editor, editor.point_position(2))
        assert len(changed_points(harness)) == 3
        value = harness.changes[CURVE]
        assert isinstance(value, dict)
        assert value["interpolation"] == "monotone_cubic"
        harness.key(K.Key_Escape)
        assert harness.changes == {CURVE: value}
        assert harness.row_rect(CURVE).height() == height


def changed_points(harness: InputsHarness) -> list[list[float]]:
    value = harness.changes[CURVE]
    assert isinstance(value, dict)
    points = value["points"]
    assert isinstance(points, list)
    return points  # type: ignore[return-value] # pairs of numbers


async def test_a_curve_is_changed_by_keys(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.focus_row(CURVE)
        harness.key(K.Key_Return)
        harness.key(K.Key_PageDown)
        harness.key(K.Key_Up)
        assert changed_points(harness)[1] == [0.35, 0.77]
        harness.key(K.Key_Right, SHIFT)
        assert changed_points(harness)[1] == [0.352, 0.77]
        harness.key(K.Key_Insert)
        assert changed_points(harness)[2] == [0.676, 0.835]
        harness.key(K.Key_Delete)
        assert len(changed_points(harness)) == 3
        harness.key(K.Key_Tab)
        assert harness.view.delegate.editing_key == LEVELS
        harness.draft_editor.undo()
        assert harness.changes == {}


# Texts and appearance


async def test_a_label_of_the_class_is_shown_and_the_name_is_in_the_tooltip(
    tmp_path: Path,
) -> None:
    async with shown_gallery(tmp_path) as harness:
        row = harness.model.input_row_of(NAME)
        assert harness.model.data(harness.model.index_of(NAME).siblingAtColumn(0)) == "file name"
        assert "name" in texts.tooltip_text(row).splitlines()[0]
        assert texts.accessible_text(row).startswith("file name: ComfyUI")
        harness.panel.focus_filter()
        harness.type("file name")
        assert harness.row_names() == ["#2", "name"]


async def test_values_are_read_by_kind(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        role = QAccessible.Role
        for key, kind, spoken in (
            (STRENGTH, role.Slider, "0.65"),
            (STYLES, role.ComboBox, "ink, oil"),
            (TINT, role.EditableText, "#ff8800"),
            (CROP, role.Grouping, "x 0, y 16, width 512, height 768"),
            (LEVELS, role.Grouping, "from 0.1, to 0.9"),
            (CURVE, role.Graphic, "3 points: 0, 0.1; 0.35, 0.75; 1, 0.9"),
            (EXTRA, role.StaticText, '{"on": true, "deep": [1, 2]}'),
        ):
            item = harness.view.accessibility.value(key)
            assert item.role() is kind
            assert item.value_text() == spoken


async def test_hostile_values_of_every_kind_are_shown_and_left_alone(tmp_path: Path) -> None:
    huge, nan = 10**400, float("nan")
    numbers: JsonObject = {"strength": huge, "tiles": -huge, "cfg": nan, "width": 1e300}
    shapes: JsonObject = {
        "tint": "#" + "f" * 200_000,
        "crop": {"x": nan, "y": huge, "width": -1e300, "height": 5, "more": {"deep": [1]}},
        "curve": {"points": [[0.9, 7], [0.1, -3], [0.1, 0.5]], "interpolation": 5},
        "levels": {"min": 1e9, "max": float("-inf")},
    }
    styles: JsonObject = {"styles": {"__value__": [None, True, [1, [2]], {"a": 1}, "ink", 1e400]}}
    workflow: dict[str, Json] = {
        "1": {"class_type": "Numbers", "inputs": numbers},
        "4": {"class_type": "Shapes", "inputs": shapes},
        "3": {"class_type": "Choices", "inputs": styles},
    }
    async with open_inputs_harness(tmp_path, height=1200) as harness:
        harness.open(workflow, classes=all_input_kinds.object_info())
        for key in harness.draft.workflow.input_keys():
            row = harness.model.input_row_of(key)
            assert texts.accessible_text(row)
            assert texts.tooltip_text(row)
            harness.view.commands.open_editor(harness.model.index_of(key))
            user_input.process_events()
            harness.view.setFocus(Qt.FocusReason.OtherFocusReason)
            user_input.process_events()
        assert harness.changes == {}
        assert not harness.screenshot().isNull()


async def test_a_list_of_many_choices_and_many_ticks_opens(tmp_path: Path) -> None:
    many: list[Json] = [f"choice {number}" for number in range(3000)]
    classes = all_input_kinds.object_info()
    classes["Many"] = {
        "input": {"required": {"styles": ["COMBO", {"multiselect": True, "options": many}]}}
    }
    ticked: Json = {"__value__": [*many[::2], *(f"lost {number}" for number in range(2000))]}
    workflow: dict[str, Json] = {"3": {"class_type": "Many", "inputs": {"styles": ticked}}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow, classes=classes)
        harness.click(STYLES)
        editor = harness.editor
        assert isinstance(editor, MultiChoiceEditor)
        assert editor.list_view().count() == 5000
        editor.list_view().hide()
        harness.key(K.Key_Return)
        assert harness.changes == {}


async def test_what_is_typed_into_a_box_outlives_a_schema_that_comes_meanwhile(
    tmp_path: Path,
) -> None:
    async with shown_gallery(tmp_path) as harness:
        harness.click(CROP)
        harness.type("8")
        harness.draft_editor.set_schema("blue:1", NodeSchema(all_input_kinds.object_info()))
        user_input.process_events()
        assert harness.view.delegate.editing_key == CROP
        await wait_until(lambda: harness.changes == {CROP: {**gallery_value(CROP), "x": 8}})
        harness.key(K.Key_Escape)
        assert harness.changes == {CROP: {**gallery_value(CROP), "x": 8}}
        harness.draft_editor.undo()
        assert harness.changes == {}
