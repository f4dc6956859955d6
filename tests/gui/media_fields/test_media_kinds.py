"""Media fields for videos, sounds and models: accepted files, display, and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.media_fields.media_thumb import MediaThumbKind
from runcomfy_desktop.ui.style import theme
from tests.gui.support import media_fields as on
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import open_inputs_harness
from tests.support import media_bytes as made
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

IMAGE, VIDEO = InputKey("1", "image"), InputKey("2", "file")
AUDIO, MESH = InputKey("3", "audio"), InputKey("4", "model_file")
KB = 1024


@pytest.mark.parametrize(
    ("key", "name", "spoken"),
    [(VIDEO, "clip.mp4", "file of LoadVideo"), (AUDIO, "song.mp3", "audio of LoadAudio")],
)
async def test_a_file_of_the_container_is_shown_as_what_it_is(
    tmp_path: Path, key: InputKey, name: str, spoken: str
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(on.media_workflow())
        assert on.label_text(harness, "name", key) == name
        assert on.label_text(harness, "facts", key) == "lies in the deployment"
        assert on.media_field(harness, key).thumb_kind is MediaThumbKind.REMOTE
        assert on.media_field(harness, key).accessibleName() == spoken
        assert not harness.draft_editor.state.blocked_reason


@pytest.mark.parametrize(
    ("key", "name", "data", "facts"),
    [
        (VIDEO, "a.mp4", made.mp4(1280, 720, 65), "1280 × 720 · 1:05 · 356 bytes"),
        (VIDEO, "a.webm", made.matroska(640, 360, 2.5), "640 × 360 · 0:02 · "),
        (AUDIO, "a.wav", made.wav(3), "0:03 · 47 KB · sent inline as WAV"),
        (AUDIO, "a.flac", made.flac(63), "1:03 · 42 bytes · sent inline as FLAC"),
        (MESH, "a.glb", made.GLB, "12 bytes · sent inline as glTF"),
        (MESH, "a.obj", made.OBJ, "45 bytes · sent inline as OBJ"),
    ],
)
async def test_a_dropped_file_tells_its_facts(
    tmp_path: Path, key: InputKey, name: str, data: bytes, facts: str
) -> None:
    path = on.write_file(tmp_path, name, data)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open(on.media_workflow())
        on.drop_files(harness, key, path)
        file = await on.media_value(harness, key)
        assert file.path == path
        assert on.label_text(harness, "name", key) == name
        assert on.label_text(harness, "facts", key).startswith(facts)
        assert on.media_field(harness, key).thumb_kind is MediaThumbKind.FILE
        assert facts[:5] in on.media_field(harness, key).accessibleDescription()
        assert path in on.media_field(harness, key).toolTip()


@pytest.mark.parametrize(
    ("key", "name", "data", "words"),
    [
        (IMAGE, "clip.png", made.mp4(), "clip.png is a video (MP4) and not a picture (PNG)"),
        (VIDEO, "song.mp4", made.mp3(), "song.mp4 is a sound file (MP3) and not a video (MP4)"),
        (AUDIO, "a.mp3", b"hello", "a.mp3 is not a sound file that can be sent."),
    ],
)
async def test_a_file_of_another_kind_is_refused_in_words(
    tmp_path: Path, key: InputKey, name: str, data: bytes, words: str
) -> None:
    path = on.write_file(tmp_path, name, data)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open(on.media_workflow())
        on.drop_files(harness, key, path)
        await wait_until(lambda: harness.shown_notices)
        assert harness.shown_notices[0].title.startswith(words)
        assert harness.changes == {}


async def test_a_video_above_its_own_limit_has_no_shrink(tmp_path: Path) -> None:
    small = on.write_file(tmp_path, "small.mp4", made.mp4(padding=900 * KB))
    large = on.write_file(tmp_path, "large.mp4", made.mp4(padding=1100 * KB))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open(on.media_workflow())
        on.drop_files(harness, VIDEO, small)
        await on.media_value(harness, VIDEO)
        assert not harness.draft_editor.state.blocked_reason
        on.drop_files(harness, VIDEO, large)
        note = "1.1 MB · sent as it is (1 MB recommended)"
        await wait_until(lambda: on.label_text(harness, "size_note", VIDEO) == note)
        # The settings apply to pictures only.
        assert not {"change_size", "shrink"} & set(on.visible_buttons(harness, VIDEO))
        assert VIDEO not in harness.draft_editor.state.issues


@pytest.mark.parametrize(
    "html",
    [
        '<video src="https://example.org/a.mp4"></video>',
        '<video><source src="https://example.org/a.mp4" type="video/mp4"></video>',
    ],
)
async def test_a_video_of_a_page_is_sent_by_its_own_address(tmp_path: Path, html: str) -> None:
    data = QMimeData()
    data.setHtml(html)
    data.setUrls([QUrl("https://example.org/page")])
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(on.media_workflow())
        at = harness.row_rect(VIDEO).center()
        assert user_input.drop(harness.view.viewport(), data, at)
        assert harness.changes == {VIDEO: "https://example.org/a.mp4"}


async def test_an_empty_input_says_what_belongs_there(tmp_path: Path) -> None:
    workflow = on.media_workflow()
    for node, name in (("1", "image"), ("2", "file"), ("3", "audio")):
        workflow[node]["inputs"][name] = ""  # type: ignore[call-overload, index]
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open(workflow)
        names = [on.label_text(harness, "name", key) for key in (IMAGE, VIDEO, AUDIO)]
        assert names == ["No picture", "No video", "No sound"]
        hints = [on.label_text(harness, "hint", key) for key in (IMAGE, VIDEO, AUDIO)]
        assert [hint.split(" or ")[0] for hint in hints] == [
            "Drop an image",
            "Drop a video",
            "Drop a sound file",
        ]


async def test_browse_asks_for_the_right_kind(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(on.media_workflow())
        on.press_button(harness, "browse", VIDEO)
        dialog = harness.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        assert dialog.windowTitle() == "Choose a video for file"
        assert dialog.nameFilters()[0].startswith("Videos (*.mp4")
        dialog.close()


async def test_the_frame_of_a_media_field_says_how_bad_it_is(tmp_path: Path) -> None:
    """Like its icon and text, the frame is red only if the issue stops a run."""
    large = on.write_file(tmp_path, "large.mp4", made.mp4(padding=1100 * KB))
    workflow = on.media_workflow()
    workflow["1"]["inputs"]["image"] = ""  # type: ignore[call-overload, index]
    async with open_inputs_harness(tmp_path / "media_store", height=900) as harness:
        harness.open(workflow)
        on.drop_files(harness, VIDEO, large)
        (tmp_path / "media_store" / (await on.media_value(harness, VIDEO)).stored_name).unlink()
        harness.panel.media_fields.check_files()
        await wait_until(lambda: harness.draft_editor.state.blocked_reason)
        roles = theme.colours(harness.panel.palette())
        fault = harness.draft_editor.state.issues[IMAGE]
        assert not fault.blocks
        frames = {}
        for key in (IMAGE, VIDEO):
            here = on.media_field(harness, key)
            image = here.grab().toImage()
            frames[key] = QColor(image.pixel(here.width() // 2, 1)).name()
        assert near(frames[VIDEO], roles.error)
        assert near(frames[IMAGE], roles.warning)


def near(seen: str, wanted: str) -> bool:
    """Reports whether two hues are nearly equal; a thin line is blended with its background."""
    a, b = QColor(seen), QColor(wanted)
    return abs(a.hue() - b.hue()) < 12
