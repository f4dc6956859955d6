"""Pictures among the essentials: dropped in the form, shown and prompted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.ui.input_tree.rows import row_layout
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from tests.gui.media_fields.test_media_multiple_files import png
from tests.gui.support import media_fields as on
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    IMAGE,
    LEFT,
    PROMPT,
    RIGHT,
    STEPS,
    InputsHarness,
    open_inputs_harness,
)
from tests.gui.support.pinned_form import PinnedFormDriver
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.view import InputsView
    from runcomfy_desktop.ui.media_fields.media_field import MediaField


def media_fields(harness: InputsHarness, key: InputKey) -> list[MediaField]:
    user_input.process_events()
    found = [
        harness.panel.form.media_fields.media_field(key),
        harness.panel.media_fields.media_field(key),
    ]
    return [each for each in found if each is not None]


def names(harness: InputsHarness, key: InputKey) -> list[str]:
    found = media_fields(harness, key)
    return [user_input.find(each, ElidedLabel, "media_name").text() for each in found]


async def test_a_picture_that_is_dropped_in_the_form_is_shown_there(tmp_path: Path) -> None:
    path = on.write_file(tmp_path, "dusk.png", png(3))
    async with open_inputs_harness(tmp_path / "media_store", height=900) as harness:
        harness.open()
        harness.pins.pin(IMAGE)
        form = PinnedFormDriver(harness)
        at = form.rect(IMAGE).center()
        data = on.file_urls([path])
        assert user_input.drag_over(form.view.viewport(), data, at)
        assert user_input.drop(form.view.viewport(), data, at)
        await wait_until(lambda: isinstance(harness.changes.get(IMAGE), MediaFile))
        assert names(harness, IMAGE) == ["dusk.png"]
        form.focus_row(IMAGE)
        harness.panel.reset_current()
        assert names(harness, IMAGE) == ["bike.jpg"]


async def test_a_drop_goes_into_no_picture_that_the_form_does_not_show(tmp_path: Path) -> None:
    path = on.write_file(tmp_path, "dusk.png", png(3))
    async with open_inputs_harness(tmp_path / "media_store", height=900) as harness:
        harness.open()
        harness.pins.pin(LEFT, STEPS)
        form = PinnedFormDriver(harness)
        user_input.drop(form.view.viewport(), on.file_urls([path]), form.rect(LEFT).center())
        await wait_until(lambda: LEFT in harness.changes)
        assert RIGHT not in harness.changes
        user_input.drop(form.view.viewport(), on.file_urls([path]), form.rect(STEPS).center())
        assert harness.dropped_workflows == [path]
        assert set(harness.changes) == {LEFT}


async def test_what_is_asked_is_asked_in_the_form_and_answered_once(tmp_path: Path) -> None:
    paths = [on.write_file(tmp_path, f"{number}.png", png(number)) for number in range(3)]
    async with open_inputs_harness(tmp_path / "media_store", height=900) as harness:
        harness.open()
        harness.pins.pin(IMAGE)
        form = PinnedFormDriver(harness)
        user_input.drop(form.view.viewport(), on.file_urls(paths), form.rect(IMAGE).center())
        await wait_until(lambda: names(harness, IMAGE) == ["3 files for image"])
        pinned = media_fields(harness, IMAGE)[0]
        user_input.press(
            next(
                each
                for each in pinned.findChildren(QAbstractButton)
                if each.isVisible() and each.text() == "Use the first"
            )
        )
        await wait_until(lambda: IMAGE in harness.changes)
        await wait_until(lambda: names(harness, IMAGE) == ["0.png"])
        assert harness.draft_editor.state.undo_text.endswith("0.png")
        harness.draft_editor.undo()
        assert harness.changes == {}


def is_field_over_row(harness: InputsHarness, view: InputsView, key: InputKey) -> bool:
    layer = (
        harness.panel.form.media_fields
        if view is harness.panel.form.view
        else harness.panel.media_fields
    )
    well = layer.media_field(key)
    assert well is not None
    index = view.inputs.index_of(key)
    wanted = row_layout.media_field_rect(
        view.inputs.input_row_of(key), view.delegate.metrics, view.visualRect(index)
    )
    top = well.mapTo(harness.panel, QPoint()) - view.viewport().mapTo(harness.panel, QPoint())
    return QRect(top, well.size()) == wanted


async def test_a_media_field_follows_a_form_that_is_laid_out_in_steps(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.pins.pin(IMAGE, PROMPT)
        user_input.process_events()
        view = harness.panel.form.view
        view.commands.open_editor(view.inputs.index_of(PROMPT))
        user_input.process_events()
        harness.type("\n" * 10)
        assert is_field_over_row(harness, view, IMAGE)
        editor = view.delegate.editor
        assert editor is not None
        QTest.keyClick(editor, Qt.Key.Key_Escape)
        # The form's rows have shrunk already, but not the form itself, which still centres its tree
        # vertically.
        layout_of_form = harness.panel.form.layout()
        assert layout_of_form is not None
        layout_of_form.activate()
        harness.panel.form.media_fields.sync()
        user_input.process_events()
        assert is_field_over_row(harness, view, IMAGE)


async def test_a_media_field_follows_its_tree_wherever_it_is_moved(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.view.move(0, 30)
        user_input.process_events()
        assert is_field_over_row(harness, harness.view, IMAGE)
