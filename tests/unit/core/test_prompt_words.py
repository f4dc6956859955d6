"""Words chosen at each run, on a real workbench: what is sent, what stays on screen, and faults."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.core.new_job import Birth, job_from_draft
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.prompt_words import PromptWords
from runcomfy_desktop.core.run_plan import plan_runs
from runcomfy_desktop.core.several import plan_several
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.sweep.several import Several
from runcomfy_desktop.domain.workflow import InputKey
from tests.support.until import until
from tests.support.workbenches import run_all, run_once

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Draft

TEXT, OTHER = InputKey("6", "text"), InputKey("6", "other")
WORKFLOW = Payload({"6": {"class_type": "Text", "inputs": {"text": "plain", "other": "{x|y}"}}})
DEPLOYMENT = Deployment("blue", "Blue", payload=WORKFLOW)


class House:
    """A workbench with a deployment open, and a folder of words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bench = Workbench()
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self.words = PromptWords(
            self.bench, self.preferences, Notices(), folder, random.Random(3), look_s=0.01
        )
        self.bench.open_deployment(DEPLOYMENT)

    @property
    def draft(self) -> Draft:
        assert self.bench.state.draft is not None
        return self.bench.state.draft

    def run(self) -> str:
        """The text that a run sends."""
        ready = run_once(self.bench)
        assert ready is not None
        return str(ready.value(TEXT))

    async def knows(self, name: str) -> None:
        await until(lambda: name in self.words.words.lines)


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    parts = House(folder)
    try:
        yield parts
    finally:
        await parts.words.close()


async def test_ordinary_braces_stay_ordinary(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.bench.edit({TEXT: "a {red|blue} __car__"}, "Text")
        assert parts.run() == "a {red|blue} __car__"
        assert parts.bench.state.faults == {}


async def test_each_run_has_words_of_its_own_and_the_screen_keeps_all(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.bench.edit({TEXT: "a {red|blue} car"}, "Text")
        parts.bench.set_expands(TEXT, on=True)
        assert {parts.run() for _run in range(40)} == {"a red car", "a blue car"}
        assert parts.draft.value(TEXT) == "a {red|blue} car"
        ready = run_once(parts.bench)
        assert ready is not None
        assert ready.value(OTHER) == "{x|y}", "only where it is switched on"
        job = job_from_draft(ready, DEPLOYMENT, Birth("s", "v1", 1.0))
        assert job.changes[TEXT] in ("a red car", "a blue car")
        assert job.title in ("a red car", "a blue car")


async def test_every_run_of_several_is_for_itself(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.bench.edit({TEXT: "{a|b|c|d} {1|2|3|4}"}, "Text")
        parts.bench.set_expands(TEXT, on=True)
        several = run_all(plan_several(parts.bench, Several(runs=50)))
        assert len({each.value(TEXT) for each in several}) > 8
        values = [{OTHER: str(number)} for number in range(50)]
        many = run_all(plan_runs(parts.bench, values, "Runs", ()))
        assert len({each.value(TEXT) for each in many}) > 8
        assert parts.draft.value(TEXT) == "{a|b|c|d} {1|2|3|4}"


async def test_it_is_one_step_of_undo(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        stored: list[Draft] = []
        parts.bench.edited.subscribe(stored.append)
        parts.bench.set_expands(TEXT, on=True)
        assert stored == [parts.draft]
        assert parts.bench.state.undo_text == "Choose words of text for each run"
        parts.bench.undo()
        assert parts.draft.expands == frozenset()
        parts.bench.redo()
        assert parts.draft.expands == {TEXT}
        parts.bench.set_expands(TEXT, on=False)
        assert parts.draft.expands == frozenset()


async def test_a_file_that_is_missing_keeps_a_run_back_until_it_is_there(tmp_path: Path) -> None:
    async with house(tmp_path / "words") as parts:
        parts.bench.edit({TEXT: "a __birds/sea__"}, "Text")
        parts.bench.set_expands(TEXT, on=True)
        assert "being read" in parts.bench.state.blocked
        await until(lambda: "no file birds/sea.txt" in parts.bench.state.blocked)
        assert run_once(parts.bench) is None
        assert "no file" in parts.bench.why_not({})
        (tmp_path / "words" / "birds").mkdir(parents=True)
        (tmp_path / "words" / "birds" / "sea.txt").write_text("gull\n", encoding="utf-8")
        await parts.knows("birds/sea")
        assert parts.bench.state.blocked == ""
        assert parts.run() == "a gull"
        (tmp_path / "words" / "birds" / "sea.txt").unlink()
        await until(lambda: "no file birds/sea.txt" in parts.bench.state.blocked)
        assert parts.bench.state.faults.keys() == {TEXT}


async def test_another_folder_is_another_set_of_words(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "car.txt").write_text("bus", encoding="utf-8")
    async with house(tmp_path / "none") as parts:
        parts.bench.edit({TEXT: "__car__"}, "Text")
        parts.bench.set_expands(TEXT, on=True)
        parts.preferences.set(wildcards_folder=str(other))
        await parts.knows("car")
        assert parts.run() == "bus"
        assert parts.words.folder == other


async def test_a_folder_that_cannot_be_read_has_no_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    async with house(tmp_path / "file") as parts:
        parts.bench.edit({TEXT: "__car__"}, "Text")
        parts.bench.set_expands(TEXT, on=True)
        await until(lambda: "no file car.txt" in parts.bench.state.blocked)
