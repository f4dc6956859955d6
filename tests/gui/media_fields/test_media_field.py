"""Media inputs: dropped, pasted, chosen or typed values go to the intended input."""

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

from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.settings import LargePictures, ThemeMode
from runcomfy_desktop.ui.images.safe_image_reader import SafeImageReader
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.media_fields.media_field import MediaField
from runcomfy_desktop.ui.media_fields.media_thumb import MediaThumbKind
from runcomfy_desktop.ui.style import theme
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    IMAGE,
    LEFT,
    RIGHT,
    STEPS,
    InputsHarness,
    open_inputs_harness,
)
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.workflow.workflow import InputKey

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


def media_field(harness: InputsHarness, key: InputKey = IMAGE) -> MediaField:
    harness.row_rect(key)
    found = harness.panel.media_fields.media_field(key)
    assert found is not None, f"no well over {key}"
    return found


def text(harness: InputsHarness, name: str, key: InputKey = IMAGE) -> str:
    return user_input.find(media_field(harness, key), ElidedLabel, name).text()


def button(harness: InputsHarness, name: str, key: InputKey = IMAGE) -> QAbstractButton:
    return user_input.find(media_field(harness, key), QAbstractButton, name)


def row_centre(harness: InputsHarness, key: InputKey) -> QPoint:
    return harness.row_rect(key).center()


def header(harness: InputsHarness, node_id: str) -> QPoint:
    index = harness.model.index_of_node(node_id)
    harness.view.scrollTo(index)
    user_input.process_events()
    return harness.view.visualRect(index).center()


async def media(harness: InputsHarness, key: InputKey = IMAGE) -> MediaFile:
    await wait_until(lambda: isinstance(harness.draft.value(key), MediaFile))
    value = harness.draft.value(key)
    assert isinstance(value, MediaFile)
    return value


