"""Every kind of output node, from Run to the display: real window, service and files."""

from __future__ import annotations

import filecmp
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QPushButton, QToolButton

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.jobs.output import OutputKind
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.jobs_panel import choose_entry, menu_entries
from tests.gui.support.run_results import RunResults, run_workflow
from tests.gui.support.user_input import find
from tests.support import output_workflows as ow
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.ui.results.picture_view import PictureView

pytestmark = pytest.mark.usefixtures("qapp")

_DESCRIPTION = Qt.ItemDataRole.AccessibleDescriptionRole
_WORDS = "Grüße,\nzwei Zeilen"


class _ExternalOpenerStub(QObject):
    """Replaces the desktop's way to open files."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def handle(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


@pytest.fixture
def desktop() -> Iterator[_ExternalOpenerStub]:
    stand_in = _ExternalOpenerStub()
    # The type stubs require bytes, but the function itself takes only str.
    QDesktopServices.setUrlHandler("file", stand_in, "handle")  # type: ignore[arg-type]
    yield stand_in
    QDesktopServices.unsetUrlHandler("file")


def card_of(results: RunResults) -> str:
    card = results.panel.result_view.file_card
    assert results.panel.result_view.currentWidget() is card
    return card.text()


def rows_of(results: RunResults) -> dict[str, int]:
    """Returns the position of each file in the filmstrip, by its name."""
    return {results.output(row).filename: row for row in range(results.count)}


def size_of(results: RunResults) -> str:
    """Returns the current file's size as shown on the card."""
    output = results.panel.result_view.output
    assert output is not None
    return f"{Path(output.path).stat().st_size / 1024:.0f} KB"


async def wait_until_animated(view: PictureView) -> None:
    await wait_until(lambda: view.is_playing)
    first = view.pixmap().toImage()
    await wait_until(lambda: view.pixmap().toImage() != first)


async def save_as(results: RunResults, target: Path) -> None:
    await results.program.press("save_output_as")
    dialog = find(results.panel.window(), QFileDialog, "save_output_dialog")
    find(dialog, QLineEdit, "fileNameEdit").setText(str(target))
    buttons = dialog.findChildren(QPushButton)
    await results.program.click(next(each for each in buttons if "Save" in each.text()))
    await wait_until(lambda: results.panel.actions_row.message() == f"Saved as {target.name}.")


# Pictures


async def test_pictures_and_their_previews(tmp_path: Path) -> None:
    async with run_workflow(tmp_path, ow.clip(ow.PREVIEW_IMAGE, ow.SAVE_IMAGE)) as results:
        await results.wait_until_picture()
        assert results.count == 2 * ow.FRAMES
        names = results.names()
        assert names[0] == "frame_00001_.png, Picture"
        assert all(name.endswith(", Picture, Preview") for name in names[ow.FRAMES :])
        assert results.panel.filmstrip.isVisible()
        await results.select_row(ow.FRAMES)
        await results.wait_until_picture()
        assert results.panel.properties.value("file").endswith(" · Preview")


async def test_a_comparison_is_previews_that_can_be_told_apart(tmp_path: Path) -> None:
    workflow = ow.clip(ow.COMPARE)
    workflow["turned"] = ow.INVERTED
    async with run_workflow(tmp_path, workflow) as results:
        assert results.count == 2 * ow.FRAMES
        assert all(name.endswith("Preview") for name in results.names())
        hints = [results.hint(row) for row in (0, ow.FRAMES)]
        assert "node #s1 · a_images" in hints[0]
        assert "node #s1 · b_images" in hints[1]
        spoken = results.panel.model.index(ow.FRAMES).data(_DESCRIPTION)
        assert spoken == "Picture · node #s1 · b_images"


# Videos


async def test_animations_play_and_can_be_paused(tmp_path: Path) -> None:
    savers = {
        "a_00001_.webp": ow.SAVE_WEBP,
        "a_00002_.png": ow.SAVE_PNG,
        "AnimateDiff_00001.gif": ow.combine("image/gif"),
        "AnimateDiff_00002.webp": ow.combine("image/webp"),
    }
    async with run_workflow(tmp_path, ow.clip(*savers.values())) as results:
        rows = rows_of(results)
        assert set(rows) == set(savers)
        view = results.panel.result_view.picture_view
        for name, row in rows.items():
            await results.select_row(row)
            await results.wait_until_picture()
            assert view.accessibleName() == f"{name}, Animation"
            assert results.panel.properties.value("file").startswith(f"{name} · 96 × 64 · ")
            assert results.program.find(QToolButton, "play_pause").isVisible()
            await wait_until_animated(view)
            await results.program.press("play_pause")
            assert not view.is_playing
            assert results.program.find(QToolButton, "play_pause").accessibleName() == "Play"


