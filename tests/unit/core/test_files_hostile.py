"""Hostile workflow files: each gets its sentence, changes nothing, and is not quoted in the log."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.files import WorkflowFiles
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow import workflow_from_json
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.hostile import CANARY, OPENS, Case, as_somebody_else, here
from tests.support.hostile_workflows import OPENED, REFUSED
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")


class House:
    """Workflow files with another workflow in view."""

    def __init__(self, folder: Path) -> None:
        self.told: list[Notice] = []
        notices = Notices()
        notices.listen(self.told.append)
        self.before = Draft(workflow_from_json({"1": {"class_type": "A"}}), Source("before"))
        self.bench = Workbench()
        self.bench.open_draft(self.before)
        # Who is somebody else may not look into its folder, either; that is said elsewhere.
        self._drafts = DraftStore(folder / "drafts", lambda _problem: None)
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self._files = WorkflowFiles(self.bench, self._drafts, self.preferences, notices)

    async def opens(self, path: Path) -> None:
        """Opens a file, until it is in view or something is said."""
        self._files.open(str(path))
        await until(lambda: self.told or self.preferences.settings.recent_files)

    async def close(self) -> None:
        await self._files.close()
        await self._drafts.close()


@pytest.mark.parametrize("case", here(REFUSED), ids=lambda case: case.name)
async def test_a_file_that_cannot_be_opened_gets_its_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "files"
    folder.mkdir()
    path = case.make(folder)
    if case.is_theirs:
        path.chmod(0)
    house = House(tmp_path)
    with as_somebody_else(really=case.is_theirs):
        await house.opens(path)
    await house.close()
    (notice,) = house.told
    assert notice.title == case.gets
    assert case.detail in notice.detail
    assert house.bench.state.draft is house.before, "what was open stays open"
    assert house.preferences.settings.recent_files == ()
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("case", OPENED, ids=lambda case: case.name)
async def test_a_strange_workflow_opens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "files"
    folder.mkdir()
    path = case.make(folder)
    house = House(tmp_path)
    await house.opens(path)
    await house.close()
    told = [] if case.gets == OPENS else [(case.gets, case.detail)]
    assert [(notice.title, notice.detail) for notice in house.told] == told
    draft = house.bench.state.draft
    assert draft is not None
    assert draft.source.path == str(path)
    assert draft.workflow.nodes
    assert house.preferences.settings.recent_files == (str(path),)
    assert CANARY not in caplog.text
