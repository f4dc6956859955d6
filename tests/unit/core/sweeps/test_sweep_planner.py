"""Sweeps are planned as designed by the user, and prepared with the current draft."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.dynamic_prompts import DynamicPrompts
from runcomfy_desktop.core.sweeps.sweep_planner import CellRunBuilder
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import Draft, SeedMode
from runcomfy_desktop.domain.sweeps.spec import ListSpec, SweepSpec
from runcomfy_desktop.domain.sweeps.sweep import Axis, AxisPoint, Sweep
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.async_wait import wait_until
from tests.support.grid_harness import open_grid_harness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from runcomfy_desktop.core.jobs.new_job import RunRequest
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.sweeps.csv_table import CsvTable

SEED, STEPS, WIDTH = InputKey("1", "seed"), InputKey("1", "steps"), InputKey("2", "width")
TEXT = InputKey("3", "text")
GRAPH = {
    "1": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}},
    "2": {"class_type": "Latent", "inputs": {"width": 512}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox"}},
}
OTHER = {"1": {"class_type": "KSampler", "inputs": {"seed": 9, "steps": 4, "more": True}}}


async def test_what_is_typed_last_counts_and_no_other_draft_is_sent(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        spec = SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5"),))
        width = grid_harness.key("width")
        grid_harness.draft_editor.commit_requested.subscribe(
            lambda _nothing: grid_harness.draft_editor.edit({width: 64}, "w")
        )
        prepared = await grid_harness.prepare(spec)
        assert prepared is not None
        assert [run.draft.value(width) for run in prepared.cell_runs.runs] == [64, 64]


async def test_tables_are_read_for_the_dialog(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        (tmp_path / "runs.csv").write_text("cfg,steps\n1,2\n")
        tables: list[CsvTable] = []
        problems: list[Problem] = []
        grid_harness.sweeps.planner.read_table(
            str(tmp_path / "runs.csv"), tables.append, problems.append
        )
        await wait_until(lambda: bool(tables))
        assert tables[0].columns == ("cfg", "steps")
        grid_harness.sweeps.planner.read_table(
            str(tmp_path / "none.csv"), tables.append, problems.append
        )
        await wait_until(lambda: bool(problems))
        assert problems[0].title == "The CSV file none.csv cannot be read."


def axis(key: InputKey, *values: int) -> Axis:
    return Axis(key.name, tuple(AxisPoint(str(value), {key: value}) for value in values))


def editor_with(*thrown: int, prompts: DynamicPrompts | None = None) -> DraftEditor:
    left = list(thrown)
    draft_editor = DraftEditor(lambda: left.pop(0), prompts)
    draft_editor.open_deployment(Deployment("d", "D", payload=DeploymentPayload(GRAPH)))  # type: ignore[arg-type]
    return draft_editor


async def other(deployment_id: str) -> Deployment:
    return Deployment(deployment_id, "Other", payload=DeploymentPayload(OTHER))  # type: ignore[arg-type]


async def runs_of(
    draft_editor: DraftEditor, sweep: Sweep, *, new_seeds: bool = False
) -> Sequence[RunRequest]:
    """Returns the runs of all cells, after they have been written."""
    cells = await CellRunBuilder(draft_editor, other).build(sweep, new_seeds=new_seeds)
    draft_editor.show_used_seeds(cells.draft, cells.last_draft)
    return cells.runs


async def test_every_cell_has_its_values_and_the_same_new_seed() -> None:
    draft_editor = editor_with(77)
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
    sweep = Sweep("g", "", (axis(STEPS, 4, 20), axis(WIDTH, 64, 512)), deployment_id="d")
    runs = await runs_of(draft_editor, sweep)
    assert [run.draft.changes for run in runs] == [
        {SEED: 77, STEPS: 4, WIDTH: 64},
        # A value that the workflow already has is not a change.
        {SEED: 77, WIDTH: 64},
        {SEED: 77, STEPS: 4},
        {SEED: 77},
    ]
    assert [run.cell for run in runs] == [0, 1, 2, 3]
    assert runs[3].label == "steps 20, width 512"
    assert draft_editor.state.draft is not None
    assert draft_editor.state.draft.changes == {SEED: 77}


async def test_each_cell_may_have_a_seed_of_its_own() -> None:
    draft_editor = editor_with(5, 6, 7)
    sweep = Sweep("g", "", (axis(STEPS, 1, 2, 3),), deployment_id="d")
    runs = await runs_of(draft_editor, sweep, new_seeds=True)
    assert [run.draft.value(SEED) for run in runs] == [5, 6, 7]


async def test_another_deployment_gets_its_own_workflow_with_the_same_seed() -> None:
    draft_editor = editor_with()
    there = Axis(
        "Deployment", (AxisPoint("D", deployment_id="d"), AxisPoint("O", deployment_id="o"))
    )
    sweep = Sweep("g", "", (there, axis(STEPS, 4, 8)), deployment_id="d")
    runs = await runs_of(draft_editor, sweep)
    assert [run.deployment.deployment_id for run in runs] == ["d", "o", "d", "o"]
    assert runs[1].draft.changes == {SEED: 1}
    assert runs[3].draft.changes == {SEED: 1, STEPS: 8}
    assert runs[3].draft.workflow.nodes["1"].inputs["more"] is True


class ScriptedPrompts(DynamicPrompts):
    """Expands a dynamic prompt to the next of the strings."""

    def __init__(self, *thrown: str) -> None:
        super().__init__()
        self._left = list(thrown)

    def expanded(self, draft: Draft) -> Draft:
        if not draft.dynamic_prompt_inputs:
            return draft
        text = self._left.pop(0)
        return replace(draft.with_values({TEXT: text}), dynamic_prompt_inputs=frozenset())


def speaking(*thrown: str) -> DraftEditor:
    """Returns an editor that expands a dynamic prompt to the next of these strings."""
    draft_editor = editor_with(1, 2, 3, prompts=ScriptedPrompts(*thrown))
    draft_editor.edit({TEXT: "{a|b}"}, "text")
    draft_editor.set_expands(TEXT, on=True)
    return draft_editor


async def test_words_are_chosen_once_for_all_cells_that_are_compared() -> None:
    harness = speaking("a", "b", "a")
    sweep = Sweep("g", "", (axis(STEPS, 1, 2, 3),), deployment_id="d")
    runs = await runs_of(harness, sweep)
    assert [run.draft.value(TEXT) for run in runs] == ["a", "a", "a"]
    assert harness.state.draft is not None
    assert harness.state.draft.value(TEXT) == "{a|b}"


async def test_words_are_chosen_anew_with_each_seed_and_in_texts_that_vary() -> None:
    sweep = Sweep("g", "", (axis(STEPS, 1, 2),), deployment_id="d")
    runs = await runs_of(speaking("a", "b"), sweep, new_seeds=True)
    assert [run.draft.value(TEXT) for run in runs] == ["a", "b"]
    texts = Axis("text", tuple(AxisPoint(word, {TEXT: word}) for word in ("{a|b}", "{c|d}")))
    runs = await runs_of(speaking("b", "c"), Sweep("g", "", (texts,), deployment_id="d"))
    assert [run.draft.value(TEXT) for run in runs] == ["b", "c"]