async def test_videos_are_cards_to_open_save_and_find(
    tmp_path: Path, desktop: _ExternalOpenerStub
) -> None:
    savers = {
        "clip_00001_.webm": ow.SAVE_WEBM,
        "ComfyUI_00001_.mp4": ow.SAVE_VIDEO_WITH_SOUND,
        "AnimateDiff_00001.webm": ow.combine("video/webm"),
        "AnimateDiff_00002.mp4": ow.combine("video/h264-mp4"),
    }
    async with run_workflow(tmp_path, ow.clip(*savers.values())) as results:
        assert set(results.names()) == {f"{name}, Video" for name in savers}
        for name, row in rows_of(results).items():
            await results.select_row(row)
            assert card_of(results) == f"{name}\nVideo · {size_of(results)}"
            assert not results.program.find(QToolButton, "play_pause").isVisible()
            output = results.output(row)
            assert output.kind is OutputKind.VIDEO
            desktop.opened.clear()
            await results.program.press("card_open")
            await results.program.press("card_show_in_folder")
            assert desktop.opened == [output.path, str(Path(output.path).parent)]
            await save_as(results, tmp_path / f"copy-{name}")
            assert filecmp.cmp(output.path, tmp_path / f"copy-{name}", shallow=False)


# Audio


async def test_sounds_are_cards_that_open(tmp_path: Path, desktop: _ExternalOpenerStub) -> None:
    savers = (ow.SAVE_FLAC, ow.SAVE_MP3, ow.save_sound("flac"), ow.PREVIEW_AUDIO)
    async with run_workflow(tmp_path, ow.clip(*savers)) as results:
        names = [results.output(row).filename for row in range(results.count)]
        endings = ("_00001_.flac", "_00001_.mp3", "_00001_.flac", ".flac")
        assert all(map(str.endswith, names, endings)), names
        for row, name in enumerate(names[:3]):
            await results.select_row(row)
            assert card_of(results) == f"{name}\nSound · {size_of(results)}"
            await results.program.press("card_open")
        assert desktop.opened == [results.output(row).path for row in range(3)]
        await results.select_row(3)
        assert results.names()[3].endswith(".flac, Sound, Preview")
        assert card_of(results).endswith(f"Sound · {size_of(results)} · Preview")
        assert results.panel.properties.value("file").endswith(" · Preview")


async def test_what_cannot_be_written_fails_and_says_what_to_take(tmp_path: Path) -> None:
    async with run_workflow(tmp_path, ow.clip(ow.SAVE_OPUS, ow.SAVE_FLAC)) as results:
        assert results.job.state is JobState.FAILED
        assert results.count == 0
        await wait_until(results.panel.result_view.job_card.text)
        message = results.panel.result_view.job_card.text()
        assert message.startswith("Failed")
        assert "This demo cannot write Opus sound. Save it as FLAC or MP3." in message


# Models, latents, texts


async def test_a_model_is_a_card_and_its_viewer_s_list_is_no_file(
    tmp_path: Path, desktop: _ExternalOpenerStub
) -> None:
    async with run_workflow(tmp_path, ow.clip(ow.SAVE_GLB, ow.PREVIEW_3D)) as results:
        assert results.names() == ["ComfyUI_00001_.glb, 3D model"]
        assert card_of(results) == f"ComfyUI_00001_.glb\n3D model · {size_of(results)}"
        await results.program.press("card_open")
        assert desktop.opened == [results.output(0).path]


