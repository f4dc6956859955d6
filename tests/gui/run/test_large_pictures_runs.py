"""Runs with pictures above the recommended size: sent unchanged, shrunk, or after asking."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.jobs.job_inputs import job_inputs
from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
from runcomfy_desktop.domain.sweeps.spec import FilesSpec, SweepSpec
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.job_queue.job_details import JobDetailsDialog, large_file_lines
from runcomfy_desktop.ui.job_queue.state_texts import JobAction, StateText
from tests.gui.run.test_shrunk_runs import sent_value
from tests.gui.support import media_fields as on
from tests.gui.support import photo_files, user_input
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.gui.support.deployment_harness import DeploymentHarness


def large_png(folder: Path, name: str = "forest.png") -> str:
    return on.write_file(
        folder, name, photo_files.encode_image(photo_files.photo((400, 300)), "PNG")
    )


PICTURE, SEED = InputKey("189", "image"), InputKey("31", "seed")


async def with_picture(
    program: GuiProgram | DeploymentHarness, folder: Path, chosen: LargePictures
) -> None:
    """Prepares a draft with a large picture and a counting seed, and the setting."""
    await program.wait_until_open()
    program.preferences.set(large_pictures=chosen)
    draft_editor, arrived = program.services.draft_editor, list[MediaFile]()
    program.services.media_store.add_file(large_png(folder), arrived.append)
    await wait_until(lambda: arrived)
    draft_editor.edit({PICTURE: arrived[0]}, "Put a picture")
    draft_editor.edit({SEED: 40}, "A seed")
    draft_editor.set_seed_mode(SEED, SeedMode.COUNT_UP)
    await process_events_async()


def pictures_sent(program: GuiProgram) -> list[bytes]:
    runs = program.emulator.backend.runs.values()
    values = (sent_value(each.submit_request.overrides, PICTURE) for each in runs)
    return [base64.b64decode(value.partition(",")[2]) for value in values]


def details(program: GuiProgram) -> Iterator[str]:
    for job in program.services.queue.jobs.values():
        yield from large_file_lines(job)


async def all_done(program: GuiProgram, count: int) -> None:
    jobs = program.services.queue.jobs
    await wait_until(lambda: len(jobs) == count and all(j.state.is_finished for j in jobs.values()))


async def test_shrunk_pictures_are_sent_small_and_the_draft_keeps_its_own(tmp_path: Path) -> None:
    async with open_program(tmp_path / "program_data") as program:
        await with_picture(program, tmp_path, LargePictures.SHRINK)
        draft_editor = program.services.draft_editor
        assert draft_editor.state.draft is not None
        before = draft_editor.state.draft.value(PICTURE)
        assert not draft_editor.state.blocked_reason
        await program.press("run")
        await all_done(program, 1)
        [sent] = pictures_sent(program)
        assert len(sent) <= INLINE_LIMIT_BYTES
        assert photo_files.decode_image(sent).format == "JPEG"
        assert draft_editor.state.draft.value(PICTURE) == before
        [job] = program.services.queue.jobs.values()
        assert job_inputs(job, draft_editor.state.draft)[PICTURE] == before, "it can be used again"
        [line] = large_file_lines(job)
        assert line.startswith("forest.png: ")
        assert line.endswith(f" sent as {len(sent) / 1024:.0f} KB JPEG")
        words = StateText("Done", "ok", "done", JobAction.OPEN)
        dialog = JobDetailsDialog(job, words, job.finished_s, program.window)
        assert f"Large file: {line}" in dialog.text()
        program.services.queue.run_again(job.job_id)
        program.preferences.set(large_pictures=LargePictures.AS_IS)
        await all_done(program, 2)
        assert pictures_sent(program) == [sent, sent]


async def test_each_way_to_run_shrinks_by_the_same_setting(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        large_png(folder, name)
    async with open_program(tmp_path / "program_data") as program:
        await with_picture(program, tmp_path, LargePictures.SHRINK)
        controller = program.session.run_controller
        controller.run_batch(BatchPlan(2))
        await all_done(program, 2)
        stored = await program.services.media_store.store_files(
            [str(folder / "a.png")], InputKind.IMAGE
        )
        controller.run_variants([{PICTURE: each} for each in stored], "1 file", ["a"])
        await all_done(program, 3)
        failed: list[object] = []
        spec = SweepSpec((FilesSpec(PICTURE, str(folder)),))
        program.services.sweeps.planner.prepare(spec, controller.run_grid, failed.append)
        await all_done(program, 5)
        assert not failed
        assert all(len(sent) <= INLINE_LIMIT_BYTES for sent in pictures_sent(program))
        assert len(list(details(program))) == 5
        assert all(" sent as " in line and line.endswith("JPEG") for line in details(program))


async def test_a_question_that_is_declined_changes_nothing(tmp_path: Path) -> None:
    async with open_program(tmp_path / "program_data") as program:
        await with_picture(program, tmp_path, LargePictures.ASK)
        draft_editor = program.services.draft_editor
        before = draft_editor.state.draft
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
            await program.press("run")
            await wait_until(lambda: program.is_visible(QLabel, "confirm_size_text"))
            message = program.find(QLabel, "confirm_size_text").text()
            assert message.startswith("forest.png (")
            user_input.key(program.find(QDialog, "confirm_size"), key)
            await process_events_async()
            assert not program.is_visible(QLabel, "confirm_size_text")
        assert not program.services.queue.jobs
        assert draft_editor.state.draft == before
        assert program.call_count("submit") == 0


@pytest.mark.parametrize("button", ["confirm_size_yes", "confirm_size_other"])
async def test_a_question_is_answered_for_this_run_only(tmp_path: Path, button: str) -> None:
    async with open_program(tmp_path / "program_data") as program:
        await with_picture(program, tmp_path, LargePictures.ASK)
        await program.press("run")
        await wait_until(lambda: program.is_visible(QAbstractButton, button))
        await program.press(button)
        await all_done(program, 1)
        is_small = button == "confirm_size_other"
        [sent] = pictures_sent(program)
        assert (len(sent) <= INLINE_LIMIT_BYTES) is is_small
        [line] = details(program)
        assert ("sent as it is, " in line) is not is_small
        assert program.preferences.settings.large_pictures is LargePictures.ASK
        assert [job.seed for job in program.services.queue.jobs.values()] == [40]


def large_gif(folder: Path) -> str:
    buffer = io.BytesIO()
    Image.effect_noise((600, 600), 90).convert("P").save(buffer, "GIF")
    return on.write_file(folder, "loop.gif", buffer.getvalue())


@pytest.mark.parametrize("make", [large_png, large_gif])
async def test_a_further_file_that_wants_an_address_is_refused_with_the_rest(
    tmp_path: Path, make: Callable[[Path], str]
) -> None:
    async with open_program(tmp_path / "program_data") as program:
        await program.wait_until_open()
        program.preferences.set(large_pictures=LargePictures.ADDRESS)
        folder = tmp_path / "pictures"
        folder.mkdir()
        small = on.write_file(
            folder, "a.png", photo_files.encode_image(photo_files.photo((40, 30)), "PNG")
        )
        large = make(folder)
        stored = await program.services.media_store.store_files([small, large], InputKind.IMAGE)
        assert stored[1].is_above_inline_limit
        controller = program.session.run_controller
        received: list[str] = []
        program.services.notices.posted.subscribe(lambda notice: received.append(notice.detail))
        controller.run_variants([{PICTURE: each} for each in stored], "2 files", ["a", "b"])
        await wait_until(lambda: received)
        spec, failed = SweepSpec((FilesSpec(PICTURE, str(folder)),)), list[object]()
        program.services.sweeps.planner.prepare(spec, controller.run_grid, failed.append)
        await wait_until(lambda: len(received) == 2 or failed)
        assert not failed
        for each in received:
            assert each.startswith(f"{stored[1].name}: ")
            assert each.endswith("Nothing was sent and nothing was billed.")
        assert not program.services.queue.jobs


async def test_the_choice_in_a_media_field_is_the_setting(tmp_path: Path) -> None:
    async with open_program(tmp_path / "program_data") as program:
        await with_picture(program, tmp_path, LargePictures.AS_IS)
        program.services.draft_editor.large_pictures_requested.publish(LargePictures.SHRINK)
        assert program.preferences.settings.large_pictures is LargePictures.SHRINK
        assert program.services.draft_editor.state.large_pictures is LargePictures.SHRINK
