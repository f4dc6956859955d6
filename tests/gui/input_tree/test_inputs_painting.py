"""Painted markers of the tree are in the right place and colour.

The tests also look at other places to show that the markers are not always there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QRect, Qt, QUrl

from runcomfy_desktop.domain.validation.input_issue import InputIssue
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.style.theme import LIGHT
from tests.gui.input_tree.test_inputs_kinds import shown_gallery
from tests.gui.input_tree.test_inputs_problems import TOO_FEW, WARNING, show_faults
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    CFG,
    IMAGE,
    PREFIX,
    PROMPT,
    SCHEDULER,
    STEPS,
    object_info,
    open_inputs_harness,
)
from tests.gui.support.pixel_colours import count_pixels

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

    from tests.gui.support.inputs_harness import InputsHarness


def header(harness: InputsHarness, node_id: str) -> QRect:
    index = harness.model.index_of_node(node_id)
    harness.view.scrollTo(index)
    user_input.process_events()
    return harness.view.visualRect(index)


def count_header_pixels(harness: InputsHarness, node_id: str, colour: str) -> int:
    """Counts the pixels of a colour in the header of a node."""
    return count_pixels(harness.repainted(header(harness, node_id)), colour)


def wide(image: QImage) -> int:
    """Returns the distance from the first to the last column with a pixel of a muted icon."""
    columns = (image.copy(x, 0, 1, image.height()) for x in range(image.width()))
    found = [x for x, each in enumerate(columns) if count_pixels(each, LIGHT.muted, 60)]
    return found[-1] - found[0] if found else 0


def high(image: QImage) -> int:
    rows = (image.copy(0, y, image.width(), 1) for y in range(image.height()))
    found = [y for y, each in enumerate(rows) if count_pixels(each, LIGHT.muted, 60)]
    return found[-1] - found[0] if found else 0


async def test_a_folded_node_says_how_bad_it_is_inside(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.view.collapse_all()
        assert (
            count_header_pixels(harness, "31", LIGHT.error)
            == count_header_pixels(harness, "31", LIGHT.warning)
            == 0
        )
        show_faults(harness, {CFG: WARNING})
        assert count_header_pixels(harness, "31", LIGHT.warning)
        show_faults(harness, {CFG: WARNING, STEPS: TOO_FEW})
        assert count_header_pixels(harness, "31", LIGHT.error)
        assert count_header_pixels(harness, "31", LIGHT.warning) == 0
        assert count_header_pixels(harness, "50", LIGHT.error) == 0
        harness.view.expand_all()
        assert count_header_pixels(harness, "31", LIGHT.error) == 0, "it stands at its row then"


async def test_a_chevron_points_where_its_node_unfolds_to(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()

        def chevron(node_id: str) -> QImage:
            place = header(harness, node_id)
            return harness.repainted(
                QRect(place.topLeft() + QPoint(4, 2), QPoint(24, place.bottom()))
            )

        unfolded = chevron("31")
        assert chevron("50") == unfolded
        harness.view.collapse_all()
        folded = chevron("31")
        assert chevron("50") == folded
        assert wide(unfolded) > high(unfolded), "it points down"
        assert wide(folded) < high(folded), "it points to the right"
        assert count_pixels(chevron("38"), LIGHT.muted) == 0, "there is nothing to unfold"


async def test_a_fault_stands_under_the_title_of_its_node_and_the_field_of_its_input(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        show_faults(
            harness, {InputKey("50", ""): InputIssue("There is no such class."), STEPS: TOO_FEW}
        )
        assert count_header_pixels(harness, "50", LIGHT.error)
        assert count_header_pixels(harness, "31", LIGHT.error) == 0
        row = harness.row_rect(STEPS)
        field = harness.view.delegate.part_rect(harness.model.index_of(STEPS), row, RowPart.FIELD)
        below = QRect(QPoint(row.left(), field.bottom() + 2), row.bottomRight())
        assert count_pixels(harness.repainted(below), LIGHT.error)
        assert count_pixels(harness.repainted(harness.row_rect(CFG)), LIGHT.error) == 0


async def test_a_changed_row_has_a_sign_that_resets_it(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 30}, "Edit")
        assert count_pixels(
            harness.repainted(harness.row_rect(STEPS, InputColumn.RESET)), LIGHT.accent
        )
        assert (
            count_pixels(harness.repainted(harness.row_rect(CFG, InputColumn.RESET)), LIGHT.accent)
            == 0
        )
        harness.click_reset(STEPS)
        assert (
            count_pixels(
                harness.repainted(harness.row_rect(STEPS, InputColumn.RESET)), LIGHT.accent
            )
            == 0
        )


async def test_what_does_not_lead_to_a_chosen_node_stands_back(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert count_header_pixels(harness, "6", LIGHT.text)
        assert count_header_pixels(harness, "31", LIGHT.text)
        harness.view.navigation.show_path("31")
        assert count_header_pixels(harness, "31", LIGHT.text), "it, and what leads to it"
        assert count_header_pixels(harness, "6", LIGHT.text) == 0
        assert count_header_pixels(harness, "6", LIGHT.muted)


async def test_what_is_to_know_of_a_class_is_in_its_header(tmp_path: Path) -> None:
    classes = object_info()
    sampler = classes["KSampler"]
    assert isinstance(sampler, dict)
    sampler["deprecated"] = True
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(classes=classes)
        place = header(harness, "31")
        # The label has a frame in the window's colour, to the left of the number.
        right = QRect(place.center(), place.bottomRight())
        assert count_pixels(harness.repainted(right), LIGHT.window, 0) > 100
        place = header(harness, "50")
        assert (
            count_pixels(
                harness.repainted(QRect(place.center(), place.bottomRight())), LIGHT.window, 0
            )
            == 0
        )


async def test_the_node_that_takes_a_dragged_picture_is_lit(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png"))])
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        place = header(harness, IMAGE.node_id)
        background = QPoint(place.center().x(), place.bottom() - 3)
        spot = QRect(background, background)
        assert count_pixels(harness.repainted(spot), LIGHT.accent_soft, 0) == 0
        assert user_input.drag_over(harness.view.viewport(), data, place.center())
        assert count_pixels(harness.repainted(spot), LIGHT.accent_soft, 0) == 1
        beside = harness.view.visualRect(harness.model.index_of_node("6"))
        assert count_pixels(harness.repainted(beside), LIGHT.accent_soft, 0) == 0
        user_input.drag_leave(harness.view.viewport())
        assert count_pixels(harness.repainted(spot), LIGHT.accent_soft, 0) == 0


async def test_a_selected_row_is_seen_without_the_keyboard(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()

        def background(key: InputKey) -> str:
            row = harness.row_rect(key, InputColumn.NAME)
            spot = QPoint(row.right() - 2, row.bottom() - 3)
            return harness.repainted(QRect(spot, spot)).pixelColor(0, 0).name()

        harness.focus_row(SCHEDULER)
        harness.key(Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
        harness.view.clearFocus()
        assert background(SCHEDULER) == LIGHT.accent_soft
        assert background(CFG) == LIGHT.window
        assert background(PREFIX) == background(PROMPT) == LIGHT.window


async def test_headers_say_what_there_is_to_know_of_a_class(tmp_path: Path) -> None:
    async with shown_gallery(tmp_path) as harness:
        marks = {}
        for place in range(harness.model.rowCount()):
            node = harness.model.node_row_at(harness.model.index(place, 0))
            assert node is not None
            marks[node.class_type] = node.class_labels
            assert texts.accessible_node_text(node).endswith(", ".join(node.class_labels))
        assert marks["Choices"] == ("deprecated",)
        assert marks["Shapes"] == ("experimental",)
        assert marks["Media"] == ("paid partner node",)
        assert marks["Texts"] == ()
