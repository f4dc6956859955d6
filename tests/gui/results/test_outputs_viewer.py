"""The viewer: fitting, zooming around a point, panning, true pixels, animations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QToolButton

from runcomfy_desktop.ui.images.picture_decoder import DecodedPicture, read_picture
from runcomfy_desktop.ui.images.view_transform import ViewTransform
from runcomfy_desktop.ui.results.picture_view import PictureView
from runcomfy_desktop.ui.results.view_bar import ViewBar
from runcomfy_desktop.ui.style.theme import colours
from tests.gui.support import user_input
from tests.gui.support.scripted_queue import animation, picture
from tests.gui.support.user_input import (
    hover,
    key,
    press,
    process_events,
    show,
    turn_wheel,
    wait_until,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")


def loaded(path: str) -> DecodedPicture:
    read = read_picture(path)
    assert read is not None
    assert not read.error
    return read


def viewer_on(path: str, width: int = 400, height: int = 300) -> PictureView:
    view = PictureView()
    show(view, width, height)
    view.show_picture(loaded(path), "a picture")
    process_events()
    return view


# Arithmetic


def view_of(width: float, height: float, room: tuple[float, float] = (400, 300)) -> ViewTransform:
    view = ViewTransform()
    view.set_viewport_size(QSizeF(*room), 1.0)
    view.set_picture_size(QSizeF(width, height))
    return view


def test_a_picture_is_fitted_and_centred() -> None:
    target = view_of(800, 300).picture_rect()
    assert (target.x(), target.y(), target.width(), target.height()) == (0, 75, 400, 150)


def test_a_small_picture_is_not_blown_up() -> None:
    target = view_of(40, 30).picture_rect()
    assert (target.width(), target.height()) == (40, 30)
    assert target.center() == QPointF(200, 150)


def test_zoom_keeps_the_point_under_the_pointer() -> None:
    view = view_of(800, 600)
    at = QPointF(100, 75)
    pixel = (at - view.picture_rect().topLeft()) / view.scale
    view.zoom_to(2.0, at)
    assert (at - view.picture_rect().topLeft()) / view.scale == pixel
    assert view.overflows
    assert not view.is_fitted


def test_panning_stops_at_the_edges() -> None:
    view = view_of(800, 600)
    view.zoom_to(1.0)
    view.pan(QPointF(10_000, 10_000))
    assert view.picture_rect().topLeft() == QPointF(0, 0)
    view.pan(QPointF(-10_000, -10_000))
    assert view.picture_rect().bottomRight() == QPointF(400, 300)


def test_zoom_has_ends() -> None:
    view = view_of(800, 600)
    view.zoom_to(1e9)
    assert view.scale <= 32
    view.zoom_to(0.0)
    assert view.picture_rect().width() >= 400
    empty = ViewTransform()
    empty.zoom_to(3.0)
    assert empty.picture_rect().isEmpty()


def test_another_place_keeps_what_is_in_the_middle() -> None:
    view = view_of(800, 600)
    view.zoom_to(2.0, QPointF(0, 0))
    view.pan(QPointF(-300, -200))
    middle = (QPointF(200, 150) - view.picture_rect().topLeft()) / view.scale
    view.set_viewport_size(QSizeF(600, 500), 1.0)
    assert (QPointF(300, 250) - view.picture_rect().topLeft()) / view.scale == middle


def test_at_100_percent_the_pixels_of_picture_and_screen_lie_on_each_other() -> None:
    view = view_of(101, 75, room=(400, 300))
    assert view.picture_rect().topLeft() == QPointF(150, 112)
    view.set_viewport_size(QSizeF(400, 300), 2.0)
    assert view.picture_rect().topLeft() == QPointF(149.5, 112.5)


# User input


def test_wheel_zooms_and_double_click_goes_between_true_pixels_and_fit(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png", (1600, 1200)))
    assert view.is_fitted
    assert view.zoom == pytest.approx(0.25)
    turn_wheel(view, QPoint(200, 150), 1)
    assert view.zoom > 0.25
    user_input.double_click(view, QPoint(200, 150))
    assert view.is_fitted
    user_input.double_click(view, QPoint(200, 150))
    assert view.zoom == pytest.approx(1.0)


def test_keys_zoom_and_pan(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png", (1600, 1200)))
    view.setFocus()
    key(view, Qt.Key.Key_1)
    assert view.zoom == pytest.approx(1.0)
    before = view.grab().toImage()
    key(view, Qt.Key.Key_Left)
    for _step in range(10):
        key(view, Qt.Key.Key_Left)
    assert view.grab().toImage() != before
    key(view, Qt.Key.Key_Minus)
    assert view.zoom == pytest.approx(0.8)
    key(view, Qt.Key.Key_Plus)
    assert view.zoom == pytest.approx(1.0)
    key(view, Qt.Key.Key_0)
    assert view.is_fitted
    assert view.accessibleDescription() == "25 % of its size"


def test_dragging_pans_when_zoomed_and_takes_the_file_when_fitted(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png", (1600, 1200)))
    spy = QSignalSpy(view.drag_requested)
    drag(view)
    assert spy.count() == 1
    assert spy.at(0)[0].width() == 200, "a small one goes along, the file itself is taken"
    view.actual_size()
    before = view.grab().toImage()
    drag(view)
    assert spy.count() == 1
    assert view.grab().toImage() != before


def drag(view: PictureView) -> None:
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    for step in (10, 40, 80):
        QTest.mouseMove(view, QPoint(200 + step, 150 + step))
        process_events()
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(280, 230))
    process_events()


def test_two_fingers_on_a_touch_pad_pinch_and_pan(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png", (1600, 1200)))
    at = QPointF(200, 150)
    pinch = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        at,
        at,
        view.mapToGlobal(at),
        1.0,
        QPointF(),
    )
    QApplication.sendEvent(view, pinch)
    assert view.zoom == pytest.approx(0.5)
    before = view.grab().toImage()
    scroll_two_fingers(view, at)
    assert view.zoom == pytest.approx(0.5)
    assert view.grab().toImage() != before, "it was panned"
    scroll_two_fingers(view, at, Qt.KeyboardModifier.ControlModifier)
    assert view.zoom == pytest.approx(0.6)


def scroll_two_fingers(
    view: PictureView,
    at: QPointF,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(30, 20),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.ScrollUpdate,
        False,
    )
    QApplication.sendEvent(view, event)


def test_what_is_drawn_is_the_picture(tmp_path: Path) -> None:
    image = Image.new("RGB", (1600, 1200), "#ff0000")
    image.paste("#0000ff", (800, 0, 1600, 1200))
    image.save(tmp_path / "a.png")
    view = viewer_on(str(tmp_path / "a.png"))
    shot = view.grab().toImage()
    assert shot.pixelColor(100, 150).name() == "#ff0000"
    assert shot.pixelColor(300, 150).name() == "#0000ff"
    view.actual_size(QPointF(300, 150))
    process_events()
    shot = view.grab().toImage()
    assert {shot.pixelColor(x, 150).name() for x in (5, 395)} == {"#0000ff"}


def test_words_stand_where_no_picture_is_yet(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png"))
    view.show_message("Loading…")
    assert view.accessibleName() == "Loading…"
    assert view.picture is None
    assert view.pixmap().isNull()
    turn_wheel(view, QPoint(200, 150), 1)
    key(view, Qt.Key.Key_1)
    user_input.double_click(view, QPoint(200, 150))
    drag(view)
    view.grab()


# Animations


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_a_film_plays_and_pauses(tmp_path: Path, name: str) -> None:
    view = viewer_on(animation(tmp_path, name))
    assert view.is_animation
    assert view.is_playing
    recorded: set[str] = set()

    def all_frames() -> bool:
        recorded.add(view.pixmap().toImage().pixelColor(20, 16).name())
        return len(recorded) >= 3

    wait_until(all_frames)
    playing = []
    for _press in range(2):
        key(view, Qt.Key.Key_K)
        playing.append(view.is_playing)
    assert playing == [False, True]


def test_a_film_rests_while_nobody_sees_it(tmp_path: Path) -> None:
    view = viewer_on(animation(tmp_path, "a.gif"))
    playing = []
    for seen in (False, True):
        view.setVisible(seen)
        playing.append(view.is_playing)
    assert playing == [False, True]
    view.set_playing(False)
    view.hide()
    view.show()
    assert not view.is_playing


def test_the_bar_plays_and_pauses_a_film(tmp_path: Path) -> None:
    view = viewer_on(animation(tmp_path, "a.gif"))
    bar = bar_of(view)
    button = bar_button(bar, "play_pause")
    assert (button.isVisible(), button.accessibleName()) == (True, "Pause")
    press(button)
    assert button.accessibleName() == "Play"
    assert not view.is_playing
    view.show_picture(loaded(picture(tmp_path, "b.png")), "b")
    assert not button.isVisible()
    view.set_playing(True)
    assert not view.is_playing


# The bar


def bar_of(view: PictureView, width: int = 400) -> ViewBar:
    bar = ViewBar(view, view)
    bar.resize(width, bar.height())
    bar.show()
    process_events()
    return bar


def bar_button(bar: ViewBar, name: str) -> QToolButton:
    return user_input.find(bar, QToolButton, name)


def test_the_bar_shows_and_changes_the_zoom(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png", (1600, 1200)))
    bar = bar_of(view)
    percent, fit = bar_button(bar, "view_percent"), bar_button(bar, "view_fit")
    assert (percent.text(), fit.isChecked()) == ("25 %", True)
    press(bar_button(bar, "view_zoom_in"))
    assert (percent.text(), fit.isChecked()) == ("31 %", False)
    press(percent)
    assert percent.text() == "100 %"
    press(bar_button(bar, "view_zoom_out"))
    assert percent.text() == "80 %"
    for _press in range(2):
        press(fit)
        assert (percent.text(), fit.isChecked()) == ("25 %", True)


def test_without_a_picture_the_bar_stays_and_does_nothing(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png"))
    bar = bar_of(view)
    height = bar.height()
    view.show_message("")
    buttons = [each for each in bar.findChildren(QToolButton) if each.isVisible()]
    assert len(buttons) == 6
    assert [each.objectName() for each in buttons if each.isEnabled()] == ["full_view"]
    assert bar.height() == height
    assert not bar_button(bar, "view_fit").isChecked()


def test_full_view_has_no_words_where_there_is_no_room(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png"))
    bar = bar_of(view)
    button, spy = bar_button(bar, "full_view"), QSignalSpy(bar.full_view_requested)
    texts = []
    for width in (400, 320):
        bar.resize(width, bar.height())
        process_events()
        texts.append((button.text(), button.accessibleName()))
        press(button)
    assert texts == [("Full view", "Full view"), ("", "Full view")]
    assert spy.count() == 2


# Rotation, transparency, and what is under the pointer


def quarters(folder: Path) -> str:
    """Returns a picture whose left half is red, and whose right half is blue."""
    image = Image.new("RGB", (400, 200), "#ff0000")
    image.paste("#0000ff", (200, 0, 400, 200))
    image.save(folder / "quarters.png")
    return str(folder / "quarters.png")


def colours_at(view: PictureView, *points: tuple[int, int]) -> list[str]:
    shot = view.grab().toImage()
    return [shot.pixelColor(*each).name() for each in points]


def test_a_picture_is_rotated_in_the_view_only(tmp_path: Path) -> None:
    view = viewer_on(quarters(tmp_path), 400, 400)
    view.setFocus()
    key(view, Qt.Key.Key_R)
    top_and_bottom = ((200, 60), (200, 340))
    assert colours_at(view, *top_and_bottom) == ["#ff0000", "#0000ff"]
    for _press in range(2):
        key(view, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert colours_at(view, *top_and_bottom) == ["#0000ff", "#ff0000"]
    view.actual_size()
    hover(view, QPoint(200, 399))
    assert view.plate_text.startswith("x 0, "), "the place in the file"
    view.show_picture(loaded(quarters(tmp_path)), "the same picture again")
    assert colours_at(view, *top_and_bottom) == ["#0000ff", "#ff0000"]
    was_fitted = view.is_fitted
    view.show_picture(loaded(picture(tmp_path, "b.png", (400, 200))), "another one")
    assert (was_fitted, view.is_fitted) == (False, True)
    assert view.pixmap().width() == 400


def test_behind_a_transparent_picture_is_a_checkerboard(tmp_path: Path) -> None:
    Image.new("RGBA", (400, 300), (255, 0, 0, 0)).save(tmp_path / "a.png")
    view = viewer_on(str(tmp_path / "a.png"))
    assert view.is_transparent
    neighbours = ((100, 100), (108, 100))
    roles = colours(view.palette())
    assert set(colours_at(view, *neighbours)) == {roles.panel, roles.line}
    view.set_checkerboard(False)
    assert set(colours_at(view, *neighbours)) == {roles.panel}
    view.show_picture(loaded(picture(tmp_path, "b.png")), "b")
    assert not view.is_transparent


def test_the_place_and_colour_under_the_pointer_are_shown(tmp_path: Path) -> None:
    view = viewer_on(quarters(tmp_path))
    hover(view, QPoint(300, 100))
    assert view.plate_text == "x 300, y 50 · #0000FF"
    hover(view, QPoint(20, 10))
    assert view.plate_text == "", "beside the picture"
    Image.new("RGBA", (400, 300), (16, 32, 48, 128)).save(tmp_path / "a.png")
    view.show_picture(loaded(str(tmp_path / "a.png")), "a")
    hover(view, QPoint(399, 299))
    assert view.plate_text == "x 399, y 299 · #102030 · 50 %"
    process_events()
    assert view.grab().toImage().pixelColor(12, 280).lightness() < 100, "the plate is dark"
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert view.plate_text == ""


def test_of_a_reduced_picture_the_true_place_is_shown(tmp_path: Path) -> None:
    whole = loaded(quarters(tmp_path))
    view = viewer_on(whole.path)
    view.show_picture(replace(whole, path="reduced", size=whole.size * 10), "a gigantic one")
    hover(view, QPoint(300, 150))
    assert view.plate_text == "x 3005, y 1004 · #0000FF"
