"""A mask is painted by hand: from the well, on the picture, into the bytes that are sent."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel, QSlider

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.settings import Theme
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.focus_order import reading_order
from runcomfy_desktop.ui.media.mask_canvas import MaskCanvas
from runcomfy_desktop.ui.media.mask_painter import MaskPainter
from runcomfy_desktop.ui.widgets.dialog import Dialog
from tests.gui.support import audit, hands, photos
from tests.gui.support.bench import Bench, shown_bench
from tests.gui.support.focus import unseen
from tests.support.pictures import png_of
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject

K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
IMAGE = InputKey("1", "image")
SIZE = (800, 600)
# For what is painted on it only: a photograph takes a quarter of a second to be written.
EVEN = png_of(bytes((90, 120, 60)), *SIZE)
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
    return photos.saved(photos.photo(SIZE), "PNG")


def mask_loader(channel: str) -> JsonObject:
    inputs: JsonObject = {"image": "m.png", "channel": channel}
    return {"1": {"class_type": "LoadImageMask", "inputs": inputs}}


class Painting:
    """The open dialog, and a hand on its picture."""

    def __init__(self, bench: Bench, dialog: MaskPainter) -> None:
        self.bench = bench
        self.dialog = dialog

    @property
    def canvas(self) -> MaskCanvas:
        return hands.find(self.dialog, MaskCanvas, "mask_canvas")

    def button(self, name: str) -> QAbstractButton:
        return hands.find(self.dialog, QAbstractButton, name)

    def at(self, x: float, y: float) -> QPoint:
        """Where a pixel of the picture is on screen, fitted in."""
        canvas = self.canvas
        scale = min(1.0, canvas.width() / SIZE[0], canvas.height() / SIZE[1])
        left = (canvas.width() - SIZE[0] * scale) / 2
        top = (canvas.height() - SIZE[1] * scale) / 2
        return QPoint(round(left + x * scale), round(top + y * scale))

    def stroke(self, *points: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
        hands.stroke(self.canvas, *(self.at(*point) for point in points), button=button)

    def move(self, x: float, y: float) -> None:
        """The pointer goes there, no button held."""
        self.send(QEvent.Type.MouseMove, (x, y), Qt.MouseButton.NoButton)

    def send(self, kind: QEvent.Type, point: tuple[float, float], button: Qt.MouseButton) -> None:
        at = self.at(*point)
        where = QPointF(self.canvas.mapToGlobal(at))
        event = QMouseEvent(kind, QPointF(at), where, button, button, NO_KEYS)
        QApplication.sendEvent(self.canvas, event)

    def key(self, which: Qt.Key, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        hands.key(self.dialog, which, keys)

    def type(self, text: str) -> None:
        hands.type_text(self.dialog, text)

    def seen(self) -> bytes:
        hands.settle()
        image = self.canvas.grab().toImage()
        return bytes(image.constBits())

    async def use(self) -> Image.Image:
        """Takes the mask, and reads back what is sent."""
        before = self.bench.draft.value(IMAGE)
        hands.press(self.button("mask_use"))
        await until(lambda: self.bench.draft.value(IMAGE) != before)
        media = self.bench.draft.value(IMAGE)
        assert isinstance(media, MediaFile)
        data = (self.bench.shelf.folder / media.stored_name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == media.sha256
        return photos.opened(data)


@asynccontextmanager
async def dropped(
    folder: Path, name: str, data: bytes, workflow: JsonObject
) -> AsyncIterator[Bench]:
    path = folder / name
    path.write_bytes(data)
    async with shown_bench(folder / "shelf") as bench:
        bench.open(workflow)
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        assert hands.drop(bench.view.viewport(), mime, bench.row_rect(IMAGE).center())
        await until(lambda: isinstance(bench.draft.value(IMAGE), MediaFile))
        hands.settle()
        yield bench
        assert path.read_bytes() == data


def mask_button(bench: Bench) -> QAbstractButton:
    bench.row_rect(IMAGE)
    well = bench.panel.wells.well(IMAGE)
    assert well is not None
    return next(each for each in well.findChildren(QAbstractButton, "media_mask"))


@asynccontextmanager
async def painting(
    folder: Path, data: bytes | None = None, workflow: JsonObject = LOADER
) -> AsyncIterator[Painting]:
    """The dialog, opened from the well, with its picture."""
    data = EVEN if data is None else data
    async with dropped(folder, "cat.png", data, workflow) as bench:
        hands.press(mask_button(bench))
        dialog = bench.panel.findChild(MaskPainter)
        assert isinstance(dialog, MaskPainter)
        work = Painting(bench, dialog)
        await until(work.button("mask_use").isEnabled)
        hands.settle()
        yield work


async def test_what_is_painted_becomes_transparent_and_keeps_its_colours(tmp_path: Path) -> None:
    async with painting(tmp_path, a_photo()) as work:
        work.stroke((100, 300), (400, 300), (700, 300))
        made = await work.use()
        assert made.mode == "RGBA"
        alpha = made.getchannel("A")
        assert [alpha.getpixel((x, 300)) for x in (110, 400, 690)] == [0, 0, 0]
        assert [alpha.getpixel((400, y)) for y in (200, 400)] == [255, 255]
        assert made.convert("RGB").tobytes() == photos.photo(SIZE).tobytes()
        media = work.bench.draft.value(IMAGE)
        assert isinstance(media, MediaFile)
        assert (media.name, media.mime) == ("cat.png", "image/png")
        assert work.bench.workbench.state.undo_text == "Paint a mask on cat.png"
        work.bench.workbench.undo()
        assert work.bench.draft.value(IMAGE) != media


@pytest.mark.parametrize("channel", ["red", "green", "blue"])
async def test_a_colour_channel_holds_the_mask_as_it_is(tmp_path: Path, channel: str) -> None:
    async with painting(tmp_path, workflow=mask_loader(channel)) as work:
        assert channel in hands.find(work.dialog, QLabel, "mask_words").text()
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
    async with dropped(tmp_path, "cat.png", photos.clear_png(SIZE), mask_loader("red")) as bench:
        bench.workbench.edit({InputKey("1", "channel"): "alpha"}, "Change channel")
        hands.settle()
        hands.press(mask_button(bench))
        dialog = bench.panel.findChild(MaskPainter)
        assert isinstance(dialog, MaskPainter)
        work = Painting(bench, dialog)
        await until(work.button("mask_use").isEnabled)
        assert "transparent" in hands.find(dialog, QLabel, "mask_words").text()


async def test_a_mask_that_is_there_is_where_it_begins(tmp_path: Path) -> None:
    async with painting(tmp_path, photos.clear_png(SIZE)) as work:
        work.type("e")
        work.stroke((100, 300), (300, 300))
        made = await work.use()
        alpha = made.getchannel("A")
        assert alpha.getpixel((200, 300)) == 255, "erased"
        assert alpha.getpixel((200, 100)) == 0, "still masked"
        assert alpha.getpixel((600, 300)) == 255
        assert made.convert("RGB").tobytes() == photos.photo(SIZE).tobytes()


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
        await until(lambda: work.bench.workbench.state.undo_text.startswith("Paint"))
        media = work.bench.draft.value(IMAGE)
        assert isinstance(media, MediaFile)
        made = photos.opened((work.bench.shelf.folder / media.stored_name).read_bytes())
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
        number = hands.find(work.dialog, QLabel, "mask_size_number")
        before = number.text()
        assert before.endswith(" px")
        work.type("]]]")
        larger = number.text()
        assert int(larger.split()[0]) > int(before.split()[0])
        work.type("[[[")
        assert number.text() == before
        slider = hands.find(work.dialog, QSlider, "mask_size")
        assert slider.accessibleDescription() == before
        slider.setFocus()
        hands.key(slider, K.Key_End)
        assert slider.value() == slider.maximum()
        slider.setValue(25)
        soft = hands.find(work.dialog, QCheckBox, "mask_soft")
        work.type("s")
        assert soft.isChecked()
        hands.press(work.button("mask_eraser"))
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
        clean = work.seen()
        hands.press(work.button("mask_fill"))
        full = work.seen()
        assert full != clean
        hands.press(work.button("mask_undo"))
        assert work.seen() != full
        hands.press(work.button("mask_redo"))
        hands.press(work.button("mask_invert"))
        hands.press(work.button("mask_invert"))
        hands.press(work.button("mask_clear"))
        hands.press(work.button("mask_fill"))
        alpha = (await work.use()).getchannel("A")
        assert alpha.getextrema() == (0, 0)


async def test_shift_and_a_click_draw_a_straight_line(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        work.stroke((100, 100))
        hands.press(work.canvas, work.at(700, 500), SHIFT)
        alpha = (await work.use()).getchannel("A")
        assert alpha.getpixel((400, 300)) == 0


async def test_zoomed_in_it_paints_where_the_pointer_is(tmp_path: Path) -> None:
    async with painting(tmp_path, a_photo()) as work:
        at = work.at(600, 450)
        hands.turn_wheel(work.canvas, at, 6)
        hands.press(work.canvas, at)
        work.type("[" * 5)
        fitted = work.seen()
        # Neither of these paints.
        work.stroke((300, 300), (400, 400), button=MIDDLE)
        assert work.seen() != fitted
        with hands.held(work.canvas, K.Key_Space):
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
        hands.turn_wheel(work.canvas, work.at(400, 300), 3)
        work.stroke((300, 300), (500, 320))
        canvas = work.canvas
        work.send(QEvent.Type.MouseMove, (3, 3), Qt.MouseButton.NoButton)
        hands.settle()
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
            # What arrives when the button went up over another window.
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
        stay = hands.find(question, QAbstractButton, "mask_discard_no")
        assert stay.text() == "Keep painting"
        hands.press(stay)
        assert work.dialog.isVisible()
        hands.press(work.button("mask_cancel"))
        question = next(
            each for each in work.dialog.findChildren(Dialog, "mask_discard") if each.isVisible()
        )
        hands.press(hands.find(question, QAbstractButton, "mask_discard_yes"))
        assert not work.bench.panel.findChildren(MaskPainter)
        assert work.bench.workbench.state.undo_text == "Drop cat.png"


async def test_an_untouched_one_just_closes(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        work.key(K.Key_Escape)
        assert not work.bench.panel.findChildren(MaskPainter)


async def test_a_copy_that_is_gone_is_told(tmp_path: Path) -> None:
    data = EVEN
    async with dropped(tmp_path, "cat.png", data, LOADER) as bench:
        media = bench.draft.value(IMAGE)
        assert isinstance(media, MediaFile)
        (bench.shelf.folder / media.stored_name).unlink()
        hands.press(mask_button(bench))
        dialog = bench.panel.findChild(MaskPainter)
        assert isinstance(dialog, MaskPainter)
        canvas = hands.find(dialog, MaskCanvas, "mask_canvas")
        await until(lambda: "damaged or gone" in canvas.accessibleDescription())
        assert not hands.find(dialog, QAbstractButton, "mask_use").isEnabled()


async def test_only_inputs_that_take_a_mask_offer_it(tmp_path: Path) -> None:
    data = EVEN
    async with dropped(tmp_path, "cat.png", data, UNUSED) as bench:
        assert not mask_button(bench).isVisible()
        menu = bench.open_menu(IMAGE)
        assert "paint_mask" not in {each.objectName() for each in menu.actions()}
        menu.close()
    async with dropped(tmp_path, "cat.png", data, LOADER) as bench:
        assert mask_button(bench).isVisible()
        menu = bench.open_menu(IMAGE)
        next(each for each in menu.actions() if each.objectName() == "paint_mask").trigger()
        menu.close()
        assert bench.panel.findChild(MaskPainter) is not None
        bench.workbench.undo()
        hands.settle()
        assert not mask_button(bench).isVisible(), "the deployment's own file is not here"


@pytest.mark.parametrize("which", [Theme.LIGHT, Theme.DARK])
@pytest.mark.parametrize("ground", ["white", "black", "#ff2d6f", "#808080", "lime"])
async def test_the_mask_is_seen_on_any_picture(
    tmp_path: Path, qapp: QApplication, ground: str, which: Theme
) -> None:
    theme.apply(qapp, which)
    data = photos.saved(Image.new("RGB", SIZE, ground), "PNG")
    async with painting(tmp_path, data) as work:
        before = work.canvas.grab().toImage()
        hands.press(work.button("mask_fill"))
        after = work.canvas.grab().toImage()
        middle = work.canvas.rect().center()
        spread = 0
        for step in range(12):
            one, other = (
                image.pixelColor(middle.x() + step, middle.y()) for image in (before, after)
            )
            spread = max(spread, abs(one.lightness() - other.lightness()))
        assert spread >= 40


@pytest.mark.parametrize("look", [Theme.LIGHT, Theme.DARK])
async def test_everything_in_it_has_a_name_and_shows_where_the_keyboard_is(
    tmp_path: Path, qapp: QApplication, look: Theme
) -> None:
    theme.apply(qapp, look)
    data = EVEN
    async with dropped(tmp_path, "cat.png", data, LOADER) as bench:
        hands.press(mask_button(bench))
        dialog = bench.panel.findChild(MaskPainter)
        assert isinstance(dialog, MaskPainter)
        work = Painting(bench, dialog)
        assert audit.faults_of(dialog) == [], "while it is read"
        await until(work.button("mask_use").isEnabled)
        assert audit.faults_of(dialog) == []
        assert work.button("mask_undo").accessibleDescription() == "Nothing to undo."
        work.stroke((400, 300))
        assert audit.faults_of(dialog) == []
        assert not work.button("mask_undo").accessibleDescription()
        assert await unseen(next(reading_order(work.dialog))) == []