async def test_at_first_it_names_the_deployments_own_file(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert text(harness, "media_name") == "bike.jpg"
        assert text(harness, "media_facts") == "lies in the deployment"
        assert media_field(harness).thumb_kind is MediaThumbKind.REMOTE
        assert media_field(harness).accessibleName() == "image of Load Image"
        assert "lies in the deployment" in media_field(harness).accessibleDescription()


async def test_a_dropped_file_is_kept_shown_and_one_step(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        assert user_input.drop(harness.view.viewport(), files(path), row_centre(harness, IMAGE))
        value = await media(harness)
        assert (value.name, value.width, value.height) == ("photo.png", 60, 40)
        assert harness.draft_editor.state.undo_text == "Drop photo.png"
        await wait_until(lambda: media_field(harness).thumb_kind is MediaThumbKind.PICTURE)
        assert (
            text(harness, "media_facts")
            == f"60 × 40 · {value.size_bytes} bytes · sent inline as PNG"
        )
        centre = (
            media_field(harness).grab().toImage().pixel(8 + 36, media_field(harness).height() // 2)
        )
        assert QColor(centre).name() == "#ff0000"
        harness.draft_editor.undo()
        assert harness.changes == {}
        assert text(harness, "media_name") == "bike.jpg"


@pytest.mark.parametrize("where", ["header", "name", "well", "another row"])
async def test_a_node_with_one_picture_takes_a_drop_anywhere(tmp_path: Path, where: str) -> None:
    path = file_at(tmp_path, "photo.png", png())
    workflow = {"1": {"class_type": "LoadImage", "inputs": {"image": "a.png", "note": "x"}}}
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open(workflow)  # type: ignore[arg-type]
        key = type(IMAGE)("1", "image")
        at = {
            "header": header(harness, "1"),
            "name": harness.row_rect(key, InputColumn.NAME).center(),
            "well": row_centre(harness, key),
            "another row": row_centre(harness, type(IMAGE)("1", "note")),
        }[where]
        assert user_input.drop(harness.view.viewport(), files(path), at)
        assert (await media(harness, key)).name == "photo.png"


async def test_with_several_pictures_only_the_media_field_under_the_pointer_takes_it(
    tmp_path: Path,
) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        assert not user_input.drag_over(harness.view.viewport(), files(path), header(harness, "60"))
        at = row_centre(harness, RIGHT)
        assert user_input.drag_over(harness.view.viewport(), files(path), at)
        assert media_field(harness, RIGHT).is_drop_target
        assert not media_field(harness, LEFT).is_drop_target
        user_input.drag_leave(harness.view.viewport())
        assert not media_field(harness, RIGHT).is_drop_target
        assert user_input.drop(harness.view.viewport(), files(path), at)
        await media(harness, RIGHT)
        assert set(harness.changes) == {RIGHT}
        assert not media_field(harness, RIGHT).is_drop_target


async def test_a_node_without_pictures_takes_none_and_it_is_opened(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        assert user_input.drop(harness.view.viewport(), files(path), row_centre(harness, STEPS))
        assert (harness.changes, harness.dropped_workflows) == ({}, [path])


async def test_a_drop_on_the_media_field_itself_reaches_it_through_the_panel(
    tmp_path: Path,
) -> None:
    """The media field is not inside the tree: its drags go to the panel around both."""
    path = file_at(tmp_path, "photo.png", png())
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        at = media_field(harness).mapTo(harness.panel, media_field(harness).rect().center())
        assert user_input.drag_over(harness.panel, files(path), at)
        assert media_field(harness).is_drop_target
        assert user_input.drop(harness.panel, files(path), at)
        await media(harness)
        assert user_input.drop(harness.panel, files(path), QPoint(20, 20))
        assert harness.dropped_workflows == [path], "beside the tree it may carry a workflow"


async def test_a_drag_near_an_edge_scrolls_the_tree(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with open_inputs_harness(tmp_path / "media_store", height=320) as harness:
        harness.open()
        viewport, bar = harness.view.viewport(), harness.view.verticalScrollBar()
        user_input.drag_over(viewport, files(path), viewport.rect().center())
        assert bar.value() == 0
        user_input.drag_over(viewport, files(path), QPoint(40, viewport.height() - 2))
        assert bar.value() > 0
        user_input.drag_over(viewport, files(path), QPoint(40, 1))
        assert bar.value() == 0
        user_input.drag_leave(viewport)


async def test_image_data_becomes_a_png(tmp_path: Path) -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("blue"))
    data = QMimeData()
    data.setImageData(image)
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert user_input.drop(harness.view.viewport(), data, row_centre(harness, IMAGE))
        value = await media(harness)
        assert (value.name, value.mime) == ("Dropped picture.png", "image/png")
        assert (value.width, value.height) == (30, 20)


async def test_a_browsers_bytes_win_over_the_address(tmp_path: Path) -> None:
    data = QMimeData()
    data.setData(OCTETS, png("green"))
    data.setUrls([QUrl("https://example.com/page.html")])
    data.setHtml(f'<p><img alt="" src="{ADDRESS}"></p>')
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert user_input.drop(harness.view.viewport(), data, row_centre(harness, IMAGE))
        value = await media(harness)
        assert (value.name, value.mime) == ("a cat.png", "image/png")


async def test_bytes_that_are_no_picture_give_way_to_the_address(tmp_path: Path) -> None:
    data = QMimeData()
    data.setData(OCTETS, b"<html>no picture</html>")
    data.setHtml(f"<img src='{ADDRESS}'>")
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert user_input.drop(harness.view.viewport(), data, row_centre(harness, IMAGE))
        await wait_until(lambda: harness.changes == {IMAGE: ADDRESS})
        assert harness.draft_editor.state.undo_text == "Drop a cat.png"


@pytest.mark.parametrize("form", ["urls", "html", "text"])
async def test_an_address_is_sent_as_an_address(tmp_path: Path, form: str) -> None:
    data = QMimeData()
    if form == "urls":
        data.setUrls([QUrl(ADDRESS)])
    elif form == "html":
        data.setHtml(f"<a href='x'><img src='{ADDRESS}'></a>")
    else:
        data.setText(f" {ADDRESS}\n")
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert user_input.drop(harness.view.viewport(), data, row_centre(harness, IMAGE))
        assert harness.changes == {IMAGE: ADDRESS}
        assert text(harness, "media_name") == "a cat.png"
        assert text(harness, "media_facts") == "sent by address"
        assert media_field(harness).thumb_kind is MediaThumbKind.ADDRESS


async def test_an_embedded_picture_of_a_page_is_taken_as_bytes(tmp_path: Path) -> None:
    data = QMimeData()
    data.setHtml(f'<img src="data:image/png;base64,{base64.b64encode(png()).decode()}">')
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert user_input.drop(harness.view.viewport(), data, row_centre(harness, IMAGE))
        assert (await media(harness)).mime == "image/png"


async def test_an_address_nobody_else_can_reach_is_refused_in_words(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl("http://192.168.1.5/cat.png")])
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.drop(harness.view.viewport(), data, row_centre(harness, IMAGE))
        assert harness.changes == {}
        assert harness.announcements == [
            "RunComfy's servers cannot reach 192.168.1.5: it is inside your own network."
        ]


async def test_plain_words_are_not_welcome(tmp_path: Path) -> None:
    data = QMimeData()
    data.setText("just words, and https://example.com/a.png in them")
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert not user_input.drop(harness.view.viewport(), data, row_centre(harness, IMAGE))


async def test_a_picture_for_a_draft_that_was_left_goes_there_and_nowhere_else(
    tmp_path: Path,
) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        at = row_centre(harness, IMAGE)
        # No events in between, or the picture arrives before the other workflow.
        harness.panel.drag_handler.drop(files(path), at)
        harness.open(deployment_id="red:1")
        await wait_until(lambda: harness.announcements)
        assert harness.announcements == [
            "photo.png is in the draft “Blue” now, which is not in view."
        ]
        assert harness.changes == {}
        harness.open()
        assert (await media(harness)).name == "photo.png"


async def test_paste_takes_the_clipboards_picture(tmp_path: Path) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        QApplication.clipboard().setImage(image)
        harness.focus_row(IMAGE)
        harness.key(K.Key_V, CTRL)
        assert (await media(harness)).name == "Pasted picture.png"
        assert harness.draft_editor.state.undo_text == "Paste Pasted picture.png"


async def test_a_copied_photograph_keeps_its_own_bytes(tmp_path: Path) -> None:
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor("orange"))
    path = tmp_path / "photo.jpg"
    assert image.save(str(path))
    data = QMimeData()
    data.setImageData(image)
    data.setData("image/jpeg", path.read_bytes())
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        QApplication.clipboard().setMimeData(data)
        user_input.press(button(harness, "media_paste"))
        value = await media(harness)
        assert value.mime == "image/jpeg"
        assert value.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


async def test_the_paste_button_takes_an_address(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        QApplication.clipboard().setText(ADDRESS)
        user_input.press(button(harness, "media_paste"))
        assert harness.changes == {IMAGE: ADDRESS}


async def test_an_empty_clipboard_says_so(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        QApplication.clipboard().setText("words")
        user_input.press(button(harness, "media_paste"))
        assert harness.announcements == ["The clipboard holds no file and no web address."]


async def test_browse_opens_a_dialog_and_takes_the_file(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        user_input.press(button(harness, "media_browse"))
        dialog = harness.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        assert dialog.isVisible()
        dialog.filesSelected.emit([path])
        dialog.close()
        assert (await media(harness)).name == "photo.png"
        assert harness.draft_editor.state.undo_text == "Choose photo.png"
        user_input.process_events()
        user_input.press(button(harness, "media_browse"))
        again = harness.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(again, QFileDialog)
        assert again.directory().absolutePath() == str(tmp_path), "where the last one was"
        again.close()


async def test_an_address_can_be_typed_and_is_checked(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.press(button(harness, "media_address"))
        edit = user_input.find(media_field(harness), QLineEdit, "media_address_edit")
        assert edit.hasFocus()
        harness.type("nowhere")
        harness.key(K.Key_Return)
        assert "begins with https://" in text(harness, "media_facts")
        assert harness.changes == {}
        harness.key(K.Key_A, CTRL)
        harness.type("https://example.com/dog.jpg")
        harness.key(K.Key_Return)
        assert harness.changes == {IMAGE: "https://example.com/dog.jpg"}
        assert not media_field(harness).is_editing_address
        assert text(harness, "media_name") == "dog.jpg"
        assert harness.draft_editor.state.undo_text == "Use an address for image"


async def test_escape_puts_the_address_line_away(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.press(button(harness, "media_address"))
        harness.type("https://")
        harness.key(K.Key_Escape)
        assert not media_field(harness).is_editing_address
        assert text(harness, "media_facts") == "lies in the deployment"
        harness.key(K.Key_Escape)
        assert harness.view.hasFocus()


async def test_an_address_that_is_typed_survives_scrolling_and_a_schema(tmp_path: Path) -> None:
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from tests.gui.support.inputs_harness import DEPLOYMENT, object_info

    async with open_inputs_harness(tmp_path, height=300) as harness:
        harness.open(schema=False)
        user_input.press(button(harness, "media_address"))
        harness.type("https://example.com/half")
        harness.view.verticalScrollBar().setValue(10_000)
        user_input.process_events()
        harness.draft_editor.set_schema(DEPLOYMENT, NodeSchema(object_info()))
        user_input.process_events()
        harness.view.verticalScrollBar().setValue(0)
        user_input.process_events()
        edit = user_input.find(media_field(harness), QLineEdit, "media_address_edit")
        assert edit.text() == "https://example.com/half"
        assert edit.hasFocus()


async def test_everything_in_it_fits_and_can_be_reached_by_keyboard(tmp_path: Path) -> None:
    path = file_at(tmp_path, "large.png", noisy_png(INLINE_LIMIT_BYTES))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        harness.focus_row(IMAGE)
        harness.key(K.Key_Return)
        recorded = []
        for _time in range(3):
            focus = QApplication.focusWidget()
            assert focus is not None
            recorded.append(focus.objectName())
            harness.key(K.Key_Tab)
        assert recorded == ["media_browse", "media_paste", "media_address"]
        assert harness.view.delegate.editing_key is not None, "Tab goes on to the next input"
        harness.key(K.Key_Escape)
        user_input.drop(harness.view.viewport(), files(path), row_centre(harness, IMAGE))
        await media(harness)
        harness.row_rect(IMAGE)
        here = media_field(harness)
        for child in here.findChildren(QAbstractButton):
            if child.isVisible():
                corner = child.mapTo(here, QPoint(0, 0))
                assert here.rect().contains(child.rect().translated(corner)), child.objectName()
        harness.focus_row(IMAGE)
        harness.key(K.Key_Space)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus.objectName() == "media_change_size"
        harness.key(K.Key_Return)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu), "Enter opens the choice"
        menu.close()


async def test_media_fields_are_made_only_for_rows_in_view(tmp_path: Path) -> None:
    workflow = {
        str(number): {"class_type": "LoadImage", "inputs": {"image": f"{number}.png"}}
        for number in range(300)
    }
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow)  # type: ignore[arg-type]
        assert 3 <= len(harness.panel.findChildren(MediaField)) <= 6
        bar = harness.view.verticalScrollBar()
        for value in range(0, bar.maximum(), 400):
            bar.setValue(value)
        bar.setValue(bar.maximum())
        user_input.process_events()
        assert len(harness.panel.findChildren(MediaField)) <= 16
        last = media_field(harness, type(IMAGE)("299", "image"))
        assert last.isVisible()
        rect = harness.row_rect(type(IMAGE)("299", "image"))
        assert rect.contains(last.geometry())


async def test_the_wheel_over_a_media_field_scrolls_the_tree(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        at = media_field(harness).mapTo(harness.panel, media_field(harness).rect().center())
        user_input.turn_wheel(harness.panel, at)
        assert harness.view.verticalScrollBar().value() > 0


async def test_a_picture_that_is_gone_shows_as_failed(tmp_path: Path) -> None:
    path = file_at(tmp_path, "photo.png", png())
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        user_input.drop(harness.view.viewport(), files(path), row_centre(harness, IMAGE))
        value = await media(harness)
        await wait_until(lambda: media_field(harness).thumb_kind is MediaThumbKind.PICTURE)
        (tmp_path / "media_store" / value.stored_name).unlink()
        harness.restart_session()
        user_input.process_events()
        await wait_until(lambda: media_field(harness).thumb_kind is MediaThumbKind.FAILED)


async def test_an_embedded_picture_of_the_deployment_is_shown(tmp_path: Path) -> None:
    value = "data:image/png;base64," + base64.b64encode(png()).decode()
    async with open_inputs_harness(tmp_path) as harness:
        harness.open({"1": {"class_type": "LoadImage", "inputs": {"image": value}}})
        key = type(IMAGE)("1", "image")
        await wait_until(lambda: media_field(harness, key).thumb_kind is MediaThumbKind.PICTURE)
        assert text(harness, "media_facts", key).endswith("sent inline as PNG")


@pytest.mark.logs_errors
async def test_a_picture_whose_decoding_fails_shows_as_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_reader: SafeImageReader, _size: object = None) -> None:
        raise MemoryError

    value = "data:image/png;base64," + base64.b64encode(png()).decode()
    async with open_inputs_harness(tmp_path) as harness:
        # The harness has already read a first picture.
        monkeypatch.setattr(SafeImageReader, "read", fail)
        harness.open({"1": {"class_type": "LoadImage", "inputs": {"image": value}}})
        key = type(IMAGE)("1", "image")
        await wait_until(lambda: media_field(harness, key).thumb_kind is MediaThumbKind.FAILED)


async def test_folding_the_node_takes_the_media_field_away(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        shown = media_field(harness)
        user_input.press(harness.view.viewport(), header(harness, "189"))
        assert not shown.isVisible()
        user_input.press(harness.view.viewport(), header(harness, "189"))
        assert media_field(harness).isVisible()


async def test_the_warning_follows_a_change_of_the_theme(tmp_path: Path) -> None:
    path = file_at(tmp_path, "large.png", noisy_png(INLINE_LIMIT_BYTES))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        user_input.drop(harness.view.viewport(), files(path), row_centre(harness, IMAGE))
        await media(harness)
        harness.draft_editor.set_large_pictures(LargePictures.ADDRESS)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        for kind in (ThemeMode.DARK, ThemeMode.LIGHT):
            theme.apply(app, kind)
            user_input.process_events()
            warning = user_input.find(media_field(harness), QLabel, "media_warning")
            image = warning.grab().toImage()
            seen = {
                QColor(image.pixel(x, y)).name()
                for x in range(image.width())
                for y in range(image.height())
            }
            assert theme.colours(harness.panel.palette()).error in seen


@pytest.mark.parametrize("width", [480, 560, 700])
async def test_in_a_narrow_window_nothing_sticks_out(tmp_path: Path, width: int) -> None:
    path = file_at(tmp_path, "large.png", noisy_png(INLINE_LIMIT_BYTES))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        harness.panel.resize(width, 560)
        for step in range(2):
            user_input.process_events()
            here = media_field(harness)
            shown = [each for each in here.findChildren(QAbstractButton) if each.isVisible()]
            assert len(shown) >= 2
            for child in shown:
                corner = child.mapTo(here, QPoint(0, 0))
                assert here.rect().contains(child.rect().translated(corner)), child.objectName()
            if step == 0:
                user_input.drop(harness.view.viewport(), files(path), row_centre(harness, IMAGE))
                await media(harness)
