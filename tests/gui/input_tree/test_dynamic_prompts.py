"""Words chosen for each run, from the user's side: menu entry, marker, issues and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.style.theme import LIGHT
from tests.gui.support import user_input
from tests.gui.support.gui_program import open_program, process_events_async
from tests.gui.support.inputs_harness import open_inputs_harness
from tests.gui.support.pixel_colours import count_pixels
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu

    from runcomfy_desktop.domain.base.json_value import JsonObject

TEXT, STEPS = InputKey("1", "text"), InputKey("1", "steps")
WORKFLOW: JsonObject = {
    "1": {"class_type": "CLIPTextEncode", "inputs": {"text": "a {red|blue} car", "steps": 3}}
}


def entry(menu: QMenu, name: str) -> QAction | None:
    return next((each for each in menu.actions() if each.objectName() == name), None)


async def test_a_text_is_switched_in_its_menu_and_marked(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(WORKFLOW, schema=False)
        name = harness.row_rect(TEXT, InputColumn.NAME)
        assert count_pixels(harness.repainted(name), LIGHT.accent) == 0
        menu = harness.open_menu(TEXT)
        switch = entry(menu, "expand_words")
        assert switch is not None
        assert not switch.isChecked()
        assert entry(menu, "show_example") is None
        switch.trigger()
        menu.close()
        user_input.process_events()
        assert harness.draft.dynamic_prompt_inputs == {TEXT}
        assert count_pixels(harness.repainted(name), LIGHT.accent)
        index = harness.model.index_of(TEXT)
        spoken = str(index.data(Qt.ItemDataRole.AccessibleTextRole))
        assert "words chosen for each run" in spoken
        assert harness.is_painted()
        menu = harness.open_menu(TEXT)
        switch = entry(menu, "expand_words")
        assert switch is not None
        assert switch.isChecked()
        switch.trigger()
        menu.close()
        user_input.process_events()
        assert harness.draft.dynamic_prompt_inputs == frozenset()


async def test_a_number_has_no_words(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(WORKFLOW, schema=False)
        menu = harness.open_menu(STEPS)
        assert entry(menu, "expand_words") is None
        menu.close()


async def test_what_was_sent_is_kept_with_the_job_and_the_text_stays(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        draft_editor = program.services.draft_editor
        prompt = InputKey("6", "text")
        words = tmp_path / "data" / "wildcards"
        words.mkdir(parents=True)
        (words / "car.txt").write_text("old bus\n", encoding="utf-8")
        draft_editor.edit({prompt: "a {red|red} __car__"}, "Text")
        draft_editor.set_expands(prompt, on=True)
        await wait_until(lambda: not draft_editor.state.blocked_reason)
        await process_events_async()
        await program.press("run")
        await wait_until(lambda: len(program.services.queue.jobs) == 1)
        job = next(iter(program.services.queue.jobs.values()))
        assert job.changes[prompt] == "a red old bus"
        assert job.title.startswith("a red old bus")
        draft = draft_editor.state.draft
        assert draft is not None
        assert draft.value(prompt) == "a {red|red} __car__"


async def test_an_example_is_shown(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(WORKFLOW, schema=False)
        harness.draft_editor.set_expands(TEXT, on=True)
        user_input.process_events()
        menu = harness.open_menu(TEXT)
        example = entry(menu, "show_example")
        assert example is not None
        example.trigger()
        menu.close()
        assert harness.announcements
        assert harness.announcements[-1].startswith("A run might send: a ")
