"""Deleting a deployment: its name has to be typed, the consequences are shown, no input is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.gui.support.deployment_details import (
    FLUX,
    KONTEXT,
    details_in_harness,
    remote_deployment,
    required_dialog,
    visible_dialog,
)
from tests.gui.support.deployment_harness import DeploymentHarness, open_deployment_harness
from tests.gui.support.gui_program import open_program, process_events_async
from tests.gui.support.user_input import find
from tests.support import hostile_environments
from tests.support.async_wait import wait_until
from tests.support.session_setup import submit_one

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from runcomfy_desktop.domain.jobs.job import Job
    from tests.gui.support.gui_program import GuiProgram

SLOW = EmulatorTiming(cold_start_s=1000.0, run_s=1000.0)
SEED = InputKey("31", "seed")


async def type_name(asked: QDialog, text: str) -> None:
    find(asked, QLineEdit, "delete_name").setText(text)
    await process_events_async()


async def delete(program: GuiProgram | DeploymentHarness, name: str) -> None:
    asked = required_dialog(program, "delete_dialog")
    await type_name(asked, name)
    await program.click(find(asked, QPushButton, "delete_yes"))


def listed(program: GuiProgram | DeploymentHarness) -> list[str]:
    return [each.deployment_id for each in program.services.catalogue.state.deployments]


def files_of(job: Job) -> list[Path]:
    return [Path(each.path) for each in job.outputs if each.path]


async def test_the_name_has_to_be_typed_and_enter_deletes_nothing(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        await harness.ask_delete(KONTEXT)
        asked = required_dialog(harness, "delete_dialog")
        yes = find(asked, QPushButton, "delete_yes")
        assert yes.text() == "Delete flux-kontext for good"
        assert find(asked, QLineEdit, "delete_name").hasFocus()
        for wrong in ("", "flux", "Flux-Kontext", "flux-kontext2"):
            await type_name(asked, wrong)
            assert not yes.isEnabled()
        await type_name(asked, " flux-kontext ")
        assert yes.isEnabled()
        QTest.keyClick(QApplication.focusWidget() or asked, Qt.Key.Key_Return)
        await process_events_async()
        assert asked.isVisible()
        assert yes.hasFocus()
        assert KONTEXT in harness.emulator.backend.deployments
        QTest.keyClick(QApplication.focusWidget() or asked, Qt.Key.Key_Escape)
        await process_events_async()
        assert visible_dialog(harness, "delete_dialog") is None
        assert KONTEXT in harness.emulator.backend.deployments


async def test_what_it_means_is_said_before(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path, timing=SLOW) as harness:
        await harness.wait_until_open()
        await submit_one(harness.services)
        await wait_until(lambda: harness.services.queue.active_count == 1)
        await harness.ask_delete(KONTEXT)
        text = find(required_dialog(harness, "delete_dialog"), QLabel, "delete_text").text()
        assert "cannot be brought back" in text
        assert "1 job of it is not finished" in text
        assert "Results on this computer stay" in text
        assert "kept as a workflow file" in text


async def test_the_open_one_leaves_its_draft_behind_as_a_file(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.services.draft_editor.edit({SEED: 77}, "Edit seed")
        program.services.pins.choose([SEED])
        await program.trigger("delete_deployment")
        await delete(program, "flux-kontext")
        await wait_until(lambda: KONTEXT not in listed(program))
        await wait_until(lambda: "flux-kontext has been deleted." in program.notices())
        editor_state = program.services.draft_editor.state
        assert editor_state.draft is not None
        assert editor_state.draft.changes == {SEED: 77}
        assert [pin.key for pin in program.services.pins.state.pins] == [SEED]
        assert Path(editor_state.draft.source.path).parent.parent.parent == tmp_path / "data"
        assert program.find(QLabel, "run_reason").text().startswith("Choose a deployment")
        assert editor_state.undo_text == "Edit seed"
        # The next deployment that is chosen runs the file.
        program.services.catalogue.open(FLUX)
        await wait_until(lambda: program.services.draft_editor.state.deployment is not None)
        assert program.services.draft_editor.state.draft is not None
        assert program.services.draft_editor.state.draft.changes == {SEED: 77}


async def test_another_one_goes_quietly(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness, FLUX)
        await details.type("queue_size", "4")
        await details.press("delete")
        await delete(harness, "flux-dev")
        await wait_until(lambda: FLUX not in listed(harness))
        await wait_until(lambda: visible_dialog(harness, "deployment_details") is None)
        assert harness.services.draft_editor.state.deployment is not None
        assert harness.services.draft_editor.state.deployment.deployment_id == KONTEXT
        assert harness.services.draft_editor.state.blocked_reason == ""


async def test_a_delete_that_fails_leaves_everything(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        harness.emulator.backend.faults.set("unauthorized@delete")
        await details.press("delete")
        await delete(harness, "flux-kontext")
        await wait_until(lambda: "was not deleted" in details.status)
        assert details.dialog.isVisible()
        assert KONTEXT in listed(harness)
        assert harness.services.draft_editor.opened_record(KONTEXT) is not None


async def test_jobs_of_it_end_in_words_and_their_results_stay(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        await submit_one(harness.services)
        await wait_until(lambda: harness.states() == [JobState.DONE])
        job = next(iter(harness.services.queue.jobs.values()))
        await harness.ask_delete(KONTEXT)
        await delete(harness, "flux-kontext")
        await wait_until(lambda: KONTEXT not in listed(harness))
        assert harness.states() == [JobState.DONE]
        assert files_of(job)
        assert all(each.is_file() for each in files_of(job))
        harness.services.queue.run_again(job.job_id)
        await wait_until(lambda: harness.states() == [JobState.DONE, JobState.FAILED])
        assert "deleted" in list(harness.services.queue.jobs.values())[1].reason


async def test_one_deleted_elsewhere_is_said_in_place_of_run(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.services.draft_editor.edit({SEED: 77}, "Edit seed")
        backend = program.emulator.backend
        backend.deleted[KONTEXT] = backend.deployments.pop(KONTEXT)
        # The list is outdated here; the refused run reveals the deletion.
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.FAILED])
        run_reason = hostile_environments.DELETED_RUN.text_with(name="flux-kontext")
        await wait_until(lambda: program.find(QLabel, "run_reason").text() == run_reason)
        await wait_until(lambda: program.notices())
        program.services.catalogue.refresh()
        await wait_until(lambda: not program.services.catalogue.state.loading)
        job = next(iter(program.services.queue.jobs.values()))
        program.services.queue.run_again(job.job_id)
        await wait_until(lambda: program.states() == [JobState.FAILED, JobState.FAILED])
        await process_events_async()
        # The run bar and the jobs show it too, so one notice is enough.
        assert program.notices() == ["flux-kontext has been deleted elsewhere."]
        notice = next(each for each in program.window.notice_line.notices if each.action_text)
        message = f"{notice.title} {notice.detail}"
        assert message == hostile_environments.DELETED.text_with(name="flux-kontext")
        assert notice.action is not None
        notice.action()
        await wait_until(lambda: program.services.draft_editor.state.deployment is None)
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.source.is_file
        assert draft.changes == {SEED: 77}


async def test_a_very_long_name_fits_on_its_button(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        remote_deployment(harness).name = "n" * 400
        await harness.wait_until_open()
        await harness.ask_delete(KONTEXT)
        asked = required_dialog(harness, "delete_dialog")
        assert asked.width() < harness.window.width()
        yes = find(asked, QPushButton, "delete_yes")
        assert "…" in yes.text()
        assert "Type the beginning of its name" in find(asked, QLabel, "delete_ask").text()
        for typed, is_enough in (("n" * 39, False), ("n" * 40, True), ("n" * 400, True)):
            await type_name(asked, typed)
            assert yes.isEnabled() is is_enough


async def test_an_ampersand_of_the_name_is_shown_where_it_has_to_be_typed(tmp_path: Path) -> None:
    """The ampersand is escaped: as a shortcut it would be hidden, and the name mistyped."""
    async with open_deployment_harness(tmp_path) as harness:
        remote_deployment(harness).name = "black & white"
        await harness.wait_until_open()
        await harness.ask_delete(KONTEXT)
        asked = required_dialog(harness, "delete_dialog")
        assert "black && white" in find(asked, QLabel, "delete_ask").text()
        await type_name(asked, "black & white")
        assert find(asked, QPushButton, "delete_yes").isEnabled()
