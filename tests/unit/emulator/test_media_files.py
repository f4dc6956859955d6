"""Videos, sounds and meshes equal the source data when read back by independent readers."""

from __future__ import annotations

import array
import math
import sys

import pytest
from PIL import Image, ImageChops, ImageDraw

from runcomfy_desktop.emulator.media_files import flac, glb, h264, latent, mp3, mp4, webm
from runcomfy_desktop.emulator.media_files.bit_writer import BitWriter
from runcomfy_desktop.emulator.media_files.tune import GRANULE, RATE, Tune, decay
from tests.unit.emulator import media_readers
from tests.unit.emulator.image_tools import likeness


def clip(size: tuple[int, int] = (50, 37), frames: int = 5) -> list[Image.Image]:
    """Returns frames of a disc that moves over a gradient."""
    ground = Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * n) for n in range(3)])
    ground = ground.resize(size)
    pictures = []
    for number in range(frames):
        picture = ground.copy()
        at = 4 + 7 * number
        ImageDraw.Draw(picture).ellipse((at, 8, at + 12, 20), "white")
        pictures.append(picture)
    return pictures


def furthest(one: Image.Image, two: Image.Image) -> int:
    """Returns the largest difference in brightness between two pictures."""
    return max(ImageChops.difference(one.convert("L"), two.convert("L")).tobytes())


def test_bits_are_put_in_a_row() -> None:
    assert BitWriter().write(0b101, 3).write(0, 0).write(1, 2).to_bytes() == bytes((0b10101000,))
    assert BitWriter().write(1, 1).to_bytes(3) == b"\x80\x00\x00"
    assert BitWriter().to_bytes() == b""
    assert BitWriter().write_golomb(0).write_golomb(1).write_golomb(2).write_golomb(
        3
    ).to_bytes() == bytes((0b10100110, 0b01000000))
    assert len(BitWriter().write(1, 9).extend(BitWriter().write(1, 2))) == 11


# WebM


def test_a_webm_has_every_picture_at_its_time() -> None:
    source = clip()
    times, pictures = media_readers.webm_frames(webm.write(source, 8.0))
    assert times == [0, 125, 250, 375, 500]
    assert all(likeness(one, two) > 0.95 for one, two in zip(source, pictures, strict=True))
    assert likeness(source[0], pictures[4]) < likeness(source[4], pictures[4])


def test_a_webm_says_what_is_inside() -> None:
    facts = dict(media_readers.elements(webm.write(clip(), 8.0)))
    assert facts[0x4282] == b"webm"
    assert facts[0x86] == b"V_VP8"
    assert (facts[0xB0], facts[0xBA]) == (b"\x32", b"\x25")
    assert int.from_bytes(facts[0x23E383], "big") == 125_000_000


def test_a_long_webm_has_several_clusters() -> None:
    times, _pictures = media_readers.webm_frames(webm.write(clip(frames=2) * 25, 1.0))
    assert times == [1000 * number for number in range(50)]


# MP4 and H.264


