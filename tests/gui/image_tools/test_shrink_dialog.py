"""Shrinking a picture above the limit: media field, dialog, media store and back."""

from __future__ import annotations

import hashlib
import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QProgressBar,
    QSlider,
)
from shiboken6 import isValid

from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.image_tools.compare_view import CompareView
from runcomfy_desktop.ui.image_tools.shrink_dialog import ShrinkDialog
from runcomfy_desktop.ui.style import theme
from runcomfy_desktop.ui.widgets.focus_order import reading_order
from tests.gui.support import accessibility_audit, photo_files, user_input
from tests.gui.support.focus import invisible_focus_stops
from tests.gui.support.inputs_harness import InputsHarness, open_inputs_harness
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

K = Qt.Key
# A photograph of this size is above the limit in its own format, but below it in another.
MODEST = (800, 600)
IMAGE = InputKey("1", "image")
PLAIN: JsonObject = {"1": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}}}
MASKED: JsonObject = {
    **PLAIN,
    "2": {"class_type": "Inpaint", "inputs": {"mask": ["1", 1]}},
}
MASK_LOADER: JsonObject = {
    "1": {"class_type": "LoadImageMask", "inputs": {"image": "m.png", "channel": "red"}}
}


class ShrinkDialogDriver:
    """Operates the open shrink dialog."""

    def __init__(self, harness: InputsHarness, dialog: ShrinkDialog) -> None:
        self.harness = harness
        self.dialog = dialog

    def text(self, name: str) -> str:
        return user_input.find(self.dialog, QLabel, name).text()

    def button(self, name: str) -> QAbstractButton:
        return user_input.find(self.dialog, QAbstractButton, name)

    def field(self, name: str) -> QLineEdit:
        return user_input.find(self.dialog, QLineEdit, name)

    @property
    def compare(self) -> CompareView:
        return user_input.find(self.dialog, CompareView, "shrink_compare")

    async def is_made(self) -> str:
        await wait_until(self.button("shrink_use").isEnabled)
        user_input.process_events()
        return self.text("shrink_facts")

    async def use(self) -> MediaFile:
        before = self.harness.draft.value(IMAGE)
        user_input.press(self.button("shrink_use"))
        await wait_until(lambda: self.harness.draft.value(IMAGE) != before)
        value = self.harness.draft.value(IMAGE)
        assert isinstance(value, MediaFile)
        return value

    def sent(self, media: MediaFile) -> bytes:
        """Returns the bytes that are sent with a run."""
        data = (self.harness.media_store.folder / media.stored_name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == media.sha256
        assert len(data) == media.size_bytes
        return data


@asynccontextmanager
async def large_picture(
    folder: Path, name: str, data: bytes, workflow: JsonObject = PLAIN
) -> AsyncIterator[InputsHarness]:
    """Opens a harness in which a single picture has been dropped."""
    path = folder / name
    path.write_bytes(data)
    async with open_inputs_harness(folder / "media_store") as harness:
        harness.open(workflow)
        dropped = QMimeData()
        dropped.setUrls([QUrl.fromLocalFile(str(path))])
        assert user_input.drop(harness.view.viewport(), dropped, harness.row_rect(IMAGE).center())
        await wait_until(lambda: isinstance(harness.draft.value(IMAGE), MediaFile))
        yield harness
        assert path.read_bytes() == data, "the original is nobody's to change"


async def shrinking(harness: InputsHarness) -> ShrinkDialogDriver:
    """Opens the dialog from the row's menu."""
    menu = harness.open_menu(IMAGE)
    next(each for each in menu.actions() if each.objectName() == "shrink_picture").trigger()
    menu.close()
    dialog = harness.panel.findChild(ShrinkDialog)
    assert isinstance(dialog, ShrinkDialog)
    return ShrinkDialogDriver(harness, dialog)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


async def test_the_first_suggestion_fits_and_is_one_step(tmp_path: Path) -> None:
    data = photo_files.encode_image(photo_files.photo(), "PNG")
    async with large_picture(tmp_path, "beach.png", data) as harness:
        work = await shrinking(harness)
        facts = await work.is_made()
        assert " · JPEG · " in facts
        assert work.text("shrink_verdict") == "Within the recommended 256 KB."
        assert work.compare.has_after
        media = await work.use()
        made = opened(work.sent(media))
        assert media.name == "beach.jpg"
        assert media.mime == "image/jpeg"
        assert INLINE_LIMIT_BYTES * 0.8 < media.size_bytes <= INLINE_LIMIT_BYTES
        assert made.size == (media.width, media.height)
        assert f"{media.width} × {media.height} · JPEG" in facts
        assert made.width / made.height == pytest.approx(4 / 3, rel=0.01)
        assert harness.draft_editor.state.undo_text == "Shrink beach.png"
        assert not harness.draft_editor.state.blocked_reason
        harness.draft_editor.undo()
        back = harness.draft.value(IMAGE)
        assert isinstance(back, MediaFile)
        assert back.name == "beach.png"


async def test_size_format_and_quality_are_what_is_sent(tmp_path: Path) -> None:
    data = photo_files.encode_image(photo_files.photo(MODEST), "PNG")
    async with large_picture(tmp_path, "beach.png", data) as harness:
        work = await shrinking(harness)
        await work.is_made()
        user_input.press(work.button("shrink_form_webp"))
        await work.is_made()
        user_input.retype(work.field("shrink_side"), "400")
        assert not work.button("shrink_use").isEnabled(), "not before it is made"
        assert "400 × 300 · WebP" in await work.is_made()
        assert work.field("shrink_percent").text() == "50"
        slider = user_input.find(work.dialog, QSlider, "shrink_quality")
        slider.setFocus()
        before = work.text("shrink_facts")
        user_input.key(slider, K.Key_Home)
        after = await work.is_made()
        assert slider.value() == 30
        assert before != after
        media = await work.use()
        made = opened(work.sent(media))
        assert (made.format, made.size, media.name) == ("WEBP", (400, 300), "beach.webp")


async def test_percent_presets_and_the_own_size(tmp_path: Path) -> None:
    data = photo_files.encode_image(photo_files.photo(), "PNG")
    async with large_picture(tmp_path, "beach.png", data) as harness:
        work = await shrinking(harness)
        await work.is_made()
        user_input.retype(work.field("shrink_percent"), "25")
        assert "400 × 300" in await work.is_made()
        assert work.button("shrink_size_own").isChecked()
        user_input.press(work.button("shrink_size_1024"))
        assert "1024 × 768" in await work.is_made()
        assert not work.button("shrink_size_2048").isVisible(), "it is smaller than that"
        user_input.press(work.button("shrink_size_whole"))
        assert "1600 × 1200" in await work.is_made()
        assert "More than the recommended 256 KB" in work.text("shrink_verdict")
        user_input.press(work.button("shrink_suggest"))
        await work.is_made()
        assert work.text("shrink_verdict").startswith("Within")
        user_input.retype(work.field("shrink_side"), "")
        await wait_until(lambda: "whole number from 1 to 1600" in work.text("shrink_size_fault"))
        assert not work.button("shrink_use").isEnabled()
        user_input.key(work.field("shrink_side"), K.Key_Escape)
        assert harness.draft_editor.state.undo_text == "Drop beach.png"


async def test_a_turned_photograph_is_sent_upright(tmp_path: Path) -> None:
    async with large_picture(
        tmp_path, "phone.jpg", photo_files.rotated_jpeg((1000, 750))
    ) as harness:
        work = await shrinking(harness)
        await work.is_made()
        media = await work.use()
        made = opened(work.sent(media))
        assert made.width > made.height
        assert not made.getexif()
        red = made.getpixel((20, 20))
        assert isinstance(red, tuple)
        assert red[0] > 200 > 60 > red[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("print.jpg", "made for print"),
        ("deep.png", "have 16 bits"),
        ("film.gif", "only the first one is kept"),
        ("film.webp", "only the first one is kept"),
    ],
)
async def test_what_is_lost_is_said_and_what_is_sent_is_plain(
    tmp_path: Path, name: str, words: str
) -> None:
    make: dict[str, Callable[[], bytes]] = {
        "print.jpg": lambda: photo_files.cmyk_jpeg(MODEST),
        "deep.png": photo_files.deep_png,
        "film.gif": lambda: photo_files.animation("GIF"),
        "film.webp": lambda: photo_files.animation("WEBP", (1280, 960)),
    }
    async with large_picture(tmp_path, name, make[name]()) as harness:
        work = await shrinking(harness)
        await work.is_made()
        assert words in work.text("shrink_words")
        made = opened(work.sent(await work.use()))
        assert made.mode == "RGB"
        assert getattr(made, "n_frames", 1) == 1


