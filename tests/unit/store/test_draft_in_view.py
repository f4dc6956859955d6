"""Which draft was in view is known at the next start, and rubbish is as good as nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.workflow import Workflow
from runcomfy_desktop.store.draft_in_view import DraftInView, InView

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_last_one_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "view.json"
    view = DraftInView(path)
    assert await view.read() is None
    view.note(Draft(Workflow({}), Source("one"), "one"))
    view.note(Draft(Workflow({}), Source("b.json", "/a/b.json"), "one", draft_id="x"))
    await view.close()
    assert await DraftInView(path).read() == InView("draft:x", "one", "/a/b.json")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 1, "key": 3}', '{"format": 9, "key": "a"}']
)
async def test_rubbish_is_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "view.json"
    path.write_text(content)
    assert await DraftInView(path).read() is None


async def test_a_place_that_cannot_be_read_is_nothing(tmp_path: Path) -> None:
    assert await DraftInView(tmp_path).read() is None