@pytest.mark.parametrize("size", [(48, 32), (50, 37), (16, 16), (17, 19)])
def test_an_mp4_shows_every_picture(size: tuple[int, int]) -> None:
    source = clip(size)
    (track,) = media_readers.mp4_tracks(mp4.write(source, 12.5))
    assert track.kind == b"vide"
    assert track.key_frames == [1]
    assert track.seconds == pytest.approx(5 / 12.5)
    pictures = media_readers.h264_pictures(track)
    assert [each.size for each in pictures] == [(size[0] // 2 * 2, size[1] // 2 * 2)] * 5
    for before, after in zip(source, pictures, strict=True):
        assert furthest(before.crop((0, 0, *after.size)), after) < 16


def test_what_does_not_move_is_not_sent_again() -> None:
    still = clip(frames=1)[0]
    moved = clip(frames=2)[1]
    (track,) = media_readers.mp4_tracks(mp4.write([still, still, moved, moved], 12.0))
    sizes = [len(sample) for sample in track.samples]
    assert sizes[1] < 20
    assert sizes[3] < 20
    assert sizes[1] < sizes[2] < sizes[0]
    pictures = media_readers.h264_pictures(track)
    assert pictures[0] == pictures[1]
    assert pictures[2] == pictures[3]


def test_small_changes_do_not_add_up_unseen() -> None:
    grey = [Image.new("RGB", (32, 32), (level, level, level)) for level in range(100, 140, 2)]
    (track,) = media_readers.mp4_tracks(mp4.write(grey, 12.0))
    assert furthest(grey[-1].crop((0, 0, 32, 32)), media_readers.h264_pictures(track)[-1]) <= 11


def test_a_block_holds_no_bytes_that_need_an_escape() -> None:
    black = Image.new("RGB", (640, 480), "black")
    unit = next(h264.H264Encoder(black.size).units([black]))
    assert b"\x00\x00\x03" not in unit.data
    assert unit.is_key


def test_the_parameters_fit_the_size() -> None:
    sequence, picture = h264.H264Encoder((4096, 4096)).parameters()
    assert sequence[1] == 66
    assert sequence[3] == 60
    assert picture[0] == 0x68
    assert h264.H264Encoder((320, 240)).parameters()[0][3] == 30


def test_an_mp4_may_have_sound() -> None:
    tune = Tune("a", 0.4)
    film, sound = media_readers.mp4_tracks(mp4.write(clip(), 12.5, list(mp3.frames(tune, 128))))
    assert film.kind == b"vide"
    assert sound.kind == b"soun"
    assert sound.entry[4:8] == b"mp4a"
    assert sound.seconds == pytest.approx(0.4, abs=1152 / RATE)
    assert b"".join(sound.samples) == mp3.write(tune, 128)
    assert len(media_readers.h264_pictures(film)) == 5


# Sounds


def test_a_tune_is_decided_by_its_words_and_lasts_as_long_as_asked() -> None:
    assert Tune("a", 1.0).notes() == Tune("a", 1.0).notes()
    assert Tune("a", 1.0).notes() != Tune("b", 1.0).notes()
    samples = Tune("a", 1.25).samples()
    assert len(samples) == 1.25 * RATE
    assert 3000 < max(samples) < 32767
    assert samples[0] == 0
    assert Tune("a", 10_000).sample_count == 60 * RATE
    assert Tune("a", 0).sample_count == 1
    assert decay(0) == 1.0 > decay(20)


def test_the_first_note_has_its_pitch() -> None:
    note = Tune("a", 2.0).notes()[0]
    samples = Tune("a", 2.0).samples()[: 8 * GRANULE]

    def strength(hertz: float) -> float:
        turn = 2 * math.pi * hertz / RATE
        across = sum(value * math.cos(turn * n) for n, value in enumerate(samples))
        along = sum(value * math.sin(turn * n) for n, value in enumerate(samples))
        return math.hypot(across, along)

    assert strength(note.hertz) > 5 * strength(note.hertz * 1.25)


@pytest.mark.parametrize("count", [1, 4096, 4097, 20_000])
def test_a_flac_is_what_was_put_in(count: int) -> None:
    source = Tune("a", 1.0).samples()[:count]
    facts, tags, samples = media_readers.flac_samples(flac.write(source, {"prompt": '{"ä": 1}'}))
    assert facts == {"rate": RATE, "channels": 1, "bits": 16, "samples": count}
    assert tags == {"prompt": '{"ä": 1}'}
    back = array.array("h")
    back.frombytes(samples)
    if sys.byteorder == "big":
        back.byteswap()
    assert back == source


@pytest.mark.parametrize("kbps", [64, 128, 320])
def test_an_mp3_plays_the_notes(kbps: int) -> None:
    tune = Tune("a", 3.0)
    data = mp3.write(tune, kbps)
    rate, granules = media_readers.mp3_lines(data)
    assert rate == kbps
    assert len(data) == pytest.approx(kbps * 125 * 3.0, rel=0.02)
    expected = [note.line for note in tune.notes() for _granule in range(note.granules)]
    assert [line for line, _sign, _gain in granules[: len(expected)]] == expected
    assert [line for line, _sign, _gain in granules[len(expected) :]] in ([], [-1])
    first = tune.notes()[0]
    gains = [gain for _line, _sign, gain in granules[: first.granules]]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > gains[-1]


# Meshes and latents


def test_a_glb_is_a_mesh_with_normals_that_point_out() -> None:
    facts, values = media_readers.glb_parts(glb.write("a"))
    places, normals, corners = values["POSITION"], values["NORMAL"], values["indices"]
    assert len(places) == len(normals)
    assert len(corners) % 3 == 0
    assert max(corner for (corner,) in corners) == len(places) - 1
    columns = list(zip(*places, strict=True))
    accessor = facts["accessors"][0]
    assert accessor["min"] == [min(each) for each in columns]
    assert accessor["max"] == [max(each) for each in columns]
    assert min(columns[1]) == 0
    assert max(columns[1]) == 1
    assert all(math.hypot(*each) == pytest.approx(1, abs=1e-5) for each in normals)
    assert all(x * nx + z * nz > 0 for (x, _, z), (nx, _, nz) in zip(places, normals, strict=True))


def test_a_triangle_faces_the_way_its_normals_point() -> None:
    _facts, values = media_readers.glb_parts(glb.write("a"))
    places, normals = values["POSITION"], values["NORMAL"]
    corners = [int(corner) for (corner,) in values["indices"]]
    for number in range(0, len(corners), 3):
        a, b, c = corners[number : number + 3]
        one = [places[b][axis] - places[a][axis] for axis in range(3)]
        two = [places[c][axis] - places[a][axis] for axis in range(3)]
        cross = (
            one[1] * two[2] - one[2] * two[1],
            one[2] * two[0] - one[0] * two[2],
            one[0] * two[1] - one[1] * two[0],
        )
        assert sum(x * y for x, y in zip(cross, normals[a], strict=True)) > 0


def test_a_latent_has_the_shape_of_its_pictures() -> None:
    data = latent.write(clip((80, 48), 2), {"prompt": "{}"})
    facts, content = media_readers.latent_parts(data)
    assert facts["latent_tensor"]["shape"] == [2, 4, 6, 10]
    assert facts["latent_tensor"]["data_offsets"] == [0, len(content)]
    assert facts["latent_format_version_0"]["data_offsets"] == [0, 0]
    assert facts["__metadata__"] == {"prompt": "{}"}
    assert len(content) == 4 * 2 * 4 * 6 * 10


# Reproducibility


def test_everything_is_the_same_for_the_same_and_different_for_another() -> None:
    def made(words: str, frames: list[Image.Image]) -> list[bytes]:
        tune = Tune(words, 0.5)
        return [
            webm.write(frames, 12.0),
            mp4.write(frames, 12.0),
            flac.write(tune.samples(), {}),
            mp3.write(tune, 128),
            glb.write(words),
            latent.write(frames, {}),
        ]

    first = made("a", clip())
    assert first == made("a", clip())
    for one, other in zip(first, made("b", clip((50, 37), 4)[::-1]), strict=True):
        assert one != other
