"""Sample videos, sounds and the model are whole files that carry the prompt; latents fit."""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runcomfy_desktop.core.media.file_integrity import is_complete
from runcomfy_desktop.core.media.media_info import MediaInfo, read_media_info
from runcomfy_desktop.domain.media.media_types import FLAC, MP3, MP4, WEBM, FileType
from runcomfy_desktop.emulator import media_files
from tests.support.image_files import cut_off
from tests.unit.emulator import media_readers

if TYPE_CHECKING:
    from collections.abc import Callable

_PROMPT = '{"3": {"inputs": {"text": "Grüße, 夜"}}}'
_WRITERS: dict[str, Callable[[str], bytes]] = {
    "mp4": functools.partial(media_files.mp4, has_sound=False),
    "mp4 with sound": functools.partial(media_files.mp4, has_sound=True),
    "webm": media_files.webm,
    "mp3": media_files.mp3,
    "flac": media_files.flac,
    "glb": media_files.glb,
}


@pytest.mark.parametrize("name", _WRITERS)
@pytest.mark.parametrize("prompt", ["", _PROMPT, "x" * 3_000_000], ids=["empty", "short", "long"])
def test_a_sample_carries_the_prompt_and_stays_whole(name: str, prompt: str) -> None:
    data = _WRITERS[name](prompt)
    assert media_readers.PROMPT_READERS[name.split()[0]](data) == prompt
    assert is_complete(io.BytesIO(data))


@pytest.mark.parametrize(
    ("name", "file_type", "info"),
    [
        ("mp4", MP4, MediaInfo(640, 352, 3.0)),
        ("mp4 with sound", MP4, MediaInfo(640, 352, 3.0)),
        ("webm", WEBM, MediaInfo(640, 352, 3.0)),
        ("mp3", MP3, MediaInfo(0, 0, 6.0)),
        ("flac", FLAC, MediaInfo(0, 0, 6.0)),
    ],
)
def test_a_sample_says_its_size_and_length(name: str, file_type: FileType, info: MediaInfo) -> None:
    found = read_media_info(io.BytesIO(_WRITERS[name](_PROMPT)), file_type)
    assert (found.width, found.height) == (info.width, info.height)
    assert found.length_s == pytest.approx(info.length_s, abs=0.1)


@pytest.mark.parametrize("name", ["mp4", "webm", "flac", "glb"])
def test_a_sample_without_its_end_is_found_out(name: str) -> None:
    assert not is_complete(io.BytesIO(cut_off(_WRITERS[name](_PROMPT))))


def test_the_frames_of_a_video_stay_where_its_index_says() -> None:
    data = _WRITERS["mp4 with sound"](_PROMPT)
    boxes = media_readers.boxes(data)
    assert data.index(boxes[b"mdat"]) < data.index(b"moov")
    silent = media_readers.boxes(_WRITERS["mp4"](_PROMPT))
    assert boxes[b"moov"].count(b"trak") == 2
    assert silent[b"moov"].count(b"trak") == 1


def test_a_latent_has_the_shape_of_its_pictures() -> None:
    pictures = [Image.linear_gradient("L").resize((80, 48)).convert("RGB")] * 2
    data = media_files.latent(pictures, "{}")
    facts, content = media_readers.latent_parts(data)
    assert facts["latent_tensor"]["shape"] == [2, 4, 6, 10]
    assert facts["latent_tensor"]["data_offsets"] == [0, len(content)]
    assert facts["latent_format_version_0"]["data_offsets"] == [0, 0]
    assert facts["__metadata__"] == {"prompt": "{}"}
    assert len(content) == 4 * 2 * 4 * 6 * 10
