"""Malicious workflow files: each is refused with a reason, changes nothing, and is not logged."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.drafts.workflow_files import WorkflowFiles
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.async_wait import wait_until
from tests.support.hostile_cases import (
    CANARY,
    OPENS_TEXT,
    HostileCase,
    as_other_user,
    supported_cases,
)
from tests.support.hostile_workflows import OPENED, REFUSED

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")


class HostileFilesHarness:
    """Workflow files, with another workflow open."""

    def __init__(self, folder: Path) -> None:
        self.shown_notices: list[Notice] = []
        notices = Notices()
        notices.listen(self.shown_notices.append)
        self.before = Draft(workflow_from_json({"1": {"class_type": "A"}}), DraftSource("before"))
        self.draft_editor = DraftEditor()
        self.draft_editor.open_draft(self.before)
        # Problems of the draft store are ignored: a user without access to the file has none to its
        # folder, either. That is tested elsewhere.
        self._drafts = DraftStore(folder / "drafts", lambda _problem: None)
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self._files = WorkflowFiles(self.draft_editor, self._drafts, self.preferences, notices)

    async def opens(self, path: Path) -> None:
        """Opens a file, and waits until it is open or a notice is shown."""
        self._files.open(str(path))
        await wait_until(lambda: self.shown_notices or self.preferences.settings.recent_files)

    async def close(self) -> None:
        await self._files.close()
        await self._drafts.close()


@pytest.mark.parametrize("case", supported_cases(REFUSED), ids=lambda case: case.name)
async def test_a_file_that_cannot_be_opened_gets_its_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: HostileCase
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "files"
    folder.mkdir()
    path = case.create(folder)
    if case.is_unreadable:
        path.chmod(0)
    harness = HostileFilesHarness(tmp_path)
    with as_other_user(is_active=case.is_unreadable):
        await harness.opens(path)
    await harness.close()
    (notice,) = harness.shown_notices
    assert notice.title == case.expected_title
    assert case.expected_detail in notice.detail
    assert harness.draft_editor.state.draft is harness.before, "what was open stays open"
    assert harness.preferences.settings.recent_files == ()
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("case", OPENED, ids=lambda case: case.name)
async def test_a_strange_workflow_opens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: HostileCase
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "files"
    folder.mkdir()
    path = case.create(folder)
    harness = HostileFilesHarness(tmp_path)
    await harness.opens(path)
    await harness.close()
    received = (
        [] if case.expected_title == OPENS_TEXT else [(case.expected_title, case.expected_detail)]
    )
    assert [(notice.title, notice.detail) for notice in harness.shown_notices] == received
    draft = harness.draft_editor.state.draft
    assert draft is not None
    assert draft.source.path == str(path)
    assert draft.workflow.nodes
    assert harness.preferences.settings.recent_files == (str(path),)
    assert CANARY not in caplog.text