async def test_transparency_that_nobody_uses_may_go_and_it_is_said(tmp_path: Path) -> None:
    async with large_picture(tmp_path, "cut.png", photo_files.transparent_png()) as harness:
        work = await shrinking(harness)
        await work.is_made()
        assert "JPEG has no transparency" in work.text("shrink_words")
        user_input.press(work.button("shrink_form_webp"))
        await work.is_made()
        assert not user_input.find(work.dialog, QLabel, "shrink_words").text()
        user_input.press(work.button("shrink_suggest"))
        await work.is_made()
        assert opened(work.sent(await work.use())).mode == "RGBA"


async def test_a_mask_must_keep_its_transparency(tmp_path: Path) -> None:
    data = photo_files.transparent_png()
    async with large_picture(tmp_path, "cut.png", data, MASKED) as harness:
        work = await shrinking(harness)
        facts = await work.is_made()
        assert "WebP" in facts
        assert not work.button("shrink_form_jpg").isEnabled()
        assert "its mask" in work.text("shrink_words")
        media = await work.use()
        made = opened(work.sent(media))
        assert media.size_bytes <= INLINE_LIMIT_BYTES
        alpha = made.getchannel("A")
        middle = made.height // 2
        assert [alpha.getpixel((x, middle)) for x in (10, made.width - 10)] == [1, 255]
        beneath = made.convert("RGB").getpixel((10, 10))
        assert isinstance(beneath, tuple)
        assert beneath[0] > 180 > 90 > beneath[2], "the red corner lies beneath what is clear"


