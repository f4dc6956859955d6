"""Size and length of videos and audio, from valid files and from false headers."""

from __future__ import annotations

import io
import random

import pytest

from runcomfy_desktop.core.media import matroska
from runcomfy_desktop.core.media.media_info import MediaInfo, read_media_info
from runcomfy_desktop.domain.media.media_types import HEAD_BYTES, FileType, sniff
from tests.support import media_bytes as made


def facts_of(data: bytes) -> MediaInfo:
    return read_media_info(io.BytesIO(data), kind_of(data))


def kind_of(data: bytes) -> FileType:
    kind = sniff(data[:HEAD_BYTES])
    assert kind is not None
    return kind


FILMS = {
    "mp4": made.mp4(1280, 720, 12.5),
    "mp4 with its facts far behind": made.mp4(1280, 720, 12.5, padding=300_000),
    "quicktime": made.mp4(1280, 720, 12.5, brand=b"qt  "),
    "webm": made.matroska(1280, 720, 12.5),
    "matroska": made.matroska(1280, 720, 12.5, kind=b"matroska"),
    "avi": made.avi(1280, 720, 12.48),
}
SOUNDS = {
    "wav": made.wav(3.0),
    "flac": made.flac(3.0),
    "mp3": made.mp3(3.0),
    "mp3 with a cover": made.mp3(3.0, label=5000),
    "mp3 of varying quality": made.mp3_of_varying_quality(115),
    "m4a": made.mp4(0, 0, 3.0, brand=b"M4A "),
}


@pytest.mark.parametrize("name", FILMS)
def test_a_film_says_its_size_and_length(name: str) -> None:
    facts = facts_of(FILMS[name])
    assert (facts.width, facts.height) == (1280, 720)
    assert facts.length_s == pytest.approx(12.5, abs=0.05)


def test_a_film_of_an_upright_telephone_is_upright() -> None:
    facts = facts_of(made.mp4(1920, 1080, rotated=True))
    assert (facts.width, facts.height) == (1080, 1920)


@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_says_its_length(name: str) -> None:
    facts = facts_of(SOUNDS[name])
    assert (facts.width, facts.height) == (0, 0)
    assert facts.length_s == pytest.approx(3.0, abs=0.05)


def test_a_stream_of_matroska_is_read_up_to_its_pictures() -> None:
    film = made.matroska(1280, 720, 12.5)
    assert matroska.read(io.BytesIO(film), len(film)) == (1280, 720, 12.5)
    assert matroska.read(io.BytesIO(film + b"\xff" * 50), len(film) + 50)[:2] == (1280, 720)


def test_what_has_no_facts_has_none() -> None:
    assert facts_of(made.GLB) == MediaInfo()
    assert facts_of(made.ogg()) == MediaInfo()


@pytest.mark.parametrize("name", [*FILMS, *SOUNDS])
def test_a_file_that_is_cut_anywhere_harms_nobody(name: str) -> None:
    data = {**FILMS, **SOUNDS}[name][:3000]
    kind = kind_of(data)
    for end in range(0, len(data), 7):
        found = read_media_info(io.BytesIO(data[:end]), kind)
        assert found.length_s >= 0


@pytest.mark.parametrize("name", [*FILMS, *SOUNDS])
def test_a_file_that_lies_harms_nobody(name: str) -> None:
    data, chance = {**FILMS, **SOUNDS}[name][:3000], random.Random(name)
    kind = kind_of(data)
    for _time in range(200):
        spoilt = bytearray(data)
        for _place in range(20):
            spoilt[chance.randrange(len(spoilt))] = chance.choice((0, 1, 127, 255))
        found = read_media_info(io.BytesIO(bytes(spoilt)), kind)
        assert 0 <= found.width <= 65_535
        assert 0 <= found.height <= 65_535
        assert 0 <= found.length_s <= 365 * 24 * 3600


def test_boxes_within_boxes_without_end_are_left() -> None:
    deep = b""
    for _level in range(3000):
        deep = made.box(b"moov", deep)
    assert facts_of(made.mp4()[:32] + deep) == MediaInfo()