async def test_a_latent_is_kept_but_not_opened(
    tmp_path: Path, desktop: _ExternalOpenerStub
) -> None:
    async with run_workflow(tmp_path, ow.clip(ow.SAVE_LATENT)) as results:
        output = results.output(0)
        assert output.kind is OutputKind.OTHER
        assert card_of(results).startswith(f"ComfyUI_00001_.latent\nFile · {size_of(results)}\n")
        assert "does not open files of this kind" in card_of(results)
        assert not results.program.is_visible(QPushButton, "card_open")
        assert not results.program.find(QPushButton, "open_output").isEnabled()
        await results.program.press("card_show_in_folder")
        assert desktop.opened == [str(Path(output.path).parent)]
        await save_as(results, tmp_path / "copy.latent")


async def test_texts_are_shown_copied_and_saved(tmp_path: Path) -> None:
    """One node reports its text directly, the other in a list."""
    async with run_workflow(tmp_path, ow.clip(ow.PREVIEW_ANY, ow.SHOW_TEXT)) as results:
        result_view = results.panel.result_view
        assert results.names() == ["Text, Text", "Text, Text"]
        for row in range(results.count):
            await results.select_row(row)
            assert result_view.currentWidget() is result_view.text_view
            assert result_view.text_view.toPlainText() == _WORDS
            QGuiApplication.clipboard().clear()
            await results.program.press("more_output_actions")
            choose_entry(find(results.panel, QMenu, "output_menu"), "menu_copy_output_text")
            assert QGuiApplication.clipboard().text() == _WORDS
            await save_as(results, tmp_path / f"words-{row}.txt")
            assert (tmp_path / f"words-{row}.txt").read_text("utf-8") == _WORDS


async def test_a_saved_text_is_a_file_and_its_words(
    tmp_path: Path, desktop: _ExternalOpenerStub
) -> None:
    async with run_workflow(tmp_path, ow.clip(ow.SAVE_TEXT)) as results:
        result_view = results.panel.result_view
        assert sorted(results.names()) == ["Text, Text", "notes_00001_.md, Text"]
        await wait_until(lambda: result_view.text_view.toPlainText() == _WORDS)
        await results.program.press("open_output")
        assert desktop.opened == [results.output(0).path]
        await results.select_row(1)
        assert result_view.text_view.toPlainText() == _WORDS
        await results.program.press("more_output_actions")
        entries = menu_entries(find(results.panel, QMenu, "output_menu"))
        assert "copy_output_text" in entries


# Unusual outputs


async def test_channels_nobody_knows_give_their_files_and_nothing_else(tmp_path: Path) -> None:
    async with run_workflow(tmp_path, ow.clip(ow.PANORAMA)) as results:
        await results.wait_until_picture()
        names = results.names()
        assert names[0] == "pano_00001_.png, Picture"
        assert len(names) == 1 + ow.FRAMES
        assert all(name.endswith("Preview") for name in names[1:])
        assert {results.output(row).channel for row in range(results.count)} == {
            "pano_input_images",
            "pano_output_images",
        }


@pytest.mark.parametrize(
    "saver", [ow.NOTHING, ow.PREVIEW_3D], ids=["no report", "a report without file or text"]
)
async def test_no_results_at_all_are_explained(tmp_path: Path, saver: dict[str, Any]) -> None:
    async with run_workflow(tmp_path, ow.clip(saver)) as results:
        assert results.job.state is JobState.DONE
        assert results.count == 0
        assert not results.panel.filmstrip.isVisible()
        message = results.panel.result_view.job_card.text()
        assert message.startswith("Done · no outputs")
        assert "no node of the workflow reported a file or a text" in message


async def test_many_kinds_stand_side_by_side(tmp_path: Path) -> None:
    savers = (ow.PREVIEW_AUDIO, ow.SAVE_WEBM, ow.SAVE_GLB, ow.SHOW_TEXT, ow.SAVE_WEBP)
    async with run_workflow(tmp_path, ow.clip(*savers)) as results:
        result_view = results.panel.result_view
        names = [name.partition(", ")[2] for name in results.names()]
        assert names == ["Animation", "Video", "3D model", "Text", "Sound, Preview"]
        pages = []
        for row in range(1, results.count):
            await results.select_row(row)
            pages.append(result_view.currentWidget())
        assert pages == [
            result_view.file_card,
            result_view.file_card,
            result_view.text_view,
            result_view.file_card,
        ]
        await results.select_row(1)
        await results.program.key(Qt.Key.Key_Left)
        await process_events_async()
        await results.wait_until_picture()
        assert results.program.find(QToolButton, "play_pause").isVisible()