async def test_a_mask_made_of_a_colour_needs_no_transparency(tmp_path: Path) -> None:
    async with large_picture(
        tmp_path, "cut.png", photo_files.transparent_png(), MASK_LOADER
    ) as harness:
        work = await shrinking(harness)
        assert "JPEG" in await work.is_made()
        assert work.button("shrink_form_jpg").isEnabled()


async def test_a_mask_that_fits_as_it_is_loses_nothing(tmp_path: Path) -> None:
    mask = Image.new("L", (1200, 900), 0)
    mask.paste(255, (300, 300, 900, 900))
    data = photo_files.encode_image(mask, "BMP")
    async with large_picture(tmp_path, "mask.bmp", data, MASK_LOADER) as harness:
        work = await shrinking(harness)
        assert "1200 × 900 · PNG" in await work.is_made()
        made = opened(work.sent(await work.use()))
        assert made.convert("L").tobytes() == mask.tobytes()


async def test_an_animation_for_a_video_input_is_left_as_it_is(tmp_path: Path) -> None:
    workflow: JsonObject = {"1": {"class_type": "VHS_LoadVideo", "inputs": {"video": "a.mp4"}}}
    path = tmp_path / "film.gif"
    path.write_bytes(photo_files.animation("GIF"))
    key = InputKey("1", "video")
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open(workflow)
        dropped = QMimeData()
        dropped.setUrls([QUrl.fromLocalFile(str(path))])
        assert user_input.drop(harness.view.viewport(), dropped, harness.row_rect(key).center())
        await wait_until(lambda: isinstance(harness.draft.value(key), MediaFile))
        user_input.process_events()
        harness.row_rect(key)
        well = harness.panel.media_fields.media_field(key)
        assert well is not None
        button = next(iter(well.findChildren(QAbstractButton, "media_shrink")))
        assert not button.isVisible(), "it would stand still"
        menu = harness.open_menu(key)
        assert "shrink_picture" not in {each.objectName() for each in menu.actions()}
        menu.close()


