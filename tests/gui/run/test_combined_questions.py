"""Whatever is open before a run is asked in one dialog, and only its answer writes anything."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QLabel, QPushButton

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
from tests.gui.run.test_declined_questions import DraftObserver
from tests.gui.run.test_large_pictures_runs import pictures_sent, with_picture
from tests.gui.settings.test_partner_page import CARD
from tests.gui.support import user_input
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until, wait_until_stable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

POSTCARD = "900"
BOX = "confirm_run_option"


@asynccontextmanager
async def open_asking_program(
    folder: Path, *, key: bool = True, pictures: bool = True, cost: bool = True
) -> AsyncIterator[GuiProgram]:
    """Opens the program with a draft whose run leads to these questions."""
    async with open_program(folder / "program_data") as program:
        await with_picture(program, folder, LargePictures.ASK if pictures else LargePictures.AS_IS)
        program.preferences.set(ask_from_jobs=1 if cost else 0)
        if key:
            remote = next(iter(program.emulator.backend.deployments.values()))
            remote.workflow = json.loads(json.dumps(remote.workflow)) | {POSTCARD: CARD["1"]}
            remote.updated_at = "2026-02-11T10:30:00.654321+00:00"
            program.services.catalogue.refresh()
            draft_editor = program.services.draft_editor
            await wait_until(
                lambda: (
                    draft_editor.state.draft is not None
                    and POSTCARD in draft_editor.state.draft.workflow.nodes
                )
            )
        yield program


def dialogs(program: GuiProgram) -> list[str]:
    """Returns the names of the dialogs on screen."""
    found = program.window.findChildren(QDialog)
    return [each.objectName() for each in found if each.isVisible()]


async def has_focus(program: GuiProgram, name: str) -> None:
    await wait_until(lambda: dialogs(program) == ["confirm_run"])
    await wait_until(lambda: QApplication.focusWidget() is program.find(QPushButton, name))


def expected_dialog(*, key: bool, pictures: bool, cost: bool) -> str:
    if key + pictures + cost > 1 or cost:
        return "confirm_run"
    return "confirm_without_key" if key else "confirm_size"


@pytest.mark.parametrize("cost", [False, True])
@pytest.mark.parametrize("pictures", [False, True])
@pytest.mark.parametrize("key", [False, True])
async def test_whatever_is_open_is_one_question(
    tmp_path: Path, key: bool, pictures: bool, cost: bool
) -> None:
    async with open_asking_program(tmp_path, key=key, pictures=pictures, cost=cost) as program:
        if not (key or pictures or cost):
            await program.press("run")
            await wait_until(lambda: program.states() == [JobState.DONE])
            assert dialogs(program) == []
            return
        draft = DraftObserver(program)
        name = expected_dialog(key=key, pictures=pictures, cost=cost)
        await program.press("run")
        await draft.asked(name)
        assert dialogs(program) == [name]
        await draft.declined(name)
        assert dialogs(program) == []
        await program.press("run")
        await draft.agreed(name)
        assert dialogs(program) == []
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert await wait_until_stable(lambda: program.call_count("submit")) == 1


async def test_each_open_question_has_its_paragraph(tmp_path: Path) -> None:
    async with open_asking_program(tmp_path) as program:
        await program.press("run")
        await wait_until(lambda: dialogs(program) == ["confirm_run"])
        text = program.find(QLabel, "confirm_run_text").text()
        assert program.find(QLabel, "confirm_run_title").text() == "Run 1 job?"
        cost, key, pictures = text.split("\n\n")
        assert "No run of it was measured yet" in cost
        assert "has paid partner nodes" in key
        assert pictures.startswith("forest.png (")
        assert program.find(QPushButton, "confirm_run_yes").text() == "Run 1 job"
        assert program.find(QPushButton, "confirm_run_other").text() == "Add the key…"
        assert program.find(QPushButton, "confirm_run_no").text() == "Do not run"
        box = program.find(QCheckBox, BOX)
        assert (box.text(), box.isChecked()) == ("Shrink 1 large picture to about 250 KB", False)
        assert box.accessibleName() == box.text()
        assert program.find(QDialog, "confirm_run").accessibleDescription() == text


@pytest.mark.parametrize("is_small", [False, True])
async def test_the_check_box_shrinks_the_pictures_of_this_run(
    tmp_path: Path, is_small: bool
) -> None:
    async with open_asking_program(tmp_path, key=False) as program:
        await program.press("run")
        await wait_until(lambda: dialogs(program) == ["confirm_run"])
        if is_small:
            box = program.find(QCheckBox, BOX)
            box.setFocus()
            user_input.key(box, Qt.Key.Key_Space)
            assert box.isChecked()
        await program.press("confirm_run_yes")
        await wait_until(lambda: program.states() == [JobState.DONE])
        [sent] = pictures_sent(program)
        assert (len(sent) <= INLINE_LIMIT_BYTES) is is_small
        assert program.preferences.settings.large_pictures is LargePictures.ASK


async def test_a_setting_that_shrinks_needs_no_check_box(tmp_path: Path) -> None:
    async with open_asking_program(tmp_path) as program:
        program.preferences.set(large_pictures=LargePictures.SHRINK)
        await program.press("run")
        await wait_until(lambda: dialogs(program) == ["confirm_run"])
        assert program.window.findChild(QCheckBox, BOX) is None
        await program.press("confirm_run_yes")
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert len(pictures_sent(program)[0]) <= INLINE_LIMIT_BYTES


async def test_the_key_can_be_added_instead(tmp_path: Path) -> None:
    async with open_asking_program(tmp_path) as program:
        draft = DraftObserver(program)
        await program.press("run")
        await draft.asked("confirm_run")
        await program.press("confirm_run_other")
        await wait_until(lambda: dialogs(program) == ["settings_dialog"])
        assert await wait_until_stable(lambda: draft.is_so)


async def test_enter_and_escape_run_nothing(tmp_path: Path) -> None:
    async with open_asking_program(tmp_path) as program:
        draft = DraftObserver(program)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
            await program.press("run")
            await has_focus(program, "confirm_run_no")
            user_input.key(program.find(QDialog, "confirm_run"), key)
            await process_events_async()
            assert dialogs(program) == []
        assert await wait_until_stable(lambda: draft.is_so)


async def test_tab_reaches_the_check_box_and_every_button(tmp_path: Path) -> None:
    async with open_asking_program(tmp_path) as program:
        await program.press("run")
        await has_focus(program, "confirm_run_no")
        reached = []
        for _stop in range(4):
            await program.key(Qt.Key.Key_Tab)
            focused = QApplication.focusWidget()
            assert focused is not None
            reached.append(focused.objectName())
        names = ("option", "other", "yes", "no")
        assert reached == [f"confirm_run_{name}" for name in names]


async def test_a_batch_whose_price_was_shown_is_asked_about_the_rest(tmp_path: Path) -> None:
    async with open_asking_program(tmp_path) as program:
        draft = DraftObserver(program)
        program.session.run_controller.run_batch(BatchPlan(3))
        await draft.asked("confirm_run")
        assert dialogs(program) == ["confirm_run"]
        assert program.find(QLabel, "confirm_run_title").text() == "Run 3 jobs?"
        text = program.find(QLabel, "confirm_run_text").text()
        assert "was measured" not in text
        await draft.agreed("confirm_run", 3)
        assert dialogs(program) == []
