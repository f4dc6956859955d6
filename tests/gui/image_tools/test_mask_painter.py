"""Painting a mask by hand: from the media field, on the picture, to the bytes that are sent."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel, QSlider

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.image_tools.mask_canvas import MaskCanvas
from runcomfy_desktop.ui.image_tools.mask_dialog import MaskDialog
from runcomfy_desktop.ui.style import theme
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.focus_order import reading_order
from tests.gui.support import accessibility_audit, photo_files, user_input
from tests.gui.support.focus import invisible_focus_stops
from tests.gui.support.inputs_harness import InputsHarness, open_inputs_harness
from tests.support.async_wait import wait_until
from tests.support.image_files import one_colour_png

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
IMAGE = InputKey("1", "image")
SIZE = (800, 600)
# Used where only painting matters: a photograph takes a quarter of a second to encode.
EVEN = one_colour_png(bytes((90, 120, 60)), *SIZE)
LOADER: JsonObject = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
    "2": {"class_type": "Inpaint", "inputs": {"pixels": ["1", 0], "mask": ["1", 1]}},
}
UNUSED: JsonObject = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
    "2": {"class_type": "Inpaint", "inputs": {"pixels": ["1", 0]}},
}


def pillow(image: QImage) -> Image.Image:
    size = (image.width(), image.height())
    whole = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return Image.frombytes("RGBA", size, bytes(whole.constBits()))


def a_photo() -> bytes:
    return photo_files.encode_image(photo_files.photo(SIZE), "PNG")


def mask_loader(channel: str) -> JsonObject:
    inputs: JsonObject = {"image": "m.png", "channel": channel}
    return {"1": {"class_type": "LoadImageMask", "inputs": inputs}}


class MaskDialogDriver:
    """Operates the open mask dialog."""

    def __init__(self, harness: InputsHarness, dialog: MaskDialog) -> None:
        self.harness = harness
        self.dialog = dialog

    @property
    def canvas(self) -> MaskCanvas:
        return user_input.find(self.dialog, MaskCanvas, "mask_canvas")

    def button(self, name: str) -> QAbstractButton:
        return user_input.find(self.dialog, QAbstractButton, name)

    def at(self, x: float, y: float) -> QPoint:
        """Returns the canvas position of a pixel of the fitted picture."""
        canvas = self.canvas
        scale = min(1.0, canvas.width() / SIZE[0], canvas.height() / SIZE[1])
        left = (canvas.width() - SIZE[0] * scale) / 2
        top = (canvas.height() - SIZE[1] * scale) / 2
        return QPoint(round(left + x * scale), round(top + y * scale))

    def stroke(self, *points: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
        user_input.press_and_drag(
            self.canvas, *(self.at(*point) for point in points), button=button
        )

    def move(self, x: float, y: float) -> None:
        """Moves the pointer without a pressed button."""
        self.send(QEvent.Type.MouseMove, (x, y), Qt.MouseButton.NoButton)

    def send(self, kind: QEvent.Type, point: tuple[float, float], button: Qt.MouseButton) -> None:
        at = self.at(*point)
        where = QPointF(self.canvas.mapToGlobal(at))
        event = QMouseEvent(kind, QPointF(at), where, button, button, NO_KEYS)
        QApplication.sendEvent(self.canvas, event)

    def key(self, which: Qt.Key, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        user_input.key(self.dialog, which, keys)

    def type(self, text: str) -> None:
        user_input.type_text(self.dialog, text)

    def screen_pixels(self) -> bytes:
        user_input.process_events()
        image = self.canvas.grab().toImage()
        return bytes(image.constBits())

    async def use(self) -> Image.Image:
        """Applies the mask and reads back the picture that is sent."""
        before = self.harness.draft.value(IMAGE)
        user_input.press(self.button("mask_use"))
        await wait_until(lambda: self.harness.draft.value(IMAGE) != before)
        media = self.harness.draft.value(IMAGE)
        assert isinstance(media, MediaFile)
        data = (self.harness.media_store.folder / media.stored_name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == media.sha256
        return photo_files.decode_image(data)


@asynccontextmanager
async def dropped(
    folder: Path, name: str, data: bytes, workflow: JsonObject
) -> AsyncIterator[InputsHarness]:
    path = folder / name
    path.write_bytes(data)
    async with open_inputs_harness(folder / "media_store") as harness:
        harness.open(workflow)
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        assert user_input.drop(harness.view.viewport(), mime, harness.row_rect(IMAGE).center())
        await wait_until(lambda: isinstance(harness.draft.value(IMAGE), MediaFile))
        user_input.process_events()
        yield harness
        assert path.read_bytes() == data


def mask_button(harness: InputsHarness) -> QAbstractButton:
    harness.row_rect(IMAGE)
    well = harness.panel.media_fields.media_field(IMAGE)
    assert well is not None
    return next(each for each in well.findChildren(QAbstractButton, "media_mask"))


@asynccontextmanager
async def painting(
    folder: Path, data: bytes | None = None, workflow: JsonObject = LOADER
) -> AsyncIterator[MaskDialogDriver]:
    """Opens the dialog with its picture from the media field."""
    data = EVEN if data is None else data
    async with dropped(folder, "cat.png", data, workflow) as harness:
        user_input.press(mask_button(harness))
        dialog = harness.panel.findChild(MaskDialog)
        assert isinstance(dialog, MaskDialog)
        work = MaskDialogDriver(harness, dialog)
        await wait_until(work.button("mask_use").isEnabled)
        user_input.process_events()
        yield work


async def test_what_is_painted_becomes_transparent_and_keeps_its_colours(tmp_path: Path) -> None:
    async with painting(tmp_path, a_photo()) as work:
        work.stroke((100, 300), (400, 300), (700, 300))
        made = await work.use()
        assert made.mode == "RGBA"
        alpha = made.getchannel("A")
        assert [alpha.getpixel((x, 300)) for x in (110, 400, 690)] == [0, 0, 0]
        assert [alpha.getpixel((400, y)) for y in (200, 400)] == [255, 255]
        assert made.convert("RGB").tobytes() == photo_files.photo(SIZE).tobytes()
        media = work.harness.draft.value(IMAGE)
        assert isinstance(media, MediaFile)
        assert (media.name, media.mime) == ("cat.png", "image/png")
        assert work.harness.draft_editor.state.undo_text == "Paint a mask on cat.png"
        work.harness.draft_editor.undo()
        assert work.harness.draft.value(IMAGE) != media


@pytest.mark.parametrize("channel", ["red", "green", "blue"])
async def test_a_colour_channel_holds_the_mask_as_it_is(tmp_path: Path, channel: str) -> None:
    async with painting(tmp_path, workflow=mask_loader(channel)) as work:
        assert channel in user_input.find(work.dialog, QLabel, "mask_words").text()
        work.stroke((100, 300), (700, 300))
        made = (await work.use()).convert("RGBA")
        band = made.getchannel(channel[0].upper())
        assert [band.getpixel((400, y)) for y in (200, 300)] == [0, 255]


async def test_the_alpha_channel_of_a_mask_loader_is_transparency(tmp_path: Path) -> None:
    async with painting(tmp_path, workflow=mask_loader("alpha")) as work:
        work.stroke((100, 300), (700, 300))
        alpha = (await work.use()).getchannel("A")
        assert [alpha.getpixel((400, y)) for y in (200, 300)] == [255, 0]


async def test_a_channel_that_was_changed_counts(tmp_path: Path) -> None:
    async with dropped(
        tmp_path, "cat.png", photo_files.transparent_png(SIZE), mask_loader("red")
    ) as harness:
        harness.draft_editor.edit({InputKey("1", "channel"): "alpha"}, "Change channel")
        user_input.process_events()
        user_input.press(mask_button(harness))
        dialog = harness.panel.findChild(MaskDialog)
        assert isinstance(dialog, MaskDialog)
        work = MaskDialogDriver(harness, dialog)
        await wait_until(work.button("mask_use").isEnabled)
        assert "transparent" in user_input.find(dialog, QLabel, "mask_words").text()


async def test_a_mask_that_is_there_is_where_it_begins(tmp_path: Path) -> None:
    async with painting(tmp_path, photo_files.transparent_png(SIZE)) as work:
        work.type("e")
        work.stroke((100, 300), (300, 300))
        made = await work.use()
        alpha = made.getchannel("A")
        assert alpha.getpixel((200, 300)) == 255, "erased"
        assert alpha.getpixel((200, 100)) == 0, "still masked"
        assert alpha.getpixel((600, 300)) == 255
        assert made.convert("RGB").tobytes() == photo_files.photo(SIZE).tobytes()


async def test_all_of_it_by_keyboard(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        work.stroke((400, 300))
        work.key(K.Key_I)
        work.key(K.Key_Delete)
        work.key(K.Key_F)
        work.key(K.Key_Z, CTRL)
        work.key(K.Key_Z, CTRL)
        work.key(K.Key_Z, CTRL | SHIFT)
        work.key(K.Key_Z, CTRL)
        work.key(K.Key_Return)
        await wait_until(lambda: work.harness.draft_editor.state.undo_text.startswith("Paint"))
        media = work.harness.draft.value(IMAGE)
        assert isinstance(media, MediaFile)
        made = photo_files.decode_image(
            (work.harness.media_store.folder / media.stored_name).read_bytes()
        )
        alpha = made.getchannel("A")
        assert alpha.getpixel((400, 300)) == 255, "inverted: only the dot is free"
        assert alpha.getpixel((100, 100)) == 0


async def test_it_can_be_painted_without_a_pointer(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        work.move(400, 300)
        work.canvas.setFocus()
        work.type("p")
        work.key(K.Key_Right, SHIFT)
        for _time in range(4):
            work.key(K.Key_Down)
        work.type("p")
        work.key(K.Key_Z, CTRL)
        for _time in range(99):
            work.key(K.Key_Up)
        work.type("p")
        alpha = (await work.use()).getchannel("A")
        assert alpha.getpixel((400, 300)) == 0
        assert alpha.getpixel((400, 380)) == 255, "undone"
        box = alpha.point(lambda value: 255 - value).getbbox()
        assert box is not None
        assert box[1] == 0, "up to the edge and no further"


async def test_size_edge_and_tool_by_key_and_by_hand(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        number = user_input.find(work.dialog, QLabel, "mask_size_number")
        before = number.text()
        assert before.endswith(" px")
        work.type("]]]")
        larger = number.text()
        assert int(larger.split()[0]) > int(before.split()[0])
        work.type("[[[")
        assert number.text() == before
        slider = user_input.find(work.dialog, QSlider, "mask_size")
        assert slider.accessibleDescription() == before
        slider.setFocus()
        user_input.key(slider, K.Key_End)
        assert slider.value() == slider.maximum()
        slider.setValue(25)
        soft = user_input.find(work.dialog, QCheckBox, "mask_soft")
        work.type("s")
        assert soft.isChecked()
        user_input.press(work.button("mask_eraser"))
        work.type("b")
        assert work.button("mask_brush").isChecked()
        work.stroke((400, 300))
        alpha = (await work.use()).getchannel("A")
        line = [alpha.getpixel((400 + x, 300)) for x in range(0, 24, 2)]
        assert line[0] == 0
        assert set(line) & set(range(20, 235)), "a soft edge"


async def test_buttons_for_all_of_it(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        assert not work.button("mask_undo").isEnabled()
        clean = work.screen_pixels()
        user_input.press(work.button("mask_fill"))
        full = work.screen_pixels()
        assert full != clean
        user_input.press(work.button("mask_undo"))
        assert work.screen_pixels() != full
        user_input.press(work.button("mask_redo"))
        user_input.press(work.button("mask_invert"))
        user_input.press(work.button("mask_invert"))
        user_input.press(work.button("mask_clear"))
        user_input.press(work.button("mask_fill"))
        alpha = (await work.use()).getchannel("A")
        assert alpha.getextrema() == (0, 0)


async def test_shift_and_a_click_draw_a_straight_line(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        work.stroke((100, 100))
        user_input.press(work.canvas, work.at(700, 500), SHIFT)
        alpha = (await work.use()).getchannel("A")
        assert alpha.getpixel((400, 300)) == 0


async def test_zoomed_in_it_paints_where_the_pointer_is(tmp_path: Path) -> None:
    async with painting(tmp_path, a_photo()) as work:
        at = work.at(600, 450)
        user_input.turn_wheel(work.canvas, at, 6)
        user_input.press(work.canvas, at)
        work.type("[" * 5)
        fitted = work.screen_pixels()
        # Neither of the two drags below paints.
        work.stroke((300, 300), (400, 400), button=MIDDLE)
        assert work.screen_pixels() != fitted
        with user_input.hold_key(work.canvas, K.Key_Space):
            work.stroke((400, 400), (300, 300))
        work.key(K.Key_Left)
        work.key(K.Key_Plus)
        work.key(K.Key_Minus)
        work.key(K.Key_1)
        work.key(K.Key_0)
        made = await work.use()
        alpha = made.getchannel("A")
        assert alpha.getpixel((600, 450)) == 0
        box = alpha.point(lambda value: 255 - value).getbbox()
        assert box is not None
        assert box[0] > 560
        assert box[2] < 640


async def test_only_what_was_touched_is_painted_anew_and_it_is_right(tmp_path: Path) -> None:
    async with painting(tmp_path, a_photo()) as work:
        work.stroke((100, 100), (700, 500))
        user_input.turn_wheel(work.canvas, work.at(400, 300), 3)
        work.stroke((300, 300), (500, 320))
        canvas = work.canvas
        work.send(QEvent.Type.MouseMove, (3, 3), Qt.MouseButton.NoButton)
        user_input.process_events()
        place = canvas.mapTo(work.dialog, QPoint())
        screen = work.dialog.screen().grabWindow(work.dialog.winId()).toImage()
        seen = screen.copy(place.x(), place.y(), canvas.width(), canvas.height())
        anew = canvas.grab().toImage()
        both = (seen.convertToFormat(anew.format()), anew)
        inner = canvas.rect().adjusted(30, 30, -30, -30)
        one, other = (pillow(each.copy(inner)) for each in both)
        counts = ImageChops.difference(one, other).histogram()
        unlike = sum(count for place, count in enumerate(counts) if place % 256 > 24)
        assert unlike <= 40


async def test_a_button_let_go_of_elsewhere_ends_the_stroke(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        work.send(QEvent.Type.MouseButtonPress, (100, 100), LEFT)
        for x in (300, 700):
            # Events that arrive if the button was released over another window.
            work.move(x, 500)
        alpha = (await work.use()).getchannel("A")
        assert alpha.getpixel((100, 100)) == 0
        assert [alpha.getpixel(place) for place in ((300, 500), (500, 500))] == [255, 255]


async def test_it_stays_on_the_screen(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        room = work.dialog.screen().availableSize()
        assert work.dialog.width() <= room.width()
        assert work.dialog.height() <= room.height()


async def test_escape_asks_before_paint_is_lost(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        work.stroke((400, 300))
        work.key(K.Key_Escape)
        question = work.dialog.findChild(Dialog, "mask_discard")
        assert isinstance(question, Dialog)
        stay = user_input.find(question, QAbstractButton, "mask_discard_no")
        assert stay.text() == "Keep painting"
        user_input.press(stay)
        assert work.dialog.isVisible()
        user_input.press(work.button("mask_cancel"))
        question = next(
            each for each in work.dialog.findChildren(Dialog, "mask_discard") if each.isVisible()
        )
        user_input.press(user_input.find(question, QAbstractButton, "mask_discard_yes"))
        assert not work.harness.panel.findChildren(MaskDialog)
        assert work.harness.draft_editor.state.undo_text == "Drop cat.png"


async def test_an_untouched_one_just_closes(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        work.key(K.Key_Escape)
        assert not work.harness.panel.findChildren(MaskDialog)


async def test_a_copy_that_is_gone_is_told(tmp_path: Path) -> None:
    data = EVEN
    async with dropped(tmp_path, "cat.png", data, LOADER) as harness:
        media = harness.draft.value(IMAGE)
        assert isinstance(media, MediaFile)
        (harness.media_store.folder / media.stored_name).unlink()
        user_input.press(mask_button(harness))
        dialog = harness.panel.findChild(MaskDialog)
        assert isinstance(dialog, MaskDialog)
        canvas = user_input.find(dialog, MaskCanvas, "mask_canvas")
        await wait_until(lambda: "damaged or gone" in canvas.accessibleDescription())
        assert not user_input.find(dialog, QAbstractButton, "mask_use").isEnabled()


async def test_only_inputs_that_take_a_mask_offer_it(tmp_path: Path) -> None:
    data = EVEN
    async with dropped(tmp_path, "cat.png", data, UNUSED) as harness:
        assert not mask_button(harness).isVisible()
        menu = harness.open_menu(IMAGE)
        assert "paint_mask" not in {each.objectName() for each in menu.actions()}
        menu.close()
    async with dropped(tmp_path, "cat.png", data, LOADER) as harness:
        assert mask_button(harness).isVisible()
        menu = harness.open_menu(IMAGE)
        next(each for each in menu.actions() if each.objectName() == "paint_mask").trigger()
        menu.close()
        assert harness.panel.findChild(MaskDialog) is not None
        harness.draft_editor.undo()
        user_input.process_events()
        assert not mask_button(harness).isVisible(), "the deployment's own file is not here"


@pytest.mark.parametrize("which", [ThemeMode.LIGHT, ThemeMode.DARK])
@pytest.mark.parametrize("ground", ["white", "black", "#ff2d6f", "#808080", "lime"])
async def test_the_mask_is_seen_on_any_picture(
    tmp_path: Path, qapp: QApplication, ground: str, which: ThemeMode
) -> None:
    theme.apply(qapp, which)
    data = photo_files.encode_image(Image.new("RGB", SIZE, ground), "PNG")
    async with painting(tmp_path, data) as work:
        before = work.canvas.grab().toImage()
        user_input.press(work.button("mask_fill"))
        after = work.canvas.grab().toImage()
        middle = work.canvas.rect().center()
        spread = 0
        for step in range(12):
            one, other = (
                image.pixelColor(middle.x() + step, middle.y()) for image in (before, after)
            )
            spread = max(spread, abs(one.lightness() - other.lightness()))
        assert spread >= 40


@pytest.mark.parametrize("look", [ThemeMode.LIGHT, ThemeMode.DARK])
async def test_everything_in_it_has_a_name_and_shows_where_the_keyboard_is(
    tmp_path: Path, qapp: QApplication, look: ThemeMode
) -> None:
    theme.apply(qapp, look)
    data = EVEN
    async with dropped(tmp_path, "cat.png", data, LOADER) as harness:
        user_input.press(mask_button(harness))
        dialog = harness.panel.findChild(MaskDialog)
        assert isinstance(dialog, MaskDialog)
        work = MaskDialogDriver(harness, dialog)
        assert accessibility_audit.accessibility_errors(dialog) == [], "while it is read"
        await wait_until(work.button("mask_use").isEnabled)
        assert accessibility_audit.accessibility_errors(dialog) == []
        assert work.button("mask_undo").accessibleDescription() == "Nothing to undo."
        work.stroke((400, 300))
        assert accessibility_audit.accessibility_errors(dialog) == []
        assert not work.button("mask_undo").accessibleDescription()
        assert await invisible_focus_stops(next(reading_order(work.dialog))) == []