async def test_it_goes_with_the_session(tmp_path: Path) -> None:
    data = photo_files.encode_image(photo_files.photo(MODEST), "PNG")
    async with large_picture(tmp_path, "beach.png", data) as harness:
        await shrinking(harness)
        dialog = user_input.find(harness.panel, ShrinkDialog, "shrink_dialog")
        harness.scope.close()
        user_input.process_events()
        assert not isValid(dialog)


async def test_the_divider_moves_by_hand_and_by_keys(tmp_path: Path) -> None:
    data = photo_files.encode_image(photo_files.photo(MODEST), "PNG")
    async with large_picture(tmp_path, "beach.png", data) as harness:
        work = await shrinking(harness)
        await work.is_made()
        view = work.compare
        user_input.press(view, QPoint(round(view.divider_x) + 60, view.height() // 2))
        assert view.divider_share > 0.5
        view.setFocus()
        user_input.key(view, K.Key_Home)
        assert view.divider_share == 0.0
        user_input.key(view, K.Key_Right)
        assert view.divider_share == pytest.approx(0.05)
        assert "Divider at 5 %" in view.accessibleDescription()
        before = view.grab().toImage()
        user_input.key(view, K.Key_1)
        user_input.key(view, K.Key_End)
        assert view.grab().toImage() != before
        user_input.turn_wheel(view, view.rect().center(), 2)
        user_input.key(view, K.Key_0)
        user_input.key(view, K.Key_Home)
        user_input.key(view, K.Key_Right)
        assert view.grab().toImage() == before


async def test_a_copy_that_is_gone_is_told(tmp_path: Path) -> None:
    data = photo_files.encode_image(photo_files.photo(MODEST), "PNG")
    async with large_picture(tmp_path, "beach.png", data) as harness:
        media = harness.draft.value(IMAGE)
        assert isinstance(media, MediaFile)
        (harness.media_store.folder / media.stored_name).unlink()
        work = await shrinking(harness)
        bar = user_input.find(work.dialog, QProgressBar, "shrink_progress")
        await wait_until(lambda: not bar.isVisible())
        assert "damaged or gone" in work.compare.accessibleDescription()
        assert not work.button("shrink_use").isEnabled()


async def test_closing_it_while_it_works_changes_nothing(tmp_path: Path) -> None:
    data = photo_files.encode_image(photo_files.photo(), "PNG")
    async with large_picture(tmp_path, "beach.png", data) as harness:
        work = await shrinking(harness)
        user_input.key(work.dialog, K.Key_Escape)
        user_input.process_events()
        assert harness.panel.findChild(ShrinkDialog) is None
        assert harness.draft_editor.state.undo_text == "Drop beach.png"


async def test_it_is_in_the_menu_of_a_small_picture_too(tmp_path: Path) -> None:
    data = photo_files.encode_image(photo_files.photo((60, 40)), "PNG")
    async with large_picture(tmp_path, "small.png", data) as harness:
        menu = harness.open_menu(IMAGE)
        action = next(each for each in menu.actions() if each.objectName() == "shrink_picture")
        action.trigger()
        menu.close()
        dialog = harness.panel.findChild(ShrinkDialog)
        assert isinstance(dialog, ShrinkDialog)
        work = ShrinkDialogDriver(harness, dialog)
        assert "60 × 40 · JPEG" in await work.is_made()


@pytest.mark.parametrize("look", [ThemeMode.LIGHT, ThemeMode.DARK])
async def test_everything_in_it_has_a_name_and_shows_where_the_keyboard_is(
    tmp_path: Path, qapp: QApplication, look: ThemeMode
) -> None:
    theme.apply(qapp, look)
    async with large_picture(tmp_path, "cut.png", photo_files.transparent_png(), MASKED) as harness:
        work = await shrinking(harness)
        assert accessibility_audit.accessibility_errors(work.dialog) == []
        await work.is_made()
        assert accessibility_audit.accessibility_errors(work.dialog) == []
        assert await invisible_focus_stops(next(reading_order(work.dialog))) == []
