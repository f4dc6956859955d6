"""The list of hostile inputs matches the requirements that the tests check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import hostile_environments, hostile_list

if TYPE_CHECKING:
    from pathlib import Path

TESTS = hostile_list.PATH.parent
# In these cases there is no message, or more than one sentence; other tests check them.
UNSPOKEN = {"FULL_AFTER_SEND", "DAMAGED_LAYOUT", "DEMO_NOTE", "CALLERS"}


def test_the_list_is_the_one_that_the_cases_make() -> None:
    assert hostile_list.PATH.read_text(encoding="utf-8") == hostile_list.as_text(), (
        "Make it anew: python -m tests.support.hostile_list"
    )


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, each in vars(hostile_environments).items()
        if isinstance(each, hostile_environments.HostileEnvironment)
    ],
)
def test_each_sentence_is_compared_with_what_the_program_says(name: str) -> None:
    use = f"hostile_environments.{name}."
    assert name in UNSPOKEN or any(use in text for text in _texts(TESTS))


def _texts(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in folder.rglob("test_*.py")]
