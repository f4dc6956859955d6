"""Export of a grid: one labelled picture, and a table."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QAction, QColor, QImage
from PySide6.QtWidgets import QFileDialog, QPushButton

from runcomfy_desktop.domain.sweeps.spec import ListSpec, SweepSpec
from runcomfy_desktop.ui.style.theme import LIGHT
from runcomfy_desktop.ui.sweeps.grid_image import (
    MAX_PIXELS,
    MAX_SIDE,
    GridImageContent,
    ImageCell,
    ImagePage,
    draw_grid,
)
from tests.gui.support.grid_window_harness import open_grid_window_harness, wait_until_label
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until
from tests.support.image_files import write_png

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.sweeps.grid_window import GridWindow
    from tests.gui.support.grid_window_harness import GridWindowHarness


def grid(columns: int, rows: int, path: str = "", *, pages: int = 1) -> GridImageContent:
    cells = tuple(ImageCell(path, "" if path else "Queued") for _cell in range(columns * rows))
    return GridImageContent(
        "title",
        "about",
        tuple(f"column {each}" for each in range(columns)),
        tuple(f"row {each}" for each in range(rows)),
        tuple(ImagePage(f"page {each}" if pages > 1 else "", cells) for each in range(pages)),
    )


def image_of(picture: GridImageContent) -> QImage:
    drawn = draw_grid(picture)
    assert drawn.error == ""
    image = QImage.fromData(drawn.data)
    assert (image.width(), image.height()) == (drawn.width, drawn.height)
    return image


def amount(image: QImage, colour: str, step: int = 4) -> int:
    """Returns how many of the sampled pixels have exactly this colour."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    wanted, width = QColor(colour).rgb(), image.width()
    dots = memoryview(image.constBits()).cast("I")
    rows = (dots[row * width : (row + 1) * width] for row in range(0, image.height(), step))
    return sum(row[::step].tolist().count(wanted) for row in rows)


# The picture


@pytest.mark.usefixtures("qapp")
def test_it_is_on_a_light_ground_with_its_pictures(tmp_path: Path) -> None:
    file = write_png(tmp_path / "one.png", 64, 64)
    image = image_of(grid(2, 2, str(file)))
    assert QColor(image.pixel(2, 2)).name() == LIGHT.window
    shown = QImage(str(file)).pixelColor(10, 10).name()
    assert amount(image, shown) > amount(image_of(grid(2, 2)), shown)


@pytest.mark.usefixtures("qapp")
def test_headers_of_columns_and_rows_are_on_it() -> None:
    cells, none, two = grid(3, 2).pages, ("", "", ""), ("", "")
    assert amount(image_of(GridImageContent("", "", none, two, cells)), LIGHT.text, 1) == 0
    for columns, rows in ((("4", "8", "12"), two), (none, ("red", "blue"))):
        image = image_of(GridImageContent("", "", columns, rows, cells))
        assert amount(image, LIGHT.text, 1) > 20


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("heads", [("8", "10", "12"), ("0.5", "0.75", "1"), ("a", "wide", "b")])
def test_the_widest_headers_of_rows_are_on_it_too(heads: tuple[str, ...]) -> None:
    picture = GridImageContent("", "", ("",), heads, grid(1, 3).pages)
    image = image_of(picture)
    third = image.height() // 3
    bands = (image.copy(0, number * third, image.width(), third) for number in range(3))
    assert all(amount(band, LIGHT.text, 1) > 5 for band in bands)


