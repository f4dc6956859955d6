"""Deleting a deployment: asked for by name, told with what it means, and nothing typed is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.gui.support.deployment_room import Room, open_room
from tests.gui.support.deployments import (
    FLUX,
    KONTEXT,
    details_in,
    dialog,
    remote,
    the_dialog,
)
from tests.gui.support.hands import find
from tests.gui.support.house import open_house, turn
from tests.support import hostile_places
from tests.support.session_house import run_one
from tests.support.until import until

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from runcomfy_desktop.domain.job import Job
    from tests.gui.support.house import House

SLOW = Pace(cold_start_s=1000.0, run_s=1000.0)
SEED = InputKey("31", "seed")


async def type_name(asked: QDialog, text: str) -> None:
    find(asked, QLineEdit, "delete_name").setText(text)
    await turn()


async def delete(house: House | Room, name: str) -> None:
    asked = the_dialog(house, "delete_dialog")
    await type_name(asked, name)
    await house.click(find(asked, QPushButton, "delete_yes"))


def listed(house: House | Room) -> list[str]:
    return [each.deployment_id for each in house.parts.catalogue.state.deployments]


def files_of(job: Job) -> list[Path]:
    return [Path(each.path) for each in job.outputs if each.path]


async def test_the_name_has_to_be_typed_and_enter_deletes_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.until_open()
        await room.ask_delete(KONTEXT)
        asked = the_dialog(room, "delete_dialog")
        yes = find(asked, QPushButton, "delete_yes")
        assert yes.text() == "Delete flux-kontext for good"
        assert find(asked, QLineEdit, "delete_name").hasFocus()
        for wrong in ("", "flux", "Flux-Kontext", "flux-kontext2"):
            await type_name(asked, wrong)
            assert not yes.isEnabled()
        await type_name(asked, " flux-kontext ")
        assert yes.isEnabled()
        QTest.keyClick(QApplication.focusWidget() or asked, Qt.Key.Key_Return)
        await turn()
        assert asked.isVisible()
        assert yes.hasFocus()
        assert KONTEXT in room.emulator.world.deployments
        QTest.keyClick(QApplication.focusWidget() or asked, Qt.Key.Key_Escape)
        await turn()
        assert dialog(room, "delete_dialog") is None
        assert KONTEXT in room.emulator.world.deployments


async def test_what_it_means_is_said_before(tmp_path: Path) -> None:
    async with open_room(tmp_path, pace=SLOW) as room:
        await room.until_open()
        await run_one(room.parts)
        await until(lambda: room.parts.queue.active_count == 1)
        await room.ask_delete(KONTEXT)
        text = find(the_dialog(room, "delete_dialog"), QLabel, "delete_text").text()
        assert "cannot be brought back" in text
        assert "1 job of it is not finished" in text
        assert "Results on this computer stay" in text
        assert "kept as a workflow file" in text


async def test_the_open_one_leaves_its_draft_behind_as_a_file(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.parts.workbench.edit({SEED: 77}, "Edit seed")
        house.parts.pins.pin(SEED)
        await house.trigger("delete_deployment")
        await delete(house, "flux-kontext")
        await until(lambda: KONTEXT not in listed(house))
        await until(lambda: house.notices() == ["flux-kontext has been deleted."])
        bench = house.parts.workbench.state
        assert bench.draft is not None
        assert bench.draft.changes == {SEED: 77}
        assert [pin.key for pin in house.parts.pins.state.pins] == [SEED]
        assert Path(bench.draft.source.path).parent.parent.parent == tmp_path / "data"
        assert house.find(QLabel, "run_reason").text().startswith("Choose a deployment")
        assert bench.undo_text == "Edit seed"
        # The next one that is chosen is the one the file runs on.
        house.parts.catalogue.open(FLUX)
        await until(lambda: house.parts.workbench.state.deployment is not None)
        assert house.parts.workbench.state.draft is not None
        assert house.parts.workbench.state.draft.changes == {SEED: 77}


async def test_another_one_goes_quietly(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.until_open()
        details = await details_in(room, FLUX)
        await details.type("queue_size", "4")
        await details.press("delete")
        await delete(room, "flux-dev")
        await until(lambda: FLUX not in listed(room))
        await until(lambda: dialog(room, "deployment_details") is None)
        assert room.parts.workbench.state.deployment is not None
        assert room.parts.workbench.state.deployment.deployment_id == KONTEXT
        assert room.parts.workbench.state.blocked == ""


async def test_a_delete_that_fails_leaves_everything(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.until_open()
        details = await details_in(room)
        room.emulator.world.faults.set("unauthorized@delete")
        await details.press("delete")
        await delete(room, "flux-kontext")
        await until(lambda: "was not deleted" in details.status)
        assert details.dialog.isVisible()
        assert KONTEXT in listed(room)
        assert room.parts.workbench.opened(KONTEXT) is not None


async def test_jobs_of_it_end_in_words_and_their_results_stay(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.until_open()
        await run_one(room.parts)
        await until(lambda: room.states() == [JobState.DONE])
        job = next(iter(room.parts.queue.jobs.values()))
        await room.ask_delete(KONTEXT)
        await delete(room, "flux-kontext")
        await until(lambda: KONTEXT not in listed(room))
        assert room.states() == [JobState.DONE]
        assert files_of(job)
        assert all(each.is_file() for each in files_of(job))
        room.parts.queue.run_again(job.job_id)
        await until(lambda: room.states() == [JobState.DONE, JobState.FAILED])
        assert "deleted" in list(room.parts.queue.jobs.values())[1].reason


async def test_one_deleted_elsewhere_is_said_in_place_of_run(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.parts.workbench.edit({SEED: 77}, "Edit seed")
        world = house.emulator.world
        world.deleted[KONTEXT] = world.deployments.pop(KONTEXT)
        # The list is old by then, and the refused run is what tells.
        await house.press("run")
        await until(lambda: house.states() == [JobState.FAILED])
        run_reason = hostile_places.DELETED_RUN.at(name="flux-kontext")
        await until(lambda: house.find(QLabel, "run_reason").text() == run_reason)
        await until(lambda: house.notices())
        house.parts.catalogue.refresh()
        await until(lambda: not house.parts.catalogue.state.loading)
        job = next(iter(house.parts.queue.jobs.values()))
        house.parts.queue.run_again(job.job_id)
        await until(lambda: house.states() == [JobState.FAILED, JobState.FAILED])
        await turn()
        # Beside the run bar and the jobs themselves, which say it too, one notice is enough.
        assert house.notices() == ["flux-kontext has been deleted elsewhere."]
        notice = next(each for each in house.window.notice_line.notices if each.action_text)
        said = f"{notice.title} {notice.detail}"
        assert said == hostile_places.DELETED.at(name="flux-kontext")
        assert notice.action is not None
        notice.action()
        await until(lambda: house.parts.workbench.state.deployment is None)
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.source.is_file
        assert draft.changes == {SEED: 77}


async def test_a_very_long_name_fits_on_its_button(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        remote(room).name = "n" * 400
        await room.until_open()
        await room.ask_delete(KONTEXT)
        asked = the_dialog(room, "delete_dialog")
        assert asked.width() < room.window.width()
        yes = find(asked, QPushButton, "delete_yes")
        assert "…" in yes.text()
        assert "Type the beginning of its name" in find(asked, QLabel, "delete_ask").text()
        for typed, is_enough in (("n" * 39, False), ("n" * 40, True), ("n" * 400, True)):
            await type_name(asked, typed)
            assert yes.isEnabled() is is_enough


async def test_an_ampersand_of_the_name_is_shown_where_it_has_to_be_typed(tmp_path: Path) -> None:
    """In a label of a field it would be taken for a shortcut, and a person would type it wrong."""
    async with open_room(tmp_path) as room:
        remote(room).name = "black & white"
        await room.until_open()
        await room.ask_delete(KONTEXT)
        asked = the_dialog(room, "delete_dialog")
        assert "black && white" in find(asked, QLabel, "delete_ask").text()
        await type_name(asked, "black & white")
        assert find(asked, QPushButton, "delete_yes").isEnabled()
