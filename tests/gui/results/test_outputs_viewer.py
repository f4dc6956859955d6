"""The viewer: fitting, zooming around a point, panning, true pixels, animations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QToolButton

from runcomfy_desktop.ui.images.picture_decoder import DecodedPicture, read_picture
from runcomfy_desktop.ui.images.view_transform import ViewTransform
from runcomfy_desktop.ui.results.picture_view import PictureView
from runcomfy_desktop.ui.results.play_bar import PlayBar
from tests.gui.support import user_input
from tests.gui.support.scripted_queue import animation, picture
from tests.gui.support.user_input import key, press, process_events, show, turn_wheel, wait_until

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
        key(view, Qt.Key.Key_Space)
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


def test_the_play_bar_follows_the_film(tmp_path: Path) -> None:
    view = viewer_on(animation(tmp_path, "a.gif"))
    bar = PlayBar(view, view)
    bar.resize(200, 40)
    bar.refresh()
    button = bar.findChild(QToolButton, "play_pause")
    assert isinstance(button, QToolButton)
    assert (bar.isVisible(), button.text()) == (True, "Pause")
    press(button)
    assert button.text() == "Play"
    assert not view.is_playing
    view.show_picture(loaded(picture(tmp_path, "b.png")), "b")
    bar.refresh()
    assert not bar.isVisible()
    view.set_playing(True)
    assert not view.is_playing
