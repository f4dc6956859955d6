"""From files on a well to jobs in the queue: one run each, and none for a file that is lost."""

from __future__ import annotations

import io
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtWidgets import QAbstractButton, QPushButton

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.outputs.panel import OutputPanel
from tests.gui.support import wells as on
from tests.gui.support.hands import drop
from tests.gui.support.house import House, open_house, turn
from tests.support import media_bytes as made
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.inputs.panel import InputsPanel


def pictures(folder: Path, count: int) -> list[str]:
    paths = []
    for number in range(count):
        buffer = io.BytesIO()
        Image.new("RGB", (64, 64), (number, 90, 200)).save(buffer, "PNG")
        paths.append(on.file_at(folder, f"photo {number}.png", buffer.getvalue()))
    return paths


def panel(house: House) -> InputsPanel:
    found = house.window.centre.inputs
    assert found is not None
    return found


def image_key(house: House) -> InputKey:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return next(
        InputKey(node.node_id, "image")
        for node in draft.workflow.nodes.values()
        if node.class_type == "LoadImage"
    )


def same_bytes(one: str, other: str) -> bool:
    return FilePath(one).read_bytes() == FilePath(other).read_bytes()


async def dropped(house: House, *paths: str) -> InputKey:
    await house.until_open()
    key, view = image_key(house), panel(house).view
    view.scrollTo(view.inputs.index_of(key))
    await turn()
    at = view.visualRect(view.inputs.index_of(key)).center()
    assert drop(view.viewport(), on.files(paths), at)
    return key


async def test_several_files_become_as_many_jobs_of_one_batch(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_house(tmp_path / "house") as house:
        key = await dropped(house, *paths)
        await until(lambda: house.there(QAbstractButton, "media_each"))
        await house.press("media_each")
        await until(lambda: len(house.parts.queue.jobs) == 3)
        jobs = list(house.parts.queue.jobs.values())
        assert len({job.batch_id for job in jobs}) == 1
        assert {job.batch_name for job in jobs} == {"3 files for image"}
        sent = [job.changes[key] for job in jobs]
        assert [isinstance(each, MediaFile) and each.path for each in sent] == paths
        assert [job.title.partition(" · ")[0] for job in jobs] == [
            "photo 0.png",
            "photo 1.png",
            "photo 2.png",
        ]
        await until(lambda: house.states() == [JobState.DONE] * 3)


async def test_many_runs_are_asked_about_like_every_batch(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 30)
    async with open_house(tmp_path / "house") as house:
        await dropped(house, *paths)
        await until(lambda: house.there(QAbstractButton, "media_each"))
        await house.press("media_each")
        await until(lambda: house.there(QPushButton, "confirm_run_yes"))
        assert "30" in house.find(QPushButton, "confirm_run_yes").text()
        assert len(house.parts.queue.jobs) == 0
        await house.press("confirm_run_no")
        assert len(house.parts.queue.jobs) == 0


async def test_a_kept_file_that_is_lost_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    [path] = pictures(tmp_path, 1)
    async with open_house(tmp_path / "house") as house:
        key = await dropped(house, path)
        bench = house.parts.workbench
        draft = bench.state.draft
        assert draft is not None
        await until(
            lambda: bench.state.draft and isinstance(bench.state.draft.value(key), MediaFile)
        )
        assert bench.state.draft is not None
        file = bench.state.draft.value(key)
        assert isinstance(file, MediaFile)
        (house.parts.shelf.folder / file.stored_name).unlink()
        await house.press("run")
        await until(lambda: bench.state.blocked)
        assert "The stored copy of photo 0.png is not there any more" in bench.state.blocked
        assert house.notices() == ["This cannot run yet."]
        assert len(house.parts.queue.jobs) == 0
        assert house.asked("submit") == 0


async def test_a_result_dragged_onto_a_well_is_taken_as_the_file_it_is(tmp_path: Path) -> None:
    async with open_house(tmp_path / "house") as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        await until(lambda: house.window.docks.output_panel is not None)
        results = house.find(OutputPanel, "output_panel").model
        await until(lambda: results.rowCount() > 0)
        output = results.output(0)
        assert output is not None
        key, view = image_key(house), panel(house).view
        view.scrollTo(view.inputs.index_of(key))
        await turn()
        at = view.visualRect(view.inputs.index_of(key)).center()
        assert drop(view.viewport(), results.mimeData([results.index(0)]), at)
        bench = house.parts.workbench
        await until(lambda: bench.state.draft and bench.state.draft.changes)
        assert bench.state.draft is not None
        file = bench.state.draft.value(key)
        assert isinstance(file, MediaFile)
        assert file.path == output.path
        assert same_bytes(str(house.parts.shelf.folder / file.stored_name), output.path)


async def test_the_demo_takes_a_film_and_a_sound_to_its_end(tmp_path: Path) -> None:
    film = on.file_at(tmp_path, "clip.mp4", made.mp4(640, 360, 2, padding=5000))
    sound = on.file_at(tmp_path, "voice.wav", made.wav(2))
    async with open_house(tmp_path / "house") as house:
        await house.until_kinds_known()
        listed = house.parts.catalogue.state.deployments
        found = next(each for each in listed if each.name == "new-sound")
        house.parts.catalogue.open(found.deployment_id)
        bench = house.parts.workbench
        await until(lambda: _is_open(house, "new-sound"))
        await until(lambda: bench.state.schema is not None)
        await turn()
        view = panel(house).view
        keys = {InputKey("10", "file"): film, InputKey("12", "audio"): sound}
        for key, path in keys.items():
            view.scrollTo(view.inputs.index_of(key))
            await turn()
            at = view.visualRect(view.inputs.index_of(key)).center()
            assert drop(view.viewport(), on.files([path]), at)
        await until(lambda: bench.state.draft and len(bench.state.draft.changes) == 2)
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        (job,) = house.parts.queue.jobs.values()
        assert [output.filename for output in job.outputs] == ["NewSound_00001_.mp4"]


def _is_open(house: House, name: str) -> bool:
    deployment = house.parts.workbench.state.deployment
    return deployment is not None and deployment.name == name
