"""Animated PNGs: parsed and played frame by frame, with every kind of disposal."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw, ImageSequence
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage, QMovie

from runcomfy_desktop.ui.images import apng
from runcomfy_desktop.ui.images.apng import ApngPlayer
from runcomfy_desktop.ui.images.picture_decoder import read_picture
from tests.gui.support.user_input import wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")

_SIZE = (40, 30)


def moving_disc_frames(count: int = 4, mode: str = "RGBA") -> list[Image.Image]:
    """Returns frames in which a disc moves over a transparent background."""
    pictures = []
    for number in range(count):
        picture = Image.new(mode, _SIZE)
        at = 6 * number
        ImageDraw.Draw(picture).ellipse((at, 4, at + 14, 18), "#c03050")
        pictures.append(picture)
    return pictures


def saved(pictures: list[Image.Image] | None = None, **options: Any) -> bytes:
    first, *others = pictures or moving_disc_frames()
    stream = io.BytesIO()
    usual = {"duration": 40, "loop": 0, **options}
    first.save(stream, "PNG", save_all=True, append_images=others, **usual)
    return stream.getvalue()


def film_of(data: bytes) -> apng.ApngAnimation:
    film = apng.read_animation(data, 10_000)
    assert film is not None
    return film


def shown(apng_player: ApngPlayer) -> bytes:
    image = apng_player.currentPixmap().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    return bytes(image.constBits())


def played(data: bytes) -> list[bytes]:
    """Returns the frames that a player shows until the animation repeats."""
    owner = QObject()
    film = film_of(data)
    apng_player = ApngPlayer(film, owner)
    recorded: list[bytes] = []
    apng_player.frameChanged.connect(lambda _number: recorded.append(shown(apng_player)))
    apng_player.start()
    wait_until(lambda: len(recorded) >= len(film.frames))
    apng_player.stop()
    return recorded[: len(film.frames)]


def expected(data: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(data)) as opened:
        return [frame.convert("RGBA").tobytes() for frame in ImageSequence.Iterator(opened)]


@pytest.mark.parametrize("blend", [0, 1], ids=["source", "over"])
@pytest.mark.parametrize("disposal", [0, 1, 2], ids=["keep", "clear", "restore"])
def test_it_plays_as_the_format_says(disposal: int, blend: int) -> None:
    data = saved(disposal=disposal, blend=blend)
    # Only frames that are kept and blended accumulate; all others equal the saved frame.
    piles_up = disposal == 0 and blend == 1
    wanted = expected(data) if piles_up else [turn.tobytes() for turn in moving_disc_frames()]
    assert played(data) == wanted


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA"])
def test_every_kind_of_pixel_plays(mode: str) -> None:
    pictures = [picture.convert("RGB").convert(mode) for picture in moving_disc_frames(3)]
    data = saved(pictures)
    assert played(data) == expected(data)


def test_a_picture_before_the_film_is_no_part_of_it() -> None:
    poster = Image.new("RGBA", _SIZE, "green")
    data = saved([poster, *moving_disc_frames(3)], default_image=True)
    assert len(film_of(data).frames) == 3
    assert played(data) == expected(data)[1:]


def test_times_are_kept_and_mistakes_get_the_usual_one() -> None:
    film = film_of(saved(moving_disc_frames(3), duration=[40, 250, 0]))
    assert [turn.delay_ms for turn in film.frames] == [40, 250, 100]
    assert (film.width, film.height) == _SIZE


def test_it_stops_after_its_rounds_and_can_be_started_again() -> None:
    owner = QObject()
    apng_player = ApngPlayer(film_of(saved(moving_disc_frames(2), loop=1, duration=20)), owner)
    states: list[QMovie.MovieState] = []
    apng_player.stateChanged.connect(states.append)
    apng_player.start()
    wait_until(lambda: apng_player.state() is QMovie.MovieState.NotRunning)
    last = shown(apng_player)
    assert last == expected(saved(moving_disc_frames(2)))[1]
    apng_player.setPaused(False)
    assert apng_player.state() is QMovie.MovieState.NotRunning
    apng_player.start()
    assert shown(apng_player) != last
    assert states == [
        QMovie.MovieState.Running,
        QMovie.MovieState.NotRunning,
        QMovie.MovieState.Running,
    ]


def test_it_stands_still_while_it_is_paused() -> None:
    owner = QObject()
    apng_player = ApngPlayer(film_of(saved(moving_disc_frames(2), duration=20)), owner)
    recorded: list[int] = []
    apng_player.frameChanged.connect(recorded.append)
    apng_player.start()
    apng_player.setPaused(True)
    assert apng_player.state() is QMovie.MovieState.Paused
    assert recorded == [0]
    apng_player.setPaused(False)
    wait_until(lambda: len(recorded) > 2)
    assert recorded[:3] == [0, 1, 0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-30],
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"fcTL", b"fcXL"),
        lambda data: data[:33] + data[33:].replace(struct.pack(">I", 40), struct.pack(">I", 900)),
        lambda data: b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
        lambda _data: b"",
    ],
    ids=["without its end", "cut", "no turns", "larger than itself", "zeros", "nothing"],
)
def test_what_is_broken_is_no_film(damage: Any) -> None:
    assert apng.read_animation(damage(saved()), 10_000) is None


def test_a_film_that_is_too_large_is_none() -> None:
    width, height = _SIZE
    assert apng.read_animation(saved(), width * height - 1) is None
    huge = saved().replace(struct.pack(">II", *_SIZE), struct.pack(">II", 1 << 31, 1 << 31), 1)
    assert apng.read_animation(huge, 1 << 30) is None
    flat = saved().replace(struct.pack(">II", *_SIZE), struct.pack(">II", 0, 30), 1)
    assert apng.read_animation(flat, 10_000) is None


def test_a_turn_that_cannot_be_decoded_is_passed_over() -> None:
    data = bytearray(saved(moving_disc_frames(3)))
    at = data.index(b"fdAT") + 14
    data[at : at + 4] = b"\xff\xff\xff\xff"
    assert len(played(bytes(data))) == 3


def test_a_still_png_is_no_film(tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    Image.new("RGB", _SIZE).save(still)
    picture = read_picture(str(still))
    assert picture is not None
    assert not picture.is_animated
    assert not apng.is_animated_png(io.BytesIO(b"GIF89a acTL"))
    assert not apng.is_animated_png(io.BytesIO(saved()[:30]))
    # The text in a still picture may contain the name of this chunk.
    named = still.read_bytes()
    text = b"tEXtComment\x00acTL IDAT"
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    still.write_bytes(named[:33] + chunk + named[33:])
    picture = read_picture(str(still))
    assert picture is not None
    assert not picture.is_animated
    assert picture.size.width() == _SIZE[0]


def test_a_long_text_before_the_film_does_not_hide_it(tmp_path: Path) -> None:
    facts = PngInfo()
    facts.add_text("workflow", "{" + "x" * 300_000 + "}")
    path = tmp_path / "a.png"
    path.write_bytes(saved(pnginfo=facts))
    picture = read_picture(str(path))
    assert picture is not None
    assert picture.is_animated


def test_a_moving_png_is_read_with_its_first_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(saved())
    picture = read_picture(str(path))
    assert picture is not None
    assert picture.is_animated
    assert picture.movie.isEmpty()
    assert picture.levels[0].width() == _SIZE[0]
