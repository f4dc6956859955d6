"""From files on a media field to jobs in the queue: one run each, none for a missing file."""

from __future__ import annotations

import io
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtWidgets import QAbstractButton, QPushButton

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.gui.support import media_fields as on
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.gui.support.user_input import drop
from tests.support import media_bytes as made
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path


def pictures(folder: Path, count: int) -> list[str]:
    paths = []
    for number in range(count):
        buffer = io.BytesIO()
        Image.new("RGB", (64, 64), (number, 90, 200)).save(buffer, "PNG")
        paths.append(on.write_file(folder, f"photo {number}.png", buffer.getvalue()))
    return paths


def image_key(program: GuiProgram) -> InputKey:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    return next(
        InputKey(node.node_id, "image")
        for node in draft.workflow.nodes.values()
        if node.class_type == "LoadImage"
    )


def same_bytes(one: str, other: str) -> bool:
    return FilePath(one).read_bytes() == FilePath(other).read_bytes()


async def dropped(program: GuiProgram, *paths: str) -> InputKey:
    await program.wait_until_open()
    key, view = image_key(program), program.session.inputs.view
    view.scrollTo(view.inputs.index_of(key))
    await process_events_async()
    at = view.visualRect(view.inputs.index_of(key)).center()
    assert drop(view.viewport(), on.file_urls(paths), at)
    return key


async def test_several_files_become_as_many_jobs_of_one_batch(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_program(tmp_path / "program_data") as program:
        key = await dropped(program, *paths)
        await wait_until(lambda: program.is_visible(QAbstractButton, "media_each"))
        await program.press("media_each")
        await wait_until(lambda: len(program.services.queue.jobs) == 3)
        jobs = list(program.services.queue.jobs.values())
        assert len({job.batch_id for job in jobs}) == 1
        assert {job.batch_name for job in jobs} == {"3 files for image"}
        sent = [job.changes[key] for job in jobs]
        assert [isinstance(each, MediaFile) and each.path for each in sent] == paths
        assert [job.title.partition(" · ")[0] for job in jobs] == [
            "photo 0.png",
            "photo 1.png",
            "photo 2.png",
        ]
        await wait_until(lambda: program.states() == [JobState.DONE] * 3)


async def test_many_runs_are_asked_about_like_every_batch(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 30)
    async with open_program(tmp_path / "program_data") as program:
        await dropped(program, *paths)
        await wait_until(lambda: program.is_visible(QAbstractButton, "media_each"))
        await program.press("media_each")
        await wait_until(lambda: program.is_visible(QPushButton, "confirm_run_yes"))
        assert "30" in program.find(QPushButton, "confirm_run_yes").text()
        assert len(program.services.queue.jobs) == 0
        await program.press("confirm_run_no")
        assert len(program.services.queue.jobs) == 0


async def test_a_kept_file_that_is_lost_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    [path] = pictures(tmp_path, 1)
    async with open_program(tmp_path / "program_data") as program:
        key = await dropped(program, path)
        draft_editor = program.services.draft_editor
        draft = draft_editor.state.draft
        assert draft is not None
        await wait_until(
            lambda: (
                draft_editor.state.draft
                and isinstance(draft_editor.state.draft.value(key), MediaFile)
            )
        )
        assert draft_editor.state.draft is not None
        file = draft_editor.state.draft.value(key)
        assert isinstance(file, MediaFile)
        (program.services.media_store.folder / file.stored_name).unlink()
        await program.press("run")
        await wait_until(program.notices)
        assert (
            "The stored copy of photo 0.png is not there any more"
            in draft_editor.state.blocked_reason
        )
        assert program.notices() == ["This cannot run yet."]
        assert len(program.services.queue.jobs) == 0
        assert program.call_count("submit") == 0


async def test_a_result_dragged_onto_a_media_field_is_taken_as_the_file_it_is(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path / "program_data") as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        results = program.session.panels.output_panel.model
        await wait_until(lambda: results.rowCount() > 0)
        output = results.output(0)
        assert output is not None
        key, view = image_key(program), program.session.inputs.view
        view.scrollTo(view.inputs.index_of(key))
        await process_events_async()
        at = view.visualRect(view.inputs.index_of(key)).center()
        assert drop(view.viewport(), results.mimeData([results.index(0)]), at)
        draft_editor = program.services.draft_editor
        await wait_until(lambda: draft_editor.state.draft and draft_editor.state.draft.changes)
        assert draft_editor.state.draft is not None
        file = draft_editor.state.draft.value(key)
        assert isinstance(file, MediaFile)
        assert file.path == output.path
        assert same_bytes(str(program.services.media_store.folder / file.stored_name), output.path)


async def test_the_demo_takes_a_film_and_a_sound_to_its_end(tmp_path: Path) -> None:
    film = on.write_file(tmp_path, "clip.mp4", made.mp4(640, 360, 2, padding=5000))
    sound = on.write_file(tmp_path, "voice.wav", made.wav(2))
    async with open_program(tmp_path / "program_data") as program:
        await program.wait_until_kinds_known()
        listed = program.services.catalogue.state.deployments
        found = next(each for each in listed if each.name == "new-sound")
        program.services.catalogue.open(found.deployment_id)
        draft_editor = program.services.draft_editor
        await wait_until(lambda: _is_open(program, "new-sound"))
        await wait_until(lambda: draft_editor.state.schema is not None)
        program.session.inputs.show_tab("all")
        await process_events_async()
        view = program.session.inputs.view
        keys = {InputKey("10", "file"): film, InputKey("12", "audio"): sound}
        for key, path in keys.items():
            view.scrollTo(view.inputs.index_of(key))
            await process_events_async()
            at = view.visualRect(view.inputs.index_of(key)).center()
            assert drop(view.viewport(), on.file_urls([path]), at)
        await wait_until(
            lambda: draft_editor.state.draft and len(draft_editor.state.draft.changes) == 2
        )
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        (job,) = program.services.queue.jobs.values()
        assert [output.filename for output in job.outputs] == ["NewSound_00001_.mp4"]


def _is_open(program: GuiProgram, name: str) -> bool:
    deployment = program.services.draft_editor.state.deployment
    return deployment is not None and deployment.name == name
