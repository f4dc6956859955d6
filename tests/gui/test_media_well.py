"""Picture inputs: what is dropped, pasted, chosen or addressed goes where it was meant to go."""

from __future__ import annotations

import base64
import hashlib
import io
import random
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
)

from runcomfy_desktop.domain.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.settings import LargePictures, Theme
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.inputs.media_well import MediaWell
from runcomfy_desktop.ui.inputs.thumb import Thumb
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from tests.gui.support import hands
from tests.gui.support.bench import IMAGE, LEFT, RIGHT, STEPS, Bench, shown_bench
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.workflow import InputKey

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
OCTETS = "application/octet-stream"
ADDRESS = "https://example.com/pictures/a%20cat.png?size=2"


def png(colour: str = "red", size: tuple[int, int] = (60, 40)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def noisy_png(least_bytes: int) -> bytes:
    side = int((least_bytes / 3) ** 0.5) + 20
    noise = random.Random(1).randbytes(side * side * 3)
    buffer = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(buffer, "PNG")
    return buffer.getvalue()


def file_at(folder: Path, name: str, data: bytes) -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def files(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def well(bench: Bench, key: InputKey = IMAGE) -> MediaWell:
    bench.row_rect(key)
    found = bench.panel.wells.well(key)
    assert found is not None, f"no well over {key}"
    return found


def text(bench: Bench, name: str, key: InputKey = IMAGE) -> str:
    return hands.find(well(bench, key), ElidedLabel, name).text()


def button(bench: Bench, name: str, key: InputKey = IMAGE) -> QAbstractButton:
    return hands.find(well(bench, key), QAbstractButton, name)


def place(bench: Bench, key: InputKey) -> QPoint:
    return bench.row_rect(key).center()


def header(bench: Bench, node_id: str) -> QPoint:
    index = bench.model.index_of_node(node_id)
    bench.view.scrollTo(index)
    hands.settle()
    return bench.view.visualRect(index).center()


async def media(bench: Bench, key: InputKey = IMAGE) -> MediaFile:
    await until(lambda: isinstance(bench.draft.value(key), MediaFile))
    value = bench.draft.value(key)
    assert isinstance(value, MediaFile)
    return value


async def test_at_first_it_names_the_deployments_own_file(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert text(bench, "media_name") == "bike.jpg"
        assert text(bench, "media_facts") == "lies in the deployment"
        assert well(bench).thumb is Thumb.REMOTE
        assert well(bench).accessibleName() == "image of Load Image"
        assert "lies in the deployment" in well(bench).accessibleDescription()


async def test_a_dropped_file_is_kept_shown_and_one_step(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        assert hands.drop(bench.view.viewport(), files(path), place(bench, IMAGE))
        value = await media(bench)
        assert (value.name, value.width, value.height) == ("photo.png", 60, 40)
        assert bench.workbench.state.undo_text == "Drop photo.png"
        await until(lambda: well(bench).thumb is Thumb.PICTURE)
        assert (
            text(bench, "media_facts") == f"60 × 40 · {value.size_bytes} bytes · sent inline as PNG"
        )
        centre = well(bench).grab().toImage().pixel(8 + 36, well(bench).height() // 2)
        assert QColor(centre).name() == "#ff0000"
        bench.workbench.undo()
        assert bench.changes == {}
        assert text(bench, "media_name") == "bike.jpg"


@pytest.mark.parametrize("where", ["header", "name", "well", "another row"])
async def test_a_node_with_one_picture_takes_a_drop_anywhere(tmp_path: Path, where: str) -> None:
    path = file_at(tmp_path, "photo.png", png())
    workflow = {"1": {"class_type": "LoadImage", "inputs": {"image": "a.png", "note": "x"}}}
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open(workflow)  # type: ignore[arg-type]
        key = type(IMAGE)("1", "image")
        at = {
            "header": header(bench, "1"),
            "name": bench.row_rect(key, Column.NAME).center(),
            "well": place(bench, key),
            "another row": place(bench, type(IMAGE)("1", "note")),
        }[where]
        assert hands.drop(bench.view.viewport(), files(path), at)
        assert (await media(bench, key)).name == "photo.png"


async def test_with_several_pictures_only_the_well_under_the_pointer_takes_it(
    tmp_path: Path,
) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        assert not hands.drag_over(bench.view.viewport(), files(path), header(bench, "60"))
        at = place(bench, RIGHT)
        assert hands.drag_over(bench.view.viewport(), files(path), at)
        assert well(bench, RIGHT).is_lit
        assert not well(bench, LEFT).is_lit
        hands.drag_away(bench.view.viewport())
        assert not well(bench, RIGHT).is_lit
        assert hands.drop(bench.view.viewport(), files(path), at)
        await media(bench, RIGHT)
        assert set(bench.changes) == {RIGHT}
        assert not well(bench, RIGHT).is_lit


async def test_a_node_without_pictures_takes_none_and_it_is_opened(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        assert hands.drop(bench.view.viewport(), files(path), place(bench, STEPS))
        assert (bench.changes, bench.dropped) == ({}, [path])


async def test_a_drop_on_the_well_itself_reaches_it_through_the_panel(tmp_path: Path) -> None:
    """The well lies beside the tree: the system hands its drags to the panel around both."""
    path = file_at(tmp_path, "photo.png", png())
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        at = well(bench).mapTo(bench.panel, well(bench).rect().center())
        assert hands.drag_over(bench.panel, files(path), at)
        assert well(bench).is_lit
        assert hands.drop(bench.panel, files(path), at)
        await media(bench)
        assert hands.drop(bench.panel, files(path), QPoint(20, 20))
        assert bench.dropped == [path], "beside the tree it may carry a workflow"


async def test_image_data_becomes_a_png(tmp_path: Path) -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("blue"))
    data = QMimeData()
    data.setImageData(image)
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert hands.drop(bench.view.viewport(), data, place(bench, IMAGE))
        value = await media(bench)
        assert (value.name, value.mime) == ("Dropped picture.png", "image/png")
        assert (value.width, value.height) == (30, 20)


async def test_a_browsers_bytes_win_over_the_address(tmp_path: Path) -> None:
    data = QMimeData()
    data.setData(OCTETS, png("green"))
    data.setUrls([QUrl("https://example.com/page.html")])
    data.setHtml(f'<p><img alt="" src="{ADDRESS}"></p>')
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert hands.drop(bench.view.viewport(), data, place(bench, IMAGE))
        value = await media(bench)
        assert (value.name, value.mime) == ("a cat.png", "image/png")


async def test_bytes_that_are_no_picture_give_way_to_the_address(tmp_path: Path) -> None:
    data = QMimeData()
    data.setData(OCTETS, b"<html>no picture</html>")
    data.setHtml(f"<img src='{ADDRESS}'>")
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert hands.drop(bench.view.viewport(), data, place(bench, IMAGE))
        await until(lambda: bench.changes == {IMAGE: ADDRESS})
        assert bench.workbench.state.undo_text == "Drop a cat.png"


@pytest.mark.parametrize("form", ["urls", "html", "text"])
async def test_an_address_is_sent_as_an_address(tmp_path: Path, form: str) -> None:
    data = QMimeData()
    if form == "urls":
        data.setUrls([QUrl(ADDRESS)])
    elif form == "html":
        data.setHtml(f"<a href='x'><img src='{ADDRESS}'></a>")
    else:
        data.setText(f" {ADDRESS}\n")
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert hands.drop(bench.view.viewport(), data, place(bench, IMAGE))
        assert bench.changes == {IMAGE: ADDRESS}
        assert text(bench, "media_name") == "a cat.png"
        assert text(bench, "media_facts") == "sent by address"
        assert well(bench).thumb is Thumb.ADDRESS


async def test_an_embedded_picture_of_a_page_is_taken_as_bytes(tmp_path: Path) -> None:
    data = QMimeData()
    data.setHtml(f'<img src="data:image/png;base64,{base64.b64encode(png()).decode()}">')
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert hands.drop(bench.view.viewport(), data, place(bench, IMAGE))
        assert (await media(bench)).mime == "image/png"


async def test_an_address_nobody_else_can_reach_is_refused_in_words(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl("http://192.168.1.5/cat.png")])
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.drop(bench.view.viewport(), data, place(bench, IMAGE))
        assert bench.changes == {}
        assert bench.said == [
            "RunComfy's servers cannot reach 192.168.1.5: it is inside your own network."
        ]


async def test_plain_words_are_not_welcome(tmp_path: Path) -> None:
    data = QMimeData()
    data.setText("just words, and https://example.com/a.png in them")
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert not hands.drop(bench.view.viewport(), data, place(bench, IMAGE))


async def test_a_picture_for_a_draft_that_was_left_goes_there_and_nowhere_else(
    tmp_path: Path,
) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        at = place(bench, IMAGE)
        assert bench.view.drops is not None
        # Nothing may happen between the two, or the picture arrives before the other workflow.
        bench.view.drops.drop(files(path), at)
        bench.open(deployment_id="red:1")
        await until(lambda: bench.said)
        assert bench.said == ["photo.png is in the draft “Blue” now, which is not in view."]
        assert bench.changes == {}
        bench.open()
        assert (await media(bench)).name == "photo.png"


async def test_paste_takes_the_clipboards_picture(tmp_path: Path) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    async with shown_bench(tmp_path) as bench:
        bench.open()
        QApplication.clipboard().setImage(image)
        bench.stand_on(IMAGE)
        bench.key(K.Key_V, CTRL)
        assert (await media(bench)).name == "Pasted picture.png"
        assert bench.workbench.state.undo_text == "Paste Pasted picture.png"


async def test_a_copied_photograph_keeps_its_own_bytes(tmp_path: Path) -> None:
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor("orange"))
    path = tmp_path / "photo.jpg"
    assert image.save(str(path))
    data = QMimeData()
    data.setImageData(image)
    data.setData("image/jpeg", path.read_bytes())
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        QApplication.clipboard().setMimeData(data)
        hands.press(button(bench, "media_paste"))
        value = await media(bench)
        assert value.mime == "image/jpeg"
        assert value.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


async def test_the_paste_button_takes_an_address(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        QApplication.clipboard().setText(ADDRESS)
        hands.press(button(bench, "media_paste"))
        assert bench.changes == {IMAGE: ADDRESS}


async def test_an_empty_clipboard_says_so(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        QApplication.clipboard().setText("words")
        hands.press(button(bench, "media_paste"))
        assert bench.said == ["The clipboard holds no file and no web address."]


async def test_browse_opens_a_dialog_and_takes_the_file(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        hands.press(button(bench, "media_browse"))
        dialog = bench.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        assert dialog.isVisible()
        dialog.filesSelected.emit([path])
        dialog.close()
        assert (await media(bench)).name == "photo.png"
        assert bench.workbench.state.undo_text == "Choose photo.png"
        hands.settle()
        hands.press(button(bench, "media_browse"))
        again = bench.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(again, QFileDialog)
        assert again.directory().absolutePath() == str(tmp_path), "where the last one was"
        again.close()


async def test_an_address_can_be_typed_and_is_checked(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.press(button(bench, "media_address"))
        edit = hands.find(well(bench), QLineEdit, "media_address_edit")
        assert edit.hasFocus()
        bench.type("nowhere")
        bench.key(K.Key_Return)
        assert "begins with https://" in text(bench, "media_facts")
        assert bench.changes == {}
        bench.key(K.Key_A, CTRL)
        bench.type("https://example.com/dog.jpg")
        bench.key(K.Key_Return)
        assert bench.changes == {IMAGE: "https://example.com/dog.jpg"}
        assert not well(bench).is_asking
        assert text(bench, "media_name") == "dog.jpg"
        assert bench.workbench.state.undo_text == "Use an address for image"


async def test_escape_puts_the_address_line_away(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.press(button(bench, "media_address"))
        bench.type("https://")
        bench.key(K.Key_Escape)
        assert not well(bench).is_asking
        assert text(bench, "media_facts") == "lies in the deployment"
        bench.key(K.Key_Escape)
        assert bench.view.hasFocus()


async def test_an_address_that_is_typed_survives_scrolling_and_a_schema(tmp_path: Path) -> None:
    from runcomfy_desktop.domain.schema import Schema
    from tests.gui.support.bench import DEPLOYMENT, object_info

    async with shown_bench(tmp_path, height=300) as bench:
        bench.open(schema=False)
        hands.press(button(bench, "media_address"))
        bench.type("https://example.com/half")
        bench.view.verticalScrollBar().setValue(10_000)
        hands.settle()
        bench.workbench.set_schema(DEPLOYMENT, Schema(object_info()))
        hands.settle()
        bench.view.verticalScrollBar().setValue(0)
        hands.settle()
        edit = hands.find(well(bench), QLineEdit, "media_address_edit")
        assert edit.text() == "https://example.com/half"
        assert edit.hasFocus()


async def test_everything_in_it_fits_and_can_be_reached_by_keyboard(tmp_path: Path) -> None:
    path = file_at(tmp_path, "large.png", noisy_png(INLINE_LIMIT_BYTES))
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        bench.stand_on(IMAGE)
        bench.key(K.Key_Return)
        seen = []
        for _time in range(3):
            focus = QApplication.focusWidget()
            assert focus is not None
            seen.append(focus.objectName())
            bench.key(K.Key_Tab)
        assert seen == ["media_browse", "media_paste", "media_address"]
        assert bench.view.delegate.editing_key is not None, "Tab goes on to the next input"
        bench.key(K.Key_Escape)
        hands.drop(bench.view.viewport(), files(path), place(bench, IMAGE))
        await media(bench)
        bench.row_rect(IMAGE)
        here = well(bench)
        for child in here.findChildren(QAbstractButton):
            if child.isVisible():
                corner = child.mapTo(here, QPoint(0, 0))
                assert here.rect().contains(child.rect().translated(corner)), child.objectName()
        bench.stand_on(IMAGE)
        bench.key(K.Key_Space)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus.objectName() == "media_change_size"
        bench.key(K.Key_Return)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu), "Enter opens the choice"
        menu.close()


async def test_wells_are_made_only_for_rows_in_view(tmp_path: Path) -> None:
    workflow = {
        str(number): {"class_type": "LoadImage", "inputs": {"image": f"{number}.png"}}
        for number in range(300)
    }
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow)  # type: ignore[arg-type]
        assert 3 <= len(bench.panel.findChildren(MediaWell)) <= 6
        bar = bench.view.verticalScrollBar()
        for value in range(0, bar.maximum(), 400):
            bar.setValue(value)
        bar.setValue(bar.maximum())
        hands.settle()
        assert len(bench.panel.findChildren(MediaWell)) <= 16
        last = well(bench, type(IMAGE)("299", "image"))
        assert last.isVisible()
        rect = bench.row_rect(type(IMAGE)("299", "image"))
        assert rect.contains(last.geometry())


async def test_the_wheel_over_a_well_scrolls_the_tree(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        at = well(bench).mapTo(bench.panel, well(bench).rect().center())
        hands.turn_wheel(bench.panel, at)
        assert bench.view.verticalScrollBar().value() > 0


async def test_a_picture_that_is_gone_shows_as_failed(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        hands.drop(bench.view.viewport(), files(path), place(bench, IMAGE))
        value = await media(bench)
        await until(lambda: well(bench).thumb is Thumb.PICTURE)
        (tmp_path / "shelf" / value.stored_name).unlink()
        bench.panel.detach()
        bench.panel.attach(bench.workbench, bench.shelf)
        hands.settle()
        await until(lambda: well(bench).thumb is Thumb.FAILED)


async def test_an_embedded_picture_of_the_deployment_is_shown(tmp_path: Path) -> None:
    value = "data:image/png;base64," + base64.b64encode(png()).decode()
    async with shown_bench(tmp_path) as bench:
        bench.open({"1": {"class_type": "LoadImage", "inputs": {"image": value}}})
        key = type(IMAGE)("1", "image")
        await until(lambda: well(bench, key).thumb is Thumb.PICTURE)
        assert text(bench, "media_facts", key).endswith("sent inline as PNG")


async def test_folding_the_node_takes_the_well_away(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        shown = well(bench)
        hands.press(bench.view.viewport(), header(bench, "189"))
        assert not shown.isVisible()
        hands.press(bench.view.viewport(), header(bench, "189"))
        assert well(bench).isVisible()


async def test_the_warning_follows_a_change_of_the_theme(tmp_path: Path) -> None:
    path = file_at(tmp_path, "large.png", noisy_png(INLINE_LIMIT_BYTES))
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        hands.drop(bench.view.viewport(), files(path), place(bench, IMAGE))
        await media(bench)
        bench.workbench.set_large_pictures(LargePictures.ADDRESS)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        for kind in (Theme.DARK, Theme.LIGHT):
            theme.apply(app, kind)
            hands.settle()
            warning = hands.find(well(bench), QLabel, "media_warning")
            image = warning.grab().toImage()
            seen = {
                QColor(image.pixel(x, y)).name()
                for x in range(image.width())
                for y in range(image.height())
            }
            assert theme.colours(bench.panel.palette()).error in seen


@pytest.mark.parametrize("width", [480, 560, 700])
async def test_in_a_narrow_window_nothing_sticks_out(tmp_path: Path, width: int) -> None:
    path = file_at(tmp_path, "large.png", noisy_png(INLINE_LIMIT_BYTES))
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        bench.panel.resize(width, 560)
        for step in range(2):
            hands.settle()
            here = well(bench)
            shown = [each for each in here.findChildren(QAbstractButton) if each.isVisible()]
            assert len(shown) >= 2
            for child in shown:
                corner = child.mapTo(here, QPoint(0, 0))
                assert here.rect().contains(child.rect().translated(corner)), child.objectName()
            if step == 0:
                hands.drop(bench.view.viewport(), files(path), place(bench, IMAGE))
                await media(bench)
