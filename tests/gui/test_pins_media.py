"""Pictures in the form of pinned inputs: dropped there, shown and asked about in both places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.ui.inputs import layout
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from tests.gui.support import hands
from tests.gui.support import wells as on
from tests.gui.support.bench import IMAGE, LEFT, PROMPT, RIGHT, STEPS, Bench, shown_bench
from tests.gui.support.pins import Form
from tests.gui.test_media_many import png
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.media_well import MediaWell
    from runcomfy_desktop.ui.inputs.view import InputsView


def wells(bench: Bench, key: InputKey) -> list[MediaWell]:
    hands.settle()
    found = [bench.panel.form.wells.well(key), bench.panel.wells.well(key)]
    return [each for each in found if each is not None]


def names(bench: Bench, key: InputKey) -> list[str]:
    found = wells(bench, key)
    return [hands.find(each, ElidedLabel, "media_name").text() for each in found]


async def test_a_picture_that_is_dropped_on_a_pin_is_shown_in_both_places(tmp_path: Path) -> None:
    path = on.file_at(tmp_path, "dusk.png", png(3))
    async with shown_bench(tmp_path / "shelf", height=900) as bench:
        bench.open()
        bench.pins.pin(IMAGE)
        form = Form(bench)
        at = form.rect(IMAGE).center()
        data = on.files([path])
        assert hands.drag_over(form.view.viewport(), data, at)
        assert hands.drop(form.view.viewport(), data, at)
        await until(lambda: isinstance(bench.changes.get(IMAGE), MediaFile))
        assert names(bench, IMAGE) == ["dusk.png", "dusk.png"]
        form.stand_on(IMAGE)
        bench.panel.reset_current()
        assert names(bench, IMAGE) == ["bike.jpg", "bike.jpg"]


async def test_a_drop_goes_into_no_picture_that_the_form_does_not_show(tmp_path: Path) -> None:
    path = on.file_at(tmp_path, "dusk.png", png(3))
    async with shown_bench(tmp_path / "shelf", height=900) as bench:
        bench.open()
        bench.pins.pin(LEFT, STEPS)
        form = Form(bench)
        hands.drop(form.view.viewport(), on.files([path]), form.rect(LEFT).center())
        await until(lambda: LEFT in bench.changes)
        assert RIGHT not in bench.changes
        hands.drop(form.view.viewport(), on.files([path]), form.rect(STEPS).center())
        assert bench.dropped == [path]
        assert set(bench.changes) == {LEFT}


async def test_what_is_asked_is_asked_in_both_wells_and_answered_once(tmp_path: Path) -> None:
    paths = [on.file_at(tmp_path, f"{number}.png", png(number)) for number in range(3)]
    async with shown_bench(tmp_path / "shelf", height=900) as bench:
        bench.open()
        bench.pins.pin(IMAGE)
        form = Form(bench)
        hands.drop(form.view.viewport(), on.files(paths), form.rect(IMAGE).center())
        await until(lambda: names(bench, IMAGE) == ["3 files for image"] * 2)
        pinned = wells(bench, IMAGE)[0]
        hands.press(
            next(
                each
                for each in pinned.findChildren(QAbstractButton)
                if each.isVisible() and each.text() == "Use the first"
            )
        )
        await until(lambda: IMAGE in bench.changes)
        await until(lambda: names(bench, IMAGE) == ["0.png"] * 2)
        assert bench.workbench.state.undo_text.endswith("0.png")
        bench.workbench.undo()
        assert bench.changes == {}


def well_is_over_its_row(bench: Bench, view: InputsView, key: InputKey) -> bool:
    layer = bench.panel.form.wells if view is bench.panel.form.view else bench.panel.wells
    well = layer.well(key)
    assert well is not None
    index = view.inputs.index_of(key)
    wanted = layout.well_rect(
        view.inputs.row_of(key), view.delegate.metrics, view.visualRect(index)
    )
    top = well.mapTo(bench.panel, QPoint()) - view.viewport().mapTo(bench.panel, QPoint())
    return QRect(top, well.size()) == wanted


async def test_a_well_follows_a_form_that_is_laid_out_in_steps(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        bench.pins.pin(IMAGE, PROMPT)
        hands.settle()
        view = bench.panel.form.view
        view.deeds.open_editor(view.inputs.index_of(PROMPT))
        hands.settle()
        bench.type("\n" * 10)
        assert well_is_over_its_row(bench, view, IMAGE)
        editor = view.delegate.editor
        assert editor is not None
        QTest.keyClick(editor, Qt.Key.Key_Escape)
        # The form's rows are lower now, the form itself is not yet: its tree stands in its middle.
        layout_of_form = bench.panel.form.layout()
        assert layout_of_form is not None
        layout_of_form.activate()
        bench.panel.form.wells.sync()
        hands.settle()
        assert well_is_over_its_row(bench, view, IMAGE)


async def test_a_well_follows_its_tree_wherever_it_is_moved(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        bench.view.move(0, 30)
        hands.settle()
        assert well_is_over_its_row(bench, bench.view, IMAGE)
