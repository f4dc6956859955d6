"""The viewer: fitting, zooming around a point, panning, true pixels, films."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QToolButton

from runcomfy_desktop.ui.outputs.decoding import Picture, read_picture
from runcomfy_desktop.ui.outputs.playback import PlayBar
from runcomfy_desktop.ui.outputs.view import View
from runcomfy_desktop.ui.outputs.viewer import PictureView
from tests.gui.support import hands
from tests.gui.support.hands import key, press, settle, show, turn_wheel, wait_until
from tests.gui.support.queue_kit import animation, picture

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")


def loaded(path: str) -> Picture:
    read = read_picture(path)
    assert read is not None
    assert not read.fault
    return read


def viewer_on(path: str, width: int = 400, height: int = 300) -> PictureView:
    view = PictureView()
    show(view, width, height)
    view.show_picture(loaded(path), "a picture")
    settle()
    return view


# Arithmetic


def view_of(width: float, height: float, room: tuple[float, float] = (400, 300)) -> View:
    view = View()
    view.set_room(QSizeF(*room), 1.0)
    view.set_picture(QSizeF(width, height))
    return view


def test_a_picture_is_fitted_and_centred() -> None:
    target = view_of(800, 300).target()
    assert (target.x(), target.y(), target.width(), target.height()) == (0, 75, 400, 150)


def test_a_small_picture_is_not_blown_up() -> None:
    target = view_of(40, 30).target()
    assert (target.width(), target.height()) == (40, 30)
    assert target.center() == QPointF(200, 150)


def test_zoom_keeps_the_point_under_the_pointer() -> None:
    view = view_of(800, 600)
    at = QPointF(100, 75)
    pixel = (at - view.target().topLeft()) / view.scale
    view.zoom_to(2.0, at)
    assert (at - view.target().topLeft()) / view.scale == pixel
    assert view.overflows
    assert not view.is_fitted


def test_panning_stops_at_the_edges() -> None:
    view = view_of(800, 600)
    view.zoom_to(1.0)
    view.pan(QPointF(10_000, 10_000))
    assert view.target().topLeft() == QPointF(0, 0)
    view.pan(QPointF(-10_000, -10_000))
    assert view.target().bottomRight() == QPointF(400, 300)


def test_zoom_has_ends() -> None:
    view = view_of(800, 600)
    view.zoom_to(1e9)
    assert view.scale <= 32
    view.zoom_to(0.0)
    assert view.target().width() >= 400
    empty = View()
    empty.zoom_to(3.0)
    assert empty.target().isEmpty()


def test_another_place_keeps_what_is_in_the_middle() -> None:
    view = view_of(800, 600)
    view.zoom_to(2.0, QPointF(0, 0))
    view.pan(QPointF(-300, -200))
    middle = (QPointF(200, 150) - view.target().topLeft()) / view.scale
    view.set_room(QSizeF(600, 500), 1.0)
    assert (QPointF(300, 250) - view.target().topLeft()) / view.scale == middle


# Hands


def test_wheel_zooms_and_double_click_goes_between_true_pixels_and_fit(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png", (1600, 1200)))
    assert view.is_fitted
    assert view.zoom == pytest.approx(0.25)
    turn_wheel(view, QPoint(200, 150), 1)
    assert view.zoom > 0.25
    hands.double_click(view, QPoint(200, 150))
    assert view.is_fitted
    hands.double_click(view, QPoint(200, 150))
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
    wished = QSignalSpy(view.drag_wished)
    drag(view)
    assert wished.count() == 1
    assert wished.at(0)[0].width() == 200, "a small one goes along, the file itself is taken"
    view.true_size()
    before = view.grab().toImage()
    drag(view)
    assert wished.count() == 1
    assert view.grab().toImage() != before


def drag(view: PictureView) -> None:
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    for step in (10, 40, 80):
        QTest.mouseMove(view, QPoint(200 + step, 150 + step))
        settle()
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(280, 230))
    settle()


def test_what_is_drawn_is_the_picture(tmp_path: Path) -> None:
    image = Image.new("RGB", (1600, 1200), "#ff0000")
    image.paste("#0000ff", (800, 0, 1600, 1200))
    image.save(tmp_path / "a.png")
    view = viewer_on(str(tmp_path / "a.png"))
    shot = view.grab().toImage()
    assert shot.pixelColor(100, 150).name() == "#ff0000"
    assert shot.pixelColor(300, 150).name() == "#0000ff"
    view.true_size(QPointF(300, 150))
    settle()
    shot = view.grab().toImage()
    assert {shot.pixelColor(x, 150).name() for x in (5, 395)} == {"#0000ff"}


def test_words_stand_where_no_picture_is_yet(tmp_path: Path) -> None:
    view = viewer_on(picture(tmp_path, "a.png"))
    view.show_words("Loading…")
    assert view.accessibleName() == "Loading…"
    assert view.picture is None
    assert view.pixmap().isNull()
    turn_wheel(view, QPoint(200, 150), 1)
    key(view, Qt.Key.Key_1)
    hands.double_click(view, QPoint(200, 150))
    drag(view)
    view.grab()


# Films


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_a_film_plays_and_pauses(tmp_path: Path, name: str) -> None:
    view = viewer_on(animation(tmp_path, name))
    assert view.is_animation
    assert view.is_playing
    seen: set[str] = set()

    def all_frames() -> bool:
        seen.add(view.pixmap().toImage().pixelColor(20, 16).name())
        return len(seen) >= 3

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
    bar.follow()
    button = bar.findChild(QToolButton, "play_pause")
    assert isinstance(button, QToolButton)
    assert (bar.isVisible(), button.text()) == (True, "Pause")
    press(button)
    assert button.text() == "Play"
    assert not view.is_playing
    view.show_picture(loaded(picture(tmp_path, "b.png")), "b")
    bar.follow()
    assert not bar.isVisible()
    view.set_playing(True)
    assert not view.is_playing
