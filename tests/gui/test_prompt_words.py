"""Words chosen for each run, as a person switches them on: the menu, the mark, faults, runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.theme import LIGHT
from tests.gui.support import hands
from tests.gui.support.bench import shown_bench
from tests.gui.support.house import open_house, turn
from tests.gui.support.ink import ink
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu

    from runcomfy_desktop.domain.json_value import JsonObject

TEXT, STEPS = InputKey("1", "text"), InputKey("1", "steps")
WORKFLOW: JsonObject = {
    "1": {"class_type": "CLIPTextEncode", "inputs": {"text": "a {red|blue} car", "steps": 3}}
}


def entry(menu: QMenu, name: str) -> QAction | None:
    return next((each for each in menu.actions() if each.objectName() == name), None)


async def test_a_text_is_switched_in_its_menu_and_marked(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(WORKFLOW, schema=False)
        name = bench.row_rect(TEXT, Column.NAME)
        assert ink(bench.painted(name), LIGHT.accent) == 0
        menu = bench.open_menu(TEXT)
        switch = entry(menu, "expand_words")
        assert switch is not None
        assert not switch.isChecked()
        assert entry(menu, "show_example") is None
        switch.trigger()
        menu.close()
        hands.settle()
        assert bench.draft.expands == {TEXT}
        assert ink(bench.painted(name), LIGHT.accent)
        index = bench.model.index_of(TEXT)
        spoken = str(index.data(Qt.ItemDataRole.AccessibleTextRole))
        assert "words chosen for each run" in spoken
        assert bench.is_painted()
        menu = bench.open_menu(TEXT)
        switch = entry(menu, "expand_words")
        assert switch is not None
        assert switch.isChecked()
        switch.trigger()
        menu.close()
        hands.settle()
        assert bench.draft.expands == frozenset()


async def test_a_number_has_no_words(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(WORKFLOW, schema=False)
        menu = bench.open_menu(STEPS)
        assert entry(menu, "expand_words") is None
        menu.close()


async def test_what_was_sent_is_kept_with_the_job_and_the_text_stays(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        bench = house.parts.workbench
        prompt = InputKey("6", "text")
        words = tmp_path / "data" / "wildcards"
        words.mkdir(parents=True)
        (words / "car.txt").write_text("old bus\n", encoding="utf-8")
        bench.edit({prompt: "a {red|red} __car__"}, "Text")
        bench.set_expands(prompt, on=True)
        await until(lambda: not bench.state.blocked)
        await turn()
        await house.press("run")
        await until(lambda: len(house.parts.queue.jobs) == 1)
        job = next(iter(house.parts.queue.jobs.values()))
        assert job.changes[prompt] == "a red old bus"
        assert job.title.startswith("a red old bus")
        draft = bench.state.draft
        assert draft is not None
        assert draft.value(prompt) == "a {red|red} __car__"


async def test_an_example_is_shown(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(WORKFLOW, schema=False)
        bench.workbench.set_expands(TEXT, on=True)
        hands.settle()
        menu = bench.open_menu(TEXT)
        example = entry(menu, "show_example")
        assert example is not None
        example.trigger()
        menu.close()
        assert bench.said
        assert bench.said[-1].startswith("A run might send: a ")
