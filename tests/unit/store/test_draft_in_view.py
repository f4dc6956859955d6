"""The draft in view is known at the next start; a damaged file counts as missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.workflow.workflow import Workflow
from runcomfy_desktop.store.draft_in_view import DraftInViewStore, ViewedDraft

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_last_one_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "view.json"
    view = DraftInViewStore(path)
    assert await view.read() is None
    view.remember(Draft(Workflow({}), DraftSource("one"), "one"))
    view.remember(Draft(Workflow({}), DraftSource("b.json", "/a/b.json"), "one", draft_id="x"))
    await view.close()
    assert await DraftInViewStore(path).read() == ViewedDraft("draft:x", "one", "/a/b.json")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 1, "key": 3}', '{"format": 9, "key": "a"}']
)
async def test_rubbish_is_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "view.json"
    path.write_text(content)
    assert await DraftInViewStore(path).read() is None


async def test_a_place_that_cannot_be_read_is_nothing(tmp_path: Path) -> None:
    assert await DraftInViewStore(tmp_path).read() is None
