"""Several files for one input: the first one, or one run each; and large files with progress."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt, QUrl
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from runcomfy_desktop.core.media.media_store import MediaSurvey
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.ui.media_fields.media_prompts import survey_text
from tests.gui.support import media_fields as on
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import IMAGE, RIGHT, InputsHarness, open_inputs_harness
from tests.support import media_bytes as made
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Changes

MB = 1024 * 1024


def png(level: int, size: tuple[int, int] = (8, 8)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (level % 256, level // 256, 7)).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(folder: Path, count: int) -> list[str]:
    return [on.write_file(folder, f"{number}.png", png(number)) for number in range(count)]


class RequestedRuns:
    """Runs that the panel requests from the window."""

    def __init__(self, harness: InputsHarness) -> None:
        self.label = ""
        self.names: list[str] = []
        self.variants: Sequence[Changes] = ()
        harness.panel.runs_requested.connect(self._take)

    def _take(self, variants: Sequence[Changes], label: str, names: list[str]) -> None:
        self.variants, self.label, self.names = variants, label, names


async def asked(harness: InputsHarness) -> None:
    await wait_until(lambda: "each" in on.visible_buttons(harness, IMAGE))


async def test_several_files_are_asked_about_in_the_media_field(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        height = harness.row_rect(IMAGE).height()
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        assert on.label_text(harness, "name", IMAGE) == "3 files for image"
        assert on.label_text(harness, "facts", IMAGE) == "This input takes one file at a time."
        assert on.visible_buttons(harness, IMAGE) == {
            "each": "3 runs, one each",
            "first": "Use the first",
            "cancel": "Cancel",
        }
        assert "3 files for image" in on.media_field(harness, IMAGE).accessibleDescription()
        assert harness.changes == {}
        assert harness.row_rect(IMAGE).height() == height, "nothing jumps"
        on.press_button(harness, "cancel", IMAGE)
        assert on.label_text(harness, "name", IMAGE) == "bike.jpg"
        assert harness.changes == {}
        assert not list((tmp_path / "media_store").glob("*")), "nothing was copied"


async def test_in_a_narrow_window_every_answer_can_be_read(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 12)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        harness.panel.resize(330, 560)
        user_input.process_events()
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        well = on.media_field(harness, IMAGE)
        for name in ("each", "first", "cancel"):
            button = user_input.find(well, QPushButton, f"media_{name}")
            place = QRect(button.mapTo(well, QPoint(0, 0)), button.size())
            assert button.width() >= button.sizeHint().width()
            assert well.rect().contains(place)


async def test_the_first_of_them_can_be_used(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        on.press_button(harness, "first", IMAGE)
        assert (await on.media_value(harness, IMAGE)).name == "0.png"
        assert harness.draft_editor.state.undo_text == "Drop 0.png"


async def test_one_run_each_keeps_all_and_hands_them_on_in_their_order(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 4)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        runs = RequestedRuns(harness)
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        on.press_button(harness, "each", IMAGE)
        await wait_until(lambda: runs.names)
        assert runs.names == ["0.png", "1.png", "2.png", "3.png"]
        assert runs.label == "4 files for image"
        stored = [values[IMAGE] for values in runs.variants]
        assert all(
            isinstance(each, MediaFile) and each.path == path
            for each, path in zip(stored, paths, strict=True)
        )
        assert len(list((tmp_path / "media_store").glob("*.png"))) == 4
        assert on.label_text(harness, "name", IMAGE) == "bike.jpg"


async def test_by_keyboard_too(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 2)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        runs = RequestedRuns(harness)
        harness.focus_row(IMAGE)
        harness.key(Qt.Key.Key_Return)
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus.objectName() == "media_each"
        harness.key(Qt.Key.Key_Escape)
        assert "each" not in on.visible_buttons(harness, IMAGE)
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        harness.key(Qt.Key.Key_Tab)
        harness.key(Qt.Key.Key_Backtab)
        harness.key(Qt.Key.Key_Return)
        await wait_until(lambda: runs.names)
        assert len(runs.names) == 2


async def test_what_cannot_be_used_is_counted_by_reason(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 2)
    paths += [on.write_file(tmp_path, f"{number}.jpg", b"") for number in range(2)]
    paths += [on.write_file(tmp_path, "clip.png", made.mp4()), str(tmp_path)]
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        assert on.label_text(harness, "name", IMAGE) == "2 files for image"
        message = on.label_text(harness, "facts", IMAGE)
        assert message.startswith("4 of 6 files cannot be used: ")
        assert {"2 are empty", "1 is of another kind", "1 is a folder"} == set(
            message.partition(": ")[2].rstrip(".").split(", ")
        )


async def test_when_only_one_of_them_can_be_used_it_is(tmp_path: Path) -> None:
    paths = [on.write_file(tmp_path, "a.png", b""), *pictures(tmp_path, 1)]
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, *paths)
        assert (await on.media_value(harness, IMAGE)).name == "0.png"
        assert harness.announcements == ["1 of 2 files cannot be used: 1 is empty."]


async def test_when_none_can_be_used_it_says_so_and_changes_nothing(tmp_path: Path) -> None:
    paths = [on.write_file(tmp_path, f"{number}.png", b"") for number in range(3)]
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, *paths)
        await wait_until(lambda: harness.announcements)
        assert harness.announcements == ["3 of 3 files cannot be used: 3 are empty."]
        assert harness.changes == {}
        assert "each" not in on.visible_buttons(harness, IMAGE)


async def test_large_ones_are_sent_as_they_are_which_is_said_before(tmp_path: Path) -> None:
    large = png(1) + bytes(300 * 1024)
    paths = [on.write_file(tmp_path, "large.png", large), *pictures(tmp_path, 1)]
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        runs = RequestedRuns(harness)
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        message = (
            "1 is above the size that is recommended for sending inline; it is sent all the same."
        )
        assert message in on.label_text(harness, "facts", IMAGE)
        on.press_button(harness, "each", IMAGE)
        await wait_until(lambda: runs.names)
        stored = [values[IMAGE] for values in runs.variants]
        assert [isinstance(each, MediaFile) and each.is_above_inline_limit for each in stored] == [
            True,
            False,
        ]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (
            LargePictures.SHRINK,
            "2 are above the recommended size; they are shrunk when they are sent.",
        ),
        (LargePictures.ASK, "2 are above the recommended size; Run asks how to send them."),
        (
            LargePictures.ADDRESS,
            "2 are above the recommended size; your settings want addresses for them.",
        ),
    ],
)
def test_large_ones_are_sent_as_the_settings_say(chosen: LargePictures, words: str) -> None:
    assert survey_text(MediaSurvey(("a", "b", "c"), {}, large=2), chosen) == words


async def test_many_files_are_looked_at_and_those_of_another_kind_left_out(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 48)
    paths += [on.write_file(tmp_path, f"{number}.txt", b"words") for number in range(12)]
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        runs = RequestedRuns(harness)
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        assert on.visible_buttons(harness, IMAGE)["each"] == "48 runs, one each"
        message = on.label_text(harness, "facts", IMAGE)
        assert message == "12 of 60 files cannot be used: 12 are of another kind."
        on.press_button(harness, "each", IMAGE)
        await wait_until(lambda: runs.names)
        assert len(runs.variants) == 48


async def test_another_drop_takes_the_place_of_the_question(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        on.drop_files(harness, IMAGE, paths[2])
        assert (await on.media_value(harness, IMAGE)).name == "2.png"
        assert "each" not in on.visible_buttons(harness, IMAGE)


async def test_the_question_belongs_to_its_workflow(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        harness.open(deployment_id="red:1")
        assert "each" not in on.visible_buttons(harness, IMAGE)


async def test_the_question_ends_with_the_session(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, *pictures(tmp_path, 3))
        await asked(harness)
        harness.restart_session()
        assert on.label_text(harness, "name", IMAGE) == "bike.jpg"
        assert harness.changes == {}


async def test_it_is_still_asked_after_scrolling_away_and_back(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_inputs_harness(tmp_path / "media_store", height=300) as harness:
        harness.open()
        on.drop_files(harness, IMAGE, *paths)
        await asked(harness)
        harness.row_rect(RIGHT)
        assert harness.panel.media_fields.media_field(IMAGE) is None
        assert "each" in on.visible_buttons(harness, IMAGE)


async def test_a_large_file_shows_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    path = on.write_file(tmp_path, "film.png", png(1))
    os.truncate(path, 400 * MB)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, path)
        await wait_until(lambda: "stop" in on.visible_buttons(harness, IMAGE))
        assert on.label_text(harness, "name", IMAGE) == "film.png"
        assert on.label_text(harness, "facts", IMAGE).startswith("Being copied…")
        on.press_button(harness, "stop", IMAGE)
        assert on.label_text(harness, "name", IMAGE) == "bike.jpg"
        await wait_until(lambda: not list((tmp_path / "media_store").glob("*")))
        assert harness.changes == {}
        assert harness.shown_notices == []
        user_input.process_events()


async def test_several_that_were_copied_or_chosen_are_asked_about_too(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        QApplication.clipboard().setMimeData(on.file_urls(paths))
        on.press_button(harness, "paste", IMAGE)
        await asked(harness)
        on.press_button(harness, "cancel", IMAGE)
        on.press_button(harness, "browse", IMAGE)
        dialog = harness.panel.findChild(QFileDialog, "browse_picture")
        assert isinstance(dialog, QFileDialog)
        dialog.filesSelected.emit(paths[:2])
        dialog.close()
        await asked(harness)
        on.press_button(harness, "first", IMAGE)
        await on.media_value(harness, IMAGE)
        assert harness.draft_editor.state.undo_text == "Choose 0.png"


async def test_a_long_drag_asks_the_other_program_only_once(tmp_path: Path) -> None:
    """Each query for the dragged data is a round trip to another program."""

    class Counted(QMimeData):
        asked = 0

        def retrieveData(self, form: str, kind: object) -> object:  # noqa: N802 - Qt's name
            Counted.asked += 1
            return super().retrieveData(form, kind)  # type: ignore[arg-type]

    data = Counted()
    data.setUrls([QUrl.fromLocalFile(path) for path in pictures(tmp_path, 3)])
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        at = harness.row_rect(IMAGE).center()
        assert harness.panel.drag_handler.can_accept(data)
        before = Counted.asked
        assert before > 0
        for step in range(50):
            assert harness.panel.drag_handler.drag_move(data, at + QPoint(step % 5, 0))
        assert Counted.asked == before
        assert on.media_field(harness, IMAGE).is_drop_target
        harness.panel.drag_handler.drag_leave()
        assert not on.media_field(harness, IMAGE).is_drop_target
