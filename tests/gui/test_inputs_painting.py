"""Signs that are painted in the tree and are no widgets: they are where they should be, in the
colour that means what they say. What is beside them shows that they are not always there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QRect, Qt, QUrl

from runcomfy_desktop.domain.fault import Fault
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.theme import LIGHT
from tests.gui.support import hands
from tests.gui.support.bench import (
    CFG,
    IMAGE,
    PREFIX,
    PROMPT,
    SCHEDULER,
    STEPS,
    object_info,
    shown_bench,
)
from tests.gui.support.ink import ink
from tests.gui.test_inputs_kinds import shown_gallery
from tests.gui.test_inputs_problems import DOUBT, TOO_FEW, show_faults

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

    from tests.gui.support.bench import Bench


def header(bench: Bench, node_id: str) -> QRect:
    index = bench.model.index_of_node(node_id)
    bench.view.scrollTo(index)
    hands.settle()
    return bench.view.visualRect(index)


def signs(bench: Bench, node_id: str, colour: str) -> int:
    """Counts the pixels of a colour in the header of a node."""
    return ink(bench.painted(header(bench, node_id)), colour)


def wide(image: QImage) -> int:
    """From the first to the last column that has a pixel of a quiet icon."""
    columns = (image.copy(x, 0, 1, image.height()) for x in range(image.width()))
    found = [x for x, each in enumerate(columns) if ink(each, LIGHT.muted, 60)]
    return found[-1] - found[0] if found else 0


def high(image: QImage) -> int:
    rows = (image.copy(0, y, image.width(), 1) for y in range(image.height()))
    found = [y for y, each in enumerate(rows) if ink(each, LIGHT.muted, 60)]
    return found[-1] - found[0] if found else 0


async def test_a_folded_node_says_how_bad_it_is_inside(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.view.collapse_all()
        assert signs(bench, "31", LIGHT.error) == signs(bench, "31", LIGHT.warning) == 0
        show_faults(bench, {CFG: DOUBT})
        assert signs(bench, "31", LIGHT.warning)
        show_faults(bench, {CFG: DOUBT, STEPS: TOO_FEW})
        assert signs(bench, "31", LIGHT.error)
        assert signs(bench, "31", LIGHT.warning) == 0
        assert signs(bench, "50", LIGHT.error) == 0
        bench.view.expand_all()
        assert signs(bench, "31", LIGHT.error) == 0, "it stands at its row then"


async def test_a_chevron_points_where_its_node_unfolds_to(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()

        def chevron(node_id: str) -> QImage:
            place = header(bench, node_id)
            return bench.painted(QRect(place.topLeft() + QPoint(4, 2), QPoint(24, place.bottom())))

        unfolded = chevron("31")
        assert chevron("50") == unfolded
        bench.view.collapse_all()
        folded = chevron("31")
        assert chevron("50") == folded
        assert wide(unfolded) > high(unfolded), "it points down"
        assert wide(folded) < high(folded), "it points to the right"
        assert ink(chevron("38"), LIGHT.muted) == 0, "there is nothing to unfold"


async def test_a_fault_stands_under_the_title_of_its_node_and_the_field_of_its_input(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        show_faults(bench, {InputKey("50", ""): Fault("There is no such class."), STEPS: TOO_FEW})
        assert signs(bench, "50", LIGHT.error)
        assert signs(bench, "31", LIGHT.error) == 0
        row = bench.row_rect(STEPS)
        field = bench.view.delegate.part_rect(bench.model.index_of(STEPS), row, Part.FIELD)
        below = QRect(QPoint(row.left(), field.bottom() + 2), row.bottomRight())
        assert ink(bench.painted(below), LIGHT.error)
        assert ink(bench.painted(bench.row_rect(CFG)), LIGHT.error) == 0


async def test_a_changed_row_has_a_sign_that_resets_it(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 30}, "Edit")
        assert ink(bench.painted(bench.row_rect(STEPS, Column.RESET)), LIGHT.accent)
        assert ink(bench.painted(bench.row_rect(CFG, Column.RESET)), LIGHT.accent) == 0
        bench.click_reset(STEPS)
        assert ink(bench.painted(bench.row_rect(STEPS, Column.RESET)), LIGHT.accent) == 0


async def test_what_does_not_lead_to_a_chosen_node_stands_back(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert signs(bench, "6", LIGHT.text)
        assert signs(bench, "31", LIGHT.text)
        bench.view.ways.show_path("31")
        assert signs(bench, "31", LIGHT.text), "it, and what leads to it"
        assert signs(bench, "6", LIGHT.text) == 0
        assert signs(bench, "6", LIGHT.muted)


async def test_what_is_to_know_of_a_class_is_in_its_header(tmp_path: Path) -> None:
    classes = object_info()
    sampler = classes["KSampler"]
    assert isinstance(sampler, dict)
    sampler["deprecated"] = True
    async with shown_bench(tmp_path) as bench:
        bench.open(classes=classes)
        place = header(bench, "31")
        # The word stands in a frame of the window's colour, to the left of the number.
        right = QRect(place.center(), place.bottomRight())
        assert ink(bench.painted(right), LIGHT.window, 0) > 100
        place = header(bench, "50")
        assert ink(bench.painted(QRect(place.center(), place.bottomRight())), LIGHT.window, 0) == 0


async def test_the_node_that_takes_a_dragged_picture_is_lit(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png"))])
    async with shown_bench(tmp_path) as bench:
        bench.open()
        place = header(bench, IMAGE.node_id)
        ground = QPoint(place.center().x(), place.bottom() - 3)
        spot = QRect(ground, ground)
        assert ink(bench.painted(spot), LIGHT.accent_soft, 0) == 0
        assert hands.drag_over(bench.view.viewport(), data, place.center())
        assert ink(bench.painted(spot), LIGHT.accent_soft, 0) == 1
        beside = bench.view.visualRect(bench.model.index_of_node("6"))
        assert ink(bench.painted(beside), LIGHT.accent_soft, 0) == 0
        hands.drag_away(bench.view.viewport())
        assert ink(bench.painted(spot), LIGHT.accent_soft, 0) == 0


async def test_a_selected_row_is_seen_without_the_keyboard(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()

        def ground(key: InputKey) -> str:
            row = bench.row_rect(key, Column.NAME)
            spot = QPoint(row.right() - 2, row.bottom() - 3)
            return bench.painted(QRect(spot, spot)).pixelColor(0, 0).name()

        bench.stand_on(SCHEDULER)
        bench.key(Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
        bench.view.clearFocus()
        assert ground(SCHEDULER) == LIGHT.accent_soft
        assert ground(CFG) == LIGHT.window
        assert ground(PREFIX) == ground(PROMPT) == LIGHT.window


async def test_headers_say_what_there_is_to_know_of_a_class(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as bench:
        marks = {}
        for place in range(bench.model.rowCount()):
            node = bench.model.node_row(bench.model.index(place, 0))
            assert node is not None
            marks[node.class_type] = node.marks
            assert texts.accessible_node_text(node).endswith(", ".join(node.marks))
        assert marks["Choices"] == ("deprecated",)
        assert marks["Shapes"] == ("experimental",)
        assert marks["Media"] == ("paid partner node",)
        assert marks["Texts"] == ()
