"""Every kind of input in the tree: at rest, by mouse, by keys, and what is sent afterwards."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget

from runcomfy_desktop.domain.schema import InputKind, InputSpec, Schema
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.colour_dialog import ColourDialog
from runcomfy_desktop.ui.inputs.editors import (
    ChoiceEditor,
    ColourEditor,
    CurveEditor,
    FieldsEditor,
    LineEditor,
    MultiEditor,
)
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.inputs.numbers import NumberEditor, rounded, share_of, slid
from tests.gui.support import gallery, hands
from tests.gui.support.bench import Bench, shown_bench
from tests.gui.support.gallery import (
    BATCH,
    CFG,
    CROP,
    CURVE,
    EXTRA,
    LEVELS,
    NAME,
    REMOTE,
    SEED,
    STRANGER,
    STRENGTH,
    STYLES,
    TILES,
    TINT,
    WIDTH,
)
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow import InputKey

K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@asynccontextmanager
async def shown_gallery(folder: Path) -> AsyncIterator[Bench]:
    async with shown_bench(folder, height=900) as bench:
        bench.open(gallery.WORKFLOW, classes=gallery.object_info())
        yield bench


def drag(bench: Bench, way: list[QPoint], keys: Qt.KeyboardModifier | None = None) -> None:
    """Presses at the first place, moves over the others and lets go at the last."""
    target = bench.view.viewport()
    held = keys or Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * (len(way) - 1)]
    for kind, at in [*zip(kinds, way, strict=True), (QEvent.Type.MouseButtonRelease, way[-1])]:
        is_release = kind is QEvent.Type.MouseButtonRelease
        buttons = Qt.MouseButton.NoButton if is_release else left
        place = QPointF(at)
        event = QMouseEvent(kind, place, target.mapToGlobal(place), left, buttons, held)
        QApplication.sendEvent(target, event)
    hands.settle()


def slider(bench: Bench, key: InputKey, share: float) -> QPoint:
    """A place on a slider."""
    rect = bench.row_rect(key)
    part = bench.view.delegate.part_rect(bench.model.index_of(key), rect, Part.SLIDER)
    assert not part.isEmpty()
    return QPoint(round(part.left() + 8 + share * (part.width() - 16)), part.center().y())


async def test_opening_each_editor_and_leaving_it_changes_nothing(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        for key in list(bench.draft.workflow.input_keys()):
            spec = bench.model.spec_of(key)
            if not spec.kind.editable or spec.kind.is_media:
                continue
            bench.view.deeds.open_editor(bench.model.index_of(key))
            hands.settle()
            assert bench.editor.accessibleName()
            bench.view.setFocus(Qt.FocusReason.OtherFocusReason)
            hands.settle()
            assert bench.view.delegate.editor is None, f"{key} stays open"
        assert bench.changes == {}


# Numbers


async def test_a_seed_goes_up_to_64_bits_by_keys_and_wheel(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(SEED)
        bench.key(K.Key_Down)
        assert bench.changes == {SEED: gallery.BIG - 1}
        bench.key(K.Key_Up)
        bench.key(K.Key_Up)
        assert bench.changes == {}


async def test_shift_steps_finely(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(WIDTH)
        bench.key(K.Key_Up)
        assert bench.changes[WIDTH] == 576
        bench.key(K.Key_Up, SHIFT)
        assert bench.changes[WIDTH] == 577
        bench.key(K.Key_Return)
        bench.click(CFG)
        bench.key(K.Key_Down, SHIFT)
        assert bench.changes[CFG] == 7.49


async def test_a_saved_number_is_not_rounded_by_looking_at_it(tmp_path: Path) -> None:
    workflow: dict[str, Json] = {"1": {"class_type": "Numbers", "inputs": {"cfg": 7.123456}}}
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow, classes=gallery.object_info())
        bench.click(CFG)
        assert isinstance(bench.editor, NumberEditor)
        assert bench.editor.text() == "7.123456"
        bench.key(K.Key_Return)
        assert bench.changes == {}
        bench.click(CFG)
        bench.key(K.Key_End)
        bench.type("9")
        bench.key(K.Key_Return)
        assert bench.changes == {CFG: 7.12}


# Sliders


async def test_a_slider_is_dragged_in_steps_as_one_undo(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        drag(bench, [slider(bench, STRENGTH, each) for each in (0.65, 0.4, 0.21)])
        assert bench.changes == {STRENGTH: 0.2}
        assert bench.workbench.state.undo_text == "Change strength"
        bench.workbench.undo()
        assert bench.changes == {}
        drag(bench, [slider(bench, TILES, 0.5), slider(bench, TILES, 1.2)])
        assert bench.changes == {TILES: 16}


async def test_escape_takes_a_drag_back(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        target, none = bench.view.viewport(), Qt.KeyboardModifier.NoModifier
        QTest.mousePress(target, Qt.MouseButton.LeftButton, none, slider(bench, STRENGTH, 0.2))
        assert bench.changes == {STRENGTH: 0.2}
        bench.key(K.Key_Escape)
        assert bench.changes == {}
        assert bench.workbench.state.undo_text == ""
        QTest.mouseRelease(target, Qt.MouseButton.LeftButton, none, slider(bench, STRENGTH, 0.2))
        assert bench.changes == {}


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
    assert rounded(typed, spec) == value
    assert type(rounded(typed, spec)) is type(value)


@pytest.mark.parametrize("low", [-5, 0, 1, 0.25])
@pytest.mark.parametrize("step", [None, 1, 3, 0.1])
def test_every_place_of_a_slider_is_a_number_within_its_limits(
    low: float, step: float | None
) -> None:
    for kind in (InputKind.INT, InputKind.FLOAT):
        spec = InputSpec(kind, minimum=low, maximum=17, step=step, is_slider=True)
        for place in range(-2, 23):
            value = slid(spec, place / 20)
            assert low <= value <= 17
            assert isinstance(value, int) == (kind is InputKind.INT)
            assert 0 <= share_of(value, spec) <= 1
        assert slid(spec, 1) == 17


async def test_with_shift_the_knob_goes_finely_from_where_it_is(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        drag(bench, [slider(bench, STRENGTH, each) for each in (0.65, 0.85)], SHIFT)
        value = bench.changes[STRENGTH]
        assert value == pytest.approx(0.67, abs=0.011)


async def test_a_double_click_on_a_slider_types(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        target, at = bench.view.viewport(), slider(bench, STRENGTH, 0.65)
        hands.double_click(target, at)
        assert isinstance(bench.editor, NumberEditor)
        bench.type("0.123")
        bench.key(K.Key_Return)
        assert bench.changes == {STRENGTH: 0.12}


# Choices


async def test_a_choice_that_is_a_number_stays_one(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(BATCH)
        bench.close_list()
        bench.retype("8")
        bench.key(K.Key_Tab)
        assert bench.changes[BATCH] == 8
        assert type(bench.changes[BATCH]) is int


async def test_a_saved_choice_that_is_on_no_list_stays(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(STRANGER)
        editor = bench.editor
        assert isinstance(editor, ChoiceEditor)
        assert editor.currentText() == "gone.safetensors"
        bench.close_list()
        bench.key(K.Key_Return)
        assert bench.changes == {}


async def test_a_choice_of_the_machine_s_is_typed(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(REMOTE)
        assert isinstance(bench.editor, LineEditor)
        assert bench.editor.placeholderText() == "Chosen on the machine: type the name"
        bench.retype("other.safetensors")
        bench.key(K.Key_Return)
        assert bench.changes == {REMOTE: "other.safetensors"}


async def test_several_choices_are_ticked_by_mouse_in_the_order_of_the_list(
    tmp_path: Path,
) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(STYLES)
        editor = bench.editor
        assert isinstance(editor, MultiEditor)
        ticks = editor.list_view()
        assert ticks.isVisible()
        for row in (3, 1):
            hands.press(ticks.viewport(), ticks.visualItemRect(ticks.item(row)).center())
        assert bench.changes == {STYLES: {"__value__": ["ink", "watercolour", "oil", "chalk"]}}
        hands.press(ticks.viewport(), ticks.visualItemRect(ticks.item(0)).center())
        assert bench.changes == {STYLES: {"__value__": ["watercolour", "oil", "chalk"]}}
        bench.workbench.undo()
        assert bench.changes == {}


async def test_several_choices_are_ticked_by_keys(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.stand_on(STYLES)
        bench.key(K.Key_Return)
        editor = bench.editor
        assert isinstance(editor, MultiEditor)
        ticks: QListWidget = editor.list_view()
        assert ticks.accessibleName() == "styles"
        hands.key(ticks, K.Key_Down)
        hands.key(ticks, K.Key_Space)
        assert bench.changes == {STYLES: {"__value__": ["ink", "watercolour", "oil"]}}
        hands.key(ticks, K.Key_Space)
        assert bench.changes == {}
        hands.key(ticks, K.Key_Return)
        assert not ticks.isVisible()
        bench.key(K.Key_Tab)
        assert bench.view.delegate.editing_key == REMOTE


async def test_what_is_ticked_but_on_no_list_stays_ticked(tmp_path: Path) -> None:
    saved: Json = {"__value__": ["lost", "oil"], "more": 1}
    workflow: dict[str, Json] = {"3": {"class_type": "Choices", "inputs": {"styles": saved}}}
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow, classes=gallery.object_info())
        bench.click(STYLES)
        editor = bench.editor
        assert isinstance(editor, MultiEditor)
        assert editor.list_view().item(4).text() == "lost (not on the list)"
        hands.key(editor.list_view(), K.Key_Space)
        assert bench.changes == {STYLES: {"__value__": ["ink", "oil", "lost"], "more": 1}}


# Colours


@pytest.mark.parametrize(
    ("typed", "value"), [("#00ff7f", "#00ff7f"), ("00FF7F", "#00FF7F"), ("#0f8", "#00ff88")]
)
async def test_a_colour_is_typed(tmp_path: Path, typed: str, value: str) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(TINT)
        assert isinstance(bench.editor, ColourEditor)
        bench.retype(typed)
        bench.key(K.Key_Return)
        assert bench.changes == {TINT: value}


async def test_what_is_no_colour_changes_nothing(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(TINT)
        bench.retype("#ff88zz")
        bench.key(K.Key_Return)
        assert bench.changes == {}


async def test_a_colour_is_chosen_in_its_dialog_as_one_step(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(TINT, Part.SWATCH)
        dialog = bench.panel.findChild(ColourDialog, "colour_dialog")
        assert isinstance(dialog, ColourDialog)
        assert dialog.currentColor() == QColor("#ff8800")
        dialog.setCurrentColor(QColor("#112233"))
        dialog.setCurrentColor(QColor("#445566"))
        assert bench.changes == {TINT: "#445566"}
        dialog.accept()
        hands.settle()
        bench.workbench.undo()
        assert bench.changes == {}
        bench.click(TINT, Part.SWATCH)
        again = next(each for each in bench.panel.findChildren(ColourDialog) if each.isVisible())
        again.setCurrentColor(QColor("#112233"))
        again.reject()
        hands.settle()
        assert bench.changes == {}


# Several numbers in one row


async def test_a_box_is_typed_with_tab_between_its_numbers(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(CROP)
        assert isinstance(bench.editor, FieldsEditor)
        bench.type("8")
        bench.key(K.Key_Tab)
        bench.key(K.Key_Tab)
        bench.type("640")
        bench.key(K.Key_Backtab)
        bench.type("24")
        bench.key(K.Key_Return)
        wanted = {"x": 8, "y": 24, "width": 640, "height": 768, "unit": "px"}
        assert bench.changes == {CROP: wanted}
        assert bench.view.hasFocus()
        bench.workbench.undo()
        assert bench.changes == {}


async def test_tab_goes_from_the_last_number_to_the_next_input_and_back(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(CROP)
        for _time in range(4):
            bench.key(K.Key_Tab)
        assert bench.view.delegate.editing_key == CURVE
        bench.click(CROP)
        bench.key(K.Key_Backtab)
        assert bench.view.delegate.editing_key == TINT


async def test_a_click_elsewhere_keeps_a_box(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(CROP)
        bench.key(K.Key_Up)
        bench.click(TINT)
        assert bench.changes == {CROP: {**gallery_value(CROP), "x": 1}}
        assert isinstance(bench.editor, ColourEditor)


def gallery_value(key: InputKey) -> dict[str, Json]:
    node = gallery.WORKFLOW[key.node_id]
    assert isinstance(node, dict)
    inputs = node["inputs"]
    assert isinstance(inputs, dict)
    value = inputs[key.name]
    assert isinstance(value, dict)
    return value


async def test_a_number_that_is_left_out_is_no_box(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(CROP)
        bench.key(K.Key_Delete)
        bench.key(K.Key_Return)
        assert bench.changes == {}


async def test_where_there_is_no_room_the_numbers_of_a_box_stand_below_one_another(
    tmp_path: Path,
) -> None:
    async with shown_gallery(tmp_path) as bench:
        height = bench.row_rect(CROP).height()
        bench.panel.resize(bench.panel.minimumWidth(), 900)
        hands.settle()
        assert bench.row_rect(CROP).height() > height
        bench.click(CROP)
        editor = bench.editor
        assert isinstance(editor, FieldsEditor)
        x, y, width = (editor.field(name).geometry() for name in ("x", "y", "width"))
        assert x.top() == y.top() < width.top()
        assert x.left() == width.left()
        assert editor.rect().contains(editor.field("height").geometry())


async def test_a_range_keeps_what_else_is_in_it(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(LEVELS)
        bench.key(K.Key_Tab)
        bench.type("0.75")
        bench.key(K.Key_Return)
        assert bench.changes == {LEVELS: {"min": 0.1, "max": 0.75, "midpoint": 0.5}}


# Curves


async def test_points_of_a_curve_are_dragged_added_and_taken_away(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        height = bench.row_rect(CURVE).height()
        bench.click(CURVE)
        editor = bench.editor
        assert isinstance(editor, CurveEditor)
        assert bench.row_rect(CURVE).height() > height
        assert editor.height() > height
        left = Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        QTest.mousePress(editor, left, none, editor.place_of(1))
        QTest.mouseMove(editor, editor.place_of(1) + QPoint(0, 40))
        QTest.mouseRelease(editor, left, none, editor.place_of(1))
        points = changed_points(bench)
        assert points[0] == [0, 0.1]
        assert points[2] == [1.0, 0.9]
        assert points[1][1] < 0.7
        far = (editor.place_of(1) + editor.place_of(2)) / 2 + QPoint(0, 30)
        QTest.mouseClick(editor, left, none, far)
        assert len(changed_points(bench)) == 4
        hands.double_click(editor, editor.place_of(2))
        assert len(changed_points(bench)) == 3
        value = bench.changes[CURVE]
        assert isinstance(value, dict)
        assert value["interpolation"] == "monotone_cubic"
        bench.key(K.Key_Escape)
        assert bench.changes == {CURVE: value}
        assert bench.row_rect(CURVE).height() == height


def changed_points(bench: Bench) -> list[list[float]]:
    value = bench.changes[CURVE]
    assert isinstance(value, dict)
    points = value["points"]
    assert isinstance(points, list)
    return points  # type: ignore[return-value] # pairs of numbers


async def test_a_curve_is_changed_by_keys(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.stand_on(CURVE)
        bench.key(K.Key_Return)
        bench.key(K.Key_PageDown)
        bench.key(K.Key_Up)
        assert changed_points(bench)[1] == [0.35, 0.77]
        bench.key(K.Key_Right, SHIFT)
        assert changed_points(bench)[1] == [0.352, 0.77]
        bench.key(K.Key_Insert)
        assert changed_points(bench)[2] == [0.676, 0.835]
        bench.key(K.Key_Delete)
        assert len(changed_points(bench)) == 3
        bench.key(K.Key_Tab)
        assert bench.view.delegate.editing_key == LEVELS
        bench.workbench.undo()
        assert bench.changes == {}


# What is said and seen


async def test_a_label_of_the_class_is_shown_and_the_name_is_in_the_tooltip(
    tmp_path: Path,
) -> None:
    async with shown_gallery(tmp_path) as bench:
        row = bench.model.row_of(NAME)
        assert bench.model.data(bench.model.index_of(NAME).siblingAtColumn(0)) == "file name"
        assert "name" in texts.tooltip(row).splitlines()[0]
        assert texts.accessible_text(row).startswith("file name: ComfyUI")
        bench.panel.focus_filter()
        bench.type("file name")
        assert bench.shown() == ["#2", "name"]


async def test_values_are_read_by_kind(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
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
            item = bench.view.access.value(key)
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
    async with shown_bench(tmp_path, height=1200) as bench:
        bench.open(workflow, classes=gallery.object_info())
        for key in bench.draft.workflow.input_keys():
            row = bench.model.row_of(key)
            assert texts.accessible_text(row)
            assert texts.tooltip(row)
            bench.view.deeds.open_editor(bench.model.index_of(key))
            hands.settle()
            bench.view.setFocus(Qt.FocusReason.OtherFocusReason)
            hands.settle()
        assert bench.changes == {}
        assert not bench.picture().isNull()


async def test_a_list_of_many_choices_and_many_ticks_opens(tmp_path: Path) -> None:
    many: list[Json] = [f"choice {number}" for number in range(3000)]
    classes = gallery.object_info()
    classes["Many"] = {
        "input": {"required": {"styles": ["COMBO", {"multiselect": True, "options": many}]}}
    }
    ticked: Json = {"__value__": [*many[::2], *(f"lost {number}" for number in range(2000))]}
    workflow: dict[str, Json] = {"3": {"class_type": "Many", "inputs": {"styles": ticked}}}
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow, classes=classes)
        bench.click(STYLES)
        editor = bench.editor
        assert isinstance(editor, MultiEditor)
        assert editor.list_view().count() == 5000
        editor.list_view().hide()
        bench.key(K.Key_Return)
        assert bench.changes == {}


async def test_what_is_typed_into_a_box_outlives_a_schema_that_comes_meanwhile(
    tmp_path: Path,
) -> None:
    async with shown_gallery(tmp_path) as bench:
        bench.click(CROP)
        bench.type("8")
        bench.workbench.set_schema("blue:1", Schema(gallery.object_info()))
        hands.settle()
        assert bench.view.delegate.editing_key == CROP
        await until(lambda: bench.changes == {CROP: {**gallery_value(CROP), "x": 8}})
        bench.key(K.Key_Escape)
        assert bench.changes == {CROP: {**gallery_value(CROP), "x": 8}}
        bench.workbench.undo()
        assert bench.changes == {}