@pytest.mark.usefixtures("qapp")
def test_a_cell_without_a_picture_is_a_box_with_its_state(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG and no more")
    for picture in (grid(3, 1), grid(3, 1, str(tmp_path / "broken.png"))):
        assert amount(image_of(picture), LIGHT.panel) > 1000


@pytest.mark.usefixtures("qapp")
def test_pages_lie_one_below_the_other() -> None:
    one, two = draw_grid(grid(2, 2)), draw_grid(grid(2, 2, pages=2))
    assert two.width == one.width
    assert two.height > 1.8 * one.height - 200


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(("columns", "rows"), [(100, 100), (300, 10), (2, 400)])
def test_a_large_grid_gets_smaller_cells_and_stays_within_its_limits(
    columns: int, rows: int
) -> None:
    drawn = draw_grid(grid(columns, rows))
    assert drawn.error == ""
    assert max(drawn.width, drawn.height) <= MAX_SIDE
    assert drawn.width * drawn.height <= MAX_PIXELS


@pytest.mark.usefixtures("qapp")
def test_what_does_not_fit_into_one_picture_is_told() -> None:
    drawn = draw_grid(grid(10_000, 1))
    assert drawn.data == b""
    assert drawn.error.startswith("This grid has too many cells for one picture.")


@pytest.mark.usefixtures("qapp")
def test_strange_headers_are_drawn() -> None:
    long = "word " * 5000
    picture = GridImageContent(long, long, (long, "", "<b>x</b>"), ("", long), grid(3, 2).pages)
    assert draw_grid(picture).error == ""


# In the window


async def begin(harness: GridWindowHarness, **axes: str) -> GridWindow:
    """Starts a grid with all its pictures; each axis is an input with a list of values."""
    key = harness.grid_harness.key
    specs = (ListSpec(key(name), values) for name, values in axes.items())
    window = await harness.begin(SweepSpec(tuple(specs)))
    count = window.sweep.cell_count
    await wait_until_label(window, f"{count} of {count} done")
    return window


def titles(harness: GridWindowHarness) -> list[str]:
    return harness.grid_harness.queue_harness.titles()


async def export(window: GridWindow, what: str, target: Path) -> None:
    button = find(window, QPushButton, "grid_export")
    action = next(each for each in button.menu().findChildren(QAction, f"grid_export_{what}"))
    action.trigger()
    await process_events_async()
    dialog = find(window, QFileDialog, "export_grid_dialog")
    dialog.fileSelected.emit(str(target))
    dialog.close()
    await wait_until(target.exists)


async def test_a_grid_is_saved_as_a_picture_and_its_size_is_told(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path / "room") as harness:
        window = await begin(harness, steps="4, 8", cfg="1, 2, 3")
        target = tmp_path / "grid.png"
        await export(window, "picture", target)
        await wait_until(lambda: "Saved as grid.png." in titles(harness))
        image = QImage(str(target))
        message = harness.grid_harness.queue_harness.shown_notices[-1].detail
        assert message.startswith(f"{image.width()} × {image.height()} pixels · ")
        await wait_until(find(window, QPushButton, "grid_export").isEnabled)


async def test_an_export_that_its_session_ends_is_reported(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path / "room") as harness:
        window = await begin(harness, steps="4, 8")
        button = find(window, QPushButton, "grid_export")
        (action,) = button.menu().findChildren(QAction, "grid_export_picture")
        action.trigger()
        await process_events_async()
        find(window, QFileDialog, "export_grid_dialog").fileSelected.emit(str(tmp_path / "a.png"))
        harness.scope.close()
        assert titles(harness)[-1] == ("A grid was not exported, because its session has ended.")
        await process_events_async()
        assert not (tmp_path / "a.png").exists()


async def test_pages_are_saved_together_or_alone(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path / "room") as harness:
        window = await begin(harness, steps="4", cfg="1", denoise="0.5, 1")
        await export(window, "picture", tmp_path / "all.png")
        await export(window, "page", tmp_path / "one.png")
        whole, one = QImage(str(tmp_path / "all.png")), QImage(str(tmp_path / "one.png"))
        assert whole.height() > one.height()


async def test_a_grid_is_saved_as_a_table(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path / "room") as harness:
        window = await begin(harness, steps="4, 8")
        target = tmp_path / "grid.csv"
        await export(window, "table", target)
        with target.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["X: steps"] for row in rows] == ["4", "8"]
        assert [row["state"] for row in rows] == ["done", "done"]
        assert all(row["request_id"] for row in rows)
        names = [row["files"] for row in rows]
        assert all(name and not name.startswith("/") for name in names)
        assert all((harness.grid_harness.queue_harness.outputs / name).exists() for name in names)


async def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path / "room") as harness:
        window = await begin(harness, steps="4")
        (tmp_path / "file").write_text("")
        button = find(window, QPushButton, "grid_export")
        before = len(titles(harness))
        button.menu().actions()[0].trigger()
        await process_events_async()
        dialog = find(window, QFileDialog, "export_grid_dialog")
        dialog.fileSelected.emit(str(tmp_path / "file" / "grid.png"))
        dialog.close()
        await wait_until(lambda: len(titles(harness)) > before)
        await wait_until(button.isEnabled)
